MODEL (
  name intermediate.int_dummyjson__order_lines,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_item_key,
  audits (
    not_null(columns := (order_item_key, order_key))
  ),
  description 'One row per line of a cart; its key is the order and the position, since a cart may hold the same product twice.'
);

WITH unnested AS (
  SELECT
    order_key,
    store,
    cart_id,
    @rows_of(lines) AS line,
    @positions_of(lines) AS line_position
  FROM staging.stg_dummyjson__carts
), lines AS (
  SELECT
    order_key,
    store,
    cart_id,
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
  cart_id::TEXT AS order_id,
  line_position::TEXT AS order_item_id,
  line_position::INT AS line_position,
  product_id::TEXT AS product_id,
  NULL::TEXT AS variant_id,
  @key_of_itself(store, product_id)::TEXT AS variant_key,
  product_name::TEXT AS product_name,
  NULL::TEXT AS sku,
  quantity::INT AS quantity,
  ROUND(price, 2)::DECIMAL(18, 3) AS unit_price_native,
  ROUND(total, 2)::DECIMAL(18, 3) AS gross_sales_native,
  ROUND(total - discounted_total, 2)::DECIMAL(18, 3) AS discounts_native,
  NULL::DECIMAL(18, 3) AS unit_cost_native
FROM lines
