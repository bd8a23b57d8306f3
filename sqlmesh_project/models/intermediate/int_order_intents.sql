MODEL (
  name intermediate.int_order_intents,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_payment_key,
  audits (
    not_null(columns := (order_payment_key, order_key, loaded_at))
  ),
  description 'One row per payment intent and order it has ever named, with whether it still names it (is_current) and when anything about the two last changed.'
);

SELECT
  links.order_payment_key::TEXT AS order_payment_key,
  links.connection::TEXT AS connection,
  links.payment_intent_id::TEXT AS payment_intent_id,
  links.store::TEXT AS store,
  links.order_id::TEXT AS order_id,
  links.order_key::TEXT AS order_key,
  COALESCE(
    intents.order_id = links.order_id
    AND stores.settles = links.store
    AND NOT intents.is_deleted,
    FALSE
  )::BOOLEAN AS is_current,
  intents.created_at::TIMESTAMP AS created_at,
  intents.amount_native::DECIMAL(18, 3) AS amount_native,
  GREATEST(intents.loaded_at, stores.loaded_at)::TIMESTAMP AS loaded_at
FROM intermediate.int_order_payments AS links
JOIN staging.stg_stripe__payment_intents AS intents
  ON intents.connection = links.connection
  AND intents.payment_intent_id = links.payment_intent_id
JOIN intermediate.int_stores AS stores
  ON stores.store = links.connection
