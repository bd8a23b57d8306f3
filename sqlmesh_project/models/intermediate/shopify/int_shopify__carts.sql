MODEL (
  name intermediate.int_shopify__carts,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain cart_key,
  audits (
    not_null(columns := (cart_key, store, cart_id, is_gone, loaded_at)),
    not_null(columns := (created_at, touched_at), condition := NOT is_gone)
  ),
  description 'One row per checkout of a Shopify shop. The shop lists only those that were left for ten minutes, so each online order that none of them became is a checkout too, opened we do not know when: its cart_id is the order''s id. Online orders from before the first listed checkout are gone, for what was left behind then is not known any more; so are test orders, deleted ones, and empty checkouts.'
);

WITH told_since AS (
  SELECT
    store,
    MIN(created_at) AS first_at,
    ARG_MIN(loaded_at, created_at) AS loaded_at
  FROM staging.stg_shopify__abandoned_checkouts
  GROUP BY
    store
), by_checkout AS (
  SELECT
    checkout_key,
    MAX(order_key) FILTER(WHERE
      is_match) AS order_key,
    MAX(loaded_at) AS loaded_at
  FROM intermediate.int_shopify__checkout_orders
  GROUP BY
    checkout_key
), by_order AS (
  SELECT
    order_key,
    BOOL_OR(is_match::BOOLEAN) AS is_told,
    MAX(loaded_at) AS loaded_at
  FROM intermediate.int_shopify__checkout_orders
  GROUP BY
    order_key
), checkouts AS (
  SELECT
    checkouts.checkout_key AS cart_key,
    checkouts.store,
    checkouts.checkout_id AS cart_id,
    COALESCE(checkouts.customer_id, orders.customer_id) AS customer_id,
    orders.email,
    checkouts.created_at,
    TRUE AS is_start_known,
    checkouts.updated_at AS touched_at,
    checkouts.completed_at AS purchased_at,
    CASE WHEN NOT orders.is_deleted THEN orders.order_key END AS order_key,
    @has_been_paid(orders.financial_status) AS is_paid,
    checkouts.item_count,
    checkouts.subtotal_native,
    checkouts.currency_code,
    checkouts.created_at IS NULL
    OR COALESCE(orders.is_test, FALSE)
    OR (
      checkouts.item_count = 0 AND checkouts.completed_at IS NULL
    ) AS is_gone,
    GREATEST(checkouts.loaded_at, COALESCE(by_checkout.loaded_at, checkouts.loaded_at)) AS loaded_at
  FROM staging.stg_shopify__abandoned_checkouts AS checkouts
  LEFT JOIN by_checkout
    ON by_checkout.checkout_key = checkouts.checkout_key
  LEFT JOIN staging.stg_shopify__orders AS orders
    ON orders.order_key = by_checkout.order_key
), straight AS (
  SELECT
    @surrogate_key(orders.store, 'order', orders.order_id) AS cart_key,
    orders.store,
    orders.order_id AS cart_id,
    orders.customer_id,
    orders.email,
    orders.ordered_at AS created_at,
    FALSE AS is_start_known,
    orders.ordered_at AS touched_at,
    orders.ordered_at AS purchased_at,
    orders.order_key,
    @has_been_paid(orders.financial_status) AS is_paid,
    LIST_SUM(LIST_TRANSFORM(orders.lines, LAMBDA line : line.quantity)) AS item_count,
    orders.subtotal_native,
    orders.currency_code,
    COALESCE(orders.source_name <> 'web', TRUE)
    OR orders.is_test
    OR orders.is_deleted
    OR orders.ordered_at IS NULL
    OR COALESCE(by_order.is_told, FALSE)
    OR COALESCE(orders.created_at < told_since.first_at, TRUE) AS is_gone,
    GREATEST(
      orders.loaded_at,
      told_since.loaded_at,
      COALESCE(by_order.loaded_at, orders.loaded_at)
    ) AS loaded_at
  FROM staging.stg_shopify__orders AS orders
  JOIN told_since
    ON told_since.store = orders.store
  LEFT JOIN by_order
    ON by_order.order_key = orders.order_key
), carts AS (
  SELECT
    *
  FROM checkouts
  UNION ALL
  SELECT
    *
  FROM straight
)
SELECT
  cart_key::TEXT AS cart_key,
  store::TEXT AS store,
  cart_id::TEXT AS cart_id,
  'checkout'::TEXT AS kind,
  customer_id::TEXT AS customer_id,
  email::TEXT AS email,
  created_at::TIMESTAMP AS created_at,
  is_start_known::BOOLEAN AS is_start_known,
  touched_at::TIMESTAMP AS touched_at,
  purchased_at::TIMESTAMP AS purchased_at,
  order_key::TEXT AS order_key,
  TRUE::BOOLEAN AS has_checkout,
  is_paid::BOOLEAN AS is_paid,
  item_count::INT AS item_count,
  subtotal_native::DECIMAL(18, 3) AS subtotal_native,
  currency_code::TEXT AS currency_code,
  is_gone::BOOLEAN AS is_gone,
  loaded_at::TIMESTAMP AS loaded_at
FROM carts
