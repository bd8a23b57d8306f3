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

/* Each order has one row and no other has; what counts of an order's money is in it, to the last unit. */
WITH money AS (
  SELECT
    order_key,
    SUM(CASE WHEN kind = 'payment' THEN amount_native ELSE -amount_native END) AS amount_native
  FROM marts.fact_transactions
  WHERE
    is_counted AND kind <> 'fee' AND NOT order_key IS NULL
  GROUP BY
    order_key
), rows AS (
  SELECT
    order_key,
    match_status,
    received_native - given_back_native - disputed_native AS amount_native
  FROM @this_model
  WHERE
    NOT order_key IS NULL
)
SELECT
  orders.order_key,
  rows.order_key AS reconciled,
  rows.amount_native,
  money.amount_native AS money_native
FROM marts.fact_orders AS orders
FULL JOIN rows
  ON rows.order_key = orders.order_key
LEFT JOIN money
  ON money.order_key = orders.order_key
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
