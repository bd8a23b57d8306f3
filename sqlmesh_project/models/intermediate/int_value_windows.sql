MODEL (
  name intermediate.int_value_windows,
  kind FULL,
  grain fit,
  audits (
    not_null(columns := (fit, customers))
  ),
  description 'One row per fit of the models of what customers will buy. current knows everything; holdout knows nothing of the last days, which are kept to compare with: as many as the horizon, or half of a history that is too short for that.'
);

WITH reached AS (
  SELECT
    MAX(as_of_date) AS as_of_date
  FROM intermediate.int_as_of
), history AS (
  SELECT
    MIN(first_order_date) AS first_order_date,
    COUNT(DISTINCT customer_key) AS customers
  FROM intermediate.int_buyers
), spans AS (
  SELECT
    reached.as_of_date,
    history.first_order_date,
    history.customers,
    LEAST(
      @value_horizon_days,
      FLOOR((
        reached.as_of_date - history.first_order_date
      ) / 2)
    )::INT AS holdout_days
  FROM reached
  CROSS JOIN history
)
SELECT
  'current'::TEXT AS fit,
  as_of_date::DATE AS fitted_until,
  @value_horizon_days::INT AS days_ahead,
  customers::INT AS customers,
  CASE WHEN customers = 0 THEN 'no customer has bought yet' END::TEXT AS reason
FROM spans
UNION ALL
SELECT
  'holdout'::TEXT AS fit,
  CASE WHEN holdout_days >= @fewest_holdout_days THEN as_of_date - holdout_days END::DATE AS fitted_until,
  CASE WHEN holdout_days >= @fewest_holdout_days THEN holdout_days END::INT AS days_ahead,
  customers::INT AS customers,
  CASE
    WHEN customers = 0
    THEN 'no customer has bought yet'
    WHEN NOT holdout_days >= @fewest_holdout_days
    THEN 'the orders on record go back ' || (
      as_of_date - first_order_date
    )::TEXT || ' days; at least ' || (
      2 * @fewest_holdout_days
    )::TEXT || ' are needed to hold half of them back'
  END::TEXT AS reason
FROM spans
