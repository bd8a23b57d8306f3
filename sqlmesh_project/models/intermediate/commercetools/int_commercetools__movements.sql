MODEL (
  name intermediate.int_commercetools__movements,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain movement_key,
  audits (
    not_null(
      columns := (
        movement_key,
        order_key,
        payment_id,
        transaction_id,
        kind,
        state,
        moved_at,
        loaded_at
      )
    )
  ),
  description 'One row per transaction of a payment that an order names, whatever became of it, in minor units of the order''s currency; what was paid in another currency is converted at the rate of the whole payment to the whole order, and estimated. A payment named by two orders belongs to the older one.'
);

WITH named AS (
  SELECT
    order_key,
    store,
    total_units,
    currency_code,
    created_at,
    @rows_of(payments) AS payment
  FROM staging.stg_commercetools__orders
), paying AS (
  SELECT
    order_key,
    store,
    total_units,
    currency_code,
    payment.id AS payment_id
  FROM named
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY store, payment.id ORDER BY created_at, order_key) = 1
), moved AS (
  SELECT
    paying.order_key,
    paying.store,
    paying.total_units,
    paying.currency_code AS order_currency,
    payments.payment_id,
    payments.currency_code,
    payments.planned_units,
    payments.updated_at,
    payments.loaded_at,
    @rows_of(payments.transactions) AS movement
  FROM paying
  JOIN staging.stg_commercetools__payments AS payments
    ON payments.store = paying.store AND payments.payment_id = paying.payment_id
)
SELECT
  @surrogate_key(store, movement.id)::TEXT AS movement_key,
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  payment_id::TEXT AS payment_id,
  movement.id::TEXT AS transaction_id,
  movement.type::TEXT AS kind,
  movement.state::TEXT AS state,
  CASE
    WHEN currency_code = order_currency
    THEN movement.amount.centAmount
    ELSE @rounded_quotient(movement.amount.centAmount::INT128 * total_units, planned_units::INT128)
  END::BIGINT AS units,
  COALESCE(@at_utc(movement.timestamp), updated_at)::TIMESTAMP AS moved_at,
  (
    currency_code <> order_currency
  )::BOOLEAN AS is_estimated,
  loaded_at::TIMESTAMP AS loaded_at
FROM moved
