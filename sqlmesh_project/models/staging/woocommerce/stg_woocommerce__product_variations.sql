MODEL (
  name staging.stg_woocommerce__product_variations,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key variant_key
  ),
  signals (
    news()
  ),
  grain variant_key,
  audits (
    not_null(columns := (variant_key, product_key, store, variant_id, product_id, loaded_at))
  ),
  description 'One row per variation of a product a WooCommerce shop has ever shown. A variation without a stock of its own shows that of its product (is_stock_shared).'
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
      "parent_id": "VARCHAR", "name": "VARCHAR", "sku": "VARCHAR", "status": "VARCHAR", "price": "VARCHAR", "stock_quantity": "VARCHAR", "manage_stock": "VARCHAR", "cost_of_goods_sold": {"total_value": "VARCHAR"},
      "date_created_gmt": "VARCHAR", "date_modified_gmt": "VARCHAR", "attributes": "JSON"
    }'
    ) AS doc
  FROM raw.woocommerce__product_variations
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    doc.parent_id AS product_id,
    doc.name AS name,
    doc.sku AS sku,
    doc.status AS status,
    doc.price AS price,
    doc.stock_quantity AS stock,
    doc.manage_stock AS manage_stock,
    doc.cost_of_goods_sold.total_value AS cost,
    doc.date_created_gmt AS created,
    doc.date_modified_gmt AS modified,
    doc.attributes AS attributes
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS variant_key,
  @surrogate_key(connection, product_id)::TEXT AS product_key,
  connection::TEXT AS store,
  id::TEXT AS variant_id,
  product_id::TEXT AS product_id,
  COALESCE(
    NULLIF(name, ''),
    NULLIF(ARRAY_TO_STRING(@texts_at(attributes, '$[*].option'), ', '), '')
  ) /* Older shops leave the name out; it is the options, as in "M, Navy". */::TEXT AS variant_name,
  NULLIF(sku, '')::TEXT AS sku,
  status::TEXT AS status,
  @amount(NULLIF(price, ''))::DECIMAL(18, 3) AS unit_price_native,
  NULLIF(@amount(cost), 0) /* 0 where the shop keeps no book of costs. */::DECIMAL(18, 3) AS unit_cost_native,
  @amount(stock)::INT AS stock_quantity,
  (
    manage_stock IS NOT DISTINCT FROM 'parent'
  )::BOOLEAN AS is_stock_shared,
  @at_naive_utc(created)::TIMESTAMP AS created_at,
  COALESCE(updated_at, @at_naive_utc(modified))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
