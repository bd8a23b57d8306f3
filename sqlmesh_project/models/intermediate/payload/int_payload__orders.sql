MODEL (
  name intermediate.int_payload__orders,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_key,
  audits (
    not_null(columns := (order_key, store, order_id, is_sale, is_gone, loaded_at))
  ),
  description 'One row per order a Payload site has ever shown. One without an amount was made by hand and never asked money for: it is no sale. There is no trash for orders; a deleted one is gone.'
);

WITH paid AS (
  SELECT
    store,
    order_id,
    MIN(created_at) FILTER(WHERE
      status IN ('succeeded', 'refunded')) AS paid_at,
    MAX(loaded_at) AS loaded_at
  FROM staging.stg_payload__transactions
  GROUP BY
    store,
    order_id
)
SELECT
  orders.order_key::TEXT AS order_key,
  orders.store::TEXT AS store,
  orders.order_id::TEXT AS order_id,
  orders.order_id::TEXT AS order_number,
  orders.customer_id::TEXT AS customer_id,
  orders.email::TEXT AS email,
  orders.ordered_at::TIMESTAMP AS ordered_at,
  FALSE::BOOLEAN AS is_synthetic_date,
  CASE orders.status
    WHEN 'completed'
    THEN 'completed'
    WHEN 'refunded'
    THEN 'completed'
    WHEN 'cancelled'
    THEN 'cancelled'
    ELSE CASE WHEN orders.status IS NULL THEN 'pending' ELSE 'processing' END
  END::TEXT AS platform_status,
  (
    NOT orders.amount_units IS NULL
  )::BOOLEAN AS is_sale,
  FALSE::BOOLEAN AS is_test,
  COALESCE(paid.paid_at, orders.ordered_at)::TIMESTAMP AS paid_at,
  NULL::TIMESTAMP AS fulfilled_at,
  NULL::TEXT AS channel,
  orders.country_code::TEXT AS country_code,
  orders.currency_code::TEXT AS currency_code,
  (
    orders.amount_units * @iso_minor_unit(orders.currency_code)
  )::DECIMAL(18, 3) AS order_total_native,
  NULL::TEXT[] AS discount_codes,
  orders.is_deleted::BOOLEAN AS is_gone,
  orders.updated_at::TIMESTAMP AS updated_at,
  GREATEST(orders.loaded_at, paid.loaded_at)::TIMESTAMP AS loaded_at
FROM staging.stg_payload__orders AS orders
LEFT JOIN paid
  ON paid.store = orders.store AND paid.order_id = orders.order_id
