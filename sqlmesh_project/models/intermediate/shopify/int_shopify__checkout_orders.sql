MODEL (
  name intermediate.int_shopify__checkout_orders,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (checkout_key, order_key),
  audits (
    not_null(columns := (checkout_key, order_key, is_match, loaded_at))
  ),
  description 'One row per completed checkout and online order that may have come of it: a Shopify checkout does not name its order, but was completed within minutes of the order''s creation and by no other customer. is_match where each is the other''s nearest. loaded_at is the last change of any of those that had a part in the answer.'
);

WITH orders AS (
  SELECT
    order_key,
    store,
    customer_id,
    created_at,
    loaded_at
  FROM staging.stg_shopify__orders
  WHERE
    source_name = 'web'
), order_hours AS (
  /* The hours a checkout may have been completed in, to join by an equality: an order near a full hour is in two. */
  SELECT
    orders.*,
    DATE_TRUNC('HOUR', created_at - INTERVAL '1' MINUTE * @checkout_order_minutes) AS hour_at
  FROM orders
  UNION
  SELECT
    orders.*,
    DATE_TRUNC('HOUR', created_at + INTERVAL '1' MINUTE * @checkout_order_minutes) AS hour_at
  FROM orders
), pairs AS (
  SELECT
    checkouts.checkout_key,
    checkouts.checkout_id,
    orders.order_key,
    ABS(DATE_DIFF('SECOND', checkouts.completed_at, orders.created_at)) AS distance,
    COALESCE(checkouts.customer_id = orders.customer_id, FALSE) AS is_same_customer,
    GREATEST(checkouts.loaded_at, orders.loaded_at) AS loaded_at
  FROM staging.stg_shopify__abandoned_checkouts AS checkouts
  JOIN order_hours AS orders
    ON orders.store = checkouts.store
    AND orders.hour_at = DATE_TRUNC('HOUR', checkouts.completed_at)
    AND ABS(DATE_DIFF('SECOND', checkouts.completed_at, orders.created_at)) <= 60 * @checkout_order_minutes
    AND COALESCE(checkouts.customer_id = orders.customer_id, TRUE)
), ranked AS (
  SELECT
    checkout_key,
    order_key,
    ROW_NUMBER() OVER (PARTITION BY checkout_key ORDER BY is_same_customer DESC, distance, order_key) AS order_rank,
    ROW_NUMBER() OVER (PARTITION BY order_key ORDER BY is_same_customer DESC, distance, checkout_key) AS checkout_rank,
    MAX(loaded_at) OVER (PARTITION BY checkout_key) AS checkout_changed_at,
    MAX(loaded_at) OVER (PARTITION BY order_key) AS order_changed_at
  FROM pairs
)
SELECT
  checkout_key::TEXT AS checkout_key,
  order_key::TEXT AS order_key,
  (
    order_rank = 1 AND checkout_rank = 1
  )::BOOLEAN AS is_match,
  GREATEST(checkout_changed_at, order_changed_at)::TIMESTAMP AS loaded_at
FROM ranked
