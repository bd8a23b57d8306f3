MODEL (
  name intermediate.int_daily_sales,
  kind INCREMENTAL_BY_UNIQUE_KEY (unique_key day_key),
  grain (store, date_key),
  audits (not_null(columns := (day_key, store, date_key, orders, event_count))),
  description 'One row per store and day that has ever seen an event. Only the days are computed again on which something happened, or happened no more, since the last run; a day that lost everything keeps a row of zeros here.'
);

WITH touched_days AS (
  SELECT footprints.store, footprints.event_date AS date_key, orders.loaded_at
  FROM intermediate.int_order_footprints AS footprints
  JOIN intermediate.int_orders AS orders ON orders.order_key = footprints.order_key
  WHERE @is_new(orders.loaded_at)
  UNION ALL
  /* Orders that became, or no longer are, their customer's first. */
  SELECT store, order_date AS date_key, loaded_at FROM marts.fact_orders WHERE @is_new(loaded_at)
), days AS (
  SELECT store, date_key, MAX(loaded_at) AS loaded_at FROM touched_days GROUP BY store, date_key
), sales AS (
  SELECT
    days.store, days.date_key,
    COUNT(ledger.event_key) AS event_count,
    COALESCE(SUM(ledger.quantity) FILTER (WHERE ledger.measure = 'gross_sales'), 0) AS units,
    @sum_measure(ledger.amount, 'gross_sales') AS gross_sales,
    @sum_measure(ledger.amount, 'discounts', -1) AS discounts,
    @sum_measure(ledger.amount, 'returns', -1) AS returns,
    @sum_measure(ledger.amount, 'shipping') AS shipping,
    @sum_measure(ledger.amount, 'taxes') AS taxes,
    @sum_measure(ledger.amount, 'duties') AS duties,
    @sum_measure(ledger.amount, 'fees') AS fees,
    @sum_measure(ledger.amount, 'tips') AS tips,
    @sum_measure(ledger.amount, 'rounding') AS rounding,
    @sum_measure(ledger.amount_native, 'gross_sales') AS gross_sales_native,
    @sum_measure(ledger.amount_native, 'discounts', -1) AS discounts_native,
    @sum_measure(ledger.amount_native, 'returns', -1) AS returns_native,
    @sum_measure(ledger.amount_native, 'shipping') AS shipping_native,
    @sum_measure(ledger.amount_native, 'taxes') AS taxes_native,
    @sum_measure(ledger.amount_native, 'duties') AS duties_native,
    @sum_measure(ledger.amount_native, 'fees') AS fees_native,
    @sum_measure(ledger.amount_native, 'tips') AS tips_native,
    @sum_measure(ledger.amount_native, 'rounding') AS rounding_native
  FROM days
  LEFT JOIN marts.fact_sales_ledger AS ledger ON ledger.store = days.store AND ledger.event_date = days.date_key
  GROUP BY days.store, days.date_key
), orders AS (
  SELECT
    days.store, days.date_key,
    COUNT(orders.order_key) AS orders,
    COUNT(DISTINCT orders.customer_key) AS customers,
    COUNT(*) FILTER (WHERE orders.is_first_order) AS new_customers,
    COUNT(*) FILTER (WHERE orders.is_completed) AS completed_orders,
    COUNT(*) FILTER (WHERE orders.is_cancelled) AS cancelled_orders,
    COUNT(*) FILTER (WHERE orders.order_status IN ('refunded', 'partially_refunded')) AS refunded_orders
  FROM days
  LEFT JOIN marts.fact_orders AS orders ON orders.store = days.store AND orders.order_date = days.date_key AND orders.is_sale
  GROUP BY days.store, days.date_key
)
SELECT
  @surrogate_key(days.store, days.date_key)::TEXT AS day_key,
  days.store::TEXT AS store,
  days.date_key::DATE AS date_key,
  orders.orders::INT AS orders,
  orders.customers::INT AS customers,
  orders.new_customers::INT AS new_customers,
  orders.completed_orders::INT AS completed_orders,
  orders.cancelled_orders::INT AS cancelled_orders,
  orders.refunded_orders::INT AS refunded_orders,
  sales.event_count::INT AS event_count,
  sales.units::INT AS units,
  sales.gross_sales::DECIMAL(18, 3) AS gross_sales,
  sales.discounts::DECIMAL(18, 3) AS discounts,
  sales.returns::DECIMAL(18, 3) AS returns,
  sales.shipping::DECIMAL(18, 3) AS shipping,
  sales.taxes::DECIMAL(18, 3) AS taxes,
  sales.duties::DECIMAL(18, 3) AS duties,
  sales.fees::DECIMAL(18, 3) AS fees,
  sales.tips::DECIMAL(18, 3) AS tips,
  sales.rounding::DECIMAL(18, 3) AS rounding,
  sales.gross_sales_native::DECIMAL(18, 3) AS gross_sales_native,
  sales.discounts_native::DECIMAL(18, 3) AS discounts_native,
  sales.returns_native::DECIMAL(18, 3) AS returns_native,
  sales.shipping_native::DECIMAL(18, 3) AS shipping_native,
  sales.taxes_native::DECIMAL(18, 3) AS taxes_native,
  sales.duties_native::DECIMAL(18, 3) AS duties_native,
  sales.fees_native::DECIMAL(18, 3) AS fees_native,
  sales.tips_native::DECIMAL(18, 3) AS tips_native,
  sales.rounding_native::DECIMAL(18, 3) AS rounding_native,
  days.loaded_at::TIMESTAMP AS loaded_at
FROM days
JOIN sales ON sales.store = days.store AND sales.date_key = days.date_key
JOIN orders ON orders.store = days.store AND orders.date_key = days.date_key
