MODEL (
  name intermediate.int_woocommerce__refund_parts,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (refund_key, part_id),
  audits (
    not_null(columns := (order_key, refund_key, part_id, kind, amount_native, tax_native))
  ),
  description 'One row per thing a refund of a WooCommerce order names as given back: a line, shipping or a fee; amounts positive, without tax. A line is the order''s by the id it names, else the first of the same product.'
);

WITH named AS (
  SELECT
    counted.order_key,
    counted.refund_key,
    @rows_of(refunds.lines) AS line
  FROM intermediate.int_woocommerce__counted_refunds AS counted
  JOIN staging.stg_woocommerce__refunds AS refunds
    ON refunds.refund_key = counted.refund_key
), lines AS (
  SELECT
    order_key,
    refund_key,
    line.id AS part_id,
    NULLIF(line.product_id, '0') AS product_id,
    NULLIF(line.variation_id, '0') AS variant_id,
    @meta_value(line.meta_data, '_refunded_item_id') AS order_item_id,
    COALESCE(-@amount(line.quantity), 0) AS quantity,
    COALESCE(-@amount(line.total), 0) AS amount_native,
    COALESCE(-@amount(line.total_tax), 0) AS tax_native
  FROM named
), placed AS (
  SELECT
    lines.order_key,
    lines.refund_key,
    lines.part_id,
    COALESCE(items.product_id, lines.product_id) AS product_id,
    items.order_item_key,
    lines.quantity,
    lines.amount_native,
    lines.tax_native
  FROM lines
  LEFT JOIN intermediate.int_woocommerce__lines AS items
    ON items.order_key = lines.order_key
    AND (
      items.order_item_id = lines.order_item_id
      OR (
        lines.order_item_id IS NULL
        AND items.product_id = lines.product_id
        AND items.variant_id IS NOT DISTINCT FROM lines.variant_id
      )
    )
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY lines.refund_key, lines.part_id ORDER BY items.line_position) = 1
), shipped AS (
  SELECT
    counted.order_key,
    counted.refund_key,
    @rows_of(refunds.shipping_lines) AS shipping
  FROM intermediate.int_woocommerce__counted_refunds AS counted
  JOIN staging.stg_woocommerce__refunds AS refunds
    ON refunds.refund_key = counted.refund_key
), charged AS (
  SELECT
    counted.order_key,
    counted.refund_key,
    @rows_of(refunds.fees) AS fee
  FROM intermediate.int_woocommerce__counted_refunds AS counted
  JOIN staging.stg_woocommerce__refunds AS refunds
    ON refunds.refund_key = counted.refund_key
), parts AS (
  SELECT
    order_key,
    refund_key,
    part_id,
    'line' AS kind,
    product_id,
    order_item_key,
    quantity,
    amount_native,
    tax_native
  FROM placed
  UNION ALL
  SELECT
    order_key,
    refund_key,
    shipping.id AS part_id,
    'shipping' AS kind,
    NULL AS product_id,
    NULL AS order_item_key,
    0 AS quantity,
    COALESCE(-@amount(shipping.total), 0) AS amount_native,
    COALESCE(-@amount(shipping.total_tax), 0) AS tax_native
  FROM shipped
  UNION ALL
  SELECT
    order_key,
    refund_key,
    fee.id AS part_id,
    'fee' AS kind,
    NULL AS product_id,
    NULL AS order_item_key,
    0 AS quantity,
    COALESCE(-@amount(fee.total), 0) AS amount_native,
    COALESCE(-@amount(fee.total_tax), 0) AS tax_native
  FROM charged
)
SELECT
  order_key::TEXT AS order_key,
  refund_key::TEXT AS refund_key,
  part_id::TEXT AS part_id,
  kind::TEXT AS kind,
  product_id::TEXT AS product_id,
  order_item_key::TEXT AS order_item_key,
  quantity::INT AS quantity,
  amount_native::DECIMAL(18, 3) AS amount_native,
  tax_native::DECIMAL(18, 3) AS tax_native
FROM parts
