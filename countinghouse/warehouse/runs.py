"""The books about the pipeline's own work: its connections, its runs, and how each extraction went."""

from datetime import UTC, datetime
from typing import Literal

import duckdb

from countinghouse.addresses import is_loopback
from countinghouse.customer_links import CustomerLinks
from countinghouse.errors import SettingsError
from countinghouse.settings import Connection, Settings
from countinghouse.sources import SOURCES
from countinghouse.warehouse.transactions import naive, transaction, utc_now

RunStatus = Literal["succeeded", "degraded", "failed"]


def register_connections(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Write the connections as they are set up now; one that left the file stays, as not enabled.

    A shop without order dates keeps the window it was given when it was first seen, unless the file names another one.
    SettingsError where a connection that has rows of a practice shop on this machine now names a real one, or the
    other way round; nothing is written then.
    """
    with transaction(con):
        for connection in settings.connections:
            _refuse_another_world(con, connection)
        con.execute("UPDATE ops.connections SET is_enabled = false")
        for connection in settings.connections:
            window: dict[str, object] = connection.options.get("synthetic_dates") or {}
            con.execute(
                """
                INSERT INTO ops.connections
                VALUES ($name, $kind, $timezone, $currency, $settles, $start, $days, $enabled, NULL)
                ON CONFLICT (connection) DO UPDATE SET
                    kind = excluded.kind,
                    timezone = excluded.timezone,
                    currency_code = excluded.currency_code,
                    settles = excluded.settles,
                    synthetic_start = coalesce(excluded.synthetic_start, synthetic_start),
                    synthetic_days = coalesce(excluded.synthetic_days, synthetic_days),
                    is_enabled = excluded.is_enabled
                """,
                {
                    "name": connection.name,
                    "kind": connection.kind,
                    "timezone": connection.timezone,
                    "currency": connection.currency,
                    "settles": connection.options.get("settles"),
                    "start": window.get("start"),
                    "days": window.get("days", 365) if window else None,
                    "enabled": connection.enabled,
                },
            )
            _exclude(con, connection)
        con.execute("DELETE FROM ops.settings")
        con.execute("INSERT INTO ops.settings VALUES (?)", [settings.reporting_currency])
        _write_customer_links(con, settings.customer_links)
        mark_first_seen(con)


def _exclude(con: duckdb.DuckDBPyConnection, connection: Connection) -> None:
    """Note which order statuses are no sale, and when that changed: orders of such a status are then made anew."""
    con.execute(
        """
        MERGE INTO ops.excluded_statuses AS known
        USING (
            SELECT $name AS connection, status, list_contains($excluded, status) AS is_excluded
            FROM (
                SELECT unnest($excluded::TEXT[]) AS status
                UNION SELECT status FROM ops.excluded_statuses WHERE connection = $name
            )
        ) AS wanted ON known.connection = wanted.connection AND known.status = wanted.status
        WHEN MATCHED AND known.is_excluded <> wanted.is_excluded
            THEN UPDATE SET is_excluded = wanted.is_excluded, changed_at = $now
        WHEN NOT MATCHED THEN INSERT VALUES (wanted.connection, wanted.status, wanted.is_excluded, $now)
        """,
        {
            "name": connection.name,
            "excluded": list(connection.options.get("excluded_statuses") or ()),
            "now": utc_now(),
        },
    )


def _write_customer_links(con: duckdb.DuckDBPyConnection, links: CustomerLinks) -> None:
    """Keep the rules about who is who as the file has them now; what changed carries when."""
    rows = [
        (rule.id, side, rule.kind, account.store, account.customer_id, account.email)
        for rule in links.rules
        for side, account in enumerate(sorted(rule.accounts, key=repr))
    ]
    rows += [(email, 0, "placeholder", None, None, email) for email in links.placeholders]
    ids, now = list({row[0] for row in rows}), utc_now()
    con.execute(
        "UPDATE ops.customer_links SET is_removed = true, changed_at = ? "
        "WHERE NOT is_removed AND NOT list_contains(?::TEXT[], link_id)",
        [now, ids],
    )
    for row in rows:
        con.execute(
            """
            INSERT INTO ops.customer_links VALUES (?, ?, ?, ?, ?, ?, false, ?)
            ON CONFLICT (link_id, side) DO UPDATE SET is_removed = false, changed_at = excluded.changed_at
            WHERE is_removed
            """,
            [*row, now],
        )


def _refuse_another_world(con: duckdb.DuckDBPyConnection, connection: Connection) -> None:
    """Keep invented sales out of real books: a first try with the simulator leaves a data folder behind."""
    row = con.execute(
        """
        SELECT url FROM ops.addresses
        WHERE connection = ? AND EXISTS (FROM ops.batches WHERE batches.connection = addresses.connection)
        """,
        [connection.name],
    ).fetchone()
    if row and is_loopback(row[0]) != is_loopback(connection.url):
        raise SettingsError(
            f"{connection.name}: the rows under this name came from {row[0]}, and it now points to {connection.url}. "
            "Give the connection a name of its own, or start a new data folder (COUNTINGHOUSE_DATA_DIR): "
            "invented and real sales must not mix."
        )
    con.execute("INSERT OR REPLACE INTO ops.addresses VALUES (?, ?)", [connection.name, connection.url])


def mark_first_seen(con: duckdb.DuckDBPyConnection) -> None:
    """Date the connections that have loaded their first batch since, by the source's clock.

    The default window for orders without a date is the year that ends the day before, in the shop's own calendar.
    """
    undated = [kind for kind, source in SOURCES.items() if "synthetic_dates" in source.options.model_fields]
    con.execute(
        """
        UPDATE ops.connections SET
            first_seen_at = first.seen_at,
            synthetic_start = CASE
                WHEN kind IN (SELECT unnest($undated))
                THEN coalesce(synthetic_start, (first.seen_at AT TIME ZONE 'UTC' AT TIME ZONE timezone)::DATE - 365)
            END,
            synthetic_days = CASE WHEN kind IN (SELECT unnest($undated)) THEN coalesce(synthetic_days, 365) END
        FROM (SELECT connection, min(extracted_at) AS seen_at FROM ops.batches GROUP BY connection) AS first
        WHERE first.connection = connections.connection AND connections.first_seen_at IS NULL
        """,
        {"undated": undated},
    )


def start_run(con: duckdb.DuckDBPyConnection, run_id: str, environment: str) -> None:
    """Open a run. One that was still open was cut off, since there is only one writer at a time."""
    with transaction(con):
        con.execute(
            """
            UPDATE ops.pipeline_runs
            SET status = 'failed', finished_at = ?, error = 'The process ended before the run had finished.'
            WHERE status = 'running'
            """,
            [utc_now()],
        )
        con.execute(
            """
            INSERT INTO ops.pipeline_runs (run_id, environment, status, started_at)
            VALUES (?, ?, 'running', ?)
            ON CONFLICT (run_id) DO UPDATE SET
                status = excluded.status, started_at = excluded.started_at, finished_at = NULL, error = NULL
            """,
            [run_id, environment, utc_now()],
        )


def finish_run(
    con: duckdb.DuckDBPyConnection,
    run_id: str,
    status: RunStatus,
    *,
    rows_extracted: int = 0,
    rows_loaded: int = 0,
    rows_transformed: int = 0,
    checks_passed: int = 0,
    checks_failed: int = 0,
    checks_warned: int = 0,
    published_version: int | None = None,
    error: str | None = None,
    sources_failed: int = 0,
) -> None:
    """Close a run; what it knew is as of the newest batch loaded."""
    con.execute(
        """
        UPDATE ops.pipeline_runs SET
            status = ?, finished_at = ?, rows_extracted = ?, rows_loaded = ?, rows_transformed = ?,
            checks_passed = ?, checks_failed = ?, checks_warned = ?,
            published_version = ?, error = ?, sources_failed = ?,
            as_of_at = (SELECT max(extracted_at) FROM ops.batches)
        WHERE run_id = ?
        """,
        [
            *(status, utc_now(), rows_extracted, rows_loaded, rows_transformed),
            *(checks_passed, checks_failed, checks_warned, published_version, error, sources_failed),
            run_id,
        ],
    )


def record_extraction(
    con: duckdb.DuckDBPyConnection,
    run_id: str,
    connection: str,
    resource: str,
    status: Literal["succeeded", "failed"],
    *,
    started_at: datetime,
    rows: int | None = None,
    error: str | None = None,
    finished_at: datetime | None = None,
) -> None:
    """Note how reading one resource went; `started_at` and `finished_at` are aware times or UTC."""
    con.execute(
        "INSERT INTO ops.extractions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [run_id, connection, resource, status, rows, error, naive(started_at), naive(finished_at or datetime.now(UTC))],
    )
