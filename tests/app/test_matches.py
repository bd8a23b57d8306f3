"""Money that does not match is named where the day begins, and counted where numbers are doubted."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
from conftest import texts
from published_fixture import publish
from published_world import Shop, make_world
from streamlit.testing.v1 import AppTest

Read = Callable[..., AppTest]
# The world's last day is 20 November 2026: the first row is too old to need anybody now.
ROWS = [
    ("A", "practice", "2026-10-01", "unpaid", True, -70, "Nothing was received of the 70.00 USD asked for."),
    ("B", "practice", "2026-11-18", "underpaid", True, -20, "20.00 USD is missing of the 50.00 USD asked for."),
    ("C", "practice", "2026-11-19", "overpaid", True, 5, "5.00 USD more was received than the 50.00 USD asked for."),
    ("D", "practice", "2026-11-19", "disputed", True, -9, "A bank took 9.00 USD back for its customer."),
    ("E", "practice", "2026-11-19", "matched", False, 0, "50.00 USD is asked for, and was received."),
    ("F", "elsewhere", "2026-11-19", "unpaid", True, -400, "Nothing was received of the 400.00 USD asked for."),
]


def copy(folder: Path) -> Path:
    found = publish(make_world([Shop("practice")], days=60), folder)
    with duckdb.connect(str((found / "published" / "prod.duckdb").resolve())) as connection:
        connection.executemany(
            "INSERT INTO marts.payment_reconciliation (reconciliation_key, order_key, store, event_date, match_status, "
            "is_mismatch, difference, reason) VALUES ($1, $1, $2, $3, $4, $5, $6, $7)",
            ROWS,
        )
    return found


def test_what_does_not_match_needs_attention(read: Read, tmp_path: Path) -> None:
    shown = read(copy(tmp_path), "operations")
    assert not shown.exception, shown.exception
    # B and C: 20 + 5. The dispute is told as a dispute; A is older than 30 days; F is of a store not chosen.
    assert "orders or payments do not match ($25.00)" in texts(shown)


def test_reconciliation_is_counted_by_store_what_does_not_match_first(read: Read, tmp_path: Path) -> None:
    shown = read(copy(tmp_path), "health")
    assert not shown.exception, shown.exception
    (table,) = [frame.value for frame in shown.dataframe if "Match" in frame.value.columns]
    assert [tuple(row) for row in table[["Store", "Match", "Number", "Difference"]].itertuples(index=False)] == [
        ("elsewhere", "Unpaid", 1, 400),
        ("practice", "Unpaid", 1, 70),
        ("practice", "Underpaid", 1, 20),
        ("practice", "Disputed", 1, 9),
        ("practice", "Overpaid", 1, 5),
        ("practice", "Matched", 1, 0),
    ]
    assert table["Newest"].dt.date.tolist()[0] == date(2026, 11, 19)
