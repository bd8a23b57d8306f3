MODEL (
  name intermediate.int_intent_orders,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (connection, payment_intent_id),
  audits (
    not_null(columns := (connection, payment_intent_id, store, loaded_at))
  ),
  description 'One row per payment intent: the shop whose order it names (else the Stripe connection itself), that order and its customer where they are known here, and when anything of this last changed.'
);

SELECT
  intents.connection::TEXT AS connection,
  intents.payment_intent_id::TEXT AS payment_intent_id,
  COALESCE(links.store, intents.connection)::TEXT AS store,
  CASE WHEN NOT orders.is_gone THEN orders.order_key END::TEXT AS order_key,
  CASE WHEN NOT orders.is_gone THEN orders.customer_key END::TEXT AS customer_key,
  GREATEST(
    intents.loaded_at,
    COALESCE(links.loaded_at, intents.loaded_at),
    COALESCE(orders.loaded_at, intents.loaded_at)
  )::TIMESTAMP AS loaded_at
FROM staging.stg_stripe__payment_intents AS intents
LEFT JOIN intermediate.int_order_intents AS links
  ON links.connection = intents.connection
  AND links.payment_intent_id = intents.payment_intent_id
  AND links.is_current
LEFT JOIN intermediate.int_orders AS orders
  ON orders.order_key = links.order_key
