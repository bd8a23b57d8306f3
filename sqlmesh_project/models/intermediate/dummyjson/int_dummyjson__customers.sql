MODEL (
  name intermediate.int_dummyjson__customers,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain customer_key,
  audits (
    not_null(columns := (customer_key, store, customer_id, loaded_at))
  ),
  description 'One row per user of a DummyJSON shop. The platform does not tell when a user signed up.'
);

SELECT
  customer_key::TEXT AS customer_key,
  store::TEXT AS store,
  user_id::TEXT AS customer_id,
  full_name::TEXT AS full_name,
  LOWER(TRIM(email))::TEXT AS email,
  NULL::TEXT AS phone,
  city::TEXT AS city,
  state::TEXT AS state,
  country_code::TEXT AS country_code,
  CASE WHEN LOWER(gender) IN ('female', 'male') THEN LOWER(gender) END::TEXT AS gender,
  NULL::DATE AS birth_date,
  age::INT AS age,
  NULL::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM intermediate.int_users_cleaned_locations
