MODEL (
  name marts.customer_cohorts,
  kind FULL,
  grain (cohort_month, months_since),
  audits (
    not_null(
      columns := (cohort_month, months_since, customers, active_customers, retention_rate, orders)
    ),
    unique_combination_of_columns(columns := (cohort_month, months_since)),
    forall(criteria := (active_customers <= customers, retention_rate BETWEEN 0 AND 1))
  ),
  description 'One row per cohort (people whose first order fell into the same month) and number of months since, up to the month the data reach; months in which nobody of the cohort ordered included.',
  column_descriptions (
    cohort_month = 'First day of the month of the first order.',
    months_since = 'Calendar months since the cohort''s month; 0 is the month itself.',
    customers = 'People in the cohort.',
    active_customers = 'People of the cohort who ordered in that month.',
    retention_rate = 'active_customers divided by customers, 0 to 1.',
    orders = 'Orders of the cohort in that month.',
    net_sales = 'Net sales of those orders, reporting currency.',
    profit = 'Net sales of their lines whose cost is known less what the goods cost when they were sold, reporting currency. Null where the cost of none is.',
    margin_rate = 'profit divided by the net sales it was made on, up to 1. Null where no cost is known.',
    cost_coverage = 'Share of the lines'' net sales whose cost is known, 0 to 1. Null in a month without sales.'
  )
);

WITH people AS (
  SELECT
    customer_key,
    DATE_TRUNC('MONTH', MIN(first_order_date))::DATE AS cohort_month
  FROM intermediate.int_buyers
  GROUP BY
    customer_key
), cohorts AS (
  SELECT
    cohort_month,
    COUNT(*) AS customers
  FROM people
  GROUP BY
    cohort_month
), orders AS (
  SELECT
    people.cohort_month,
    DATE_TRUNC('MONTH', orders.order_date)::DATE AS order_month,
    orders.customer_key,
    orders.net_sales
  FROM marts.fact_orders AS orders
  JOIN people
    ON people.customer_key = orders.customer_key
  WHERE
    orders.is_sale
), reached AS (
  SELECT
    GREATEST(MAX(as_of.last_month), DATE_TRUNC('MONTH', MAX(buyers.last_order_date))::DATE) AS last_month
  FROM intermediate.int_buyers AS buyers
  CROSS JOIN (
    SELECT
      DATE_TRUNC('MONTH', MAX(as_of_date))::DATE AS last_month
    FROM intermediate.int_as_of
  ) AS as_of
), calendar AS (
  SELECT
    cohorts.cohort_month,
    cohorts.customers,
    @each_month(cohorts.cohort_month, reached.last_month) AS order_month
  FROM cohorts
  CROSS JOIN reached
), active AS (
  SELECT
    cohort_month,
    order_month,
    COUNT(DISTINCT customer_key) AS active_customers,
    COUNT(*) AS orders,
    CASE WHEN COUNT(net_sales) = COUNT(*) THEN SUM(net_sales) END AS net_sales
  FROM orders
  GROUP BY
    cohort_month,
    order_month
), lines AS (
  SELECT
    people.cohort_month,
    DATE_TRUNC('MONTH', items.order_date)::DATE AS order_month,
    items.net_sales,
    items.unit_cost,
    items.quantity - items.returned_quantity AS units
  FROM marts.fact_order_items AS items
  JOIN people
    ON people.customer_key = items.customer_key
), earned AS (
  SELECT
    cohort_month,
    order_month,
    CASE WHEN COUNT(net_sales) = COUNT(*) THEN SUM(net_sales) END AS line_sales,
    CASE
      WHEN COUNT(net_sales) = COUNT(*)
      THEN SUM(net_sales) FILTER(WHERE
        NOT unit_cost IS NULL)
    END AS costed_sales,
    CASE
      WHEN COUNT(net_sales) = COUNT(*)
      THEN SUM(net_sales - unit_cost * units) FILTER(WHERE
        NOT unit_cost IS NULL)
    END AS profit
  FROM lines
  GROUP BY
    cohort_month,
    order_month
)
SELECT
  calendar.cohort_month::DATE AS cohort_month,
  @months_between(calendar.cohort_month, calendar.order_month)::INT AS months_since,
  calendar.customers::INT AS customers,
  COALESCE(active.active_customers, 0)::INT AS active_customers,
  (
    COALESCE(active.active_customers, 0) / NULLIF(calendar.customers, 0)
  )::DOUBLE AS retention_rate,
  COALESCE(active.orders, 0)::INT AS orders,
  CASE WHEN active.orders IS NULL THEN 0 ELSE active.net_sales END::DECIMAL(18, 3) AS net_sales,
  CASE WHEN active.orders IS NULL THEN 0 ELSE earned.profit END::DECIMAL(18, 3) AS profit,
  CASE WHEN earned.costed_sales > 0 THEN earned.profit / earned.costed_sales END::DOUBLE AS margin_rate,
  CASE
    WHEN earned.line_sales > 0
    THEN LEAST(GREATEST(COALESCE(earned.costed_sales, 0) / earned.line_sales, 0), 1)
  END::DOUBLE AS cost_coverage
FROM calendar
LEFT JOIN active
  ON active.cohort_month = calendar.cohort_month
  AND active.order_month = calendar.order_month
LEFT JOIN earned
  ON earned.cohort_month = calendar.cohort_month
  AND earned.order_month = calendar.order_month
