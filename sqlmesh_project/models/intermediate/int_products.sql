MODEL (
  name intermediate.int_products,
  kind FULL,
  grain product_key,
  audits (
    not_null(columns := (product_key, store, product_id, is_deleted)),
    unique_values(columns := product_key)
  ),
  description 'One row per product a shop lists, has listed, or has only ever been seen selling: a product that is on an order and in no list keeps the name it was sold under.'
);

WITH sold AS (
  SELECT
    store,
    product_id,
    product_key,
    ARG_MAX(product_name, loaded_at) AS product_name
  FROM intermediate.int_order_lines
  GROUP BY
    store,
    product_id,
    product_key
)
SELECT
  COALESCE(products.product_key, sold.product_key)::TEXT AS product_key,
  COALESCE(products.store, sold.store)::TEXT AS store,
  COALESCE(products.product_id, sold.product_id)::TEXT AS product_id,
  COALESCE(products.product_name, sold.product_name)::TEXT AS product_name,
  products.category_slug::TEXT AS category_slug,
  @surrogate_key(products.store, products.category_slug)::TEXT AS category_key,
  products.brand::TEXT AS brand,
  products.sku::TEXT AS sku,
  stores.currency_code::TEXT AS currency_code,
  CASE
    WHEN stores.currency_code = stores.reporting_currency
    THEN products.unit_price_native
  END::DECIMAL(18, 3) AS unit_price,
  products.unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  products.stock_quantity::INT AS stock_quantity,
  products.rating::DECIMAL(4, 2) AS rating,
  COALESCE(products.is_deleted, TRUE)::BOOLEAN AS is_deleted,
  products.created_at::TIMESTAMP AS created_at,
  products.updated_at::TIMESTAMP AS updated_at
FROM staging.stg_dummyjson__products AS products
FULL JOIN sold
  ON sold.product_key = products.product_key
JOIN intermediate.int_stores AS stores
  ON stores.store = COALESCE(products.store, sold.store)
