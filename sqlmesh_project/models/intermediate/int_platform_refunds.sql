MODEL (
  name intermediate.int_platform_refunds,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain refund_key,
  audits (
    not_null(columns := (refund_key, store, order_key))
  ),
  description 'One row per refund of an order, as the platforms'' own views tell it.'
);

WITH refunds AS (
  @each_platform(refunds)
)
SELECT
  platform::TEXT AS platform,
  refund_key::TEXT AS refund_key,
  store::TEXT AS store,
  refund_id::TEXT AS refund_id,
  order_key::TEXT AS order_key,
  refunded_at::TIMESTAMP AS refunded_at,
  amount_native::DECIMAL(18, 3) AS amount_native,
  goods_amount_native::DECIMAL(18, 3) AS goods_amount_native,
  shipping_amount_native::DECIMAL(18, 3) AS shipping_amount_native,
  tax_amount_native::DECIMAL(18, 3) AS tax_amount_native,
  reason::TEXT AS reason,
  currency_code::TEXT AS currency_code
FROM refunds
