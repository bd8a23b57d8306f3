MODEL (
  name intermediate.int_shopify__transactions,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain transaction_key,
  audits (
    not_null(
      columns := (transaction_key, store, transaction_id, order_key, kind, status, loaded_at)
    )
  ),
  description 'One row per movement of money of a Shopify order, or attempt at one; test ones are left out. A sale or capture is a payment; an authorization is one only as long as nothing of it was captured, and a sale that waited only until the one that settled it. What was let go or proposed moves nothing and has no row.'
);

WITH movements AS (
  SELECT
    order_key,
    store,
    currency_code,
    is_deleted,
    loaded_at,
    transactions,
    @rows_of(transactions) AS movement
  FROM staging.stg_shopify__orders
  WHERE
    NOT is_test
), kin AS (
  SELECT
    order_key,
    store,
    currency_code,
    is_deleted,
    loaded_at,
    transactions,
    movement,
    @first_of(
      LIST_FILTER(transactions, LAMBDA other : other.transaction_id = movement.parent_id)
    ) AS parent,
    LIST_TRANSFORM(
      LIST_FILTER(
        transactions,
        LAMBDA other : other.parent_id = movement.transaction_id
        AND other.kind IN ('SALE', 'CAPTURE')
        AND other.status IN ('SUCCESS', 'PENDING')
      ),
      LAMBDA other : other.status
    ) AS taken,
    LENGTH(
      LIST_FILTER(
        transactions,
        LAMBDA other : other.parent_id = movement.transaction_id
        AND other.kind = 'VOID'
        AND other.status = 'SUCCESS'
      )
    ) > 0 AS is_voided
  FROM movements
), rooted AS (
  SELECT
    order_key,
    store,
    currency_code,
    is_deleted,
    loaded_at,
    movement,
    taken,
    is_voided,
    movement.kind IN ('AUTHORIZATION', 'EMV_AUTHORIZATION') AS is_promise,
    movement.status IN ('PENDING', 'AWAITING_RESPONSE') AS is_waiting,
    movement.kind IN ('REFUND', 'CHANGE') AS is_refund,
    parent,
    @first_of(
      LIST_FILTER(transactions, LAMBDA other : other.transaction_id = parent.parent_id)
    ) AS origin
  FROM kin
  WHERE
    movement.kind IN ('SALE', 'CAPTURE', 'AUTHORIZATION', 'EMV_AUTHORIZATION', 'REFUND', 'CHANGE')
    AND NOT movement.is_test
    AND movement.amount > 0
)
SELECT
  @surrogate_key(store, movement.transaction_id)::TEXT AS transaction_key,
  store::TEXT AS store,
  movement.transaction_id::TEXT AS transaction_id,
  order_key::TEXT AS order_key,
  CASE WHEN is_refund THEN 'refund' ELSE 'payment' END::TEXT AS kind,
  CASE
    WHEN movement.status IN ('FAILURE', 'ERROR')
    THEN 'failed'
    WHEN is_promise AND is_voided
    THEN 'canceled'
    WHEN is_promise AND movement.status = 'SUCCESS'
    THEN 'authorized'
    WHEN movement.status = 'SUCCESS'
    THEN 'succeeded'
    WHEN is_waiting
    THEN 'pending'
    ELSE LOWER(COALESCE(movement.status, 'unknown'))
  END::TEXT AS status,
  (
    NOT is_promise
    AND (
      COALESCE(movement.status = 'SUCCESS', FALSE)
      OR (
        is_refund AND COALESCE(is_waiting, FALSE)
      )
    )
  )::BOOLEAN AS is_moved,
  FALSE::BOOLEAN AS is_by_hand,
  (
    is_deleted
    OR (
      is_promise AND LENGTH(taken) > 0
    )
    OR (
      is_waiting AND NOT is_refund AND ARRAY_CONTAINS(taken, 'SUCCESS')
    )
  )::BOOLEAN AS is_gone,
  movement.gateway::TEXT AS payment_method,
  movement.error_code::TEXT AS failure_code,
  COALESCE(origin.payment_id, parent.payment_id, movement.payment_id)::TEXT AS reference,
  movement.amount::DECIMAL(18, 3) AS amount_native,
  currency_code::TEXT AS currency_code,
  movement.processed_at::TIMESTAMP AS processed_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM rooted
