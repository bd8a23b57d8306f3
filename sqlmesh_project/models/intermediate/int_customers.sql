MODEL (
  name intermediate.int_customers,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain account_key,
  audits (
    not_null(columns := (account_key, store, customer_id))
  ),
  description 'One row per customer of every shop, with or without orders. The same person in two shops is two rows; who is who is in int_customer_keys.'
);

WITH customers AS (
  @each_platform(customers)
)
SELECT
  platform::TEXT AS platform,
  customer_key::TEXT AS account_key,
  store::TEXT AS store,
  customer_id::TEXT AS customer_id,
  full_name::TEXT AS full_name,
  email::TEXT AS email,
  phone::TEXT AS phone,
  city::TEXT AS city,
  state::TEXT AS state,
  country_code::TEXT AS country_code,
  gender::TEXT AS gender,
  birth_date::DATE AS birth_date,
  age::INT AS age,
  created_at::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM customers
