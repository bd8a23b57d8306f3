"""A run's own books: opened, closed whichever way it ends, and told to readers."""

from typing import Any

import duckdb
import pytest

from countinghouse.errors import PublishRefused
from countinghouse.settings import Settings
from countinghouse.warehouse.connect import open_warehouse, read_published
from countinghouse.warehouse.runs import start_run
from countinghouse.warehouse.status import RunStatus, read_status, status_path
from flows.publish import publish_copy
from flows.run import in_words, opened


def books(settings: Settings) -> list[tuple[object, ...]]:
    with open_warehouse(settings) as con:
        return con.execute(
            "SELECT status, published_version, error FROM ops.pipeline_runs ORDER BY started_at"
        ).fetchall()


def told(settings: Settings) -> RunStatus:
    status = read_status(status_path(settings))
    assert status is not None
    return status


def publish_something(settings: Settings, *, failed_source: str | None = None) -> None:
    with opened(settings) as run:
        if failed_source:
            run.note_failed_source(failed_source, f"{failed_source}: the key was refused.")
        run.rows_loaded = 12
        with open_warehouse(settings) as con:
            con.execute(
                "CREATE SCHEMA IF NOT EXISTS marts; CREATE OR REPLACE VIEW marts.fact_orders AS SELECT 1 AS order_key"
            )
            publish_copy(con, run)


def test_copy_and_warehouse_agree_on_a_run_that_published(settings: Settings, said: Any) -> None:
    publish_something(settings)
    with read_published(settings.published_path) as copy:
        in_copy = copy.execute("SELECT status, published_version, rows_loaded FROM ops.pipeline_runs").fetchall()
    assert in_copy == [("succeeded", 1, 12)]
    assert books(settings) == [("succeeded", 1, None)]
    assert (told(settings).status, told(settings).published_version) == ("succeeded", 1)
    assert said.messages == ["Publish   version 1: 1 tables, 1 rows"]


def test_run_that_missed_a_source_is_degraded_and_says_which(settings: Settings) -> None:
    publish_something(settings, failed_source="payments")
    assert books(settings) == [("degraded", 1, "payments: the key was refused.")]
    assert told(settings).sources_failed == ("payments",)
    assert not told(settings).has_stopped_publishing


def test_run_that_raises_is_failed_and_readers_keep_their_copy(settings: Settings) -> None:
    publish_something(settings)
    with pytest.raises(PublishRefused), opened(settings):
        raise PublishRefused("A rule does not hold.")
    assert books(settings) == [("succeeded", 1, None), ("failed", None, "A rule does not hold.")]
    assert told(settings).has_stopped_publishing
    assert (told(settings).error, told(settings).published_version) == ("A rule does not hold.", None)
    with read_published(settings.published_path) as copy:
        assert copy.execute("SELECT version FROM ops.publication").fetchall() == [(1,)]


def test_run_that_was_killed_is_closed_by_the_next(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        start_run(con, "killed", "prod")
    publish_something(settings)
    assert [status for status, *_ in books(settings)] == ["failed", "succeeded"]


def test_readers_are_told_even_when_the_books_cannot_be_written(settings: Settings) -> None:
    def stop_with_a_broken_warehouse() -> None:
        with opened(settings):
            settings.warehouse_path.unlink()
            settings.warehouse_path.write_bytes(b"no database at all " * 1000)
            raise PublishRefused("A rule does not hold.")

    with pytest.raises(PublishRefused):
        stop_with_a_broken_warehouse()
    assert told(settings).error == "A rule does not hold."


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (PublishRefused("A rule does not hold."), "A rule does not hold."),
        (KeyboardInterrupt(), "The run was stopped by hand."),
        (duckdb.InterruptException("Interrupted!"), "The run was stopped by hand."),
        (RuntimeError("Query interrupted"), "The run was stopped by hand."),
        (
            ZeroDivisionError("division by zero\nat line 3"),
            "An error nobody expected (ZeroDivisionError: division by zero); details are in logs/errors.log.",
        ),
    ],
)
def test_every_end_has_words(problem: BaseException, expected: str) -> None:
    assert in_words(problem) == expected
