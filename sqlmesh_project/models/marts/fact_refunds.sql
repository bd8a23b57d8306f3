MODEL (
  name marts.fact_refunds,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key refund_key
  ),
  grain refund_key,
  references order_key,
  depends_on (
    marts.fact_orders
  ),
  audits (
    not_null(
      columns := (
        refund_key,
        store,
        connection,
        refund_id,
        refunded_at,
        refund_date,
        amount_native,
        currency_code,
        loaded_at
      )
    ),
    refers_to("column" := order_key, to_model := marts.fact_orders, to_column := order_key)
  ),
  description 'One row per refund that counts: given back, or under way. Refunds that failed or were canceled are left out; fact_transactions keeps them with their status.',
  column_descriptions (
    refund_key = 'Key of the refund: connection and refund_id.',
    store = 'The shop whose order was refunded; the payment connection itself where the payment names none.',
    connection = 'Name of the connection that told it.',
    refund_id = 'The platform''s id of the refund.',
    order_key = 'Order that was refunded; joins fact_orders. Null where the payment names none that is known here.',
    customer_key = 'Who ordered; joins dim_customers. Null where the order is not known.',
    refunded_at = 'When the refund was made, UTC.',
    refund_date = 'Day of the refund in the time zone of the store.',
    amount = 'Amount given back in the reporting currency, positive. Null while no exchange rate is known.',
    amount_native = 'Amount given back in the currency it was paid in, positive.',
    currency_code = 'Currency it was paid in.',
    goods_amount = 'Part of amount given back for goods. Null where it is not known what the payment was for.',
    shipping_amount = 'Part of amount given back for shipping. Null where it is not known what the payment was for.',
    tax_amount = 'Part of amount given back for taxes. Null where it is not known what the payment was for.',
    reason = 'The provider''s word for the reason. Null where none was given.',
    status = 'succeeded, pending or requires_action.',
    loaded_at = 'When anything about this row last changed here, UTC.'
  )
);

WITH refunds AS (
  SELECT
    refunds.refund_key,
    refunds.connection,
    refunds.refund_id,
    refunds.created_at,
    refunds.amount_native,
    refunds.currency_code,
    refunds.reason,
    refunds.status,
    COALESCE(intents.store, refunds.connection) AS store,
    intents.order_key,
    intents.customer_key,
    GREATEST(refunds.loaded_at, COALESCE(intents.loaded_at, refunds.loaded_at)) AS loaded_at
  FROM staging.stg_stripe__refunds AS refunds
  LEFT JOIN intermediate.int_intent_orders AS intents
    ON intents.connection = refunds.connection
    AND intents.payment_intent_id = refunds.payment_intent_id
  WHERE
    @is_counted_refund(refunds.status) AND NOT refunds.is_deleted
), placed AS (
  SELECT
    refunds.refund_key,
    refunds.connection,
    refunds.refund_id,
    refunds.created_at,
    refunds.amount_native,
    refunds.currency_code,
    refunds.reason,
    refunds.status,
    refunds.store,
    refunds.order_key,
    refunds.customer_key,
    stores.timezone,
    CASE
      WHEN refunds.currency_code = stores.reporting_currency
      THEN refunds.amount_native
    END AS amount,
    GREATEST(refunds.loaded_at, stores.loaded_at) AS loaded_at
  FROM refunds
  JOIN intermediate.int_stores AS stores
    ON stores.store = refunds.store
)
SELECT
  refund_key::TEXT AS refund_key,
  store::TEXT AS store,
  connection::TEXT AS connection,
  refund_id::TEXT AS refund_id,
  order_key::TEXT AS order_key,
  customer_key::TEXT AS customer_key,
  created_at::TIMESTAMP AS refunded_at,
  @local_date(created_at, timezone) AS refund_date,
  amount::DECIMAL(18, 3) AS amount,
  amount_native::DECIMAL(18, 3) AS amount_native,
  currency_code::TEXT AS currency_code,
  CASE WHEN NOT order_key IS NULL THEN amount END /* Orders of a DummyJSON shop have neither shipping nor taxes. */::DECIMAL(18, 3) AS goods_amount,
  CASE WHEN NOT order_key IS NULL THEN 0 END::DECIMAL(18, 3) AS shipping_amount,
  CASE WHEN NOT order_key IS NULL THEN 0 END::DECIMAL(18, 3) AS tax_amount,
  reason::TEXT AS reason,
  status::TEXT AS status,
  loaded_at::TIMESTAMP AS loaded_at
FROM placed
WHERE
  @is_new(loaded_at);

@forget_vanished(staging.stg_stripe__refunds, refund_key)
