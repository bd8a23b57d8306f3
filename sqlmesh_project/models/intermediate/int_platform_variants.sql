MODEL (
  name intermediate.int_platform_variants,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain variant_key,
  audits (
    not_null(columns := (variant_key, store, variant_id))
  ),
  description 'One row per sellable variant that a platform lists or has listed; a product without variants is its own.'
);

WITH variants AS (
  @each_platform(variants)
)
SELECT
  platform::TEXT AS platform,
  variant_key::TEXT AS variant_key,
  store::TEXT AS store,
  variant_id::TEXT AS variant_id,
  product_key::TEXT AS product_key,
  variant_name::TEXT AS variant_name,
  sku::TEXT AS sku,
  unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  stock_quantity::INT AS stock_quantity,
  is_stock_shared::BOOLEAN AS is_stock_shared,
  is_deleted::BOOLEAN AS is_deleted,
  updated_at::TIMESTAMP AS updated_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM variants
