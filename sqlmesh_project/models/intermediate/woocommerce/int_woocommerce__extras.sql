MODEL (
  name intermediate.int_woocommerce__extras,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (order_key, kind, extra_id),
  audits (
    not_null(columns := (order_key, kind, extra_id, amount_native, tax_native))
  ),
  description 'One row per shipping and fee of a WooCommerce order, with its tax. A fee may be negative.'
);

WITH fees AS (
  SELECT
    order_key,
    @rows_of(fees) AS fee
  FROM staging.stg_woocommerce__orders
)
SELECT
  order_key::TEXT AS order_key,
  'shipping'::TEXT AS kind,
  'shipping'::TEXT AS extra_id,
  shipping_native::DECIMAL(18, 3) AS amount_native,
  shipping_tax_native::DECIMAL(18, 3) AS tax_native
FROM staging.stg_woocommerce__orders
WHERE
  shipping_native <> 0 OR shipping_tax_native <> 0
UNION ALL
SELECT
  order_key::TEXT AS order_key,
  'fee'::TEXT AS kind,
  fee.id::TEXT AS extra_id,
  COALESCE(@amount(fee.total)::DECIMAL(18, 3), 0.000)::DECIMAL(18, 3) AS amount_native,
  COALESCE(@amount(fee.total_tax)::DECIMAL(18, 3), 0.000)::DECIMAL(18, 3) AS tax_native
FROM fees
