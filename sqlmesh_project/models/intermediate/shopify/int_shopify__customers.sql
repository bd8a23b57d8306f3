MODEL (
  name intermediate.int_shopify__customers,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain customer_key,
  audits (
    not_null(columns := (customer_key, store, customer_id, is_deleted, loaded_at))
  ),
  description 'One row per customer of a Shopify shop. The platform knows neither gender nor age.'
);

SELECT
  customer_key::TEXT AS customer_key,
  store::TEXT AS store,
  customer_id::TEXT AS customer_id,
  NULLIF(TRIM(COALESCE(first_name, '') || ' ' || COALESCE(last_name, '')), '')::TEXT AS full_name,
  email::TEXT AS email,
  phone::TEXT AS phone,
  city::TEXT AS city,
  state::TEXT AS state,
  country_code::TEXT AS country_code,
  NULL::TEXT AS gender,
  NULL::DATE AS birth_date,
  NULL::INT AS age,
  created_at::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM staging.stg_shopify__customers
