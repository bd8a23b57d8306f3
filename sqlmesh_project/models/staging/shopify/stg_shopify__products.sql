MODEL (
  name staging.stg_shopify__products,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key product_key
  ),
  signals (
    news()
  ),
  grain product_key,
  audits (
    not_null(
      columns := (product_key, store, product_id, product_name, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per product a Shopify shop lists or has listed; deleted ones are marked. Archived and draft products are there too.'
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
      "title": "VARCHAR", "handle": "VARCHAR", "vendor": "VARCHAR", "productType": "VARCHAR", "status": "VARCHAR",
      "isGiftCard": "BOOLEAN", "tags": ["VARCHAR"], "tracksInventory": "BOOLEAN", "totalInventory": "INTEGER",
      "createdAt": "VARCHAR", "publishedAt": "VARCHAR", "updatedAt": "VARCHAR"
    }'
    ) AS product
  FROM raw.shopify__products
  WHERE
    @is_new(loaded_at)
)
SELECT
  @surrogate_key(connection, @number_of_gid(id))::TEXT AS product_key,
  connection::TEXT AS store,
  @number_of_gid(id)::TEXT AS product_id,
  product.title::TEXT AS product_name,
  product.handle::TEXT AS slug,
  NULLIF(TRIM(product.vendor), '')::TEXT AS vendor,
  NULLIF(TRIM(product.productType), '')::TEXT AS product_type,
  product.status::TEXT AS status,
  product.isGiftCard::BOOLEAN AS is_gift_card,
  product.tags::TEXT[] AS tags,
  CASE WHEN product.tracksInventory THEN product.totalInventory END::INT AS stock_quantity,
  @at_utc(product.createdAt)::TIMESTAMP AS created_at,
  @at_utc(product.publishedAt)::TIMESTAMP AS published_at,
  @at_utc(product.updatedAt)::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM payloads
