MODEL (
  name intermediate.int_tables__orders,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_key,
  audits (
    not_null(columns := (order_key, store, order_id, is_sale, is_gone, loaded_at))
  ),
  description 'One row per order of a shop that has tables. Every order is a sale but those that failed and those marked as a test. Words for a status that nobody knows count as processing.'
);

WITH items AS (
  SELECT
    order_key,
    MAX(loaded_at) AS loaded_at
  FROM staging.stg_tables__order_items
  GROUP BY
    order_key
)
SELECT
  orders.order_key::TEXT AS order_key,
  orders.store::TEXT AS store,
  orders.order_id::TEXT AS order_id,
  orders.order_number::TEXT AS order_number,
  orders.customer_id::TEXT AS customer_id,
  orders.email::TEXT AS email,
  orders.ordered_at::TIMESTAMP AS ordered_at,
  FALSE::BOOLEAN AS is_synthetic_date,
  @tables_status(orders.status)::TEXT AS platform_status,
  (
    NOT orders.is_test AND @tables_status(orders.status) <> 'failed'
  )::BOOLEAN AS is_sale,
  orders.is_test::BOOLEAN AS is_test,
  CASE WHEN @tables_status(orders.status) <> 'pending' THEN orders.ordered_at END::TIMESTAMP AS paid_at,
  NULL::TIMESTAMP AS fulfilled_at,
  orders.channel::TEXT AS channel,
  orders.country_code::TEXT AS country_code,
  orders.currency_code::TEXT AS currency_code,
  orders.order_total_native::DECIMAL(18, 3) AS order_total_native,
  CASE
    WHEN orders.discount_code IS NULL
    THEN []::TEXT[]
    ELSE [orders.discount_code]
  END::TEXT[] AS discount_codes,
  orders.is_deleted::BOOLEAN AS is_gone,
  orders.updated_at::TIMESTAMP AS updated_at,
  GREATEST(orders.loaded_at, COALESCE(items.loaded_at, orders.loaded_at))::TIMESTAMP AS loaded_at
FROM staging.stg_tables__orders AS orders
LEFT JOIN items
  ON items.order_key = orders.order_key
