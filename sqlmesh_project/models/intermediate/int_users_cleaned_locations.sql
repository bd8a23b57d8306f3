MODEL (
  name intermediate.int_users_cleaned_locations,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key customer_key
  ),
  grain customer_key,
  audits (
    not_null(columns := (customer_key, store, user_id, is_state_corrected)),
    states_fit_cities
  ),
  description 'One row per user of a shop, with the state of a known large city put right. What the platform said stays beside it (raw_state, raw_state_code); cities the reference does not know, and places abroad, are left as they are.'
);

WITH users AS (
  SELECT
    customer_key,
    store,
    user_id,
    first_name,
    last_name,
    email,
    age,
    gender,
    role,
    TRIM(city) AS city,
    state,
    state_code,
    country,
    updated_at,
    is_deleted,
    loaded_at,
    CASE
      WHEN LOWER(TRIM(country)) IN ('united states', 'united states of america', 'usa', 'us')
      THEN 'US'
      WHEN LENGTH(TRIM(country)) = 2
      THEN UPPER(TRIM(country))
    END AS country_code
  FROM staging.stg_dummyjson__users
  WHERE
    @is_new(loaded_at)
)
SELECT
  users.customer_key::TEXT AS customer_key,
  users.store::TEXT AS store,
  users.user_id::TEXT AS user_id,
  NULLIF(TRIM(COALESCE(users.first_name, '') || ' ' || COALESCE(users.last_name, '')), '')::TEXT AS full_name,
  users.email::TEXT AS email,
  users.age::INT AS age,
  users.gender::TEXT AS gender,
  users.role::TEXT AS role,
  COALESCE(cities.city, users.city)::TEXT AS city,
  COALESCE(cities.state, users.state)::TEXT AS state,
  COALESCE(cities.state_code, users.state_code)::TEXT AS state_code,
  users.country_code::TEXT AS country_code,
  users.state::TEXT AS raw_state,
  users.state_code::TEXT AS raw_state_code,
  COALESCE(
    cities.state <> COALESCE(users.state, '')
    OR cities.state_code <> COALESCE(users.state_code, ''),
    FALSE
  )::BOOLEAN AS is_state_corrected,
  users.updated_at::TIMESTAMP AS updated_at,
  users.is_deleted::BOOLEAN AS is_deleted,
  users.loaded_at::TIMESTAMP AS loaded_at
FROM users
LEFT JOIN reference.us_cities AS cities
  ON REPLACE(LOWER(cities.city), 'st. ', 'saint ') = REPLACE(LOWER(users.city), 'st. ', 'saint ')
  AND COALESCE(users.country_code, 'US') = 'US'
