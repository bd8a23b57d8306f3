MODEL (
  name intermediate.int_commercetools__refunds,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain refund_key,
  audits (
    not_null(columns := (refund_key, store, refund_id, order_key, refunded_at, amount_native))
  ),
  description 'One row per refund of a payment that an order names, once it has succeeded: how much money, and what of it is for goods, shipping and tax.'
);

SELECT
  parts.refund_key::TEXT AS refund_key,
  orders.store::TEXT AS store,
  parts.refund_id::TEXT AS refund_id,
  parts.order_key::TEXT AS order_key,
  parts.refunded_at::TIMESTAMP AS refunded_at,
  @of_minor_units(parts.refund_units, parts.digits) AS amount_native,
  @of_minor_units(
    COALESCE(SUM(parts.net_units) FILTER(WHERE
      parts.part <> 'shipping'), 0),
    parts.digits
  ) AS goods_amount_native,
  @of_minor_units(
    COALESCE(SUM(parts.net_units) FILTER(WHERE
      parts.part = 'shipping'), 0),
    parts.digits
  ) AS shipping_amount_native,
  @of_minor_units(SUM(parts.tax_units), parts.digits) AS tax_amount_native,
  NULL::TEXT AS reason,
  orders.currency_code::TEXT AS currency_code
FROM intermediate.int_commercetools__refund_parts AS parts
JOIN staging.stg_commercetools__orders AS orders
  ON orders.order_key = parts.order_key
GROUP BY
  parts.refund_key,
  orders.store,
  parts.refund_id,
  parts.order_key,
  parts.refunded_at,
  parts.refund_units,
  parts.digits,
  orders.currency_code
