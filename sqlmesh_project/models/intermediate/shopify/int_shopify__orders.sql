MODEL (
  name intermediate.int_shopify__orders,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_key,
  audits (
    not_null(
      columns := (order_key, store, order_id, ordered_at, platform_status),
      condition := NOT is_gone
    ),
    not_null(columns := loaded_at)
  ),
  description 'One row per order of a Shopify shop. Every order is a sale but test orders; one that was cancelled was sold first. The total is what was agreed when it was placed and by later edits.'
);

WITH edits AS (
  SELECT
    order_key,
    SUM(net_native + tax_native) AS amount_native
  FROM intermediate.int_shopify__sales
  WHERE
    action = 'edit'
  GROUP BY
    order_key
)
SELECT
  orders.order_key::TEXT AS order_key,
  orders.store::TEXT AS store,
  orders.order_id::TEXT AS order_id,
  orders.order_number::TEXT AS order_number,
  orders.customer_id::TEXT AS customer_id,
  orders.email::TEXT AS email,
  orders.ordered_at::TIMESTAMP AS ordered_at,
  FALSE::BOOLEAN AS is_synthetic_date,
  CASE
    WHEN NOT orders.cancelled_at IS NULL
    THEN 'cancelled'
    WHEN orders.financial_status IN ('VOIDED', 'EXPIRED')
    THEN 'failed'
    WHEN orders.financial_status IN ('PENDING', 'AUTHORIZED', 'PARTIALLY_PAID')
    THEN 'pending'
    WHEN orders.fulfillment_status IN ('FULFILLED', 'FULFILLMENT_NOT_REQUIRED', 'RESTOCKED')
    OR NOT orders.closed_at IS NULL
    THEN 'completed'
    ELSE 'processing'
  END::TEXT AS platform_status,
  (
    NOT orders.is_test
  )::BOOLEAN AS is_sale,
  orders.is_test::BOOLEAN AS is_test,
  COALESCE(
    @first_payment(orders.transactions),
    CASE
      WHEN orders.financial_status IN ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED')
      THEN orders.ordered_at
    END
  )::TIMESTAMP AS paid_at,
  orders.fulfilled_at::TIMESTAMP AS fulfilled_at,
  CASE orders.source_name
    WHEN 'shopify_draft_order'
    THEN 'draft_order'
    WHEN 'iphone'
    THEN 'pos'
    WHEN 'android'
    THEN 'pos'
    ELSE orders.source_name
  END::TEXT AS channel,
  orders.country_code::TEXT AS country_code,
  orders.currency_code::TEXT AS currency_code,
  CASE
    WHEN COALESCE(LENGTH(orders.sales), 0) > 0
    THEN orders.original_total_native + COALESCE(edits.amount_native, 0)
    ELSE orders.total_price_native
  END::DECIMAL(18, 3) AS order_total_native,
  orders.discount_codes::TEXT[] AS discount_codes,
  orders.is_deleted::BOOLEAN AS is_gone,
  orders.updated_at::TIMESTAMP AS updated_at,
  orders.loaded_at::TIMESTAMP AS loaded_at
FROM staging.stg_shopify__orders AS orders
LEFT JOIN edits
  ON edits.order_key = orders.order_key
