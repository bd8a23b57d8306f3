MODEL (
  name staging.stg_tables__products,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key product_key
  ),
  signals (
    news()
  ),
  grain product_key,
  audits (
    not_null(
      columns := (product_key, store, product_id, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per product of a shop that has tables; one that left the table is marked.'
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
      "product_name": "VARCHAR", "slug": "VARCHAR", "brand": "VARCHAR", "category_id": "VARCHAR",
      "unit_price": "VARCHAR", "unit_cost": "VARCHAR", "stock_quantity": "INTEGER", "is_active": "BOOLEAN",
      "created_at": "VARCHAR"
    }'
    ) AS doc
  FROM raw.tables__products
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    NULLIF(TRIM(doc.product_name), '') AS product_name,
    NULLIF(TRIM(doc.slug), '') AS slug,
    NULLIF(TRIM(doc.brand), '') AS brand,
    NULLIF(TRIM(doc.category_id), '') AS category_id,
    doc.unit_price AS unit_price,
    doc.unit_cost AS unit_cost,
    doc.stock_quantity AS stock_quantity,
    doc.is_active AS is_active,
    doc.created_at AS created_at
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS product_key,
  connection::TEXT AS store,
  id::TEXT AS product_id,
  product_name::TEXT AS product_name,
  slug::TEXT AS slug,
  brand::TEXT AS brand,
  category_id::TEXT AS category_id,
  @amount(unit_price)::DECIMAL(18, 3) AS unit_price_native,
  @amount(unit_cost)::DECIMAL(18, 3) AS unit_cost_native,
  stock_quantity::INT AS stock_quantity,
  is_active::BOOLEAN AS is_active,
  @at_utc(created_at)::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
