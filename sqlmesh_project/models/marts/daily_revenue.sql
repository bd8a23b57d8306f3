MODEL (
  name marts.daily_revenue,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (store, date_key),
  audits (
    not_null(
      columns := (
        date_key,
        store,
        currency_code,
        orders,
        units,
        events_without_rate,
        gross_sales_native,
        total_sales_native
      )
    )
  ),
  description 'One row per store and day, without gaps from the store''s first event to the day its data reach: a day without sales is a row of zeros, a day not yet read is no row.',
  column_descriptions (
    date_key = 'The day, in the store''s time zone; joins dim_date.',
    store = 'Name of the connection that sold.',
    currency_code = 'The store''s currency.',
    orders = 'Orders placed on the day.',
    customers = 'Different customers who ordered on the day. Not to be added up over days.',
    new_customers = 'Customers whose first order was placed on the day.',
    units = 'Units ordered on the day; returns and cancellations are not taken off.',
    gross_sales = 'Goods at their price before any discount, reporting currency.',
    discounts = 'Discounts given, a positive number, reporting currency.',
    returns = 'Given back or cancelled, on the day that happened, a positive number, reporting currency.',
    net_sales = 'gross_sales − discounts − returns, reporting currency.',
    shipping = 'Shipping charged, reporting currency.',
    taxes = 'Taxes charged, reporting currency.',
    other_charges = 'Duties, fees and tips charged, and rounding, reporting currency.',
    total_sales = 'net_sales + shipping + taxes + other_charges, reporting currency.',
    gross_sales_native = 'Goods at their price before any discount, store''s currency.',
    discounts_native = 'Discounts given, a positive number, store''s currency.',
    returns_native = 'Given back or cancelled, on the day that happened, a positive number, store''s currency.',
    net_sales_native = 'gross_sales − discounts − returns, store''s currency.',
    shipping_native = 'Shipping charged, store''s currency.',
    taxes_native = 'Taxes charged, store''s currency.',
    other_charges_native = 'Duties, fees and tips charged, and rounding, store''s currency.',
    total_sales_native = 'net_sales + shipping + taxes + other_charges, store''s currency.',
    order_value = 'What orders are averaged over, reporting currency: gross sales less discounts as the orders of the day were placed. By the definitions of WooCommerce the net sales of the day; by those of finance what its orders have kept to this day.',
    order_value_native = 'The same, store''s currency.',
    avg_order_value = 'order_value divided by orders, reporting currency. Null on a day without orders.',
    avg_order_value_native = 'order_value_native divided by orders, store''s currency. Null on a day without orders.',
    completed_orders = 'Orders placed on the day that are completed and not given back whole.',
    completion_rate = 'completed_orders divided by orders, 0 to 1. Null on a day without orders.',
    events_without_rate = 'Events of the day whose currency has no exchange rate yet. While there is one, the day''s amounts in the reporting currency are null and not counted anywhere.'
  )
);

WITH spans AS (
  SELECT
    sales.store,
    MIN(sales.date_key) AS first_date,
    GREATEST(MAX(sales.date_key), COALESCE(MAX(reached.reached_date), MAX(sales.date_key))) AS last_date
  FROM intermediate.int_daily_sales AS sales
  LEFT JOIN intermediate.int_as_of AS reached
    ON reached.store = sales.store
  WHERE
    sales.orders > 0 OR sales.event_count > 0
  GROUP BY
    sales.store
), calendar AS (
  SELECT
    store,
    @each_day(first_date, last_date) AS date_key
  FROM spans
), days AS (
  SELECT
    calendar.date_key,
    calendar.store,
    stores.currency_code,
    COALESCE(sales.orders, 0) AS orders,
    COALESCE(sales.customers, 0) AS customers,
    COALESCE(sales.new_customers, 0) AS new_customers,
    COALESCE(sales.completed_orders, 0) AS completed_orders,
    COALESCE(sales.events_without_rate, 0) AS events_without_rate,
    COALESCE(sales.units, 0) AS units,
    CASE WHEN sales.store IS NULL THEN 0 ELSE sales.gross_sales END AS gross_sales,
    CASE WHEN sales.store IS NULL THEN 0 ELSE sales.discounts END AS discounts,
    CASE WHEN sales.store IS NULL THEN 0 ELSE sales.returns END AS returns,
    CASE WHEN sales.store IS NULL THEN 0 ELSE sales.shipping END AS shipping,
    CASE WHEN sales.store IS NULL THEN 0 ELSE sales.taxes END AS taxes,
    CASE WHEN sales.store IS NULL THEN 0 ELSE sales.other_charges END AS other_charges,
    CASE WHEN sales.store IS NULL THEN 0 ELSE sales.order_value END AS order_value,
    COALESCE(sales.order_value_native, 0) AS order_value_native,
    COALESCE(sales.gross_sales_native, 0) AS gross_sales_native,
    COALESCE(sales.discounts_native, 0) AS discounts_native,
    COALESCE(sales.returns_native, 0) AS returns_native,
    COALESCE(sales.shipping_native, 0) AS shipping_native,
    COALESCE(sales.taxes_native, 0) AS taxes_native,
    COALESCE(sales.other_charges_native, 0) AS other_charges_native
  FROM calendar
  JOIN intermediate.int_stores AS stores
    ON stores.store = calendar.store
  LEFT JOIN intermediate.int_daily_sales AS sales
    ON sales.store = calendar.store AND sales.date_key = calendar.date_key
), totals AS (
  SELECT
    days.*,
    gross_sales - discounts - returns AS net_sales,
    gross_sales_native - discounts_native - returns_native AS net_sales_native
  FROM days
)
SELECT
  date_key::DATE AS date_key,
  store::TEXT AS store,
  currency_code::TEXT AS currency_code,
  orders::INT AS orders,
  customers::INT AS customers,
  new_customers::INT AS new_customers,
  units::INT AS units,
  gross_sales::DECIMAL(18, 3) AS gross_sales,
  discounts::DECIMAL(18, 3) AS discounts,
  returns::DECIMAL(18, 3) AS returns,
  net_sales::DECIMAL(18, 3) AS net_sales,
  shipping::DECIMAL(18, 3) AS shipping,
  taxes::DECIMAL(18, 3) AS taxes,
  other_charges::DECIMAL(18, 3) AS other_charges,
  (
    net_sales + shipping + taxes + other_charges
  )::DECIMAL(18, 3) AS total_sales,
  gross_sales_native::DECIMAL(18, 3) AS gross_sales_native,
  discounts_native::DECIMAL(18, 3) AS discounts_native,
  returns_native::DECIMAL(18, 3) AS returns_native,
  net_sales_native::DECIMAL(18, 3) AS net_sales_native,
  shipping_native::DECIMAL(18, 3) AS shipping_native,
  taxes_native::DECIMAL(18, 3) AS taxes_native,
  other_charges_native::DECIMAL(18, 3) AS other_charges_native,
  (
    net_sales_native + shipping_native + taxes_native + other_charges_native
  )::DECIMAL(18, 3) AS total_sales_native,
  order_value::DECIMAL(18, 3) AS order_value,
  order_value_native::DECIMAL(18, 3) AS order_value_native,
  ROUND(order_value / NULLIF(orders, 0), 3)::DECIMAL(18, 3) AS avg_order_value,
  ROUND(order_value_native / NULLIF(orders, 0), 3)::DECIMAL(18, 3) AS avg_order_value_native,
  completed_orders::INT AS completed_orders,
  (
    completed_orders / NULLIF(orders, 0)
  )::DOUBLE AS completion_rate,
  events_without_rate::INT AS events_without_rate
FROM totals
