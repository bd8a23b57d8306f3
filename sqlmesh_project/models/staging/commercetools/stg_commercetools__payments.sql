MODEL (
  name staging.stg_commercetools__payments,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key payment_key
  ),
  signals (
    news()
  ),
  grain payment_key,
  audits (
    not_null(columns := (payment_key, store, payment_id, loaded_at)),
    not_null(columns := (currency_code, digits, planned_units), condition := NOT is_deleted)
  ),
  description 'One row per payment a commercetools project has ever shown, its transactions inside; deleted ones are marked. A payment does not name its order: the order names it. Amounts named units are whole minor units.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "interfaceId": "VARCHAR", "customer": {"id": "VARCHAR"}, "createdAt": "VARCHAR", "lastModifiedAt": "VARCHAR",
      "amountPlanned": {"centAmount": "BIGINT", "fractionDigits": "INTEGER", "currencyCode": "VARCHAR"},
      "paymentMethodInfo": {"paymentInterface": "VARCHAR", "method": "VARCHAR"},
      "transactions": [{
        "id": "VARCHAR", "timestamp": "VARCHAR", "type": "VARCHAR", "state": "VARCHAR", "interactionId": "VARCHAR",
        "amount": {"centAmount": "BIGINT"}
      }]
    }'
    ) AS payment
  FROM raw.commercetools__payments
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    payment.interfaceId AS interface_id,
    payment.customer.id AS customer_id,
    payment.paymentMethodInfo.paymentInterface AS provider,
    payment.paymentMethodInfo.method AS method,
    payment.amountPlanned.currencyCode AS currency_code,
    payment.amountPlanned.fractionDigits AS digits,
    payment.amountPlanned.centAmount AS planned_units,
    payment.transactions AS transactions,
    payment.createdAt AS created,
    payment.lastModifiedAt AS modified
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS payment_key,
  connection::TEXT AS store,
  id::TEXT AS payment_id,
  interface_id::TEXT AS interface_id,
  customer_id::TEXT AS customer_id,
  provider::TEXT AS provider,
  method::TEXT AS method,
  currency_code::TEXT AS currency_code,
  digits::INT AS digits,
  planned_units::BIGINT AS planned_units,
  transactions::STRUCT(
    id TEXT,
    "timestamp" TEXT,
    type TEXT,
    state TEXT,
    "interactionId" TEXT,
    amount STRUCT("centAmount" BIGINT)
  )[] AS transactions,
  @at_utc(created)::TIMESTAMP AS created_at,
  COALESCE(updated_at, @at_utc(modified))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
