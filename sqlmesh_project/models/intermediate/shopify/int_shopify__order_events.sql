MODEL (
  name intermediate.int_shopify__order_events,
  kind INCREMENTAL_UNMANAGED (
    forward_only FALSE,
    disable_restatement FALSE
  ),
  grain (order_key, action, measure, cause),
  audits (
    not_null(
      columns := (
        event_key,
        order_key,
        action,
        measure,
        cause,
        event_at,
        amount_native,
        is_estimated,
        loaded_at
      )
    )
  ),
  description 'One row per economic event of a Shopify order: each sale of its agreements taken apart into measures. A cancelled order for which Shopify made no refund is reversed on the day of its cancellation, marked is_estimated.'
);

@make_room(staging.stg_shopify__orders, order_key);

WITH orders AS (
  SELECT
    order_key,
    cancelled_at,
    loaded_at
  FROM staging.stg_shopify__orders
  WHERE
    @is_new(loaded_at) AND NOT is_test AND NOT is_deleted
), lines AS (
  SELECT
    order_key,
    order_item_id,
    order_item_key,
    product_id
  FROM intermediate.int_shopify__order_lines
  WHERE
    @is_new(loaded_at)
), sales AS (
  SELECT
    sales.order_key,
    sales.sale_id,
    sales.action,
    sales.line_type,
    sales.action IN ('order', 'edit') AND sales.line_type = 'PRODUCT' AS is_sold,
    sales.line_id,
    sales.happened_at,
    sales.quantity,
    sales.net_native,
    sales.discounts_native,
    sales.tax_native,
    sales.is_estimated
  FROM intermediate.int_shopify__sales AS sales
  JOIN orders
    ON orders.order_key = sales.order_key
  WHERE
    @is_new(sales.loaded_at)
), measured AS (
  SELECT
    order_key,
    action,
    'gross_sales' AS measure,
    sale_id AS cause,
    line_id,
    happened_at,
    quantity,
    net_native + discounts_native AS amount_native,
    is_estimated
  FROM sales
  WHERE
    is_sold
  UNION ALL
  SELECT
    order_key,
    action,
    'discounts' AS measure,
    sale_id AS cause,
    line_id,
    happened_at,
    NULL::INT AS quantity,
    -discounts_native AS amount_native,
    is_estimated
  FROM sales
  WHERE
    is_sold AND discounts_native <> 0
  UNION ALL
  SELECT
    order_key,
    action,
    CASE
      WHEN line_type = 'SHIPPING'
      THEN 'shipping'
      WHEN line_type = 'TIP'
      THEN 'tips'
      WHEN line_type = 'GIFT_CARD'
      THEN 'gift_cards'
      WHEN line_type = 'DUTY'
      THEN 'duties'
      WHEN line_type IN ('FEE', 'ADDITIONAL_FEE') OR action IN ('order', 'edit')
      THEN 'fees'
      ELSE 'returns'
    END AS measure,
    sale_id AS cause,
    line_id,
    happened_at,
    CASE WHEN line_type = 'PRODUCT' THEN quantity END AS quantity,
    net_native AS amount_native,
    is_estimated
  FROM sales
  WHERE
    NOT is_sold AND (
      net_native <> 0 OR line_type = 'PRODUCT'
    )
  UNION ALL
  SELECT
    order_key,
    action,
    'taxes' AS measure,
    sale_id AS cause,
    line_id,
    happened_at,
    NULL::INT AS quantity,
    tax_native AS amount_native,
    is_estimated
  FROM sales
  WHERE
    tax_native <> 0
), unrefunded AS (
  SELECT
    orders.order_key,
    orders.cancelled_at
  FROM orders
  LEFT JOIN sales
    ON sales.order_key = orders.order_key AND sales.action = 'cancel'
  WHERE
    NOT orders.cancelled_at IS NULL AND sales.order_key IS NULL
), reversed AS (
  SELECT
    measured.order_key,
    'cancel' AS action,
    CASE
      WHEN measured.measure IN ('gross_sales', 'discounts', 'returns')
      THEN 'returns'
      ELSE measured.measure
    END AS measure,
    measured.line_id,
    MAX(unrefunded.cancelled_at) AS happened_at,
    -SUM(measured.quantity) AS quantity,
    -SUM(measured.amount_native) AS amount_native
  FROM measured
  JOIN unrefunded
    ON unrefunded.order_key = measured.order_key
  GROUP BY
    measured.order_key,
    CASE
      WHEN measured.measure IN ('gross_sales', 'discounts', 'returns')
      THEN 'returns'
      ELSE measured.measure
    END,
    measured.line_id
  HAVING
    SUM(measured.amount_native) <> 0 OR SUM(measured.quantity) <> 0
), events AS (
  SELECT
    order_key,
    action,
    measure,
    cause,
    line_id,
    happened_at,
    quantity,
    amount_native,
    is_estimated
  FROM measured
  UNION ALL
  SELECT
    order_key,
    action,
    measure,
    'cancelled-' || COALESCE(line_id, '') AS cause,
    line_id,
    happened_at,
    quantity,
    amount_native,
    TRUE AS is_estimated
  FROM reversed
)
SELECT
  @surrogate_key(events.order_key, events.action, events.measure, events.cause)::TEXT AS event_key,
  events.order_key::TEXT AS order_key,
  events.action::TEXT AS action,
  events.measure::TEXT AS measure,
  events.cause::TEXT AS cause,
  lines.order_item_key::TEXT AS order_item_key,
  lines.product_id::TEXT AS product_id,
  events.happened_at::TIMESTAMP AS event_at,
  events.quantity::INT AS quantity,
  events.amount_native::DECIMAL(18, 3) AS amount_native,
  events.is_estimated::BOOLEAN AS is_estimated,
  orders.loaded_at::TIMESTAMP AS loaded_at
FROM events
JOIN orders
  ON orders.order_key = events.order_key
LEFT JOIN lines
  ON lines.order_key = events.order_key AND lines.order_item_id = events.line_id
