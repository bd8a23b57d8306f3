MODEL (
  name intermediate.int_dummyjson__products,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain product_key,
  audits (
    not_null(columns := (product_key, store, product_id, loaded_at))
  ),
  description 'One row per product a DummyJSON shop has ever listed. It has the slug of a category and no name: the name is made from it.'
);

SELECT
  product_key::TEXT AS product_key,
  store::TEXT AS store,
  product_id::TEXT AS product_id,
  product_name::TEXT AS product_name,
  NULL::TEXT AS slug,
  brand::TEXT AS brand,
  category_slug::TEXT AS category_id,
  (
    UPPER(SUBSTRING(category_slug, 1, 1)) || REPLACE(SUBSTRING(category_slug, 2), '-', ' ')
  )::TEXT AS category_name,
  category_slug::TEXT AS category_slug,
  unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  NULL::DECIMAL(18, 3) AS unit_cost_native,
  stock_quantity::INT AS stock_quantity,
  rating::DECIMAL(4, 2) AS rating,
  NULL::INT AS rating_count,
  is_deleted::BOOLEAN AS is_deleted,
  created_at::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM staging.stg_dummyjson__products
