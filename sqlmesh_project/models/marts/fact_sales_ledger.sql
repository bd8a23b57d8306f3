MODEL (
  name marts.fact_sales_ledger,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key event_key
  ),
  grain event_key,
  audits (
    not_null(
      columns := (
        event_key,
        store,
        order_key,
        event_at,
        event_date,
        action,
        measure,
        amount_native,
        currency_code,
        loaded_at
      )
    ),
    forall(
      criteria := (
        action IN ('order', 'edit', 'return', 'cancel'),
        measure IN (
          'gross_sales',
          'discounts',
          'returns',
          'shipping',
          'taxes',
          'duties',
          'fees',
          'tips',
          'gift_cards',
          'rounding'
        )
      )
    )
  ),
  description 'One row per economic event of an order, on the day it happened in the store''s time zone: a sale on the day of the order, its return on the day of the refund. Test orders, deleted orders and refunds that failed have no events. The sum of amount is total sales.',
  column_descriptions (
    event_key = 'Key of the event: order, measure and what caused it (line or refund).',
    store = 'Name of the connection that sold.',
    order_key = 'Order the event belongs to; joins fact_orders.',
    order_item_key = 'Order line the event belongs to; joins fact_order_items. Null for a refund that names no line and for rounding.',
    customer_key = 'Who ordered; joins dim_customers. Null for a guest.',
    product_key = 'What was sold or returned; joins dim_products. Null for a refund that names no line and for rounding.',
    event_at = 'When it happened, UTC.',
    event_date = 'Day it happened in the store''s time zone.',
    action = 'order (placed), edit (changed after it was placed), return (money given back) or cancel.',
    measure = 'What the amount counts as: gross_sales, discounts, returns, shipping, taxes, duties, fees, tips, gift_cards or rounding.',
    quantity = 'Units sold (positive) or taken back (negative). Null where the event moves no goods or the refund does not say how many.',
    amount = 'Effect on total sales in the reporting currency: sales positive, discounts and returns negative. Null while no exchange rate is known.',
    amount_native = 'Effect on total sales in the store''s currency.',
    currency_code = 'The store''s currency.',
    is_estimated = 'True where the platform does not tell the amount and it is inferred: a refund paid in another currency than the order''s.',
    loaded_at = 'When anything that shapes the order last changed here, UTC.'
  )
);

WITH orders AS (
  SELECT
    order_key,
    store,
    order_id,
    customer_key,
    ordered_at,
    order_date,
    timezone,
    currency_code,
    fx_rate,
    order_total_native,
    loaded_at
  FROM intermediate.int_orders
  WHERE
    @is_new(loaded_at) AND NOT is_gone
), lines AS (
  SELECT
    lines.order_item_key,
    lines.order_key,
    lines.line_position,
    lines.product_key,
    lines.quantity,
    lines.gross_sales_native,
    lines.discounts_native,
    lines.gross_sales_native - lines.discounts_native AS line_total_native
  FROM intermediate.int_order_lines AS lines
  JOIN orders
    ON orders.order_key = lines.order_key AND orders.loaded_at = lines.loaded_at
), totals AS (
  SELECT
    orders.order_key,
    orders.order_total_native - COALESCE(SUM(lines.line_total_native), 0) AS rounding_native
  FROM orders
  LEFT JOIN lines
    ON lines.order_key = orders.order_key
  GROUP BY
    orders.order_key,
    orders.order_total_native
), refunds AS (
  SELECT
    refunds.order_key,
    refunds.refund_key,
    refunds.refunded_at,
    refunds.line_position,
    refunds.line_quantity,
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
    CASE WHEN NOT lines.order_item_key IS NULL THEN refunds.line_quantity END AS line_quantity,
    lines.order_item_key,
    lines.product_key,
    lines.order_item_key IS NULL
    AND refunds.amount_native = orders.order_total_native AS is_full
  FROM refunds
  JOIN orders
    ON orders.order_key = refunds.order_key
  LEFT JOIN lines
    ON lines.order_key = refunds.order_key
    AND lines.line_position = refunds.line_position
), events AS (
  SELECT
    order_key,
    'order' AS action,
    'gross_sales' AS measure,
    order_item_key AS cause,
    order_item_key,
    product_key,
    NULL::TIMESTAMP AS event_at,
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
    product_key,
    NULL::TIMESTAMP AS event_at,
    NULL::INT AS quantity,
    -discounts_native AS amount_native,
    FALSE AS is_estimated
  FROM lines
  WHERE
    discounts_native <> 0
  UNION ALL
  SELECT
    order_key,
    'order' AS action,
    'rounding' AS measure,
    order_key AS cause,
    NULL::TEXT AS order_item_key,
    NULL::TEXT AS product_key,
    NULL::TIMESTAMP AS event_at,
    NULL::INT AS quantity,
    rounding_native AS amount_native,
    FALSE AS is_estimated
  FROM totals
  WHERE
    rounding_native <> 0
  UNION ALL
  /* A refund of some of the order: of the line it names, or of no line at all. */
  SELECT
    order_key,
    'return' AS action,
    'returns' AS measure,
    refund_key AS cause,
    order_item_key,
    product_key,
    refunded_at AS event_at,
    -line_quantity AS quantity,
    -amount_native AS amount_native,
    is_estimated
  FROM attributed
  WHERE
    NOT is_full
  UNION ALL
  /* A refund of the whole order gives each line back what it cost. */
  SELECT
    lines.order_key,
    'return' AS action,
    'returns' AS measure,
    refunds.refund_key || lines.order_item_key AS cause,
    lines.order_item_key,
    lines.product_key,
    refunds.refunded_at AS event_at,
    -lines.quantity AS quantity,
    -lines.line_total_native AS amount_native,
    refunds.is_estimated
  FROM attributed AS refunds
  JOIN lines
    ON lines.order_key = refunds.order_key
  WHERE
    refunds.is_full
  UNION ALL
  SELECT
    totals.order_key,
    'return' AS action,
    'rounding' AS measure,
    refunds.refund_key AS cause,
    NULL::TEXT AS order_item_key,
    NULL::TEXT AS product_key,
    refunds.refunded_at AS event_at,
    NULL::INT AS quantity,
    -totals.rounding_native AS amount_native,
    refunds.is_estimated
  FROM attributed AS refunds
  JOIN totals
    ON totals.order_key = refunds.order_key
  WHERE
    refunds.is_full AND totals.rounding_native <> 0
), dated AS (
  SELECT
    orders.store,
    orders.order_key,
    orders.customer_key,
    orders.currency_code,
    orders.fx_rate,
    orders.loaded_at,
    COALESCE(events.event_at, orders.ordered_at) AS event_at,
    COALESCE(@local_date(events.event_at, orders.timezone), orders.order_date) AS event_date,
    events.action,
    events.measure,
    events.cause,
    events.order_item_key,
    events.product_key,
    events.quantity,
    events.amount_native,
    events.is_estimated
  FROM events
  JOIN orders
    ON orders.order_key = events.order_key
)
SELECT
  @surrogate_key(order_key, action, measure, cause)::TEXT AS event_key,
  store::TEXT AS store,
  order_key::TEXT AS order_key,
  order_item_key::TEXT AS order_item_key,
  customer_key::TEXT AS customer_key,
  product_key::TEXT AS product_key,
  event_at::TIMESTAMP AS event_at,
  event_date::DATE AS event_date,
  action::TEXT AS action,
  measure::TEXT AS measure,
  quantity::INT AS quantity,
  ROUND(amount_native * fx_rate, 3)::DECIMAL(18, 3) AS amount,
  amount_native::DECIMAL(18, 3) AS amount_native,
  currency_code::TEXT AS currency_code,
  is_estimated::BOOLEAN AS is_estimated,
  loaded_at::TIMESTAMP AS loaded_at
FROM dated;

@forget_vanished(intermediate.int_orders, order_key)
