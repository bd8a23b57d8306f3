MODEL (
  name intermediate.int_order_footprints,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key footprint_key
  ),
  grain footprint_key,
  audits (
    not_null(columns := (footprint_key, order_key, store, event_date))
  ),
  description 'One row per order, customer and day on which the order has ever had an effect. A log: rows are added and never taken away, so that a day an order has left, and a customer it no longer belongs to, are still known and can be computed again.'
);

WITH orders AS (
  SELECT
    order_key,
    store,
    customer_key,
    order_date,
    loaded_at
  FROM intermediate.int_orders
  WHERE
    @is_new(loaded_at) AND NOT is_gone
), days AS (
  SELECT
    order_key,
    store,
    customer_key,
    order_date AS event_date
  FROM orders
  UNION
  SELECT
    orders.order_key,
    orders.store,
    orders.customer_key,
    ledger.event_date
  FROM orders
  JOIN marts.fact_sales_ledger AS ledger
    ON ledger.order_key = orders.order_key AND ledger.loaded_at = orders.loaded_at
)
SELECT
  @surrogate_key(order_key, COALESCE(customer_key, ''), event_date)::TEXT AS footprint_key,
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  customer_key::TEXT AS customer_key,
  event_date::DATE AS event_date
FROM days
