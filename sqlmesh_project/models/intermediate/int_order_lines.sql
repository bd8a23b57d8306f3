MODEL (
  name intermediate.int_order_lines,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_item_key
  ),
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
  description 'One row per line of an order; its key is the order and the position, since a cart may hold the same product twice. Lines an order no longer has are deleted after each run.'
);

WITH unnested AS (
  SELECT
    orders.order_key,
    orders.store,
    orders.order_id,
    orders.loaded_at,
    @rows_of(carts.lines) AS line,
    @positions_of(carts.lines) AS line_position
  FROM intermediate.int_orders AS orders
  JOIN staging.stg_dummyjson__carts AS carts
    ON carts.order_key = orders.order_key
  WHERE
    @is_new(orders.loaded_at) AND NOT orders.is_gone
), lines AS (
  SELECT
    order_key,
    store,
    order_id,
    loaded_at,
    line_position,
    line.id AS product_id,
    line.title AS product_name,
    line.quantity AS quantity,
    @amount(line.price) AS price,
    @amount(line.total) AS total,
    @amount(line.discountedTotal) AS discounted_total
  FROM unnested
)
SELECT
  @surrogate_key(order_key, line_position)::TEXT AS order_item_key,
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  order_id::TEXT AS order_id,
  line_position::INT AS line_position,
  product_id::TEXT AS product_id,
  @surrogate_key(store, product_id)::TEXT AS product_key,
  product_name::TEXT AS product_name,
  quantity::INT AS quantity,
  ROUND(price, 2)::DECIMAL(18, 3) AS unit_price_native,
  ROUND(total, 2)::DECIMAL(18, 3) AS gross_sales_native,
  ROUND(total - discounted_total, 2)::DECIMAL(18, 3) AS discounts_native,
  loaded_at::TIMESTAMP AS loaded_at
FROM lines;

@forget_vanished(intermediate.int_orders, order_key)
