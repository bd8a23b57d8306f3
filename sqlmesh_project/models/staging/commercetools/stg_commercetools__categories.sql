MODEL (
  name staging.stg_commercetools__categories,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key category_key
  ),
  signals (
    news()
  ),
  grain category_key,
  audits (
    not_null(columns := (category_key, store, category_id, loaded_at))
  ),
  description 'One row per category a commercetools project has ever shown; deleted ones are marked.'
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
      "name": "MAP(VARCHAR, VARCHAR)", "slug": "MAP(VARCHAR, VARCHAR)", "parent": {"id": "VARCHAR"},
      "createdAt": "VARCHAR", "lastModifiedAt": "VARCHAR"
    }'
    ) AS category
  FROM raw.commercetools__categories
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    category.name AS names,
    category.slug AS slugs,
    category.parent.id AS parent_id,
    category.createdAt AS created,
    category.lastModifiedAt AS modified
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS category_key,
  connection::TEXT AS store,
  id::TEXT AS category_id,
  @localized(names)::TEXT AS category_name,
  @localized(slugs)::TEXT AS category_slug,
  parent_id::TEXT AS parent_category_id,
  @at_utc(created)::TIMESTAMP AS created_at,
  COALESCE(updated_at, @at_utc(modified))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
