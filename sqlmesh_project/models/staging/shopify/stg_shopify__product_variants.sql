MODEL (
  name staging.stg_shopify__product_variants,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key variant_key
  ),
  signals (
    news()
  ),
  grain variant_key,
  audits (
    not_null(
      columns := (variant_key, store, variant_id, product_id, unit_price_native, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per variant a Shopify shop sells or has sold; deleted ones are marked. A simple product has exactly one.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "title": "VARCHAR", "sku": "VARCHAR", "position": "INTEGER", "price": "VARCHAR", "compareAtPrice": "VARCHAR",
      "inventoryQuantity": "INTEGER", "createdAt": "VARCHAR", "updatedAt": "VARCHAR", "product": {"id": "VARCHAR"},
      "inventoryItem": {
        "tracked": "BOOLEAN", "unitCost": {"amount": "VARCHAR"},
        "inventoryLevels": {"nodes": [{"quantities": [{"name": "VARCHAR", "quantity": "INTEGER"}]}]}
      }
    }'
    ) AS variant
  FROM raw.shopify__product_variants
  WHERE
    @is_new(loaded_at)
)
SELECT
  @surrogate_key(connection, @number_of_gid(id))::TEXT AS variant_key,
  connection::TEXT AS store,
  @number_of_gid(id)::TEXT AS variant_id,
  @number_of_gid(variant.product.id)::TEXT AS product_id,
  variant.title::TEXT AS variant_name,
  NULLIF(TRIM(variant.sku), '')::TEXT AS sku,
  variant.position::INT AS variant_position,
  @amount(variant.price)::DECIMAL(18, 3) AS unit_price_native,
  @amount(variant.compareAtPrice)::DECIMAL(18, 3) AS compare_at_price_native,
  @amount(variant.inventoryItem.unitCost.amount)::DECIMAL(18, 3) AS unit_cost_native,
  CASE
    WHEN COALESCE(variant.inventoryItem.tracked, TRUE)
    THEN COALESCE(
      variant.inventoryQuantity,
      @available_units(variant.inventoryItem.inventoryLevels.nodes)
    )
  END /* Shopify counts on at what nobody tracks. */::INT AS stock_quantity,
  @at_utc(variant.createdAt)::TIMESTAMP AS created_at,
  @at_utc(variant.updatedAt)::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM payloads
