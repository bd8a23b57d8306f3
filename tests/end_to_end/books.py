"""Published books, in shapes that compare: against the simulator's truth, and one copy against another."""

from decimal import Decimal
from typing import Any

from road import Road

MEASURES = ("orders", "units", "gross", "discounts", "refunds", "net")

TOTALS = """
    SELECT (SELECT count(*) FROM marts.fact_orders WHERE is_sale AND store = 'practice'),
           (SELECT sum(quantity) FROM marts.fact_order_items WHERE store = 'practice'),
           sum(amount) FILTER (measure = 'gross_sales'),
           -sum(amount) FILTER (measure = 'discounts'),
           -sum(amount) FILTER (measure = 'returns'),
           sum(amount)
    FROM marts.fact_sales_ledger WHERE store = 'practice'
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
    WHERE l.store = 'practice' GROUP BY 1
"""

BY_CUSTOMER = """
    SELECT o.customer_key, count(*), sum(o.net_sales)
    FROM marts.fact_orders o WHERE o.is_sale AND o.store = 'practice' GROUP BY 1
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


# --- the shops of the pretended merchant, in their own currencies ----------------------------------------------------

SHOP_MEASURES = ("gross_sales", "discounts", "returns", "shipping", "taxes", "fees", "tips", "gift_cards")

LEDGER_OF_A_SHOP = """
    SELECT {by}, measure, sum(amount_native)
    FROM marts.fact_sales_ledger l
    LEFT JOIN marts.fact_orders o USING (order_key)
    WHERE l.store = '{store}'
    GROUP BY ALL
"""
# Their truth is a number of the world's own, which no platform shows: only how the amounts are spread can be compared.
SPREADS = {"by_product": "l.product_key", "by_customer": "l.customer_key"}


def shop_sums(road: Road, store: str, by: str) -> dict[str, tuple[Decimal, ...]]:
    """The ledger's measures by something, signed as the truth signs them; what comes to nothing is left out."""
    found: dict[str, dict[str, Decimal]] = {}
    for key, measure, amount in road.query(LEDGER_OF_A_SHOP.format(by=by, store=store)):
        found.setdefault(str(key), {})[measure] = -amount if measure in ("discounts", "returns") else amount
    rows = {key: numbers(*(row.get(measure) for measure in SHOP_MEASURES)) for key, row in found.items()}
    return {key: row for key, row in rows.items() if any(row)}


def true_sums(rows: dict[str, Any]) -> dict[str, tuple[Decimal, ...]]:
    """The same of a part of the truth."""
    wanted_rows = {key: wanted(row, *SHOP_MEASURES) for key, row in rows.items()}
    return {key: row for key, row in wanted_rows.items() if any(row)}


def assert_shop_equals_truth(road: Road, store: str, *, by_line: bool = True) -> None:
    """Every day, order, product and customer of one shop, to the cent of its own currency.

    by_line  whether the platform tells what a line cost, so that the sums by product can be right
    """
    truth = road.ask(f"/_simulator/truth?shop={store}&orders=true")
    assert Decimal(truth["totals"]["orders"]) > 10

    assert shop_sums(road, store, "strftime(event_date, '%Y-%m-%d')") == true_sums(truth["by_day"])
    by_number = {row["number"]: row for row in truth["orders"].values()}
    assert shop_sums(road, store, "o.order_number") == true_sums(by_number)

    orders = road.query(f"SELECT count(*) FROM marts.fact_orders WHERE store = '{store}' AND is_sale")
    assert orders == [(truth["totals"]["orders"],)]
    days = f"""
        SELECT strftime(date_key, '%Y-%m-%d'), orders, net_sales_native
        FROM marts.daily_revenue WHERE store = '{store}' AND (orders > 0 OR net_sales_native <> 0)
    """
    true_days = {
        day: numbers(row["orders"], row["net_sales"])
        for day, row in truth["by_day"].items()
        if row["orders"] or Decimal(row["net_sales"])
    }
    assert {day: numbers(*row) for day, *row in road.query(days)} == true_days

    for part, key in SPREADS.items() if by_line else ():
        assert sorted(shop_sums(road, store, key).values()) == sorted(true_sums(truth[part]).values()), part
