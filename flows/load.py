"""Load: every closed batch into raw, oldest first, also those a run left that was stopped before it got there."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import duckdb

from countinghouse import landing
from countinghouse.errors import CountinghouseError
from countinghouse.landing import Manifest
from countinghouse.warehouse.drift import Drift, DriftError, used_fields
from countinghouse.warehouse.load import LoadResult, load
from countinghouse.warehouse.runs import record_extraction
from flows.progress import say, warn
from flows.run import Run

MODELS = Path(__file__).parent.parent / "sqlmesh_project" / "models" / "staging"


def note_loads(con: duckdb.DuckDBPyConnection, run: Run) -> dict[str, str]:
    """Load every batch that waits, and note it in the run; one that is refused stops no other.

    returns  why each batch that was refused was, by its id
    """
    refused: dict[str, str] = {}
    for manifest in landing.pending(run.settings.landing_dir):
        name = f"{manifest.connection}.{manifest.resource}"
        try:
            result = load(con, manifest, used_fields(MODELS))
        except CountinghouseError as problem:
            refuse(con, run, manifest, problem)
            refused[manifest.batch_id] = str(problem)
        else:
            run.rows_loaded += result.inserted + result.updated + result.deleted
            say("Load", f"{name:<32} {words(result)}")
            note_drifts(run, manifest, result.drifts)
        for warning in manifest.warnings:
            warn("Load", f"{name}: {warning}")
    return refused


def note_drifts(run: Run, manifest: Manifest, drifts: Sequence[Drift]) -> None:
    """Keep what is not as it was for the run's report, and name the first few."""
    name = f"{manifest.connection}.{manifest.resource}"
    for drift in drifts:
        run.drifts.append({"resource": name} | asdict(drift))
    if drifts:
        paths = ", ".join(sorted(drift.path for drift in drifts)[:5])
        more = f" and {len(drifts) - 5} more" if len(drifts) > 5 else ""
        say("Load", f"{name:<32} its shape changed: {paths}{more} (see schema drift)")


def refuse(con: duckdb.DuckDBPyConnection, run: Run, manifest: Manifest, problem: CountinghouseError) -> None:
    """A batch that could not be loaded leaves its connection behind, as if it had not been read."""
    if isinstance(problem, DriftError):
        note_drifts(run, manifest, problem.drifts)
    record_extraction(
        con,
        run.run_id,
        manifest.connection,
        manifest.resource,
        "failed",
        started_at=manifest.started_at,
        error=str(problem),
    )
    run.note_failed_source(manifest.connection, str(problem))
    warn("Load", f"refused: {problem}")


def words(result: LoadResult) -> str:
    """A load's counts for people; what is usually zero is left out when it is."""
    counts = [(result.inserted, "new"), (result.updated, "changed"), (result.unchanged, "unchanged")]
    rare = [(result.deleted, "gone"), (result.rejected, "rejected")]
    told = [*counts, *(pair for pair in rare if pair[0])]
    return ", ".join(f"{count:,} {word}" for count, word in told) if any(count for count, _ in told) else "nothing new"
