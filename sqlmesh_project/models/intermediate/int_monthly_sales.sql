MODEL (
  name intermediate.int_monthly_sales,
  kind INCREMENTAL_BY_UNIQUE_KEY (unique_key month_key),
  grain (store, month_date),
  audits (not_null(columns := (month_key, store, month_date, orders))),
  description 'One row per store and month of which a day has ever seen an event; only months with a day that was computed again are computed again.'
);

WITH months AS (
  SELECT store, DATE_TRUNC('MONTH', date_key)::DATE AS month_date, MAX(loaded_at) AS loaded_at
  FROM intermediate.int_daily_sales
  WHERE @is_new(loaded_at)
  GROUP BY store, DATE_TRUNC('MONTH', date_key)::DATE
), sales AS (
  SELECT
    months.store, months.month_date,
    SUM(days.orders) AS orders,
    SUM(days.new_customers) AS new_customers,
    SUM(days.units) AS units,
    SUM(days.completed_orders) AS completed_orders,
    @sum_where(days.gross_sales, TRUE) AS gross_sales,
    @sum_where(days.discounts, TRUE) AS discounts,
    @sum_where(days.returns, TRUE) AS returns,
    @sum_where(days.shipping, TRUE) AS shipping,
    @sum_where(days.taxes, TRUE) AS taxes,
    @sum_where(days.duties, TRUE) AS duties,
    @sum_where(days.fees, TRUE) AS fees,
    @sum_where(days.tips, TRUE) AS tips,
    @sum_where(days.rounding, TRUE) AS rounding,
    @sum_where(days.gross_sales_native, TRUE) AS gross_sales_native,
    @sum_where(days.discounts_native, TRUE) AS discounts_native,
    @sum_where(days.returns_native, TRUE) AS returns_native,
    @sum_where(days.shipping_native, TRUE) AS shipping_native,
    @sum_where(days.taxes_native, TRUE) AS taxes_native,
    @sum_where(days.duties_native, TRUE) AS duties_native,
    @sum_where(days.fees_native, TRUE) AS fees_native,
    @sum_where(days.tips_native, TRUE) AS tips_native,
    @sum_where(days.rounding_native, TRUE) AS rounding_native
  FROM months
  JOIN intermediate.int_daily_sales AS days ON days.store = months.store AND DATE_TRUNC('MONTH', days.date_key)::DATE = months.month_date
  GROUP BY months.store, months.month_date
), buyers AS (
  SELECT months.store, months.month_date, COUNT(DISTINCT orders.customer_key) AS customers
  FROM months
  JOIN marts.fact_orders AS orders
    ON orders.store = months.store AND DATE_TRUNC('MONTH', orders.order_date)::DATE = months.month_date AND orders.is_sale
  GROUP BY months.store, months.month_date
)
SELECT
  @surrogate_key(months.store, months.month_date)::TEXT AS month_key,
  months.store::TEXT AS store,
  months.month_date::DATE AS month_date,
  sales.orders::INT AS orders,
  COALESCE(buyers.customers, 0)::INT AS customers,
  sales.new_customers::INT AS new_customers,
  sales.units::INT AS units,
  sales.completed_orders::INT AS completed_orders,
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
  months.loaded_at::TIMESTAMP AS loaded_at
FROM months
JOIN sales ON sales.store = months.store AND sales.month_date = months.month_date
LEFT JOIN buyers ON buyers.store = months.store AND buyers.month_date = months.month_date
