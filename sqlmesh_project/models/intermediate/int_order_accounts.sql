MODEL (
  name intermediate.int_order_accounts,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key account_key
  ),
  signals (
    news()
  ),
  grain account_key,
  audits (
    not_null(columns := (account_key, platform, store))
  ),
  description 'One row per account that has ever been on an order: a customer of a shop, or the email address of a guest there. A log: accounts are added and never taken away.',
  columns (
    account_key TEXT,
    platform TEXT,
    store TEXT,
    customer_id TEXT,
    email TEXT,
    first_ordered_at TIMESTAMP
  )
);

WITH seen AS (
  SELECT
    @account_key(store, customer_id, email) AS account_key,
    platform,
    store,
    customer_id,
    CASE WHEN customer_id IS NULL THEN @normalised_email(email) END AS email,
    MIN(ordered_at) AS first_ordered_at
  FROM intermediate.int_platform_orders
  WHERE
    @is_new(loaded_at)
  GROUP BY
    1,
    2,
    3,
    4,
    5
)
SELECT
  seen.account_key::TEXT AS account_key,
  seen.platform::TEXT AS platform,
  seen.store::TEXT AS store,
  seen.customer_id::TEXT AS customer_id,
  seen.email::TEXT AS email,
  LEAST(
    COALESCE(seen.first_ordered_at, before.first_ordered_at),
    COALESCE(before.first_ordered_at, seen.first_ordered_at)
  )::TIMESTAMP AS first_ordered_at
FROM seen
LEFT JOIN intermediate.int_order_accounts AS before
  ON before.account_key = seen.account_key
WHERE
  NOT seen.account_key IS NULL
