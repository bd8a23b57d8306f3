"""Whatever happens to orders, on whatever platform and in whatever order we hear of it, the books say what happened.

The random orders know what each happening is worth (`random_orders.py`). Most are read by the models' own SQL run bare
in DuckDB, which takes a second; a few are lived through by SQLMesh load by load and compared with a bare build.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hand_fed_warehouse import HISTORIES, PLATFORMS, Warehouse, whole
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from random_books import SHOPS, Books, Loader, in_memory
from random_orders import DIGITS

from benchmarks.bare import Step, build, found_by_audits
from countinghouse.warehouse.connect import prepare

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 20, 0, 10)  # noqa: DTZ001 - as the warehouse keeps it: UTC, unsaid
# Each order of a batch stands for itself: a failure names the few that failed, and smaller batches would say no more.
MANY = {
    "database": None,
    "deadline": None,
    "phases": [Phase.generate],
    "suppress_health_check": [HealthCheck.too_slow],
}
TOTALS = "gross_sales - discounts - returns + shipping + taxes"


def built(books: Books, steps: list[Step], now: datetime = NOW) -> duckdb.DuckDBPyConnection:
    """The books of all orders as they ended, heard of now."""
    con = in_memory()
    prepare(con)
    con.execute("INSERT INTO ops.settings VALUES ('USD')")
    loader = Loader(con)
    loader.connect(now)
    loader.load(books.products() + books.lasts(), now)
    loader.note_run(now)
    build(con, steps)
    return con


def the_ledger(rows: Any) -> dict[tuple[str, str, date, str, str], tuple[Decimal, int]]:
    return {tuple(row[:5]): (row[5], row[6]) for row in rows if row[5] or row[6]}


LEDGER = """
    SELECT store, order_number, event_date, action, measure, sum(amount_native), coalesce(sum(quantity), 0)
    FROM marts.fact_sales_ledger JOIN (SELECT order_key, order_number FROM marts.fact_orders) USING (order_key)
    GROUP BY ALL
"""


def assert_the_same(books: Books, found: dict[Any, Any]) -> None:
    """The ledger is what happened; where it is not, the stories of the orders concerned are told."""
    expected = books.expected()
    wrong = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    stories = {
        (shop.name, str(order.number)): (order.story, order.lines)
        for shop, orders in books.orders.items()
        for order in orders
    }
    told = [(key, expected.get(key), found.get(key), stories[key[:2]]) for key in sorted(wrong, key=str)[:3]]
    assert not wrong, "\n".join(map(str, told))


def assert_identities_hold(con: duckdb.DuckDBPyConnection, books: Books) -> None:
    """In both currencies, however the events are added up."""
    for end in ("", "_native"):
        one = con.execute(
            f"""
            SELECT count(*) FROM marts.fact_orders
            WHERE gross_sales{end} - discounts{end} - returns{end} IS DISTINCT FROM net_sales{end}
               OR net_sales{end} + shipping{end} + taxes{end} + duties{end} + fees{end} + tips{end} + rounding{end}
                   IS DISTINCT FROM total_sales{end}
            """
        ).fetchone()
        assert one == (0,)
        sums = [
            dict(con.execute(f"SELECT store, sum({what}) FROM marts.{table} GROUP BY ALL").fetchall())
            for table, what in (
                ("fact_sales_ledger", f"amount{end}) FILTER (measure <> 'gift_cards'"),
                ("fact_orders", f"total_sales{end}"),
                ("daily_revenue", f"total_sales{end}"),
                ("monthly_sales", f"total_sales{end}"),
            )
        ]
        assert sums[0].keys() >= {shop.name for shop in SHOPS}
        assert sums[1:] == sums[:1] * 3
        by_day = f"""
            SELECT store, event_date, sum(amount{end}) FROM marts.fact_sales_ledger
            WHERE measure <> 'gift_cards' GROUP BY ALL HAVING sum(amount{end}) <> 0
        """
        days = f"SELECT store, date_key, total_sales{end} FROM marts.daily_revenue WHERE total_sales{end} <> 0"
        assert sorted(con.execute(by_day).fetchall()) == sorted(con.execute(days).fetchall())
    units = """
        SELECT store, sum(units) FROM marts.daily_revenue GROUP BY ALL
        EXCEPT SELECT store, sum(item_count) FROM marts.fact_orders WHERE is_sale GROUP BY ALL
    """
    assert con.execute(units).fetchall() == []


def assert_no_more_came_back_than_was_sold(con: duckdb.DuckDBPyConnection, books: Books) -> None:
    kind = {
        (shop.name, str(order.number)) for shop, all in books.orders.items() for order in all if order.has_more_back
    }
    orders = """
        SELECT store, order_number, gross_sales_native - discounts_native - returns_native,
            sum(quantity) FILTER (measure IN ('gross_sales', 'returns'))
        FROM marts.fact_orders JOIN (SELECT order_key, quantity, measure FROM marts.fact_sales_ledger) USING (order_key)
        GROUP BY ALL
    """
    rows = con.execute(orders).fetchall()
    assert [row for row in rows if row[3] < 0 or (row[2] < 0 and row[:2] not in kind)] == []
    assert len(rows) > sum(map(len, books.orders.values())) / 2


def assert_rates_are_those_of_the_day(con: duckdb.DuckDBPyConnection, books: Books) -> None:
    """Dollars are kept: an event's amount is its own at the last rates known on its day."""
    events = "SELECT currency_code, event_date, amount_native, amount, fx_rate_date FROM marts.fact_sales_ledger"
    for currency, day, native, amount, told in con.execute(events).fetchall():
        rate = 1.0 if currency == "USD" else books.rate(currency, day)
        assert abs(float(amount) - float(native) * rate) <= 0.0006 + abs(float(native)) * 1e-9, (currency, day, native)
        weekend = 0 if currency == "USD" else max(0, day.weekday() - 4)
        assert told == day - timedelta(days=weekend)


def assert_books_hold(books: Books, con: duckdb.DuckDBPyConnection, steps: list[Step]) -> None:
    assert_the_same(books, the_ledger(con.execute(LEDGER).fetchall()))
    assert_identities_hold(con, books)
    assert_no_more_came_back_than_was_sold(con, books)
    assert_rates_are_those_of_the_day(con, books)
    assert found_by_audits(con, steps) == {}


def check_random_books(examples: int, orders_per_shop: int, steps: list[Step]) -> None:
    """A function inside, so that what hypothesis tells of a failure is the seed and not every model."""

    @settings(max_examples=examples, derandomize=True, **MANY)
    @given(seed=st.integers(1, 2**32))
    def hold(seed: int) -> None:
        books = Books(seed, orders_per_shop)
        assert_books_hold(books, built(books, steps), steps)

    hold()


def test_books_say_what_happened_to_random_orders(bare_steps: list[Step]) -> None:
    check_random_books(2, 60, bare_steps)


@pytest.mark.soak
def test_books_say_what_happened_to_very_many_random_orders(bare_steps: list[Step]) -> None:
    check_random_books(40, 400, bare_steps)


def live(warehouse: Warehouse, books: Books, loads: int) -> None:
    """Hear of random rows at random times, some of them late, early or again; at last of everything."""
    assert warehouse.context is not None
    warehouse.now = NOW
    loader = Loader(warehouse.context.engine_adapter.cursor)
    loader.connect(NOW)
    loader.load(books.products(), warehouse.now)
    for last in range(loads, 0, -1):
        heard = books.some(0.5) if last > 1 else books.lasts()
        assert loader.load(heard, warehouse.now) > 0
        warehouse.run()
        # Now within the hour of the last run, now beyond it: both ways of reading what is new are walked.
        warehouse.later(minutes=books.random.choice((3, 45, 400)))


def assert_lived_is_built(warehouse: Warehouse, books: Books, steps: list[Step]) -> None:
    assert warehouse.context is not None
    lived = warehouse.context.engine_adapter.cursor
    assert_the_same(books, the_ledger(lived.execute(LEDGER).fetchall()))
    # Recency and stock covers count days to the newest data.
    con = built(books, steps, warehouse.one("SELECT max(extracted_at) FROM ops.batches"))
    for schema, table in (step.name.split(".") for step in steps):
        if schema == "marts" and table not in HISTORIES:
            assert whole(lived, table) == whole(con, table), table


def test_disordered_loads_end_in_the_books_of_one_build(
    make_warehouse: Callable[..., Warehouse], bare_steps: list[Step]
) -> None:
    warehouse, books = make_warehouse(platforms=PLATFORMS), Books(11, orders_per_shop=15)
    live(warehouse, books, loads=3)
    assert_lived_is_built(warehouse, books, bare_steps)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(12, 20))
def test_many_disordered_loads_end_in_the_books_of_one_build(
    seed: int, make_warehouse: Callable[..., Warehouse], bare_steps: list[Step]
) -> None:
    warehouse, books = make_warehouse(platforms=PLATFORMS), Books(seed, orders_per_shop=40)
    live(warehouse, books, loads=8)
    assert_lived_is_built(warehouse, books, bare_steps)


def test_currencies_of_random_orders_have_none_two_and_three_decimals() -> None:
    assert {DIGITS[shop.currency] for shop in SHOPS} == {0, 2, 3}
