"""All or nothing, and the warehouse's clock."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Generator[None]:
    """Everything in the block is committed together, or, where it raises, not at all."""
    con.execute("BEGIN")
    try:
        yield
    except BaseException:
        con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")


def naive(instant: datetime) -> datetime:
    """An instant as the warehouse keeps it: UTC without saying so."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def utc_now() -> datetime:
    """Now, as the warehouse keeps it."""
    return naive(datetime.now(UTC))
