MODEL (
  name intermediate.int_tables__order_lines,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_item_key,
  audits (
    not_null(
      columns := (
        order_item_key,
        order_key,
        line_position,
        quantity,
        gross_sales_native,
        discounts_native
      )
    )
  ),
  description 'One row per line of an order of a shop that has tables, of those that still stand in both tables.'
);

/* Only lines without a number of their own are sorted: all others are left where they are. */
WITH unnumbered AS (
  SELECT
    order_item_key,
    ROW_NUMBER() OVER (PARTITION BY order_key ORDER BY LENGTH(order_item_id), order_item_id) AS line_position
  FROM staging.stg_tables__order_items
  WHERE
    line_number IS NULL AND NOT is_deleted
)
SELECT
  items.order_item_key::TEXT AS order_item_key,
  items.order_key::TEXT AS order_key,
  items.store::TEXT AS store,
  items.order_id::TEXT AS order_id,
  items.order_item_id::TEXT AS order_item_id,
  COALESCE(items.line_number, unnumbered.line_position)::INT AS line_position,
  items.product_id::TEXT AS product_id,
  NULL::TEXT AS variant_id,
  @key_of_itself(items.store, items.product_id)::TEXT AS variant_key,
  items.product_name::TEXT AS product_name,
  items.sku::TEXT AS sku,
  items.quantity::INT AS quantity,
  items.unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  items.gross_sales_native::DECIMAL(18, 3) AS gross_sales_native,
  items.discounts_native::DECIMAL(18, 3) AS discounts_native,
  items.unit_cost_native::DECIMAL(18, 3) AS unit_cost_native
FROM staging.stg_tables__order_items AS items
JOIN staging.stg_tables__orders AS orders
  ON orders.order_key = items.order_key
LEFT JOIN unnumbered
  ON unnumbered.order_item_key = items.order_item_key
WHERE
  NOT items.is_deleted AND NOT orders.is_deleted
