MODEL (
  name staging.stg_stripe__charges,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key charge_key
  ),
  signals (
    news()
  ),
  grain charge_key,
  audits (
    not_null(
      columns := (
        charge_key,
        connection,
        charge_id,
        amount_native,
        currency_code,
        status,
        created_at,
        loaded_at
      )
    )
  ),
  description 'One row per charge of a Stripe account: one attempt to take money, also a failed one.'
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
      "amount": "BIGINT", "amount_captured": "BIGINT", "captured": "BOOLEAN", "currency": "VARCHAR", "status": "VARCHAR", "created": "BIGINT",
      "payment_intent": "VARCHAR", "failure_code": "VARCHAR", "payment_method_details": {"type": "VARCHAR"}
    }'
    ) AS charge
  FROM raw.stripe__charges
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    charge.amount AS amount,
    charge.amount_captured AS amount_captured,
    charge.captured AS captured,
    UPPER(charge.currency) AS currency_code,
    charge.status AS status,
    charge.created AS created,
    charge.payment_intent AS payment_intent,
    charge.failure_code AS failure_code,
    charge.payment_method_details.type AS payment_method
  FROM payloads
)
SELECT
  @surrogate_key(fields.connection, fields.id)::TEXT AS charge_key,
  fields.connection::TEXT AS connection,
  fields.id::TEXT AS charge_id,
  @object_id(fields.payment_intent)::TEXT AS payment_intent_id,
  @from_minor_units(fields.amount, currencies.minor_unit)::DECIMAL(18, 3) AS amount_native,
  @from_minor_units(fields.amount_captured, currencies.minor_unit)::DECIMAL(18, 3) AS amount_captured_native,
  fields.currency_code::TEXT AS currency_code,
  fields.captured::BOOLEAN AS is_captured,
  fields.status::TEXT AS status,
  fields.failure_code::TEXT AS failure_code,
  fields.payment_method::TEXT AS payment_method,
  @at_epoch(fields.created)::TIMESTAMP AS created_at,
  fields.updated_at::TIMESTAMP AS updated_at,
  fields.is_deleted::BOOLEAN AS is_deleted,
  fields.loaded_at::TIMESTAMP AS loaded_at
FROM fields
LEFT JOIN reference.stripe_currencies AS currencies
  ON currencies.currency_code = fields.currency_code
