MODEL (
  name staging.stg_payload__categories,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key category_key
  ),
  signals (
    news()
  ),
  grain category_key,
  audits (
    not_null(
      columns := (category_key, store, category_id, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per category a Payload site has ever shown; deleted ones are marked.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(payload, '{"title": "VARCHAR", "slug": "VARCHAR"}') AS category
  FROM raw.payload__categories
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    category.title AS title,
    category.slug AS slug
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS category_key,
  connection::TEXT AS store,
  id::TEXT AS category_id,
  title::TEXT AS category_name,
  slug::TEXT AS category_slug,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
