MODEL (
  name staging.stg_payload__orders,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_key
  ),
  signals (
    news()
  ),
  grain order_key,
  audits (
    not_null(
      columns := (order_key, store, order_id, ordered_at, updated_at, loaded_at),
      condition := NOT is_deleted
    )
  ),
  columns (
    order_key TEXT,
    store TEXT,
    order_id TEXT,
    customer_id TEXT,
    email TEXT,
    status TEXT,
    status_since TIMESTAMP,
    amount_units BIGINT,
    currency_code TEXT,
    country_code TEXT,
    lines STRUCT(id TEXT, product TEXT, variant TEXT, quantity INT)[],
    ordered_at TIMESTAMP,
    updated_at TIMESTAMP,
    is_deleted BOOLEAN,
    loaded_at TIMESTAMP
  ),
  description 'One row per order a Payload site has ever shown, its lines inside as last sent; deleted ones are marked. An order does not say since when it has its status: status_since is its change as of the first time it was seen with it. A customer whose account is deleted vanishes from it; the one last known stays.'
);

WITH payloads AS (
  SELECT
    @surrogate_key(connection, id)::TEXT AS order_key,
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "customer": "VARCHAR", "customerEmail": "VARCHAR", "status": "VARCHAR", "amount": "BIGINT", "currency": "VARCHAR",
      "shippingAddress": {"country": "VARCHAR"}, "createdAt": "VARCHAR", "updatedAt": "VARCHAR",
      "items": [{"id": "VARCHAR", "product": "VARCHAR", "variant": "VARCHAR", "quantity": "INTEGER"}]
    }'
    ) AS placed
  FROM raw.payload__orders
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    order_key,
    connection,
    id,
    is_deleted,
    loaded_at,
    placed.customer AS customer,
    placed.customerEmail AS email,
    placed.status AS status,
    placed.amount AS amount,
    placed.currency AS currency,
    placed.shippingAddress.country AS country,
    placed.items AS lines,
    placed.createdAt AS created,
    @at_utc(placed.updatedAt) AS changed_at
  FROM payloads
)
SELECT
  fields.order_key::TEXT AS order_key,
  fields.connection::TEXT AS store,
  fields.id::TEXT AS order_id,
  COALESCE(@object_id(fields.customer), known.customer_id)::TEXT AS customer_id,
  NULLIF(LOWER(TRIM(fields.email)), '')::TEXT AS email,
  fields.status::TEXT AS status,
  CASE
    WHEN fields.status IS NOT DISTINCT FROM known.status
    THEN COALESCE(known.status_since, fields.changed_at)
    ELSE fields.changed_at
  END::TIMESTAMP AS status_since,
  fields.amount::BIGINT AS amount_units,
  UPPER(fields.currency)::TEXT AS currency_code,
  UPPER(NULLIF(TRIM(fields.country), ''))::TEXT AS country_code,
  fields.lines AS lines,
  @at_utc(fields.created)::TIMESTAMP AS ordered_at,
  fields.changed_at::TIMESTAMP AS updated_at,
  fields.is_deleted::BOOLEAN AS is_deleted,
  fields.loaded_at::TIMESTAMP AS loaded_at
FROM fields
LEFT JOIN staging.stg_payload__orders AS known
  ON known.order_key = fields.order_key
