MODEL (
  name intermediate.int_commercetools__orders,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_key,
  audits (
    not_null(columns := (order_key, store, order_id, is_sale, is_test, is_gone, loaded_at)),
    not_null(columns := (ordered_at, order_total_native), condition := NOT is_gone)
  ),
  description 'One row per order of a commercetools project, a deleted one too (is_gone). Every order is a sale. The states are the merchant''s and often never set, so what was charged decides whether an open order is pending. loaded_at is the last change of the order or a payment it names.'
);

WITH charged AS (
  SELECT
    order_key,
    COALESCE(SUM(units) FILTER(WHERE
      kind = 'Charge' AND state = 'Success'), 0) AS units,
    MIN(moved_at) FILTER(WHERE
      kind = 'Charge' AND state = 'Success') AS paid_at,
    MAX(loaded_at) AS loaded_at
  FROM intermediate.int_commercetools__movements
  GROUP BY
    order_key
), delivered AS (
  SELECT
    order_key,
    LIST_TRANSFORM(
      LIST_CONCAT(FLATTEN(LIST_TRANSFORM(shippings, LAMBDA method : method.deliveries)), []),
      LAMBDA delivery : delivery.createdAt
    ) AS sent
  FROM staging.stg_commercetools__orders
  WHERE
    shipment_state IN ('Shipped', 'Delivered')
)
SELECT
  orders.order_key::TEXT AS order_key,
  orders.store::TEXT AS store,
  orders.order_id::TEXT AS order_id,
  orders.order_number::TEXT AS order_number,
  orders.customer_id::TEXT AS customer_id,
  NULLIF(LOWER(TRIM(orders.email)), '')::TEXT AS email,
  orders.ordered_at::TIMESTAMP AS ordered_at,
  FALSE::BOOLEAN AS is_synthetic_date,
  CASE
    WHEN orders.order_state = 'Cancelled'
    THEN 'cancelled'
    WHEN orders.order_state = 'Complete'
    THEN 'completed'
    WHEN orders.order_state = 'Confirmed'
    OR orders.payment_state IN ('Paid', 'CreditOwed')
    OR orders.shipment_state IN ('Shipped', 'Delivered', 'Ready', 'Partial')
    OR charged.units > 0
    THEN 'processing'
    WHEN orders.payment_state = 'Failed'
    THEN 'failed'
    ELSE 'pending'
  END::TEXT AS platform_status,
  TRUE::BOOLEAN AS is_sale,
  FALSE::BOOLEAN AS is_test,
  COALESCE(
    charged.paid_at,
    CASE WHEN orders.payment_state IN ('Paid', 'CreditOwed') THEN orders.ordered_at END
  )::TIMESTAMP AS paid_at,
  @at_utc(LIST_MAX(delivered.sent))::TIMESTAMP AS fulfilled_at,
  CASE WHEN orders.origin = 'Customer' THEN 'web' ELSE LOWER(orders.origin) END::TEXT AS channel,
  orders.country_code::TEXT AS country_code,
  orders.currency_code::TEXT AS currency_code,
  @of_minor_units(totals.asked_units, totals.digits) AS order_total_native,
  LIST_TRANSFORM(
    LIST_FILTER(orders.codes, LAMBDA given : COALESCE(given.state = 'MatchesCart', TRUE)),
    LAMBDA given : COALESCE(given.discountCode.obj.code, given.discountCode.id)
  )::TEXT[] AS discount_codes,
  orders.is_deleted::BOOLEAN AS is_gone,
  orders.updated_at::TIMESTAMP AS updated_at,
  GREATEST(orders.loaded_at, COALESCE(charged.loaded_at, orders.loaded_at))::TIMESTAMP AS loaded_at
FROM staging.stg_commercetools__orders AS orders
LEFT JOIN charged
  ON charged.order_key = orders.order_key
LEFT JOIN intermediate.int_commercetools__totals AS totals
  ON totals.order_key = orders.order_key
LEFT JOIN delivered
  ON delivered.order_key = orders.order_key
