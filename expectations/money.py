"""What the marts promise of money: it is counted once, and held against what was asked for."""

from expectations.rules import Table, flat

TRANSACTION_KINDS = ("payment", "refund", "dispute", "fee")
MATCH_STATUSES = (
    "matched",
    "pending",
    "not_told",
    "no_sale",
    "unpaid",
    "underpaid",
    "overpaid",
    "refund_missing",
    "refund_not_booked",
    "disputed",
    "currency_differs",
    "payment_without_order",
    "refund_without_order",
)

REFUNDS = Table("fact_refunds", ("refund_key",))
TRANSACTIONS = Table("fact_transactions", ("transaction_key",))
RECONCILED = Table("payment_reconciliation", ("reconciliation_key",))

MONEY = flat(
    REFUNDS.identified(),
    REFUNDS.points_to("fact_orders", "order_key"),
    REFUNDS.not_negative("amount_native"),
    TRANSACTIONS.identified(),
    TRANSACTIONS.one_of("kind", TRANSACTION_KINDS),
    TRANSACTIONS.points_to("fact_orders", "order_key"),
    TRANSACTIONS.points_to("dim_stores", "store"),
    TRANSACTIONS.points_to("fact_transactions", "matched_transaction_key", there="transaction_key"),
    TRANSACTIONS.never("Payments, refunds and disputes are positive.", "kind <> 'fee' AND amount_native < 0"),
    TRANSACTIONS.never(
        "A movement that another row tells too does not count, and what does not count is no cash.",
        "(matched_transaction_key IS NOT NULL AND is_counted) OR (NOT is_counted AND cash_native <> 0)",
    ),
    RECONCILED.identified(),
    RECONCILED.one_of("match_status", MATCH_STATUSES),
    RECONCILED.present("reason"),
    RECONCILED.points_to("fact_orders", "order_key"),
    RECONCILED.points_to("fact_transactions", "transaction_key"),
    RECONCILED.points_to("dim_stores", "store"),
    RECONCILED.never(
        "received − given back − disputed − asked = difference, in the order's currency.",
        "received_native - given_back_native - disputed_native - coalesce(asked_native, 0) <> difference_native",
    ),
    RECONCILED.no_rows(
        "Each order is reconciled once, and asks what its events in the ledger come to, gift cards included.",
        """
        SELECT order_key AS reconciliation_key FROM fact_orders
        LEFT JOIN (SELECT order_key, sum(amount_native) AS amount FROM fact_sales_ledger GROUP BY order_key) AS events
            USING (order_key)
        LEFT JOIN (
            SELECT order_key, count(*) AS times, sum(asked_native) AS asked FROM {batch}
            WHERE order_key IS NOT NULL GROUP BY order_key
        ) AS own USING (order_key)
        WHERE times IS DISTINCT FROM 1 OR asked <> coalesce(amount, 0)
        """,
    ),
)
