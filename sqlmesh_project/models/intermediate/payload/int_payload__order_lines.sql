MODEL (
  name intermediate.int_payload__order_lines,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_item_key,
  audits (
    not_null(columns := (order_item_key, order_key, store, order_id))
  ),
  description 'One row per line of a Payload order. Payload tells no price of a line: what stands here is its share of the order''s amount. It tells no tax and no discount either, so none are taken out.'
);

SELECT
  lines.order_item_key::TEXT AS order_item_key,
  lines.order_key::TEXT AS order_key,
  lines.store::TEXT AS store,
  lines.order_id::TEXT AS order_id,
  lines.order_item_id::TEXT AS order_item_id,
  lines.line_position::INT AS line_position,
  lines.product_id::TEXT AS product_id,
  lines.variant_id::TEXT AS variant_id,
  COALESCE(
    @surrogate_key(lines.store, lines.variant_id),
    @key_of_itself(lines.store, lines.product_id)
  )::TEXT AS variant_key,
  COALESCE(variants.variant_name, products.product_name)::TEXT AS product_name,
  NULL::TEXT AS sku,
  lines.quantity::INT AS quantity,
  ROUND(
    shares.share_units * @iso_minor_unit(shares.currency_code) / NULLIF(lines.quantity, 0),
    3
  )::DECIMAL(18, 3) AS unit_price_native,
  (
    shares.share_units * @iso_minor_unit(shares.currency_code)
  )::DECIMAL(18, 3) AS gross_sales_native,
  0::DECIMAL(18, 3) AS discounts_native,
  NULL::DECIMAL(18, 3) AS unit_cost_native
FROM staging.stg_payload__order_lines AS lines
JOIN intermediate.int_payload__line_shares AS shares
  ON shares.order_item_key = lines.order_item_key
LEFT JOIN staging.stg_payload__variants AS variants
  ON variants.store = lines.store AND variants.variant_id = lines.variant_id
LEFT JOIN staging.stg_payload__products AS products
  ON products.store = lines.store AND products.product_id = lines.product_id
