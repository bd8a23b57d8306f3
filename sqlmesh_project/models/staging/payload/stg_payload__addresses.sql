MODEL (
  name staging.stg_payload__addresses,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key address_key
  ),
  signals (
    news()
  ),
  grain address_key,
  audits (
    not_null(
      columns := (address_key, store, address_id, loaded_at),
      condition := NOT is_deleted
    )
  ),
  columns (
    address_key TEXT,
    store TEXT,
    address_id TEXT,
    customer_id TEXT,
    city TEXT,
    state TEXT,
    country_code TEXT,
    phone TEXT,
    updated_at TIMESTAMP,
    is_deleted BOOLEAN,
    loaded_at TIMESTAMP
  ),
  description 'One row per address in the address books of a Payload site''s customers, as far as the books count by it; the customer last known stays when the account is deleted.'
);

WITH payloads AS (
  SELECT
    @surrogate_key(connection, id)::TEXT AS address_key,
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "customer": "VARCHAR", "city": "VARCHAR", "state": "VARCHAR", "country": "VARCHAR", "phone": "VARCHAR", "updatedAt": "VARCHAR"
    }'
    ) AS address
  FROM raw.payload__addresses
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    address_key,
    connection,
    id,
    is_deleted,
    loaded_at,
    address.customer AS customer,
    address.city AS city,
    address.state AS state,
    address.country AS country,
    address.phone AS phone,
    address.updatedAt AS changed
  FROM payloads
)
SELECT
  fields.address_key::TEXT AS address_key,
  fields.connection::TEXT AS store,
  fields.id::TEXT AS address_id,
  COALESCE(@object_id(fields.customer), known.customer_id)::TEXT AS customer_id,
  NULLIF(TRIM(fields.city), '')::TEXT AS city,
  NULLIF(TRIM(fields.state), '')::TEXT AS state,
  UPPER(NULLIF(TRIM(fields.country), ''))::TEXT AS country_code,
  NULLIF(TRIM(fields.phone), '')::TEXT AS phone,
  @at_utc(fields.changed)::TIMESTAMP AS updated_at,
  fields.is_deleted::BOOLEAN AS is_deleted,
  fields.loaded_at::TIMESTAMP AS loaded_at
FROM fields
LEFT JOIN staging.stg_payload__addresses AS known
  ON known.address_key = fields.address_key
