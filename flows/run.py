"""One run's own books: it is opened in the warehouse, counts what happens, and is closed whichever way it ends."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import duckdb

from countinghouse.errors import CountinghouseError
from countinghouse.settings import Settings
from countinghouse.warehouse.connect import open_warehouse
from countinghouse.warehouse.publish import Publication
from countinghouse.warehouse.runs import finish_run, register_connections, start_run
from countinghouse.warehouse.status import FailedCheck, RunStatus, write_status
from flows.progress import LOG, Stopwatch

if TYPE_CHECKING:
    from expectations.run import CheckResult, Inspection


@dataclass(frozen=True)
class Outcome:
    """How a run ended: what readers have now, and the connections that could not be read to their end."""

    run_id: str
    status: Literal["succeeded", "degraded"]
    version: int
    sources_failed: tuple[str, ...]


class Run:
    """What a run knows of itself while it goes on.

    Not a dataclass: given one, a Prefect task takes it apart and puts it together again to look for futures in it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.started_at = datetime.now(UTC)
        self.run_id = f"{self.started_at:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"
        self.clock = Stopwatch()
        self.rows_extracted = 0
        self.rows_loaded = 0
        self.rows_transformed = 0
        self.landed: list[dict[str, object]] = []
        self.drifts: list[dict[str, object]] = []
        self.failed_sources: dict[str, str] = {}
        self.checks: list[CheckResult] = []
        self.inspection: Inspection | None = None
        self.publication: Publication | None = None

    @property
    def status(self) -> Literal["succeeded", "degraded"]:
        """What the run will be once it has published."""
        return "degraded" if self.failed_sources else "succeeded"

    def note_failed_source(self, connection: str, error: str) -> None:
        """Remember that a connection could not be read to its end; its first error stands for all."""
        self.failed_sources.setdefault(connection, error)

    def outcome(self) -> Outcome:
        """How it ended, once it has published."""
        assert self.publication is not None
        return Outcome(self.run_id, self.status, self.publication.version, tuple(self.failed_sources))

    def close(
        self,
        con: duckdb.DuckDBPyConnection,
        status: Literal["succeeded", "degraded", "failed"],
        version: int | None = None,
        error: str | None = None,
    ) -> None:
        """Write the run's last row, into the warehouse's books or those of a copy."""
        failed = [check for check in self.checks if not check.is_success]
        finish_run(
            con,
            self.run_id,
            status,
            rows_extracted=self.rows_extracted,
            rows_loaded=self.rows_loaded,
            rows_transformed=self.rows_transformed,
            checks_passed=len(self.checks) - len(failed),
            checks_failed=sum(check.severity == "critical" for check in failed),
            checks_warned=sum(check.severity == "warning" for check in failed),
            published_version=version,
            error=error or "\n".join(self.failed_sources.values()) or None,
            sources_failed=len(self.failed_sources),
        )

    def tell_readers(self, status: str, as_of_at: datetime | None, error: str | None) -> None:
        """Leave the run's end beside the published copy."""
        write_status(
            self.settings,
            RunStatus(
                run_id=self.run_id,
                environment=self.settings.environment,
                status=status,
                started_at=self.started_at,
                finished_at=datetime.now(UTC),
                as_of_at=as_of_at.replace(tzinfo=UTC) if as_of_at else None,
                published_version=self.publication.version if self.publication else None,
                error=error or "\n".join(self.failed_sources.values()) or None,
                sources_failed=tuple(self.failed_sources),
                failed_checks=tuple(
                    FailedCheck(
                        check.layer, check.table_name, check.rule, check.severity, check.failing_rows, check.examples
                    )
                    for check in self.checks
                    if not check.is_success
                ),
            ),
        )


@contextmanager
def opened(settings: Settings) -> Iterator[Run]:
    """A run from its first entry in the books to its last.

    A block that raises closes it as failed, with the error in words; readers keep the copy they have and are told why.
    A process that is killed leaves it open, and the next run closes it.
    """
    run = Run(settings)
    with open_warehouse(settings) as con:
        start_run(con, run.run_id, settings.environment)
    try:
        with open_warehouse(settings) as con:
            register_connections(con, settings)
        yield run
    except BaseException as problem:
        record_failure(run, in_words(problem))
        raise


def record_failure(run: Run, error: str) -> None:
    """Close a run that published nothing. The books may be what is broken: then the side file still says why."""
    as_of_at = None
    try:
        with open_warehouse(run.settings) as con:
            run.close(con, "failed", error=error)
            as_of_at = newest_data(con)
    except (CountinghouseError, duckdb.Error):
        LOG.exception("the failed run %s could not be closed", run.run_id)
    run.tell_readers("failed", as_of_at, error)


def newest_data(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """Up to when the data reaches, by the sources' clocks."""
    row = con.execute("SELECT max(extracted_at) FROM ops.batches").fetchone()
    return row[0] if row else None


def in_words(problem: BaseException) -> str:
    """An error for people: ours are sentences already, another's has its details in the log."""
    if isinstance(problem, CountinghouseError):
        return str(problem)
    # DuckDB turns Ctrl-C into an error of its own where it arrives within a query.
    if isinstance(problem, KeyboardInterrupt | duckdb.InterruptException) or str(problem) == "Query interrupted":
        return "The run was stopped by hand."
    first_line = (str(problem).strip().splitlines() or [""])[0]
    return f"An error nobody expected ({type(problem).__name__}: {first_line}); details are in logs/errors.log."
