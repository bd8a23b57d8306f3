MODEL (
  name intermediate.int_order_accounts,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_key
  ),
  signals (
    news()
  ),
  grain order_key,
  audits (
    not_null(columns := (order_key, platform, store)),
    not_null(columns := (is_sale, is_test), condition := NOT account_key IS NULL)
  ),
  description 'One row per order: the account it is of, which is a customer of a shop or the email address of a guest there, null where the order names neither or is no more. An account that only orders tell of is one as long as an order names it.'
);

SELECT
  order_key::TEXT AS order_key,
  CASE WHEN NOT is_gone THEN @account_key(store, customer_id, email) END::TEXT AS account_key,
  platform::TEXT AS platform,
  store::TEXT AS store,
  customer_id::TEXT AS customer_id,
  CASE WHEN customer_id IS NULL THEN @normalised_email(email) END::TEXT AS email,
  ordered_at::TIMESTAMP AS ordered_at,
  is_sale::BOOLEAN AS is_sale,
  is_test::BOOLEAN AS is_test
FROM intermediate.int_platform_orders
WHERE
  @is_new(loaded_at)
