MODEL (
  name intermediate.int_platform_products,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain product_key,
  audits (
    not_null(columns := (product_key, store, product_id))
  ),
  description 'One row per product that a platform lists or has listed.'
);

WITH products AS (
  @each_platform(products)
)
SELECT
  platform::TEXT AS platform,
  product_key::TEXT AS product_key,
  store::TEXT AS store,
  product_id::TEXT AS product_id,
  product_name::TEXT AS product_name,
  slug::TEXT AS slug,
  brand::TEXT AS brand,
  category_id::TEXT AS category_id,
  category_name::TEXT AS category_name,
  category_slug::TEXT AS category_slug,
  unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  stock_quantity::INT AS stock_quantity,
  rating::DECIMAL(4, 2) AS rating,
  rating_count::INT AS rating_count,
  is_deleted::BOOLEAN AS is_deleted,
  created_at::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM products
