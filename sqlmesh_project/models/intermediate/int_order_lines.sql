MODEL (
  name intermediate.int_order_lines,
  kind INCREMENTAL_UNMANAGED (
    forward_only FALSE,
    disable_restatement FALSE
  ),
  grain order_item_key,
  audits (
    not_null(columns := (order_item_key, order_key, store, quantity))
  ),
  description 'One row per line of an order of every shop. Lines an order no longer has are deleted after each run.'
);

@make_room(intermediate.int_orders, order_key);

WITH orders AS (
  SELECT
    order_key,
    platform,
    currency_code,
    told_at,
    loaded_at
  FROM intermediate.int_orders
  WHERE
    @is_new(loaded_at) AND NOT is_gone
), lines AS (
  @each_platform(order_lines, orders)
)
SELECT
  lines.order_item_key::TEXT AS order_item_key,
  lines.order_key::TEXT AS order_key,
  lines.store::TEXT AS store,
  lines.order_id::TEXT AS order_id,
  COALESCE(lines.order_item_id, lines.line_position::TEXT)::TEXT AS order_item_id,
  lines.line_position::INT AS line_position,
  lines.product_id::TEXT AS product_id,
  @surrogate_key(lines.store, lines.product_id)::TEXT AS product_key,
  lines.variant_id::TEXT AS variant_id,
  lines.variant_key::TEXT AS variant_key,
  lines.product_name::TEXT AS product_name,
  lines.sku::TEXT AS sku,
  lines.quantity::INT AS quantity,
  (
    lines.unit_price_native - @untold_tax(orders.platform, lines.unit_price_native, orders.currency_code)
  )::DECIMAL(18, 3) AS unit_price_native,
  (
    lines.gross_sales_native - @untold_tax(orders.platform, lines.gross_sales_native, orders.currency_code)
  )::DECIMAL(18, 3) AS gross_sales_native,
  (
    lines.discounts_native - @untold_tax(orders.platform, lines.discounts_native, orders.currency_code)
  )::DECIMAL(18, 3) AS discounts_native,
  lines.unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  orders.loaded_at::TIMESTAMP AS loaded_at
FROM lines
JOIN orders
  ON orders.order_key = lines.order_key
