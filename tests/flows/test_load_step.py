"""Loading what was landed, by this run or by one that was stopped."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from countinghouse import landing
from countinghouse.landing import Line, Manifest, open_batch
from countinghouse.settings import Settings
from countinghouse.warehouse.connect import open_warehouse
from countinghouse.warehouse.load import LoadResult
from flows.load import note_loads, words
from flows.run import Run

Land = Callable[..., Manifest]


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(settings) as con:
        yield con


@pytest.fixture
def land(settings: Settings) -> Land:
    """Land a whole list of carts."""

    def land(*ids: str, run_id: str = "run-1") -> Manifest:
        with open_batch(settings.landing_dir, "practice", "carts") as batch:
            for n, cart in enumerate(ids):
                batch.write(Line(cart, n, None, f"hash of {cart}", False, f'{{"id": {cart}}}'))
            return batch.close(
                run_id=run_id,
                connection="practice",
                kind="dummyjson",
                resource="carts",
                mode="full",
                is_snapshot=True,
                allow_shrink=False,
                total=len(ids),
                cursor_from=None,
                cursor_to=None,
                extracted_at=datetime(2026, 11, 20, tzinfo=UTC),
            )

    return land


def test_batch_of_a_run_that_was_stopped_is_loaded_by_the_next(
    settings: Settings, con: duckdb.DuckDBPyConnection, land: Land, said: Any
) -> None:
    land("1", "2", "3", run_id="a run that was killed")
    run = Run(settings)
    note_loads(con, run)

    assert con.execute("SELECT list(id ORDER BY id) FROM raw.dummyjson__carts").fetchone() == (["1", "2", "3"],)
    assert run.rows_loaded == 3
    assert landing.pending(settings.landing_dir) == []
    assert said.messages == [f"Load      {'practice.carts':<32} 3 new, 0 changed, 0 unchanged"]


def test_refused_batch_leaves_its_connection_behind_and_the_others_loaded(
    settings: Settings, con: duckdb.DuckDBPyConnection, land: Land, said: Any
) -> None:
    land("1", "2", "3", "4")
    note_loads(con, Run(settings))
    land("1")
    land("1", "2", "3", "4", "5")

    run = Run(settings)
    note_loads(con, run)

    assert run.status == "degraded"
    assert "1 rows where 4 are known" in run.failed_sources["practice"]
    assert con.execute("SELECT status, error FROM ops.extractions").fetchall() == [
        ("failed", run.failed_sources["practice"])
    ]
    assert con.execute("SELECT count(*) FROM raw.dummyjson__carts WHERE NOT is_deleted").fetchone() == (5,)
    assert said.messages[1].startswith("Load      refused: practice: carts: the source now has 1 rows")


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (LoadResult(1_200, 3, 40, 0, 0), "1,200 new, 3 changed, 40 unchanged"),
        (LoadResult(0, 0, 7, 2, 1), "0 new, 0 changed, 7 unchanged, 2 gone, 1 rejected"),
        (LoadResult(0, 0, 0, 0, 0), "nothing new"),
    ],
)
def test_counts_are_said_in_words(result: LoadResult, expected: str) -> None:
    assert words(result) == expected
