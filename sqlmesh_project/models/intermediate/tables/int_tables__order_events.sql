MODEL (
  name intermediate.int_tables__order_events,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (order_key, action, measure, cause),
  audits (
    not_null(columns := (order_key, action, measure, cause, event_at, amount_native))
  ),
  description 'One row per economic event of an order of a shop that has tables: what was placed on its day and, where its status says refunded or cancelled, all of it taken back on the day of its last change, the cents that its lines do not explain included. That day and that it was all of it are inferred.'
);

WITH orders AS (
  SELECT
    order_key,
    ordered_at,
    shipping_native,
    tax_native,
    order_total_native,
    COALESCE(updated_at, ordered_at) AS reversed_at,
    @tables_reversal(status) AS reversal
  FROM staging.stg_tables__orders
  WHERE
    NOT is_deleted AND NOT is_test AND @tables_status(status) <> 'failed'
), lines AS (
  SELECT
    lines.order_key,
    lines.order_item_key,
    lines.product_id,
    lines.quantity,
    lines.gross_sales_native,
    lines.discounts_native,
    orders.ordered_at,
    orders.reversed_at,
    orders.reversal
  FROM intermediate.int_tables__order_lines AS lines
  JOIN orders
    ON orders.order_key = lines.order_key
), explained AS (
  SELECT
    order_key,
    SUM(gross_sales_native - discounts_native) AS goods_native
  FROM lines
  GROUP BY
    order_key
), reversed AS (
  SELECT
    orders.order_key,
    orders.reversed_at,
    orders.reversal,
    orders.shipping_native,
    orders.tax_native,
    orders.order_total_native - orders.shipping_native - orders.tax_native - COALESCE(explained.goods_native, 0) AS rest_native
  FROM orders
  LEFT JOIN explained
    ON explained.order_key = orders.order_key
  WHERE
    NOT orders.reversal IS NULL
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
    'shipping' AS measure,
    'shipping' AS cause,
    NULL AS order_item_key,
    NULL AS product_id,
    ordered_at AS event_at,
    NULL AS quantity,
    shipping_native AS amount_native,
    FALSE AS is_estimated
  FROM orders
  WHERE
    shipping_native <> 0
  UNION ALL
  SELECT
    order_key,
    'order' AS action,
    'taxes' AS measure,
    'taxes' AS cause,
    NULL AS order_item_key,
    NULL AS product_id,
    ordered_at AS event_at,
    NULL AS quantity,
    tax_native AS amount_native,
    FALSE AS is_estimated
  FROM orders
  WHERE
    tax_native <> 0
  UNION ALL
  SELECT
    order_key,
    reversal AS action,
    'returns' AS measure,
    order_item_key AS cause,
    order_item_key,
    product_id,
    reversed_at AS event_at,
    -quantity AS quantity,
    discounts_native - gross_sales_native AS amount_native,
    TRUE AS is_estimated
  FROM lines
  WHERE
    NOT reversal IS NULL
  UNION ALL
  SELECT
    order_key,
    reversal AS action,
    'shipping' AS measure,
    'shipping' AS cause,
    NULL AS order_item_key,
    NULL AS product_id,
    reversed_at AS event_at,
    NULL AS quantity,
    -shipping_native AS amount_native,
    TRUE AS is_estimated
  FROM reversed
  WHERE
    shipping_native <> 0
  UNION ALL
  SELECT
    order_key,
    reversal AS action,
    'taxes' AS measure,
    'taxes' AS cause,
    NULL AS order_item_key,
    NULL AS product_id,
    reversed_at AS event_at,
    NULL AS quantity,
    -tax_native AS amount_native,
    TRUE AS is_estimated
  FROM reversed
  WHERE
    tax_native <> 0
  UNION ALL
  SELECT
    order_key,
    reversal AS action,
    'rounding' AS measure,
    'rounding' AS cause,
    NULL AS order_item_key,
    NULL AS product_id,
    reversed_at AS event_at,
    NULL AS quantity,
    -rest_native AS amount_native,
    TRUE AS is_estimated
  FROM reversed
  WHERE
    rest_native <> 0
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
