MODEL (
  name marts.customer_metrics,
  kind FULL,
  grain customer_key,
  audits (
    not_null(columns := (customer_key, purchase_frequency, retention_rate)),
    one_row_each(columns := customer_key),
    forall(
      criteria := (
        p_alive BETWEEN 0 AND 1,
        churn_probability BETWEEN 0 AND 1,
        expected_purchases >= 0,
        retention_rate BETWEEN 0 AND 1
      )
    ),
    covers("column" := customer_key, from_model := marts.customer_segmentation)
  ),
  description 'One row per person with an order: what they are worth by three ways to reckon it, and whether they will come back. All values are net sales in the reporting currency, not profit. How each is reckoned and how wrong it was: docs/customer_value.md and clv_backtest.',
  column_descriptions (
    customer_key = 'The person; joins dim_customers.',
    avg_order_value = 'Net sales of all orders divided by their number.',
    purchase_frequency = 'Orders a year since the first one; over at least a year, so that a first order of last week is not fifty a year.',
    clv_simple = 'avg_order_value × purchase_frequency × customer_lifespan_years: worth over a whole life of that length.',
    clv_predictive = 'avg_order_value × purchase_frequency × r ÷ (1 + d − r): a year''s sales repeated for ever, each year by those still there (r, retention_rate) and discounted (d, yearly_discount_rate).',
    clv_expected = 'Estimate of the net sales of the next value_horizon_days days, discounted: purchases expected by BG/NBD, month by month, times the value of one by Gamma-Gamma. Null where the model could not be fitted; clv_backtest says why.',
    expected_purchases = 'Days with a purchase to expect in the next value_horizon_days days, by BG/NBD.',
    expected_value = 'Net sales of such a day to expect, by Gamma-Gamma: the person''s own mean, drawn towards everybody''s the less is known.',
    p_alive = 'Chance by BG/NBD of not having left for ever, 0 to 1. It is 1 for everybody with one purchase, since the model lets nobody leave before the second: use churn_probability for them.',
    churn_probability = 'Chance of no purchase in the next value_horizon_days days, 0 to 1, by BG/NBD: having left, or not buying though still there. Says something of one-time customers too.',
    retention_rate = 'Of the people who bought in the year before last, the share who bought again in the last year; assumed_retention_rate where too few did to measure it. The same for everybody.',
    is_retention_assumed = 'Whether retention_rate is an assumption.'
  )
);

WITH reached AS (
  SELECT
    MAX(as_of_date) AS as_of_date
  FROM intermediate.int_as_of
), year_before_last AS (
  SELECT DISTINCT
    orders.customer_key
  FROM marts.fact_orders AS orders
  CROSS JOIN reached
  WHERE
    orders.is_sale
    AND NOT orders.customer_key IS NULL
    AND orders.order_date > reached.as_of_date - 730
    AND orders.order_date <= reached.as_of_date - 365
), retained AS (
  SELECT
    COUNT(*) >= @fewest_retention_customers AS is_measured,
    COUNT(*) FILTER(WHERE
      segments.last_order_date > reached.as_of_date - 365) / NULLIF(COUNT(*), 0) AS measured_rate
  FROM year_before_last
  JOIN marts.customer_segmentation AS segments
    ON segments.customer_key = year_before_last.customer_key
  CROSS JOIN reached
), customers AS (
  SELECT
    segments.customer_key,
    segments.monetary,
    segments.frequency,
    365 * segments.frequency / GREATEST(reached.as_of_date - segments.first_order_date, 365)::DOUBLE AS purchase_frequency,
    365 * segments.monetary / GREATEST(reached.as_of_date - segments.first_order_date, 365) AS yearly_sales,
    CASE
      WHEN retained.is_measured
      THEN retained.measured_rate
      ELSE @assumed_retention_rate
    END::DOUBLE AS retention_rate,
    NOT retained.is_measured AS is_retention_assumed
  FROM marts.customer_segmentation AS segments
  CROSS JOIN reached
  CROSS JOIN retained
)
SELECT
  customers.customer_key::TEXT AS customer_key,
  ROUND(customers.monetary / customers.frequency, 3)::DECIMAL(18, 3) AS avg_order_value,
  customers.purchase_frequency::DOUBLE AS purchase_frequency,
  ROUND(customers.yearly_sales * @customer_lifespan_years, 3)::DECIMAL(18, 3) AS clv_simple,
  ROUND(
    customers.yearly_sales * customers.retention_rate / (
      1 + @yearly_discount_rate - customers.retention_rate
    ),
    3
  )::DECIMAL(18, 3) AS clv_predictive,
  estimates.discounted_sales::DECIMAL(18, 3) AS clv_expected,
  estimates.expected_purchases::DOUBLE AS expected_purchases,
  estimates.expected_value::DECIMAL(18, 3) AS expected_value,
  estimates.p_alive::DOUBLE AS p_alive,
  estimates.no_purchase::DOUBLE AS churn_probability,
  customers.retention_rate::DOUBLE AS retention_rate,
  customers.is_retention_assumed::BOOLEAN AS is_retention_assumed
FROM customers
LEFT JOIN intermediate.int_value_estimates AS estimates
  ON estimates.customer_key = customers.customer_key AND estimates.fit = 'current'
