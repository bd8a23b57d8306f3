"""Past days that say something else than they did: which, by how much, and because of which orders.

The copy readers have is compared with the marts that are about to replace it, so the log tells what changed under the
eyes of somebody who looked twice. A day counts as past where it was over in the copy readers had; the day their data
ended in was unfinished, and growing is no restatement.
"""

from pathlib import Path

import duckdb

from countinghouse.errors import WarehouseError
from countinghouse.settings import Settings
from countinghouse.warehouse.connect import read_published
from countinghouse.warehouse.transactions import transaction, utc_now

# Orders named for one store and day, the largest changes first; the others are summed up in one row.
NAMED_ORDERS = 50

_AMOUNTS = {
    "net_sales": "sum({amount}) FILTER (measure IN ('gross_sales', 'discounts', 'returns'))",
    "total_sales": "sum({amount}) FILTER (measure <> 'gift_cards')",
}
_NEEDED = {
    "daily_revenue": {"store", "date_key", "orders", "net_sales", "total_sales", "net_sales_native"},
    "fact_sales_ledger": {"store", "event_date", "order_key", "measure", "amount", "amount_native"},
    "fact_orders": {"order_key", "order_number", "is_sale"},
}


def note_restatements(con: duckdb.DuckDBPyConnection, settings: Settings, run_id: str, marts: dict[str, str]) -> int:
    """Write into `ops.restatements` what this run changes of past days; the number of days.

    marts   each mart and the schema it is read from
    returns 0 before the first publication, and where the copy readers have is of another layout or counts by other
            definitions: a choice is no restatement

    What an earlier run wrote and never published is taken back: readers have not seen it, and it is compared anew.
    """
    path = settings.published_path
    readers = _passport(path)
    if readers is None or not marts.keys() >= _NEEDED.keys() or not _has_needed(con, marts):
        return 0
    published_by, currency, definitions = readers
    if definitions != settings.definitions:
        return 0
    con.execute(f"ATTACH '{_quoted(path.resolve())}' AS before (READ_ONLY)")
    try:
        with transaction(con):
            con.execute(
                """
                DELETE FROM ops.restatements
                WHERE run_id <> $published_by AND environment = $environment
                  AND run_id IN (SELECT run_id FROM ops.pipeline_runs WHERE published_version IS NULL)
                """,
                {"published_by": published_by, "environment": settings.environment},
            )
            con.execute(
                _statement(marts, is_same_currency=currency == settings.reporting_currency),
                {
                    "run_id": run_id,
                    "environment": settings.environment,
                    "named": NAMED_ORDERS,
                    "now": utc_now(),
                },
            )
            (days,) = con.execute(
                "SELECT count(DISTINCT (store, date_key)) FROM ops.restatements WHERE run_id = ?", [run_id]
            ).fetchall()[0]
    finally:
        con.execute("DETACH before")
    return days


def _passport(path: Path) -> tuple[str, str, str] | None:
    """Run, reporting currency and definitions of the copy readers have; None where there is none to compare with."""
    if not path.exists():
        return None
    try:
        with read_published(path) as copy:
            if not _has_needed(copy, dict.fromkeys(_NEEDED, "marts")):
                return None
            return copy.execute("SELECT run_id, reporting_currency, definitions FROM ops.publication").fetchall()[0]
    except (WarehouseError, duckdb.Error):
        return None  # a broken copy is replaced, not compared


def _has_needed(con: duckdb.DuckDBPyConnection, schemas: dict[str, str]) -> bool:
    found = con.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = current_database()"
    ).fetchall()
    needed = {(schemas[table], table, column) for table, columns in _NEEDED.items() for column in columns}
    return needed <= set(found)


def _statement(marts: dict[str, str], *, is_same_currency: bool) -> str:
    """The comparison.

    is_same_currency  whether the copy is in the same reporting currency; else only the stores' own amounts compare
    """
    after = {table: f'"{marts[table]}"."{table}"' for table in _NEEDED}
    days = ("orders", "net_sales_native", *(("net_sales", "total_sales") if is_same_currency else ()))
    moved = " OR ".join(f"earlier.{name} IS DISTINCT FROM later.{name}" for name in days)
    sums = ("net_sales_native", *(("net_sales", "total_sales") if is_same_currency else ()))
    differs = " OR ".join(f"earlier.{name} IS DISTINCT FROM later.{name}" for name in sums)
    shown = [
        f"{name if is_same_currency or name.endswith('_native') else 'NULL'} AS {name.split('.')[1]}_{end}"
        for alias, end in (("earlier", "before"), ("later", "after"))
        for name in (f"{alias}.net_sales", f"{alias}.total_sales", f"{alias}.net_sales_native")
    ]
    amounts = [
        f"{name}_{end}" for end in ("before", "after") for name in ("net_sales", "total_sales", "net_sales_native")
    ]
    return f"""
        INSERT INTO ops.restatements BY NAME
        WITH reached AS (
            SELECT store, max(date_key) AS last_date FROM before.marts.daily_revenue GROUP BY store
        ), moved AS (
            SELECT store, date_key
            FROM before.marts.daily_revenue AS earlier
            FULL JOIN {after["daily_revenue"]} AS later USING (store, date_key)
            JOIN reached USING (store)
            WHERE date_key < reached.last_date AND ({moved})
        ), earlier AS ({_by_order("before.marts.fact_sales_ledger")}
        ), later AS ({_by_order(after["fact_sales_ledger"])}
        ), changed AS (
            SELECT
                store, date_key, order_key,
                coalesce(now_known.order_number, was_known.order_number) AS order_number,
                CASE
                    WHEN was_known.order_key IS NULL THEN 'arrived late'
                    WHEN now_known.order_key IS NULL THEN 'deleted'
                    WHEN was_known.is_sale AND NOT now_known.is_sale THEN 'no longer a sale'
                    WHEN earlier.net_sales_native IS NOT DISTINCT FROM later.net_sales_native
                        AND earlier.total_sales_native IS NOT DISTINCT FROM later.total_sales_native
                    THEN 'exchange rate'
                    ELSE 'changed'
                END AS reason,
                {", ".join(shown)}
            FROM earlier
            FULL JOIN later USING (store, date_key, order_key)
            LEFT JOIN before.marts.fact_orders AS was_known USING (order_key)
            LEFT JOIN {after["fact_orders"]} AS now_known USING (order_key)
            WHERE {differs}
        ), ranked AS (
            SELECT *, row_number() OVER (
                PARTITION BY store, date_key
                ORDER BY abs(coalesce(net_sales_native_after, 0) - coalesce(net_sales_native_before, 0)) DESC, order_key
            ) AS place
            FROM changed
        ), told AS (
            SELECT store, date_key, order_key, order_number, reason, 1 AS order_count, {", ".join(amounts)}
            FROM ranked WHERE place <= $named
            UNION ALL
            SELECT
                store, date_key, NULL, NULL, 'other orders', count(*),
                {", ".join(f"sum({name})" for name in amounts)}
            FROM ranked WHERE place > $named GROUP BY store, date_key
        )
        SELECT $run_id AS run_id, $environment AS environment, $now AS noticed_at, * FROM told
    """


def _by_order(ledger: str) -> str:
    """What each order comes to on each day that moved."""
    sums = [
        f"{expression.format(amount=amount)} AS {name}{end}"
        for amount, end in (("amount", ""), ("amount_native", "_native"))
        for name, expression in _AMOUNTS.items()
    ]
    return f"""
            SELECT ledger.store, ledger.event_date AS date_key, ledger.order_key, {", ".join(sums)}
            FROM {ledger} AS ledger
            JOIN moved ON moved.store = ledger.store AND moved.date_key = ledger.event_date
            GROUP BY ALL"""


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
