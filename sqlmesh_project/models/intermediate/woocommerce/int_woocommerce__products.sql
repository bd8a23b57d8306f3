MODEL (
  name intermediate.int_woocommerce__products,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain product_key,
  audits (
    not_null(columns := (product_key, store, product_id, loaded_at))
  ),
  description 'One row per product of a WooCommerce shop. The stock of a product that keeps none of its own is that of its variations.'
);

WITH variations AS (
  SELECT
    product_key,
    SUM(stock_quantity) FILTER(WHERE
      NOT is_stock_shared) AS stock_quantity,
    MIN(unit_price_native) AS unit_price_native,
    MIN(unit_cost_native) AS unit_cost_native,
    MAX(loaded_at) AS loaded_at
  FROM staging.stg_woocommerce__product_variations
  WHERE
    NOT is_deleted
  GROUP BY
    product_key
)
SELECT
  products.product_key::TEXT AS product_key,
  products.store::TEXT AS store,
  products.product_id::TEXT AS product_id,
  products.product_name::TEXT AS product_name,
  products.slug::TEXT AS slug,
  products.brand::TEXT AS brand,
  products.category_id::TEXT AS category_id,
  products.category_name::TEXT AS category_name,
  products.category_slug::TEXT AS category_slug,
  COALESCE(products.unit_price_native, variations.unit_price_native)::DECIMAL(18, 3) AS unit_price_native,
  COALESCE(products.unit_cost_native, variations.unit_cost_native)::DECIMAL(18, 3) AS unit_cost_native,
  COALESCE(products.stock_quantity, variations.stock_quantity)::INT AS stock_quantity,
  products.rating::DECIMAL(4, 2) AS rating,
  products.rating_count::INT AS rating_count,
  (
    products.is_deleted OR products.status = 'trash'
  )::BOOLEAN AS is_deleted,
  products.created_at::TIMESTAMP AS created_at,
  products.updated_at::TIMESTAMP AS updated_at,
  GREATEST(products.loaded_at, COALESCE(variations.loaded_at, products.loaded_at))::TIMESTAMP AS loaded_at
FROM staging.stg_woocommerce__products AS products
LEFT JOIN variations
  ON variations.product_key = products.product_key
