MODEL (
  name staging.stg_tables__order_items,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_item_key
  ),
  signals (
    news()
  ),
  grain order_item_key,
  audits (
    not_null(
      columns := (
        order_item_key,
        order_key,
        store,
        order_item_id,
        quantity,
        unit_price_native,
        loaded_at
      ),
      condition := NOT is_deleted
    )
  ),
  description 'One row per line of an order of a shop that has tables; a line that left the table is marked.'
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
      "order_id": "VARCHAR", "line_number": "INTEGER", "product_id": "VARCHAR", "sku": "VARCHAR",
      "product_name": "VARCHAR", "quantity": "INTEGER", "unit_price": "VARCHAR", "discount": "VARCHAR", "unit_cost": "VARCHAR"
    }'
    ) AS doc
  FROM raw.tables__order_items
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    NULLIF(TRIM(doc.order_id), '') AS order_id,
    doc.line_number AS line_number,
    NULLIF(TRIM(doc.product_id), '') AS product_id,
    NULLIF(TRIM(doc.sku), '') AS sku,
    NULLIF(TRIM(doc.product_name), '') AS product_name,
    doc.quantity AS quantity,
    doc.unit_price AS unit_price,
    doc.discount AS discount,
    doc.unit_cost AS unit_cost
  FROM payloads
)
SELECT
  @surrogate_key(@surrogate_key(connection, order_id), id)::TEXT AS order_item_key,
  @surrogate_key(connection, order_id)::TEXT AS order_key,
  connection::TEXT AS store,
  order_id::TEXT AS order_id,
  id::TEXT AS order_item_id,
  line_number::INT AS line_number,
  product_id::TEXT AS product_id,
  sku::TEXT AS sku,
  product_name::TEXT AS product_name,
  quantity::INT AS quantity,
  @amount(unit_price)::DECIMAL(18, 3) AS unit_price_native,
  ROUND(quantity * @amount(unit_price), 3)::DECIMAL(18, 3) AS gross_sales_native,
  COALESCE(@amount(discount), 0)::DECIMAL(18, 3) AS discounts_native,
  @amount(unit_cost)::DECIMAL(18, 3) AS unit_cost_native,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
