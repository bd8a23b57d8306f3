"""Load: every closed batch into raw, oldest first, also those a run left that was stopped before it got there."""

import duckdb

from countinghouse import landing
from countinghouse.errors import CountinghouseError
from countinghouse.landing import Manifest
from countinghouse.warehouse.load import LoadResult, load
from countinghouse.warehouse.runs import record_extraction
from flows.progress import say, warn
from flows.run import Run


def note_loads(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Load every batch that waits, and note it in the run; one that is refused stops no other."""
    for manifest in landing.pending(run.settings.landing_dir):
        name = f"{manifest.connection}.{manifest.resource}"
        try:
            result = load(con, manifest)
        except CountinghouseError as problem:
            refuse(con, run, manifest, str(problem))
        else:
            run.rows_loaded += result.inserted + result.updated + result.deleted
            say("Load", f"{name:<32} {words(result)}")


def refuse(con: duckdb.DuckDBPyConnection, run: Run, manifest: Manifest, problem: str) -> None:
    """A batch that could not be loaded leaves its connection behind, as if it had not been read."""
    record_extraction(
        con, run.run_id, manifest.connection, manifest.resource, "failed", started_at=manifest.started_at, error=problem
    )
    run.note_failed_source(manifest.connection, problem)
    warn("Load", f"refused: {problem}")


def words(result: LoadResult) -> str:
    """A load's counts for people; what is usually zero is left out when it is."""
    counts = [(result.inserted, "new"), (result.updated, "changed"), (result.unchanged, "unchanged")]
    rare = [(result.deleted, "gone"), (result.rejected, "rejected")]
    told = [*counts, *(pair for pair in rare if pair[0])]
    return ", ".join(f"{count:,} {word}" for count, word in told) if any(count for count, _ in told) else "nothing new"
