MODEL (
  name staging.stg_payload__variants,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key variant_key
  ),
  signals (
    news()
  ),
  grain variant_key,
  audits (
    not_null(
      columns := (variant_key, store, variant_id, updated_at, loaded_at),
      condition := NOT is_deleted
    )
  ),
  columns (
    variant_key TEXT,
    store TEXT,
    variant_id TEXT,
    product_id TEXT,
    variant_name TEXT,
    stock_quantity INT,
    created_at TIMESTAMP,
    updated_at TIMESTAMP,
    is_deleted BOOLEAN,
    loaded_at TIMESTAMP
  ),
  description 'One row per variant a Payload site has ever shown; what is in the trash counts as deleted. The product last known stays when it is deleted for good.'
);

WITH payloads AS (
  SELECT
    @surrogate_key(connection, id)::TEXT AS variant_key,
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "title": "VARCHAR", "product": "VARCHAR", "inventory": "VARCHAR", "deletedAt": "VARCHAR",
      "createdAt": "VARCHAR", "updatedAt": "VARCHAR"
    }'
    ) AS variant
  FROM raw.payload__variants
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    variant_key,
    connection,
    id,
    is_deleted,
    loaded_at,
    variant.title AS title,
    variant.product AS product,
    variant.inventory AS inventory,
    variant.deletedAt AS trashed,
    variant.createdAt AS created,
    variant.updatedAt AS changed
  FROM payloads
)
SELECT
  fields.variant_key::TEXT AS variant_key,
  fields.connection::TEXT AS store,
  fields.id::TEXT AS variant_id,
  COALESCE(@object_id(fields.product), known.product_id)::TEXT AS product_id,
  fields.title::TEXT AS variant_name,
  @amount(fields.inventory)::INT AS stock_quantity,
  @at_utc(fields.created)::TIMESTAMP AS created_at,
  @at_utc(fields.changed)::TIMESTAMP AS updated_at,
  (
    fields.is_deleted OR NOT fields.trashed IS NULL
  )::BOOLEAN AS is_deleted,
  fields.loaded_at::TIMESTAMP AS loaded_at
FROM fields
LEFT JOIN staging.stg_payload__variants AS known
  ON known.variant_key = fields.variant_key
