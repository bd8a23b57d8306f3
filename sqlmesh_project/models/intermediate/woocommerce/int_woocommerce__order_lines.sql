MODEL (
  name intermediate.int_woocommerce__order_lines,
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
  description 'One row per line of a WooCommerce order; coupons are in the lines'' discounts already.'
);

SELECT
  order_item_key::TEXT AS order_item_key,
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  order_id::TEXT AS order_id,
  order_item_id::TEXT AS order_item_id,
  line_position::INT AS line_position,
  product_id::TEXT AS product_id,
  variant_id::TEXT AS variant_id,
  COALESCE(@surrogate_key(store, variant_id), @key_of_itself(store, product_id))::TEXT AS variant_key,
  product_name::TEXT AS product_name,
  sku::TEXT AS sku,
  quantity::INT AS quantity,
  unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  gross_sales_native::DECIMAL(18, 3) AS gross_sales_native,
  discounts_native::DECIMAL(18, 3) AS discounts_native,
  unit_cost_native::DECIMAL(18, 3) AS unit_cost_native
FROM intermediate.int_woocommerce__lines
