MODEL (
  name intermediate.int_woocommerce__transactions,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain transaction_key,
  audits (
    not_null(
      columns := (transaction_key, store, transaction_id, order_key, kind, status, loaded_at)
    )
  ),
  description 'One row per movement of money that a WooCommerce order tells: it knows of one payment at most, of the whole order, and of its refunds. A refund that WooCommerce did not send through the payment provider was given back by hand (is_by_hand), or at the provider''s own pages.'
);

WITH orders AS (
  SELECT
    orders.order_key,
    orders.store,
    orders.order_id,
    orders.status,
    orders.currency_code,
    orders.payment_method,
    orders.transaction_id,
    orders.order_total_native,
    orders.created_at,
    orders.paid_at,
    orders.loaded_at,
    (
      orders.is_deleted OR orders.status IN ('trash', 'checkout-draft', 'auto-draft')
    ) AS is_gone
  FROM staging.stg_woocommerce__orders AS orders
), told AS (
  SELECT
    order_key,
    store,
    'payment/' || order_id AS transaction_id,
    'payment' AS kind,
    CASE
      WHEN NOT paid_at IS NULL
      THEN 'succeeded'
      WHEN status = 'failed'
      THEN 'failed'
      WHEN status = 'cancelled'
      THEN 'canceled'
      ELSE 'pending'
    END AS status,
    NOT paid_at IS NULL AS is_moved,
    FALSE AS is_by_hand,
    is_gone,
    payment_method,
    transaction_id AS reference,
    order_total_native AS amount_native,
    currency_code,
    COALESCE(paid_at, created_at) AS processed_at,
    loaded_at
  FROM orders
  WHERE
    order_total_native > 0
  UNION ALL
  SELECT
    refunds.order_key,
    refunds.store,
    'refund/' || refunds.refund_id AS transaction_id,
    'refund' AS kind,
    'succeeded' AS status,
    TRUE AS is_moved,
    NOT refunds.is_by_provider AS is_by_hand,
    (
      refunds.is_deleted OR COALESCE(orders.is_gone, FALSE)
    ) AS is_gone,
    orders.payment_method,
    orders.transaction_id AS reference,
    refunds.amount_native,
    orders.currency_code,
    refunds.created_at AS processed_at,
    GREATEST(refunds.loaded_at, orders.loaded_at) AS loaded_at
  FROM staging.stg_woocommerce__refunds AS refunds
  JOIN orders
    ON orders.order_key = refunds.order_key
  WHERE
    refunds.amount_native > 0
)
SELECT
  @surrogate_key(store, transaction_id)::TEXT AS transaction_key,
  store::TEXT AS store,
  transaction_id::TEXT AS transaction_id,
  order_key::TEXT AS order_key,
  kind::TEXT AS kind,
  status::TEXT AS status,
  is_moved::BOOLEAN AS is_moved,
  is_by_hand::BOOLEAN AS is_by_hand,
  is_gone::BOOLEAN AS is_gone,
  payment_method::TEXT AS payment_method,
  NULL::TEXT AS failure_code,
  reference::TEXT AS reference,
  amount_native::DECIMAL(18, 3) AS amount_native,
  currency_code::TEXT AS currency_code,
  processed_at::TIMESTAMP AS processed_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM told
