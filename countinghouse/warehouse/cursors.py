"""How far each source has been read: cursors move only in the transaction of `load.py` that brings their rows."""

import duckdb


def read(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """The cursor of each (connection, resource) that has one."""
    rows = con.execute("SELECT connection, resource, cursor FROM ops.cursors").fetchall()
    return {(connection, resource): cursor for connection, resource, cursor in rows}
