MODEL (
  name staging.stg_stripe__disputes,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key dispute_key
  ),
  signals (
    news()
  ),
  grain dispute_key,
  audits (
    not_null(
      columns := (
        dispute_key,
        connection,
        dispute_id,
        amount_native,
        currency_code,
        status,
        created_at,
        loaded_at
      )
    )
  ),
  description 'One row per dispute of a Stripe account: a bank that takes a payment back for its customer.'
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
      "amount": "BIGINT", "currency": "VARCHAR", "status": "VARCHAR", "reason": "VARCHAR", "created": "BIGINT",
      "payment_intent": "VARCHAR", "charge": "VARCHAR"
    }'
    ) AS dispute
  FROM raw.stripe__disputes
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    dispute.amount AS amount,
    UPPER(dispute.currency) AS currency_code,
    dispute.status AS status,
    dispute.reason AS reason,
    dispute.created AS created,
    dispute.payment_intent AS payment_intent,
    dispute.charge AS charge
  FROM payloads
)
SELECT
  @surrogate_key(fields.connection, fields.id)::TEXT AS dispute_key,
  fields.connection::TEXT AS connection,
  fields.id::TEXT AS dispute_id,
  @object_id(fields.payment_intent)::TEXT AS payment_intent_id,
  @object_id(fields.charge)::TEXT AS charge_id,
  @from_minor_units(fields.amount, currencies.minor_unit)::DECIMAL(18, 3) AS amount_native,
  fields.currency_code::TEXT AS currency_code,
  fields.status::TEXT AS status,
  fields.reason::TEXT AS reason,
  @at_epoch(fields.created)::TIMESTAMP AS created_at,
  fields.updated_at::TIMESTAMP AS updated_at,
  fields.is_deleted::BOOLEAN AS is_deleted,
  fields.loaded_at::TIMESTAMP AS loaded_at
FROM fields
LEFT JOIN reference.stripe_currencies AS currencies
  ON currencies.currency_code = fields.currency_code
