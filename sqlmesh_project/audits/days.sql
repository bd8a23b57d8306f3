AUDIT (
  name days_match_ledger,
  dialect duckdb
);

/* Per store, the days add up to the ledger and to the orders: no day was forgotten, none counted twice. */
WITH days AS (
  SELECT
    store,
    SUM(
      gross_sales_native - discounts_native - returns_native + shipping_native + taxes_native + other_charges_native
    ) AS total_sales_native,
    SUM(orders) AS orders,
    SUM(new_customers) AS new_customers
  FROM @this_model
  GROUP BY
    store
), ledger AS (
  SELECT
    store,
    SUM(amount_native) AS total_sales_native
  FROM marts.fact_sales_ledger
  WHERE
    measure <> 'gift_cards'
  GROUP BY
    store
), orders AS (
  SELECT
    store,
    COUNT(*) AS orders,
    COUNT(*) FILTER(WHERE
      is_first_order) AS new_customers
  FROM marts.fact_orders
  WHERE
    is_sale
  GROUP BY
    store
)
SELECT
  days.store,
  days.total_sales_native,
  ledger.total_sales_native AS ledger_native,
  days.orders,
  orders.orders AS orders_there
FROM orders
FULL JOIN days
  ON days.store = orders.store
LEFT JOIN ledger
  ON ledger.store = orders.store
WHERE
  days.store IS NULL
  OR days.orders <> COALESCE(orders.orders, 0)
  OR days.new_customers <> COALESCE(orders.new_customers, 0)
  OR days.total_sales_native <> COALESCE(ledger.total_sales_native, 0)
