AUDIT (
  name no_movement_counts_twice,
  dialect duckdb
);

/* Of a payment that a provider tells, no payment of a shop counts beside it, and no refund but one given by hand where the provider tells none. */
WITH providers AS (
  SELECT
    payment_id,
    BOOL_OR(CAST(kind = 'payment' AS BOOLEAN)) AS has_payment,
    BOOL_OR(CAST(kind = 'refund' AND is_counted AS BOOLEAN)) AS has_refund
  FROM @this_model
  WHERE
    connection IN (
      SELECT
        store
      FROM intermediate.int_stores
      WHERE
        platform = 'stripe'
    )
    AND NOT payment_id IS NULL
  GROUP BY
    payment_id
)
SELECT
  rows.transaction_key,
  rows.payment_id,
  rows.kind
FROM @this_model AS rows
JOIN providers
  ON providers.payment_id = rows.payment_id
WHERE
  rows.is_counted
  AND @is_new(rows.loaded_at)
  AND rows.connection IN (
    SELECT
      store
    FROM intermediate.int_stores
    WHERE
      platform <> 'stripe'
  )
  AND (
    (
      rows.kind = 'payment' AND providers.has_payment
    )
    OR (
      rows.kind = 'refund' AND providers.has_refund
    )
  );

AUDIT (
  name every_order_is_reconciled,
  dialect duckdb
);

/* Of orders that changed, or their money: each has one row, no other has, and what counts of its money is in it, to the last unit. Whether every order has one is asked of all of them before they are published. */
WITH due AS (
  SELECT
    order_key
  FROM marts.fact_orders
  WHERE
    @is_new(loaded_at)
  UNION
  SELECT
    order_key
  FROM @this_model
  WHERE
    @is_new(loaded_at) AND NOT order_key IS NULL
  UNION
  SELECT
    order_key
  FROM marts.fact_transactions
  WHERE
    @is_new(loaded_at) AND NOT order_key IS NULL
), money AS (
  SELECT
    due.order_key,
    SUM(
      CASE
        WHEN transactions.kind = 'payment'
        THEN transactions.amount_native
        ELSE -transactions.amount_native
      END
    ) AS amount_native
  FROM due
  JOIN marts.fact_transactions AS transactions
    ON transactions.order_key = due.order_key
  WHERE
    transactions.is_counted AND transactions.kind <> 'fee'
  GROUP BY
    due.order_key
), rows AS (
  SELECT
    order_key,
    match_status,
    received_native - given_back_native - disputed_native AS amount_native
  FROM @this_model
)
SELECT
  due.order_key,
  orders.order_key AS sold,
  rows.order_key AS reconciled,
  rows.amount_native,
  money.amount_native AS money_native
FROM due
LEFT JOIN marts.fact_orders AS orders
  ON orders.order_key = due.order_key
LEFT JOIN rows
  ON rows.order_key = due.order_key
LEFT JOIN money
  ON money.order_key = due.order_key
WHERE
  orders.order_key IS NULL
  OR rows.order_key IS NULL
  OR (
    rows.match_status <> 'currency_differs'
    AND rows.amount_native <> COALESCE(money.amount_native, 0)
  );

AUDIT (
  name money_without_an_order_is_told,
  dialect duckdb
);

/* What counts of movements that no order names is in it, payment by payment and once. */
WITH money AS (
  SELECT
    COALESCE(payment_id, transaction_key) AS payment_key,
    SUM(CASE WHEN kind = 'payment' THEN amount_native ELSE -amount_native END) AS amount_native
  FROM marts.fact_transactions
  WHERE
    is_counted AND kind <> 'fee' AND order_key IS NULL
  GROUP BY
    COALESCE(payment_id, transaction_key)
), rows AS (
  SELECT
    COALESCE(payment_id, transaction_key) AS payment_key,
    match_status,
    difference_native
  FROM @this_model
  WHERE
    order_key IS NULL
)
SELECT
  money.payment_key,
  rows.payment_key AS told,
  money.amount_native,
  rows.difference_native
FROM money
FULL JOIN rows
  ON rows.payment_key = money.payment_key
WHERE
  money.payment_key IS NULL
  OR rows.payment_key IS NULL
  OR (
    rows.match_status <> 'currency_differs'
    AND rows.difference_native <> money.amount_native
  )
