MODEL (
  name staging.stg_payload__transactions,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key transaction_key
  ),
  signals (
    news()
  ),
  grain transaction_key,
  audits (
    not_null(
      columns := (
        transaction_key,
        store,
        transaction_id,
        status,
        created_at,
        updated_at,
        loaded_at
      ),
      condition := NOT is_deleted
    )
  ),
  columns (
    transaction_key TEXT,
    store TEXT,
    transaction_id TEXT,
    order_id TEXT,
    cart_id TEXT,
    customer_id TEXT,
    status TEXT,
    status_since TIMESTAMP,
    payment_method TEXT,
    payment_intent_id TEXT,
    amount_units BIGINT,
    currency_code TEXT,
    created_at TIMESTAMP,
    updated_at TIMESTAMP,
    is_deleted BOOLEAN,
    loaded_at TIMESTAMP
  ),
  description 'One row per transaction a Payload site has ever shown, failed ones too. The order, the cart and the customer last known stay when they are deleted; status_since is the change as of the first time it was seen with its status.'
);

WITH payloads AS (
  SELECT
    @surrogate_key(connection, id)::TEXT AS transaction_key,
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "order": "VARCHAR", "cart": "VARCHAR", "customer": "VARCHAR", "status": "VARCHAR", "paymentMethod": "VARCHAR",
      "stripe": {"paymentIntentID": "VARCHAR"}, "amount": "BIGINT", "currency": "VARCHAR",
      "createdAt": "VARCHAR", "updatedAt": "VARCHAR"
    }'
    ) AS payment
  FROM raw.payload__transactions
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    transaction_key,
    connection,
    id,
    is_deleted,
    loaded_at,
    payment."order" AS order_reference,
    payment.cart AS cart_reference,
    payment.customer AS customer,
    payment.status AS status,
    payment.paymentMethod AS payment_method,
    payment.stripe.paymentIntentID AS payment_intent_id,
    payment.amount AS amount,
    payment.currency AS currency,
    payment.createdAt AS created,
    @at_utc(payment.updatedAt) AS changed_at
  FROM payloads
)
SELECT
  fields.transaction_key::TEXT AS transaction_key,
  fields.connection::TEXT AS store,
  fields.id::TEXT AS transaction_id,
  COALESCE(@object_id(fields.order_reference), known.order_id)::TEXT AS order_id,
  COALESCE(@object_id(fields.cart_reference), known.cart_id)::TEXT AS cart_id,
  COALESCE(@object_id(fields.customer), known.customer_id)::TEXT AS customer_id,
  fields.status::TEXT AS status,
  CASE
    WHEN fields.status IS NOT DISTINCT FROM known.status
    THEN COALESCE(known.status_since, fields.changed_at)
    ELSE fields.changed_at
  END::TIMESTAMP AS status_since,
  fields.payment_method::TEXT AS payment_method,
  fields.payment_intent_id::TEXT AS payment_intent_id,
  fields.amount::BIGINT AS amount_units,
  UPPER(fields.currency)::TEXT AS currency_code,
  @at_utc(fields.created)::TIMESTAMP AS created_at,
  fields.changed_at::TIMESTAMP AS updated_at,
  fields.is_deleted::BOOLEAN AS is_deleted,
  fields.loaded_at::TIMESTAMP AS loaded_at
FROM fields
LEFT JOIN staging.stg_payload__transactions AS known
  ON known.transaction_key = fields.transaction_key
