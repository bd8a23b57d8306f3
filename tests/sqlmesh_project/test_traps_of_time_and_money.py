"""The traps of calendars and currencies: days that are not Greenwich's, yen, dinars, weekends. Answered by hand."""

from collections.abc import Iterator
from decimal import Decimal as D

import duckdb
import pytest
from hand_told import (
    Told,
    agreement,
    books_of,
    item,
    legacy,
    order,
    part,
    practice,
    rate,
    sale,
    shopify,
    studio,
    tell,
    tools,
    woo,
)

from benchmarks.bare import Step, found_by_audits

pytestmark = pytest.mark.slow

TOLD: Told = []


@pytest.fixture(scope="module")
def books(bare_steps: list[Step]) -> Iterator[duckdb.DuckDBPyConnection]:
    with books_of(TOLD, bare_steps) as con:
        yield con


# --- 23:30 in New York, 01:30 in Berlin, and other days that are not Greenwich's --------------------------------------
# 04:30 UTC on 3 February is 23:30 on the 2nd in New York (−5). 23:30 UTC on 2 July is 01:30 on the 3rd in Berlin (+2),
# 00:30 on the 3rd in London (+1), 11:30 on the 3rd in Auckland (+12). 29 February 2024 is a leap day: 04:30 UTC on 1
# March is 23:30 on it in New York, and 11:30 UTC on the 28th is 00:30 on it in Auckland (+13). On 25 October 2026
# Berlin's clocks go back at 03:00: the day begins at 22:00 UTC on the 24th and ends 25 hours later, at 23:00 UTC. On
# 8 March New York's go forward at 02:00: the day begins at 05:00 UTC and ends 23 hours later, at 04:00 UTC on the 9th.

DAYS = {
    "shop-us": {
        200: ("2026-02-03T04:30:00Z", "2026-02-02"),
        201: ("2024-03-01T04:30:00Z", "2024-02-29"),
        202: ("2026-03-08T04:59:59Z", "2026-03-07"),
        203: ("2026-03-08T05:00:00Z", "2026-03-08"),
        204: ("2026-03-09T03:59:59Z", "2026-03-08"),
        205: ("2026-03-09T04:00:00Z", "2026-03-09"),
    },
    "practice": {200: ("2026-02-03T04:30:00Z", "2026-02-02"), 201: ("2024-03-01T04:30:00Z", "2024-02-29")},
    "legacy": {200: ("2026-02-03T04:30:00Z", "2026-02-02"), 201: ("2024-03-01T04:30:00Z", "2024-02-29")},
    "woo-de": {
        200: ("2026-07-02T23:30:00Z", "2026-07-03"),
        201: ("2026-10-24T21:59:59Z", "2026-10-24"),
        202: ("2026-10-24T22:00:00Z", "2026-10-25"),
        203: ("2026-10-25T00:30:00Z", "2026-10-25"),
        204: ("2026-10-25T01:30:00Z", "2026-10-25"),
        205: ("2026-10-25T22:59:59Z", "2026-10-25"),
        206: ("2026-10-25T23:00:00Z", "2026-10-26"),
    },
    "studio": {200: ("2026-07-02T23:30:00Z", "2026-07-03")},
    "tools-nz": {200: ("2026-07-02T23:30:00Z", "2026-07-03"), 201: ("2024-02-28T11:30:00Z", "2024-02-29")},
}
for store, orders in DAYS.items():
    for number, (at, _) in orders.items():
        sold = agreement("Order", at, sale("PRODUCT", "10.00", line=number, units=1))
        tell(
            TOLD,
            shopify(number, at, "10.00", sold)
            if store == "shop-us"
            else practice(number, at, 10.0)
            if store == "practice"
            else legacy(number, at, "10.00")
            if store == "legacy"
            else woo(number, at, "10.00", item("10.00"))
            if store == "woo-de"
            else studio(number, at, 1000)
            if store == "studio"
            else tools(number, at, 1000, 1000, 1000, part("a", 1000, 1000, 1000)),
        )


@pytest.mark.parametrize("store", DAYS)
def test_day_is_that_of_the_shop(books: duckdb.DuckDBPyConnection, store: str) -> None:
    for number, (_, day) in DAYS[store].items():
        assert order(books, store, number, "order_date::TEXT") == (day,), number
        days = "SELECT DISTINCT event_date::TEXT FROM marts.fact_sales_ledger WHERE order_key = md5(? || '|' || ?)"
        assert books.execute(days, [store, str(number)]).fetchall() == [(day,)]


def test_day_of_25_hours_holds_all_its_orders_and_a_leap_day_is_of_february(books: duckdb.DuckDBPyConnection) -> None:
    # 202 to 205 of Berlin, the hour that comes twice among them; 203 and 204 of New York's day of 23 hours.
    for store, day, orders in (("woo-de", "2026-10-25", 4), ("shop-us", "2026-03-08", 2), ("shop-us", "2024-02-29", 1)):
        counted = f"SELECT orders FROM marts.daily_revenue WHERE store = '{store}' AND date_key = DATE '{day}'"
        assert books.execute(counted).fetchall() == [(orders,)]
    month = "SELECT orders FROM marts.monthly_sales WHERE store = 'shop-us' AND month_date = DATE '2024-02-01'"
    assert books.execute(month).fetchall() == [(1,)]
    assert books.execute("SELECT day_name FROM marts.dim_date WHERE date_key = DATE '2024-02-29'").fetchall() == [
        ("Thursday",)
    ]


# --- Yen have no decimals, dinars three -------------------------------------------------------------------------------
# 160 yen, 0.32 dinars or 1.12 dollars for a euro: 1001 yen are 1001 × 1.12 / 160 = 7.007 dollars, and 1.005 dinars
# 1.005 × 1.12 / 0.32 = 3.5175, to three places 3.518.

tell(TOLD, *(rate("2026-03-02", currency, units) for currency, units in (("JPY", 160), ("KWD", 0.32), ("USD", 1.12))))
THEN = "2026-03-02T10:00:00Z"
tell(
    TOLD,
    shopify(210, THEN, "1001", agreement("Order", THEN, sale("PRODUCT", "1001.0", line=12, units=1)), store="shop-jp"),
    woo(210, THEN, "1.005", item("1.005"), store="woo-kw"),
    tools(210, THEN, 1005, 1005, 1005, part("a", 1005, 1005, 1005), store="tools-kw"),
    studio(210, THEN, 1001, currency="JPY"),
    studio(211, THEN, 1005, currency="KWD"),
)


@pytest.mark.parametrize(
    ("store", "number", "native", "dollars"),
    [
        ("shop-jp", 210, "1001", "7.007"),
        ("woo-kw", 210, "1.005", "3.518"),
        ("tools-kw", 210, "1.005", "3.518"),
        ("studio", 210, "1001", "7.007"),
        ("studio", 211, "1.005", "3.518"),
    ],
)
def test_yen_have_no_decimals_and_dinars_three(
    books: duckdb.DuckDBPyConnection, store: str, number: int, native: str, dollars: str
) -> None:
    assert order(books, store, number, "total_sales_native, total_sales") == (D(native), D(dollars))


# --- A rate is missing on a weekend -----------------------------------------------------------------------------------
# Friday's rates hold on Saturday and Sunday, also where Monday's are told: 10.00 × 1.10 = 11.00, and on Monday 12.00.

tell(TOLD, *(rate(f"2026-03-{day:02}", "USD", units) for day, units in ((6, 1.10), (9, 1.20))))
tell(TOLD, *(woo(220 + day, f"2026-03-{day:02}T12:00:00Z", "10.00", item("10.00")) for day in (6, 7, 8, 9)))


def test_weekend_takes_the_last_rate_before_it_and_says_so(books: duckdb.DuckDBPyConnection) -> None:
    rows = books.execute(
        """
        SELECT event_date::TEXT, amount, fx_rate, fx_rate_date::TEXT FROM marts.fact_sales_ledger
        WHERE store = 'woo-de' AND event_date BETWEEN '2026-03-06' AND '2026-03-09' ORDER BY 1
        """
    ).fetchall()
    assert rows == [
        ("2026-03-06", 11, D("1.1"), "2026-03-06"),
        ("2026-03-07", 11, D("1.1"), "2026-03-06"),
        ("2026-03-08", 11, D("1.1"), "2026-03-06"),
        ("2026-03-09", 12, D("1.2"), "2026-03-09"),
    ]


def test_every_trap_keeps_the_audits(books: duckdb.DuckDBPyConnection, bare_steps: list[Step]) -> None:
    assert found_by_audits(books, bare_steps) == {}
