MODEL (
  name intermediate.int_transactions,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key transaction_key
  ),
  signals (
    news()
  ),
  grain transaction_key,
  audits (
    not_null(
      columns := (
        transaction_key,
        store,
        transaction_id,
        kind,
        status,
        is_moved,
        is_by_hand,
        is_gone,
        loaded_at
      )
    ),
    not_null(columns := (amount_native, processed_at), condition := NOT is_gone)
  ),
  description 'One row per movement of money that a shop''s platform tells, or attempt at one, also those that have no place in the books (is_gone): deleted at the platform, or a promise of which another row is the payment. The transactions of a changed order are read again as a whole; those that name no order, when they change themselves.',
  columns (
    transaction_key TEXT,
    store TEXT,
    transaction_id TEXT,
    order_key TEXT,
    kind TEXT,
    status TEXT,
    is_moved BOOLEAN,
    is_by_hand BOOLEAN,
    is_gone BOOLEAN,
    payment_method TEXT,
    failure_code TEXT,
    reference TEXT,
    amount_native DECIMAL(18, 3),
    currency_code TEXT,
    processed_at TIMESTAMP,
    loaded_at TIMESTAMP
  )
);

WITH orders AS (
  SELECT
    platform,
    order_key,
    loaded_at
  FROM intermediate.int_platform_orders
  WHERE
    @is_new(loaded_at)
), of_orders AS (
  @each_platform(transactions, orders)
), parted AS (
  /* A transaction may have lost its order and not have changed itself. */
  SELECT
    before.transaction_key,
    MAX(orders.loaded_at) AS loaded_at
  FROM intermediate.int_transactions AS before
  JOIN orders
    ON orders.order_key = before.order_key
  GROUP BY
    before.transaction_key
), told AS (
  @each_platform(transactions)
), due AS (
  SELECT
    of_orders.transaction_key,
    of_orders.store,
    of_orders.transaction_id,
    of_orders.order_key,
    of_orders.kind,
    of_orders.status,
    of_orders.is_moved,
    of_orders.is_by_hand,
    of_orders.is_gone,
    of_orders.payment_method,
    of_orders.failure_code,
    of_orders.reference,
    of_orders.amount_native,
    of_orders.currency_code,
    of_orders.processed_at,
    GREATEST(of_orders.loaded_at::TIMESTAMP, orders.loaded_at) AS loaded_at
  FROM of_orders
  JOIN orders
    ON orders.order_key = of_orders.order_key
  UNION ALL
  SELECT
    told.transaction_key,
    told.store,
    told.transaction_id,
    NULL AS order_key,
    told.kind,
    told.status,
    told.is_moved,
    told.is_by_hand,
    told.is_gone,
    told.payment_method,
    told.failure_code,
    told.reference,
    told.amount_native,
    told.currency_code,
    told.processed_at,
    GREATEST(told.loaded_at::TIMESTAMP, COALESCE(parted.loaded_at, told.loaded_at::TIMESTAMP)) AS loaded_at
  FROM told
  LEFT JOIN parted
    ON parted.transaction_key = told.transaction_key
  WHERE
    told.order_key IS NULL
    AND @is_new(
      GREATEST(told.loaded_at::TIMESTAMP, COALESCE(parted.loaded_at, told.loaded_at::TIMESTAMP))
    )
)
SELECT
  transaction_key::TEXT AS transaction_key,
  store::TEXT AS store,
  transaction_id::TEXT AS transaction_id,
  order_key::TEXT AS order_key,
  kind::TEXT AS kind,
  status::TEXT AS status,
  is_moved::BOOLEAN AS is_moved,
  is_by_hand::BOOLEAN AS is_by_hand,
  is_gone::BOOLEAN AS is_gone,
  payment_method::TEXT AS payment_method,
  failure_code::TEXT AS failure_code,
  reference::TEXT AS reference,
  amount_native::DECIMAL(18, 3) AS amount_native,
  currency_code::TEXT AS currency_code,
  processed_at::TIMESTAMP AS processed_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM due;

@forget_vanished(intermediate.int_platform_orders, order_key)
