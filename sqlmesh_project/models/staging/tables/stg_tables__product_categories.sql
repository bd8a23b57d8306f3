MODEL (
  name staging.stg_tables__product_categories,
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
  description 'One row per product category of a shop that has tables; one that left the table is marked.'
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
      "category_name": "VARCHAR", "slug": "VARCHAR", "parent_category_id": "VARCHAR"
    }'
    ) AS doc
  FROM raw.tables__product_categories
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    NULLIF(TRIM(doc.category_name), '') AS category_name,
    NULLIF(TRIM(doc.slug), '') AS slug,
    NULLIF(TRIM(doc.parent_category_id), '') AS parent_category_id
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS category_key,
  connection::TEXT AS store,
  id::TEXT AS category_id,
  category_name::TEXT AS category_name,
  slug::TEXT AS category_slug,
  parent_category_id::TEXT AS parent_category_id,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
