MODEL (
  name intermediate.int_buyers,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key buyer_key
  ),
  grain (customer_key, store),
  audits (
    not_null(
      columns := (
        buyer_key,
        customer_key,
        store,
        order_count,
        first_order_date,
        last_order_date,
        loaded_at
      )
    ),
    buyers_match_orders
  ),
  description 'One row per person and store they have bought from: how often, when and for how much, over all orders that are sales. Only people are computed again of whom an order changed, also one that was theirs before.'
);

WITH touched AS (
  SELECT
    footprints.customer_key,
    footprints.store,
    MAX(orders.loaded_at) AS loaded_at
  FROM intermediate.int_order_footprints AS footprints
  JOIN intermediate.int_orders AS orders
    ON orders.order_key = footprints.order_key
  WHERE
    @is_new(orders.loaded_at) AND NOT footprints.customer_key IS NULL
  GROUP BY
    footprints.customer_key,
    footprints.store
)
SELECT
  @surrogate_key(touched.customer_key, touched.store)::TEXT AS buyer_key,
  touched.customer_key::TEXT AS customer_key,
  touched.store::TEXT AS store,
  COUNT(*)::INT AS order_count,
  MIN(orders.order_date)::DATE AS first_order_date,
  MAX(orders.order_date)::DATE AS last_order_date,
  CASE WHEN COUNT(orders.net_sales) = COUNT(*) THEN SUM(orders.net_sales) END::DECIMAL(18, 3) AS net_sales, /* Not known while the rate of one order is not. */
  MAX(touched.loaded_at)::TIMESTAMP AS loaded_at
FROM touched
JOIN marts.fact_orders AS orders
  ON orders.customer_key = touched.customer_key
  AND orders.store = touched.store
  AND orders.is_sale
GROUP BY
  touched.customer_key,
  touched.store;

@forget_vanished(
  (
    SELECT
      @surrogate_key(footprints.customer_key, footprints.store) AS buyer_key,
      orders.loaded_at
    FROM intermediate.int_order_footprints AS footprints
    JOIN intermediate.int_orders AS orders
      ON orders.order_key = footprints.order_key
  ),
  buyer_key
)
