"""The log of past days that changed: which, by how much, because of which orders, each change once.

The first publication holds two days of one store, the second day unfinished:

    day 1  order A  100.00 gross − 10.00 discount = 90.00 net   ·  order B  50.00
    day 2  order C   20.00
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse import restatements
from countinghouse.warehouse.connect import open_warehouse, read_published
from countinghouse.warehouse.publish import publish
from countinghouse.warehouse.runs import finish_run, start_run

MARTS = """
    CREATE SCHEMA marts;
    CREATE TABLE marts.fact_orders (order_key TEXT, order_number TEXT, is_sale BOOLEAN);
    CREATE TABLE marts.fact_sales_ledger (
        store TEXT, event_date DATE, order_key TEXT, measure TEXT, amount DECIMAL(18, 3), amount_native DECIMAL(18, 3)
    );
    INSERT INTO marts.fact_orders VALUES ('A', '#1', true), ('B', '#2', true), ('C', '#3', true);
    INSERT INTO marts.fact_sales_ledger VALUES
        ('shop', '2026-03-01', 'A', 'gross_sales', 100, 100), ('shop', '2026-03-01', 'A', 'discounts', -10, -10),
        ('shop', '2026-03-01', 'B', 'gross_sales', 50, 50), ('shop', '2026-03-02', 'C', 'gross_sales', 20, 20);
    CREATE VIEW marts.daily_revenue AS
        SELECT store, event_date AS date_key, count(DISTINCT order_key) AS orders,
            sum(amount) FILTER (measure IN ('gross_sales', 'discounts', 'returns')) AS net_sales,
            sum(amount) AS total_sales,
            sum(amount_native) FILTER (measure IN ('gross_sales', 'discounts', 'returns')) AS net_sales_native
        FROM marts.fact_sales_ledger GROUP BY ALL;
"""
TOLD = """
    SELECT strftime(date_key, '%m-%d'), order_number, reason, net_sales_before, net_sales_after
    FROM ops.restatements ORDER BY noticed_at, date_key, order_number
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"COUNTINGHOUSE_DATA_DIR": str(tmp_path)})


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(settings) as con:
        con.execute(MARTS)
        run(settings, con, "run-1")
        yield con


def run(settings: Settings, con: duckdb.DuckDBPyConnection, run_id: str) -> None:
    start_run(con, run_id, settings.environment)
    version = publish(settings, con, run_id).version
    finish_run(con, run_id, "succeeded", published_version=version)


def told(settings: Settings) -> list[tuple[Any, ...]]:
    with read_published(settings.published_path) as copy:
        return copy.execute(TOLD).fetchall()


def test_the_first_publication_restates_nothing(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    assert told(settings) == []


def test_an_order_changed_later_is_named_with_its_day_and_both_amounts(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    # A's discount becomes 25: 100 − 25 = 75, where 100 − 10 = 90 stood.
    con.execute("UPDATE marts.fact_sales_ledger SET amount = -25, amount_native = -25 WHERE measure = 'discounts'")
    run(settings, con, "run-2")
    assert told(settings) == [("03-01", "#1", "changed", Decimal(90), Decimal(75))]
    run(settings, con, "run-3")
    assert len(told(settings)) == 1, "a change is told once"


def test_an_unfinished_day_grows_without_being_restated(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO marts.fact_orders VALUES ('D', '#4', true)")
    con.execute(
        "INSERT INTO marts.fact_sales_ledger VALUES ('shop', '2026-03-02', 'D', 'gross_sales', 5, 5), "
        "('shop', '2026-03-03', 'D', 'returns', -5, -5)"
    )
    run(settings, con, "run-2")
    assert told(settings) == []


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (
            "INSERT INTO marts.fact_orders VALUES ('L', '#9', true); INSERT INTO marts.fact_sales_ledger "
            "VALUES ('shop', '2026-03-01', 'L', 'gross_sales', 7, 7)",
            ("03-01", "#9", "arrived late", None, Decimal(7)),
        ),
        (
            "DELETE FROM marts.fact_orders WHERE order_key = 'B'; "
            "DELETE FROM marts.fact_sales_ledger WHERE order_key = 'B'",
            ("03-01", "#2", "deleted", Decimal(50), None),
        ),
        (
            "UPDATE marts.fact_orders SET is_sale = false WHERE order_key = 'B'; "
            "DELETE FROM marts.fact_sales_ledger WHERE order_key = 'B'",
            ("03-01", "#2", "no longer a sale", Decimal(50), None),
        ),
        (
            "UPDATE marts.fact_sales_ledger SET amount = 55 WHERE order_key = 'B'",
            ("03-01", "#2", "exchange rate", Decimal(50), Decimal(55)),
        ),
    ],
)
def test_each_change_says_why(
    settings: Settings, con: duckdb.DuckDBPyConnection, change: str, row: tuple[Any, ...]
) -> None:
    con.execute(change)
    run(settings, con, "run-2")
    assert told(settings) == [row]


def test_many_orders_of_a_day_are_summed_up_beyond_the_largest(
    settings: Settings, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restatements, "NAMED_ORDERS", 1)
    for key, amount in (("X", 1), ("Y", 30), ("Z", 2)):
        con.execute("INSERT INTO marts.fact_orders VALUES (?, ?, true)", [key, key])
        con.execute(
            "INSERT INTO marts.fact_sales_ledger VALUES ('shop', '2026-03-01', ?, 'gross_sales', ?, ?)",
            [key, amount, amount],
        )
    run(settings, con, "run-2")
    # Y is the largest; X and Z are 1 + 2 = 3 together.
    assert told(settings) == [
        ("03-01", "Y", "arrived late", None, Decimal(30)),
        ("03-01", None, "other orders", None, Decimal(3)),
    ]


def test_what_a_run_wrote_and_never_published_is_told_by_the_run_that_publishes(
    settings: Settings, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    con.execute("UPDATE marts.fact_sales_ledger SET amount = 60, amount_native = 60 WHERE order_key = 'B'")
    with monkeypatch.context() as patch:
        patch.setattr("countinghouse.warehouse.publish.copy_table", lambda *_, **__: 1 / 0)
        start_run(con, "run-2", "prod")
        with pytest.raises(ZeroDivisionError):
            publish(settings, con, "run-2")
    assert con.execute("SELECT count(*) FROM ops.restatements").fetchall() == [(1,)]
    run(settings, con, "run-3")
    assert con.execute("SELECT DISTINCT run_id FROM ops.restatements").fetchall() == [("run-3",)]
    assert told(settings) == [("03-01", "#2", "changed", Decimal(50), Decimal(60))]


def test_another_reporting_currency_restates_nothing_by_itself(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    con.execute("UPDATE marts.fact_sales_ledger SET amount = amount * 2")
    run(settings.model_copy(update={"reporting_currency": "EUR"}), con, "run-2")
    assert told(settings) == []


def test_other_definitions_restate_nothing_by_themselves(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("UPDATE marts.fact_sales_ledger SET amount = amount * 2, amount_native = amount_native * 2")
    run(settings.model_copy(update={"definitions": "finance"}), con, "run-2")
    assert told(settings) == []


def test_a_copy_of_another_layout_is_not_compared(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DROP VIEW marts.daily_revenue; CREATE TABLE marts.daily_revenue (store TEXT)")
    run(settings, con, "run-2")
    con.execute("DROP TABLE marts.daily_revenue")
    run(settings, con, "run-3")
    assert told(settings) == []
