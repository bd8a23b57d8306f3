MODEL (
  name intermediate.int_commercetools__order_lines,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_item_key,
  audits (
    not_null(
      columns := (order_item_key, order_key, quantity, gross_sales_native, discounts_native)
    )
  ),
  description 'One row per line of a commercetools order, without tax, discounts on the whole order shared over the lines. Custom lines, which are of no product, are fees or discounts and not here.'
);

SELECT
  @surrogate_key(order_key, part_id)::TEXT AS order_item_key,
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  order_id::TEXT AS order_id,
  part_id::TEXT AS order_item_id,
  line_position::INT AS line_position,
  product_id::TEXT AS product_id,
  variant_id::TEXT AS variant_id,
  @surrogate_key(store, variant_id)::TEXT AS variant_key,
  product_name::TEXT AS product_name,
  sku::TEXT AS sku,
  quantity::INT AS quantity,
  (
    @rounded_quotient(
      gross_units::INT128 * CAST(POWER(10, 3 - LEAST(digits, 3)) AS INT128),
      quantity::INT128
    ) * CASE WHEN digits = 4 THEN 0.0001 ELSE 0.0010 END
  )::DECIMAL(18, 3) AS unit_price_native,
  @of_minor_units(gross_units, digits) AS gross_sales_native,
  @of_minor_units(discount_units, digits) AS discounts_native,
  NULL::DECIMAL(18, 3) AS unit_cost_native
FROM intermediate.int_commercetools__amounts
WHERE
  part = 'line'
