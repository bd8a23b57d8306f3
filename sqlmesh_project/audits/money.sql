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
  )
