MODEL (
  name marts.clv_calibration,
  kind FULL,
  grain tenth,
  audits (
    not_null(columns := (tenth, customers, predicted_purchases, actual_purchases)),
    unique_values(columns := tenth)
  ),
  description 'One row per tenth of the people of the back-test (the holdout fit of clv_backtest), those of whom most was expected first: whether the estimates tell good customers from others. Empty where there is no back-test.',
  column_descriptions (
    tenth = '1 for the tenth of whom most purchases were expected, 10 for that of whom fewest were.',
    customers = 'People in it.',
    predicted_purchases = 'Days with a purchase expected of them in the days held back.',
    actual_purchases = 'Those there were.',
    predicted_sales = 'Net sales expected of them in the days held back, reporting currency.',
    actual_sales = 'Net sales of the orders they placed in those days, reporting currency.',
    predicted_quiet_rate = 'Share of them expected not to buy.',
    actual_quiet_rate = 'Share of them who did not buy.'
  )
);

WITH ranked AS (
  SELECT
    NTILE(10) OVER (ORDER BY estimates.expected_purchases DESC, estimates.customer_key) AS tenth,
    estimates.expected_purchases,
    estimates.expected_sales,
    estimates.no_purchase,
    histories.actual_days,
    histories.actual_sales
  FROM intermediate.int_value_estimates AS estimates
  JOIN intermediate.int_buying_histories AS histories
    ON histories.fit = estimates.fit AND histories.customer_key = estimates.customer_key
  WHERE
    estimates.fit = 'holdout'
)
SELECT
  tenth::INT AS tenth,
  COUNT(*)::INT AS customers,
  SUM(expected_purchases::DECIMAL(18, 9))::DOUBLE AS predicted_purchases,
  SUM(actual_days)::INT AS actual_purchases,
  CASE WHEN COUNT(expected_sales) = COUNT(*) THEN SUM(expected_sales) END::DECIMAL(18, 3) AS predicted_sales,
  CASE WHEN COUNT(actual_sales) = COUNT(*) THEN SUM(actual_sales) END::DECIMAL(18, 3) AS actual_sales,
  (
    SUM(no_purchase::DECIMAL(18, 9)) / COUNT(*)
  )::DOUBLE AS predicted_quiet_rate,
  (
    COUNT(*) FILTER(WHERE
      actual_days = 0) / COUNT(*)
  )::DOUBLE AS actual_quiet_rate
FROM ranked
GROUP BY
  tenth
