MODEL (
  name intermediate.int_daily_sales,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key day_key
  ),
  grain (store, date_key),
  depends_on (marts.fact_sales_ledger, marts.fact_orders),
  audits (
    not_null(columns := (day_key, store, date_key, orders, event_count)),
    days_match_ledger
  ),
  description 'One row per store and day that has ever seen an event. Only the days are computed again on which something happened, or happened no more, since the last run; a day that lost everything keeps a row of zeros here.'
);

WITH touched_days AS (
  SELECT
    footprints.store,
    footprints.event_date AS date_key,
    orders.loaded_at
  FROM intermediate.int_order_footprints AS footprints
  JOIN intermediate.int_orders AS orders
    ON orders.order_key = footprints.order_key
  WHERE
    @is_new(orders.loaded_at)
  UNION ALL
  /* Orders that became, or no longer are, their customer's first. */
  SELECT
    store,
    order_date AS date_key,
    loaded_at
  FROM marts.fact_orders
  WHERE
    @is_new(loaded_at)
), days AS (
  SELECT
    store,
    date_key,
    MAX(loaded_at) AS loaded_at
  FROM touched_days
  GROUP BY
    store,
    date_key
), measured AS (
  SELECT
    days.store,
    days.date_key,
    ledger.measure,
    ledger.action,
    COUNT(*) AS event_count,
    COUNT(ledger.amount) AS known_count,
    SUM(ledger.quantity) AS quantity,
    SUM(ledger.amount) AS amount,
    SUM(ledger.amount_native) AS amount_native
  FROM days
  JOIN marts.fact_sales_ledger AS ledger
    ON ledger.store = days.store AND ledger.event_date = days.date_key
  GROUP BY
    days.store,
    days.date_key,
    ledger.measure,
    ledger.action
), sales AS (
  SELECT
    days.store,
    days.date_key,
    COALESCE(SUM(measured.event_count), 0) AS event_count,
    COALESCE(SUM(measured.event_count - measured.known_count), 0) AS events_without_rate,
    SUM(measured.quantity) FILTER(WHERE
      measured.measure = 'gross_sales') AS units,
    SUM(measured.amount) FILTER(WHERE
      measured.measure = 'gross_sales') AS gross_sales,
    -SUM(measured.amount) FILTER(WHERE
      measured.measure = 'discounts') AS discounts,
    -SUM(measured.amount) FILTER(WHERE
      measured.measure = 'returns') AS returns,
    SUM(measured.amount) FILTER(WHERE
      measured.measure = 'shipping') AS shipping,
    SUM(measured.amount) FILTER(WHERE
      measured.measure = 'taxes') AS taxes,
    SUM(measured.amount) FILTER(WHERE
      measured.measure IN ('duties', 'fees', 'tips', 'rounding')) AS other_charges,
    SUM(measured.amount) FILTER(WHERE
      measured.action = 'order' AND measured.measure IN ('gross_sales', 'discounts')) AS placed_value,
    SUM(measured.amount_native) FILTER(WHERE
      measured.action = 'order' AND measured.measure IN ('gross_sales', 'discounts')) AS placed_value_native,
    SUM(measured.amount_native) FILTER(WHERE
      measured.measure = 'gross_sales') AS gross_sales_native,
    -SUM(measured.amount_native) FILTER(WHERE
      measured.measure = 'discounts') AS discounts_native,
    -SUM(measured.amount_native) FILTER(WHERE
      measured.measure = 'returns') AS returns_native,
    SUM(measured.amount_native) FILTER(WHERE
      measured.measure = 'shipping') AS shipping_native,
    SUM(measured.amount_native) FILTER(WHERE
      measured.measure = 'taxes') AS taxes_native,
    SUM(measured.amount_native) FILTER(WHERE
      measured.measure IN ('duties', 'fees', 'tips', 'rounding')) AS other_charges_native
  FROM days
  LEFT JOIN measured
    ON measured.store = days.store AND measured.date_key = days.date_key
  GROUP BY
    days.store,
    days.date_key
), orders AS (
  SELECT
    days.store,
    days.date_key,
    COUNT(orders.order_date) AS orders,
    SUM(orders.net_sales) AS kept_value,
    SUM(orders.net_sales_native) AS kept_value_native,
    COUNT(DISTINCT orders.customer_key) AS customers,
    COUNT(*) FILTER(WHERE
      orders.is_first_order) AS new_customers,
    COUNT(*) FILTER(WHERE
      orders.is_completed) AS completed_orders,
    COUNT(*) FILTER(WHERE
      orders.is_cancelled) AS cancelled_orders,
    COUNT(*) FILTER(WHERE
      orders.order_status IN ('refunded', 'partially_refunded')) AS refunded_orders,
    MEDIAN(DATE_DIFF('SECOND', orders.ordered_at, orders.fulfilled_at)) AS median_seconds_to_fulfil
  FROM days
  LEFT JOIN marts.fact_orders AS orders
    ON orders.store = days.store AND orders.order_date = days.date_key AND orders.is_sale
  GROUP BY
    days.store,
    days.date_key
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
  (
    orders.median_seconds_to_fulfil / 3600
  )::DOUBLE AS median_hours_to_fulfil,
  sales.event_count::INT AS event_count,
  sales.events_without_rate::INT AS events_without_rate,
  COALESCE(sales.units, 0)::INT AS units,
  CASE WHEN sales.events_without_rate = 0 THEN COALESCE(sales.gross_sales, 0) END /* Nothing to add up is 0; something of which one amount is not known is not known. */::DECIMAL(18, 3) AS gross_sales,
  CASE WHEN sales.events_without_rate = 0 THEN COALESCE(sales.discounts, 0) END::DECIMAL(18, 3) AS discounts,
  CASE WHEN sales.events_without_rate = 0 THEN COALESCE(sales.returns, 0) END::DECIMAL(18, 3) AS returns,
  CASE WHEN sales.events_without_rate = 0 THEN COALESCE(sales.shipping, 0) END::DECIMAL(18, 3) AS shipping,
  CASE WHEN sales.events_without_rate = 0 THEN COALESCE(sales.taxes, 0) END::DECIMAL(18, 3) AS taxes,
  CASE WHEN sales.events_without_rate = 0 THEN COALESCE(sales.other_charges, 0) END::DECIMAL(18, 3) AS other_charges,
  CASE
    WHEN sales.events_without_rate = 0
    THEN COALESCE(
      @order_value(
        sales.placed_value,
        COALESCE(sales.gross_sales, 0) - COALESCE(sales.discounts, 0) - COALESCE(sales.returns, 0),
        orders.kept_value
      ),
      0
    )
  END::DECIMAL(18, 3) AS order_value,
  COALESCE(
    @order_value(
      sales.placed_value_native,
      COALESCE(sales.gross_sales_native, 0) - COALESCE(sales.discounts_native, 0) - COALESCE(sales.returns_native, 0),
      orders.kept_value_native
    ),
    0
  )::DECIMAL(18, 3) AS order_value_native,
  COALESCE(sales.gross_sales_native, 0)::DECIMAL(18, 3) AS gross_sales_native,
  COALESCE(sales.discounts_native, 0)::DECIMAL(18, 3) AS discounts_native,
  COALESCE(sales.returns_native, 0)::DECIMAL(18, 3) AS returns_native,
  COALESCE(sales.shipping_native, 0)::DECIMAL(18, 3) AS shipping_native,
  COALESCE(sales.taxes_native, 0)::DECIMAL(18, 3) AS taxes_native,
  COALESCE(sales.other_charges_native, 0)::DECIMAL(18, 3) AS other_charges_native,
  days.loaded_at::TIMESTAMP AS loaded_at
FROM days
JOIN sales
  ON sales.store = days.store AND sales.date_key = days.date_key
JOIN orders
  ON orders.store = days.store AND orders.date_key = days.date_key
