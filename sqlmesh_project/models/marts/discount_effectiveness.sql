MODEL (
  name marts.discount_effectiveness,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key discount_key
  ),
  grain (month_date, store, discount_code),
  audits (
    not_null(columns := (month_date, store, discount_code, orders)),
    forall(criteria := (
      orders > 0
    ))
  ),
  description 'One row per month, store and discount code with which an order was placed. An order with two codes is in the rows of both, so rows are not to be added up; an order without a code is in the row of the band of its discount rate.',
  column_descriptions (
    discount_key = 'Key of the row: month, store and code.',
    month_date = 'First day of the month in which the orders were placed, in the store''s calendar.',
    store = 'Name of the connection that sold.',
    discount_code = 'The code, or for orders without one the band of the discount rate: No discount, Under 5%, 5–10%, 10–15%, 15% and more. A band begins with its lower bound.',
    orders = 'Orders placed in the month.',
    units = 'Units ordered.',
    discounts = 'Discounts given on them, a positive number, reporting currency.',
    gross_sales = 'Their goods at the price before any discount, reporting currency.',
    net_sales = 'gross sales − discounts − everything given back for them since, reporting currency.',
    avg_order_value = 'gross_sales less discounts, divided by orders, reporting currency; by the definitions of WooCommerce and finance net_sales divided by orders.',
    new_customers = 'Orders among them that were their customer''s first.',
    loaded_at = 'When anything that shapes the row last changed here, UTC.'
  )
);

WITH months AS (
  SELECT
    store,
    DATE_TRUNC('MONTH', date_key)::DATE AS month_date,
    MAX(loaded_at) AS loaded_at
  FROM intermediate.int_daily_sales
  WHERE
    @is_new(loaded_at)
  GROUP BY
    store,
    DATE_TRUNC('MONTH', date_key)::DATE
), placed AS (
  SELECT
    months.store,
    months.month_date,
    orders.item_count,
    orders.discounts,
    orders.gross_sales,
    orders.net_sales,
    orders.is_first_order,
    @rows_of(
      CASE
        WHEN LENGTH(orders.discount_codes) > 1 /* Apart from the many with one: looking for doubles takes longer than all the sums. */
        THEN LIST_DISTINCT(orders.discount_codes)
        WHEN LENGTH(orders.discount_codes) = 1
        THEN orders.discount_codes
        ELSE [orders.discount_band]
      END
    ) AS discount_code
  FROM months
  JOIN marts.fact_orders AS orders
    ON orders.store = months.store
    AND DATE_TRUNC('MONTH', orders.order_date)::DATE = months.month_date
  WHERE
    orders.is_sale
), codes AS (
  /* Also those with which no order stands any more: their rows come to nothing and are deleted. */
  SELECT
    store,
    month_date,
    discount_code
  FROM placed
  UNION
  SELECT
    before.store,
    before.month_date,
    before.discount_code
  FROM marts.discount_effectiveness AS before
  JOIN months
    ON months.store = before.store AND months.month_date = before.month_date
), sums AS (
  SELECT
    codes.store,
    codes.month_date,
    codes.discount_code,
    MAX(months.loaded_at) AS loaded_at,
    COUNT(placed.month_date) AS orders,
    COALESCE(SUM(placed.item_count), 0) AS units,
    CASE
      WHEN COUNT(placed.discounts) = COUNT(placed.month_date)
      THEN COALESCE(SUM(placed.discounts), 0)
    END AS discounts,
    CASE
      WHEN COUNT(placed.gross_sales) = COUNT(placed.month_date)
      THEN COALESCE(SUM(placed.gross_sales), 0)
    END AS gross_sales,
    CASE
      WHEN COUNT(placed.net_sales) = COUNT(placed.month_date)
      THEN COALESCE(SUM(placed.net_sales), 0)
    END AS net_sales,
    COUNT(*) FILTER(WHERE
      placed.is_first_order) AS new_customers
  FROM codes
  JOIN months
    ON months.store = codes.store AND months.month_date = codes.month_date
  LEFT JOIN placed
    ON placed.store = codes.store
    AND placed.month_date = codes.month_date
    AND placed.discount_code = codes.discount_code
  GROUP BY
    codes.store,
    codes.month_date,
    codes.discount_code
)
SELECT
  @surrogate_key(month_date, store, discount_code)::TEXT AS discount_key,
  month_date::DATE AS month_date,
  store::TEXT AS store,
  discount_code::TEXT AS discount_code,
  orders::INT AS orders,
  units::INT AS units,
  discounts::DECIMAL(18, 3) AS discounts,
  gross_sales::DECIMAL(18, 3) AS gross_sales,
  net_sales::DECIMAL(18, 3) AS net_sales,
  ROUND(@order_value(gross_sales - discounts, net_sales, net_sales) / NULLIF(orders, 0), 3)::DECIMAL(18, 3) AS avg_order_value,
  new_customers::INT AS new_customers,
  loaded_at::TIMESTAMP AS loaded_at
FROM sums;

@forget_empty(orders)
