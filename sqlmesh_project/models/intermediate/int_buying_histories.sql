MODEL (
  name intermediate.int_buying_histories,
  kind FULL,
  grain (fit, customer_key),
  audits (
    not_null(columns := (fit, customer_key, repeat_days, recency_days, age_days)),
    forall(criteria := (repeat_days >= 0, recency_days BETWEEN 0 AND age_days))
  ),
  description 'One row per fit and person who had bought by its last day: what the models of what customers will buy are fitted to, and what came after. A day counts as bought on if the net sales of the orders placed on it are positive, as far as returns were known on the fit''s last day.'
);

WITH windows AS (
  SELECT
    fit,
    fitted_until,
    days_ahead
  FROM intermediate.int_value_windows
  WHERE
    NOT fitted_until IS NULL
), later AS (
  /* What has happened to orders after the last day that a fit knows of. */
  SELECT
    windows.fit,
    ledger.order_key,
    SUM(ledger.amount) AS amount,
    SUM(ledger.amount_native) AS amount_native
  FROM marts.fact_sales_ledger AS ledger
  JOIN windows
    ON windows.fit = 'holdout' AND ledger.event_date > windows.fitted_until
  WHERE
    ledger.measure IN ('gross_sales', 'discounts', 'returns')
  GROUP BY
    windows.fit,
    ledger.order_key
), orders AS (
  SELECT
    windows.fit,
    windows.fitted_until,
    windows.days_ahead,
    orders.customer_key,
    orders.order_date,
    windows.fit = 'current' OR orders.order_date <= windows.fitted_until AS is_known,
    CASE
      WHEN orders.order_date <= windows.fitted_until
      THEN orders.net_sales - COALESCE(later.amount, 0)
      ELSE orders.net_sales
    END AS net_sales,
    CASE
      WHEN orders.order_date <= windows.fitted_until
      THEN orders.net_sales_native - COALESCE(later.amount_native, 0)
      ELSE orders.net_sales_native
    END AS net_sales_native
  FROM marts.fact_orders AS orders
  CROSS JOIN windows
  LEFT JOIN later
    ON later.fit = windows.fit AND later.order_key = orders.order_key
  WHERE
    orders.is_sale AND NOT orders.customer_key IS NULL
), days AS (
  SELECT
    fit,
    fitted_until,
    days_ahead,
    customer_key,
    order_date,
    is_known,
    CASE WHEN COUNT(net_sales) = COUNT(*) THEN SUM(net_sales) END AS net_sales,
    CASE
      WHEN COUNT(net_sales) = COUNT(*)
      THEN SUM(net_sales) > 0
      ELSE BOOL_OR(CAST(net_sales_native > 0 AS BOOLEAN))
    END AS is_bought_on /* Where a rate is not known yet, an order's own currency tells whether anything was bought. */
  FROM orders
  GROUP BY
    fit,
    fitted_until,
    days_ahead,
    customer_key,
    order_date,
    is_known
), numbered AS (
  SELECT
    days.*,
    MIN(CASE WHEN is_known AND is_bought_on THEN order_date END) OVER (PARTITION BY fit, customer_key) AS first_date
  FROM days
)
SELECT
  fit::TEXT AS fit,
  customer_key::TEXT AS customer_key,
  (
    COUNT(*) FILTER(WHERE
      is_known AND is_bought_on) - 1
  )::INT AS repeat_days,
  (
    MAX(CASE WHEN is_known AND is_bought_on THEN order_date END) - first_date
  )::INT AS recency_days,
  GREATEST(
    fitted_until - first_date,
    MAX(CASE WHEN is_known AND is_bought_on THEN order_date END) - first_date
  )::INT AS age_days,
  CASE
    WHEN COUNT(net_sales) FILTER(WHERE
      is_known AND is_bought_on AND order_date > first_date) = COUNT(*) FILTER(WHERE
      is_known AND is_bought_on AND order_date > first_date)
    THEN COALESCE(
      SUM(net_sales) FILTER(WHERE
        is_known AND is_bought_on AND order_date > first_date),
      0
    )
  END::DECIMAL(18, 3) AS repeat_sales,
  COUNT(*) FILTER(WHERE
    NOT is_known AND is_bought_on)::INT AS actual_days,
  CASE
    WHEN COUNT(net_sales) FILTER(WHERE
      NOT is_known) = COUNT(*) FILTER(WHERE
      NOT is_known)
    THEN COALESCE(SUM(net_sales) FILTER(WHERE
      NOT is_known), 0)
  END::DECIMAL(18, 3) AS actual_sales,
  COUNT(*) FILTER(WHERE
    is_known AND is_bought_on AND order_date > fitted_until - days_ahead)::INT AS days_before,
  CASE
    WHEN COUNT(net_sales) FILTER(WHERE
      is_known AND order_date > fitted_until - days_ahead) = COUNT(*) FILTER(WHERE
      is_known AND order_date > fitted_until - days_ahead)
    THEN COALESCE(
      SUM(net_sales) FILTER(WHERE
        is_known AND order_date > fitted_until - days_ahead),
      0
    )
  END::DECIMAL(18, 3) AS sales_before
FROM numbered
WHERE
  NOT first_date IS NULL
GROUP BY
  fit,
  customer_key,
  first_date,
  fitted_until,
  days_ahead
