MODEL (
  name intermediate.int_customer_accounts,
  kind FULL,
  signals (
    news()
  ),
  grain account_key,
  audits (
    not_null(
      columns := (account_key, platform, store, is_registered, order_count, is_deleted)
    ),
    one_row_each(columns := account_key)
  ),
  description 'One row per account of every shop: its customers (is_registered), the customers that only orders still tell of, and each email address that a guest ordered with. seen_at is when it was opened, else its first order. order_count is how many of its orders are sales, first and last_ordered_at are of those that are in the books: tests are not.'
);

WITH buyers AS (
  SELECT
    account_key,
    platform,
    store,
    customer_id,
    email,
    MIN(ordered_at) AS seen_at,
    COUNT(*) FILTER(WHERE
      is_sale AND NOT is_test) AS order_count,
    MIN(ordered_at) FILTER(WHERE
      NOT is_test) AS first_ordered_at,
    MAX(ordered_at) FILTER(WHERE
      NOT is_test) AS last_ordered_at
  FROM intermediate.int_order_accounts
  WHERE
    NOT account_key IS NULL
  GROUP BY
    account_key,
    platform,
    store,
    customer_id,
    email
)
SELECT
  COALESCE(customers.account_key, buyers.account_key)::TEXT AS account_key,
  COALESCE(customers.platform, buyers.platform)::TEXT AS platform,
  COALESCE(customers.store, buyers.store)::TEXT AS store,
  COALESCE(customers.customer_id, buyers.customer_id)::TEXT AS customer_id,
  (
    NOT customers.account_key IS NULL
  )::BOOLEAN AS is_registered,
  customers.full_name::TEXT AS full_name,
  COALESCE(@normalised_email(customers.email), buyers.email)::TEXT AS email,
  customers.phone::TEXT AS phone,
  customers.city::TEXT AS city,
  customers.state::TEXT AS state,
  customers.country_code::TEXT AS country_code,
  customers.gender::TEXT AS gender,
  customers.birth_date::DATE AS birth_date,
  customers.age::INT AS age,
  customers.created_at::TIMESTAMP AS created_at,
  COALESCE(customers.created_at, buyers.seen_at)::TIMESTAMP AS seen_at,
  buyers.first_ordered_at::TIMESTAMP AS first_ordered_at,
  buyers.last_ordered_at::TIMESTAMP AS last_ordered_at,
  COALESCE(buyers.order_count, 0)::INT AS order_count,
  customers.updated_at::TIMESTAMP AS updated_at,
  COALESCE(customers.is_deleted, NOT buyers.customer_id IS NULL)::BOOLEAN AS is_deleted
FROM intermediate.int_customers AS customers
FULL JOIN buyers
  ON buyers.account_key = customers.account_key
