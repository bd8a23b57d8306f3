"""What the books have of a person, as one file for the merchant to hand on; readable by its owner only."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from countinghouse.privacy.remains import held_by
from countinghouse.privacy.subject import Found, has_table
from countinghouse.privacy.tombstones import decoded
from countinghouse.warehouse.tables import raw_name

# Long enough to be handed on within the month the law gives.
KEPT = timedelta(days=30)
_OF_PEOPLE = ("dim_customers", "customer_segmentation", "customer_metrics")
_encoder = msgspec.json.Encoder(decimal_format="number")


def write_export(con: duckdb.DuckDBPyConnection, folder: Path, found: Iterable[Found]) -> Path:
    """Write everything that connections have of a person, as it was sent, and what was made of it; the file's path."""
    found = list(found)
    now = datetime.now(UTC)
    document: dict[str, Any] = {
        "made_at": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "what_this_is": "What the books hold about one person, as the shops sent it, and what was computed of it.",
        "connections": {
            one.asked.connection: {
                resource: _rows(con, one, resource, ids) for resource, ids in sorted(one.rows.items()) if ids
            }
            for one in found
        },
        "computed": _computed(con, found),
    }
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / f"{now:%Y%m%dT%H%M%S%f}-{found[0].asked.connection}.json"
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(msgspec.json.format(_encoder.encode(document), indent=2))
        file.flush()
        os.fsync(file.fileno())
    return path


def _rows(con: duckdb.DuckDBPyConnection, found: Found, resource: str, ids: set[str]) -> list[dict[str, Any]]:
    rows = con.execute(
        f"SELECT id, is_deleted, payload FROM {raw_name(found.asked.kind, resource)} "
        "WHERE connection = ? AND list_contains(?::TEXT[], id) ORDER BY id",
        [found.asked.connection, sorted(ids)],
    ).fetchall()
    return [{"id": row, "is_deleted": is_deleted, "payload": decoded(text)} for row, is_deleted, text in rows]


def _computed(con: duckdb.DuckDBPyConnection, found: list[Found]) -> dict[str, list[dict[str, Any]]]:
    """The person's rows in the marts that are about people."""
    if not has_table(con, "marts", "dim_customer_accounts"):
        return {}
    persons: set[str] = set()
    for one in found:
        numbers = sorted(customer.rpartition("/")[2] for customer in one.customers)
        rows = con.execute(
            "SELECT customer_key FROM marts.dim_customer_accounts WHERE store = ? AND "
            "(list_contains(?::TEXT[], customer_id) OR (is_guest AND list_contains(?::TEXT[], email)))",
            [one.asked.connection, numbers, sorted(one.emails)],
        ).fetchall()
        persons |= {person for (person,) in rows}
    told: dict[str, list[dict[str, Any]]] = {}
    for table in _OF_PEOPLE:
        if has_table(con, "marts", table):
            rows = con.execute(
                f"SELECT * FROM marts.{table} WHERE list_contains(?::TEXT[], customer_key)", [sorted(persons)]
            )
            names = [column[0] for column in rows.description or ()]
            told[table] = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    return told


def drop_exports(folder: Path, texts: Iterable[str]) -> int:
    """Remove the files that hold any of some texts; how many those were."""
    wanted = set(texts)
    theirs = [path for path in folder.glob("*.json") if held_by(path, wanted)]
    for path in theirs:
        path.unlink(missing_ok=True)
    return len(theirs)


def sweep_exports(folder: Path, now: datetime | None = None) -> int:
    """Remove the files that were made long ago; how many those were."""
    before = (now or datetime.now(UTC)) - KEPT
    old = [path for path in folder.glob("*.json") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
