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

WITH completed AS (
  /* The hours in which its order may have been created, to join by an equality: near a full hour those are two. */
  SELECT
    checkouts.*,
    DATE_TRUNC('HOUR', checkouts.completed_at - INTERVAL '1' MINUTE * @checkout_order_minutes) AS hour_at
  FROM staging.stg_shopify__abandoned_checkouts AS checkouts
  UNION
  SELECT
    checkouts.*,
    DATE_TRUNC('HOUR', checkouts.completed_at + INTERVAL '1' MINUTE * @checkout_order_minutes) AS hour_at
  FROM staging.stg_shopify__abandoned_checkouts AS checkouts
), pairs AS (
  SELECT
    checkouts.checkout_key,
    checkouts.checkout_id,
    orders.order_key,
    ABS(DATE_DIFF('SECOND', checkouts.completed_at, orders.created_at)) AS distance,
    COALESCE(checkouts.customer_id = orders.customer_id, FALSE) AS is_same_customer,
    GREATEST(checkouts.loaded_at, orders.loaded_at) AS loaded_at
  FROM completed AS checkouts
  JOIN staging.stg_shopify__orders AS orders
    ON orders.store = checkouts.store
    AND DATE_TRUNC('HOUR', orders.created_at) = checkouts.hour_at
    AND ABS(DATE_DIFF('SECOND', checkouts.completed_at, orders.created_at)) <= 60 * @checkout_order_minutes
    AND COALESCE(checkouts.customer_id = orders.customer_id, TRUE)
  WHERE
    orders.source_name = 'web'
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
