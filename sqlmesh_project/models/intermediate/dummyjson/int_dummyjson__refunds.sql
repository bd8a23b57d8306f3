MODEL (
  name intermediate.int_dummyjson__refunds,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain refund_key,
  audits (
    not_null(columns := (refund_key, order_key))
  ),
  description 'One row per refund at a payment provider that counts as a return of a DummyJSON shop''s order. These shops charge neither shipping nor taxes, so all of it is for goods.'
);

SELECT
  refunds.refund_key::TEXT AS refund_key,
  refunds.store::TEXT AS store,
  refunds.refund_id::TEXT AS refund_id,
  refunds.order_key::TEXT AS order_key,
  refunds.refunded_at::TIMESTAMP AS refunded_at,
  refunds.amount_native::DECIMAL(18, 3) AS amount_native,
  refunds.amount_native::DECIMAL(18, 3) AS goods_amount_native,
  0::DECIMAL(18, 3) AS shipping_amount_native,
  0::DECIMAL(18, 3) AS tax_amount_native,
  refunds.reason::TEXT AS reason,
  refunds.currency_code::TEXT AS currency_code
FROM intermediate.int_order_refunds AS refunds
JOIN staging.stg_dummyjson__carts AS carts
  ON carts.order_key = refunds.order_key
WHERE
  refunds.is_counted AND NOT carts.is_deleted
