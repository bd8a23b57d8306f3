MODEL (
  name staging.stg_dummyjson__users,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key customer_key
  ),
  signals (
    news()
  ),
  grain customer_key,
  audits (
    not_null(columns := (customer_key, store, user_id, loaded_at))
  ),
  description 'One row per user a DummyJSON shop has ever had; those who left are marked.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "firstName": "VARCHAR", "lastName": "VARCHAR", "age": "INTEGER", "gender": "VARCHAR", "email": "VARCHAR", "role": "VARCHAR",
      "address": {"city": "VARCHAR", "state": "VARCHAR", "stateCode": "VARCHAR", "country": "VARCHAR"}
    }'
    ) AS person
  FROM raw.dummyjson__users
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    person.firstName AS first_name,
    person.lastName AS last_name,
    person.age AS age,
    person.gender AS gender,
    person.email AS email,
    person.role AS role,
    person.address.city AS city,
    person.address.state AS state,
    person.address.stateCode AS state_code,
    person.address.country AS country
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS customer_key,
  connection::TEXT AS store,
  id::TEXT AS user_id,
  first_name::TEXT AS first_name,
  last_name::TEXT AS last_name,
  email::TEXT AS email,
  age::INT AS age,
  gender::TEXT AS gender,
  role::TEXT AS role,
  city::TEXT AS city,
  state::TEXT AS state,
  state_code::TEXT AS state_code,
  country::TEXT AS country,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
