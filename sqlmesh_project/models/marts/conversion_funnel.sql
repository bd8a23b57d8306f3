MODEL (
  name marts.conversion_funnel,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (store, cart_date),
  audits (
    not_null(columns := (cart_date, store, checkouts, orders, paid_orders)),
    unique_combination_of_columns(columns := (store, cart_date)),
    forall(
      criteria := (carts IS NULL OR carts >= checkouts, checkouts >= orders, orders >= paid_orders)
    )
  ),
  description 'One row per store and day on which a cart was opened: how far the day''s carts came, by now. Each step counts carts of the step before it, so a cart bought twice is one order here. Only the stores that tell carts.',
  column_descriptions (
    cart_date = 'Day the carts were opened, in the store''s time zone; joins dim_date.',
    store = 'Name of the connection that sells.',
    carts = 'Carts opened on the day. Null where the platform tells of a cart only once it has reached the checkout: Shopify.',
    checkouts = 'Those of them that reached the checkout: an address, a payment begun, or an order.',
    orders = 'Those of them that became an order, on whatever day.',
    paid_orders = 'Those of them whose order was paid, given back since or not.',
    checkout_rate = 'checkouts divided by carts, 0 to 1. Null where carts is.',
    order_rate = 'orders divided by checkouts, 0 to 1. Null where there was no checkout.',
    paid_rate = 'paid_orders divided by orders, 0 to 1. Null where there was no order.',
    conversion_rate = 'orders divided by carts, or by checkouts where carts is null, 0 to 1.'
  )
);

WITH days AS (
  SELECT
    cart_date,
    store,
    CASE WHEN only_checkouts = 0 THEN carts END AS carts,
    carts AS opened,
    checkouts,
    purchased AS orders,
    paid AS paid_orders
  FROM intermediate.int_daily_carts
  WHERE
    carts > 0
)
SELECT
  cart_date::DATE AS cart_date,
  store::TEXT AS store,
  carts::INT AS carts,
  checkouts::INT AS checkouts,
  orders::INT AS orders,
  paid_orders::INT AS paid_orders,
  (
    checkouts / carts
  )::DOUBLE AS checkout_rate,
  (
    orders / NULLIF(checkouts, 0)
  )::DOUBLE AS order_rate,
  (
    paid_orders / NULLIF(orders, 0)
  )::DOUBLE AS paid_rate,
  (
    orders / opened
  )::DOUBLE AS conversion_rate
FROM days
