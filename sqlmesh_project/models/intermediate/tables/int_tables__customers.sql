MODEL (
  name intermediate.int_tables__customers,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain customer_key,
  audits (
    not_null(columns := (customer_key, store, customer_id, loaded_at))
  ),
  description 'One row per customer of a shop that has tables.'
);

SELECT
  customer_key::TEXT AS customer_key,
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
  NULL::INT AS age,
  created_at::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM staging.stg_tables__customers
