MODEL (
  name intermediate.int_value_estimates,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (fit, customer_key),
  audits (
    not_null(columns := (fit, customer_key, p_alive, no_purchase, expected_purchases))
  ),
  description 'One row per person and fit that has parameters: what is expected of them in the days ahead of the fit. The values are null where only the model of how often could be fitted, or a purchase has no exchange rate yet.'
);

WITH estimates AS (
  SELECT
    histories.fit,
    histories.customer_key,
    expectations.p_alive,
    expectations.no_purchase,
    expectations.expected_purchases,
    expectations.discounted_purchases,
    expectations.common_value + expectations.own_weight * (
      CASE
        WHEN histories.repeat_days = 0
        THEN 0
        ELSE histories.repeat_sales::DOUBLE / histories.repeat_days - expectations.common_value
      END
    ) AS expected_value /* The person's own mean, drawn towards everybody's. */
  FROM intermediate.int_buying_histories AS histories
  JOIN intermediate.int_value_expectations AS expectations
    ON expectations.fit = histories.fit
    AND expectations.repeat_days = histories.repeat_days
    AND expectations.recency_days = histories.recency_days
    AND expectations.age_days = histories.age_days
)
SELECT
  fit::TEXT AS fit,
  customer_key::TEXT AS customer_key,
  p_alive::DOUBLE AS p_alive,
  no_purchase::DOUBLE AS no_purchase,
  expected_purchases::DOUBLE AS expected_purchases,
  expected_value::DECIMAL(18, 3) AS expected_value,
  (
    expected_purchases * expected_value
  )::DECIMAL(18, 3) AS expected_sales,
  (
    discounted_purchases * expected_value
  )::DECIMAL(18, 3) AS discounted_sales
FROM estimates
