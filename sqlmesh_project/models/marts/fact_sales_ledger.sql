MODEL (
  name marts.fact_sales_ledger,
  kind INCREMENTAL_UNMANAGED (
    forward_only FALSE,
    disable_restatement FALSE
  ),
  grain event_key,
  depends_on (
    intermediate.int_order_lines
  ),
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
    ),
    orders_come_to_the_platforms_total,
    amounts_follow_their_rates,
    rounding_is_small
  ),
  description 'One row per economic event of an order, on the day it happened in the store''s time zone: a sale on the day of the order (by other definitions than Shopify''s, on the day it was paid or sent), its return on the day of the refund, a cancellation on the day it was cancelled. Only orders that are sales have events; test orders, deleted orders and refunds that failed have none. The sum of amount, gift cards left out, is total sales.',
  column_descriptions (
    event_key = 'Key of the event: order, action, measure and what caused it (line or refund).',
    store = 'Name of the connection that sold.',
    order_key = 'Order the event belongs to; joins fact_orders.',
    order_item_key = 'Order line the event belongs to; joins fact_order_items. Null for a refund that names no line and for rounding.',
    customer_key = 'Who ordered; joins dim_customers. Null for a guest.',
    product_key = 'What was sold or returned; joins dim_products. Null for a refund that names no line and for rounding.',
    event_at = 'When it happened, UTC.',
    event_date = 'Day it happened in the store''s time zone.',
    action = 'order (placed), edit (changed after it was placed), return (money given back) or cancel (the order called off: what had been sold and not yet given back is taken back).',
    measure = 'What the amount counts as: gross_sales, discounts, returns, shipping, taxes, duties, fees, tips, gift_cards or rounding. Goods of a cancelled order come back as returns, its taxes and shipping as negative taxes and shipping. gift_cards is no revenue; rounding is what the platform''s total differs by from its own parts.',
    quantity = 'Units sold (positive) or taken back (negative). Null where the event moves no goods or the refund does not say how many.',
    amount = 'Effect on total sales in the reporting currency, at the rate of the event''s own day: sales positive, discounts and returns negative. Null while no exchange rate is known.',
    amount_native = 'Effect on total sales in the store''s currency.',
    currency_code = 'Currency of amount_native: the store''s, or the one the order was placed in where a shop sells in several.',
    fx_rate = 'Reporting currency for one unit of currency_code on the event''s day: amount is amount_native times this, to three places. Null while none is known.',
    fx_rate_date = 'Day that rate was told: the event''s day, or the last one before on which rates were, as on weekends and holidays.',
    is_estimated = 'True where the platform does not tell the amount and it is inferred, such as a refund paid in another currency than the order''s.',
    loaded_at = 'When anything that shapes the order last changed here, UTC.'
  )
);

@make_room(intermediate.int_orders, order_key);

WITH orders AS (
  SELECT
    order_key,
    store,
    customer_key,
    sold_at,
    order_date,
    currency_code,
    reporting_currency,
    order_total_native,
    loaded_at
  FROM intermediate.int_orders
  WHERE
    @is_new(loaded_at) AND is_sale AND NOT is_gone
), told AS (
  SELECT
    events.order_key,
    events.event_key,
    events.action,
    events.measure,
    events.order_item_key,
    events.product_key,
    events.event_at,
    events.event_date,
    events.quantity,
    events.amount_native,
    events.is_estimated
  FROM intermediate.int_order_events AS events
  JOIN intermediate.int_orders AS changed
    ON changed.order_key = events.order_key
    AND changed.told_at = events.loaded_at /* DuckDB then passes over all rows that are older. */
  WHERE
    @is_new(changed.loaded_at) AND changed.is_sale AND NOT changed.is_gone
), differences AS (
  SELECT
    orders.order_key,
    orders.sold_at,
    orders.order_date,
    orders.order_total_native - COALESCE(SUM(told.amount_native), 0) AS amount_native,
    COALESCE(BOOL_OR(told.is_estimated::BOOLEAN), FALSE) AS is_estimated
  FROM orders
  LEFT JOIN told
    ON told.order_key = orders.order_key AND told.action IN ('order', 'edit')
  GROUP BY
    orders.order_key,
    orders.sold_at,
    orders.order_date,
    orders.order_total_native
), events AS (
  SELECT
    order_key,
    event_key,
    action,
    measure,
    order_item_key,
    product_key,
    event_at,
    event_date,
    quantity,
    amount_native,
    is_estimated
  FROM told
  UNION ALL
  SELECT
    order_key,
    @surrogate_key(order_key, 'order', 'rounding', order_key) AS event_key,
    'order' AS action,
    'rounding' AS measure,
    NULL AS order_item_key,
    NULL AS product_key,
    sold_at AS event_at,
    order_date AS event_date,
    NULL AS quantity,
    amount_native,
    is_estimated
  FROM differences
  WHERE
    amount_native <> 0
), reach AS (
  SELECT
    MAX(rate_date) AS last_date
  FROM intermediate.int_fx_rates
)
SELECT
  events.event_key::TEXT AS event_key,
  orders.store::TEXT AS store,
  events.order_key::TEXT AS order_key,
  events.order_item_key::TEXT AS order_item_key,
  orders.customer_key::TEXT AS customer_key,
  events.product_key::TEXT AS product_key,
  events.event_at::TIMESTAMP AS event_at,
  events.event_date::DATE AS event_date,
  events.action::TEXT AS action,
  events.measure::TEXT AS measure,
  events.quantity::INT AS quantity,
  CASE
    WHEN orders.currency_code = orders.reporting_currency
    THEN events.amount_native
    ELSE ROUND(events.amount_native * rates.rate, 3)
  END::DECIMAL(18, 3) AS amount,
  events.amount_native::DECIMAL(18, 3) AS amount_native,
  orders.currency_code::TEXT AS currency_code,
  CASE
    WHEN orders.currency_code = orders.reporting_currency
    THEN 1
    ELSE rates.rate
  END::DECIMAL(20, 12) AS fx_rate,
  CASE
    WHEN orders.currency_code = orders.reporting_currency
    THEN events.event_date
    ELSE rates.quoted_date
  END::DATE AS fx_rate_date,
  events.is_estimated::BOOLEAN AS is_estimated,
  orders.loaded_at::TIMESTAMP AS loaded_at
FROM events
JOIN orders
  ON orders.order_key = events.order_key
CROSS JOIN reach
LEFT JOIN intermediate.int_fx_rates AS rates
  ON rates.currency_code = orders.currency_code
  AND rates.rate_date = LEAST(events.event_date, reach.last_date)
