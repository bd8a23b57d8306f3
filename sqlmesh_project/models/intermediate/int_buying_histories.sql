MODEL (
  name intermediate.int_buying_histories,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key (fit, customer_key)
  ),
  grain (fit, customer_key),
  audits (
    not_null(
      columns := (fit, customer_key, fitted_until, repeat_days, recency_days, age_days, loaded_at)
    ),
    forall(criteria := (repeat_days >= 0, recency_days BETWEEN 0 AND age_days))
  ),
  description 'One row per fit and person who had bought by its last day: what the models of what customers will buy are fitted to, and what came after. A day counts as bought on if the net sales of the orders placed on it are positive, as far as returns were known on the fit''s last day. Only people are computed again of whom an order changed, and all once the last day is another; loaded_at is when an order of theirs last did.',
  columns (
    fit TEXT,
    customer_key TEXT,
    fitted_until DATE,
    days_ahead INT,
    repeat_days INT,
    recency_days INT,
    age_days INT,
    repeat_sales DECIMAL(18, 3),
    actual_days INT,
    actual_sales DECIMAL(18, 3),
    days_before INT,
    sales_before DECIMAL(18, 3),
    loaded_at TIMESTAMP
  )
);

WITH windows AS (
  SELECT
    windows.fit,
    windows.fitted_until,
    windows.days_ahead,
    before.fit IS NULL AS is_moved
  FROM intermediate.int_value_windows AS windows
  LEFT JOIN (
    SELECT DISTINCT
      known.fit,
      known.fitted_until,
      known.days_ahead
    FROM intermediate.int_buying_histories AS known
  ) AS before
    ON before.fit = windows.fit
    AND before.fitted_until = windows.fitted_until
    AND before.days_ahead = windows.days_ahead
  WHERE
    NOT windows.fitted_until IS NULL
), buyers AS (
  SELECT
    customer_key,
    MAX(loaded_at) AS loaded_at
  FROM intermediate.int_buyers
  GROUP BY
    customer_key
), due AS (
  /* On a new day everybody is a day older. */
  SELECT
    windows.fit,
    windows.fitted_until,
    windows.days_ahead,
    buyers.customer_key,
    buyers.loaded_at
  FROM windows
  CROSS JOIN buyers
  WHERE
    windows.is_moved OR @is_new(buyers.loaded_at)
), later AS (
  /* What has happened to orders after the last day that a fit knows of. */
  SELECT
    'holdout' AS fit,
    ledger.order_key,
    SUM(ledger.amount) AS amount,
    SUM(ledger.amount_native) AS amount_native
  FROM marts.fact_sales_ledger AS ledger
  JOIN due
    ON due.customer_key = ledger.customer_key AND due.fit = 'holdout'
  WHERE
    ledger.measure IN ('gross_sales', 'discounts', 'returns')
    AND ledger.event_date > (
      SELECT
        MAX(fitted_until)
      FROM windows
      WHERE
        fit = 'holdout'
    )
  GROUP BY
    ledger.order_key
), orders AS (
  SELECT
    due.fit,
    due.customer_key,
    orders.order_date,
    due.fit = 'current' OR orders.order_date <= due.fitted_until AS is_known,
    CASE
      WHEN orders.order_date <= due.fitted_until
      THEN orders.net_sales - COALESCE(later.amount, 0)
      ELSE orders.net_sales
    END AS net_sales,
    CASE
      WHEN orders.order_date <= due.fitted_until
      THEN orders.net_sales_native - COALESCE(later.amount_native, 0)
      ELSE orders.net_sales_native
    END AS net_sales_native
  FROM marts.fact_orders AS orders
  JOIN due
    ON due.customer_key = orders.customer_key
  LEFT JOIN later
    ON later.fit = due.fit AND later.order_key = orders.order_key
  WHERE
    orders.is_sale
), days AS (
  SELECT
    fit,
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
    customer_key,
    order_date,
    is_known
), firsts AS (
  SELECT
    fit,
    customer_key,
    MIN(order_date) AS first_date
  FROM days
  WHERE
    is_known AND is_bought_on
  GROUP BY
    fit,
    customer_key
), numbered AS (
  SELECT
    due.fit,
    due.fitted_until,
    due.days_ahead,
    due.customer_key,
    due.loaded_at,
    days.order_date,
    days.is_known,
    days.net_sales,
    days.is_bought_on,
    firsts.first_date
  FROM due
  JOIN firsts
    ON firsts.fit = due.fit AND firsts.customer_key = due.customer_key
  JOIN days
    ON days.fit = due.fit AND days.customer_key = due.customer_key
)
SELECT
  fit::TEXT AS fit,
  customer_key::TEXT AS customer_key,
  fitted_until::DATE AS fitted_until,
  days_ahead::INT AS days_ahead,
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
  END::DECIMAL(18, 3) AS sales_before,
  loaded_at::TIMESTAMP AS loaded_at
FROM numbered
GROUP BY
  fit,
  customer_key,
  first_date,
  fitted_until,
  days_ahead,
  loaded_at;

@forget_vanished(intermediate.int_buyers, customer_key) /* Who has not bought by then any more, or nothing at all, and what an earlier last day made. */;

@forget(
  NOT EXISTS(
    SELECT
      1
    FROM intermediate.int_buyers AS buyers
    WHERE
      buyers.customer_key = stale.customer_key
  )
);

@forget(
  NOT EXISTS(
    SELECT
      1
    FROM intermediate.int_value_windows AS windows
    WHERE
      windows.fit = stale.fit
      AND windows.fitted_until = stale.fitted_until
      AND windows.days_ahead = stale.days_ahead
  )
)
