MODEL (
  name staging.stg_stripe__refunds,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key refund_key
  ),
  signals (
    news()
  ),
  grain refund_key,
  audits (
    not_null(
      columns := (
        refund_key,
        connection,
        refund_id,
        amount_native,
        currency_code,
        created_at,
        loaded_at
      )
    )
  ),
  description 'One row per refund of a Stripe account, also one that failed or was canceled.'
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
      "payment_intent": "VARCHAR", "charge": "VARCHAR", "metadata": {"line": "VARCHAR", "quantity": "VARCHAR"}
    }'
    ) AS refund
  FROM raw.stripe__refunds
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    refund.amount AS amount,
    UPPER(refund.currency) AS currency_code,
    refund.status AS status,
    refund.reason AS reason,
    refund.created AS created,
    refund.payment_intent AS payment_intent,
    refund.charge AS charge,
    refund.metadata.line AS line,
    refund.metadata.quantity AS quantity
  FROM payloads
)
SELECT
  @surrogate_key(fields.connection, fields.id)::TEXT AS refund_key,
  fields.connection::TEXT AS connection,
  fields.id::TEXT AS refund_id,
  @object_id(fields.payment_intent)::TEXT AS payment_intent_id,
  @object_id(fields.charge)::TEXT AS charge_id,
  @from_minor_units(fields.amount, currencies.minor_unit)::DECIMAL(18, 3) AS amount_native,
  fields.currency_code::TEXT AS currency_code,
  fields.status::TEXT AS status,
  fields.reason::TEXT AS reason,
  TRY_CAST(fields.line AS INT) AS line_position,
  TRY_CAST(fields.quantity AS INT) AS line_quantity,
  @at_epoch(fields.created)::TIMESTAMP AS created_at,
  fields.updated_at::TIMESTAMP AS updated_at,
  fields.is_deleted::BOOLEAN AS is_deleted,
  fields.loaded_at::TIMESTAMP AS loaded_at
FROM fields
LEFT JOIN reference.stripe_currencies AS currencies
  ON currencies.currency_code = fields.currency_code
