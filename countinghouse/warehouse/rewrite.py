"""Databases written anew, and searched: what is deleted from a DuckDB file stays readable in its free blocks.

`CHECKPOINT` frees blocks and overwrites none. A copy of what the database holds has none of them; it takes the old
file's place in one step, so that a process killed meanwhile leaves the old one or the new one.
"""

import gc
from collections.abc import Collection
from pathlib import Path

import duckdb

from countinghouse.errors import WarehouseError
from countinghouse.settings import Settings
from countinghouse.warehouse.connect import writer_lock
from countinghouse.warehouse.versions import sync

_PART = ".anew"
# Patterns searched for together: each is another pass over a column's text.
_TOGETHER = 200


def rewrite(settings: Settings, path: Path) -> None:
    """Copy a database of the data directory into a new file at its place; nobody of this process has it open.

    raises  WarehouseError where the copy is not whole or the disk does not take it; the old file is then unchanged
    """
    with writer_lock(settings):
        if not path.exists():
            return
        part = path.with_name(path.name + _PART)
        _remove(part)
        try:
            _fold_log(path)
            _refuse_open(path)
            _copy(path, part)
            sync(part)
            part.replace(path)
            sync(path.parent)
        except duckdb.ConnectionException as problem:
            raise WarehouseError(
                f"{path} is still open in this process, so it was not written anew; carry the request out again."
            ) from problem
        except (duckdb.Error, OSError) as problem:
            raise WarehouseError(
                f"{path} could not be written anew ({str(problem).splitlines()[0]}), so what was erased can still be "
                f"read in its free blocks. It needs as much space as it is large; free some and try again."
            ) from problem
        finally:
            _remove(part)


def _remove(part: Path) -> None:
    for path in (part, part.with_name(part.name + ".wal")):
        path.unlink(missing_ok=True)


def _fold_log(path: Path) -> None:
    """Bring what stands in the log into the file: the log goes with that."""
    con = duckdb.connect(str(path))
    try:
        con.execute("FORCE CHECKPOINT")
    finally:
        con.close()
    wal = path.with_name(path.name + ".wal")
    if wal.exists():
        raise OSError(f"{wal} is still there")


def _refuse_open(path: Path) -> None:
    """Nobody of this process may have it open: he would go on with the file that is no longer there, and write to it.

    DuckDB shares one instance of a file among a process's connections and refuses another that opens it otherwise.
    """
    # A tool that was closed may still hold its connection in a cycle of objects.
    gc.collect()
    duckdb.connect(str(path), read_only=True).close()


def _copy(path: Path, part: Path) -> None:
    """Everything, under the same name: views say the name of the database they were made in."""
    con = duckdb.connect(":memory:")
    try:
        name = path.stem.replace('"', '""')
        con.execute(f"ATTACH {_literal(path)} AS before_the_copy (READ_ONLY)")
        con.execute(f'ATTACH {_literal(part)} AS "{name}"')
        con.execute(f'COPY FROM DATABASE before_the_copy TO "{name}"')
        tables = con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'before_the_copy'"
        ).fetchall()
        for schema, table in tables:
            counts = {
                con.execute(f'SELECT count(*) FROM {catalog}."{schema}"."{table}"').fetchone()
                for catalog in ("before_the_copy", f'"{name}"')
            }
            if len(counts) > 1:
                raise duckdb.DataError(f"the copy of {schema}.{table} is not whole")
        con.execute(f'CHECKPOINT "{name}"')
    finally:
        con.close()


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def texts_in_raw(con: duckdb.DuckDBPyConnection, texts: Collection[str]) -> set[str]:
    """Which of some texts stand in rows as the sources sent them: those are somebody else's, or of another shop."""
    return {text for table, columns in _columns(con) if table[0] == "raw" for text in _held(con, table, columns, texts)}


def search(con: duckdb.DuckDBPyConnection, texts: Collection[str]) -> dict[str, int]:
    """How many of some texts each table of a database holds, in whatever column, also in lists and structs."""
    found: dict[str, int] = {}
    for table, columns in _columns(con):
        if held := _held(con, table, columns, texts):
            found[".".join(table)] = len(held)
    return found


def search_file(path: Path, texts: Collection[str]) -> dict[str, int]:
    """`search`, of a database nobody has open for writing."""
    con = duckdb.connect(str(path), read_only=True)
    try:
        return search(con, texts)
    finally:
        con.close()


def _columns(con: duckdb.DuckDBPyConnection) -> list[tuple[tuple[str, str], list[str]]]:
    """Tables and their columns that can hold text."""
    rows = con.execute(
        """
        SELECT schema_name, table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()
        WHERE database_name = current_database() AND regexp_matches(data_type, 'VARCHAR|JSON|BLOB')
            AND (schema_name, table_name) IN (
                SELECT (schema_name, table_name) FROM duckdb_tables() WHERE database_name = current_database()
            )
        GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    return [((schema, table), columns) for schema, table, columns in rows]


def _held(
    con: duckdb.DuckDBPyConnection, table: tuple[str, str], columns: list[str], texts: Collection[str]
) -> set[str]:
    wanted = sorted({text.lower() for text in texts})
    held: set[str] = set()
    row_text = " || ' ' || ".join(f"coalesce(lower(CAST(\"{column}\" AS VARCHAR)), '')" for column in columns)
    for start in range(0, len(wanted), _TOGETHER):
        part = wanted[start : start + _TOGETHER]
        counts = ", ".join(f"bool_or(contains(row_text, ${place}))" for place in range(1, len(part) + 1))
        row = con.execute(f'SELECT {counts} FROM (SELECT {row_text} AS row_text FROM "{table[0]}"."{table[1]}")', part)
        for text, is_held in zip(part, row.fetchone() or (), strict=True):
            if is_held:
                held.add(text)
    return held
