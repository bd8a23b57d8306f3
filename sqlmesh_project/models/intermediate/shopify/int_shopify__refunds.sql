MODEL (
  name intermediate.int_shopify__refunds,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain refund_key,
  audits (
    not_null(columns := (refund_key, store, refund_id, order_key, refunded_at, amount_native))
  ),
  description 'One row per refund of a Shopify order that gave money back. Goods that were taken back for nothing are in the ledger only; refunds whose money came back are left out, and so are those of test and deleted orders. What is neither shipping nor tax of a line is goods, goodwill among it.'
);

WITH orders AS (
  SELECT
    order_key,
    store,
    currency_code,
    has_taxes_included,
    refunds,
    refund_lines
  FROM staging.stg_shopify__orders
  WHERE
    NOT is_test AND NOT is_deleted AND LENGTH(refunds) > 0
), unnested AS (
  SELECT
    order_key,
    store,
    currency_code,
    @rows_of(refunds) AS refund
  FROM orders
), unnested_lines AS (
  SELECT
    order_key,
    has_taxes_included,
    @rows_of(refund_lines) AS line
  FROM orders
), refunds AS (
  SELECT
    order_key,
    store,
    currency_code,
    refund.refund_id AS refund_id,
    refund.refunded_at AS refunded_at,
    refund.amount AS amount_native,
    refund.reason AS reason
  FROM unnested
  WHERE
    NOT refund.is_failed AND refund.amount <> 0
), parts AS (
  SELECT
    order_key,
    line.refund_id AS refund_id,
    SUM(
      CASE
        WHEN line.line_type = 'SHIPPING'
        THEN line.amount - CASE WHEN has_taxes_included THEN line.tax ELSE 0 END
        ELSE 0
      END
    ) AS shipping_amount_native,
    SUM(line.tax) AS tax_amount_native
  FROM unnested_lines
  GROUP BY
    order_key,
    line.refund_id
), split AS (
  SELECT
    refunds.order_key,
    refunds.store,
    refunds.currency_code,
    refunds.refund_id,
    refunds.refunded_at,
    refunds.reason,
    refunds.amount_native,
    COALESCE(parts.shipping_amount_native, 0) AS shipping_amount_native,
    COALESCE(parts.tax_amount_native, 0) AS tax_amount_native
  FROM refunds
  LEFT JOIN parts
    ON parts.order_key = refunds.order_key AND parts.refund_id = refunds.refund_id
)
SELECT
  @surrogate_key(store, refund_id)::TEXT AS refund_key,
  store::TEXT AS store,
  refund_id::TEXT AS refund_id,
  order_key::TEXT AS order_key,
  refunded_at::TIMESTAMP AS refunded_at,
  amount_native::DECIMAL(18, 3) AS amount_native,
  (
    amount_native - shipping_amount_native - tax_amount_native
  )::DECIMAL(18, 3) AS goods_amount_native,
  shipping_amount_native::DECIMAL(18, 3) AS shipping_amount_native,
  tax_amount_native::DECIMAL(18, 3) AS tax_amount_native,
  reason::TEXT AS reason,
  currency_code::TEXT AS currency_code
FROM split
