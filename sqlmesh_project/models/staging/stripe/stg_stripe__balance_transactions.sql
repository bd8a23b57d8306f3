MODEL (
  name staging.stg_stripe__balance_transactions,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key balance_transaction_key
  ),
  signals (
    news()
  ),
  grain balance_transaction_key,
  audits (
    not_null(
      columns := (
        balance_transaction_key,
        connection,
        balance_transaction_id,
        amount_native,
        fee_native,
        currency_code,
        created_at,
        loaded_at
      )
    )
  ),
  description 'One row per movement of a Stripe balance, in the currency it is settled in.'
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
      "amount": "BIGINT", "fee": "BIGINT", "currency": "VARCHAR", "type": "VARCHAR", "reporting_category": "VARCHAR", "status": "VARCHAR",
      "created": "BIGINT", "source": "VARCHAR"
    }'
    ) AS movement
  FROM raw.stripe__balance_transactions
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    movement.amount AS amount,
    movement.fee AS fee,
    UPPER(movement.currency) AS currency_code,
    movement.type AS type,
    movement.reporting_category AS reporting_category,
    movement.status AS status,
    movement.created AS created,
    movement.source AS source
  FROM payloads
)
SELECT
  @surrogate_key(fields.connection, fields.id)::TEXT AS balance_transaction_key,
  fields.connection::TEXT AS connection,
  fields.id::TEXT AS balance_transaction_id,
  @object_id(fields.source)::TEXT AS source_id,
  fields.type::TEXT AS type,
  fields.reporting_category::TEXT AS reporting_category,
  fields.status::TEXT AS status,
  @from_minor_units(fields.amount, currencies.minor_unit)::DECIMAL(18, 3) AS amount_native,
  @from_minor_units(fields.fee, currencies.minor_unit)::DECIMAL(18, 3) AS fee_native,
  fields.currency_code::TEXT AS currency_code,
  @at_epoch(fields.created)::TIMESTAMP AS created_at,
  fields.updated_at::TIMESTAMP AS updated_at,
  fields.is_deleted::BOOLEAN AS is_deleted,
  fields.loaded_at::TIMESTAMP AS loaded_at
FROM fields
LEFT JOIN reference.stripe_currencies AS currencies
  ON currencies.currency_code = fields.currency_code
