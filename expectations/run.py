"""Runs a layer's rules against the warehouse with Great Expectations, and says what they found.

Pinned to Great Expectations 1.24.1: it closes the connection after each query unless the database is on a private list,
and DuckDB is not on it (`keep_duckdb_open`). Each layer gets connections with the layer's schemas as search path: asked
for a schema by name, it looks the column types up without it. Nothing of the context is written to disk but the report;
nothing is sent anywhere.
"""

import logging
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
from duckdb_engine import ConnectionWrapper

from expectations.rules import Rule, Severity

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import great_expectations as gx
    import great_expectations.expectations as gxe
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.execution_engine import sqlalchemy_execution_engine as gx_sql

EXAMPLES_SHOWN = 5

# What it has to say to people is in the results; its log repeats it, with advice about its own settings.
logging.getLogger("great_expectations").addHandler(logging.NullHandler())
logging.getLogger("great_expectations").propagate = False


@dataclass(frozen=True)
class CheckResult:
    """What became of one rule. `examples`: up to five failing rows by their keys, or why it could not be checked."""

    layer: str
    table_name: str
    rule: str
    expectation: str
    severity: Severity
    is_success: bool
    checked_rows: int
    failing_rows: int
    examples: str
    checked_at: datetime


class Dialect(StrEnum):
    """The dialects that must keep their connection, as Great Expectations writes them."""

    DUCKDB = "duckdb"


def keep_duckdb_open() -> None:
    """Add DuckDB to Great Expectations' private list of databases whose connection is kept."""
    if Dialect.DUCKDB not in gx_sql._PERSISTED_CONNECTION_DIALECTS:  # pyright: ignore[reportPrivateUsage]
        gx_sql._PERSISTED_CONNECTION_DIALECTS += (Dialect.DUCKDB,)  # pyright: ignore


keep_duckdb_open()


class Inspection:
    """The checks of one run, layer by layer, in one in-memory context that writes one report."""

    def __init__(self, run_id: str) -> None:
        """Nothing is read or written yet."""
        self.run_id = run_id
        with quiet():
            self.context = gx.get_context(mode="ephemeral")
            self.context.enable_analytics(False)
            self.context.variables.progress_bars = {"globally": False}

    def check(
        self, con: duckdb.DuckDBPyConnection, layer: str, rules: Sequence[Rule], schemas: Sequence[str]
    ) -> list[CheckResult]:
        """Hold every rule of a layer against the warehouse, in one checkpoint.

        schemas  where the layer's tables are looked for; the first that has a table wins
        """
        with quiet(), Desk(con, schemas) as desk:
            by_table = {table: list(group) for table, group in groupby(sorted(rules, key=table_of), key=table_of)}
            there = desk.tables()
            missing = [not_there(layer, table) for table in by_table if table not in there]
            present = {table: group for table, group in by_table.items() if table in there}
            return [*missing, *self.run_checkpoint(desk, layer, present)] if present else missing

    def run_checkpoint(self, desk: "Desk", layer: str, rules: dict[str, list[Rule]]) -> list[CheckResult]:
        """One suite for each table, all of them in the layer's checkpoint."""
        source = self.context.data_sources.add_sql(
            layer, connection_string="duckdb:///:memory:", kwargs={"creator": desk.dbapi_connection}
        )
        try:
            checkpoint = self.context.checkpoints.add(
                gx.Checkpoint(
                    name=layer,
                    validation_definitions=[self.define(source, layer, table, group) for table, group in rules.items()],
                    result_format={"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES_SHOWN},
                )
            )
            outcome = checkpoint.run(run_id=RunIdentifier(run_name=self.run_id, run_time=datetime.now(UTC)))
        finally:
            # It keeps both engines for ever; what they hold open would keep SQLMesh out of the warehouse.
            source.get_execution_engine().close()
            source.get_engine().dispose()
        results: list[CheckResult] = []
        for suite_outcome in outcome.run_results.values():
            table = suite_outcome.suite_name.removeprefix(f"{layer}.")
            checked_rows = desk.count(table)
            for found in suite_outcome.results:
                rule = rules[table][found.expectation_config.meta["position"]]
                results.append(judge(desk, layer, rule, found, checked_rows))
        return results

    def define(self, source: Any, layer: str, table: str, rules: list[Rule]) -> gx.ValidationDefinition:
        """A table's suite, bound to all of its rows."""
        expectations = [rule.expectation.copy(update={"meta": {"position": at}}) for at, rule in enumerate(rules)]
        suite = gx.ExpectationSuite(name=f"{layer}.{table}", expectations=expectations)
        batch = source.add_table_asset(table, table_name=table).add_batch_definition_whole_table("all rows")
        return self.context.validation_definitions.add(
            gx.ValidationDefinition(name=f"{layer}.{table}", data=batch, suite=self.context.suites.add(suite))
        )

    def write_data_docs(self, folder: Path) -> None:
        """Write Great Expectations' own report of every layer checked so far, in place of the last run's."""
        shutil.rmtree(folder, ignore_errors=True)
        with quiet():
            self.context.add_data_docs_site(
                site_name="quality",
                site_config={
                    "class_name": "SiteBuilder",
                    "show_how_to_buttons": False,
                    "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
                    "store_backend": {
                        "class_name": "TupleFilesystemStoreBackend",
                        "base_directory": str(folder.resolve()),
                    },
                },
            )
            self.context.build_data_docs(site_names=["quality"])


class Desk:
    """Connections to the warehouse on which a layer's tables need no schema; all are closed together."""

    def __init__(self, con: duckdb.DuckDBPyConnection, schemas: Sequence[str]) -> None:
        """`con` is the writer's own; DuckDB refuses a second way into a file that is open for writing."""
        self.con = con
        there = {row[0] for row in con.execute("SELECT schema_name FROM information_schema.schemata").fetchall()}
        self.schemas = [schema for schema in schemas if schema in there]
        self.opened: list[duckdb.DuckDBPyConnection] = []

    def __enter__(self) -> "Desk":
        """Open the one for our own questions."""
        self.own = self.connection()
        return self

    def __exit__(self, *_: object) -> None:
        """Close all of them, Great Expectations' too: it forgets its own."""
        for connection in self.opened:
            connection.close()

    def connection(self) -> duckdb.DuckDBPyConnection:
        """Another connection to the same database."""
        opened = self.con.cursor()
        self.opened.append(opened)
        if self.schemas:
            opened.execute("SET search_path = $1", [",".join(self.schemas)])
        return opened

    def dbapi_connection(self) -> ConnectionWrapper:
        """The same for SQLAlchemy."""
        return ConnectionWrapper(self.connection())

    def tables(self) -> set[str]:
        """Tables and views of the layer."""
        found = self.own.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = ANY(?)", [self.schemas]
        ).fetchall()
        return {table for (table,) in found}

    def count(self, table: str) -> int:
        """Rows of a table."""
        row = self.own.execute(f'SELECT count(*) FROM "{table}"').fetchone()
        return row[0] if row else 0

    def failing_keys(self, query: str) -> str:
        """The first few rows of a query of keys, as people read them."""
        rows = self.own.execute(f"SELECT * FROM ({query}) ORDER BY ALL LIMIT {EXAMPLES_SHOWN}").fetchall()
        return ", ".join("/".join("NULL" if value is None else str(value) for value in row) for row in rows)


def judge(desk: Desk, layer: str, rule: Rule, found: Any, checked_rows: int) -> CheckResult:
    """Great Expectations' result of one rule, in our words."""
    problem = raised(found.exception_info)
    failing, examples = (1, f"Could not be checked: {problem}") if problem else (0, "")
    if not found.success and not problem:
        failing, examples = failures(desk, rule, found.result)
    return CheckResult(
        layer=layer,
        table_name=rule.table,
        rule=rule.words,
        expectation=found.expectation_config.type,
        severity=rule.severity,
        is_success=bool(found.success),
        checked_rows=checked_rows,
        failing_rows=failing,
        examples=examples,
        checked_at=now(),
    )


def failures(desk: Desk, rule: Rule, result: dict[str, Any]) -> tuple[int, str]:
    """How many rows break a rule, and the keys of a few of them. A rule about a whole table is broken once."""
    is_query = isinstance(rule.expectation, gxe.UnexpectedRowsExpectation)
    count = result["observed_value"] if is_query else result.get("unexpected_count", 1)
    return int(count), desk.failing_keys(rule.breaking.format(batch=f'"{rule.table}"'))


def not_there(layer: str, table: str) -> CheckResult:
    """A table that the layer promises and that does not exist."""
    return CheckResult(
        layer=layer,
        table_name=table,
        rule="The table exists.",
        expectation="table_exists",
        severity="critical",
        is_success=False,
        checked_rows=0,
        failing_rows=1,
        examples="",
        checked_at=now(),
    )


def raised(exception_info: dict[str, Any]) -> str | None:
    """First line of what kept an expectation from being evaluated; None when it was evaluated."""
    details = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    for detail in details:
        if detail["raised_exception"]:
            return str(detail["exception_message"]).strip().splitlines()[0]
    return None


def table_of(rule: Rule) -> str:
    """The table a rule is about."""
    return rule.table


def now() -> datetime:
    """This instant, as the warehouse keeps it: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' own warnings of coming changes from the person who runs a pipeline."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
