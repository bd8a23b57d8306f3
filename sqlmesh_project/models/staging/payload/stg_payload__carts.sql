MODEL (
  name staging.stg_payload__carts,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key cart_key
  ),
  signals (
    news()
  ),
  grain cart_key,
  audits (
    not_null(
      columns := (cart_key, store, cart_id, created_at, updated_at, loaded_at),
      condition := NOT is_deleted
    )
  ),
  columns (
    cart_key TEXT,
    store TEXT,
    cart_id TEXT,
    customer_id TEXT,
    item_count INT,
    subtotal_units BIGINT,
    currency_code TEXT,
    created_at TIMESTAMP,
    purchased_at TIMESTAMP,
    updated_at TIMESTAMP,
    is_deleted BOOLEAN,
    loaded_at TIMESTAMP
  ),
  description 'One row per cart a Payload site has ever shown, as last sent; deleted ones are marked. A customer whose account is deleted vanishes from it; the one last known stays.'
);

WITH payloads AS (
  SELECT
    @surrogate_key(connection, id)::TEXT AS cart_key,
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "customer": "VARCHAR", "purchasedAt": "VARCHAR", "subtotal": "BIGINT", "currency": "VARCHAR",
      "createdAt": "VARCHAR", "updatedAt": "VARCHAR", "items": [{"quantity": "INTEGER"}]
    }'
    ) AS cart
  FROM raw.payload__carts
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    cart_key,
    connection,
    id,
    is_deleted,
    loaded_at,
    cart.customer AS customer,
    cart.items AS items,
    cart.subtotal AS subtotal,
    cart.currency AS currency,
    cart.createdAt AS created,
    cart.purchasedAt AS purchased,
    cart.updatedAt AS updated
  FROM payloads
)
SELECT
  fields.cart_key::TEXT AS cart_key,
  fields.connection::TEXT AS store,
  fields.id::TEXT AS cart_id,
  COALESCE(@object_id(fields.customer), known.customer_id)::TEXT AS customer_id,
  COALESCE(@units_of(fields.items), 0)::INT AS item_count,
  fields.subtotal::BIGINT AS subtotal_units,
  UPPER(fields.currency)::TEXT AS currency_code,
  @at_utc(fields.created)::TIMESTAMP AS created_at,
  @at_utc(fields.purchased)::TIMESTAMP AS purchased_at,
  @at_utc(fields.updated)::TIMESTAMP AS updated_at,
  fields.is_deleted::BOOLEAN AS is_deleted,
  fields.loaded_at::TIMESTAMP AS loaded_at
FROM fields
LEFT JOIN staging.stg_payload__carts AS known
  ON known.cart_key = fields.cart_key
