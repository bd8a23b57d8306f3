MODEL (
  name staging.stg_woocommerce__products,
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
  description 'One row per product a WooCommerce shop has ever shown, unpublished ones and the trash among them. Prices are as the shop shows them, with tax where its prices include it.'
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
      "name": "VARCHAR", "slug": "VARCHAR", "type": "VARCHAR", "status": "VARCHAR", "sku": "VARCHAR", "price": "VARCHAR", "regular_price": "VARCHAR",
      "stock_quantity": "VARCHAR", "manage_stock": "VARCHAR", "cost_of_goods_sold": {"total_value": "VARCHAR"}, "average_rating": "VARCHAR", "rating_count": "INTEGER",
      "date_created_gmt": "VARCHAR", "date_modified_gmt": "VARCHAR",
      "categories": [{"id": "VARCHAR", "name": "VARCHAR", "slug": "VARCHAR"}], "brands": [{"name": "VARCHAR"}]
    }'
    ) AS doc
  FROM raw.woocommerce__products
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    doc.name AS name,
    doc.slug AS slug,
    doc.type AS type,
    doc.status AS status,
    doc.sku AS sku,
    doc.price AS price,
    doc.regular_price AS regular_price,
    doc.stock_quantity AS stock,
    doc.manage_stock AS manage_stock,
    doc.cost_of_goods_sold.total_value AS cost,
    doc.average_rating AS average_rating,
    doc.rating_count AS rating_count,
    doc.date_created_gmt AS created,
    doc.date_modified_gmt AS modified,
    doc.categories AS categories,
    doc.brands AS brands
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS product_key,
  connection::TEXT AS store,
  id::TEXT AS product_id,
  name::TEXT AS product_name,
  NULLIF(slug, '')::TEXT AS slug,
  type::TEXT AS product_type,
  status::TEXT AS status,
  NULLIF(sku, '')::TEXT AS sku,
  @amount(NULLIF(price, ''))::DECIMAL(18, 3) AS unit_price_native,
  @amount(NULLIF(regular_price, ''))::DECIMAL(18, 3) AS regular_price_native,
  NULLIF(@amount(cost), 0) /* 0 where the shop keeps no book of costs. */::DECIMAL(18, 3) AS unit_cost_native,
  @amount(stock)::INT AS stock_quantity,
  CASE WHEN rating_count > 0 THEN TRY_CAST(average_rating AS DECIMAL(4, 2)) END /* Without a review the average is 0.00, which is no rating. */::DECIMAL(4, 2) AS rating,
  rating_count::INT AS rating_count,
  CAST(@first_of(categories).id AS TEXT) AS category_id,
  REPLACE(@first_of(categories).name, '&amp;', '&') /* Names of terms come escaped for HTML. */::TEXT AS category_name,
  CAST(@first_of(categories).slug AS TEXT) AS category_slug,
  REPLACE(@first_of(brands).name, '&amp;', '&')::TEXT AS brand,
  @at_naive_utc(created)::TIMESTAMP AS created_at,
  COALESCE(updated_at, @at_naive_utc(modified))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
