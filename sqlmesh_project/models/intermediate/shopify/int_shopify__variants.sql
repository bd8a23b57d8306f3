MODEL (
  name intermediate.int_shopify__variants,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain variant_key,
  audits (
    not_null(
      columns := (variant_key, store, variant_id, is_stock_shared, is_deleted, loaded_at)
    )
  ),
  description 'One row per variant a Shopify shop sells or has sold. A simple product has exactly one, which Shopify calls Default Title.'
);

SELECT
  variants.variant_key::TEXT AS variant_key,
  variants.store::TEXT AS store,
  variants.variant_id::TEXT AS variant_id,
  @surrogate_key(variants.store, variants.product_id)::TEXT AS product_key,
  CASE
    WHEN variants.variant_name = 'Default Title'
    THEN products.product_name
    ELSE variants.variant_name
  END::TEXT AS variant_name,
  variants.sku::TEXT AS sku,
  variants.unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  variants.unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  variants.stock_quantity::INT AS stock_quantity,
  FALSE AS is_stock_shared,
  (
    variants.is_deleted OR COALESCE(products.is_deleted, FALSE)
  )::BOOLEAN AS is_deleted,
  variants.updated_at::TIMESTAMP AS updated_at,
  GREATEST(variants.loaded_at, COALESCE(products.loaded_at, variants.loaded_at))::TIMESTAMP AS loaded_at
FROM staging.stg_shopify__product_variants AS variants
LEFT JOIN staging.stg_shopify__products AS products
  ON products.store = variants.store AND products.product_id = variants.product_id
