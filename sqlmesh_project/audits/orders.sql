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
  name orders_come_to_the_platforms_total,
  dialect duckdb
);

/* What was asked for an order, edits included, is what the platform says it comes to: no event is missing, none is there twice. */
WITH asked AS (
  SELECT
    order_key,
    SUM(amount_native) AS amount_native
  FROM @this_model
  WHERE
    action IN ('order', 'edit') AND @is_new(loaded_at)
  GROUP BY
    order_key
)
SELECT
  orders.order_key,
  orders.order_total_native,
  asked.amount_native
FROM intermediate.int_orders AS orders
LEFT JOIN asked
  ON asked.order_key = orders.order_key
WHERE
  @is_new(orders.loaded_at)
  AND orders.is_sale
  AND NOT orders.is_gone
  AND orders.order_total_native <> COALESCE(asked.amount_native, 0);

AUDIT (
  name amounts_follow_their_rates,
  dialect duckdb
);

/* Every amount is the native one at the rate beside it, which was told on the event's day or before: never a later one. */
SELECT
  event_key,
  amount,
  amount_native,
  fx_rate,
  fx_rate_date
FROM @this_model
WHERE
  @is_new(loaded_at)
  AND (
    amount IS DISTINCT FROM ROUND(amount_native * fx_rate, 3)::DECIMAL(18, 3)
    OR (
      fx_rate IS NULL
    ) <> (
      fx_rate_date IS NULL
    )
    OR fx_rate_date > event_date
  );

AUDIT (
  name rounding_is_small,
  dialect duckdb,
  blocking FALSE
);

/* The parts of an order explain its total but for what is lost where they are rounded: half a smallest unit of the currency for the total and for each line, so one unit for an order of one line. Where amounts are estimated they cannot. */
WITH rounded AS (
  SELECT
    order_key,
    currency_code,
    amount_native
  FROM @this_model
  WHERE
    action = 'order'
    AND measure = 'rounding'
    AND NOT is_estimated
    AND @is_new(loaded_at)
), lines AS (
  SELECT
    order_key,
    COUNT(*) AS line_count
  FROM intermediate.int_order_lines
  WHERE
    order_key IN (
      SELECT
        order_key
      FROM rounded
    )
  GROUP BY
    order_key
)
SELECT
  rounded.order_key,
  rounded.currency_code,
  rounded.amount_native,
  lines.line_count
FROM rounded
LEFT JOIN lines
  ON lines.order_key = rounded.order_key
WHERE
  2 * ABS(rounded.amount_native) > @iso_minor_unit(rounded.currency_code) * (
    1 + GREATEST(COALESCE(lines.line_count, 0), 1)
  );

AUDIT (
  name lines_match_ledger,
  dialect duckdb,
  blocking FALSE
);

/* Per order, the platform's lines and its events sell and discount the same. */
WITH lines AS (
  SELECT
    lines.order_key,
    SUM(lines.gross_sales_native - lines.discounts_native) AS line_total_native
  FROM intermediate.int_order_lines AS lines
  JOIN intermediate.int_orders AS orders
    ON orders.order_key = lines.order_key AND orders.loaded_at = lines.loaded_at
  WHERE
    @is_new(orders.loaded_at) AND orders.is_sale
  GROUP BY
    lines.order_key
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
  COALESCE(lines.line_total_native, 0) /* An order of nothing but gift cards has lines and sells no goods. */ <> COALESCE(ledger.line_total_native, 0);

AUDIT (
  name buyers_match_orders,
  dialect duckdb
);

/* People have as many orders in all stores as there are orders of people. */
SELECT
  buyers.order_count,
  orders.order_count AS orders_of_people
FROM (
  SELECT
    COALESCE(SUM(order_count), 0) AS order_count
  FROM @this_model
) AS buyers
CROSS JOIN (
  SELECT
    COUNT(*) AS order_count
  FROM marts.fact_orders
  WHERE
    is_sale AND NOT customer_key IS NULL
) AS orders
WHERE
  buyers.order_count <> orders.order_count
