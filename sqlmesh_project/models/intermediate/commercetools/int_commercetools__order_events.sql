MODEL (
  name intermediate.int_commercetools__order_events,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (order_key, action, measure, cause),
  audits (
    not_null(columns := (order_key, action, measure, cause, event_at, amount_native))
  ),
  description 'One row per economic event of a commercetools order: what was placed, what refunds gave back on their own day, and what a cancellation took back. A cancelled order is cancelled on the day its last refund made it whole, if that came before the platform was seen to say so; what had been given back until then are returns, all the rest is taken back that day, and later refunds of it are only money.'
);

WITH placed AS (
  SELECT
    amounts.order_key,
    @surrogate_key(amounts.order_key, amounts.part_id) AS item_key,
    amounts.part,
    amounts.part_id,
    amounts.product_id,
    amounts.quantity,
    amounts.digits,
    amounts.gross_units,
    amounts.discount_units,
    amounts.net_units,
    amounts.tax_units,
    amounts.is_estimated,
    orders.ordered_at
  FROM intermediate.int_commercetools__amounts AS amounts
  JOIN staging.stg_commercetools__orders AS orders
    ON orders.order_key = amounts.order_key
  WHERE
    NOT orders.is_deleted
), last_refunds AS (
  SELECT
    order_key,
    MIN(refunded_at) AS refunded_at
  FROM intermediate.int_commercetools__refund_parts
  WHERE
    is_last
  GROUP BY
    order_key
), cancellations AS (
  SELECT
    orders.order_key,
    LEAST(orders.cancelled_at, COALESCE(last_refunds.refunded_at, orders.cancelled_at)) AS cancelled_at,
    totals.asked_units,
    totals.digits
  FROM staging.stg_commercetools__orders AS orders
  JOIN intermediate.int_commercetools__totals AS totals
    ON totals.order_key = orders.order_key
  LEFT JOIN last_refunds
    ON last_refunds.order_key = orders.order_key
  WHERE
    NOT orders.cancelled_at IS NULL
), given_back AS (
  SELECT
    parts.order_key,
    parts.refund_key,
    parts.refunded_at,
    parts.part,
    parts.part_id,
    parts.quantity,
    parts.net_units,
    parts.tax_units,
    parts.digits,
    parts.is_estimated
  FROM intermediate.int_commercetools__refund_parts AS parts
  LEFT JOIN cancellations
    ON cancellations.order_key = parts.order_key
  WHERE
    cancellations.order_key IS NULL OR parts.refunded_at < cancellations.cancelled_at
), given_parts AS (
  SELECT
    order_key,
    part,
    part_id,
    SUM(quantity) AS quantity,
    SUM(net_units) AS net_units,
    SUM(tax_units) AS tax_units
  FROM given_back
  GROUP BY
    order_key,
    part,
    part_id
), left_over AS (
  SELECT
    cancellations.order_key,
    cancellations.cancelled_at,
    placed.digits,
    placed.part,
    placed.part_id,
    placed.item_key,
    placed.product_id,
    placed.quantity - COALESCE(given_parts.quantity, 0) AS quantity,
    placed.net_units - COALESCE(given_parts.net_units, 0) AS net_units,
    placed.tax_units - COALESCE(given_parts.tax_units, 0) AS tax_units
  FROM cancellations
  JOIN placed
    ON placed.order_key = cancellations.order_key
  LEFT JOIN given_parts
    ON given_parts.order_key = placed.order_key
    AND given_parts.part = placed.part
    AND given_parts.part_id = placed.part_id
), left_unexplained AS (
  SELECT
    cancellations.order_key,
    cancellations.cancelled_at,
    cancellations.digits,
    cancellations.asked_units - COALESCE(given.units, 0) - COALESCE(taken.units, 0) AS units
  FROM cancellations
  LEFT JOIN (
    SELECT
      order_key,
      SUM(net_units + tax_units) AS units
    FROM given_back
    GROUP BY
      order_key
  ) AS given
    ON given.order_key = cancellations.order_key
  LEFT JOIN (
    SELECT
      order_key,
      SUM(net_units + tax_units) AS units
    FROM left_over
    GROUP BY
      order_key
  ) AS taken
    ON taken.order_key = cancellations.order_key
), reversals AS (
  SELECT
    given_back.order_key,
    'return' AS action,
    given_back.refunded_at AS event_at,
    given_back.refund_key || '/' || given_back.part || '/' || given_back.part_id AS cause,
    given_back.part,
    placed.item_key,
    placed.product_id,
    given_back.quantity,
    given_back.net_units,
    given_back.tax_units,
    given_back.digits,
    given_back.is_estimated
  FROM given_back
  LEFT JOIN placed
    ON placed.order_key = given_back.order_key
    AND placed.part = 'line'
    AND given_back.part = 'line'
    AND placed.part_id = given_back.part_id
  UNION ALL
  SELECT
    order_key,
    'cancel' AS action,
    cancelled_at AS event_at,
    part || '/' || part_id AS cause,
    part,
    CASE WHEN part = 'line' THEN item_key END AS item_key,
    product_id,
    CASE WHEN part = 'line' THEN quantity END AS quantity,
    net_units,
    tax_units,
    digits,
    FALSE AS is_estimated
  FROM left_over
  UNION ALL
  /* What refunds had given back without a line has been taken back a second time above; rounding is left below. */
  SELECT
    order_key,
    'cancel' AS action,
    cancelled_at AS event_at,
    'rest' AS cause,
    'goods' AS part,
    NULL AS item_key,
    NULL AS product_id,
    NULL AS quantity,
    units AS net_units,
    0 AS tax_units,
    digits,
    TRUE AS is_estimated
  FROM left_unexplained
), events AS (
  SELECT
    order_key,
    'order' AS action,
    CASE part
      WHEN 'line'
      THEN 'gross_sales'
      WHEN 'fee'
      THEN 'fees'
      WHEN 'tip'
      THEN 'tips'
      ELSE 'shipping'
    END AS measure,
    part || '/' || part_id AS cause,
    CASE WHEN part = 'line' THEN item_key END AS item_key,
    product_id,
    ordered_at AS event_at,
    quantity,
    gross_units AS units,
    digits,
    is_estimated
  FROM placed
  UNION ALL
  SELECT
    order_key,
    'order' AS action,
    'discounts' AS measure,
    part || '/' || part_id AS cause,
    item_key,
    product_id,
    ordered_at AS event_at,
    NULL AS quantity,
    -discount_units AS units,
    digits,
    is_estimated
  FROM placed
  WHERE
    discount_units <> 0
  UNION ALL
  SELECT
    order_key,
    'order' AS action,
    'taxes' AS measure,
    part || '/' || part_id AS cause,
    CASE WHEN part = 'line' THEN item_key END AS item_key,
    product_id,
    ordered_at AS event_at,
    NULL AS quantity,
    tax_units AS units,
    digits,
    is_estimated
  FROM placed
  WHERE
    tax_units <> 0
  UNION ALL
  SELECT
    order_key,
    action,
    CASE part
      WHEN 'fee'
      THEN 'fees'
      WHEN 'tip'
      THEN 'tips'
      WHEN 'shipping'
      THEN 'shipping'
      ELSE 'returns'
    END AS measure,
    cause,
    item_key,
    product_id,
    event_at,
    -quantity AS quantity,
    -net_units AS units,
    digits,
    is_estimated
  FROM reversals
  WHERE
    net_units <> 0 OR quantity <> 0
  UNION ALL
  SELECT
    order_key,
    action,
    'taxes' AS measure,
    cause,
    item_key,
    product_id,
    event_at,
    NULL AS quantity,
    -tax_units AS units,
    digits,
    is_estimated
  FROM reversals
  WHERE
    tax_units <> 0
)
SELECT
  order_key::TEXT AS order_key,
  action::TEXT AS action,
  measure::TEXT AS measure,
  cause::TEXT AS cause,
  item_key::TEXT AS order_item_key,
  product_id::TEXT AS product_id,
  event_at::TIMESTAMP AS event_at,
  quantity::INT AS quantity,
  @of_minor_units(units, digits) AS amount_native,
  is_estimated::BOOLEAN AS is_estimated
FROM events
