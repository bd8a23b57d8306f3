"""Published books, in shapes that compare: against the simulator's truth, and one copy against another."""

from decimal import Decimal
from typing import Any

from road import Road

MEASURES = ("orders", "units", "gross", "discounts", "refunds", "net")

TOTALS = """
    SELECT (SELECT count(*) FROM marts.fact_orders WHERE is_sale),
           (SELECT sum(quantity) FROM marts.fact_order_items),
           sum(amount) FILTER (measure = 'gross_sales'),
           -sum(amount) FILTER (measure = 'discounts'),
           -sum(amount) FILTER (measure = 'returns'),
           sum(amount)
    FROM marts.fact_sales_ledger
"""

BY_DAY = """
    SELECT strftime(date_key, '%Y-%m-%d'), orders, units, gross_sales, discounts, returns, net_sales
    FROM marts.daily_revenue WHERE store = 'practice'
"""

BY_PRODUCT = """
    SELECT p.product_id,
           sum(amount) FILTER (measure = 'gross_sales'),
           -sum(amount) FILTER (measure = 'discounts'),
           -sum(amount) FILTER (measure = 'returns'),
           sum(amount)
    FROM marts.fact_sales_ledger l LEFT JOIN marts.dim_products p USING (product_key)
    GROUP BY 1
"""

BY_CUSTOMER = """
    SELECT o.customer_key, count(*), sum(o.net_sales)
    FROM marts.fact_orders o WHERE o.is_sale GROUP BY 1
"""


def numbers(*values: Any) -> tuple[Decimal, ...]:
    return tuple(Decimal(value or 0) for value in values)


def wanted(truth: dict[str, Any], *measures: str) -> tuple[Decimal, ...]:
    return numbers(*(truth[measure] for measure in measures))


def assert_books_equal_truth(road: Road) -> None:
    truth = road.truth()

    assert numbers(*road.query(TOTALS)[0]) == wanted(truth["totals"], *MEASURES)

    days = {day: numbers(*row) for day, *row in road.query(BY_DAY)}
    true_days = {day: wanted(row, *MEASURES) for day, row in truth["by_day"].items()}
    nothing = numbers(*[0] * len(MEASURES))
    assert {day: row for day, row in days.items() if row != nothing} == {
        day: row for day, row in true_days.items() if row != nothing
    }

    products = {product: numbers(*row) for product, *row in road.query(BY_PRODUCT)}
    true_products = {
        None if product == "null" else product: wanted(row, "gross", "discounts", "refunds", "net")
        for product, row in truth["by_product"].items()
    }
    assert products == true_products

    customers = sorted(numbers(*row) for _, *row in road.query(BY_CUSTOMER))
    assert customers == sorted(wanted(row, "orders", "net") for row in truth["by_customer"].values() if row["orders"])


def snapshot(road: Road) -> dict[str, list[tuple[Any, ...]]]:
    """Every published mart, less the instant at which we loaded it."""
    tables = road.query("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts' ORDER BY 1")
    columns = "COLUMNS(c -> c NOT IN ('loaded_at', 'last_loaded_at'))"
    return {table: sorted(road.query(f"SELECT {columns} FROM marts.{table}"), key=repr) for (table,) in tables}
