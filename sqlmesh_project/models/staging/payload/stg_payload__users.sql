MODEL (
  name staging.stg_payload__users,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key user_key
  ),
  signals (
    news()
  ),
  grain user_key,
  audits (
    not_null(columns := (user_key, store, user_id, loaded_at), condition := NOT is_deleted)
  ),
  description 'One row per account of a Payload site, its administrators included; deleted ones are marked.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "name": "VARCHAR", "email": "VARCHAR", "roles": ["VARCHAR"], "createdAt": "VARCHAR", "updatedAt": "VARCHAR"
    }'
    ) AS account
  FROM raw.payload__users
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    account.name AS name,
    account.email AS email,
    account.roles AS roles,
    account.createdAt AS created,
    account.updatedAt AS changed
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS user_key,
  connection::TEXT AS store,
  id::TEXT AS user_id,
  NULLIF(TRIM(name), '')::TEXT AS full_name,
  NULLIF(LOWER(TRIM(email)), '')::TEXT AS email,
  COALESCE(ARRAY_CONTAINS(roles, 'customer'), FALSE)::BOOLEAN AS is_customer,
  @at_utc(created)::TIMESTAMP AS created_at,
  @at_utc(changed)::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
