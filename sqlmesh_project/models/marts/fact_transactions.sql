MODEL (
  name marts.fact_transactions,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key transaction_key
  ),
  grain transaction_key,
  references (order_key, customer_key),
  audits (
    not_null(
      columns := (
        transaction_key,
        store,
        connection,
        transaction_id,
        kind,
        status,
        is_counted,
        amount_native,
        cash_native,
        currency_code,
        processed_at,
        transaction_date,
        loaded_at
      )
    ),
    forall(criteria := (
      kind IN ('payment', 'refund', 'dispute', 'fee')
    )),
    no_movement_counts_twice
  ),
  description 'One row per movement of money that a shop or a payment provider tells, or attempt at one: payments, refunds, disputes and fees charged by themselves. The same movement may be told by both: then the provider''s row counts (is_counted), and the shop''s gives it its order. This is the money''s side of the books and is never added to sales.',
  column_descriptions (
    transaction_key = 'Key of the transaction: connection and transaction_id.',
    store = 'The shop whose order was paid; the payment connection itself where no order is known.',
    connection = 'Name of the connection that told it: the shop''s or the payment provider''s.',
    transaction_id = 'The platform''s or provider''s id. WooCommerce gives a payment none: it is called by its order.',
    payment_id = 'What payment it belongs to, in the provider''s words: the payment intent, else the charge or another provider''s reference. The same for what shop and provider tell of one payment. Null where none is told.',
    order_key = 'Order that was paid; joins fact_orders. Null where none known here names it, and it names none.',
    customer_key = 'Who ordered; joins dim_customers. Null where the order or its customer is not known.',
    kind = 'payment, refund, dispute or fee. It tells the direction: amounts are positive in all four.',
    status = 'succeeded, pending, authorized (promised and not taken), failed or canceled; a dispute and a fee have their provider''s own word.',
    payment_method = 'How it was paid, in the platform''s word, such as card, paypal or gift_card. Null where it is not told.',
    failure_code = 'Why a payment was declined, the provider''s word.',
    is_counted = 'Whether it counts as received or given back: money has moved (a refund may be under way, a dispute not won), and no other row tells the same movement.',
    matched_transaction_key = 'Where a shop tells what a payment provider tells too: the provider''s transaction, which counts in its place. Null elsewhere.',
    amount = 'Amount in the reporting currency at the rate of its day, positive. Null while no exchange rate is known.',
    amount_native = 'Amount in the currency it was paid in, positive.',
    cash = 'What it did to the merchant''s money, reporting currency: payments positive; refunds, disputes and fees negative; 0 where it does not count, and for a gift card, whose money came when it was sold. Add it up freely. Null while no exchange rate is known.',
    cash_native = 'What it did to the merchant''s money in the currency it was paid in.',
    currency_code = 'Currency it was paid in.',
    fee = 'What the provider kept for it, reporting currency at the rate of its day. Null while not told, or settled in a currency without a known rate.',
    fee_native = 'What the provider kept for it, in the currency it settles in.',
    fee_currency_code = 'Currency the provider settles in.',
    processed_at = 'When it happened, UTC.',
    transaction_date = 'Day it happened in the time zone of the store.',
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
    before.transaction_key,
    MAX(new_rates.loaded_at) AS loaded_at
  FROM marts.fact_transactions AS before
  CROSS JOIN reach
  JOIN new_rates
    ON new_rates.currency_code IN (before.currency_code, before.fee_currency_code)
    AND new_rates.rate_date = LEAST(before.transaction_date, reach.last_date)
  GROUP BY
    before.transaction_key
), shops AS (
  SELECT
    told.transaction_key,
    told.store,
    told.transaction_id,
    told.order_key,
    COALESCE(known.payment_id, told.reference) AS payment_id,
    NOT known.payment_id IS NULL AS is_known_there,
    told.kind,
    told.status,
    told.is_moved,
    told.is_by_hand,
    told.payment_method,
    told.failure_code,
    told.amount_native,
    told.currency_code,
    told.processed_at,
    told.loaded_at
  FROM intermediate.int_transactions AS told
  LEFT JOIN intermediate.int_charge_references AS known
    ON known.reference = told.reference
  WHERE
    NOT told.is_gone
), stirred AS (
  /* Payments of which anything has changed: what is told of them on either side, now or before, or the order. */
  SELECT
    payment_id,
    loaded_at
  FROM intermediate.int_provider_transactions
  WHERE
    @is_new(loaded_at)
  UNION ALL
  SELECT
    shops.payment_id,
    GREATEST(shops.loaded_at, COALESCE(orders.loaded_at, shops.loaded_at)) AS loaded_at
  FROM shops
  LEFT JOIN intermediate.int_orders AS orders
    ON orders.order_key = shops.order_key
  WHERE
    @is_new(GREATEST(shops.loaded_at, COALESCE(orders.loaded_at, shops.loaded_at)))
  UNION ALL
  SELECT
    before.payment_id,
    changed.loaded_at
  FROM marts.fact_transactions AS before
  JOIN intermediate.int_transactions AS changed
    ON changed.transaction_key = before.transaction_key
  WHERE
    @is_new(changed.loaded_at)
  UNION ALL
  SELECT
    before.payment_id,
    orders.loaded_at
  FROM marts.fact_transactions AS before
  JOIN intermediate.int_orders AS orders
    ON orders.order_key = before.order_key
  WHERE
    @is_new(orders.loaded_at)
  UNION ALL
  SELECT
    before.payment_id,
    stores.loaded_at
  FROM marts.fact_transactions AS before
  JOIN intermediate.int_stores AS stores
    ON stores.store = before.store
  WHERE
    @is_new(stores.loaded_at)
  UNION ALL
  SELECT
    before.payment_id,
    repriced.loaded_at
  FROM marts.fact_transactions AS before
  JOIN repriced
    ON repriced.transaction_key = before.transaction_key
), due AS (
  SELECT
    payment_id,
    MAX(loaded_at) AS loaded_at
  FROM stirred
  WHERE
    NOT payment_id IS NULL
  GROUP BY
    payment_id
), claims AS (
  /* The order of a payment is the one whose shop names it; if several do, the first that was paid. */
  SELECT
    shops.payment_id,
    shops.store,
    shops.order_key
  FROM shops
  JOIN due
    ON due.payment_id = shops.payment_id
  WHERE
    shops.is_known_there
  QUALIFY
    ROW_NUMBER() OVER (
      PARTITION BY shops.payment_id
      ORDER BY shops.order_key IS NULL, shops.processed_at, shops.transaction_key
    ) = 1
), answers AS (
  SELECT
    theirs.payment_id,
    theirs.kind,
    theirs.transaction_key,
    theirs.is_moved,
    ROW_NUMBER() OVER (
      PARTITION BY theirs.payment_id, theirs.kind
      ORDER BY theirs.is_moved DESC, theirs.processed_at, theirs.transaction_key
    ) AS place
  FROM intermediate.int_provider_transactions AS theirs
  JOIN due
    ON due.payment_id = theirs.payment_id
), placed AS (
  SELECT
    shops.transaction_key,
    CASE
      WHEN shops.kind = 'payment'
      THEN 1
      ELSE ROW_NUMBER() OVER (
        PARTITION BY shops.payment_id, shops.kind
        ORDER BY shops.is_moved DESC, shops.processed_at, shops.transaction_key
      )
    END AS place
  FROM shops
  JOIN due
    ON due.payment_id = shops.payment_id
  WHERE
    shops.is_known_there
), refunded AS (
  SELECT DISTINCT
    payment_id
  FROM answers
  WHERE
    kind = 'refund' AND is_moved
), settled AS (
  /* Orders whose payment a provider tells by the order's number: what their shop tells without a reference is the same. */
  SELECT
    intents.order_key,
    BOOL_OR(intents.is_current::BOOLEAN) AS is_current,
    MAX(GREATEST(intents.loaded_at, known.loaded_at)) AS loaded_at
  FROM intermediate.int_order_intents AS intents
  JOIN intermediate.int_charge_references AS known
    ON known.reference = intents.payment_intent_id
  GROUP BY
    intents.order_key
), movements AS (
  SELECT
    shops.transaction_key,
    shops.store,
    shops.store AS connection,
    shops.transaction_id,
    shops.payment_id,
    shops.order_key,
    shops.kind,
    shops.status,
    shops.payment_method,
    shops.failure_code,
    CASE
      WHEN NOT shops.is_moved
      THEN FALSE
      WHEN shops.is_by_hand
      THEN refunded.payment_id IS NULL
      WHEN shops.is_known_there
      THEN FALSE
      WHEN shops.payment_id IS NULL AND shops.payment_method IS DISTINCT FROM 'gift_card'
      THEN NOT COALESCE(settled.is_current, FALSE)
      ELSE TRUE
    END AS is_counted,
    CASE WHEN shops.is_known_there THEN answers.transaction_key END AS matched_transaction_key,
    shops.amount_native,
    shops.currency_code,
    NULL AS fee_native,
    NULL AS fee_currency_code,
    shops.processed_at,
    GREATEST(
      shops.loaded_at,
      COALESCE(due.loaded_at, shops.loaded_at),
      COALESCE(settled.loaded_at, shops.loaded_at)
    ) AS loaded_at
  FROM shops
  LEFT JOIN due
    ON due.payment_id = shops.payment_id
  LEFT JOIN placed
    ON placed.transaction_key = shops.transaction_key
  LEFT JOIN answers
    ON answers.payment_id = shops.payment_id
    AND answers.kind = shops.kind
    AND answers.place = placed.place
  LEFT JOIN refunded
    ON refunded.payment_id = shops.payment_id
  LEFT JOIN settled
    ON settled.order_key = shops.order_key AND shops.payment_id IS NULL
  UNION ALL
  SELECT
    theirs.transaction_key,
    COALESCE(claims.store, theirs.store, theirs.connection) AS store,
    theirs.connection,
    theirs.transaction_id,
    theirs.payment_id,
    CASE WHEN claims.payment_id IS NULL THEN theirs.order_key ELSE claims.order_key END AS order_key,
    theirs.kind,
    theirs.status,
    theirs.payment_method,
    theirs.failure_code,
    theirs.is_moved AS is_counted,
    NULL AS matched_transaction_key,
    theirs.amount_native,
    theirs.currency_code,
    theirs.fee_native,
    theirs.fee_currency_code,
    theirs.processed_at,
    GREATEST(theirs.loaded_at, COALESCE(due.loaded_at, theirs.loaded_at)) AS loaded_at
  FROM intermediate.int_provider_transactions AS theirs
  LEFT JOIN due
    ON due.payment_id = theirs.payment_id
  LEFT JOIN claims
    ON claims.payment_id = theirs.payment_id
), changed AS (
  SELECT
    movements.transaction_key,
    movements.store,
    movements.connection,
    movements.transaction_id,
    movements.payment_id,
    CASE WHEN NOT orders.is_gone THEN orders.order_key END AS order_key,
    CASE WHEN NOT orders.is_gone THEN orders.customer_key END AS customer_key,
    movements.kind,
    movements.status,
    movements.payment_method,
    movements.failure_code,
    movements.is_counted,
    CASE WHEN NOT movements.is_counted THEN movements.matched_transaction_key END AS matched_transaction_key,
    movements.amount_native,
    CASE
      WHEN NOT movements.is_counted OR movements.payment_method = 'gift_card'
      THEN 0
      WHEN movements.kind = 'payment'
      THEN 1
      ELSE -1
    END AS direction,
    COALESCE(movements.currency_code, orders.currency_code, stores.currency_code) AS currency_code,
    movements.fee_native,
    movements.fee_currency_code,
    movements.processed_at,
    stores.reporting_currency,
    @local_date(movements.processed_at, stores.timezone) AS transaction_date,
    GREATEST(
      movements.loaded_at,
      stores.loaded_at,
      COALESCE(orders.loaded_at, movements.loaded_at),
      COALESCE(repriced.loaded_at, movements.loaded_at)
    ) AS loaded_at
  FROM movements
  JOIN intermediate.int_stores AS stores
    ON stores.store = movements.store
  LEFT JOIN intermediate.int_orders AS orders
    ON orders.order_key = movements.order_key
  LEFT JOIN repriced
    ON repriced.transaction_key = movements.transaction_key
  WHERE
    @is_new(
      GREATEST(
        movements.loaded_at,
        stores.loaded_at,
        COALESCE(orders.loaded_at, movements.loaded_at),
        COALESCE(repriced.loaded_at, movements.loaded_at)
      )
    )
), rated AS (
  SELECT
    changed.transaction_key,
    changed.store,
    changed.connection,
    changed.transaction_id,
    changed.payment_id,
    changed.order_key,
    changed.customer_key,
    changed.kind,
    changed.status,
    changed.payment_method,
    changed.failure_code,
    changed.is_counted,
    changed.matched_transaction_key,
    changed.amount_native,
    changed.direction,
    changed.currency_code,
    changed.fee_native,
    changed.fee_currency_code,
    changed.processed_at,
    changed.transaction_date,
    changed.loaded_at,
    CASE
      WHEN changed.currency_code = changed.reporting_currency
      THEN 1
      ELSE rates.rate
    END::DECIMAL(20, 12) AS fx_rate,
    CASE
      WHEN changed.fee_currency_code = changed.reporting_currency
      THEN 1
      ELSE fee_rates.rate
    END::DECIMAL(20, 12) AS fee_fx_rate
  FROM changed
  CROSS JOIN reach
  LEFT JOIN intermediate.int_fx_rates AS rates
    ON rates.currency_code = changed.currency_code
    AND rates.rate_date = LEAST(changed.transaction_date, reach.last_date)
  LEFT JOIN intermediate.int_fx_rates AS fee_rates
    ON fee_rates.currency_code = changed.fee_currency_code
    AND fee_rates.rate_date = LEAST(changed.transaction_date, reach.last_date)
)
SELECT
  transaction_key::TEXT AS transaction_key,
  store::TEXT AS store,
  connection::TEXT AS connection,
  transaction_id::TEXT AS transaction_id,
  payment_id::TEXT AS payment_id,
  order_key::TEXT AS order_key,
  customer_key::TEXT AS customer_key,
  kind::TEXT AS kind,
  status::TEXT AS status,
  payment_method::TEXT AS payment_method,
  failure_code::TEXT AS failure_code,
  is_counted::BOOLEAN AS is_counted,
  matched_transaction_key::TEXT AS matched_transaction_key,
  ROUND(amount_native * fx_rate, 3)::DECIMAL(18, 3) AS amount,
  amount_native::DECIMAL(18, 3) AS amount_native,
  (
    ROUND(amount_native * fx_rate, 3) * direction
  )::DECIMAL(18, 3) AS cash,
  (
    amount_native * direction
  )::DECIMAL(18, 3) AS cash_native,
  currency_code::TEXT AS currency_code,
  ROUND(fee_native * fee_fx_rate, 3)::DECIMAL(18, 3) AS fee,
  fee_native::DECIMAL(18, 3) AS fee_native,
  fee_currency_code::TEXT AS fee_currency_code,
  processed_at::TIMESTAMP AS processed_at,
  transaction_date::DATE AS transaction_date,
  loaded_at::TIMESTAMP AS loaded_at
FROM rated;

@forget_vanished(intermediate.int_transactions, transaction_key);

@forget_vanished(intermediate.int_orders, order_key)
