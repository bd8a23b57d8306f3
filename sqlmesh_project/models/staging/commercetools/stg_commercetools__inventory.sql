MODEL (
  name staging.stg_commercetools__inventory,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key inventory_key
  ),
  signals (
    news()
  ),
  grain inventory_key,
  audits (
    not_null(columns := (inventory_key, store, inventory_id, loaded_at))
  ),
  description 'One row per sku and supply channel for which a commercetools project has ever kept stock; deleted ones are marked.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "sku": "VARCHAR", "supplyChannel": {"id": "VARCHAR"}, "quantityOnStock": "INTEGER", "availableQuantity": "INTEGER",
      "lastModifiedAt": "VARCHAR"
    }'
    ) AS stock
  FROM raw.commercetools__inventory
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    stock.sku AS sku,
    stock.supplyChannel.id AS channel_id,
    stock.quantityOnStock AS stock_quantity,
    stock.availableQuantity AS available_quantity,
    stock.lastModifiedAt AS modified
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS inventory_key,
  connection::TEXT AS store,
  id::TEXT AS inventory_id,
  sku::TEXT AS sku,
  channel_id::TEXT AS channel_id,
  stock_quantity::INT AS stock_quantity,
  available_quantity::INT AS available_quantity,
  COALESCE(updated_at, @at_utc(modified))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
