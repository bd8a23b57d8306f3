"""Tables in a DuckDB file, and CSV and Parquet files in a folder, which DuckDB reads too.

A file is opened to be read only. What DuckDB would guess of a CSV file (delimiter, quotes, types) is not left to it: a
guess that goes wrong turns a bad row into another table.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from countinghouse.sources.tables_columns import TableError, close_to, quoted

_FILES = (".csv", ".csv.gz", ".parquet")
_DELIMITERS = ",;\t|"
_LONGEST_HEADER = 65_536
_LONGEST_LINE = 10_000_000
_ANY_ZONE = timedelta(days=1)
# DuckDB keeps what it has read of a file, by itself up to most of the machine's memory.
_MEMORY = "128MB"
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # Nothing is fetched from anywhere because a file asks for it.
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 2,
}
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_LOCKED = re.compile(r"Conflicting lock is held in .*?\(PID (\d+)\)")


class DuckDbTables:
    """The tables of one DuckDB file or of one folder."""

    aware_type = "TIMESTAMP WITH TIME ZONE"
    naive_types = ("TIMESTAMP", "DATE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            raise TableError(f"there is no file or folder {path}; correct the connection's url.")
        self._is_folder = path.is_dir()
        try:
            database = ":memory:" if self._is_folder else str(path)
            self._connection = duckdb.connect(database, read_only=not self._is_folder, config=_CONFIG)
            if not self._is_folder:
                self._connection.execute(f"SET memory_limit = '{_MEMORY}'")
        except duckdb.Error as error:
            raise TableError(self._why_closed(str(error))) from error
        self._file: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    @property
    def where(self) -> str:
        """What is read, in words."""
        return str(self._file or self._path)

    def now(self) -> datetime:
        """When what is read was written: a file has no other clock. What is in a log of changes was written later."""
        path = self._file or self._path
        log = path.with_name(f"{path.name}.wal")
        written = max(one.stat().st_mtime for one in (path, log) if one.exists())
        return datetime.fromtimestamp(written, UTC)

    def relation(self, table: str) -> str:
        """The table as a FROM clause names it; TableError where it is not there."""
        return self._file_relation(table) if self._is_folder else self._table_relation(table)

    def columns(self, relation: str) -> dict[str, str]:
        """Name and type of every column."""
        rows = self._run(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        return {str(name): str(kind) for name, kind, *_ in rows}

    def bound(self, column: str, kind: str, operator: str, moment: datetime, local: datetime) -> str:
        """A condition on a time; the empty text where this type of column cannot be compared."""
        if kind == self.aware_type:
            return f"{quoted(column)} {operator} TIMESTAMPTZ '{moment.isoformat()}'"
        if kind in self.naive_types:
            return f"{quoted(column)} {operator} TIMESTAMP '{local.isoformat()}'"
        if kind == "VARCHAR":
            # Text may name a zone or none: a day on either side is room for both, and what cannot be read is read.
            local += _ANY_ZONE if operator.startswith("<") else -_ANY_ZONE
            return f"coalesce(TRY_CAST({quoted(column)} AS TIMESTAMP) {operator} TIMESTAMP '{local.isoformat()}', true)"
        return ""

    def rows(
        self, relation: str, columns: list[str], condition: str, size: int
    ) -> Iterator[list[tuple[str | None, ...]]]:
        """The columns as text, so many rows at a time; nothing more is held."""
        wanted = ", ".join(f"CAST({quoted(column)} AS VARCHAR)" for column in columns)
        where = f" WHERE {condition}" if condition else ""
        with closing(self._run(f"SELECT {wanted} FROM {relation}{where}")) as cursor:
            while True:
                try:
                    rows = cursor.fetchmany(size)
                except duckdb.Error as error:
                    raise TableError(self._why_unread(str(error))) from error
                if not rows:
                    return
                yield rows

    def count(self, relation: str) -> int:
        """How many rows there are."""
        return int(self._run(f"SELECT count(*) FROM {relation}").fetchall()[0][0])

    def version(self) -> str:
        """What is read with."""
        return f"DuckDB {duckdb.__version__}"

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        cursor = self._connection.cursor()
        try:
            cursor.execute("SET TimeZone = 'UTC'")
            return cursor.execute(sql)
        except duckdb.Error as error:
            cursor.close()
            raise TableError(self._why_unread(str(error))) from error

    def _table_relation(self, table: str) -> str:
        schema, _, name = table.rpartition(".")
        known = self._run("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
        if ((schema or "main"), name) not in known:
            names = [name if schema == "main" else f"{schema}.{name}" for schema, name in known]
            raise TableError(f"{self._path} has no table '{table}'{close_to(table, names)}.")
        return f"{quoted(schema or 'main')}.{quoted(name)}"

    def _file_relation(self, table: str) -> str:
        named = Path(table).suffix in (".csv", ".gz", ".parquet")
        candidates = [self._path / table] if named else [self._path / f"{table}{suffix}" for suffix in _FILES]
        found = [path for path in candidates if path.is_file()]
        if not found:
            files = [path.name for path in self._path.iterdir() if path.name.endswith(_FILES)]
            wanted = table if named else " or ".join(path.name for path in candidates)
            raise TableError(f"the folder {self._path} has no {wanted}{close_to(candidates[0].name, files)}.")
        if len(found) > 1:
            both = " and ".join(path.name for path in found)
            raise TableError(
                f'the folder {self._path} has {both}; say which one is meant, as in table = "{found[0].name}".'
            )
        self._file = found[0]
        text = str(self._file).replace("'", "''")
        return f"read_parquet('{text}')" if text.endswith(".parquet") else self._csv(text)

    def _csv(self, text: str) -> str:
        names, delimiter = self._header()
        columns = ", ".join(f"'{name.replace(chr(39), chr(39) * 2)}': 'VARCHAR'" for name in names)
        return (
            f"read_csv('{text}', auto_detect = false, header = true, delim = '{delimiter}', quote = '\"', "
            f"escape = '\"', nullstr = '', columns = {{{columns}}}, max_line_size = {_LONGEST_LINE}, "
            f"buffer_size = {2 * _LONGEST_LINE})"
        )

    def _header(self) -> tuple[list[str], str]:
        """The names in the first line, and what stands between them: what occurs there most."""
        assert self._file is not None
        opened = gzip.open if self._file.suffix == ".gz" else open
        try:
            with opened(self._file, "rb") as file:
                line = file.readline(_LONGEST_HEADER).decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError:
            raise TableError(f"{self._file}, line 1: it is no UTF-8 text; save the file as UTF-8.") from None
        except OSError as error:
            raise TableError(f"{self._file} cannot be read: {error.strerror or error}.") from error
        delimiter = max(_DELIMITERS, key=line.count)
        names = next(csv.reader([line], delimiter=delimiter)) if line else []
        if not names:
            raise TableError(f"{self._file} is empty; its first line should name the columns.")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise TableError(f"{self._file}: two columns are named '{twice}'; give each its own name.")
        return names, delimiter

    def _why_closed(self, message: str) -> str:
        locked = _LOCKED.search(message)
        if locked or "Could not set lock" in message:
            who = f" (process {locked[1]})" if locked else ""
            return (
                f"{self._path} is open for writing in another program{who}, and DuckDB lets nobody read it then; "
                "close it there, or let that program export its tables to Parquet files."
            )
        if "not a valid DuckDB database" in message:
            return f"{self._path} is no DuckDB file; name a DuckDB file, or the folder that holds CSV or Parquet files."
        return f"{self._path} cannot be opened: {_first_line(message)}"

    def _why_unread(self, message: str) -> str:
        line = _LINE.search(message)
        if line is not None:
            if "not utf-8" in message.lower():
                return f"{self.where}, line {line[1]}: it is no UTF-8 text; save the file as UTF-8."
            what = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
            why = f"it has {what[2]} values where the first line names {what[1]}" if what else _csv_reason(message)
            return f"{self.where}, line {line[1]}: {why}; correct the row in the file."
        return f"{self.where} cannot be read: {_first_line(message)}"


def _csv_reason(message: str) -> str:
    if "unterminated quote" in message.lower():
        return "a quotation mark is not closed"
    return "it is no row of a CSV file"


def _first_line(message: str) -> str:
    return message.split("\n", 1)[0].removeprefix("IO Error: ").removeprefix("Invalid Input Error: ")
