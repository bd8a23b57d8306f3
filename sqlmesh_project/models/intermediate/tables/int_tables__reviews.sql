MODEL (
  name intermediate.int_tables__reviews,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain review_key,
  audits (
    not_null(columns := (review_key, store, product_id, rating, loaded_at))
  ),
  description 'One row per review in the table of a shop that has tables.'
);

SELECT
  review_key::TEXT AS review_key,
  store::TEXT AS store,
  product_id::TEXT AS product_id,
  customer_id::TEXT AS customer_id,
  NULL::TEXT AS email,
  rating::DECIMAL(5, 2) AS rating,
  created_at::TIMESTAMP AS reviewed_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM staging.stg_tables__reviews
WHERE
  NOT is_deleted AND NOT product_id IS NULL AND NOT rating IS NULL
