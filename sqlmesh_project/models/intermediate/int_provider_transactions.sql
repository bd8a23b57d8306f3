MODEL (
  name intermediate.int_provider_transactions,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain transaction_key,
  audits (
    not_null(
      columns := (
        transaction_key,
        connection,
        transaction_id,
        kind,
        status,
        is_moved,
        amount_native,
        currency_code,
        processed_at,
        loaded_at
      )
    )
  ),
  description 'One row per movement of money that a payment provider tells, or attempt at one, with what it kept for it and the order the payment names in its own words. Payments, refunds and disputes of one payment share payment_id.'
);

WITH movements AS (
  SELECT
    connection,
    charge_id AS transaction_id,
    payment_intent_id,
    COALESCE(payment_intent_id, charge_id) AS payment_id,
    'payment' AS kind,
    CASE WHEN status = 'succeeded' AND NOT is_captured THEN 'authorized' ELSE status END AS status,
    status = 'succeeded' AND COALESCE(is_captured, FALSE) AS is_moved,
    payment_method,
    failure_code,
    CASE
      WHEN is_captured
      THEN COALESCE(amount_captured_native, amount_native)
      ELSE amount_native
    END AS amount_native,
    currency_code,
    created_at,
    loaded_at
  FROM staging.stg_stripe__charges
  UNION ALL
  SELECT
    connection,
    refund_id AS transaction_id,
    payment_intent_id,
    COALESCE(payment_intent_id, charge_id) AS payment_id,
    'refund' AS kind,
    COALESCE(status, 'unknown') AS status,
    @is_counted_refund(status) AND NOT is_deleted AS is_moved,
    NULL AS payment_method,
    NULL AS failure_code,
    amount_native,
    currency_code,
    created_at,
    loaded_at
  FROM staging.stg_stripe__refunds
  UNION ALL
  SELECT
    connection,
    dispute_id AS transaction_id,
    payment_intent_id,
    COALESCE(payment_intent_id, charge_id) AS payment_id,
    'dispute' AS kind,
    status,
    @is_taken_back(status) AS is_moved,
    NULL AS payment_method,
    NULL AS failure_code,
    amount_native,
    currency_code,
    created_at,
    loaded_at
  FROM staging.stg_stripe__disputes
  UNION ALL
  SELECT
    connection,
    balance_transaction_id AS transaction_id,
    NULL AS payment_intent_id,
    NULL AS payment_id,
    'fee' AS kind,
    COALESCE(status, 'unknown') AS status,
    TRUE AS is_moved,
    NULL AS payment_method,
    NULL AS failure_code,
    -amount_native AS amount_native,
    currency_code,
    created_at,
    loaded_at
  FROM staging.stg_stripe__balance_transactions
  WHERE
    type = 'stripe_fee'
), fees AS (
  SELECT
    connection,
    source_id,
    SUM(fee_native) AS fee_native,
    CASE WHEN COUNT(DISTINCT currency_code) = 1 THEN MAX(currency_code) END AS currency_code,
    MAX(loaded_at) AS loaded_at
  FROM staging.stg_stripe__balance_transactions
  WHERE
    type <> 'stripe_fee' AND NOT source_id IS NULL
  GROUP BY
    connection,
    source_id
)
SELECT
  @surrogate_key(movements.connection, movements.transaction_id)::TEXT AS transaction_key,
  movements.connection::TEXT AS connection,
  movements.transaction_id::TEXT AS transaction_id,
  movements.payment_id::TEXT AS payment_id,
  intents.store::TEXT AS store,
  intents.order_key::TEXT AS order_key,
  movements.kind::TEXT AS kind,
  movements.status::TEXT AS status,
  movements.is_moved::BOOLEAN AS is_moved,
  movements.payment_method::TEXT AS payment_method,
  movements.failure_code::TEXT AS failure_code,
  movements.amount_native::DECIMAL(18, 3) AS amount_native,
  movements.currency_code::TEXT AS currency_code,
  CASE WHEN NOT fees.currency_code IS NULL THEN fees.fee_native END::DECIMAL(18, 3) AS fee_native,
  fees.currency_code::TEXT AS fee_currency_code,
  movements.created_at::TIMESTAMP AS processed_at,
  GREATEST(
    movements.loaded_at,
    COALESCE(fees.loaded_at, movements.loaded_at),
    COALESCE(intents.loaded_at, movements.loaded_at)
  )::TIMESTAMP AS loaded_at
FROM movements
LEFT JOIN fees
  ON fees.connection = movements.connection
  AND fees.source_id = movements.transaction_id
LEFT JOIN intermediate.int_intent_orders AS intents
  ON intents.connection = movements.connection
  AND intents.payment_intent_id = movements.payment_intent_id
