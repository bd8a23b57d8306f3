"""Tables in PostgreSQL: one transaction that may only read, and a cursor at the server, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, LiteralString, Self, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from countinghouse.sources.patience import TroubleError
from countinghouse.sources.tables_columns import TableError, close_to, quoted

_CONNECT_SECONDS = 15
_COLUMNS = """
    SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_TABLES = """
    SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'v', 'm', 'f', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema')
"""


class PostgresTables:
    """The tables of one PostgreSQL database."""

    aware_type = "timestamp with time zone"
    naive_types = ("timestamp without time zone", "date")

    def __init__(self, url: str, dsn: str | None, variable: str, timeout_seconds: int) -> None:
        self._variable = variable
        self._timeout_seconds = timeout_seconds
        self._told = self._parameters(url, dsn)
        self.where = f"{self._told.get('host', 'localhost')}/{self._told.get('dbname', '')}"
        try:
            self._connection = psycopg.connect(make_conninfo("", **self._told), autocommit=False)
        except psycopg.Error as error:
            raise self._why_closed(error) from _trouble(error)
        self._connection.read_only = True
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._run(f"SET LOCAL statement_timeout = '{timeout_seconds}s'")
        self._run("SET LOCAL TimeZone = 'UTC'")
        self._run("SET LOCAL DateStyle = 'ISO, YMD'")
        # A number is to be written with all its digits, whatever the server's own setting.
        self._run("SET LOCAL extra_float_digits = 1")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def now(self) -> datetime:
        """The server's clock."""
        return cast(datetime, self._run("SELECT now()")[0][0]).astimezone(UTC)

    def relation(self, table: str) -> str:
        """The table as a FROM clause names it; TableError where it is not there."""
        name = ".".join(quoted(part) for part in table.split("."))
        try:
            found = self._run("SELECT to_regclass(%s)::text", name)[0][0]
        except TableError:
            found = None
        if found is None:
            known = [row[1] if row[0] == "public" else f"{row[0]}.{row[1]}" for row in self._run(_TABLES)]
            bare = {one.rpartition(".")[2]: one for one in known}
            close = close_to(table, known) or (f" (did you mean '{bare[table]}'?)" if table in bare else "")
            raise TableError(f"{self.where} has no table '{table}' that this user can see{close}.")
        return name

    def columns(self, relation: str) -> dict[str, str]:
        """Name and type of every column."""
        return {str(name): str(kind) for name, kind in self._run(_COLUMNS, relation)}

    def bound(self, column: str, kind: str, operator: str, moment: datetime, local: datetime) -> str:
        """A condition on a time; the empty text where this type of column cannot be compared."""
        if kind == self.aware_type:
            return f"{quoted(column)} {operator} timestamptz '{moment.isoformat()}'"
        if kind in self.naive_types:
            return f"{quoted(column)} {operator} timestamp '{local.isoformat()}'"
        return ""

    def rows(self, relation: str, columns: list[str], condition: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """The columns as text, so many rows at a time; nothing more is held."""
        wanted = ", ".join(f"{quoted(column)}::text" for column in columns)
        where = f" WHERE {condition}" if condition else ""
        try:
            with self._connection.cursor(name="countinghouse") as cursor:
                cursor.execute(cast(LiteralString, f"SELECT {wanted} FROM {relation}{where}"))
                while rows := cursor.fetchmany(size):
                    yield rows
        except psycopg.Error as error:
            raise self._why_unread(error) from _trouble(error)

    def count(self, relation: str) -> int:
        """How many rows there are."""
        return int(self._run(f"SELECT count(*) FROM {relation}")[0][0])

    def version(self) -> str:
        """The server's."""
        return f"PostgreSQL {self._run('SHOW server_version')[0][0]}"

    def _run(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        try:
            cursor = self._connection.execute(cast(LiteralString, sql), parameters or None)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            if self._connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
                self._connection.rollback()
            raise self._why_unread(error) from error

    def _parameters(self, url: str, dsn: str | None) -> dict[str, Any]:
        """What the url says, and what the connection string says over it."""
        try:
            told: dict[str, Any] = dict(conninfo_to_dict(url))
        except psycopg.ProgrammingError:
            raise TableError(
                f"'{url}' is no address of a database; write it as postgresql://host:5432/database."
            ) from None
        try:
            told |= conninfo_to_dict(dsn) if dsn else {}
        except psycopg.ProgrammingError:
            # The error would repeat the string, and the password in it.
            raise TableError(
                f"{self._variable} holds no connection string that PostgreSQL understands; write it like "
                "postgresql://user:password@host:5432/database, or user=… password=… for the address in url."
            ) from None
        return told | {"connect_timeout": _CONNECT_SECONDS, "application_name": "countinghouse"}

    def _why_closed(self, error: psycopg.Error) -> TableError:
        said = str(error)
        if "authentication failed" in said or "no password supplied" in said:
            user = self._told.get("user") or "the system's own user"
            return TableError(f"{self.where} refuses {user}; correct user and password in {self._variable}.")
        if "does not exist" in said and "database" in said:
            return TableError(f"{self.where}: there is no database of this name; correct the url.")
        if "no pg_hba.conf entry" in said:
            return TableError(f"{self.where} lets this user in from other hosts only; ask for an entry in pg_hba.conf.")
        what = f"{self.where} does not answer ({_last_line(said)})"
        return TableError(f"{what}; check the address and whether the database runs.")

    def _why_unread(self, error: psycopg.Error) -> TableError:
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            return TableError(
                f"{self.where}: {_last_line(str(error))}; grant SELECT on it to the user of {self._variable}."
            )
        if isinstance(error, psycopg.errors.QueryCanceled):
            return TableError(
                f"{self.where}: a statement took longer than {self._timeout_seconds} seconds; raise "
                "statement_timeout_seconds, or give updated_at an index."
            )
        return TableError(f"{self.where} cannot be read: {_last_line(str(error))}.")


def _trouble(error: psycopg.Error) -> Exception:
    """What may pass by itself: a server that starts, is full, or has just gone away."""
    said = str(error)
    words = ("starting up", "too many", "remaining connection slots", "terminating connection", "closed the connection")
    return TroubleError(_last_line(said), "") if any(word in said for word in words) else error


def _last_line(message: str) -> str:
    """The server's own word; libpq puts the attempts before it on lines of their own."""
    first = message.strip().split("\n", 1)[0] if "FATAL" not in message else message.strip().split("FATAL:")[-1]
    return first.strip().rstrip(".")
