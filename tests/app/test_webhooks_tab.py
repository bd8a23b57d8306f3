"""An event that nothing could be done with is shown where numbers are doubted."""

from collections.abc import Callable
from pathlib import Path

import duckdb
from conftest import texts
from published_fixture import publish
from published_world import Shop, make_world
from streamlit.testing.v1 import AppTest

Read = Callable[..., AppTest]


def test_without_webhooks_the_page_says_what_they_would_do(read: Read, practice_copy: Path) -> None:
    shown = read(practice_copy, "health")
    assert not shown.exception, shown.exception
    assert "No webhook has come in" in texts(shown)


def test_event_that_was_set_aside_is_shown_with_its_reason(read: Read, tmp_path: Path) -> None:
    folder = publish(make_world([Shop("practice")], days=30), tmp_path)
    with duckdb.connect(str((folder / "published" / "prod.duckdb").resolve())) as connection:
        connection.execute(
            """
            INSERT INTO ops.webhooks VALUES
            ('shop-eu', 'order.updated', 1, 40, 1, '2026-11-20 09:00', '2026-11-20 09:30', '2026-11-20 09:40'),
            ('shop-us', 'orders/create', 0, 7, 0, NULL, '2026-11-20 08:00', '2026-11-20 09:40');
            INSERT INTO ops.webhooks_set_aside VALUES
            ('shop-eu', 'order.updated', 'abc', '2026-11-20 04:00', 8, 'orders: it answered 500 for order 12.')
            """
        )
    shown = read(folder, "health")
    assert not shown.exception, shown.exception
    tables = {tuple(frame.value.columns): frame.value for frame in shown.dataframe}
    (aside,) = [table for columns, table in tables.items() if "Tries" in columns]
    (standing,) = [table for columns, table in tables.items() if "Set aside" in columns]
    assert aside[["Store", "What happened", "Tries"]].to_numpy().tolist() == [
        ["shop-eu", "orders: it answered 500 for order 12.", 8]
    ]
    assert standing[["Store", "Waiting", "Done", "Set aside"]].to_numpy().tolist() == [
        ["shop-eu", 1, 40, 1],
        ["shop-us", 0, 7, 0],
    ]
