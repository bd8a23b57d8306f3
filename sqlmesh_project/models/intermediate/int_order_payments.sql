MODEL (
  name intermediate.int_order_payments,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_payment_key
  ),
  grain order_payment_key,
  audits (
    not_null(columns := (order_payment_key, connection, payment_intent_id, store, order_id))
  ),
  description 'One row per payment intent and order it has ever named. A log: when an intent names another order, its old row stays, so that the order it left is computed again too. Whether a row still holds is asked of the intent.'
);

WITH named AS (
  SELECT
    intents.connection,
    intents.payment_intent_id,
    stores.settles AS store,
    intents.order_id,
    GREATEST(intents.loaded_at, stores.loaded_at) AS loaded_at
  FROM staging.stg_stripe__payment_intents AS intents
  JOIN intermediate.int_stores AS stores
    ON stores.store = intents.connection
  WHERE
    NOT stores.settles IS NULL AND NOT intents.order_id IS NULL
)
SELECT
  @surrogate_key(connection, payment_intent_id, store, order_id)::TEXT AS order_payment_key,
  connection::TEXT AS connection,
  payment_intent_id::TEXT AS payment_intent_id,
  store::TEXT AS store,
  order_id::TEXT AS order_id,
  @surrogate_key(store, order_id)::TEXT AS order_key,
  loaded_at::TIMESTAMP AS loaded_at
FROM named
WHERE
  @is_new(loaded_at)
