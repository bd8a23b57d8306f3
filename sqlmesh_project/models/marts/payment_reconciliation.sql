MODEL (
  name marts.payment_reconciliation,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key reconciliation_key
  ),
  grain reconciliation_key,
  references (order_key, transaction_key),
  depends_on (intermediate.int_transactions, marts.fact_orders),
  audits (
    not_null(
      columns := (
        reconciliation_key,
        store,
        event_date,
        match_status,
        is_mismatch,
        currency_code,
        reason,
        loaded_at
      )
    ),
    forall(
      criteria := (
        match_status IN (
          'matched',
          'pending',
          'not_told',
          'no_sale',
          'unpaid',
          'underpaid',
          'overpaid',
          'refund_missing',
          'refund_not_booked',
          'disputed',
          'currency_differs',
          'payment_without_order',
          'refund_without_order'
        ),
        NOT order_key IS NULL OR NOT transaction_key IS NULL
      )
    ),
    every_order_is_reconciled,
    money_without_an_order_is_told
  ),
  description 'One row per order, and one per payment that no order known here names: what was asked for, returns and cancellations taken off, against the money that came and went, and in words why the two do not match. Movements are matched by key alone (payment, charge or transaction id, order number), never by email or date. Fees of a payment provider are no part of it: the customer paid the whole.',
  column_descriptions (
    reconciliation_key = 'Key of the row: the order''s, or that of the payment without one.',
    order_key = 'Order that is reconciled; joins fact_orders. Null for money without an order.',
    transaction_key = 'First transaction of a payment that names no order; joins fact_transactions. Null for an order.',
    payment_id = 'The payment that names no order, in the provider''s words. Null for an order, and where none is told.',
    store = 'The shop, or the payment connection where no shop is known.',
    event_date = 'Day of the order, or of the first transaction of a payment without one, in the store''s time zone.',
    match_status = 'matched; pending (the missing money is promised or on its way); not_told (the shop tells no payments); no_sale (no sale and no money); unpaid; underpaid; overpaid; refund_missing (given back in the shop, and the money has not gone); refund_not_booked (money went back that the shop has not booked); disputed (a bank took it back); currency_differs (paid in another currency than the order''s); payment_without_order; refund_without_order.',
    is_mismatch = 'Whether somebody should look at it: all but matched, pending, not_told and no_sale.',
    asked_native = 'What the order came to, edits and gift cards sold included, less returns and cancellations, in its currency. Null without an order.',
    received_native = 'Money received for it, gift cards redeemed included, in its currency. Null where it came in another, and where none is told.',
    given_back_native = 'Money given back for it, a positive number, in its currency. Null where it went in another, and where none is told.',
    disputed_native = 'Money a bank took back for its customer, a positive number, in its currency. Null where it went in another, and where none is told.',
    difference = 'Received − given back − disputed − asked, reporting currency at the rate of the order''s day; of what was paid in another currency, at the rates of each movement''s own day. Negative: money is missing. Null where no money is told, and while no exchange rate is known.',
    difference_native = 'Received − given back − disputed − asked, in the order''s currency. Null where it was paid in another, and where no money is told.',
    currency_code = 'Currency of the native amounts.',
    reason = 'What was found, in words.',
    loaded_at = 'When anything about this row last changed here, UTC.'
  )
);

WITH touched AS (
  SELECT
    order_key,
    loaded_at
  FROM intermediate.int_orders
  WHERE
    @is_new(loaded_at)
  UNION ALL
  SELECT
    footprints.order_key,
    transactions.loaded_at
  FROM marts.fact_transactions AS transactions
  JOIN intermediate.int_transaction_footprints AS footprints
    ON footprints.transaction_key = transactions.transaction_key
  WHERE
    @is_new(transactions.loaded_at)
), due AS (
  SELECT
    orders.order_key,
    orders.platform,
    orders.store,
    orders.order_date,
    orders.is_sale,
    orders.currency_code,
    orders.fx_rate,
    orders.loaded_at AS shaped_at,
    MAX(GREATEST(touched.loaded_at, orders.loaded_at)) AS loaded_at
  FROM touched
  JOIN intermediate.int_orders AS orders
    ON orders.order_key = touched.order_key
  WHERE
    NOT orders.is_gone
  GROUP BY
    orders.order_key,
    orders.platform,
    orders.store,
    orders.order_date,
    orders.is_sale,
    orders.currency_code,
    orders.fx_rate,
    orders.loaded_at
), asked AS (
  SELECT
    due.order_key,
    SUM(ledger.amount_native) FILTER(WHERE
      ledger.action IN ('order', 'edit')) AS agreed_native,
    -SUM(ledger.amount_native) FILTER(WHERE
      ledger.action IN ('return', 'cancel')) AS returned_native,
    CASE WHEN COUNT(ledger.amount) = COUNT(*) THEN SUM(ledger.amount) END AS asked
  FROM due
  JOIN marts.fact_sales_ledger AS ledger
    ON ledger.order_key = due.order_key
    AND ledger.loaded_at = due.shaped_at /* DuckDB then passes over all rows that are older. */
  GROUP BY
    due.order_key
), moved AS (
  SELECT
    due.order_key,
    COUNT(*) AS row_count,
    COUNT(*) FILTER(WHERE
      transactions.is_counted) AS counted,
    COUNT(*) FILTER(WHERE
      transactions.is_counted AND transactions.currency_code <> due.currency_code) AS foreign_count,
    MIN(transactions.currency_code) FILTER(WHERE
      transactions.is_counted AND transactions.currency_code <> due.currency_code) AS foreign_currency,
    SUM(transactions.amount_native) FILTER(WHERE
      transactions.is_counted AND transactions.kind = 'payment') AS received_native,
    SUM(transactions.amount_native) FILTER(WHERE
      transactions.is_counted AND transactions.kind = 'refund') AS given_back_native,
    SUM(transactions.amount_native) FILTER(WHERE
      transactions.is_counted AND transactions.kind = 'dispute') AS disputed_native,
    SUM(transactions.amount_native) FILTER(WHERE
      transactions.kind = 'payment'
      AND transactions.status IN ('pending', 'authorized')) AS waiting_native,
    CASE
      WHEN COUNT(transactions.amount) FILTER(WHERE
        transactions.is_counted) = COUNT(*) FILTER(WHERE
        transactions.is_counted)
      THEN SUM(
        CASE
          WHEN transactions.kind = 'payment'
          THEN transactions.amount
          ELSE -transactions.amount
        END
      ) FILTER(WHERE
        transactions.is_counted)
    END AS kept
  FROM due
  JOIN marts.fact_transactions AS transactions
    ON transactions.order_key = due.order_key
  WHERE
    transactions.kind <> 'fee'
  GROUP BY
    due.order_key
), compared AS (
  SELECT
    due.order_key,
    due.platform,
    due.store,
    due.order_date,
    due.is_sale,
    due.currency_code,
    due.fx_rate,
    due.loaded_at,
    @iso_minor_unit(due.currency_code) AS tolerance,
    COALESCE(moved.row_count, 0) AS row_count,
    COALESCE(moved.counted, 0) AS counted,
    COALESCE(moved.foreign_count, 0) AS foreign_count,
    moved.foreign_currency,
    COALESCE(asked.returned_native, 0) AS returned_native,
    COALESCE(asked.agreed_native, 0) - COALESCE(asked.returned_native, 0) AS asked_native,
    COALESCE(moved.received_native, 0) AS received_native,
    COALESCE(moved.given_back_native, 0) AS given_back_native,
    COALESCE(moved.disputed_native, 0) AS disputed_native,
    COALESCE(moved.waiting_native, 0) AS waiting_native,
    moved.kept - CASE WHEN asked.order_key IS NULL THEN 0 ELSE asked.asked END AS foreign_difference,
    COALESCE(moved.received_native, 0) - COALESCE(moved.given_back_native, 0) - COALESCE(moved.disputed_native, 0) - COALESCE(asked.agreed_native, 0) + COALESCE(asked.returned_native, 0) AS difference_native
  FROM due
  LEFT JOIN asked
    ON asked.order_key = due.order_key
  LEFT JOIN moved
    ON moved.order_key = due.order_key
), judged AS (
  SELECT
    compared.*,
    CASE
      WHEN NOT is_sale AND counted = 0
      THEN 'no_sale'
      WHEN foreign_count > 0
      THEN 'currency_differs'
      WHEN ABS(difference_native) <= tolerance
      THEN 'matched'
      WHEN row_count = 0 AND NOT @tells(platform, transactions)
      THEN 'not_told'
      WHEN disputed_native > 0
      THEN 'disputed'
      WHEN difference_native > 0
      AND (
        NOT is_sale OR returned_native > given_back_native + tolerance
      )
      THEN 'refund_missing'
      WHEN difference_native > 0
      THEN 'overpaid'
      WHEN waiting_native >= -difference_native - tolerance
      THEN 'pending'
      WHEN given_back_native > returned_native + tolerance
      THEN 'refund_not_booked'
      WHEN received_native = 0
      THEN 'unpaid'
      ELSE 'underpaid'
    END AS match_status
  FROM compared
), told AS (
  SELECT
    judged.*,
    NOT match_status IN ('currency_differs', 'not_told') AS is_comparable
  FROM judged
), of_orders AS (
  SELECT
    order_key AS reconciliation_key,
    order_key,
    NULL AS transaction_key,
    NULL AS payment_id,
    store,
    order_date AS event_date,
    match_status,
    asked_native,
    CASE WHEN is_comparable THEN received_native END AS received_native,
    CASE WHEN is_comparable THEN given_back_native END AS given_back_native,
    CASE WHEN is_comparable THEN disputed_native END AS disputed_native,
    CASE
      WHEN is_comparable
      THEN ROUND(difference_native * fx_rate, 3)
      WHEN foreign_count > 0
      THEN foreign_difference
    END AS difference,
    CASE WHEN is_comparable THEN difference_native END AS difference_native,
    currency_code,
    CASE match_status
      WHEN 'no_sale'
      THEN 'The order is no sale, and no money came for it.'
      WHEN 'currency_differs'
      THEN 'The order asks ' || @money_text(asked_native, currency_code) || ' and was paid or given back in ' || foreign_currency || '.'
      WHEN 'matched'
      THEN CASE
        WHEN asked_native = 0
        THEN 'Nothing is asked for any more, and nothing was kept.'
        ELSE @money_text(asked_native, currency_code) || ' is asked for, and was received.'
      END
      WHEN 'not_told'
      THEN 'The shop tells no payments, and none of a payment provider names this order.'
      WHEN 'disputed'
      THEN 'A bank took ' || @money_text(disputed_native, currency_code) || ' back for its customer.'
      WHEN 'refund_missing'
      THEN CASE
        WHEN NOT is_sale
        THEN 'The order is no sale, and ' || @money_text(difference_native, currency_code) || ' that was received has not been given back.'
        ELSE 'The shop took ' || @money_text(returned_native, currency_code) || ' back; ' || @money_text(given_back_native, currency_code) || ' of money has gone.'
      END
      WHEN 'overpaid'
      THEN @money_text(difference_native, currency_code) || ' more was received than the ' || @money_text(asked_native, currency_code) || ' asked for.'
      WHEN 'pending'
      THEN @money_text(-difference_native, currency_code) || ' is missing, and ' || @money_text(waiting_native, currency_code) || ' is promised or on its way.'
      WHEN 'refund_not_booked'
      THEN @money_text(given_back_native, currency_code) || ' of money was given back; the shop has booked ' || @money_text(returned_native, currency_code) || '.'
      WHEN 'unpaid'
      THEN 'Nothing was received of the ' || @money_text(asked_native, currency_code) || ' asked for.'
      ELSE @money_text(-difference_native, currency_code) || ' is missing of the ' || @money_text(asked_native, currency_code) || ' asked for.'
    END AS reason,
    loaded_at
  FROM told
), renewed AS (
  SELECT DISTINCT
    COALESCE(payment_id, transaction_key) AS payment_key
  FROM marts.fact_transactions
  WHERE
    @is_new(loaded_at) AND kind <> 'fee'
), alone AS (
  SELECT
    renewed.payment_key,
    transactions.payment_id,
    transactions.transaction_key,
    transactions.store,
    transactions.kind,
    transactions.transaction_date,
    transactions.amount_native,
    transactions.amount,
    transactions.currency_code,
    transactions.loaded_at,
    ROW_NUMBER() OVER (
      PARTITION BY renewed.payment_key
      ORDER BY transactions.kind = 'payment' DESC, transactions.processed_at, transactions.transaction_key
    ) AS place
  FROM renewed
  JOIN marts.fact_transactions AS transactions
    ON COALESCE(transactions.payment_id, transactions.transaction_key) = renewed.payment_key
  WHERE
    transactions.is_counted
    AND transactions.order_key IS NULL
    AND transactions.kind <> 'fee'
), summed AS (
  SELECT
    payment_key,
    MAX(payment_id) AS payment_id,
    MAX(transaction_key) FILTER(WHERE
      place = 1) AS transaction_key,
    MAX(store) FILTER(WHERE
      place = 1) AS store,
    MAX(transaction_date) FILTER(WHERE
      place = 1) AS event_date,
    MAX(currency_code) FILTER(WHERE
      place = 1) AS currency_code,
    COUNT(DISTINCT currency_code) = 1 AS is_one_currency,
    COALESCE(SUM(amount_native) FILTER(WHERE
      kind = 'payment'), 0) AS received_native,
    COALESCE(SUM(amount_native) FILTER(WHERE
      kind = 'refund'), 0) AS given_back_native,
    COALESCE(SUM(amount_native) FILTER(WHERE
      kind = 'dispute'), 0) AS disputed_native,
    CASE
      WHEN COUNT(amount) = COUNT(*)
      THEN SUM(CASE WHEN kind = 'payment' THEN amount ELSE -amount END)
    END AS difference,
    MAX(loaded_at) AS loaded_at
  FROM alone
  GROUP BY
    payment_key
), balanced AS (
  SELECT
    summed.*,
    received_native - given_back_native - disputed_native AS difference_native,
    CASE
      WHEN NOT is_one_currency
      THEN 'currency_differs'
      WHEN received_native - given_back_native - disputed_native > 0
      THEN 'payment_without_order'
      WHEN received_native - given_back_native - disputed_native < 0
      THEN 'refund_without_order'
      ELSE 'matched'
    END AS match_status
  FROM summed
), of_payments AS (
  SELECT
    @surrogate_key('payment', payment_key) AS reconciliation_key,
    NULL AS order_key,
    transaction_key,
    payment_id,
    store,
    event_date,
    match_status,
    NULL AS asked_native,
    CASE WHEN is_one_currency THEN received_native END AS received_native,
    CASE WHEN is_one_currency THEN given_back_native END AS given_back_native,
    CASE WHEN is_one_currency THEN disputed_native END AS disputed_native,
    difference,
    CASE WHEN is_one_currency THEN difference_native END AS difference_native,
    currency_code,
    CASE match_status
      WHEN 'payment_without_order'
      THEN @money_text(difference_native, currency_code) || ' was received for no order that is known here.'
      WHEN 'refund_without_order'
      THEN @money_text(-difference_native, currency_code) || ' was given back for no order that is known here.'
      WHEN 'matched'
      THEN @money_text(received_native, currency_code) || ' came for no order, and went back.'
      ELSE 'Money came and went for no order, in several currencies.'
    END AS reason,
    loaded_at
  FROM balanced
), rows AS (
  SELECT
    *
  FROM of_orders
  UNION ALL
  SELECT
    *
  FROM of_payments
)
SELECT
  reconciliation_key::TEXT AS reconciliation_key,
  order_key::TEXT AS order_key,
  transaction_key::TEXT AS transaction_key,
  payment_id::TEXT AS payment_id,
  store::TEXT AS store,
  event_date::DATE AS event_date,
  match_status::TEXT AS match_status,
  (
    NOT match_status IN ('matched', 'pending', 'not_told', 'no_sale')
  )::BOOLEAN AS is_mismatch,
  asked_native::DECIMAL(18, 3) AS asked_native,
  received_native::DECIMAL(18, 3) AS received_native,
  given_back_native::DECIMAL(18, 3) AS given_back_native,
  disputed_native::DECIMAL(18, 3) AS disputed_native,
  difference::DECIMAL(18, 3) AS difference,
  difference_native::DECIMAL(18, 3) AS difference_native,
  currency_code::TEXT AS currency_code,
  reason::TEXT AS reason,
  loaded_at::TIMESTAMP AS loaded_at
FROM rows;

@forget_vanished(intermediate.int_orders, order_key);

@forget_vanished(marts.fact_transactions, payment_id);

@forget_vanished(marts.fact_transactions, transaction_key);

@forget_vanished(intermediate.int_transactions, transaction_key)
