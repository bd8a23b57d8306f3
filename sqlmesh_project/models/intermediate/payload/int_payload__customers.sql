MODEL (
  name intermediate.int_payload__customers,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain customer_key,
  audits (
    not_null(columns := (customer_key, store, customer_id, is_deleted, loaded_at))
  ),
  description 'One row per account of a Payload site with the role of a customer, with the address of its address book that changed last. Administrators are left out.'
);

WITH newest AS (
  SELECT
    store,
    customer_id,
    city,
    state,
    country_code,
    phone,
    ROW_NUMBER() OVER (PARTITION BY store, customer_id ORDER BY is_deleted, updated_at DESC, address_id) AS place,
    is_deleted,
    MAX(loaded_at) OVER (PARTITION BY store, customer_id) AS loaded_at
  FROM staging.stg_payload__addresses
)
SELECT
  users.user_key::TEXT AS customer_key,
  users.store::TEXT AS store,
  users.user_id::TEXT AS customer_id,
  users.full_name::TEXT AS full_name,
  users.email::TEXT AS email,
  CASE WHEN NOT newest.is_deleted THEN newest.phone END::TEXT AS phone,
  CASE WHEN NOT newest.is_deleted THEN newest.city END::TEXT AS city,
  CASE WHEN NOT newest.is_deleted THEN newest.state END::TEXT AS state,
  CASE WHEN NOT newest.is_deleted THEN newest.country_code END::TEXT AS country_code,
  NULL::TEXT AS gender,
  NULL::DATE AS birth_date,
  NULL::INT AS age,
  users.created_at::TIMESTAMP AS created_at,
  users.updated_at::TIMESTAMP AS updated_at,
  users.is_deleted::BOOLEAN AS is_deleted,
  GREATEST(users.loaded_at, newest.loaded_at)::TIMESTAMP AS loaded_at
FROM staging.stg_payload__users AS users
LEFT JOIN newest
  ON newest.store = users.store
  AND newest.customer_id = users.user_id
  AND newest.place = 1
WHERE
  users.is_customer
