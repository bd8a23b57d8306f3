MODEL (
  name intermediate.int_woocommerce__order_events,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (order_key, action, measure, cause),
  audits (
    not_null(columns := (order_key, action, measure, cause, event_at, amount_native))
  ),
  description 'One row per economic event of a WooCommerce order that is a sale: its lines, their discounts and taxes, shipping and fees on the day of the order, and what refunds gave back on the day of the refund. A cancelled order is no sale and has no events.'
);

WITH orders AS MATERIALIZED (
  SELECT
    order_key,
    ordered_at
  FROM intermediate.int_woocommerce__orders
  WHERE
    is_sale AND NOT is_gone
), lines AS MATERIALIZED (
  SELECT
    lines.order_key,
    orders.ordered_at,
    lines.order_item_key,
    lines.product_id,
    lines.quantity,
    lines.gross_sales_native,
    lines.discounts_native,
    lines.tax_native
  FROM intermediate.int_woocommerce__lines AS lines
  JOIN orders
    ON orders.order_key = lines.order_key
), extras AS MATERIALIZED (
  SELECT
    extras.order_key,
    orders.ordered_at,
    CASE extras.kind WHEN 'fee' THEN 'fees' ELSE extras.kind END AS measure,
    extras.extra_id,
    extras.amount_native,
    extras.tax_native
  FROM intermediate.int_woocommerce__extras AS extras
  JOIN orders
    ON orders.order_key = extras.order_key
), given_back AS MATERIALIZED (
  SELECT
    parts.order_key,
    parts.refunded_at,
    parts.refund_key || '/' || parts.part_id AS cause,
    CASE parts.kind
      WHEN 'shipping'
      THEN 'shipping'
      WHEN 'fee'
      THEN 'fees'
      WHEN 'rounding'
      THEN 'rounding'
      ELSE 'returns'
    END AS measure,
    parts.product_id,
    parts.order_item_key,
    parts.quantity,
    parts.amount_native,
    parts.tax_native,
    parts.is_estimated
  FROM intermediate.int_woocommerce__given_back AS parts
  JOIN orders
    ON orders.order_key = parts.order_key
), events AS (
  SELECT
    order_key,
    'order' AS action,
    'gross_sales' AS measure,
    order_item_key AS cause,
    order_item_key,
    product_id,
    ordered_at AS event_at,
    quantity,
    gross_sales_native AS amount_native,
    FALSE AS is_estimated
  FROM lines
  UNION ALL
  SELECT
    order_key,
    'order' AS action,
    'discounts' AS measure,
    order_item_key AS cause,
    order_item_key,
    product_id,
    ordered_at AS event_at,
    NULL AS quantity,
    -discounts_native AS amount_native,
    FALSE AS is_estimated
  FROM lines
  WHERE
    discounts_native <> 0
  UNION ALL
  SELECT
    order_key,
    'order' AS action,
    'taxes' AS measure,
    order_item_key AS cause,
    order_item_key,
    product_id,
    ordered_at AS event_at,
    NULL AS quantity,
    tax_native AS amount_native,
    FALSE AS is_estimated
  FROM lines
  WHERE
    tax_native <> 0
  UNION ALL
  SELECT
    order_key,
    'order' AS action,
    measure,
    extra_id AS cause,
    NULL AS order_item_key,
    NULL AS product_id,
    ordered_at AS event_at,
    NULL AS quantity,
    amount_native,
    FALSE AS is_estimated
  FROM extras
  WHERE
    amount_native <> 0
  UNION ALL
  SELECT
    order_key,
    'order' AS action,
    'taxes' AS measure,
    measure || '/' || extra_id AS cause,
    NULL AS order_item_key,
    NULL AS product_id,
    ordered_at AS event_at,
    NULL AS quantity,
    tax_native AS amount_native,
    FALSE AS is_estimated
  FROM extras
  WHERE
    tax_native <> 0
  UNION ALL
  SELECT
    order_key,
    'return' AS action,
    measure,
    cause,
    order_item_key,
    product_id,
    refunded_at AS event_at,
    -NULLIF(quantity, 0) AS quantity,
    -amount_native AS amount_native,
    is_estimated
  FROM given_back
  WHERE
    amount_native <> 0 OR quantity <> 0
  UNION ALL
  SELECT
    order_key,
    'return' AS action,
    'taxes' AS measure,
    cause,
    order_item_key,
    product_id,
    refunded_at AS event_at,
    NULL AS quantity,
    -tax_native AS amount_native,
    is_estimated
  FROM given_back
  WHERE
    tax_native <> 0
)
SELECT
  order_key::TEXT AS order_key,
  action::TEXT AS action,
  measure::TEXT AS measure,
  cause::TEXT AS cause,
  order_item_key::TEXT AS order_item_key,
  product_id::TEXT AS product_id,
  event_at::TIMESTAMP AS event_at,
  quantity::INT AS quantity,
  amount_native::DECIMAL(18, 3) AS amount_native,
  is_estimated::BOOLEAN AS is_estimated
FROM events
