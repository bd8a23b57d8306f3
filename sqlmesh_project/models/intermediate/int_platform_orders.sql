MODEL (
  name intermediate.int_platform_orders,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_key,
  audits (
    not_null(columns := (order_key, platform, store, order_id, loaded_at))
  ),
  description 'One row per order of every platform, as the platforms'' own views tell it.'
);

WITH orders AS (
  @each_platform(orders)
)
SELECT
  platform::TEXT AS platform,
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  order_id::TEXT AS order_id,
  order_number::TEXT AS order_number,
  customer_id::TEXT AS customer_id,
  email::TEXT AS email,
  ordered_at::TIMESTAMP AS ordered_at,
  is_synthetic_date::BOOLEAN AS is_synthetic_date,
  platform_status::TEXT AS platform_status,
  is_sale::BOOLEAN AS is_sale,
  is_test::BOOLEAN AS is_test,
  fulfilled_at::TIMESTAMP AS fulfilled_at,
  channel::TEXT AS channel,
  country_code::TEXT AS country_code,
  currency_code::TEXT AS currency_code,
  order_total_native::DECIMAL(18, 3) AS order_total_native,
  discount_codes::TEXT[] AS discount_codes,
  is_gone::BOOLEAN AS is_gone,
  updated_at::TIMESTAMP AS updated_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM orders
