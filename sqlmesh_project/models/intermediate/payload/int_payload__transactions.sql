MODEL (
  name intermediate.int_payload__transactions,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain transaction_key,
  audits (
    not_null(columns := (transaction_key, store, transaction_id, kind, status, loaded_at))
  ),
  description 'One row per payment or refund that a Payload site tells: its transactions, two of one payment intent and order being one, and the refunds that a status of the order or the transaction means. A transaction without an amount was made by hand and says nothing.'
);

WITH transactions AS (
  SELECT
    payments.store,
    payments.transaction_id,
    orders.order_key,
    payments.status,
    payments.status_since,
    payments.payment_method,
    payments.payment_intent_id,
    payments.amount_units * @iso_minor_unit(payments.currency_code) AS amount_native,
    payments.currency_code,
    payments.created_at,
    payments.is_deleted,
    payments.loaded_at,
    ROW_NUMBER() OVER (
      PARTITION BY payments.store, payments.order_id, COALESCE(payments.payment_intent_id, payments.transaction_id)
      ORDER BY payments.is_deleted, payments.status IN ('succeeded', 'refunded') DESC, payments.created_at, payments.transaction_id
    ) AS copy
  FROM staging.stg_payload__transactions AS payments
  LEFT JOIN staging.stg_payload__orders AS orders
    ON orders.store = payments.store AND orders.order_id = payments.order_id
  WHERE
    payments.amount_units > 0
), paying AS (
  SELECT
    order_key,
    payment_intent_id,
    payment_method
  FROM transactions
  WHERE
    NOT order_key IS NULL AND NOT is_deleted
  QUALIFY
    ROW_NUMBER() OVER (
      PARTITION BY order_key
      ORDER BY status IN ('succeeded', 'refunded') DESC, created_at, transaction_id
    ) = 1
), told AS (
  SELECT
    store,
    transaction_id,
    order_key,
    'payment' AS kind,
    CASE
      WHEN status = 'refunded'
      THEN 'succeeded'
      WHEN status IN ('cancelled', 'expired')
      THEN 'canceled'
      ELSE COALESCE(status, 'unknown')
    END AS status,
    COALESCE(status IN ('succeeded', 'refunded'), FALSE) AS is_moved,
    (
      is_deleted OR copy > 1
    ) AS is_gone,
    payment_method,
    payment_intent_id AS reference,
    amount_native,
    currency_code,
    created_at AS processed_at,
    loaded_at
  FROM transactions
  UNION ALL
  SELECT
    refunds.store,
    'refund/' || refunds.refund_id AS transaction_id,
    refunds.order_key,
    'refund' AS kind,
    'succeeded' AS status,
    TRUE AS is_moved,
    FALSE AS is_gone,
    paying.payment_method,
    paying.payment_intent_id AS reference,
    refunds.amount_native,
    refunds.currency_code,
    refunds.refunded_at AS processed_at,
    orders.loaded_at
  FROM intermediate.int_payload__refunds AS refunds
  JOIN staging.stg_payload__orders AS orders
    ON orders.order_key = refunds.order_key
  LEFT JOIN paying
    ON paying.order_key = refunds.order_key
  UNION ALL
  /* Of payments that name no order known here. */
  SELECT
    store,
    'refund/transaction/' || transaction_id AS transaction_id,
    NULL AS order_key,
    'refund' AS kind,
    'succeeded' AS status,
    TRUE AS is_moved,
    (
      is_deleted OR copy > 1 OR status IS DISTINCT FROM 'refunded'
    ) AS is_gone,
    payment_method,
    payment_intent_id AS reference,
    amount_native,
    currency_code,
    status_since AS processed_at,
    loaded_at
  FROM transactions
  WHERE
    order_key IS NULL
)
SELECT
  @surrogate_key(store, transaction_id)::TEXT AS transaction_key,
  store::TEXT AS store,
  transaction_id::TEXT AS transaction_id,
  order_key::TEXT AS order_key,
  kind::TEXT AS kind,
  status::TEXT AS status,
  is_moved::BOOLEAN AS is_moved,
  FALSE::BOOLEAN AS is_by_hand,
  is_gone::BOOLEAN AS is_gone,
  payment_method::TEXT AS payment_method,
  NULL::TEXT AS failure_code,
  reference::TEXT AS reference,
  amount_native::DECIMAL(18, 3) AS amount_native,
  currency_code::TEXT AS currency_code,
  processed_at::TIMESTAMP AS processed_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM told
