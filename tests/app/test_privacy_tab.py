"""What was asked and done stands on the page about trust, and nobody is named."""

from collections.abc import Callable
from pathlib import Path

import duckdb
from conftest import texts
from published_fixture import publish
from published_world import Shop, make_world
from streamlit.testing.v1 import AppTest

Read = Callable[..., AppTest]


def test_without_requests_the_page_says_so(read: Read, practice_copy: Path) -> None:
    shown = read(practice_copy, "health")
    assert not shown.exception, shown.exception
    assert "Nobody has asked about their data" in texts(shown)


def test_requests_are_shown_with_what_is_left_first(read: Read, tmp_path: Path) -> None:
    folder = publish(make_world([Shop("practice")], days=30), tmp_path)
    with duckdb.connect(str((folder / "published" / "prod.duckdb").resolve())) as connection:
        connection.execute(
            """
            INSERT INTO ops.privacy_requests VALUES
            ('a', 'shop-eu', 'redact', 'command', '2026-11-20 09:00', '2026-11-20 09:01', '2026-11-20 09:05', 'done', 7,
                '{"raw": 7, "landed batches": 0, "published copies": 3}', NULL),
            ('b', 'shop-us', 'redact shop', 'webhook', '2026-11-19 08:00', '2026-11-20 08:00', NULL, 'in progress', 900,
                '{}', 'Something of theirs is still in old.csv (1); see docs/privacy.md.')
            """
        )
    shown = read(folder, "health")
    assert not shown.exception, shown.exception
    tables = {tuple(frame.value.columns): frame.value for frame in shown.dataframe}
    (asked,) = [table for columns, table in tables.items() if "Rows of theirs" in columns]
    assert asked[["Store", "What", "Rows of theirs", "Where", "What is left to do"]].to_numpy().tolist() == [
        [
            "shop-us",
            "Erase a shop's people",
            900,
            "",
            "Something of theirs is still in old.csv (1); see docs/privacy.md.",
        ],
        ["shop-eu", "Erase a person", 7, "raw 7, published copies 3", ""],
    ]
