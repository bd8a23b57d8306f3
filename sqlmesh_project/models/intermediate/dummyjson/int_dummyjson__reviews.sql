MODEL (
  name intermediate.int_dummyjson__reviews,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain review_key,
  audits (
    not_null(columns := (review_key, store, product_id, rating, loaded_at))
  ),
  description 'One row per review inside a product of a DummyJSON shop. Reviews have no id there: their key is the product and the position.'
);

WITH unnested AS (
  SELECT
    product_key,
    store,
    product_id,
    loaded_at,
    @rows_of(reviews) AS review,
    @positions_of(reviews) AS position
  FROM staging.stg_dummyjson__products
  WHERE
    NOT is_deleted
)
SELECT
  @surrogate_key(product_key, position)::TEXT AS review_key,
  store::TEXT AS store,
  product_id::TEXT AS product_id,
  NULL::TEXT AS customer_id,
  LOWER(NULLIF(TRIM(review.reviewerEmail), ''))::TEXT AS email,
  review.rating::DECIMAL(5, 2) AS rating,
  @at_utc(review.date)::TIMESTAMP AS reviewed_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM unnested
WHERE
  NOT review.rating IS NULL
