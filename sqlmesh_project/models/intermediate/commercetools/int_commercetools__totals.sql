MODEL (
  name intermediate.int_commercetools__totals,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_key,
  audits (
    not_null(
      columns := (order_key, asked_units, shipping_units, shipping_tax_units, fee_units, tax_units)
    )
  ),
  description 'One row per order of a commercetools project that is not deleted, with what it comes to in minor units: asked is the platform''s own word, taxes added where it adds none itself; the others are sums over the order''s parts.'
);

SELECT
  orders.order_key::TEXT AS order_key,
  orders.digits::INT AS digits,
  COALESCE(
    orders.gross_units,
    orders.total_units + COALESCE(SUM(amounts.tax_on_top_units), 0)
  )::BIGINT AS asked_units,
  COALESCE(SUM(amounts.net_units) FILTER(WHERE
    amounts.part = 'shipping'), 0)::BIGINT AS shipping_units,
  COALESCE(SUM(amounts.tax_units) FILTER(WHERE
    amounts.part = 'shipping'), 0)::BIGINT AS shipping_tax_units,
  COALESCE(SUM(amounts.net_units) FILTER(WHERE
    amounts.part = 'fee'), 0)::BIGINT AS fee_units,
  COALESCE(SUM(amounts.tax_units), 0)::BIGINT AS tax_units
FROM staging.stg_commercetools__orders AS orders
LEFT JOIN intermediate.int_commercetools__amounts AS amounts
  ON amounts.order_key = orders.order_key
WHERE
  NOT orders.is_deleted
GROUP BY
  orders.order_key,
  orders.digits,
  orders.gross_units,
  orders.total_units
