MODEL (
  name marts.daily_revenue,
  kind VIEW,
  grain (store, date_key),
  audits (
    not_null(columns := (date_key, store, currency_code, orders, units, gross_sales_native, total_sales_native)),
    unique_combination_of_columns(columns := (store, date_key)),
    amounts_add_up,
    days_match_ledger
  ),
  description 'One row per store and day, without gaps from the store''s first event to the day its data reach: a day without sales is a row of zeros, a day not yet read is no row.',
  column_descriptions (
    date_key = 'The day, in the store''s time zone; joins dim_date.',
    store = 'Name of the connection that sold.',
    currency_code = 'The store''s currency.',
    orders = 'Orders placed on the day.',
    customers = 'Different customers who ordered on the day. Not to be added up over days.',
    new_customers = 'Customers whose first order was placed on the day.',
    units = 'Units ordered on the day; returns are not taken off.',
    gross_sales = 'Goods at their price before any discount, reporting currency.',
    discounts = 'Discounts given, a positive number, reporting currency.',
    returns = 'Given back, on the day of the refund, a positive number, reporting currency.',
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
    returns_native = 'Given back, on the day of the refund, a positive number, stores currency.',
    net_sales_native = 'gross_sales − discounts − returns, stores currency.',
    shipping_native = 'Shipping charged, stores currency.',
    taxes_native = 'Taxes charged, stores currency.',
    duties_native = 'Duties charged, stores currency.',
    fees_native = 'Fees charged, stores currency.',
    tips_native = 'Tips received, stores currency.',
    rounding_native = 'What platforms'' order totals differ by from the sum of their lines, stores currency.',
    total_sales_native = 'net_sales + shipping + taxes + duties + fees + tips + rounding, stores currency.',
    avg_order_value = 'net_sales of the day divided by its orders, reporting currency. Null on a day without orders.',
    avg_order_value_native = 'net_sales of the day divided by its orders, store''s currency. Null on a day without orders.',
    completed_orders = 'Orders placed on the day that are completed and not given back whole.',
    completion_rate = 'completed_orders divided by orders, 0 to 1. Null on a day without orders.'
  )
);

WITH spans AS (
  SELECT
    sales.store, MIN(sales.date_key) AS first_date, GREATEST(MAX(sales.date_key), COALESCE(MAX(reached.reached_date), MAX(sales.date_key))) AS last_date
  FROM intermediate.int_daily_sales AS sales
  LEFT JOIN intermediate.int_as_of AS reached ON reached.store = sales.store
  WHERE sales.orders > 0 OR sales.event_count > 0
  GROUP BY sales.store
), calendar AS (
  SELECT store, @each_day(first_date, last_date) AS date_key FROM spans
)
SELECT
  calendar.date_key::DATE AS date_key,
  calendar.store::TEXT AS store,
  stores.currency_code::TEXT AS currency_code,
  COALESCE(sales.orders, 0)::INT AS orders,
  COALESCE(sales.customers, 0)::INT AS customers,
  COALESCE(sales.new_customers, 0)::INT AS new_customers,
  COALESCE(sales.units, 0)::INT AS units,
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
  CASE WHEN NOT sales.store IS NULL THEN @money(sales.gross_sales_native - sales.discounts_native - sales.returns_native + sales.shipping_native + sales.taxes_native + sales.duties_native + sales.fees_native + sales.tips_native + sales.rounding_native) ELSE 0 END::DECIMAL(18, 3) AS total_sales_native,
  @per(sales.gross_sales - sales.discounts - sales.returns, sales.orders) AS avg_order_value,
  @per(sales.gross_sales_native - sales.discounts_native - sales.returns_native, sales.orders) AS avg_order_value_native,
  COALESCE(sales.completed_orders, 0)::INT AS completed_orders,
  @share(sales.completed_orders, sales.orders) AS completion_rate
FROM calendar
JOIN intermediate.int_stores AS stores ON stores.store = calendar.store
LEFT JOIN intermediate.int_daily_sales AS sales ON sales.store = calendar.store AND sales.date_key = calendar.date_key
