MODEL (
  name intermediate.int_products,
  kind FULL,
  signals (
    news()
  ),
  grain product_key,
  audits (
    not_null(columns := (product_key, store, product_id, is_deleted)),
    unique_values(columns := product_key)
  ),
  description 'One row per product a shop lists, has listed, or has only ever been seen selling: a product that is on an order and in no list keeps the name it was sold under. Price and cost are turned into the reporting currency at the newest rate.'
);

WITH sold AS (
  SELECT
    store,
    product_id,
    product_key,
    ARG_MAX(product_name, loaded_at) AS product_name
  FROM intermediate.int_order_lines
  WHERE
    NOT product_key IS NULL
  GROUP BY
    store,
    product_id,
    product_key
), rates AS (
  SELECT
    currency_code,
    rate
  FROM intermediate.int_fx_rates
  WHERE
    rate_date = (
      SELECT
        MAX(rate_date)
      FROM intermediate.int_fx_rates
    )
), products AS (
  SELECT
    COALESCE(listed.product_key, sold.product_key) AS product_key,
    COALESCE(listed.store, sold.store) AS store,
    COALESCE(listed.product_id, sold.product_id) AS product_id,
    COALESCE(listed.product_name, sold.product_name) AS product_name,
    listed.slug,
    listed.brand,
    listed.category_id,
    listed.category_name,
    listed.category_slug,
    listed.unit_price_native,
    listed.unit_cost_native,
    listed.stock_quantity,
    listed.rating,
    listed.rating_count,
    COALESCE(listed.is_deleted, TRUE) AS is_deleted,
    listed.created_at,
    listed.updated_at
  FROM intermediate.int_platform_products AS listed
  FULL JOIN sold
    ON sold.product_key = listed.product_key
), priced AS (
  SELECT
    products.*,
    stores.currency_code,
    CASE
      WHEN stores.currency_code = stores.reporting_currency
      THEN 1
      ELSE rates.rate
    END::DECIMAL(20, 12) AS fx_rate
  FROM products
  JOIN intermediate.int_stores AS stores
    ON stores.store = products.store
  LEFT JOIN rates
    ON rates.currency_code = stores.currency_code
)
SELECT
  product_key::TEXT AS product_key,
  store::TEXT AS store,
  product_id::TEXT AS product_id,
  product_name::TEXT AS product_name,
  slug::TEXT AS slug,
  brand::TEXT AS brand,
  category_id::TEXT AS category_id,
  category_name::TEXT AS category_name,
  category_slug::TEXT AS category_slug,
  @surrogate_key(store, category_id)::TEXT AS category_key,
  currency_code::TEXT AS currency_code,
  ROUND(unit_price_native * fx_rate, 3)::DECIMAL(18, 3) AS unit_price,
  unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  ROUND(unit_cost_native * fx_rate, 3)::DECIMAL(18, 3) AS unit_cost,
  unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  stock_quantity::INT AS stock_quantity,
  rating::DECIMAL(4, 2) AS rating,
  rating_count::INT AS rating_count,
  is_deleted::BOOLEAN AS is_deleted,
  created_at::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at
FROM priced
