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

WITH refunds AS MATERIALIZED (
  SELECT
    counted.order_key,
    counted.refund_key,
    refunds.lines,
    refunds.shipping_lines,
    refunds.fees
  FROM intermediate.int_woocommerce__counted_refunds AS counted
  JOIN staging.stg_woocommerce__refunds AS refunds
    ON refunds.refund_key = counted.refund_key
), named AS (
  SELECT
    order_key,
    refund_key,
    @rows_of(lines) AS line
  FROM refunds
), lines AS MATERIALIZED (
  SELECT
    order_key,
    refund_key,
    line.id AS part_id,
    NULLIF(line.product_id, '0') AS product_id,
    NULLIF(line.variation_id, '0') AS variant_id,
    @meta_value(line.meta_data, '_refunded_item_id') AS order_item_id,
    COALESCE(-@amount(line.quantity), 0.000)::INT AS quantity,
    COALESCE(-@amount(line.total)::DECIMAL(18, 3), 0.000) AS amount_native,
    COALESCE(-@amount(line.total_tax)::DECIMAL(18, 3), 0.000) AS tax_native
  FROM named
), items AS MATERIALIZED (
  SELECT
    items.order_key,
    items.order_item_key,
    items.order_item_id,
    items.line_position,
    items.product_id,
    items.variant_id
  FROM intermediate.int_woocommerce__lines AS items
  JOIN (
    SELECT DISTINCT
      order_key
    FROM lines
  ) AS refunded
    ON refunded.order_key = items.order_key
), firsts AS (
  SELECT
    order_key,
    order_item_key,
    product_id,
    COALESCE(variant_id, '') AS variant_id
  FROM items
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY order_key, product_id, variant_id ORDER BY line_position) = 1
), placed AS (
  SELECT
    lines.order_key,
    lines.refund_key,
    lines.part_id,
    COALESCE(named.product_id, lines.product_id) AS product_id,
    COALESCE(named.order_item_key, firsts.order_item_key) AS order_item_key,
    lines.quantity,
    lines.amount_native,
    lines.tax_native
  FROM lines
  LEFT JOIN items AS named
    ON named.order_key = lines.order_key AND named.order_item_id = lines.order_item_id
  LEFT JOIN firsts
    ON firsts.order_key = lines.order_key
    AND /* Equality alone, so that it can be looked up: a line that names its own item seeks none by product. */ firsts.product_id = CASE WHEN lines.order_item_id IS NULL THEN lines.product_id END
    AND firsts.variant_id = COALESCE(lines.variant_id, '')
), shipped AS (
  SELECT
    order_key,
    refund_key,
    @rows_of(shipping_lines) AS shipping
  FROM refunds
), charged AS (
  SELECT
    order_key,
    refund_key,
    @rows_of(fees) AS fee
  FROM refunds
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
    COALESCE(-@amount(shipping.total)::DECIMAL(18, 3), 0.000) AS amount_native,
    COALESCE(-@amount(shipping.total_tax)::DECIMAL(18, 3), 0.000) AS tax_native
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
    COALESCE(-@amount(fee.total)::DECIMAL(18, 3), 0.000) AS amount_native,
    COALESCE(-@amount(fee.total_tax)::DECIMAL(18, 3), 0.000) AS tax_native
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
