MODEL (
  name intermediate.int_shopify__products,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain product_key,
  audits (
    not_null(columns := (product_key, store, product_id, is_deleted, loaded_at))
  ),
  description 'One row per product of a Shopify shop, with the price and cost of its first variant. Its category is the product type, the merchant''s own word; Shopify rates nothing.'
);

WITH first_variants AS (
  SELECT
    store,
    product_id,
    ARG_MIN(unit_price_native, variant_position) AS unit_price_native,
    ARG_MIN(unit_cost_native, variant_position) AS unit_cost_native,
    MAX(loaded_at) AS loaded_at
  FROM staging.stg_shopify__product_variants
  WHERE
    NOT is_deleted
  GROUP BY
    store,
    product_id
)
SELECT
  products.product_key::TEXT AS product_key,
  products.store::TEXT AS store,
  products.product_id::TEXT AS product_id,
  products.product_name::TEXT AS product_name,
  products.slug::TEXT AS slug,
  products.vendor::TEXT AS brand,
  products.product_type::TEXT AS category_id,
  products.product_type::TEXT AS category_name,
  LOWER(REPLACE(products.product_type, ' ', '-'))::TEXT AS category_slug,
  first_variants.unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  first_variants.unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  products.stock_quantity::INT AS stock_quantity,
  NULL::DECIMAL(4, 2) AS rating,
  NULL::INT AS rating_count,
  products.is_deleted::BOOLEAN AS is_deleted,
  products.created_at::TIMESTAMP AS created_at,
  products.updated_at::TIMESTAMP AS updated_at,
  GREATEST(products.loaded_at, COALESCE(first_variants.loaded_at, products.loaded_at))::TIMESTAMP AS loaded_at
FROM staging.stg_shopify__products AS products
LEFT JOIN first_variants
  ON first_variants.store = products.store
  AND first_variants.product_id = products.product_id
