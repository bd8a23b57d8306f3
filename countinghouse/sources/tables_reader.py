"""Reads one table of a shop: finds its columns, brings values into one form, sets aside rows that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self
from zoneinfo import ZoneInfo

from countinghouse.errors import SourceError
from countinghouse.sources.changes import Unusable
from countinghouse.sources.inspection import Findings
from countinghouse.sources.modified import time_of
from countinghouse.sources.paging import OnePage, Page, Paging, Query
from countinghouse.sources.tables_columns import COLUMNS, Column, Normal, TableError, close_to, normals, quoted

if TYPE_CHECKING:
    from countinghouse.connections import Connection
    from countinghouse.sources.base import Resource, Source
    from countinghouse.sources.notes import Notes
    from countinghouse.sources.patience import Patience

_PAGE_ROWS = 2_000
# A clock change makes an hour of local time that is told twice.
_TOLD_TWICE = timedelta(hours=1)
# A row may be dated a little ahead; one that says 9999 must not stop the reading of all others.
_LARGEST_LEAD = timedelta(days=1)


class Tables(Protocol):
    """Where tables are: a PostgreSQL database, a DuckDB file, a folder."""

    @property
    def where(self) -> str:
        """What is read, in words."""
        ...

    def now(self) -> datetime:
        """The clock of what is read, UTC."""
        ...

    def relation(self, table: str) -> str:
        """The table as a FROM clause names it."""
        ...

    def columns(self, relation: str) -> dict[str, str]:
        """Name and type of every column."""
        ...

    def bound(self, column: str, kind: str, operator: str, moment: datetime, local: datetime) -> str:
        """A condition on a time; the empty text where this type of column cannot be compared."""
        ...

    def rows(self, relation: str, columns: list[str], condition: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """The columns as text, so many rows at a time."""
        ...

    def count(self, relation: str) -> int:
        """How many rows there are."""
        ...

    def version(self) -> str:
        """What is read with."""
        ...


class TableReader:
    """Reads one resource of one connection; raises SourceError with a sentence."""

    def __init__(self, connection: Connection, resource: Resource, page_size: int | None = None) -> None:
        self._connection = connection
        self._resource = resource
        self._page_size = page_size or _PAGE_ROWS
        self._told = table_options(connection, resource.name)
        self._zone = ZoneInfo(str(connection.options.get("naive_times") or connection.timezone))
        self.served_at: datetime | None = None

    @classmethod
    def opened(
        cls,
        connection: Connection,
        source: Source,
        resource: Resource,
        *,
        page_size: int | None,
        patience: Patience | None,
        notes: Notes,
    ) -> Self:
        """Open the reader of a resource."""
        return cls(connection, resource, page_size)

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            try:
                self._tables = opened.enter_context(open_tables(self._connection))
                if self.is_there:
                    self._relation = self._tables.relation(str(self._told.get("table") or self._resource.name))
                    self._types = self._tables.columns(self._relation)
                    self._names = _found_columns(self._resource.name, self._told.get("columns", {}), self._types)
                self.served_at = self._tables.now()
            except TableError as error:
                raise self._error(error) from error.__cause__
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def is_there(self) -> bool:
        """Whether the shop has this table at all."""
        return bool(self._told.get("enabled", True))

    @property
    def is_deletable(self) -> bool:
        """Whether an absent row is gone. Of a table that is not read, nothing is known."""
        return self._resource.is_deletable and self.is_there

    @property
    def paging(self) -> Paging:
        """There is none."""
        return OnePage()

    def now(self) -> datetime:
        """The clock of what is read."""
        assert self.served_at is not None
        return self.served_at

    def changed_at(self, row: Any) -> datetime | None:
        """The row's own time of change; None where it has none, or one that cannot be."""
        at = time_of(row, self._resource.updated)
        return None if at is None or at > self.now() + _LARGEST_LEAD else at

    def pages(self, query: Query | None = None) -> Iterator[Page]:
        """Every row of the table, or those within the bounds, so many at a time."""
        if not self.is_there:
            return
        columns = COLUMNS[self._resource.name]
        read = [column for column in columns if column.name in self._names]
        forms = normals(self._zone)
        shape = [(column, forms[column.kind]) for column in read]
        stand_in = next((column for column in columns if column.made_of and column not in read), None)
        try:
            names = [self._names[column.name] for column in read]
            for rows in self._tables.rows(self._relation, names, self._condition(query or {}), self._page_size):
                shown = [_row(shape, row, stand_in) for row in rows]
                yield Page(shown, {}, self.now(), self._tables.where)
        except TableError as error:
            raise self._error(error) from error.__cause__

    def _condition(self, query: Query) -> str:
        """The bounds on the time of change; a row without one is always read."""
        column = self._names.get("updated_at")
        if column is None:
            return ""
        parts: list[str] = []
        for name, operator, slack in (("since", ">=", -_TOLD_TWICE), ("until", "<", _TOLD_TWICE)):
            if name in query:
                at = datetime.fromisoformat(str(query[name]))
                local = (at + slack).astimezone(self._zone).replace(tzinfo=None)
                bound = self._tables.bound(column, self._types[column], operator, at, local)
                parts += [bound] if bound else []
        return f"({' AND '.join(parts)}) OR {quoted(column)} IS NULL" if parts else ""

    def _error(self, error: TableError) -> SourceError:
        return SourceError(self._connection.name, f"{self._resource.name}: {error}")


def open_tables(connection: Connection) -> AbstractContextManager[Tables]:
    """Open what the connection's url names; TableError where it cannot be."""
    url = connection.url
    if "://" not in url:
        from countinghouse.sources.tables_duckdb import DuckDbTables

        return DuckDbTables(Path(url).expanduser().absolute())
    if not url.startswith(("postgresql://", "postgres://")):
        raise TableError(
            f"'{url}' is no place for tables; name a folder, a DuckDB file or postgresql://host:port/database."
        )
    # Imported late: most shops have no PostgreSQL, and the driver takes a moment to load.
    from countinghouse.sources.tables_postgres import PostgresTables

    dsn = connection.secret("dsn") if "dsn" in connection.auth else None
    timeout = int(connection.options.get("statement_timeout_seconds", 900))
    return PostgresTables(url, dsn, connection.variable("dsn"), timeout)


def table_options(connection: Connection, resource: str) -> dict[str, Any]:
    """What the connection says of one table."""
    return connection.options.get("tables", {}).get(resource, {})


def inspect_tables(connection: Connection) -> Findings:
    """What a connection's tables are, without reading their rows."""
    rows: dict[str, int] = {}
    problems: dict[str, list[str]] = {}
    version: str | None = None
    for name in COLUMNS:
        told = table_options(connection, name)
        if not told.get("enabled", True):
            continue
        try:
            with open_tables(connection) as tables:
                version = tables.version()
                relation = tables.relation(str(told.get("table") or name))
                _found_columns(name, told.get("columns", {}), tables.columns(relation))
                rows[name] = tables.count(relation)
        except TableError as error:
            problems.setdefault(str(error), []).append(name)
    if not rows and len(problems) == 1:
        # One trouble of all tables is the connection's own.
        raise SourceError(connection.name, next(iter(problems)))
    told = tuple(f"{', '.join(names)}: {problem}" for problem, names in problems.items())
    return Findings(version=version, rows=rows, problems=told)


def _found_columns(table: str, told: dict[str, str], types: dict[str, str]) -> dict[str, str]:
    """Canonical name and the table's own name of every column that is there; TableError where a needed one is not."""
    # Exports write `Order_ID` as often as `order_id`; two columns that differ in that alone are told apart exactly.
    known = {name.strip().lower(): name for name in types} | {name: name for name in types}
    found: dict[str, str] = {}
    for column in COLUMNS[table]:
        if column.name in told:
            own = told[column.name]
            if own not in known:
                raise TableError(
                    f"there is no column '{own}'{close_to(own, types)}, which columns.{column.name} names; "
                    f"there are {', '.join(types)}."
                )
            found[column.name] = known[own]
            continue
        own = next((known[name] for name in (column.name, *column.others) if name in known), None)
        if own is not None:
            found[column.name] = own
    for column in COLUMNS[table]:
        if column.is_needed and column.name not in found and not (column.made_of and set(column.made_of) <= set(found)):
            raise TableError(
                f"no column is '{column.name}'{close_to(column.name, types)}; there are {', '.join(types)}. Name it: "
                f'[connection.tables.{table}] columns = {{ {column.name} = "…" }}; or write enabled = false there, if '
                "this shop has no such table."
            )
    return found


def _row(shape: list[tuple[Column, Normal | None]], values: tuple[Any, ...], stand_in: Column | None) -> Any:
    """A row under the canonical names. Empty text is unknown, as in a CSV file."""
    row: dict[str, Any] = {}
    for (column, normal), value in zip(shape, values, strict=True):
        if value is None or value == "":
            row[column.name] = None
            continue
        try:
            row[column.name] = value if normal is None else normal(value)
        except ValueError as error:
            reason = str(error) if str(error).startswith("is ") else "is no date or time that can be read"
            return Unusable({one.name: text for (one, _), text in zip(shape, values, strict=True)}, column.name, reason)
    if stand_in is not None:
        parts = [row[name] for name in stand_in.made_of]
        row[stand_in.name] = None if None in parts else "-".join(str(part) for part in parts)
    return row
