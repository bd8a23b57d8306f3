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
  description 'One row per refund that counts: given back, or under way. Refunds that failed or were canceled are left out; fact_transactions keeps them with their status. A platform that tells its own refunds is asked for them; a payment provider''s are added where a shop has no other, or where the payment names no order.',
  column_descriptions (
    refund_key = 'Key of the refund: connection that told it and refund_id.',
    store = 'The shop whose order was refunded; the payment connection itself where the payment names none.',
    refund_id = 'The platform''s id of the refund.',
    order_key = 'Order that was refunded; joins fact_orders. Null where the payment names none that is known here.',
    customer_key = 'Who ordered; joins dim_customers. Null where the order is not known.',
    refunded_at = 'When the refund was made, UTC.',
    refund_date = 'Day of the refund in the time zone of the store.',
    amount = 'Amount given back in the reporting currency at the rate of the day of the refund, positive. Null while no exchange rate is known.',
    amount_native = 'Amount given back in the currency it was paid in, positive.',
    currency_code = 'Currency it was paid in.',
    goods_amount = 'Part of amount given back for goods. Null where it is not known what it was for.',
    shipping_amount = 'Part of amount given back for shipping. Null where it is not known what it was for.',
    tax_amount = 'Part of amount given back for taxes. Null where it is not known what it was for.',
    reason = 'The platform''s word for the reason. Null where none was given.',
    loaded_at = 'When anything about this row last changed here, UTC.'
  )
);

WITH reach AS (
  SELECT
    MAX(rate_date) AS last_date
  FROM intermediate.int_fx_rates
), new_rates AS (
  SELECT
    currency_code,
    rate_date,
    loaded_at
  FROM intermediate.int_fx_rates
  WHERE
    @is_new(loaded_at)
), repriced AS (
  SELECT
    before.refund_key,
    before.order_key,
    MAX(new_rates.loaded_at) AS loaded_at
  FROM marts.fact_refunds AS before
  CROSS JOIN reach
  JOIN new_rates
    ON new_rates.currency_code = before.currency_code
    AND new_rates.rate_date = LEAST(before.refund_date, reach.last_date)
  GROUP BY
    before.refund_key,
    before.order_key
), orders AS (
  /* Those that changed, and those of which a refund has another rate. */
  SELECT
    order_key,
    platform,
    customer_key,
    currency_code,
    told_at,
    loaded_at
  FROM intermediate.int_orders
  WHERE
    @is_new(loaded_at) AND NOT is_gone
  UNION ALL
  SELECT
    orders.order_key,
    orders.platform,
    orders.customer_key,
    orders.currency_code,
    orders.told_at,
    orders.loaded_at
  FROM (
    SELECT DISTINCT
      order_key
    FROM repriced
  ) AS rated
  JOIN intermediate.int_orders AS orders
    ON orders.order_key = rated.order_key
  WHERE
    NOT @is_new(orders.loaded_at) AND NOT orders.is_gone
), told AS (
  @each_platform(refunds, orders)
), refunds AS (
  SELECT
    told.refund_key,
    told.store,
    told.refund_id,
    told.order_key,
    orders.customer_key,
    told.refunded_at,
    told.amount_native,
    told.goods_amount_native,
    told.shipping_amount_native,
    told.tax_amount_native,
    told.reason,
    COALESCE(told.currency_code, orders.currency_code) AS currency_code,
    orders.loaded_at
  FROM told
  JOIN orders
    ON orders.order_key = told.order_key
  UNION ALL
  /* Of payments that name no order known here. */
  SELECT
    refunds.refund_key,
    transactions.store,
    refunds.refund_id,
    NULL AS order_key,
    NULL AS customer_key,
    refunds.created_at AS refunded_at,
    refunds.amount_native,
    NULL AS goods_amount_native,
    NULL AS shipping_amount_native,
    NULL AS tax_amount_native,
    refunds.reason,
    refunds.currency_code,
    GREATEST(refunds.loaded_at, transactions.loaded_at) AS loaded_at
  FROM staging.stg_stripe__refunds AS refunds
  JOIN marts.fact_transactions AS transactions
    ON transactions.transaction_key = refunds.refund_key
  WHERE
    @is_counted_refund(refunds.status)
    AND NOT refunds.is_deleted
    AND transactions.order_key IS NULL
), placed AS (
  SELECT
    refunds.*,
    stores.reporting_currency,
    @local_date(refunds.refunded_at, stores.timezone) AS refund_date,
    GREATEST(refunds.loaded_at, stores.loaded_at, COALESCE(repriced.loaded_at, refunds.loaded_at)) AS changed_at
  FROM refunds
  JOIN intermediate.int_stores AS stores
    ON stores.store = refunds.store
  LEFT JOIN repriced
    ON repriced.refund_key = refunds.refund_key
  WHERE
    @is_new(
      GREATEST(refunds.loaded_at, stores.loaded_at, COALESCE(repriced.loaded_at, refunds.loaded_at))
    )
), rated AS (
  SELECT
    placed.*,
    CASE
      WHEN placed.currency_code = placed.reporting_currency
      THEN 1
      ELSE rates.rate
    END::DECIMAL(20, 12) AS fx_rate
  FROM placed
  CROSS JOIN reach
  LEFT JOIN intermediate.int_fx_rates AS rates
    ON rates.currency_code = placed.currency_code
    AND rates.rate_date = LEAST(placed.refund_date, reach.last_date)
)
SELECT
  refund_key::TEXT AS refund_key,
  store::TEXT AS store,
  refund_id::TEXT AS refund_id,
  order_key::TEXT AS order_key,
  customer_key::TEXT AS customer_key,
  refunded_at::TIMESTAMP AS refunded_at,
  refund_date::DATE AS refund_date,
  ROUND(amount_native * fx_rate, 3)::DECIMAL(18, 3) AS amount,
  amount_native::DECIMAL(18, 3) AS amount_native,
  currency_code::TEXT AS currency_code,
  ROUND(goods_amount_native * fx_rate, 3)::DECIMAL(18, 3) AS goods_amount,
  ROUND(shipping_amount_native * fx_rate, 3)::DECIMAL(18, 3) AS shipping_amount,
  ROUND(tax_amount_native * fx_rate, 3)::DECIMAL(18, 3) AS tax_amount,
  reason::TEXT AS reason,
  changed_at::TIMESTAMP AS loaded_at
FROM rated;

@forget_vanished(intermediate.int_orders, order_key);

@forget_vanished(staging.stg_stripe__refunds, refund_key);

@forget_found(marts.fact_transactions)
