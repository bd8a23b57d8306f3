MODEL (
  name intermediate.int_platform_carts,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain cart_key,
  audits (
    not_null(columns := (cart_key, platform, store, cart_id, loaded_at))
  ),
  description 'One row per cart or checkout of every platform that tells them, as the platforms'' own views tell it.'
);

WITH carts AS (
  @each_platform(carts)
)
SELECT
  platform::TEXT AS platform,
  cart_key::TEXT AS cart_key,
  store::TEXT AS store,
  cart_id::TEXT AS cart_id,
  kind::TEXT AS kind,
  customer_id::TEXT AS customer_id,
  email::TEXT AS email,
  created_at::TIMESTAMP AS created_at,
  is_start_known::BOOLEAN AS is_start_known,
  touched_at::TIMESTAMP AS touched_at,
  purchased_at::TIMESTAMP AS purchased_at,
  order_key::TEXT AS order_key,
  has_checkout::BOOLEAN AS has_checkout,
  is_paid::BOOLEAN AS is_paid,
  item_count::INT AS item_count,
  subtotal_native::DECIMAL(18, 3) AS subtotal_native,
  currency_code::TEXT AS currency_code,
  is_gone::BOOLEAN AS is_gone,
  loaded_at::TIMESTAMP AS loaded_at
FROM carts
