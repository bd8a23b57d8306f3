MODEL (
  name intermediate.int_platform_reviews,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain review_key,
  audits (
    not_null(columns := (review_key, store, product_id, rating))
  ),
  description 'One row per review of a product that its shop shows now, of the platforms that have reviews. Some name the account that wrote it, some only an email address.'
);

WITH reviews AS (
  @each_platform(reviews)
)
SELECT
  platform::TEXT AS platform,
  review_key::TEXT AS review_key,
  store::TEXT AS store,
  product_id::TEXT AS product_id,
  customer_id::TEXT AS customer_id,
  email::TEXT AS email,
  rating::DECIMAL(5, 2) AS rating,
  reviewed_at::TIMESTAMP AS reviewed_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM reviews
