"""The models without SQLMesh: their own queries, in their own order, run by DuckDB alone over what stands in raw.

A model written in Python is asked for its rows, as SQLMesh would, and these are put into its table.

What they come to is what a build from nothing must come to; how long they take is what SQLMesh's own work is measured
against. A model that remembers (it reads itself) begins with nothing.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from sqlmesh import Context

# Wide enough for everything that was ever loaded to be new.
SPAN = {"start": "2025-01-01", "end": "2040-01-01"}


@dataclass(frozen=True)
class Step:
    """One model: what makes its table, and the audits that must find nothing in it.

    python  a model that is written in Python: its code, as SQLMesh keeps it, the name of its function, and the
            project's variables
    """

    name: str
    statements: tuple[str, ...] = field(repr=False)
    audits: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    python: tuple[dict[str, Any], str, dict[str, Any]] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class _Context:
    """What a model written in Python asks of SQLMesh."""

    con: duckdb.DuckDBPyConnection
    variables: dict[str, Any]

    def var(self, name: str, default: Any = None) -> Any:
        """A variable of the project."""
        return self.variables.get(name, default)

    def resolve_table(self, name: str) -> str:
        """The table of a model: here each is called as its model is."""
        return name

    def fetchdf(self, sql: str) -> Any:
        """The rows of a query, as a frame."""
        return self.con.execute(sql).df()


def steps_of(context: "Context", now: str) -> list[Step]:
    """Every model of a loaded project as plain SQL, those it reads before it. `now` is the time of the run."""
    models = [context.models[name] for name in context.dag.sorted if name in context.models]
    return [_step(model, now, context.config.variables) for model in models if not model.kind.is_external]


def build(con: duckdb.DuckDBPyConnection, steps: list[Step]) -> None:
    """Make every table anew in the connection's own database, which has raw and ops."""
    for schema in ("reference", "staging", "intermediate", "marts"):
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for step in steps:
        for statement in step.statements:
            con.execute(statement)
        if step.python:
            _add_rows(con, step.name, *step.python)


def found_by_audits(con: duckdb.DuckDBPyConnection, steps: list[Step]) -> dict[str, list[tuple[Any, ...]]]:
    """What those audits found that found anything."""
    found = {f"{step.name}: {name}": con.execute(sql).fetchall() for step in steps for name, sql in step.audits}
    return {name: rows for name, rows in found.items() if rows}


def _step(model: Any, now: str, variables: dict[str, Any]) -> Step:
    name = f"{model.schema_name}.{model.view_name}"
    columns = {column: kind.sql("duckdb") for column, kind in (model.columns_to_types or {}).items()}
    if model.kind.is_seed:
        return Step(name, (_seed(name, columns, model._path.parent / model.kind.path),))
    context = SPAN | {"execution_time": now}
    empty = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    emptied = f"CREATE OR REPLACE TABLE {name} ({empty})"
    if model.is_python:
        return Step(name, (emptied,), python=(model.python_env, model.entrypoint, variables))
    query = _plain(model, model.render_query_or_raise(**context))
    audits = tuple(
        (audit.name, _plain(model, model.render_audit_query(audit, **context, **arguments)))
        for audit, arguments in model.audits_with_args
    )
    if model.kind.is_view:
        return Step(name, (f"CREATE OR REPLACE VIEW {name} AS {query}",), audits)
    if not model.depends_on_self:
        return Step(name, (f"CREATE OR REPLACE TABLE {name} AS {query}",), audits)
    return Step(name, (emptied, f"INSERT INTO {name} {query}"), audits)


def _add_rows(
    con: duckdb.DuckDBPyConnection, name: str, code: dict[str, Any], entrypoint: str, variables: dict[str, Any]
) -> None:
    from sqlmesh.utils.metaprogramming import prepare_env

    start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in SPAN.values())
    function = prepare_env(code)[entrypoint]
    made = function(_Context(con, variables), start=start, end=end, execution_time=datetime.now(UTC))
    # A model gives one frame, or one after another.
    for rows in [made] if isinstance(made, pd.DataFrame) else made:
        con.register("rows_of_python", rows)
        con.execute(f"INSERT INTO {name} BY NAME FROM rows_of_python")
        con.unregister("rows_of_python")


def _seed(name: str, columns: dict[str, str], path: "Path") -> str:
    typed = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    return f"CREATE OR REPLACE TABLE {name} AS FROM read_csv('{path}', header = true, columns = {{{typed}}})"


def _plain(model: Any, query: Any) -> str:
    """The query's tables by schema and name, whatever the database is called."""
    return query.sql("duckdb").replace(f'"{model.catalog}".', "")
