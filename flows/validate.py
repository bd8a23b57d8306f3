"""Validate: each layer's rules, in the run's books as they are found; a critical one that fails stops the run."""

from typing import TYPE_CHECKING

import duckdb

from countinghouse.errors import PublishRefused
from countinghouse.warehouse.publish import published_row_counts
from countinghouse.warehouse.transactions import transaction
from flows.progress import say, warn
from flows.run import Run

if TYPE_CHECKING:
    from expectations.rules import Rule
    from expectations.run import CheckResult

SHOWN_FAILURES = 10


def check_layer(con: duckdb.DuckDBPyConnection, run: Run, layer: str) -> None:
    """Hold a layer against its rules; PublishRefused where one that keeps numbers right does not hold."""
    # Great Expectations takes six seconds to import: nothing but the checks waits for it.
    from expectations.run import Inspection

    run.inspection = run.inspection or Inspection(run.run_id)
    results = run.inspection.check(con, layer, layer_rules(run, layer), layer_schemas(run, layer))
    record(con, run.run_id, results)
    run.checks += results
    tell(layer, results)
    critical = [result for result in results if not result.is_success and result.severity == "critical"]
    if critical:
        rules = (
            "rule that keeps the numbers right does" if len(critical) == 1 else "rules that keep the numbers right do"
        )
        raise PublishRefused(
            f"Nothing was published: {len(critical)} {rules} not hold in {layer}. "
            f"Readers keep what they had; the rows are named in {run.settings.quality_dir / 'index.html'}."
        )


def layer_rules(run: Run, layer: str) -> "tuple[Rule, ...]":
    """The layer's contract; that of the marts includes not to have shrunk since the last publication."""
    from expectations import marts, raw, staging

    if layer == "raw":
        return raw.RULES
    if layer == "staging":
        return staging.RULES
    is_shrinking_allowed = any(c.options.get("allow_shrink") for c in run.settings.enabled_connections)
    return marts.RULES + marts.not_shrunk(published_row_counts(run.settings), is_allowed=is_shrinking_allowed)


def layer_schemas(run: Run, layer: str) -> list[str]:
    """Where the layer lies: an environment's own models first, then production's, as in what is published."""
    environment = run.settings.environment
    return [layer] if layer == "raw" or environment == "prod" else [f"{layer}__{environment}", layer]


def record(con: duckdb.DuckDBPyConnection, run_id: str, results: "list[CheckResult]") -> None:
    """Write the results into the run's books, before anything is decided on them."""
    with transaction(con):
        con.executemany(
            "INSERT INTO ops.validation_results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                [
                    *(run_id, result.layer, result.table_name, result.rule, result.expectation, result.severity),
                    *(result.is_success, result.checked_rows, result.failing_rows, result.examples, result.checked_at),
                ]
                for result in results
            ],
        )


def tell(layer: str, results: "list[CheckResult]") -> None:
    """One line for the layer, and one for each rule that does not hold."""
    failed = sorted((result for result in results if not result.is_success), key=lambda result: result.severity)
    held = len(results) - len(failed)
    tables = {result.table_name: result.checked_rows for result in results}
    say("Check", f"{layer:<32} {held} of {len(results)} rules hold over {sum(tables.values()):,} rows")
    for result in failed[:SHOWN_FAILURES]:
        named = f": {result.examples}" if result.examples else ""
        rows = f"{result.failing_rows:,} of {result.checked_rows:,} rows do not{named}"
        warn("Check", f"{result.severity}: {layer}.{result.table_name}: {result.rule} ({rows})")
    if len(failed) > SHOWN_FAILURES:
        warn("Check", f"and {len(failed) - SHOWN_FAILURES} more in {layer}; all are in the report")
