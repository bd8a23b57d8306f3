"""Extract: every resource of every connection, side by side, from the source to a batch on disk.

One source that fails stops no other. The client of the library repeats a request that may yet succeed; here a whole
resource is begun again, once, where the client's patience ran out or the list would not hold still.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.tasks import exponential_backoff

from countinghouse.errors import CountinghouseError, SourceError
from countinghouse.extraction import extract
from countinghouse.landing import Manifest
from countinghouse.settings import Connection, Settings
from countinghouse.sources import SOURCES
from countinghouse.sources.changes import BorderGoneError, SnapshotMovedError
from countinghouse.sources.patience import TroubleError
from countinghouse.warehouse.runs import record_extraction
from flows.progress import LOG, row_counter, say, warn
from flows.run import Run


@dataclass(frozen=True)
class Job:
    """One resource to read, from where the last run left it; `cursor` None reads everything."""

    connection: Connection
    resource: str
    cursor: str | None

    @property
    def name(self) -> str:
        """As people see it, as in `practice.carts`."""
        return f"{self.connection.name}.{self.resource}"


@dataclass(frozen=True)
class Reading:
    """How reading one resource went; `error` is None where its batch is landed."""

    connection: str
    resource: str
    rows: int
    started_at: datetime
    finished_at: datetime
    error: str | None = None


def jobs(settings: Settings, cursors: dict[tuple[str, str], str]) -> list[Job]:
    """Everything a run reads."""
    return [
        Job(connection, resource.name, cursors.get((connection.name, resource.name)))
        for connection in settings.enabled_connections
        for resource in SOURCES[connection.kind].resources
    ]


def land(job: Job, settings: Settings, run_id: str) -> Manifest:
    """Read one resource to its end, saying how far it is."""
    manifest = extract(
        job.connection,
        job.resource,
        job.cursor,
        settings.landing_dir,
        run_id,
        on_page=row_counter(job.name),
        page_size=settings.batch_size,
    )
    rows = "row" if manifest.rows == 1 else "rows"
    since = " since the last run" if manifest.mode == "incremental" else ""
    say("Extract", f"{job.name:<32} {manifest.rows:>9,} {rows}{since}")
    return manifest


def is_transient(_task: Any, _run: Any, state: Any) -> bool:
    """Whether beginning a resource again may help: not for a wrong key, a changed shape or an address that is dead."""
    error = state.result(raise_on_failure=False)
    cause = error.__cause__ if isinstance(error, SourceError) else None
    if isinstance(cause, TroubleError):
        return not cause.is_quick
    return isinstance(cause, SnapshotMovedError | BorderGoneError)


@task(
    task_run_name="{job.name}",
    retries=1,
    retry_delay_seconds=exponential_backoff(backoff_factor=5),
    retry_jitter_factor=0.5,
    retry_condition_fn=is_transient,
    cache_policy=NO_CACHE,  # the outside world is not a pure function
    persist_result=False,
)
def extract_resource(job: Job, settings: Settings, run_id: str) -> Manifest:
    """Read one resource to its end."""
    return land(job, settings, run_id)


def read_all(settings: Settings, run_id: str, work: Sequence[Job], submit: Callable[..., Any]) -> list[Reading]:
    """Read everything side by side and wait for all of it.

    submit  starts one job and gives a future whose `result(raise_on_failure=False)` is a manifest or an exception
    """
    started_at = datetime.now(UTC)
    futures = [submit(job, settings, run_id) for job in work]
    readings: list[Reading] = []
    for job, future in zip(work, futures, strict=True):
        result = future.result(raise_on_failure=False)
        readings.append(told(job, result, started_at))
    for problem, resources in problems(readings).items():
        warn("Extract", f"not read: {', '.join(resources)}: {problem}")
    return readings


def problems(readings: Sequence[Reading]) -> dict[str, list[str]]:
    """What went wrong and for which resources: one address that does not answer is one problem, not eight."""
    found: dict[str, list[str]] = {}
    for reading in readings:
        if reading.error:
            problem = reading.error.removeprefix(f"{reading.connection}: ").removeprefix(f"{reading.resource}: ")
            found.setdefault(problem, []).append(f"{reading.connection}.{reading.resource}")
    return found


def note_readings(con: duckdb.DuckDBPyConnection, run: Run, readings: Sequence[Reading]) -> None:
    """Write how each extraction went into the books; a connection with one that failed is behind."""
    for reading in readings:
        record_extraction(
            con,
            run.run_id,
            reading.connection,
            reading.resource,
            "failed" if reading.error else "succeeded",
            started_at=reading.started_at,
            finished_at=reading.finished_at,
            rows=reading.rows,
            error=reading.error,
        )
        run.rows_extracted += reading.rows
        run.landed.append(
            {"resource": f"{reading.connection}.{reading.resource}", "rows": reading.rows, "error": reading.error}
        )
        if reading.error:
            run.note_failed_source(reading.connection, reading.error)


def told(job: Job, result: Manifest | BaseException, started_at: datetime) -> Reading:
    """A job's end in the run's own words."""
    if isinstance(result, Manifest):
        return Reading(job.connection.name, job.resource, result.rows, result.started_at, datetime.now(UTC))
    if isinstance(result, CountinghouseError):
        error = str(result)
    else:
        LOG.error("%s", job.name, exc_info=result)
        error = f"{job.connection.name}: {job.resource}: {type(result).__name__}: {result}. Details are in errors.log."
    return Reading(job.connection.name, job.resource, 0, started_at, datetime.now(UTC), error)
