MODEL (
  name intermediate.int_payload__order_events,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (order_key, action, measure, cause),
  audits (
    not_null(columns := (order_key, action, measure, cause, event_at, amount_native))
  ),
  description 'One row per economic event of a Payload order, all of them estimated: the amount shared over the lines when it was placed; the same taken back when it was cancelled, or given back when it or its payment was refunded. A refund of a part is money without a line. A cancelled order is taken back whole, whatever its payment says.'
);

WITH orders AS (
  SELECT
    order_key,
    order_id,
    status,
    status_since,
    amount_units,
    amount_units * @iso_minor_unit(currency_code) AS amount_native,
    currency_code,
    ordered_at
  FROM staging.stg_payload__orders
  WHERE
    NOT is_deleted AND NOT amount_units IS NULL
), parts AS (
  SELECT
    shares.order_key,
    shares.order_item_key,
    lines.product_id,
    'line/' || COALESCE(lines.order_item_id, lines.line_position::TEXT) AS part,
    lines.quantity,
    shares.share_units * @iso_minor_unit(shares.currency_code) AS amount_native
  FROM intermediate.int_payload__line_shares AS shares
  JOIN staging.stg_payload__order_lines AS lines
    ON lines.order_item_key = shares.order_item_key
  UNION ALL
  SELECT
    orders.order_key,
    NULL AS order_item_key,
    NULL AS product_id,
    'order' AS part,
    NULL AS quantity,
    orders.amount_native
  FROM orders
  ANTI JOIN staging.stg_payload__order_lines AS lines
    ON lines.order_key = orders.order_key
), moments AS (
  SELECT
    order_key,
    'order' AS action,
    '' AS moment,
    ordered_at AS event_at,
    1 AS sign
  FROM orders
  UNION ALL
  SELECT
    order_key,
    'cancel' AS action,
    '' AS moment,
    status_since AS event_at,
    -1 AS sign
  FROM orders
  WHERE
    status = 'cancelled'
  UNION ALL
  SELECT
    refunds.order_key,
    'return' AS action,
    refunds.refund_id || '/' AS moment,
    refunds.refunded_at AS event_at,
    -1 AS sign
  FROM intermediate.int_payload__refunds AS refunds
  JOIN orders
    ON orders.order_key = refunds.order_key
    AND orders.amount_native = refunds.amount_native
  WHERE
    orders.status IS DISTINCT FROM 'cancelled'
), events AS (
  SELECT
    moments.order_key,
    moments.action,
    moments.moment || parts.part AS cause,
    parts.order_item_key,
    parts.product_id,
    moments.event_at,
    moments.sign * parts.quantity AS quantity,
    moments.sign * parts.amount_native AS amount_native
  FROM moments
  JOIN parts
    ON parts.order_key = moments.order_key
  UNION ALL
  SELECT
    refunds.order_key,
    'return' AS action,
    refunds.refund_id AS cause,
    NULL AS order_item_key,
    NULL AS product_id,
    refunds.refunded_at AS event_at,
    NULL AS quantity,
    -refunds.amount_native AS amount_native
  FROM intermediate.int_payload__refunds AS refunds
  JOIN orders
    ON orders.order_key = refunds.order_key
    AND orders.amount_native > refunds.amount_native
  WHERE
    orders.status IS DISTINCT FROM 'cancelled'
)
SELECT
  order_key::TEXT AS order_key,
  action::TEXT AS action,
  CASE WHEN action = 'order' THEN 'gross_sales' ELSE 'returns' END::TEXT AS measure,
  cause::TEXT AS cause,
  order_item_key::TEXT AS order_item_key,
  product_id::TEXT AS product_id,
  event_at::TIMESTAMP AS event_at,
  quantity::INT AS quantity,
  amount_native::DECIMAL(18, 3) AS amount_native,
  TRUE::BOOLEAN AS is_estimated
FROM events
