MODEL (
  name intermediate.int_dummyjson__order_events,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (order_key, action, measure, cause),
  audits (
    not_null(columns := (order_key, action, measure, cause, event_at, amount_native))
  ),
  description 'One row per economic event of a cart: its lines and their discounts on its day, and what its payments gave back on the day of the refund. A refund belongs to the line it names, or to every line where it gives back the whole order, else to the order alone.'
);

WITH orders AS (
  SELECT
    orders.order_key,
    orders.ordered_at,
    orders.order_total_native,
    stores.currency_code
  FROM intermediate.int_dummyjson__orders AS orders
  JOIN intermediate.int_stores AS stores
    ON stores.store = orders.store
  WHERE
    orders.is_sale AND NOT orders.is_gone
), lines AS (
  SELECT
    order_item_key,
    order_key,
    line_position,
    product_id,
    quantity,
    gross_sales_native,
    discounts_native,
    gross_sales_native - discounts_native AS line_total_native
  FROM intermediate.int_dummyjson__order_lines
), refunds AS (
  SELECT
    refunds.order_key,
    refunds.refund_key,
    refunds.refunded_at,
    refunds.line_position,
    refunds.line_quantity,
    orders.order_total_native,
    refunds.currency_code <> orders.currency_code AS is_estimated,
    CASE
      WHEN refunds.currency_code = orders.currency_code
      THEN refunds.amount_native
      ELSE ROUND(
        orders.order_total_native * refunds.amount_native / NULLIF(refunds.paid_native, 0),
        2
      )::DECIMAL(18, 3)
    END AS amount_native
  FROM intermediate.int_order_refunds AS refunds
  JOIN orders
    ON orders.order_key = refunds.order_key
  WHERE
    refunds.is_counted
), attributed AS (
  SELECT
    refunds.order_key,
    refunds.refund_key,
    refunds.refunded_at,
    refunds.is_estimated,
    refunds.amount_native,
    refunds.order_total_native,
    CASE WHEN NOT lines.order_item_key IS NULL THEN refunds.line_quantity END AS line_quantity,
    lines.order_item_key,
    lines.product_id,
    lines.order_item_key IS NULL
    AND refunds.amount_native = refunds.order_total_native AS is_full
  FROM refunds
  LEFT JOIN lines
    ON lines.order_key = refunds.order_key
    AND lines.line_position = refunds.line_position
), full_refunds AS (
  SELECT
    attributed.order_key,
    attributed.refund_key,
    attributed.refunded_at,
    attributed.is_estimated,
    attributed.order_total_native - COALESCE(SUM(lines.line_total_native), 0) AS rounding_native
  FROM attributed
  LEFT JOIN lines
    ON lines.order_key = attributed.order_key
  WHERE
    attributed.is_full
  GROUP BY
    attributed.order_key,
    attributed.refund_key,
    attributed.refunded_at,
    attributed.is_estimated,
    attributed.order_total_native
), events AS (
  SELECT
    lines.order_key,
    'order' AS action,
    'gross_sales' AS measure,
    lines.order_item_key AS cause,
    lines.order_item_key,
    lines.product_id,
    orders.ordered_at AS event_at,
    lines.quantity,
    lines.gross_sales_native AS amount_native,
    FALSE AS is_estimated
  FROM lines
  JOIN orders
    ON orders.order_key = lines.order_key
  UNION ALL
  SELECT
    lines.order_key,
    'order' AS action,
    'discounts' AS measure,
    lines.order_item_key AS cause,
    lines.order_item_key,
    lines.product_id,
    orders.ordered_at AS event_at,
    NULL AS quantity,
    -lines.discounts_native AS amount_native,
    FALSE AS is_estimated
  FROM lines
  JOIN orders
    ON orders.order_key = lines.order_key
  WHERE
    lines.discounts_native <> 0
  UNION ALL
  /* A refund of some of the order: of the line it names, or of no line at all. */
  SELECT
    order_key,
    'return' AS action,
    'returns' AS measure,
    refund_key AS cause,
    order_item_key,
    product_id,
    refunded_at AS event_at,
    -line_quantity AS quantity,
    -amount_native AS amount_native,
    is_estimated
  FROM attributed
  WHERE
    NOT is_full
  UNION ALL
  /* A refund of the whole order gives each line back what it cost, and the cent that the lines do not explain. */
  SELECT
    refunds.order_key,
    'return' AS action,
    'returns' AS measure,
    refunds.refund_key || lines.order_item_key AS cause,
    lines.order_item_key,
    lines.product_id,
    refunds.refunded_at AS event_at,
    -lines.quantity AS quantity,
    -lines.line_total_native AS amount_native,
    refunds.is_estimated
  FROM full_refunds AS refunds
  JOIN lines
    ON lines.order_key = refunds.order_key
  UNION ALL
  SELECT
    order_key,
    'return' AS action,
    'rounding' AS measure,
    refund_key AS cause,
    NULL AS order_item_key,
    NULL AS product_id,
    refunded_at AS event_at,
    NULL AS quantity,
    -rounding_native AS amount_native,
    is_estimated
  FROM full_refunds
  WHERE
    rounding_native <> 0
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
