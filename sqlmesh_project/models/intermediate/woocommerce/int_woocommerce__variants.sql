MODEL (
  name intermediate.int_woocommerce__variants,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain variant_key,
  audits (
    not_null(
      columns := (variant_key, store, variant_id, is_stock_shared, is_deleted, loaded_at)
    )
  ),
  description 'One row per variation of a WooCommerce shop, and per product that is sold as it is. Products that are only the frame of their variations, or a group of others, are none.'
);

SELECT
  variations.variant_key::TEXT AS variant_key,
  variations.store::TEXT AS store,
  variations.variant_id::TEXT AS variant_id,
  variations.product_key::TEXT AS product_key,
  variations.variant_name::TEXT AS variant_name,
  variations.sku::TEXT AS sku,
  variations.unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  variations.unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  variations.stock_quantity::INT AS stock_quantity,
  variations.is_stock_shared::BOOLEAN AS is_stock_shared,
  (
    variations.is_deleted OR COALESCE(products.is_deleted, FALSE)
  )::BOOLEAN AS is_deleted,
  variations.updated_at::TIMESTAMP AS updated_at,
  GREATEST(variations.loaded_at, COALESCE(products.loaded_at, variations.loaded_at))::TIMESTAMP AS loaded_at
FROM staging.stg_woocommerce__product_variations AS variations
LEFT JOIN intermediate.int_woocommerce__products AS products
  ON products.product_key = variations.product_key
UNION ALL
SELECT
  @key_of_itself(products.store, products.product_id)::TEXT AS variant_key,
  products.store::TEXT AS store,
  products.product_id::TEXT AS variant_id,
  products.product_key::TEXT AS product_key,
  products.product_name::TEXT AS variant_name,
  products.sku::TEXT AS sku,
  products.unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  products.unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  products.stock_quantity::INT AS stock_quantity,
  FALSE AS is_stock_shared,
  (
    products.is_deleted OR products.status IS NOT DISTINCT FROM 'trash'
  )::BOOLEAN AS is_deleted,
  products.updated_at::TIMESTAMP AS updated_at,
  products.loaded_at::TIMESTAMP AS loaded_at
FROM staging.stg_woocommerce__products AS products
WHERE
  NOT COALESCE(products.product_type, 'simple') IN ('variable', 'variable-subscription', 'grouped')
