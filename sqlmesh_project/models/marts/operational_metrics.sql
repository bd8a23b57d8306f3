MODEL (
  name marts.operational_metrics,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (store, date_key),
  audits (
    not_null(columns := (date_key, store, orders)),
    unique_combination_of_columns(columns := (store, date_key))
  ),
  description 'One row per store and day, the same days as daily_revenue: how orders placed on the day went.',
  column_descriptions (
    date_key = 'The day, in the store''s time zone; joins dim_date.',
    store = 'Name of the connection that sold.',
    orders = 'Orders placed on the day.',
    units = 'Units ordered on the day.',
    completed_orders = 'Orders placed on the day that are completed and not given back whole.',
    cancelled_orders = 'Orders placed on the day that were cancelled.',
    refunded_orders = 'Orders placed on the day of which anything was given back since.',
    items_per_order = 'units divided by orders. Null on a day without orders.',
    completion_rate = 'completed_orders divided by orders, 0 to 1. Null on a day without orders.',
    cancellation_rate = 'cancelled_orders divided by orders, 0 to 1. Null on a day without orders.',
    refund_rate = 'refunded_orders divided by orders, 0 to 1. Null on a day without orders.',
    median_hours_to_fulfil = 'Hours from order to fulfilment of the orders placed on the day, the middle one. Null where none has been fulfilled or the platform does not tell: DummyJSON.'
  )
);

SELECT
  days.date_key::DATE AS date_key,
  days.store::TEXT AS store,
  days.orders::INT AS orders,
  days.units::INT AS units,
  days.completed_orders::INT AS completed_orders,
  COALESCE(sales.cancelled_orders, 0)::INT AS cancelled_orders,
  COALESCE(sales.refunded_orders, 0)::INT AS refunded_orders,
  (
    days.units / NULLIF(days.orders, 0)
  )::DOUBLE AS items_per_order,
  days.completion_rate::DOUBLE AS completion_rate,
  (
    COALESCE(sales.cancelled_orders, 0) / NULLIF(days.orders, 0)
  )::DOUBLE AS cancellation_rate,
  (
    COALESCE(sales.refunded_orders, 0) / NULLIF(days.orders, 0)
  )::DOUBLE AS refund_rate,
  sales.median_hours_to_fulfil::DOUBLE AS median_hours_to_fulfil
FROM marts.daily_revenue AS days
LEFT JOIN intermediate.int_daily_sales AS sales
  ON sales.store = days.store AND sales.date_key = days.date_key
