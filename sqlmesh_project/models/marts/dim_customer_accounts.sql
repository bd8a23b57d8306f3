MODEL (
  name marts.dim_customer_accounts,
  kind VIEW,
  grain account_key,
  references customer_key,
  depends_on (
    intermediate.int_people
  ),
  audits (
    not_null(columns := (account_key, customer_key, store, is_guest, order_count, is_deleted)),
    one_row_each(columns := account_key),
    refers_to(
      "column" := customer_key,
      to_model := intermediate.int_people,
      to_column := customer_key
    )
  ),
  description 'One row per account of a person: a shop''s customer, or the email address of a guest in a shop. It says which accounts make a person of dim_customers, and why.',
  column_descriptions (
    account_key = 'Key of the account: store and customer_id; store and email address for a guest.',
    customer_key = 'The person; joins dim_customers.',
    store = 'Name of the connection whose account it is.',
    customer_id = 'The platform''s id of the customer. Null for a guest.',
    is_guest = 'True for an email address that only guests of the shop left.',
    full_name = 'First and last name as this shop has them, masked in the published copy.',
    email = 'Email address of this account, masked in the published copy. Null where it is a placeholder.',
    evidence = 'What it shares with another account of the person: email, phone, or rule, the merchant''s own word. Null where it shares nothing.',
    seen_at = 'When it was opened, else its first order, UTC.',
    order_count = 'Number of orders on it.',
    is_deleted = 'True where the platform no longer has the customer.',
    loaded_at = 'When its person last changed here, UTC.'
  )
);

SELECT
  account_key::TEXT AS account_key,
  customer_key::TEXT AS customer_key,
  store::TEXT AS store,
  customer_id::TEXT AS customer_id,
  (
    customer_id IS NULL
  )::BOOLEAN AS is_guest,
  full_name::TEXT AS full_name,
  email::TEXT AS email,
  evidence::TEXT AS evidence,
  seen_at::TIMESTAMP AS seen_at,
  order_count::INT AS order_count,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM intermediate.int_person_accounts
