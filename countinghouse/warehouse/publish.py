"""The checked copy that readers use: a new file for each publication, and a link that moves to it.

A database replaced at its own path leaves a reader with an open connection on the old data for ever. So each
publication is a file with a name of its own, `published/versions/prod-000000000012.duckdb`, and `published/prod.duckdb`
is a link that is swapped in one step: a reader sees the old copy or the new one, and finishes on the one it opened.

`python -m countinghouse.warehouse.publish --list` shows the versions that are kept, `--back-to 11` returns to one.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from countinghouse.errors import CountinghouseError, WarehouseError
from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse.connect import read_published
from countinghouse.warehouse.masking import masked
from countinghouse.warehouse.restatements import note_restatements
from countinghouse.warehouse.transactions import utc_now
from countinghouse.warehouse.versions import Shelf, sync

# Where the pipeline stands is not the readers' business: cursors can carry a source's own tokens of position. Nor are
# the merchant's words about who is who, which name people, nor who was redacted.
UNPUBLISHED_OPS = frozenset({"cursors", "settings", "customer_links", "privacy_tombstones"})

# How readers look for rows: the ledger by time, and one order's or one person's rows by their key. Rows that lie in the
# order of time let DuckDB skip all others; measured in docs/decisions/0016.
LIES_BY = {"fact_sales_ledger": ("event_at", "event_key")}
LOOKED_UP_BY = {
    "fact_sales_ledger": "order_key",
    "dim_customers": "customer_key",
    "dim_customer_accounts": "customer_key",
    "customer_metrics": "customer_key",
    "customer_segmentation": "customer_key",
}

Connection = duckdb.DuckDBPyConnection
Finish = Callable[[Connection, int], None]


@dataclass(frozen=True)
class Publication:
    """One published version. `is_unchanged`: the marts hold the same rows as the version before."""

    version: int
    environment: str
    path: Path
    published_at: datetime
    as_of_at: datetime | None
    run_id: str
    row_counts: dict[str, int]
    is_unchanged: bool


def publish(settings: Settings, con: Connection, run_id: str, finish: Finish | None = None) -> Publication:
    """Write the environment's marts and the ops tables as a new version and move readers to it.

    finish  called with a connection to the copy and the version's number before the copy is closed, so that the copy
            can carry the final row of the very run that makes it; there, `ops` means the copy's own
    raises  WarehouseError when there is nothing to publish or the disk does not take it; readers keep what they had
    """
    shelf = Shelf(settings.published_dir, settings.environment)
    shelf.path(0).parent.mkdir(parents=True, exist_ok=True)
    version = next_version(shelf, con)
    shelf.sweep()
    part = shelf.path(version).with_suffix(".duckdb.part")
    try:
        publication = write_copy(settings, con, run_id, version, part, finish)
        sync(part)
        part.replace(publication.path)
        sync(publication.path.parent)
        shelf.point_to(version)
    except (duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException, OSError) as problem:
        shelf.sweep()
        raise WarehouseError(
            f"The copy for readers could not be written to {settings.published_dir}: {first_line(problem)} "
            "What was published before is unchanged; free some space or mend the folder's rights, then run again."
        ) from problem
    shelf.prune()
    return publication


def next_version(shelf: Shelf, con: Connection) -> int:
    """Numbers only grow, whatever was removed or rolled back since: readers keep what they computed by number."""
    recorded: int | None = one(
        con, "SELECT max(published_version) FROM ops.pipeline_runs WHERE environment = ?", [shelf.environment]
    )
    return max(*shelf.versions(), shelf.current() or 0, recorded or 0) + 1


def write_copy(
    settings: Settings, con: Connection, run_id: str, version: int, part: Path, finish: Finish | None
) -> Publication:
    """Fill the new file over the writer's own connection, and leave it closed and whole on disk."""
    tables = mart_tables(con, settings.environment)
    if not tables:
        raise WarehouseError(
            f"There are no marts in environment {settings.environment}, so there is nothing to publish. "
            f"Run `python -m flows.pipeline --environment {settings.environment}` first."
        )
    note_restatements(con, settings, run_id, tables)
    con.execute(f"ATTACH {literal(str(part))} AS copy")
    try:
        con.execute("CREATE SCHEMA copy.marts; CREATE SCHEMA copy.ops")
        for table, schema in tables.items():
            copy_table(con, schema, table, "marts", is_masked=not settings.show_personal_data)
        for table in ops_tables(con):
            copy_table(con, "ops", table, "ops", is_masked=not settings.show_personal_data)
        contents = fingerprint(con, tables)
        publication = Publication(
            version=version,
            environment=settings.environment,
            path=Shelf(settings.published_dir, settings.environment).path(version),
            published_at=utc_now(),
            as_of_at=one(con, "SELECT max(extracted_at) FROM ops.batches"),
            run_id=run_id,
            row_counts={table: one(con, f"SELECT count(*) FROM copy.marts.{name(table)}") for table in tables},
            is_unchanged=contents == published_fingerprint(settings),
        )
        record_publication(con, settings, publication, contents)
        if finish:
            within_copy(con, finish, version)
        con.execute("CHECKPOINT copy")
    finally:
        con.execute("DETACH copy")
    return publication


def record_publication(con: Connection, settings: Settings, publication: Publication, contents: str) -> None:
    """The copy's own passport: one row that says what it is, how old, and by which run."""
    con.execute(
        "CREATE TABLE copy.ops.publication (version INTEGER, environment VARCHAR, published_at TIMESTAMP, "
        "as_of_at TIMESTAMP, run_id VARCHAR, reporting_currency VARCHAR, definitions VARCHAR, is_masked BOOLEAN, "
        "contents_hash VARCHAR)"
    )
    con.execute(
        "INSERT INTO copy.ops.publication VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            publication.version,
            publication.environment,
            publication.published_at,
            publication.as_of_at,
            publication.run_id,
            settings.reporting_currency,
            settings.definitions,
            not settings.show_personal_data,
            contents,
        ],
    )


def within_copy(con: Connection, finish: Finish, version: int) -> None:
    """Call `finish` on a second connection for which the copy is the database."""
    inside = con.cursor()
    try:
        inside.execute("USE copy")
        finish(inside, version)
    finally:
        inside.close()


def mart_tables(con: Connection, environment: str) -> dict[str, str]:
    """Each mart and the schema it is read from.

    SQLMesh gives an environment views of the models that differ from production only; the rest is production's own.
    """
    schemas = ["marts"] if environment == "prod" else ["marts", f"marts__{environment}"]
    if environment != "prod" and not relations(con, schemas[-1]):
        return {}
    return dict(sorted((table, schema) for schema in schemas for table in relations(con, schema)))


def mart_row_counts(con: Connection, environment: str) -> dict[str, int]:
    """Rows of each mart of an environment, in the warehouse."""
    return {
        table: one(con, f"SELECT count(*) FROM {name(schema)}.{name(table)}")
        for table, schema in mart_tables(con, environment).items()
    }


def ops_tables(con: Connection) -> list[str]:
    """What readers get of the pipeline's own books."""
    return [table for table in relations(con, "ops") if table not in UNPUBLISHED_OPS]


def relations(con: Connection, schema: str) -> list[str]:
    """Tables and views of a schema of the warehouse, by name."""
    found = con.execute(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_catalog = current_database() AND table_schema = ? ORDER BY table_name",
        [schema],
    ).fetchall()
    return [table for (table,) in found]


def copy_table(con: Connection, schema: str, table: str, target: str, *, is_masked: bool) -> None:
    """Copy one table or view with its comments: they are the data dictionary readers see."""
    columns = con.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ? ORDER BY column_index",
        [schema, table],
    ).fetchall()
    read = ", ".join(masked(column, kind) if is_masked else name(column) for column, kind, _ in columns)
    copied = f"copy.{target}.{name(table)}"
    known = {column for column, _, _ in columns}
    order = LIES_BY.get(table, ()) if known.issuperset(LIES_BY.get(table, ())) else ()
    sorting = f" ORDER BY {', '.join(map(name, order))}" if order else ""
    con.execute(f"CREATE TABLE {copied} AS SELECT {read} FROM {name(schema)}.{name(table)}{sorting}")
    if (key := LOOKED_UP_BY.get(table)) in known:
        con.execute(f"CREATE INDEX {name(f'{table}_by_{key}')} ON {copied} ({name(str(key))})")

    if comment := table_comment(con, schema, table):
        con.execute(f"COMMENT ON TABLE {copied} IS {literal(comment)}")
    for column, _, comment in columns:
        if comment:
            con.execute(f"COMMENT ON COLUMN {copied}.{name(column)} IS {literal(comment)}")


def table_comment(con: Connection, schema: str, table: str) -> str | None:
    """A model's description, which SQLMesh writes on the view people query."""
    return one(
        con,
        "SELECT comment FROM (SELECT database_name, schema_name, table_name, comment FROM duckdb_tables() "
        "UNION ALL SELECT database_name, schema_name, view_name, comment FROM duckdb_views()) "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ?",
        [schema, table],
    )


def fingerprint(con: Connection, tables: dict[str, str]) -> str:
    """The same for the same rows in any order: each mart's count and the sum of its rows' hashes."""
    total = "count(*) || ' ' || coalesce(sum(hash(mart)), 0)"
    sums = [f"{table} {one(con, f'SELECT {total} FROM copy.marts.{name(table)} mart')}" for table in tables]
    return hashlib.sha256("\n".join(sums).encode()).hexdigest()


def published_fingerprint(settings: Settings) -> str | None:
    """Of the version readers see now; None when there is none that can be read."""
    return passport(settings.published_path, "contents_hash")


def published_row_counts(settings: Settings) -> dict[str, int]:
    """Rows of each published mart, to see a table that suddenly shrank; empty before the first publication."""
    try:
        with read_published(settings.published_path) as copy:
            return {table: one(copy, f"SELECT count(*) FROM marts.{name(table)}") for table in relations(copy, "marts")}
    except WarehouseError:
        return {}


def passport(path: Path, column: str) -> Any:
    """One value of a copy's `ops.publication`; None when there is no such copy, or it is broken."""
    try:
        with read_published(path) as copy:
            return one(copy, f"SELECT {column} FROM ops.publication")
    except (WarehouseError, duckdb.Error):
        return None


def go_back(settings: Settings, version: int) -> None:
    """Let readers see an older version again, until the next publication."""
    shelf = Shelf(settings.published_dir, settings.environment)
    kept = shelf.versions()
    if version not in kept:
        there = f"kept are {', '.join(map(str, kept))}" if kept else "nothing is published yet"
        raise WarehouseError(f"Version {version} of environment {settings.environment} is not there: {there}.")
    shelf.point_to(version)


def describe(settings: Settings) -> str:
    """The kept versions for people, newest first; → marks the one readers see."""
    shelf = Shelf(settings.published_dir, settings.environment)
    lines: list[str] = []
    for version in reversed(shelf.versions()):
        mark = "→" if version == shelf.current() else " "
        published_at, as_of_at = (passport(shelf.path(version), column) for column in ("published_at", "as_of_at"))
        lines.append(f"{mark} {version:>6}  published {published_at} UTC, data as of {as_of_at} UTC")
    return "\n".join(lines) or f"Nothing is published in environment {settings.environment} yet."


def one(con: Connection, sql: str, values: list[Any] | None = None) -> Any:
    """First value of the first row; None without a row."""
    row = con.execute(sql, values or []).fetchone()
    return row[0] if row else None


def name(identifier: str) -> str:
    """Quote an identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text where DuckDB takes no parameter (ATTACH, COMMENT)."""
    return "'" + text.replace("'", "''") + "'"


def first_line(problem: BaseException) -> str:
    """What went wrong, without DuckDB's second line of advice."""
    return str(problem).strip().splitlines()[0].rstrip(".") + "." if str(problem).strip() else type(problem).__name__


def main(arguments: list[str] | None = None) -> int:
    """List the kept versions, or return to one; exit code 1 and a sentence when that is not possible."""
    parser = argparse.ArgumentParser(prog="python -m countinghouse.warehouse.publish", description=main.__doc__)
    parser.add_argument("--environment", help="prod (default) or the name of a SQLMesh environment")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="the versions that are kept; → marks what readers see")
    what.add_argument("--back-to", type=int, metavar="VERSION", help="let readers see this version again")
    chosen = parser.parse_args(arguments)
    try:
        settings = load_settings()
        if chosen.environment:
            settings = settings.in_environment(chosen.environment)
        if chosen.back_to is not None:
            go_back(settings, chosen.back_to)
        sys.stdout.write(describe(settings) + "\n")
    except CountinghouseError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
