MODEL (
  name staging.stg_tables__customers,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key customer_key
  ),
  signals (
    news()
  ),
  grain customer_key,
  audits (
    not_null(
      columns := (customer_key, store, customer_id, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per customer of a shop that has tables; one that left the table is marked.'
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
      "email": "VARCHAR", "full_name": "VARCHAR", "first_name": "VARCHAR", "last_name": "VARCHAR",
      "phone": "VARCHAR", "city": "VARCHAR", "state": "VARCHAR", "country_code": "VARCHAR",
      "birth_date": "DATE", "gender": "VARCHAR", "created_at": "VARCHAR"
    }'
    ) AS doc
  FROM raw.tables__customers
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    NULLIF(TRIM(doc.email), '') AS email,
    NULLIF(TRIM(doc.full_name), '') AS full_name,
    NULLIF(TRIM(doc.first_name), '') AS first_name,
    NULLIF(TRIM(doc.last_name), '') AS last_name,
    NULLIF(TRIM(doc.phone), '') AS phone,
    NULLIF(TRIM(doc.city), '') AS city,
    NULLIF(TRIM(doc.state), '') AS state,
    NULLIF(TRIM(doc.country_code), '') AS country_code,
    doc.birth_date AS birth_date,
    NULLIF(TRIM(doc.gender), '') AS gender,
    doc.created_at AS created_at
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS customer_key,
  connection::TEXT AS store,
  id::TEXT AS customer_id,
  COALESCE(full_name, NULLIF(CONCAT_WS(' ', first_name, last_name), ''))::TEXT AS full_name,
  LOWER(email)::TEXT AS email,
  phone::TEXT AS phone,
  city::TEXT AS city,
  state::TEXT AS state,
  UPPER(country_code)::TEXT AS country_code,
  CASE
    WHEN LOWER(gender) IN ('female', 'f', 'woman')
    THEN 'female'
    WHEN LOWER(gender) IN ('male', 'm', 'man')
    THEN 'male'
  END::TEXT AS gender,
  birth_date::DATE AS birth_date,
  @at_utc(created_at)::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
