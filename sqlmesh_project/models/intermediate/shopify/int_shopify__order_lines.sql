MODEL (
  name intermediate.int_shopify__order_lines,
  kind INCREMENTAL_UNMANAGED (
    forward_only FALSE,
    disable_restatement FALSE
  ),
  grain order_item_key,
  audits (
    not_null(
      columns := (
        order_item_key,
        order_key,
        order_item_id,
        line_position,
        quantity,
        gross_sales_native,
        discounts_native,
        loaded_at
      )
    )
  ),
  description 'One row per line of a Shopify order as agreed when it was placed and by later edits, returns not subtracted. A gift card sells a liability: its line counts no sales. Tips, which Shopify also keeps as lines, are none here.'
);

@make_room(staging.stg_shopify__orders, order_key);

WITH unnested AS (
  SELECT
    order_key,
    store,
    order_id,
    has_taxes_included,
    loaded_at,
    @rows_of(lines) AS line,
    @positions_of(lines) AS line_position
  FROM staging.stg_shopify__orders
  WHERE
    @is_new(loaded_at) AND NOT is_deleted
), lines AS (
  SELECT
    order_key,
    store,
    order_id,
    has_taxes_included,
    loaded_at,
    line_position,
    line.line_id AS line_id,
    line.product_id AS product_id,
    line.variant_id AS variant_id,
    line.product_name AS product_name,
    line.sku AS sku,
    line.unit_price AS listed_price,
    line.tax_rate AS tax_rate
  FROM unnested
), sold AS (
  SELECT
    order_key,
    line_id,
    BOOL_AND(CAST(line_type = 'TIP' AS BOOLEAN)) AS is_tip,
    SUM(quantity) AS quantity,
    SUM(CASE WHEN line_type = 'PRODUCT' THEN net_native + discounts_native ELSE 0 END) AS gross_sales_native,
    SUM(CASE WHEN line_type = 'PRODUCT' THEN discounts_native ELSE 0 END) AS discounts_native
  FROM intermediate.int_shopify__sales
  WHERE
    @is_new(loaded_at) AND action IN ('order', 'edit') AND NOT line_id IS NULL
  GROUP BY
    order_key,
    line_id
)
SELECT
  @surrogate_key(lines.order_key, lines.line_id)::TEXT AS order_item_key,
  lines.order_key::TEXT AS order_key,
  lines.store::TEXT AS store,
  lines.order_id::TEXT AS order_id,
  lines.line_id::TEXT AS order_item_id,
  lines.line_position::INT AS line_position,
  lines.product_id::TEXT AS product_id,
  lines.variant_id::TEXT AS variant_id,
  @surrogate_key(lines.store, lines.variant_id)::TEXT AS variant_key,
  lines.product_name::TEXT AS product_name,
  lines.sku::TEXT AS sku,
  COALESCE(sold.quantity, 0)::INT AS quantity,
  CASE
    WHEN lines.has_taxes_included
    THEN ROUND(lines.listed_price / (
      1 + lines.tax_rate
    ), 2)
    ELSE lines.listed_price
  END::DECIMAL(18, 3) AS unit_price_native,
  COALESCE(sold.gross_sales_native, 0)::DECIMAL(18, 3) AS gross_sales_native,
  COALESCE(sold.discounts_native, 0)::DECIMAL(18, 3) AS discounts_native,
  NULL::DECIMAL(18, 3) AS unit_cost_native,
  lines.loaded_at::TIMESTAMP AS loaded_at
FROM lines
LEFT JOIN sold
  ON sold.order_key = lines.order_key AND sold.line_id = lines.line_id
WHERE
  NOT COALESCE(sold.is_tip, FALSE)
