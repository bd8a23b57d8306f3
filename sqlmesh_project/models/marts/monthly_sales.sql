MODEL (
  name marts.monthly_sales,
  kind VIEW,
  grain (store, month_date),
  audits (
    not_null(columns := (month_date, store, currency_code, orders, units, gross_sales_native, total_sales_native)),
    unique_combination_of_columns(columns := (store, month_date)),
    amounts_add_up
  ),
  description 'One row per store and month, without gaps from the month of the store''s first event to the month its data reach.',
  column_descriptions (
    month_date = 'First day of the month, in the store''s calendar.',
    store = 'Name of the connection that sold.',
    currency_code = 'The store''s currency.',
    is_complete = 'Whether the store''s data reach beyond the month''s last day. Growth of an unfinished month compares it with whole ones.',
    orders = 'Orders placed in the month.',
    customers = 'Different customers who ordered in the month. Not to be added up over months.',
    new_customers = 'Customers whose first order was placed in the month.',
    units = 'Units ordered in the month; returns are not taken off.',
    gross_sales = 'Goods at their price before any discount, reporting currency.',
    discounts = 'Discounts given, a positive number, reporting currency.',
    returns = 'Given back, in the month of the refund, a positive number, reporting currency.',
    net_sales = 'gross_sales − discounts − returns, reporting currency.',
    shipping = 'Shipping charged, reporting currency.',
    taxes = 'Taxes charged, reporting currency.',
    duties = 'Duties charged, reporting currency.',
    fees = 'Fees charged, reporting currency.',
    tips = 'Tips received, reporting currency.',
    rounding = 'What platforms'' order totals differ by from the sum of their lines, reporting currency.',
    total_sales = 'net_sales + shipping + taxes + duties + fees + tips + rounding, reporting currency.',
    gross_sales_native = 'Goods at their price before any discount, stores currency.',
    discounts_native = 'Discounts given, a positive number, stores currency.',
    returns_native = 'Given back, in the month of the refund, a positive number, stores currency.',
    net_sales_native = 'gross_sales − discounts − returns, stores currency.',
    shipping_native = 'Shipping charged, stores currency.',
    taxes_native = 'Taxes charged, stores currency.',
    duties_native = 'Duties charged, stores currency.',
    fees_native = 'Fees charged, stores currency.',
    tips_native = 'Tips received, stores currency.',
    rounding_native = 'What platforms'' order totals differ by from the sum of their lines, stores currency.',
    total_sales_native = 'net_sales + shipping + taxes + duties + fees + tips + rounding, stores currency.',
    avg_order_value = 'net_sales of the month divided by its orders, reporting currency. Null in a month without orders.',
    avg_order_value_native = 'net_sales of the month divided by its orders, store''s currency. Null in a month without orders.',
    completed_orders = 'Orders placed in the month that are completed and not given back whole.',
    completion_rate = 'completed_orders divided by orders, 0 to 1. Null in a month without orders.',
    mom_growth_pct = 'Change of net_sales against the month before, in percent. Null where that month has no sales to compare with.',
    yoy_growth_pct = 'Change of net_sales against the same month of the year before, in percent. Null where that month has no sales to compare with.'
  )
);

WITH spans AS (
  SELECT
    store, DATE_TRUNC('MONTH', MIN(date_key))::DATE AS first_month, DATE_TRUNC('MONTH', MAX(date_key))::DATE AS last_month, MAX(date_key) AS last_date
  FROM marts.daily_revenue
  GROUP BY store
), calendar AS (
  SELECT store, last_date, @each_month(first_month, last_month) AS month_date FROM spans
), months AS (
  SELECT
  calendar.month_date, calendar.store, stores.currency_code,
  (calendar.month_date + INTERVAL '1' MONTH)::DATE <= calendar.last_date AS is_complete,
  COALESCE(sales.orders, 0) AS orders,
  COALESCE(sales.customers, 0) AS customers,
  COALESCE(sales.new_customers, 0) AS new_customers,
  COALESCE(sales.units, 0) AS units,
  COALESCE(sales.completed_orders, 0) AS completed_orders,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.gross_sales) ELSE 0 END::DECIMAL(18, 3) AS gross_sales,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.discounts) ELSE 0 END::DECIMAL(18, 3) AS discounts,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.returns) ELSE 0 END::DECIMAL(18, 3) AS returns,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.gross_sales - sales.discounts - sales.returns) ELSE 0 END::DECIMAL(18, 3) AS net_sales,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.shipping) ELSE 0 END::DECIMAL(18, 3) AS shipping,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.taxes) ELSE 0 END::DECIMAL(18, 3) AS taxes,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.duties) ELSE 0 END::DECIMAL(18, 3) AS duties,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.fees) ELSE 0 END::DECIMAL(18, 3) AS fees,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.tips) ELSE 0 END::DECIMAL(18, 3) AS tips,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.rounding) ELSE 0 END::DECIMAL(18, 3) AS rounding,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.gross_sales - sales.discounts - sales.returns + sales.shipping + sales.taxes + sales.duties + sales.fees + sales.tips + sales.rounding) ELSE 0 END::DECIMAL(18, 3) AS total_sales,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.gross_sales_native) ELSE 0 END::DECIMAL(18, 3) AS gross_sales_native,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.discounts_native) ELSE 0 END::DECIMAL(18, 3) AS discounts_native,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.returns_native) ELSE 0 END::DECIMAL(18, 3) AS returns_native,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.gross_sales_native - sales.discounts_native - sales.returns_native) ELSE 0 END::DECIMAL(18, 3) AS net_sales_native,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.shipping_native) ELSE 0 END::DECIMAL(18, 3) AS shipping_native,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.taxes_native) ELSE 0 END::DECIMAL(18, 3) AS taxes_native,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.duties_native) ELSE 0 END::DECIMAL(18, 3) AS duties_native,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.fees_native) ELSE 0 END::DECIMAL(18, 3) AS fees_native,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.tips_native) ELSE 0 END::DECIMAL(18, 3) AS tips_native,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.rounding_native) ELSE 0 END::DECIMAL(18, 3) AS rounding_native,
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.gross_sales_native - sales.discounts_native - sales.returns_native + sales.shipping_native + sales.taxes_native + sales.duties_native + sales.fees_native + sales.tips_native + sales.rounding_native) ELSE 0 END::DECIMAL(18, 3) AS total_sales_native
  FROM calendar
  JOIN intermediate.int_stores AS stores ON stores.store = calendar.store
  LEFT JOIN intermediate.int_monthly_sales AS sales ON sales.store = calendar.store AND sales.month_date = calendar.month_date
), compared AS (
  SELECT
    months.*,
    LAG(months.net_sales) OVER (PARTITION BY months.store ORDER BY months.month_date) AS month_before,
    LAG(months.net_sales, 12) OVER (PARTITION BY months.store ORDER BY months.month_date) AS year_before
  FROM months
)
SELECT
  month_date::DATE AS month_date,
  store::TEXT AS store,
  currency_code::TEXT AS currency_code,
  is_complete::BOOLEAN AS is_complete,
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
  duties::DECIMAL(18, 3) AS duties,
  fees::DECIMAL(18, 3) AS fees,
  tips::DECIMAL(18, 3) AS tips,
  rounding::DECIMAL(18, 3) AS rounding,
  total_sales::DECIMAL(18, 3) AS total_sales,
  gross_sales_native::DECIMAL(18, 3) AS gross_sales_native,
  discounts_native::DECIMAL(18, 3) AS discounts_native,
  returns_native::DECIMAL(18, 3) AS returns_native,
  net_sales_native::DECIMAL(18, 3) AS net_sales_native,
  shipping_native::DECIMAL(18, 3) AS shipping_native,
  taxes_native::DECIMAL(18, 3) AS taxes_native,
  duties_native::DECIMAL(18, 3) AS duties_native,
  fees_native::DECIMAL(18, 3) AS fees_native,
  tips_native::DECIMAL(18, 3) AS tips_native,
  rounding_native::DECIMAL(18, 3) AS rounding_native,
  total_sales_native::DECIMAL(18, 3) AS total_sales_native,
  @per(net_sales, orders) AS avg_order_value,
  @per(net_sales_native, orders) AS avg_order_value_native,
  completed_orders::INT AS completed_orders,
  @share(completed_orders, orders) AS completion_rate,
  @growth_pct(net_sales, month_before) AS mom_growth_pct,
  @growth_pct(net_sales, year_before) AS yoy_growth_pct
FROM compared
