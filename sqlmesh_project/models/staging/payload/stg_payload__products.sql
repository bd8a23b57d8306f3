MODEL (
  name staging.stg_payload__products,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key product_key
  ),
  signals (
    news()
  ),
  grain product_key,
  audits (
    not_null(
      columns := (product_key, store, product_id, updated_at, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per product a Payload site has ever shown, drafts and the trash included; what is in the trash counts as deleted.'
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
      "title": "VARCHAR", "slug": "VARCHAR", "categories": ["VARCHAR"], "inventory": "VARCHAR", "enableVariants": "BOOLEAN",
      "_status": "VARCHAR", "deletedAt": "VARCHAR", "createdAt": "VARCHAR", "updatedAt": "VARCHAR"
    }'
    ) AS product
  FROM raw.payload__products
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    product.title AS title,
    product.slug AS slug,
    product.categories[1] AS category,
    product.inventory AS inventory,
    product.enableVariants AS has_variants,
    product._status AS status,
    product.deletedAt AS trashed,
    product.createdAt AS created,
    product.updatedAt AS changed
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS product_key,
  connection::TEXT AS store,
  id::TEXT AS product_id,
  title::TEXT AS product_name,
  slug::TEXT AS slug,
  @object_id(category)::TEXT AS category_id,
  @amount(inventory)::INT AS stock_quantity,
  COALESCE(has_variants, FALSE)::BOOLEAN AS has_variants,
  (
    status IS NOT DISTINCT FROM 'draft'
  )::BOOLEAN AS is_draft,
  @at_utc(created)::TIMESTAMP AS created_at,
  @at_utc(changed)::TIMESTAMP AS updated_at,
  (
    is_deleted OR NOT trashed IS NULL
  )::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
