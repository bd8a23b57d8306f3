MODEL (
  name marts.dim_stores,
  kind FULL,
  grain store,
  depends_on (
    marts.fact_transactions
  ),
  audits (
    not_null(columns := (store, platform, timezone, currency_code)),
    unique_values(columns := store),
    covers("column" := store, from_model := marts.fact_orders),
    covers("column" := store, from_model := marts.fact_transactions)
  ),
  description 'One row per connection: shops, and the payment providers that settle for them.',
  column_descriptions (
    store = 'Name of the connection.',
    platform = 'Kind of source, such as dummyjson or stripe.',
    timezone = 'Time zone in which its days begin and end, IANA name.',
    currency_code = 'The store''s currency.',
    settles = 'The shop whose payments this connection tells. Null for a shop.',
    first_order_at = 'When its first order was placed, UTC. Null where it has none.',
    last_order_at = 'When its newest order was placed, UTC. Null where it has none.',
    order_count = 'Orders of the store.',
    last_loaded_at = 'When anything of it was last loaded here, UTC.'
  )
);

WITH orders AS (
  SELECT
    store,
    MIN(ordered_at) AS first_order_at,
    MAX(ordered_at) AS last_order_at,
    COUNT(*) AS order_count
  FROM marts.fact_orders
  GROUP BY
    store
)
SELECT
  stores.store::TEXT AS store,
  stores.platform::TEXT AS platform,
  stores.timezone::TEXT AS timezone,
  stores.currency_code::TEXT AS currency_code,
  stores.settles::TEXT AS settles,
  orders.first_order_at::TIMESTAMP AS first_order_at,
  orders.last_order_at::TIMESTAMP AS last_order_at,
  COALESCE(orders.order_count, 0)::INT AS order_count,
  reached.last_loaded_at::TIMESTAMP AS last_loaded_at
FROM intermediate.int_stores AS stores
LEFT JOIN orders
  ON orders.store = stores.store
LEFT JOIN intermediate.int_as_of AS reached
  ON reached.store = stores.store
