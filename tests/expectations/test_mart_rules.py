"""The marts' contract over a shop of two orders: each wrong number is found, and what may be is no error."""

import duckdb
import pytest
from two_orders import broken, found_by_great_expectations

from expectations import marts

pytestmark = pytest.mark.slow

LEDGER_SUMS = "gross_sales, discounts, returns and total_sales are the ledger's sums, in the store's currency."
TOLD_TWICE = "A movement that another row tells too does not count, and what does not count is no cash."
ASKED = "Each order is reconciled once, and asks what its events in the ledger come to, gift cards included."
CUSTOMER_SUMS = "Each customer's order_count and lifetime_value are the number and net_sales of their orders."
CART_COUNTS = "Each day's carts, purchases and carts left behind are those of fact_carts opened on it."
PROFITS = (
    "Each product's profit is what its lines' net_sales leave over their as-sold costs, and is known where one is."
)
CATEGORY_TOPS = "The categories at the top of a store hold what its products in categories have sold."
COVER = "What sells lasts a number of days, what is out of stock none; what nobody counts has neither."
ORDER_SUMS = "Each order's total_sales is the sum of its events in the ledger, in the store's currency."


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (
            "UPDATE marts.daily_revenue SET gross_sales_native = 25.01, net_sales_native = 23.01 WHERE orders = 1 "
            "AND date_key = DATE '2026-11-01'",
            {("daily_revenue", LEDGER_SUMS)},
        ),
        (
            "UPDATE marts.daily_revenue SET net_sales = 22.99 WHERE date_key = DATE '2026-11-01'",
            {("daily_revenue", "gross_sales − discounts − returns = net_sales, in the reporting currency.")},
        ),
        (
            "DELETE FROM marts.daily_revenue WHERE date_key = DATE '2026-11-02'",
            {
                ("daily_revenue", LEDGER_SUMS),
                ("daily_revenue", "Each day's orders are the sales of fact_orders placed on it."),
            },
        ),
        (
            "UPDATE marts.monthly_sales SET total_sales_native = 21.49",
            {("monthly_sales", LEDGER_SUMS)},
        ),
        (
            "UPDATE marts.fact_orders SET total_sales_native = 14.01 WHERE order_key = 'A'",
            {("fact_orders", ORDER_SUMS)},
        ),
        (
            "INSERT INTO marts.fact_sales_ledger SELECT * FROM marts.fact_sales_ledger WHERE event_key = 'e4'",
            {
                ("fact_sales_ledger", "Each event_key is there once."),
                ("fact_orders", ORDER_SUMS),
                ("payment_reconciliation", ASKED),
                ("daily_revenue", LEDGER_SUMS),
                ("monthly_sales", LEDGER_SUMS),
                (
                    "product_performance",
                    "Each product's gross_sales, discounts and returns are the ledger's sums for it.",
                ),
            },
        ),
        (
            "UPDATE marts.fact_orders SET customer_key = 'c9' WHERE order_key = 'B'",
            {
                ("fact_orders", "Every customer_key is found in dim_customers."),
                ("fact_orders", "Each order's person is the person of its account."),
                ("dim_customers", CUSTOMER_SUMS),
            },
        ),
        (
            "UPDATE marts.dim_customers SET lifetime_value = 7.51 WHERE customer_key = 'c2'",
            {("dim_customers", CUSTOMER_SUMS)},
        ),
        (
            "UPDATE marts.dim_customers SET lifetime_value = 0.01 WHERE customer_key = 'c3'",
            {("dim_customers", CUSTOMER_SUMS)},
        ),
        (
            "UPDATE marts.fact_order_items SET quantity = 3 WHERE order_item_key = 'A1'",
            {("fact_order_items", "Each sale's item_count is the sum of its lines' quantities, gift cards left out.")},
        ),
        (
            "UPDATE marts.customer_metrics SET clv_expected = -0.01, churn_probability = 1.1 WHERE customer_key = 'c1'",
            {
                ("customer_metrics", "clv_expected is never below zero."),
                ("customer_metrics", "churn_probability is between 0 and 1."),
            },
        ),
        (
            "DELETE FROM marts.dim_customer_accounts WHERE account_key = 'ac1'",
            {
                ("fact_orders", "Every account_key is found in dim_customer_accounts."),
                (
                    "dim_customers",
                    "Each customer's account_count is the number of their accounts, and every account is somebody's.",
                ),
            },
        ),
        (
            "UPDATE marts.dim_customers_history SET is_current = true, valid_to = TIMESTAMP '2026-10-31' "
            "WHERE customer_key = 'c1' AND NOT is_current",
            {
                ("dim_customers_history", "A version ends after it began."),
                ("dim_customers_history", "Each customer has one current version, and nobody else has one."),
            },
        ),
        (
            "UPDATE marts.customer_metrics SET customer_key = 'c3' WHERE customer_key = 'c1'",
            {("customer_metrics", "Every customer_key is found in customer_segmentation.")},
        ),
        (
            "UPDATE marts.clv_calibration SET customers = 2 WHERE tenth = 1",
            {("clv_calibration", "The tenths of the back-test are everybody it predicted for.")},
        ),
        (
            "UPDATE marts.fact_transactions SET store = 'nowhere' WHERE transaction_key = 'U'",
            {("fact_transactions", "Every store is found in dim_stores.")},
        ),
        (
            "UPDATE marts.fact_transactions SET is_counted = true, cash_native = 14 WHERE transaction_key = 'V'",
            {("fact_transactions", TOLD_TWICE)},
        ),
        (
            "UPDATE marts.fact_transactions SET cash_native = 14 WHERE transaction_key = 'V'",
            {("fact_transactions", TOLD_TWICE)},
        ),
        (
            "UPDATE marts.payment_reconciliation SET received_native = 7.50 WHERE order_key = 'B'",
            {
                (
                    "payment_reconciliation",
                    "received − given back − disputed − asked = difference, in the order's currency.",
                )
            },
        ),
        (
            "DELETE FROM marts.payment_reconciliation WHERE order_key = 'B'",
            {("payment_reconciliation", ASKED)},
        ),
        (
            "UPDATE marts.payment_reconciliation SET asked_native = 8.50, difference_native = -8.50 "
            "WHERE order_key = 'B'",
            {("payment_reconciliation", ASKED)},
        ),
        (
            "INSERT INTO marts.fact_orders BY NAME "
            "SELECT * REPLACE ('C' AS order_key, false AS is_sale, 0 AS item_count) "
            "FROM marts.fact_orders WHERE order_key = 'B'",
            {("fact_orders", ORDER_SUMS), ("payment_reconciliation", ASKED)},
        ),
        (
            "UPDATE marts.fact_order_items SET unit_cost = 2.02 WHERE order_item_key = 'A2'",
            {("product_performance", PROFITS)},
        ),
        (
            "UPDATE marts.product_performance SET profit = NULL WHERE product_key = 'p2'",
            {("product_performance", PROFITS)},
        ),
        (
            "UPDATE marts.fact_order_items SET is_cost_estimated = NULL",
            {("fact_order_items", "A cost says whether it is estimated, and only a cost does.")},
        ),
        (
            "UPDATE marts.fact_order_items SET variant_key = 'w9' WHERE order_item_key = 'A1'",
            {("fact_order_items", "Every variant_key is found in dim_variants.")},
        ),
        (
            "UPDATE marts.product_performance SET days_of_cover = NULL WHERE product_key = 'p1'",
            {("product_performance", COVER)},
        ),
        (
            "UPDATE marts.product_performance SET stock_level = 'Low' WHERE product_key = 'p2'",
            {("product_performance", COVER)},
        ),
        (
            "UPDATE marts.fact_reviews SET rating = 4",
            {
                (
                    "product_performance",
                    "Each product's avg_rating and rating_count are those of its reviews, where any were read.",
                )
            },
        ),
        (
            "UPDATE marts.category_performance SET net_sales = 9.01 WHERE category_key = 'k1'",
            {
                (
                    "category_performance",
                    CATEGORY_TOPS,
                )
            },
        ),
        (
            "UPDATE marts.fact_inventory_daily SET inventory_date = DATE '1999-01-01'",
            {("fact_inventory_daily", "Every inventory_date is found in dim_date.")},
        ),
        (
            "UPDATE marts.fact_orders SET order_status = 'lost at sea'",
            {("fact_orders", f"order_status is one of: {', '.join(marts.ORDER_STATUSES)}.")},
        ),
        (
            "UPDATE marts.fact_carts SET order_key = 'A' WHERE cart_key = 'K2'",
            {("fact_carts", "No order comes of two carts.")},
        ),
        (
            "UPDATE marts.fact_carts SET is_abandoned = true WHERE cart_key = 'K1'",
            {("fact_carts", "No cart is bought and left behind."), ("cart_abandonment", CART_COUNTS)},
        ),
        (
            "UPDATE marts.fact_carts SET purchased_at = NULL WHERE cart_key = 'K1'",
            {("fact_carts", "A cart is bought where it has a time of purchase.")},
        ),
        (
            "UPDATE marts.fact_carts SET order_key = 'X' WHERE cart_key = 'K2'",
            {("fact_carts", "Every order_key is found in fact_orders.")},
        ),
        (
            "DELETE FROM marts.cart_abandonment WHERE cart_date = DATE '2026-11-01'",
            {("cart_abandonment", CART_COUNTS)},
        ),
        (
            "UPDATE marts.conversion_funnel SET paid_orders = 2 WHERE cart_date = DATE '2026-11-02'",
            {("conversion_funnel", "No step of the funnel is wider than the one before it.")},
        ),
    ],
)
def test_wrong_number_in_the_marts_is_critical(
    con: duckdb.DuckDBPyConnection, damage: str, expected: set[tuple[str, str]]
) -> None:
    con.execute(damage)
    assert broken(con, "marts", marts.RULES) == {("critical", table, words) for table, words in expected}


@pytest.mark.parametrize(
    ("damage", "table", "words"),
    [
        (
            "dim_variants SET stock_quantity = 6 WHERE variant_key = 'w2'",
            "dim_variants",
            "The stock of a product's variants comes to its own.",
        ),
        (
            "dim_variants SET product_key = 'p1' WHERE variant_key = 'w4'",
            "dim_variants",
            "Every product that is listed has something that can be put into a basket.",
        ),
        (
            "daily_revenue SET events_without_rate = 1 WHERE orders = 0",
            "daily_revenue",
            "Every event's currency has an exchange rate.",
        ),
        # Half a minute is another clock; K2 is bought 30 seconds before it is opened.
        (
            "fact_carts SET purchased_at = created_at - INTERVAL 61 SECOND WHERE cart_key = 'K2'",
            "fact_carts",
            "No cart is bought more than a minute before it is opened.",
        ),
        (
            "clv_backtest SET sales_error_pct = -50.1 WHERE fit = 'holdout'",
            "clv_backtest",
            "What customers were expected to buy was within half of what they bought.",
        ),
        (
            "clv_backtest SET customers = 1000 WHERE fit = 'current'",
            "clv_backtest",
            "The models of what customers will buy could be fitted and compared with what they bought.",
        ),
    ],
)
def test_what_a_platform_or_a_missing_rate_may_cause_is_a_warning(
    con: duckdb.DuckDBPyConnection, damage: str, table: str, words: str
) -> None:
    con.execute(f"UPDATE marts.{damage}")
    assert broken(con, "marts", marts.RULES) == {("warning", table, words)}


@pytest.mark.parametrize(
    ("order", "currency", "amount", "is_broken"),
    [
        # B has one line: half a cent for it and half a cent for the total. A has two: 1.5 cents, of which one shows.
        ("B", "USD", "0.01", False),
        ("B", "USD", "0.02", True),
        ("A", "USD", "-0.01", False),
        ("A", "USD", "-0.02", True),
        ("B", "JPY", "1", False),
        ("B", "JPY", "2", True),
        ("B", "KWD", "0.001", False),
        ("B", "KWD", "0.002", True),
    ],
)
def test_order_that_is_more_than_rounding_apart_from_its_parts_is_shown(
    con: duckdb.DuckDBPyConnection, order: str, currency: str, amount: str, is_broken: bool
) -> None:
    con.execute(
        f"""
        INSERT INTO marts.fact_sales_ledger BY NAME SELECT * REPLACE (
            'e9' AS event_key, NULL AS order_item_key, NULL AS product_key, 'rounding' AS measure,
            {amount} AS amount_native, '{currency}' AS currency_code
        )
        FROM marts.fact_sales_ledger WHERE order_key = '{order}' AND event_key IN ('e1', 'e4')
        """
    )
    found = {(severity, table) for severity, table, words in broken(con, "marts", marts.RULES) if "explain" in words}
    assert found == ({("warning", "fact_orders")} if is_broken else set())


@pytest.mark.parametrize(("orders", "cents", "is_broken"), [(50, 8, True), (50, 7, False), (49, 8, False)])
def test_store_whose_totals_are_not_explained_stops_publishing(
    con: duckdb.DuckDBPyConnection, orders: int, cents: int, is_broken: bool
) -> None:
    """Orders of 7.50: a hundredth of each is 7.5 cents. Of 49 orders a share says nothing."""
    con.execute(
        f"""
        CREATE OR REPLACE TABLE marts.fact_orders AS
        SELECT * REPLACE (n::TEXT AS order_key, {cents} / 100 AS rounding_native)
        FROM marts.fact_orders, range({orders}) AS t(n) WHERE order_key = 'B'
        """
    )
    found = {(severity, table) for severity, table, words in broken(con, "marts", marts.RULES) if "explain" in words}
    assert found == ({("critical", "dim_stores")} if is_broken else set())


def test_amount_whose_rate_is_unknown_breaks_no_formula(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("UPDATE marts.daily_revenue SET gross_sales = NULL, net_sales = NULL, total_sales = NULL")
    assert broken(con, "marts", marts.RULES) == set()


def test_mart_that_shrank_warns_and_then_stops(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE SCHEMA shrunk")
    published = {"kept": 100, "grown": 80, "lost_5": 105, "lost_6": 106, "lost_20": 125, "lost_21": 126, "tiny": 49}
    for table in published:
        con.execute(f"CREATE TABLE shrunk.{table} AS SELECT i FROM range({1 if table == 'tiny' else 100}) t(i)")

    def severities(*, is_allowed: bool) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        rules = marts.not_shrunk(published, is_allowed=is_allowed)
        for severity, table, _ in found_by_great_expectations(con, "shrunk", rules):
            found.setdefault(table, set()).add(severity)
        return found

    assert severities(is_allowed=False) == {
        "lost_6": {"warning"},
        "lost_20": {"warning"},
        "lost_21": {"warning", "critical"},
    }
    assert severities(is_allowed=True) == {"lost_6": {"warning"}, "lost_20": {"warning"}, "lost_21": {"warning"}}
