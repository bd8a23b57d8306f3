MODEL (
  name intermediate.int_commercetools__carts,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain cart_key,
  audits (
    not_null(columns := (cart_key, store, cart_id, is_gone, loaded_at)),
    not_null(columns := (created_at, touched_at), condition := NOT is_gone)
  ),
  description 'One row per cart a commercetools project has ever shown. It is bought when the first order that names it was placed; one that is Ordered by an order we do not know, at its last change. A merged cart is gone, for its goods went on in the customer''s own; so is an empty one. A frozen one waits and can be left behind. One that is missing has expired after its days without a change and stays what it was. An address, a frozen price or an order began its checkout.'
);

WITH charged AS (
  SELECT
    order_key,
    MAX(loaded_at) AS loaded_at
  FROM intermediate.int_commercetools__movements
  WHERE
    kind = 'Charge' AND state = 'Success'
  GROUP BY
    order_key
), placed AS (
  SELECT
    orders.store,
    orders.cart_id,
    MIN(orders.ordered_at) AS ordered_at,
    ARG_MIN(orders.order_key, orders.ordered_at) FILTER(WHERE
      NOT orders.is_deleted) AS order_key,
    COUNT(*) FILTER(WHERE
      orders.payment_state IN ('Paid', 'CreditOwed') OR NOT charged.order_key IS NULL) > 0 AS is_paid,
    MAX(GREATEST(orders.loaded_at, COALESCE(charged.loaded_at, orders.loaded_at))) AS loaded_at
  FROM staging.stg_commercetools__orders AS orders
  LEFT JOIN charged
    ON charged.order_key = orders.order_key
  WHERE
    NOT orders.cart_id IS NULL
  GROUP BY
    orders.store,
    orders.cart_id
), carts AS (
  SELECT
    carts.*,
    placed.order_key,
    placed.is_paid,
    CASE
      WHEN NOT placed.ordered_at IS NULL
      THEN placed.ordered_at
      WHEN carts.cart_state = 'Ordered'
      THEN carts.updated_at
    END AS bought_at,
    GREATEST(carts.loaded_at, COALESCE(placed.loaded_at, carts.loaded_at)) AS changed_at
  FROM staging.stg_commercetools__carts AS carts
  LEFT JOIN placed
    ON placed.store = carts.store AND placed.cart_id = carts.cart_id
)
SELECT
  cart_key::TEXT AS cart_key,
  store::TEXT AS store,
  cart_id::TEXT AS cart_id,
  'cart'::TEXT AS kind,
  customer_id::TEXT AS customer_id,
  email::TEXT AS email,
  created_at::TIMESTAMP AS created_at,
  TRUE::BOOLEAN AS is_start_known,
  updated_at::TIMESTAMP AS touched_at,
  bought_at::TIMESTAMP AS purchased_at,
  order_key::TEXT AS order_key,
  (
    has_address OR COALESCE(cart_state = 'Frozen', FALSE) OR NOT bought_at IS NULL
  )::BOOLEAN AS has_checkout,
  COALESCE(is_paid, FALSE)::BOOLEAN AS is_paid,
  item_count::INT AS item_count,
  @of_minor_units(goods_units, digits) AS subtotal_native,
  currency_code::TEXT AS currency_code,
  (
    created_at IS NULL
    OR (
      bought_at IS NULL
      AND (
        COALESCE(cart_state = 'Merged', FALSE) OR item_count = 0
      )
    )
  )::BOOLEAN AS is_gone,
  changed_at::TIMESTAMP AS loaded_at
FROM carts
