MODEL (
  name intermediate.int_monthly_buyers,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key month_key
  ),
  grain (store, month_date),
  audits (
    not_null(columns := (month_key, store, month_date, customers))
  ),
  description 'One row per store and month of which a day has ever seen an event: what cannot be added up from days. Only months with a day that was computed again are computed again.'
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
)
SELECT
  @surrogate_key(months.store, months.month_date)::TEXT AS month_key,
  months.store::TEXT AS store,
  months.month_date::DATE AS month_date,
  COUNT(DISTINCT orders.customer_key)::INT AS customers,
  MAX(months.loaded_at)::TIMESTAMP AS loaded_at
FROM months
LEFT JOIN marts.fact_orders AS orders
  ON orders.store = months.store
  AND DATE_TRUNC('MONTH', orders.order_date)::DATE = months.month_date
  AND orders.is_sale
GROUP BY
  months.store,
  months.month_date
