MODEL (
  name intermediate.int_commercetools__transactions,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain transaction_key,
  audits (
    not_null(columns := (transaction_key, store, transaction_id, kind, status, loaded_at))
  ),
  description 'One row per transaction of a commercetools payment, in the currency it was paid in. A charge is a payment; an authorization is one only as long as nothing of its payment was charged. A payment named by two orders belongs to the older one; one that no order names has no order. A chargeback is a dispute that was lost.'
);

WITH named AS (
  SELECT
    order_key,
    store,
    created_at,
    @rows_of(payments) AS payment
  FROM staging.stg_commercetools__orders
), paying AS (
  SELECT
    order_key,
    store,
    payment.id AS payment_id
  FROM named
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY store, payment.id ORDER BY created_at, order_key) = 1
), moved AS (
  SELECT
    payments.store,
    payments.payment_id,
    paying.order_key,
    payments.interface_id,
    payments.method,
    payments.currency_code,
    payments.digits,
    payments.updated_at,
    payments.is_deleted,
    payments.loaded_at,
    LENGTH(
      LIST_FILTER(
        payments.transactions,
        LAMBDA other : other.type = 'Charge' AND other.state IN ('Success', 'Pending')
      )
    ) > 0 AS is_charged,
    LENGTH(
      LIST_FILTER(
        payments.transactions,
        LAMBDA other : other.type = 'CancelAuthorization' AND other.state = 'Success'
      )
    ) > 0 AS is_let_go,
    @rows_of(payments.transactions) AS movement
  FROM staging.stg_commercetools__payments AS payments
  LEFT JOIN paying
    ON paying.store = payments.store AND paying.payment_id = payments.payment_id
)
SELECT
  @surrogate_key(store, movement.id)::TEXT AS transaction_key,
  store::TEXT AS store,
  movement.id::TEXT AS transaction_id,
  order_key::TEXT AS order_key,
  CASE movement.type
    WHEN 'Refund'
    THEN 'refund'
    WHEN 'Chargeback'
    THEN 'dispute'
    ELSE 'payment'
  END::TEXT AS kind,
  CASE
    WHEN movement.state = 'Failure'
    THEN 'failed'
    WHEN movement.type = 'Authorization' AND is_let_go
    THEN 'canceled'
    WHEN movement.state = 'Success'
    THEN CASE movement.type
      WHEN 'Authorization'
      THEN 'authorized'
      WHEN 'Chargeback'
      THEN 'lost'
      ELSE 'succeeded'
    END
    ELSE 'pending'
  END::TEXT AS status,
  COALESCE(movement.type <> 'Authorization' AND movement.state = 'Success', FALSE)::BOOLEAN AS is_moved,
  FALSE::BOOLEAN AS is_by_hand,
  (
    is_deleted OR (
      movement.type = 'Authorization' AND is_charged
    )
  )::BOOLEAN AS is_gone,
  LOWER(method)::TEXT AS payment_method,
  NULL::TEXT AS failure_code,
  interface_id::TEXT AS reference,
  @of_minor_units(movement.amount.centAmount, digits) AS amount_native,
  currency_code::TEXT AS currency_code,
  COALESCE(@at_utc(movement.timestamp), updated_at)::TIMESTAMP AS processed_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM moved
WHERE
  movement.type IN ('Authorization', 'Charge', 'Refund', 'Chargeback')
  AND movement.amount.centAmount > 0
