MODEL (
  name intermediate.int_payload__refunds,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain refund_key,
  audits (
    not_null(columns := (refund_key, store, refund_id, order_key, refunded_at, amount_native))
  ),
  description 'One row per refund that a Payload site tells: an order set to refunded gives back its whole amount, else each of its transactions that was set to refunded gives back its own, together never more than the order came to. Two transactions of one payment are one refund. Refunds made at the payment provider alone are not told.'
);

WITH orders AS (
  SELECT
    order_key,
    store,
    order_id,
    status,
    status_since,
    amount_units,
    currency_code
  FROM staging.stg_payload__orders
  WHERE
    NOT is_deleted AND NOT amount_units IS NULL
), payments AS (
  SELECT
    orders.order_key,
    orders.store,
    orders.currency_code,
    orders.amount_units AS order_units,
    payments.transaction_id,
    payments.status_since,
    payments.amount_units,
    ROW_NUMBER() OVER (
      PARTITION BY orders.order_key, COALESCE(payments.payment_intent_id, payments.transaction_id)
      ORDER BY payments.status_since, payments.transaction_id
    ) AS copy
  FROM staging.stg_payload__transactions AS payments
  JOIN orders
    ON orders.store = payments.store AND orders.order_id = payments.order_id
  WHERE
    payments.status = 'refunded'
    AND NOT payments.is_deleted
    AND payments.amount_units > 0
    AND orders.status IS DISTINCT FROM 'refunded'
), given_back AS (
  SELECT
    order_key,
    store,
    currency_code,
    transaction_id,
    status_since,
    order_units,
    amount_units,
    COALESCE(
      SUM(amount_units) OVER (
        PARTITION BY order_key
        ORDER BY status_since, transaction_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ),
      0
    ) AS units_before
  FROM payments
  WHERE
    copy = 1
), refunds AS (
  SELECT
    order_key,
    store,
    'order/' || order_id AS refund_id,
    status_since AS refunded_at,
    amount_units AS units,
    currency_code
  FROM orders
  WHERE
    status = 'refunded'
  UNION ALL
  SELECT
    order_key,
    store,
    'transaction/' || transaction_id AS refund_id,
    status_since AS refunded_at,
    LEAST(amount_units, order_units - units_before) AS units,
    currency_code
  FROM given_back
  WHERE
    units_before < order_units
)
SELECT
  @surrogate_key(store, refund_id)::TEXT AS refund_key,
  store::TEXT AS store,
  refund_id::TEXT AS refund_id,
  order_key::TEXT AS order_key,
  refunded_at::TIMESTAMP AS refunded_at,
  (
    units * @iso_minor_unit(currency_code)
  )::DECIMAL(18, 3) AS amount_native,
  (
    units * @iso_minor_unit(currency_code)
  )::DECIMAL(18, 3) AS goods_amount_native,
  NULL::DECIMAL(18, 3) AS shipping_amount_native,
  NULL::DECIMAL(18, 3) AS tax_amount_native,
  NULL::TEXT AS reason,
  currency_code::TEXT AS currency_code
FROM refunds
