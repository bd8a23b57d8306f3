MODEL (
  name marts.monthly_sales,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (store, month_date),
  audits (
    not_null(
      columns := (
        month_date,
        store,
        currency_code,
        orders,
        units,
        gross_sales_native,
        total_sales_native
      )
    )
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
    units = 'Units ordered in the month; returns and cancellations are not taken off.',
    gross_sales = 'Goods at their price before any discount, reporting currency.',
    discounts = 'Discounts given, a positive number, reporting currency.',
    returns = 'Given back or cancelled, in the month that happened, a positive number, reporting currency.',
    net_sales = 'gross_sales − discounts − returns, reporting currency.',
    shipping = 'Shipping charged, reporting currency.',
    taxes = 'Taxes charged, reporting currency.',
    other_charges = 'Duties, fees and tips charged, and rounding, reporting currency.',
    total_sales = 'net_sales + shipping + taxes + other_charges, reporting currency.',
    gross_sales_native = 'Goods at their price before any discount, store''s currency.',
    discounts_native = 'Discounts given, a positive number, store''s currency.',
    returns_native = 'Given back or cancelled, in the month that happened, a positive number, store''s currency.',
    net_sales_native = 'gross_sales − discounts − returns, store''s currency.',
    shipping_native = 'Shipping charged, store''s currency.',
    taxes_native = 'Taxes charged, store''s currency.',
    other_charges_native = 'Duties, fees and tips charged, and rounding, store''s currency.',
    total_sales_native = 'net_sales + shipping + taxes + other_charges, store''s currency.',
    order_value = 'What orders are averaged over, reporting currency: gross sales less discounts as the orders of the month were placed. By the definitions of WooCommerce the net sales of the month; by those of finance what its orders have kept to this day.',
    order_value_native = 'The same, store''s currency.',
    avg_order_value = 'order_value divided by orders, reporting currency. Null in a month without orders.',
    avg_order_value_native = 'order_value_native divided by orders, store''s currency. Null in a month without orders.',
    completed_orders = 'Orders placed in the month that are completed and not given back whole.',
    completion_rate = 'completed_orders divided by orders, 0 to 1. Null in a month without orders.',
    events_without_rate = 'Events of the month whose currency has no exchange rate yet. While there is one, the month''s amounts in the reporting currency are null.',
    mom_growth_pct = 'Change of net_sales against the month before, in percent. Null where that month has no sales to compare with.',
    yoy_growth_pct = 'Change of net_sales against the same month of the year before, in percent. Null where that month has no sales to compare with.'
  )
);

WITH months AS (
  SELECT
    store,
    DATE_TRUNC('MONTH', date_key)::DATE AS month_date,
    MAX(currency_code) AS currency_code,
    SUM(orders) AS orders,
    SUM(new_customers) AS new_customers,
    SUM(units) AS units,
    SUM(events_without_rate) AS events_without_rate,
    SUM(completed_orders) AS completed_orders,
    CASE WHEN COUNT(gross_sales) = COUNT(*) THEN SUM(gross_sales) END AS gross_sales,
    CASE WHEN COUNT(discounts) = COUNT(*) THEN SUM(discounts) END AS discounts,
    CASE WHEN COUNT(returns) = COUNT(*) THEN SUM(returns) END AS returns,
    CASE WHEN COUNT(net_sales) = COUNT(*) THEN SUM(net_sales) END AS net_sales,
    CASE WHEN COUNT(shipping) = COUNT(*) THEN SUM(shipping) END AS shipping,
    CASE WHEN COUNT(taxes) = COUNT(*) THEN SUM(taxes) END AS taxes,
    CASE WHEN COUNT(other_charges) = COUNT(*) THEN SUM(other_charges) END AS other_charges,
    CASE WHEN COUNT(total_sales) = COUNT(*) THEN SUM(total_sales) END AS total_sales,
    CASE WHEN COUNT(order_value) = COUNT(*) THEN SUM(order_value) END AS order_value,
    SUM(order_value_native) AS order_value_native,
    SUM(gross_sales_native) AS gross_sales_native,
    SUM(discounts_native) AS discounts_native,
    SUM(returns_native) AS returns_native,
    SUM(net_sales_native) AS net_sales_native,
    SUM(shipping_native) AS shipping_native,
    SUM(taxes_native) AS taxes_native,
    SUM(other_charges_native) AS other_charges_native,
    SUM(total_sales_native) AS total_sales_native
  FROM marts.daily_revenue
  GROUP BY
    store,
    DATE_TRUNC('MONTH', date_key)::DATE
), compared AS (
  SELECT
    months.*,
    NOT LEAD(month_date) OVER (PARTITION BY store ORDER BY month_date) IS NULL AS is_complete,
    LAG(net_sales) OVER (PARTITION BY store ORDER BY month_date) AS month_before,
    LAG(net_sales, 12) OVER (PARTITION BY store ORDER BY month_date) AS year_before
  FROM months
)
SELECT
  compared.month_date::DATE AS month_date,
  compared.store::TEXT AS store,
  compared.currency_code::TEXT AS currency_code,
  compared.is_complete::BOOLEAN AS is_complete,
  compared.orders::INT AS orders,
  COALESCE(buyers.customers, 0)::INT AS customers,
  compared.new_customers::INT AS new_customers,
  compared.units::INT AS units,
  compared.gross_sales::DECIMAL(18, 3) AS gross_sales,
  compared.discounts::DECIMAL(18, 3) AS discounts,
  compared.returns::DECIMAL(18, 3) AS returns,
  compared.net_sales::DECIMAL(18, 3) AS net_sales,
  compared.shipping::DECIMAL(18, 3) AS shipping,
  compared.taxes::DECIMAL(18, 3) AS taxes,
  compared.other_charges::DECIMAL(18, 3) AS other_charges,
  compared.total_sales::DECIMAL(18, 3) AS total_sales,
  compared.gross_sales_native::DECIMAL(18, 3) AS gross_sales_native,
  compared.discounts_native::DECIMAL(18, 3) AS discounts_native,
  compared.returns_native::DECIMAL(18, 3) AS returns_native,
  compared.net_sales_native::DECIMAL(18, 3) AS net_sales_native,
  compared.shipping_native::DECIMAL(18, 3) AS shipping_native,
  compared.taxes_native::DECIMAL(18, 3) AS taxes_native,
  compared.other_charges_native::DECIMAL(18, 3) AS other_charges_native,
  compared.total_sales_native::DECIMAL(18, 3) AS total_sales_native,
  compared.order_value::DECIMAL(18, 3) AS order_value,
  compared.order_value_native::DECIMAL(18, 3) AS order_value_native,
  ROUND(compared.order_value / NULLIF(compared.orders, 0), 3)::DECIMAL(18, 3) AS avg_order_value,
  ROUND(compared.order_value_native / NULLIF(compared.orders, 0), 3)::DECIMAL(18, 3) AS avg_order_value_native,
  compared.completed_orders::INT AS completed_orders,
  (
    compared.completed_orders / NULLIF(compared.orders, 0)
  )::DOUBLE AS completion_rate,
  compared.events_without_rate::INT AS events_without_rate,
  CASE
    WHEN compared.month_before > 0
    THEN 100 * (
      compared.net_sales - compared.month_before
    ) / compared.month_before
  END::DOUBLE AS mom_growth_pct,
  CASE
    WHEN compared.year_before > 0
    THEN 100 * (
      compared.net_sales - compared.year_before
    ) / compared.year_before
  END::DOUBLE AS yoy_growth_pct
FROM compared
LEFT JOIN intermediate.int_monthly_buyers AS buyers
  ON buyers.store = compared.store AND buyers.month_date = compared.month_date
