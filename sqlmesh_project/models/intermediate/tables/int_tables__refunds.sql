MODEL (
  name intermediate.int_tables__refunds,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain refund_key,
  audits (
    not_null(columns := (refund_key, store, refund_id, order_key, refunded_at, amount_native))
  ),
  description 'One row per order of a shop that has tables whose status says refunded: all of it, on the day of its last change.'
);

SELECT
  @surrogate_key(orders.order_key, 'refund')::TEXT AS refund_key,
  orders.store::TEXT AS store,
  orders.order_id::TEXT AS refund_id,
  orders.order_key::TEXT AS order_key,
  COALESCE(orders.updated_at, orders.ordered_at)::TIMESTAMP AS refunded_at,
  orders.order_total_native::DECIMAL(18, 3) AS amount_native,
  (
    orders.order_total_native - orders.shipping_native - orders.tax_native
  )::DECIMAL(18, 3) AS goods_amount_native,
  orders.shipping_native::DECIMAL(18, 3) AS shipping_amount_native,
  orders.tax_native::DECIMAL(18, 3) AS tax_amount_native,
  NULL::TEXT AS reason,
  orders.currency_code::TEXT AS currency_code
FROM staging.stg_tables__orders AS orders
WHERE
  NOT orders.is_deleted
  AND NOT orders.is_test
  AND @tables_reversal(orders.status) = 'return'
