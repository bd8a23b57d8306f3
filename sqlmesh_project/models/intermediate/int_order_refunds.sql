MODEL (
  name intermediate.int_order_refunds,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (refund_key, order_key),
  audits (
    not_null(columns := (refund_key, order_key, loaded_at))
  ),
  description 'One row per refund and order its payment has ever named, with whether it counts as a return of that order (is_counted): a refund that failed or was canceled gave nothing back.'
);

SELECT
  refunds.refund_key::TEXT AS refund_key,
  refunds.connection::TEXT AS connection,
  refunds.refund_id::TEXT AS refund_id,
  intents.store::TEXT AS store,
  intents.order_id::TEXT AS order_id,
  intents.order_key::TEXT AS order_key,
  refunds.created_at::TIMESTAMP AS refunded_at,
  refunds.amount_native::DECIMAL(18, 3) AS amount_native,
  refunds.currency_code::TEXT AS currency_code,
  intents.amount_native::DECIMAL(18, 3) AS paid_native,
  refunds.reason::TEXT AS reason,
  refunds.line_position::INT AS line_position,
  refunds.line_quantity::INT AS line_quantity,
  (
    intents.is_current
    AND @is_counted_refund(refunds.status)
    AND NOT refunds.is_deleted
  )::BOOLEAN AS is_counted,
  GREATEST(refunds.loaded_at, intents.loaded_at)::TIMESTAMP AS loaded_at
FROM staging.stg_stripe__refunds AS refunds
JOIN intermediate.int_order_intents AS intents
  ON intents.connection = refunds.connection
  AND intents.payment_intent_id = refunds.payment_intent_id
