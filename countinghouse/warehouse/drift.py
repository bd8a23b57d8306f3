"""Schema drift: fields of a source that are new, are missing or have another type than before.

Rows are kept as they were sent, so a new field breaks nothing; it is reported, since it may be worth reading. What a
model reads is another matter: where a field that models use comes with another type, the numbers made of it would be
wrong or gone without a word, so that batch is not taken and what was loaded before stays.

A field's path has a dot for every object and [] for every list on the way, as in `line_items[].total`. Its type is one
of text, number, boolean, object and list; `mixed` where rows differ. Null has no type.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import duckdb

from countinghouse.errors import SourceError
from countinghouse.landing import Manifest
from countinghouse.warehouse.tables import raw_name
from countinghouse.warehouse.transactions import utc_now

# Looking at every row of a large batch takes longer than loading it.
_MOST_ROWS = 20_000
# Fields are left out now and then: one is missing where chance would leave it out of all rows less often than this,
# going by so many of the rows known.
_CHANCE = 1e-9
_COMPARED_ROWS = 200
# An object with more names than this is a map whose names are data.
_MOST_NAMES = 250
_TYPES = {"VARCHAR": "text", "BOOLEAN": "boolean", "JSON": "mixed", "NULL": None}
_PARSED = re.compile(r"@parsed\(\s*payload\s*,\s*'(?P<shape>\{.*?\})'\s*\)", re.DOTALL)
_TABLE = re.compile(r"\braw\.(?P<table>[a-z][a-z0-9_]*)")

Change = Literal["new field", "missing field", "changed type"]


@dataclass(frozen=True)
class Drift:
    """One field that is not as it was."""

    path: str
    change: Change
    before: str | None
    after: str | None
    is_used: bool


class DriftError(SourceError):
    """A field that models use has another type; the batch was not loaded."""

    def __init__(self, connection: str, message: str, drifts: list[Drift]) -> None:
        super().__init__(connection, message)
        self.drifts = drifts


@cache
def used_fields(models: Path) -> Mapping[str, frozenset[str]]:
    """The paths that staging models parse, for each raw table such as `shopify__orders`; `models` is their folder."""
    used: dict[str, frozenset[str]] = {}
    for model in sorted(models.rglob("*.sql")):
        text = model.read_text(encoding="utf-8")
        table, shapes = _TABLE.search(text), _PARSED.findall(text)
        if table and shapes:
            paths = {path for shape in shapes for path, _ in fields(json.loads(shape))}
            used[table["table"]] = used.get(table["table"], frozenset()) | paths
    return used


def fields(structure: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every path of a structure as DuckDB writes it, with its type; what is only ever null is left out."""
    if isinstance(structure, dict):
        names = cast(dict[str, Any], structure)
        if path:
            yield path, "object"
        if len(names) <= _MOST_NAMES:
            for name, inner in names.items():
                yield from fields(inner, f"{path}.{name}" if path else name)
    elif isinstance(structure, list):
        yield path, "list"
        for inner in cast(list[Any], structure):
            yield from fields(inner, f"{path}[]")
    elif (kind := _TYPES.get(structure, "number")) is not None and path:
        yield path, kind


def notice(con: duckdb.DuckDBPyConnection, manifest: Manifest, used: frozenset[str]) -> list[Drift]:
    """Compare the shape of the rows in `incoming` with what is known, and keep it; raises DriftError.

    Nothing is drift in a resource that was never loaded before.
    """
    if not _has_news(con, manifest):
        return []
    came = _shape(con)
    known = _known(con, manifest)
    drifts = list(_compare(con, manifest, came, known, used)) if known else []
    breaking = [drift for drift in drifts if drift.is_used and drift.change == "changed type"]
    if breaking and not manifest.allow_drift:
        first = breaking[0]
        raise DriftError(
            manifest.connection,
            f"{manifest.resource}: the field {first.path}, which the models use, was {first.before} and is now "
            f"{first.after}, so nothing of it was loaded and what was loaded before stays. Correct the staging model, "
            "then set allow_drift = true for this connection once.",
            drifts,
        )
    # What was mixed once stays so: rows of one type only are no news, and neither are the next of the other.
    _keep(con, manifest, {path: kind for path, kind in came.items() if known.get(path) not in (kind, "mixed")})
    record(con, manifest, drifts)
    return drifts


def record(con: duckdb.DuckDBPyConnection, manifest: Manifest, drifts: list[Drift]) -> None:
    """Write what was noticed into the books."""
    about = (manifest.run_id, manifest.batch_id, manifest.connection, manifest.resource)
    for drift in drifts:
        con.execute(
            "INSERT INTO ops.schema_drift VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [*about, drift.path, drift.change, drift.before, drift.after, drift.is_used, utc_now()],
        )


def _has_news(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> bool:
    """Whether any row is new or changed: what is known already has been looked at."""
    raw = raw_name(manifest.kind, manifest.resource)
    row = con.execute(
        f"""
        SELECT EXISTS (
            FROM incoming ANTI JOIN {raw} AS known
                ON known.connection = ? AND known.id = incoming.id AND known.payload_hash = incoming.payload_hash
            WHERE NOT incoming.is_deleted
        )
        """,
        [manifest.connection],
    ).fetchone()
    return bool(row and row[0])


def _shape(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    row = con.execute(
        f"""
        SELECT json_group_structure(payload::JSON)
        FROM (
            SELECT payload FROM incoming
            WHERE NOT is_deleted AND n % (SELECT count(*) // {_MOST_ROWS} + 1 FROM incoming) = 0
        )
        """
    ).fetchone()
    return dict(fields(json.loads(row[0]))) if row and row[0] else {}


def _known(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> dict[str, str]:
    rows = con.execute(
        "SELECT path, type FROM ops.schema_fields WHERE connection = ? AND resource = ?",
        [manifest.connection, manifest.resource],
    ).fetchall()
    return dict(rows)


def _compare(
    con: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    came: Mapping[str, str],
    known: Mapping[str, str],
    used: frozenset[str],
) -> Iterator[Drift]:
    for path, kind in came.items():
        before = known.get(path)
        if before is None and _parent(path) in known.keys() | {""}:
            yield Drift(path, "new field", None, kind, path in used)
        elif before is not None and before != kind and before != "mixed":
            yield Drift(path, "changed type", before, kind, path in used)
    row = con.execute("SELECT count(*) FROM incoming WHERE NOT is_deleted").fetchone()
    rows = min(row[0] if row else 0, _MOST_ROWS)
    # An empty list lacks no field; what is gone with its object is told by the object.
    absent = [path for path in known.keys() - came.keys() if path[-2:] != "[]" and _parent(path) in {*came, ""}]
    for path, share in _shares(con, manifest, sorted(absent)).items():
        if (1 - share) ** rows < _CHANCE:
            yield Drift(path, "missing field", known[path], None, path in used)


def _shares(con: duckdb.DuckDBPyConnection, manifest: Manifest, paths: list[str]) -> dict[str, float]:
    """The share of the rows loaded last that have each field; a little less than all where all have it."""
    if not paths:
        return {}
    raw = raw_name(manifest.kind, manifest.resource)
    rows = con.execute(
        f"""
        SELECT payload FROM {raw}
        WHERE rowid IN (
            SELECT rowid FROM {raw} WHERE connection = ? AND NOT is_deleted
            ORDER BY loaded_at DESC, id LIMIT {_COMPARED_ROWS}
        )
        """,
        [manifest.connection],
    ).fetchall()
    payloads = [json.loads(payload) for (payload,) in rows]
    return {path: sum(_holds(payload, path.split(".")) for payload in payloads) / (len(payloads) + 1) for path in paths}


def _holds(value: Any, steps: list[str]) -> bool:
    """Whether the field at the end of the steps has any value."""
    if not steps:
        return value is not None
    name = steps[0].rstrip("[]")
    inner = cast(dict[str, Any], value).get(name) if isinstance(value, dict) else None
    if not steps[0].endswith("[]"):
        return _holds(inner, steps[1:])
    several = cast(list[Any], inner) if isinstance(inner, list) else []
    return any(_holds(one, steps[1:]) for one in several)


def _keep(con: duckdb.DuckDBPyConnection, manifest: Manifest, came: Mapping[str, str]) -> None:
    con.execute(
        """
        INSERT INTO ops.schema_fields
        SELECT $connection, $resource, unnest($paths), unnest($types), $now
        ON CONFLICT (connection, resource, path) DO UPDATE SET type = excluded.type
        """,
        {
            "connection": manifest.connection,
            "resource": manifest.resource,
            "paths": list(came),
            "types": list(came.values()),
            "now": utc_now(),
        },
    )


def _parent(path: str) -> str:
    """What holds a field: `line_items[]` for `line_items[].total`, nothing for a field of the row itself."""
    return path[:-2] if path.endswith("[]") else path.rpartition(".")[0]
