MODEL (
  name intermediate.int_woocommerce__lines,
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
        discounts_native,
        tax_native
      )
    )
  ),
  description 'One row per line of a WooCommerce order, with the tax on what is paid for it. Gross is before discounts; where somebody raised a line above its price by hand, the higher amount is its gross.'
);

WITH unnested AS (
  SELECT
    order_key,
    store,
    order_id,
    @rows_of(lines) AS line,
    @positions_of(lines) AS line_position
  FROM staging.stg_woocommerce__orders
), lines AS (
  SELECT
    order_key,
    store,
    order_id,
    line_position,
    line.id AS order_item_id,
    NULLIF(line.product_id, '0') AS product_id,
    NULLIF(line.variation_id, '0') AS variant_id,
    line.name AS product_name,
    NULLIF(line.sku, '') AS sku,
    COALESCE(@amount(line.quantity), 0.000)::INT AS quantity,
    @amount(line.subtotal)::DECIMAL(18, 3) AS subtotal_given,
    COALESCE(@amount(line.total)::DECIMAL(18, 3), 0.000) AS total,
    COALESCE(@amount(line.total_tax)::DECIMAL(18, 3), 0.000) AS tax,
    NULLIF(@amount(line.cost)::DECIMAL(18, 3), 0.000) AS cost
  FROM unnested
), priced AS (
  /* In 64 bits throughout: DuckDB computes with wider decimals many times slower. */
  SELECT
    order_key,
    store,
    order_id,
    line_position,
    order_item_id,
    product_id,
    variant_id,
    product_name,
    sku,
    quantity,
    GREATEST(COALESCE(subtotal_given, total), total) AS gross,
    total,
    tax,
    cost
  FROM lines
)
SELECT
  @surrogate_key(order_key, order_item_id)::TEXT AS order_item_key,
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  order_id::TEXT AS order_id,
  order_item_id::TEXT AS order_item_id,
  line_position::INT AS line_position,
  product_id::TEXT AS product_id,
  variant_id::TEXT AS variant_id,
  product_name::TEXT AS product_name,
  sku::TEXT AS sku,
  quantity::INT AS quantity,
  (
    gross / NULLIF(quantity, 0)
  )::DECIMAL(18, 3) AS unit_price_native,
  gross::DECIMAL(18, 3) AS gross_sales_native,
  (
    gross - total
  )::DECIMAL(18, 3) AS discounts_native,
  total::DECIMAL(18, 3) AS net_native,
  tax::DECIMAL(18, 3) AS tax_native,
  (
    cost / NULLIF(quantity, 0)
  )::DECIMAL(18, 3) AS unit_cost_native
FROM priced
