AUDIT (
  name amounts_add_up,
  dialect duckdb
);

/* gross - discounts - returns = net; net and everything else charged = total. In both currencies. */
SELECT
  order_key,
  net_sales,
  net_sales_native,
  total_sales,
  total_sales_native
FROM @this_model
WHERE
  @is_new(loaded_at)
  AND (
    gross_sales - discounts - returns <> net_sales
    OR gross_sales_native - discounts_native - returns_native <> net_sales_native
    OR net_sales + shipping + taxes + duties + fees + tips + rounding <> total_sales
    OR net_sales_native + shipping_native + taxes_native + duties_native + fees_native + tips_native + rounding_native <> total_sales_native
  );

AUDIT (
  name totals_match_platform,
  dialect duckdb
);

/* What the platform says the order costs, less the refunds that count, straight from staging: the ledger must come to the same. */
WITH orders AS (
  SELECT
    order_key,
    total_sales_native
  FROM @this_model
  WHERE
    @is_new(loaded_at)
), refunds AS (
  SELECT
    order_key,
    SUM(amount_native) AS refunded_native
  FROM intermediate.int_order_refunds
  WHERE
    is_counted
  GROUP BY
    order_key
)
SELECT
  orders.order_key,
  orders.total_sales_native,
  carts.order_total_native,
  refunds.refunded_native
FROM orders
JOIN staging.stg_dummyjson__carts AS carts
  ON carts.order_key = orders.order_key
LEFT JOIN refunds
  ON refunds.order_key = orders.order_key
WHERE
  orders.total_sales_native <> carts.order_total_native - COALESCE(refunds.refunded_native, 0)
  AND NOT EXISTS(
    SELECT
      1
    FROM marts.fact_sales_ledger AS ledger
    WHERE
      ledger.order_key = orders.order_key AND ledger.is_estimated
  );

AUDIT (
  name lines_match_ledger,
  dialect duckdb
);

/* Per order, lines and ledger sell and discount the same. */
WITH lines AS (
  SELECT
    order_key,
    SUM(line_total_native) AS line_total_native
  FROM @this_model
  WHERE
    @is_new(loaded_at)
  GROUP BY
    order_key
), ledger AS (
  SELECT
    order_key,
    SUM(amount_native) AS line_total_native
  FROM marts.fact_sales_ledger
  WHERE
    measure IN ('gross_sales', 'discounts') AND @is_new(loaded_at)
  GROUP BY
    order_key
)
SELECT
  order_key,
  lines.line_total_native AS of_lines,
  ledger.line_total_native AS of_ledger
FROM lines
FULL JOIN ledger
  USING (order_key)
WHERE
  lines.line_total_native IS DISTINCT FROM ledger.line_total_native
