"""Reading side by side: one source that fails stops no other."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from countinghouse.errors import SourceError
from countinghouse.landing import Manifest
from countinghouse.settings import Settings
from countinghouse.sources.changes import SnapshotMovedError
from countinghouse.sources.patience import TroubleError
from countinghouse.warehouse.connect import open_warehouse
from flows.extract import Job, Reading, is_transient, jobs, note_readings, problems, read_all
from flows.run import Run

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def manifest(job: Job, rows: int) -> Manifest:
    return Manifest(
        batch_id="b",
        run_id="r",
        connection=job.connection.name,
        kind=job.connection.kind,
        resource=job.resource,
        mode="full",
        is_snapshot=True,
        allow_shrink=False,
        total=rows,
        rows=rows,
        rejected=0,
        bytes=1,
        longest_line=1,
        checksum="",
        cursor_from=None,
        cursor_to=None,
        started_at=NOON,
        extracted_at=NOON,
        folder=Path(),
    )


class Done:
    """A future that has come."""

    def __init__(self, result: Any) -> None:
        self._result = result

    def result(self, *, raise_on_failure: bool) -> Any:
        assert not raise_on_failure
        return self._result


def submitter(outcome: Callable[[Job], Any]) -> Callable[..., Done]:
    return lambda job, settings, run_id: Done(outcome(job))


def test_every_resource_of_every_enabled_connection_is_read_from_its_cursor(settings: Settings) -> None:
    work = jobs(settings, {("payments", "refunds"): "evt_9"})
    assert [job.name for job in work][:4] == [
        "practice.products",
        "practice.users",
        "practice.carts",
        "payments.charges",
    ]
    assert {job.name: job.cursor for job in work if job.cursor} == {"payments.refunds": "evt_9"}

    idle = settings.connection("practice").model_copy(update={"enabled": False})
    without_practice = settings.model_copy(update={"connections": (idle, settings.connection("payments"))})
    assert {job.connection.name for job in jobs(without_practice, {})} == {"payments"}


def test_one_source_that_fails_leaves_the_others_read(settings: Settings, said: Any) -> None:
    def outcome(job: Job) -> Any:
        if job.connection.name == "payments":
            return SourceError("payments", f"{job.resource}: https://x cannot be reached.")
        return manifest(job, 7)

    readings = read_all(settings, "run-1", jobs(settings, {}), submitter(outcome))

    assert {reading.resource: reading.rows for reading in readings if not reading.error} == {
        "products": 7,
        "users": 7,
        "carts": 7,
    }
    failed = [reading for reading in readings if reading.error]
    assert {reading.connection for reading in failed} == {"payments"}
    assert said.messages[0].startswith("Extract   not read: payments.charges, payments.payment_intents, ")
    assert said.messages[0].endswith(": https://x cannot be reached.")
    assert len(said.messages) == 1, "an address that does not answer is one problem, not one for each resource"


def test_error_nobody_expected_is_that_resources_own(settings: Settings) -> None:
    def outcome(job: Job) -> Any:
        return ZeroDivisionError("division by zero") if job.name == "practice.users" else manifest(job, 1)

    readings = read_all(settings, "run-1", jobs(settings, {}), submitter(outcome))
    assert [(r.resource, r.error) for r in readings if r.error] == [
        ("users", "practice: users: ZeroDivisionError: division by zero. Details are in errors.log.")
    ]


def test_problems_that_differ_are_told_apart() -> None:
    def failed(resource: str, error: str) -> Reading:
        return Reading("payments", resource, 0, NOON, NOON, f"payments: {resource}: {error}")

    readings = [failed("charges", "key refused."), failed("refunds", "key refused."), failed("payouts", "no answer.")]
    assert problems(readings) == {
        "key refused.": ["payments.charges", "payments.refunds"],
        "no answer.": ["payments.payouts"],
    }


def test_books_say_which_resource_failed_and_the_store_is_behind(settings: Settings) -> None:
    run = Run(settings)
    readings = [
        Reading("practice", "carts", 9, NOON, NOON),
        Reading("payments", "charges", 0, NOON, NOON, "payments: charges: key refused."),
    ]
    with open_warehouse(settings) as con:
        note_readings(con, run, readings)
        told = con.execute("SELECT connection, resource, status, rows, error FROM ops.extractions ORDER BY 1 DESC")
        assert told.fetchall() == [
            ("practice", "carts", "succeeded", 9, None),
            ("payments", "charges", "failed", 0, "payments: charges: key refused."),
        ]
    assert run.rows_extracted == 9
    assert run.failed_sources == {"payments": "payments: charges: key refused."}
    assert run.status == "degraded"


class State:
    """As much of a Prefect state as the question needs."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def result(self, *, raise_on_failure: bool) -> BaseException:
        return self._error


def source_error(cause: BaseException | None) -> SourceError:
    error = SourceError("payments", "did not work.")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (source_error(TroubleError("502", "wait")), True),
        (source_error(SnapshotMovedError("it moved")), True),
        (source_error(TroubleError("refused", "start it", is_quick=True)), False),
        (source_error(None), False),
        (ZeroDivisionError(), False),
    ],
    ids=["patience ran out", "list moved", "nobody there", "wrong key or shape", "our own mistake"],
)
def test_only_what_may_pass_is_begun_again(error: BaseException, expected: bool) -> None:
    assert is_transient(None, None, State(error)) is expected
