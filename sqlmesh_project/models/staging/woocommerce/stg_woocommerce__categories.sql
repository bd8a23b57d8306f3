MODEL (
  name staging.stg_woocommerce__categories,
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
  description 'One row per product category a WooCommerce shop has ever shown; deleted ones are marked.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(payload, '{"name": "VARCHAR", "slug": "VARCHAR", "parent": "VARCHAR"}') AS doc
  FROM raw.woocommerce__categories
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    doc.name AS name,
    doc.slug AS slug,
    doc.parent AS parent
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS category_key,
  connection::TEXT AS store,
  id::TEXT AS category_id,
  REPLACE(name, '&amp;', '&') /* Names of terms come escaped for HTML. */::TEXT AS category_name,
  slug::TEXT AS category_slug,
  NULLIF(parent, '0')::TEXT AS parent_category_id,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
