MODEL (
  name intermediate.int_commercetools__reviews,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain review_key,
  audits (
    not_null(columns := (review_key, store, product_id, rating, loaded_at))
  ),
  description 'One row per review of a product of a commercetools project that counts in the products statistics. Reviews of stores or channels are none.'
);

SELECT
  review_key::TEXT AS review_key,
  store::TEXT AS store,
  product_id::TEXT AS product_id,
  customer_id::TEXT AS customer_id,
  NULL::TEXT AS email,
  rating::DECIMAL(5, 2) AS rating,
  reviewed_at::TIMESTAMP AS reviewed_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM staging.stg_commercetools__reviews
WHERE
  NOT is_deleted AND is_counted AND NOT product_id IS NULL AND NOT rating IS NULL
