MODEL (
  name staging.stg_dummyjson__products,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key product_key
  ),
  signals (
    news()
  ),
  grain product_key,
  audits (
    not_null(columns := (product_key, store, product_id, loaded_at))
  ),
  description 'One row per product a DummyJSON shop has ever listed; those no longer listed are marked.'
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
      "title": "VARCHAR", "category": "VARCHAR", "price": "VARCHAR", "rating": "VARCHAR", "stock": "INTEGER", "brand": "VARCHAR", "sku": "VARCHAR",
      "reviews": [{"rating": "INTEGER", "date": "VARCHAR", "reviewerEmail": "VARCHAR"}],
      "meta": {"createdAt": "VARCHAR", "updatedAt": "VARCHAR"}
    }'
    ) AS product
  FROM raw.dummyjson__products
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    product.title AS title,
    product.category AS category,
    product.price AS price,
    product.rating AS rating,
    product.stock AS stock,
    product.brand AS brand,
    product.sku AS sku,
    product.reviews AS reviews,
    product.meta.createdAt AS created,
    product.meta.updatedAt AS updated
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS product_key,
  connection::TEXT AS store,
  id::TEXT AS product_id,
  title::TEXT AS product_name,
  category::TEXT AS category_slug,
  brand::TEXT AS brand,
  sku::TEXT AS sku,
  ROUND(@amount(price), 2)::DECIMAL(18, 3) AS unit_price_native,
  stock::INT AS stock_quantity,
  TRY_CAST(rating AS DECIMAL(4, 2)) AS rating,
  reviews::STRUCT(rating INT, date TEXT, "reviewerEmail" TEXT)[] AS reviews,
  @at_utc(created)::TIMESTAMP AS created_at,
  COALESCE(updated_at, @at_utc(updated))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
