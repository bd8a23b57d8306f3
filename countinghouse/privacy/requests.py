"""The record of requests: what was asked of which connection, what was done where, and nobody's name in it."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import duckdb

from countinghouse.warehouse.transactions import utc_now

Connection = duckdb.DuckDBPyConnection
Kind = Literal["redact", "redact shop", "export"]
Origin = Literal["webhook", "command"]
# Between the first change and the proof that nothing is left a request is in progress, however often it is interrupted.
IN_PROGRESS, DONE = "in progress", "done"


@dataclass(frozen=True)
class Request:
    """One line of the record. Instants are UTC.

    row_count  rows of raw that were theirs
    places     how many rows or files were changed, removed or written, by place
    error      what keeps it from being done, in a sentence
    """

    request_id: str
    connection: str
    kind: str
    origin: str
    requested_at: datetime
    started_at: datetime | None
    done_at: datetime | None
    status: str
    row_count: int | None
    places: Mapping[str, int]
    error: str | None


def new_id() -> str:
    """An id for a request that no platform named."""
    return f"request-{uuid.uuid4().hex[:12]}"


def open_request(
    con: Connection, request_id: str, connection: str, kind: Kind, origin: Origin, requested_at: datetime, rows: int
) -> None:
    """Note that a request is being carried out; one that was begun before goes on under its id."""
    con.execute(
        """
        INSERT INTO ops.privacy_requests VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?, '{}', NULL)
        ON CONFLICT (request_id) DO UPDATE SET
            row_count = greatest(row_count, excluded.row_count),
            status = CASE WHEN status = 'done' THEN status ELSE excluded.status END
        """,
        [request_id, connection, kind, origin, requested_at, utc_now(), IN_PROGRESS, rows],
    )


def note_place(con: Connection, request_ids: list[str], place: str, count: int) -> None:
    """Add to what was done in one place."""
    for request_id in request_ids:
        (known,) = con.execute(
            "SELECT places FROM ops.privacy_requests WHERE request_id = ?", [request_id]
        ).fetchone() or ("{}",)
        places: dict[str, int] = json.loads(known or "{}")
        places[place] = places.get(place, 0) + count
        con.execute("UPDATE ops.privacy_requests SET places = ? WHERE request_id = ?", [json.dumps(places), request_id])


def close_requests(con: Connection, request_ids: list[str], error: str | None = None) -> None:
    """Note that requests are done, or what keeps them from being done."""
    for request_id in request_ids:
        con.execute(
            "UPDATE ops.privacy_requests SET status = ?, done_at = ?, error = ? WHERE request_id = ?",
            [IN_PROGRESS if error else DONE, None if error else utc_now(), error, request_id],
        )


def requests(con: Connection) -> list[Request]:
    """Every request, the newest first."""
    rows = con.execute(
        "SELECT request_id, connection, kind, origin, requested_at, started_at, done_at, status, row_count, places, "
        "error FROM ops.privacy_requests ORDER BY requested_at DESC, request_id"
    ).fetchall()
    return [
        Request(name, connection, kind, origin, asked, started, done, status, count, json.loads(places or "{}"), error)
        for name, connection, kind, origin, asked, started, done, status, count, places, error in rows
    ]


def unfinished(con: Connection) -> list[str]:
    """Redactions that were begun and are not proved done."""
    rows = con.execute(
        "SELECT request_id FROM ops.privacy_requests WHERE status = ? AND kind <> 'export' ORDER BY requested_at",
        [IN_PROGRESS],
    ).fetchall()
    return [request_id for (request_id,) in rows]
