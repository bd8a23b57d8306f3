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
  description 'One row per month, store and discount code with which an order was placed. DummyJSON has no codes: there the code is the band of the order''s discount rate.',
  column_descriptions (
    discount_key = 'Key of the row: month, store and code.',
    month_date = 'First day of the month in which the orders were placed, in the store''s calendar.',
    store = 'Name of the connection that sold.',
    discount_code = 'The code, or the band of the discount rate: No discount, Under 5%, 5–10%, 10–15%, 15% and more. A band begins with its lower bound.',
    orders = 'Orders placed in the month.',
    units = 'Units ordered.',
    discounts = 'Discounts given on them, a positive number, reporting currency.',
    gross_sales = 'Their goods at the price before any discount, reporting currency.',
    net_sales = 'gross sales − discounts − everything given back for them since, reporting currency.',
    avg_order_value = 'net_sales divided by orders, reporting currency.',
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
), bands AS (
  SELECT
    months.store,
    months.month_date,
    months.loaded_at,
    codes.discount_code
  FROM months
  CROSS JOIN (VALUES
    ('No discount'),
    ('Under 5%'),
    ('5–10%'),
    ('10–15%'),
    ('15% and more')) AS codes(discount_code)
), sums AS (
  SELECT
    bands.store,
    bands.month_date,
    bands.discount_code,
    bands.loaded_at,
    COUNT(orders.order_key) AS orders,
    COALESCE(SUM(orders.item_count), 0) AS units,
    CASE
      WHEN COUNT(orders.discounts) = COUNT(orders.order_key)
      THEN COALESCE(SUM(orders.discounts), 0)
    END AS discounts,
    CASE
      WHEN COUNT(orders.gross_sales) = COUNT(orders.order_key)
      THEN COALESCE(SUM(orders.gross_sales), 0)
    END AS gross_sales,
    CASE
      WHEN COUNT(orders.net_sales) = COUNT(orders.order_key)
      THEN COALESCE(SUM(orders.net_sales), 0)
    END AS net_sales,
    COUNT(*) FILTER(WHERE
      orders.is_first_order) AS new_customers
  FROM bands
  LEFT JOIN marts.fact_orders AS orders
    ON orders.store = bands.store
    AND DATE_TRUNC('MONTH', orders.order_date)::DATE = bands.month_date
    AND orders.discount_band = bands.discount_code
    AND orders.is_sale
  GROUP BY
    bands.store,
    bands.month_date,
    bands.discount_code,
    bands.loaded_at
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
  ROUND(net_sales / NULLIF(orders, 0), 3)::DECIMAL(18, 3) AS avg_order_value,
  new_customers::INT AS new_customers,
  loaded_at::TIMESTAMP AS loaded_at
FROM sums;

@forget_empty(orders)
