MODEL (
  name intermediate.int_woocommerce__refunds,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain refund_key,
  audits (
    not_null(columns := (refund_key, store, refund_id, order_key, refunded_at, amount_native))
  ),
  description 'One row per refund of a WooCommerce order that counts; fees given back and money for no line are in the goods'' amount.'
);

WITH parts AS (
  SELECT
    refund_key,
    SUM(CASE WHEN kind = 'shipping' THEN 0 ELSE amount_native END) AS goods_amount_native,
    SUM(CASE WHEN kind = 'shipping' THEN amount_native ELSE 0 END) AS shipping_amount_native,
    SUM(tax_native) AS tax_amount_native
  FROM intermediate.int_woocommerce__given_back
  GROUP BY
    refund_key
)
SELECT
  refunds.refund_key::TEXT AS refund_key,
  refunds.store::TEXT AS store,
  refunds.refund_id::TEXT AS refund_id,
  refunds.order_key::TEXT AS order_key,
  refunds.created_at::TIMESTAMP AS refunded_at,
  refunds.amount_native::DECIMAL(18, 3) AS amount_native,
  COALESCE(parts.goods_amount_native, 0)::DECIMAL(18, 3) AS goods_amount_native,
  COALESCE(parts.shipping_amount_native, 0)::DECIMAL(18, 3) AS shipping_amount_native,
  COALESCE(parts.tax_amount_native, 0)::DECIMAL(18, 3) AS tax_amount_native,
  refunds.reason::TEXT AS reason,
  orders.currency_code::TEXT AS currency_code
FROM intermediate.int_woocommerce__counted_refunds AS counted
JOIN staging.stg_woocommerce__refunds AS refunds
  ON refunds.refund_key = counted.refund_key
JOIN staging.stg_woocommerce__orders AS orders
  ON orders.order_key = refunds.order_key
LEFT JOIN parts
  ON parts.refund_key = refunds.refund_key
WHERE
  NOT orders.is_deleted AND orders.status <> 'trash'
