"""Batches into raw, exactly once.

The merge into raw, the batch's entry in the books, its rejects and the cursor's move are one transaction: after a
crash at any moment a batch is either loaded or still pending. A row whose content has not changed is not touched, so
that reading a source again costs nothing downstream; `loaded_at` of touched rows always grows, so that downstream
models can ask for what is newer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import duckdb

from countinghouse import landing
from countinghouse.errors import SourceError, WarehouseError
from countinghouse.landing import Manifest
from countinghouse.privacy.tombstones import strip_incoming
from countinghouse.warehouse import drift
from countinghouse.warehouse.drift import Drift, DriftError
from countinghouse.warehouse.runs import mark_first_seen
from countinghouse.warehouse.tables import raw_name
from countinghouse.warehouse.transactions import naive, transaction, utc_now

# A full load that holds less than this share of the rows known is more likely a fault of the source than a clear-out.
_LEAST_SHARE = 0.8
# DuckDB's own default, which only a longer line has to raise.
_LINE_BYTES = 16 * 1024 * 1024
_COLUMNS = """{
    id: 'TEXT', n: 'BIGINT', updated_at: 'TIMESTAMP', payload_hash: 'TEXT', is_deleted: 'BOOLEAN', payload: 'TEXT'
}"""


@dataclass(frozen=True)
class LoadResult:
    """What a batch did to raw, in rows."""

    inserted: int
    updated: int
    unchanged: int
    deleted: int
    rejected: int
    drifts: tuple[Drift, ...] = ()  # fields that are not as they were


def load(
    con: duckdb.DuckDBPyConnection, manifest: Manifest, used: Mapping[str, frozenset[str]] | None = None
) -> LoadResult:
    """Merge one landed batch, then remove it from the landing area; a batch that was loaded before changes nothing.

    used  paths that models parse, for each raw table: their types may not change (see `drift.used_fields`)

    SourceError where the batch is not to be believed (a snapshot that shrank, a used field of another type),
    WarehouseError where it is damaged: both put it away, and the next run reads anew. Any other failure leaves
    warehouse and batch as they were.
    """
    paths = (used or {}).get(f"{manifest.kind}__{manifest.resource}", frozenset())
    result = _recorded(con, manifest.batch_id)
    if result is None:
        try:
            landing.verify(manifest)
            with transaction(con):
                result = _load(con, manifest, paths)
        except (SourceError, WarehouseError) as problem:
            if isinstance(problem, DriftError):
                drift.record(con, manifest, problem.drifts)
            landing.discard(manifest)
            raise
        except duckdb.Error as error:
            raise WarehouseError(
                f"{manifest.connection}: the batch {manifest.batch_id} of {manifest.resource} could not be loaded "
                f"({str(error).splitlines()[0]}); nothing was changed, and the next run tries again."
            ) from error
    landing.discard(manifest)
    return result


def _recorded(con: duckdb.DuckDBPyConnection, batch_id: str) -> LoadResult | None:
    row = con.execute(
        """
        SELECT rows_inserted, rows_updated, rows_unchanged, rows_deleted, rows_rejected
        FROM ops.batches WHERE batch_id = ?
        """,
        [batch_id],
    ).fetchone()
    return LoadResult(*row) if row else None


def _load(con: duckdb.DuckDBPyConnection, manifest: Manifest, used: frozenset[str]) -> LoadResult:
    loaded_at = _loaded_at(con)
    _read_lines(con, manifest)
    _note_rejects(con, manifest, loaded_at)
    is_complete = _keep_last_copies(con, manifest) and not manifest.rejected
    if manifest.is_snapshot:
        _refuse_shrunken(con, manifest)
    drifts = drift.notice(con, manifest, used)
    strip_incoming(con, manifest.connection, manifest.kind, manifest.resource, manifest.batch_id)
    result = _merge(con, manifest, loaded_at, mark_absent=manifest.is_snapshot and is_complete)
    _record(con, manifest, loaded_at, result)
    con.execute("DROP TABLE incoming; DROP TABLE judged")
    return replace(result, drifts=tuple(drifts))


def _loaded_at(con: duckdb.DuckDBPyConnection) -> datetime:
    """Our clock, but later than every load before, even where the clock was set back."""
    newest: datetime | None = _one(con, "SELECT max(loaded_at) FROM ops.batches")
    now = utc_now()
    return max(now, newest + timedelta(microseconds=1)) if newest else now


def _read_lines(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE incoming AS
        FROM read_json($path, format = 'newline_delimited', columns = {_COLUMNS}, maximum_object_size = $longest)
        """,
        {"path": str(manifest.pages_path), "longest": max(_LINE_BYTES, manifest.longest_line + 1)},
    )
    if (read := _one(con, "SELECT count(*) FROM incoming")) != manifest.rows:
        raise WarehouseError(
            f"{manifest.connection}: the batch {manifest.batch_id} of {manifest.resource} holds {read} rows, its "
            f"manifest says {manifest.rows}; it was put away, and the next run reads the same rows again."
        )


def _note_rejects(con: duckdb.DuckDBPyConnection, manifest: Manifest, loaded_at: datetime) -> None:
    if manifest.rejected:
        con.execute(
            """
            INSERT INTO ops.rejects
            SELECT $batch, $connection, $resource, row_text, reason, $rejected_at
            FROM read_json($path, format = 'newline_delimited', columns = {row_text: 'TEXT', reason: 'TEXT'})
            """,
            {
                "batch": manifest.batch_id,
                "connection": manifest.connection,
                "resource": manifest.resource,
                "rejected_at": loaded_at,
                "path": str(manifest.rejects_path),
            },
        )


def _keep_last_copies(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> bool:
    """Keep of several copies of a row the one that came last; false where copies stand for rows that slipped away.

    In a list read by offsets, a row that came twice means that the list moved and another row may not have come at all.
    """
    copies: int = _one(con, "SELECT count(*) - count(DISTINCT id) FROM incoming")
    if copies:
        con.execute("DELETE FROM incoming WHERE (id, n) NOT IN (SELECT (id, max(n)) FROM incoming GROUP BY id)")
    return not copies or manifest.total is None


def _refuse_shrunken(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    raw = raw_name(manifest.kind, manifest.resource)
    known: int = _one(con, f"SELECT count(*) FROM {raw} WHERE connection = ? AND NOT is_deleted", [manifest.connection])
    came: int = _one(con, "SELECT count(*) FROM incoming WHERE NOT is_deleted")
    if came < known * _LEAST_SHARE and not manifest.allow_shrink:
        raise SourceError(
            manifest.connection,
            f"{manifest.resource}: the source now has {came} rows where {known} are known, so this was not believed "
            "and nothing was deleted. If the rows are really gone, set allow_shrink = true for this connection once.",
        )


def _merge(con: duckdb.DuckDBPyConnection, manifest: Manifest, loaded_at: datetime, *, mark_absent: bool) -> LoadResult:
    """Insert what is new, update what changed, mark what is gone; touch nothing else.

    The rows are judged first, by id and hash alone, and only then is content moved: one MERGE over the wide rows took
    twice as long for a first load (7 to 11 s against 5 s, 200,000 rows of 2.4 kB).
    """
    raw = raw_name(manifest.kind, manifest.resource)
    about = {"connection": manifest.connection}
    batch = {"batch": manifest.batch_id, "extracted_at": naive(manifest.extracted_at), "loaded_at": loaded_at}
    # A row that is gone keeps its last content; one that is gone before it was ever seen is not worth a row.
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE judged AS
        SELECT incoming.n, incoming.id, CASE
            WHEN known.id IS NULL AND NOT incoming.is_deleted THEN 'new'
            WHEN incoming.is_deleted AND NOT known.is_deleted THEN 'gone'
            WHEN incoming.is_deleted OR (known.payload_hash = incoming.payload_hash AND NOT known.is_deleted)
            THEN 'unchanged'
            ELSE 'changed'
        END AS verdict
        FROM incoming
        LEFT JOIN {raw} AS known ON known.connection = $connection AND known.id = incoming.id
        """,
        about,
    )
    con.execute(
        f"""
        INSERT INTO {raw}
        SELECT
            $connection, id, updated_at, payload, payload_hash, $batch, $extracted_at, $loaded_at, false
        FROM incoming
        WHERE n IN (SELECT n FROM judged WHERE verdict = 'new')
        """,
        about | batch,
    )
    con.execute(
        f"""
        UPDATE {raw} AS known SET
            updated_at = incoming.updated_at, payload = incoming.payload, payload_hash = incoming.payload_hash,
            batch_id = $batch, extracted_at = $extracted_at, loaded_at = $loaded_at, is_deleted = false
        FROM incoming
        WHERE known.connection = $connection AND known.id = incoming.id
            AND incoming.n IN (SELECT n FROM judged WHERE verdict = 'changed')
        """,
        about | batch,
    )
    absent = "NOT EXISTS (FROM incoming WHERE incoming.id = known.id)" if mark_absent else "false"
    gone = con.execute(
        f"""
        UPDATE {raw} AS known SET
            is_deleted = true, batch_id = $batch, extracted_at = $extracted_at, loaded_at = $loaded_at
        WHERE connection = $connection AND NOT is_deleted
            AND (id IN (SELECT id FROM judged WHERE verdict = 'gone') OR {absent})
        """,
        about | batch,
    ).fetchone()
    judged: dict[str, int] = dict(con.execute("SELECT verdict, count(*) FROM judged GROUP BY verdict").fetchall())
    return LoadResult(
        judged.get("new", 0),
        judged.get("changed", 0),
        judged.get("unchanged", 0),
        gone[0] if gone else 0,
        manifest.rejected,
    )


def _record(con: duckdb.DuckDBPyConnection, manifest: Manifest, loaded_at: datetime, result: LoadResult) -> None:
    con.execute(
        "INSERT INTO ops.batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(manifest.batch_id, manifest.run_id, manifest.connection, manifest.kind, manifest.resource, manifest.mode),
            *(manifest.rows, manifest.bytes, manifest.checksum, manifest.cursor_from, manifest.cursor_to),
            *(naive(manifest.started_at), naive(manifest.extracted_at), loaded_at),
            *(result.inserted, result.updated, result.unchanged, result.deleted, result.rejected),
        ],
    )
    if manifest.cursor_to is not None:
        con.execute(
            "INSERT OR REPLACE INTO ops.cursors VALUES (?, ?, ?, ?, ?)",
            [manifest.connection, manifest.resource, manifest.cursor_to, manifest.batch_id, loaded_at],
        )
    mark_first_seen(con)


def _one(con: duckdb.DuckDBPyConnection, query: str, parameters: object = None) -> Any:
    row = con.execute(query, parameters).fetchone()
    assert row is not None
    return row[0]
