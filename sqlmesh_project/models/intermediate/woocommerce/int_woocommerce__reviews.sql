MODEL (
  name intermediate.int_woocommerce__reviews,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain review_key,
  audits (
    not_null(columns := (review_key, store, product_id, rating, loaded_at))
  ),
  description 'One row per approved review of a WooCommerce shop; what waits for approval, spam and the trash are not shown to anybody. A comment without stars is none.'
);

SELECT
  review_key::TEXT AS review_key,
  store::TEXT AS store,
  product_id::TEXT AS product_id,
  NULL::TEXT AS customer_id,
  email::TEXT AS email,
  rating::DECIMAL(5, 2) AS rating,
  reviewed_at::TIMESTAMP AS reviewed_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM staging.stg_woocommerce__reviews
WHERE
  NOT is_deleted AND status = 'approved' AND NOT rating IS NULL
