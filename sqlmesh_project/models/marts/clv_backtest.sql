MODEL (
  name marts.clv_backtest,
  kind FULL,
  grain fit,
  audits (
    not_null(columns := (fit, customers, repeat_customers)),
    unique_values(columns := fit)
  ),
  description 'One row per fit of the models behind clv_expected: current, from which the estimates come, and holdout, fitted to the past only and compared with what then happened. Its error is that of the method and is shown beside every estimate.',
  column_descriptions (
    fit = 'current (knows everything; there is nothing yet to compare it with) or holdout.',
    fitted_until = 'Last day the fit knows of. Null where the history is too short to hold any of it back.',
    holdout_days = 'Days after fitted_until that were held back. Null for current.',
    is_full_horizon = 'Whether as many days were held back as estimates look ahead. False where the history is too short: the error is then that of fewer days.',
    customers = 'People who had bought by fitted_until.',
    repeat_customers = 'Of them, those who had bought on more than one day.',
    r = 'BG/NBD: shape of the spread of buying rates.',
    alpha = 'BG/NBD: scale of the buying rates, days.',
    a = 'BG/NBD: with b, the spread of the chance to leave after a purchase.',
    b = 'BG/NBD: see a.',
    log_likelihood = 'BG/NBD: natural logarithm of the likelihood of all histories.',
    p = 'Gamma-Gamma: shape of the spread of one person''s purchases.',
    q = 'Gamma-Gamma: shape of the spread of people''s means.',
    v = 'Gamma-Gamma: scale of the spread of people''s means, reporting currency.',
    value_correlation = 'Correlation of the number and the mean value of repeat purchases. Gamma-Gamma takes it to be near 0.',
    predicted_purchases = 'Days with a purchase that the fit expected of these people in the days held back.',
    actual_purchases = 'Those there were.',
    purchases_error_pct = 'predicted_purchases against actual_purchases, percent; positive is too many.',
    purchases_mae = 'Mean over people of the absolute difference between both.',
    predicted_sales = 'Net sales expected of these people in the days held back, not discounted, reporting currency.',
    actual_sales = 'Net sales of the orders they placed in those days, reporting currency.',
    sales_error_pct = 'predicted_sales against actual_sales, percent; positive is too much.',
    sales_mae = 'Mean over people of the absolute difference between both, reporting currency.',
    naive_purchases = 'The same by the simplest guess: everybody buys as they did in as many days before fitted_until.',
    naive_purchases_error_pct = 'naive_purchases against actual_purchases, percent.',
    naive_purchases_mae = 'Mean over people of the absolute error of that guess.',
    naive_sales = 'Net sales by the simplest guess, reporting currency.',
    naive_sales_error_pct = 'naive_sales against actual_sales, percent.',
    naive_sales_mae = 'Mean over people of the absolute error of that guess, reporting currency.',
    predicted_quiet_rate = 'Share of people expected not to buy in the days held back: the mean of the chance that churn_probability is.',
    actual_quiet_rate = 'Share of people who did not buy in them.',
    reason = 'Why there are no parameters, or no comparison. Null where all is there.'
  )
);

WITH compared AS (
  SELECT
    histories.fit,
    COUNT(*) AS customers,
    SUM(estimates.expected_purchases::DECIMAL(18, 9)) AS predicted_purchases, /* Exact sums: those of floating numbers depend on the order in which threads come to them. */
    SUM(histories.actual_days) AS actual_purchases,
    SUM(ABS(estimates.expected_purchases::DECIMAL(18, 9) - histories.actual_days)) AS purchases_errors,
    SUM(histories.days_before) AS naive_purchases,
    SUM(ABS(histories.days_before - histories.actual_days)) AS naive_purchases_errors,
    SUM(estimates.no_purchase::DECIMAL(18, 9)) AS predicted_quiet,
    COUNT(*) FILTER(WHERE
      histories.actual_days = 0) AS actual_quiet,
    COUNT(estimates.expected_sales) = COUNT(*)
    AND COUNT(histories.actual_sales) = COUNT(*)
    AND COUNT(histories.sales_before) = COUNT(*) AS is_known,
    SUM(estimates.expected_sales) AS predicted_sales,
    SUM(histories.actual_sales) AS actual_sales,
    SUM(ABS(estimates.expected_sales - histories.actual_sales)) AS sales_errors,
    SUM(histories.sales_before) AS naive_sales,
    SUM(ABS(histories.sales_before - histories.actual_sales)) AS naive_sales_errors
  FROM intermediate.int_buying_histories AS histories
  JOIN intermediate.int_value_estimates AS estimates
    ON estimates.fit = histories.fit AND estimates.customer_key = histories.customer_key
  WHERE
    histories.fit = 'holdout'
  GROUP BY
    histories.fit
)
SELECT
  windows.fit::TEXT AS fit,
  windows.fitted_until::DATE AS fitted_until,
  CASE WHEN windows.fit = 'holdout' THEN windows.days_ahead END::INT AS holdout_days,
  CASE WHEN windows.fit = 'holdout' THEN windows.days_ahead = @value_horizon_days END::BOOLEAN AS is_full_horizon,
  fits.customers::INT AS customers,
  fits.repeat_customers::INT AS repeat_customers,
  fits.r::DOUBLE AS r,
  fits.alpha::DOUBLE AS alpha,
  fits.a::DOUBLE AS a,
  fits.b::DOUBLE AS b,
  fits.log_likelihood::DOUBLE AS log_likelihood,
  fits.p::DOUBLE AS p,
  fits.q::DOUBLE AS q,
  fits.v::DOUBLE AS v,
  fits.value_correlation::DOUBLE AS value_correlation,
  compared.predicted_purchases::DOUBLE AS predicted_purchases,
  compared.actual_purchases::INT AS actual_purchases,
  (
    100 * (
      compared.predicted_purchases / NULLIF(compared.actual_purchases, 0) - 1
    )
  )::DOUBLE AS purchases_error_pct,
  (
    compared.purchases_errors / compared.customers
  )::DOUBLE AS purchases_mae,
  CASE WHEN compared.is_known THEN compared.predicted_sales END::DECIMAL(18, 3) AS predicted_sales,
  CASE WHEN compared.is_known THEN compared.actual_sales END::DECIMAL(18, 3) AS actual_sales,
  CASE
    WHEN compared.is_known AND compared.actual_sales > 0
    THEN 100 * (
      compared.predicted_sales / compared.actual_sales - 1
    )
  END::DOUBLE AS sales_error_pct,
  CASE
    WHEN compared.is_known
    THEN ROUND(compared.sales_errors / compared.customers, 3)
  END::DECIMAL(18, 3) AS sales_mae,
  compared.naive_purchases::INT AS naive_purchases,
  (
    100 * (
      compared.naive_purchases / NULLIF(compared.actual_purchases, 0) - 1
    )
  )::DOUBLE AS naive_purchases_error_pct,
  (
    compared.naive_purchases_errors / compared.customers
  )::DOUBLE AS naive_purchases_mae,
  CASE WHEN compared.is_known THEN compared.naive_sales END::DECIMAL(18, 3) AS naive_sales,
  CASE
    WHEN compared.is_known AND compared.actual_sales > 0
    THEN 100 * (
      compared.naive_sales / compared.actual_sales - 1
    )
  END::DOUBLE AS naive_sales_error_pct,
  CASE
    WHEN compared.is_known
    THEN ROUND(compared.naive_sales_errors / compared.customers, 3)
  END::DECIMAL(18, 3) AS naive_sales_mae,
  (
    compared.predicted_quiet / compared.customers
  )::DOUBLE AS predicted_quiet_rate,
  (
    compared.actual_quiet / compared.customers
  )::DOUBLE AS actual_quiet_rate,
  COALESCE(
    fits.buying_reason,
    fits.spend_reason,
    CASE
      WHEN NOT compared.is_known
      THEN 'an amount has no exchange rate yet'
      WHEN windows.fit = 'holdout' AND compared.actual_purchases = 0
      THEN 'nobody bought in the days held back'
    END
  )::TEXT AS reason
FROM intermediate.int_value_windows AS windows
JOIN intermediate.int_value_fits AS fits
  ON fits.fit = windows.fit
LEFT JOIN compared
  ON compared.fit = windows.fit
