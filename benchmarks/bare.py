"""The models without SQLMesh: their own queries, in their own order, run by DuckDB alone over what stands in raw.

What they come to is what a build from nothing must come to; how long they take is what SQLMesh's own work is measured
against. A model that remembers (it reads itself) begins with nothing.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

    from sqlmesh import Context

# Wide enough for everything that was ever loaded to be new.
SPAN = {"start": "2025-01-01", "end": "2040-01-01"}


@dataclass(frozen=True)
class Step:
    """One model: what makes its table, and the audits that must find nothing in it."""

    name: str
    statements: tuple[str, ...] = field(repr=False)
    audits: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def steps_of(context: "Context", now: str) -> list[Step]:
    """Every model of a loaded project as plain SQL, those it reads before it. `now` is the time of the run."""
    models = [context.models[name] for name in context.dag.sorted if name in context.models]
    return [_step(model, now) for model in models if not model.kind.is_external]


def build(con: duckdb.DuckDBPyConnection, steps: list[Step]) -> None:
    """Make every table anew in the connection's own database, which has raw and ops."""
    for schema in ("reference", "staging", "intermediate", "marts"):
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for step in steps:
        for statement in step.statements:
            con.execute(statement)


def found_by_audits(con: duckdb.DuckDBPyConnection, steps: list[Step]) -> dict[str, list[tuple[Any, ...]]]:
    """What those audits found that found anything."""
    found = {f"{step.name}: {name}": con.execute(sql).fetchall() for step in steps for name, sql in step.audits}
    return {name: rows for name, rows in found.items() if rows}


def _step(model: Any, now: str) -> Step:
    name = f"{model.schema_name}.{model.view_name}"
    columns = {column: kind.sql("duckdb") for column, kind in (model.columns_to_types or {}).items()}
    if model.kind.is_seed:
        return Step(name, (_seed(name, columns, model._path.parent / model.kind.path),))
    context = SPAN | {"execution_time": now}
    query = _plain(model, model.render_query_or_raise(**context))
    audits = tuple(
        (audit.name, _plain(model, model.render_audit_query(audit, **context, **arguments)))
        for audit, arguments in model.audits_with_args
    )
    if model.kind.is_view:
        return Step(name, (f"CREATE OR REPLACE VIEW {name} AS {query}",), audits)
    if not model.depends_on_self:
        return Step(name, (f"CREATE OR REPLACE TABLE {name} AS {query}",), audits)
    empty = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    return Step(name, (f"CREATE OR REPLACE TABLE {name} ({empty})", f"INSERT INTO {name} {query}"), audits)


def _seed(name: str, columns: dict[str, str], path: "Path") -> str:
    typed = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    return f"CREATE OR REPLACE TABLE {name} AS FROM read_csv('{path}', header = true, columns = {{{typed}}})"


def _plain(model: Any, query: Any) -> str:
    """The query's tables by schema and name, whatever the database is called."""
    return query.sql("duckdb").replace(f'"{model.catalog}".', "")
