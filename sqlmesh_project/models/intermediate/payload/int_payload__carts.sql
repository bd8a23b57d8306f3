MODEL (
  name intermediate.int_payload__carts,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain cart_key,
  audits (
    not_null(columns := (cart_key, store, cart_id, is_gone, loaded_at)),
    not_null(columns := (created_at, touched_at), condition := NOT is_gone)
  ),
  description 'One row per cart a Payload site has ever shown. It is bought once and for all: by its purchasedAt, or by the first order one of its transactions names, should somebody have opened it again since. A transaction that names it began its checkout. Empty carts are gone (nothing is left behind in them); deleted ones are not: what happened to them happened.'
);

WITH tried AS (
  SELECT
    transactions.store,
    transactions.cart_id,
    MIN(orders.ordered_at) AS ordered_at,
    ARG_MIN(orders.order_key, orders.ordered_at) FILTER(WHERE
      NOT orders.is_deleted) AS order_key,
    COUNT(*) FILTER(WHERE
      transactions.status IN ('succeeded', 'refunded')) > 0 AS is_paid,
    MAX(
      GREATEST(transactions.loaded_at, COALESCE(orders.loaded_at, transactions.loaded_at))
    ) AS loaded_at
  FROM staging.stg_payload__transactions AS transactions
  LEFT JOIN staging.stg_payload__orders AS orders
    ON orders.store = transactions.store AND orders.order_id = transactions.order_id
  WHERE
    NOT transactions.cart_id IS NULL
  GROUP BY
    transactions.store,
    transactions.cart_id
), carts AS (
  SELECT
    carts.*,
    tried.order_key,
    tried.is_paid,
    NOT tried.cart_id IS NULL AS is_tried,
    LEAST(
      COALESCE(carts.purchased_at, tried.ordered_at),
      COALESCE(tried.ordered_at, carts.purchased_at)
    ) AS bought_at,
    GREATEST(carts.loaded_at, COALESCE(tried.loaded_at, carts.loaded_at)) AS changed_at
  FROM staging.stg_payload__carts AS carts
  LEFT JOIN tried
    ON tried.store = carts.store AND tried.cart_id = carts.cart_id
)
SELECT
  cart_key::TEXT AS cart_key,
  store::TEXT AS store,
  cart_id::TEXT AS cart_id,
  'cart'::TEXT AS kind,
  customer_id::TEXT AS customer_id,
  NULL::TEXT AS email,
  created_at::TIMESTAMP AS created_at,
  TRUE::BOOLEAN AS is_start_known,
  updated_at::TIMESTAMP AS touched_at,
  bought_at::TIMESTAMP AS purchased_at,
  order_key::TEXT AS order_key,
  (
    is_tried OR NOT bought_at IS NULL
  )::BOOLEAN AS has_checkout,
  (
    NOT bought_at IS NULL AND COALESCE(is_paid, FALSE)
  )::BOOLEAN AS is_paid,
  item_count::INT AS item_count,
  (
    subtotal_units * @iso_minor_unit(currency_code)
  )::DECIMAL(18, 3) AS subtotal_native,
  currency_code::TEXT AS currency_code,
  (
    created_at IS NULL OR (
      item_count = 0 AND bought_at IS NULL
    )
  )::BOOLEAN AS is_gone,
  changed_at::TIMESTAMP AS loaded_at
FROM carts
