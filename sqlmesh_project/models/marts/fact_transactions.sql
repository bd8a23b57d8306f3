MODEL (
  name marts.fact_transactions,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key transaction_key
  ),
  grain transaction_key,
  references (order_key, customer_key),
  audits (
    not_null(
      columns := (
        transaction_key,
        store,
        connection,
        transaction_id,
        kind,
        status,
        amount_native,
        currency_code,
        processed_at,
        transaction_date,
        loaded_at
      )
    ),
    forall(criteria := (
      kind IN ('payment', 'refund', 'dispute', 'fee')
    ))
  ),
  description 'One row per movement of money at a payment provider, or attempt at one: payments, refunds, disputes and fees charged by themselves. This is the money''s side of the books and is never added to sales.',
  column_descriptions (
    transaction_key = 'Key of the transaction: connection and transaction_id.',
    store = 'The shop whose order the payment names; the payment connection itself where it names none.',
    connection = 'Name of the connection that told it.',
    transaction_id = 'The provider''s id.',
    order_key = 'Order that was paid; joins fact_orders. Null where the payment names none that is known here.',
    customer_key = 'Who ordered; joins dim_customers. Null where the order is not known.',
    kind = 'payment, refund, dispute or fee. It tells the direction: amounts are positive in all four.',
    status = 'The provider''s own word, but authorized for a payment that was promised and not yet taken. Money moved for payments that succeeded, and for refunds that succeeded or are pending.',
    payment_method = 'How it was paid, such as card. Null for other kinds than payments.',
    failure_code = 'Why a payment was declined, the provider''s word.',
    amount = 'Amount in the reporting currency at the rate of its day, positive. Null while no exchange rate is known.',
    amount_native = 'Amount in the currency it was paid in, positive.',
    currency_code = 'Currency it was paid in.',
    fee = 'What the provider kept for it, reporting currency at the rate of its day. Null while not told, or settled in a currency without a known rate.',
    fee_native = 'What the provider kept for it, in the currency it settles in.',
    fee_currency_code = 'Currency the provider settles in.',
    processed_at = 'When it happened, UTC.',
    transaction_date = 'Day it happened in the time zone of the store.',
    loaded_at = 'When anything about this row last changed here, UTC.'
  )
);

WITH reach AS (
  SELECT
    MAX(rate_date) AS last_date
  FROM intermediate.int_fx_rates
), new_rates AS (
  SELECT
    currency_code,
    rate_date,
    loaded_at
  FROM intermediate.int_fx_rates
  WHERE
    @is_new(loaded_at)
), repriced AS (
  SELECT
    before.transaction_key,
    MAX(new_rates.loaded_at) AS loaded_at
  FROM marts.fact_transactions AS before
  CROSS JOIN reach
  JOIN new_rates
    ON new_rates.currency_code IN (before.currency_code, before.fee_currency_code)
    AND new_rates.rate_date = LEAST(before.transaction_date, reach.last_date)
  GROUP BY
    before.transaction_key
), movements AS (
  SELECT
    connection,
    charge_id AS transaction_id,
    payment_intent_id,
    'payment' AS kind,
    CASE WHEN status = 'succeeded' AND NOT is_captured THEN 'authorized' ELSE status END AS status,
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
    'refund' AS kind,
    COALESCE(status, 'unknown') AS status,
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
    'dispute' AS kind,
    status,
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
    'fee' AS kind,
    COALESCE(status, 'unknown') AS status,
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
), joined AS (
  SELECT
    movements.connection,
    movements.transaction_id,
    movements.kind,
    movements.status,
    movements.payment_method,
    movements.failure_code,
    movements.amount_native,
    movements.currency_code,
    movements.created_at,
    COALESCE(intents.store, movements.connection) AS store,
    intents.order_key,
    intents.customer_key,
    CASE WHEN NOT fees.currency_code IS NULL THEN fees.fee_native END AS fee_native,
    fees.currency_code AS fee_currency_code,
    GREATEST(
      movements.loaded_at,
      COALESCE(fees.loaded_at, movements.loaded_at),
      COALESCE(intents.loaded_at, movements.loaded_at)
    ) AS loaded_at
  FROM movements
  LEFT JOIN fees
    ON fees.connection = movements.connection
    AND fees.source_id = movements.transaction_id
  LEFT JOIN intermediate.int_intent_orders AS intents
    ON intents.connection = movements.connection
    AND intents.payment_intent_id = movements.payment_intent_id
), keyed AS (
  SELECT
    @surrogate_key(joined.connection, joined.transaction_id) AS transaction_key,
    joined.*,
    stores.timezone,
    stores.reporting_currency,
    GREATEST(joined.loaded_at, stores.loaded_at) AS shaped_at
  FROM joined
  JOIN intermediate.int_stores AS stores
    ON stores.store = joined.store
), placed AS (
  SELECT
    keyed.*,
    @local_date(keyed.created_at, keyed.timezone) AS transaction_date,
    GREATEST(keyed.shaped_at, COALESCE(repriced.loaded_at, keyed.shaped_at)) AS changed_at
  FROM keyed
  LEFT JOIN repriced
    ON repriced.transaction_key = keyed.transaction_key
  WHERE
    @is_new(GREATEST(keyed.shaped_at, COALESCE(repriced.loaded_at, keyed.shaped_at)))
), rated AS (
  SELECT
    placed.*,
    CASE
      WHEN placed.currency_code = placed.reporting_currency
      THEN 1
      ELSE rates.rate
    END::DECIMAL(20, 12) AS fx_rate,
    CASE
      WHEN placed.fee_currency_code = placed.reporting_currency
      THEN 1
      ELSE fee_rates.rate
    END::DECIMAL(20, 12) AS fee_fx_rate
  FROM placed
  CROSS JOIN reach
  LEFT JOIN intermediate.int_fx_rates AS rates
    ON rates.currency_code = placed.currency_code
    AND rates.rate_date = LEAST(placed.transaction_date, reach.last_date)
  LEFT JOIN intermediate.int_fx_rates AS fee_rates
    ON fee_rates.currency_code = placed.fee_currency_code
    AND fee_rates.rate_date = LEAST(placed.transaction_date, reach.last_date)
)
SELECT
  transaction_key::TEXT AS transaction_key,
  store::TEXT AS store,
  connection::TEXT AS connection,
  transaction_id::TEXT AS transaction_id,
  order_key::TEXT AS order_key,
  customer_key::TEXT AS customer_key,
  kind::TEXT AS kind,
  status::TEXT AS status,
  payment_method::TEXT AS payment_method,
  failure_code::TEXT AS failure_code,
  ROUND(amount_native * fx_rate, 3)::DECIMAL(18, 3) AS amount,
  amount_native::DECIMAL(18, 3) AS amount_native,
  currency_code::TEXT AS currency_code,
  ROUND(fee_native * fee_fx_rate, 3)::DECIMAL(18, 3) AS fee,
  fee_native::DECIMAL(18, 3) AS fee_native,
  fee_currency_code::TEXT AS fee_currency_code,
  created_at::TIMESTAMP AS processed_at,
  transaction_date::DATE AS transaction_date,
  changed_at::TIMESTAMP AS loaded_at
FROM rated
