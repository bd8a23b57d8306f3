MODEL (
  name intermediate.int_woocommerce__orders,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_key,
  audits (
    not_null(columns := (order_key, store, order_id, is_sale, is_gone, loaded_at))
  ),
  description 'One row per order of a WooCommerce shop. A sale is an order that is processing, on hold, completed or refunded, or has a status of the shop''s own that its connection does not exclude; drafts, the trash and what was deleted are gone.'
);

WITH refunds AS (
  SELECT
    order_key,
    MAX(loaded_at) AS loaded_at
  FROM staging.stg_woocommerce__refunds
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
  orders.created_at::TIMESTAMP AS ordered_at,
  FALSE::BOOLEAN AS is_synthetic_date,
  CASE
    WHEN orders.status IN ('pending', 'checkout-draft', 'auto-draft')
    THEN 'pending'
    WHEN orders.status IN ('cancelled', 'trash')
    THEN 'cancelled'
    WHEN orders.status = 'failed'
    THEN 'failed'
    WHEN orders.status = 'completed'
    OR (
      orders.status = 'refunded' AND NOT orders.completed_at IS NULL
    )
    THEN 'completed'
    ELSE 'processing'
  END::TEXT AS platform_status,
  (
    NOT orders.status IN (
      'pending',
      'failed',
      'cancelled',
      'checkout-draft',
      'auto-draft',
      'draft',
      'new',
      'trash'
    )
    AND NOT COALESCE(excluded.is_excluded, FALSE)
  )::BOOLEAN AS is_sale,
  FALSE::BOOLEAN AS is_test,
  orders.paid_at::TIMESTAMP AS paid_at,
  orders.completed_at::TIMESTAMP AS fulfilled_at,
  CASE orders.created_via
    WHEN 'checkout'
    THEN 'web'
    WHEN 'store-api'
    THEN 'web'
    WHEN 'admin'
    THEN 'phone'
    WHEN 'pos-rest-api'
    THEN 'pos'
    ELSE orders.created_via
  END::TEXT AS channel,
  orders.country_code::TEXT AS country_code,
  orders.currency_code::TEXT AS currency_code,
  orders.order_total_native::DECIMAL(18, 3) AS order_total_native,
  orders.coupon_codes::TEXT[] AS discount_codes,
  (
    orders.is_deleted OR orders.status IN ('trash', 'checkout-draft', 'auto-draft')
  )::BOOLEAN AS is_gone,
  orders.updated_at::TIMESTAMP AS updated_at,
  GREATEST(
    orders.loaded_at,
    COALESCE(refunds.loaded_at, orders.loaded_at),
    COALESCE(excluded.changed_at, orders.loaded_at)
  )::TIMESTAMP AS loaded_at
FROM staging.stg_woocommerce__orders AS orders
LEFT JOIN refunds
  ON refunds.order_key = orders.order_key
LEFT JOIN ops.excluded_statuses AS excluded
  ON excluded.connection = orders.store AND excluded.status = orders.status
