MODEL (
  name intermediate.int_tables__variants,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain variant_key,
  audits (
    not_null(
      columns := (variant_key, store, variant_id, is_stock_shared, is_deleted, loaded_at)
    )
  ),
  description 'One row per product of a shop that has tables: they tell no variants, so that each is its own.'
);

SELECT
  @key_of_itself(store, product_id)::TEXT AS variant_key,
  store::TEXT AS store,
  product_id::TEXT AS variant_id,
  product_key::TEXT AS product_key,
  product_name::TEXT AS variant_name,
  NULL::TEXT AS sku,
  unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  stock_quantity::INT AS stock_quantity,
  FALSE AS is_stock_shared,
  is_deleted::BOOLEAN AS is_deleted,
  updated_at::TIMESTAMP AS updated_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM intermediate.int_tables__products
