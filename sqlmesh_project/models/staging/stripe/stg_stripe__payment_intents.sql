MODEL (
  name staging.stg_stripe__payment_intents,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key payment_intent_key
  ),
  signals (
    news()
  ),
  grain payment_intent_key,
  audits (
    not_null(
      columns := (payment_intent_key, connection, payment_intent_id, created_at, loaded_at)
    )
  ),
  description 'One row per payment intent of a Stripe account.'
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
      '{"amount": "BIGINT", "currency": "VARCHAR", "status": "VARCHAR", "created": "BIGINT", "metadata": {"order_id": "VARCHAR"}}'
    ) AS intent
  FROM raw.stripe__payment_intents
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    intent.amount AS amount,
    UPPER(intent.currency) AS currency_code,
    intent.status AS status,
    intent.created AS created,
    intent.metadata.order_id AS order_id
  FROM payloads
)
SELECT
  @surrogate_key(fields.connection, fields.id)::TEXT AS payment_intent_key,
  fields.connection::TEXT AS connection,
  fields.id::TEXT AS payment_intent_id,
  NULLIF(TRIM(fields.order_id), '')::TEXT AS order_id,
  @from_minor_units(fields.amount, currencies.minor_unit)::DECIMAL(18, 3) AS amount_native,
  fields.currency_code::TEXT AS currency_code,
  fields.status::TEXT AS status,
  @at_epoch(fields.created)::TIMESTAMP AS created_at,
  fields.updated_at::TIMESTAMP AS updated_at,
  fields.is_deleted::BOOLEAN AS is_deleted,
  fields.loaded_at::TIMESTAMP AS loaded_at
FROM fields
LEFT JOIN reference.stripe_currencies AS currencies
  ON currencies.currency_code = fields.currency_code
