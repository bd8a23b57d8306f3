"""Any shop that already has tables: in PostgreSQL, in a DuckDB file, or as CSV and Parquet files in a folder.

docs    docs/sources/tables.md says which columns are read and what each means
paging  none: one statement reads a table as it stands at one instant, and its rows stream
changes by `updated_at` where the table has one; else the whole table every time, compared by content
quirks  only the columns of `tables_columns.py` are asked for, so nothing else of a customer ever leaves the database;
        values come as text, so that a decimal keeps its digits; times without a zone need one to be told
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field, field_validator

from countinghouse.sources.auth import Keys
from countinghouse.sources.base import Options, Resource, Source
from countinghouse.sources.modified import Modified
from countinghouse.sources.paging import Query
from countinghouse.sources.tables_columns import COLUMNS, close_to
from countinghouse.sources.tables_reader import TableReader, inspect_tables


class TableOptions(BaseModel):
    """Where one table is and what its columns are called there."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    table: str | None = None  # schema.table, or a file of the folder; None: the resource's own name
    # The names of docs/sources/tables.md to the table's own.
    columns: dict[str, str] = Field(default_factory=dict[str, str])
    enabled: bool = True  # false: this shop has no such table


class TablesOptions(Options):
    """The keys a connection to tables may have besides the ones every connection has."""

    tables: dict[str, TableOptions] = Field(default_factory=dict[str, TableOptions])
    naive_times: str | None = None  # the zone of times without one; None: the connection's timezone
    statement_timeout_seconds: int = 900  # PostgreSQL: the longest one fetch may take

    @field_validator("tables")
    @classmethod
    def _tables(cls, tables: dict[str, TableOptions]) -> dict[str, TableOptions]:
        for name, table in tables.items():
            if name not in COLUMNS:
                raise ValueError(f"there is no table '{name}'{close_to(name, COLUMNS)}; they are {', '.join(COLUMNS)}")
            known = [column.name for column in COLUMNS[name]]
            for column in table.columns:
                if column not in known:
                    raise ValueError(
                        f"{name} has no column '{column}'{close_to(column, known)}; they are {', '.join(known)}"
                    )
        return tables

    @field_validator("naive_times")
    @classmethod
    def _zone(cls, name: str) -> str:
        known = zoneinfo.available_timezones()
        if name not in known:
            raise ValueError(f"'{name}' is no time zone of the IANA list{close_to(name, known)}")
        return name


@dataclass(frozen=True)
class _Dsn(Keys):
    """A connection string, which only PostgreSQL needs."""

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """The string, or nothing for files."""
        return (("dsn",), ())


def _narrowed(since: datetime | None, until: datetime | None) -> Query:
    """Name the bounds; the reader puts them into its statement."""
    bounds = {"since": since, "until": until}
    return {name: moment.isoformat() for name, moment in bounds.items() if moment is not None}


_CHANGED = Modified(_narrowed, overlap=timedelta(minutes=5), settling=timedelta(seconds=60))

TABLES = Source(
    kind="tables",
    resources=tuple(
        Resource(name, f"/{name}", rows=None, changes=_CHANGED, updated="updated_at", is_deletable=True)
        for name in COLUMNS
    ),
    limits=(),
    auth=_Dsn(),
    reader=TableReader.opened,
    is_web=False,
    inspect=inspect_tables,
    options=TablesOptions,
    has_orders=True,
)
