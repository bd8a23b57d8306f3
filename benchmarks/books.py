"""What do the books cost: built from nothing, and kept up to date when a thousand orders change?

Orders shaped like Shopify's are generated straight into raw. SQLMesh builds every model over them; the same queries are
run bare in DuckDB beside it (`bare.py`). Then a thousand orders change at a time, nine of ten of them from the last two
months and one from any time, over the history of three years and over that of its last tenth, both selling as much a
day. The two are measured in turn, so that what else the machine does meets both, and compared turn by turn. Processor
seconds are kept beside the clock's. What travels between machines are the ratios. Results:
`benchmarks/results/books.json`.

    python -m benchmarks.books [--orders 1000000] [--folder /tmp/books]
"""

import argparse
import json
import os
import platform
import shutil
import tempfile
import time
import warnings
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from benchmarks.bare import Step, build, steps_of
from countinghouse.warehouse.connect import NEW_FILE, prepare
from flows.transform import uncollected

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "books.json"
CHANGED, OLD, INCREMENTS, SMALLER = 1_000, 100, 5, 10
DAYS, RECENT_DAYS = 1_095, 60
# Orders are loaded, models built, and orders change two hours apart: what was loaded or made within the hour of a run
# is read by it again, and a build makes everything. All of it happens on one day of the shop, which was yesterday; the
# last change is of the next.
APART = timedelta(hours=2)
BUILT = datetime.now(UTC).replace(tzinfo=None, hour=3, minute=0, second=0, microsecond=0) - timedelta(days=1)

# An order of one to four lines, placed at any second of so many days; every tenth gave a unit of its first line back.
ORDERS = """
    WITH numbered AS (
        SELECT n, 1 + n % 4 AS line_count, {is_refunded} AS is_refunded,
            TIMESTAMP '2026-11-01' - to_seconds((n * 7919 % ({days} * 86400))::BIGINT) AS placed
        FROM ({numbers}) AS t(n)
    ), lined AS (
        SELECT *, list_transform(range(1, line_count + 1), lambda i : {{
            'id': 'gid://shopify/LineItem/' || (n * 10 + i), 'units': 1 + (n + i) % 3,
            'cents': 500 + (n * 31 + i * 977) % 9500, 'off': (n + i) % 5 * 20, 'product': (n * 13 + i) % 500
        }}) AS items
        FROM numbered
    ), told AS (
        SELECT *, strftime(placed, '%Y-%m-%dT%H:%M:%SZ') AS told_at,
            strftime(placed + INTERVAL 9 DAY, '%Y-%m-%dT%H:%M:%SZ') AS back,
            list_sum(list_transform(items, lambda i : i.units * (i.cents - i.off))) AS total
        FROM lined
    )
    SELECT 'shop' AS connection, 'gid://shopify/Order/' || n AS id, placed AS updated_at, to_json({{
        'id': 'gid://shopify/Order/' || n, 'name': '#' || n, 'createdAt': told_at, 'processedAt': told_at,
        'updatedAt': told_at,
        'email': 'c' || n % {customers} || '@x.example',
        'customer': {{'id': 'gid://shopify/Customer/' || n % {customers}}},
        'sourceName': 'web', 'currencyCode': 'EUR', 'taxesIncluded': false, 'displayFinancialStatus': 'PAID',
        'displayFulfillmentStatus': 'FULFILLED', 'discountCodes': ['CODE' || n % 20],
        'shippingAddress': {{'countryCodeV2': 'DE'}},
        'fulfillments': [{{'createdAt': back, 'status': 'SUCCESS'}}],
        'totalPriceSet': {{'shopMoney': {{'amount': (total / 100)::TEXT}}}},
        'originalTotalPriceSet': {{'shopMoney': {{'amount': (total / 100)::TEXT}}}},
        'lineItems': {{'nodes': list_transform(items, lambda i : {{
            'id': i.id, 'name': 'A thing of a certain kind', 'sku': 'SKU-' || i.product, 'quantity': i.units,
            'product': {{'id': 'gid://shopify/Product/' || i.product}},
            'originalUnitPriceSet': {{'shopMoney': {{'amount': (i.cents / 100)::TEXT, 'currencyCode': 'EUR'}}}}
        }})}},
        'agreements': {{'nodes': list_concat(
            [{{'__typename': 'OrderAgreement', 'id': 'gid://shopify/OrderAgreement/' || n, 'happenedAt': told_at,
               'refund': NULL::STRUCT(id VARCHAR),
               'sales': {{'nodes': list_transform(items, lambda i : {{
                   'id': 'gid://shopify/ProductSale/' || i.id[24:], 'actionType': 'ORDER', 'lineType': 'PRODUCT',
                   'quantity': i.units, 'lineItem': {{'id': i.id}},
                   'totalAmount': {{'shopMoney': {{'amount': (i.units * (i.cents - i.off) / 100)::TEXT}}}},
                   'totalTaxAmount': {{'shopMoney': {{'amount': '0'}}}},
                   'totalDiscountAmountBeforeTaxes': {{'shopMoney': {{'amount': (i.units * i.off / 100)::TEXT}}}}
               }})}}}}],
            CASE WHEN is_refunded THEN
            [{{'__typename': 'RefundAgreement', 'id': 'gid://shopify/RefundAgreement/' || n, 'happenedAt': back,
               'refund': {{'id': 'gid://shopify/Refund/' || n}},
               'sales': {{'nodes': list_transform(items[1:1], lambda i : {{
                   'id': 'gid://shopify/ProductSale/9' || i.id[24:], 'actionType': 'RETURN', 'lineType': 'PRODUCT',
                   'quantity': -1, 'lineItem': {{'id': i.id}},
                   'totalAmount': {{'shopMoney': {{'amount': (-(i.cents - i.off) / 100)::TEXT}}}},
                   'totalTaxAmount': {{'shopMoney': {{'amount': '0'}}}},
                   'totalDiscountAmountBeforeTaxes': {{'shopMoney': {{'amount': (-i.off / 100)::TEXT}}}}
               }})}}}}] ELSE [] END
        )}},
        'refunds': CASE WHEN is_refunded THEN [{{
            'id': 'gid://shopify/Refund/' || n, 'createdAt': back,
            'totalRefundedSet': {{'shopMoney': {{'amount': ((items[1].cents - items[1].off) / 100)::TEXT}}}},
            'transactions': {{'nodes': [{{'kind': 'REFUND', 'status': 'SUCCESS'}}]}}
        }}] ELSE [] END,
        'note': repeat('x', 200)
    }}) AS payload
    FROM told
"""


class Timed:
    """Seconds by the clock and of the processor."""

    def __enter__(self) -> "Timed":
        self.began = time.monotonic(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = {
            "wall": round(time.monotonic() - self.began[0], 2),
            "processor": round(time.process_time() - self.began[1], 2),
        }


def fill(folder: Path, orders: int, days: int) -> None:
    """A warehouse in which only raw is filled, with orders loaded two hours before they are built into books."""
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb"), config=NEW_FILE) as con:
        prepare(con)
        loaded = BUILT - APART
        con.execute("INSERT INTO ops.settings VALUES ('USD')")
        con.execute(
            "INSERT INTO ops.connections VALUES ('shop', 'shopify', 'Europe/Berlin', 'EUR', NULL, NULL, NULL, TRUE, ?)",
            [loaded],
        )
        put(con, loaded, f"FROM range({orders})", "n % 10 = 0", orders, days)


def put(
    con: duckdb.DuckDBPyConnection, loaded: datetime, numbers: str, is_refunded: str, orders: int, days: int
) -> None:
    """Load orders, in place of those that are there."""
    told = ORDERS.format(numbers=numbers, is_refunded=is_refunded, days=days, customers=orders // 4)
    con.execute(f"CREATE OR REPLACE TEMP TABLE told AS {told}")
    con.execute("DELETE FROM raw.shopify__orders WHERE id IN (SELECT id FROM told)")
    con.execute(
        "INSERT INTO raw.shopify__orders "
        "SELECT connection, id, updated_at, payload, md5(payload), 'b', $at, $at, false FROM told",
        {"at": loaded},
    )
    con.execute(
        "INSERT INTO ops.batches SELECT 'b' || count(*), 'run', 'shop', 'shopify', 'orders', 'full', 0, 0, '', NULL, "
        "NULL, $at, $at, $at, 0, 0, 0, 0, 0 FROM ops.batches",
        {"at": loaded},
    )


def change(folder: Path, orders: int, days: int, turn: int, at: datetime) -> set[int]:
    """A thousand orders give a unit back, most of them placed lately; their numbers."""
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        con.execute("SET TimeZone = 'UTC'")
        number = "split_part(id, '/', 5)::BIGINT"
        of_any_time = f"SELECT {number} AS n FROM raw.shopify__orders ORDER BY hash(id || {turn}) LIMIT {OLD}"
        lately = (
            f"SELECT {number} AS n FROM raw.shopify__orders WHERE updated_at >= TIMESTAMP '2026-11-01' - INTERVAL "
            f"{RECENT_DAYS} DAY AND n NOT IN (FROM of_any_time) ORDER BY hash(id || {turn}) LIMIT {CHANGED - OLD}"
        )
        con.execute(f"CREATE TEMP TABLE of_any_time AS {of_any_time}")
        con.execute(f"CREATE TEMP TABLE changed AS FROM of_any_time UNION ALL FROM ({lately})")
        put(con, at - timedelta(minutes=5), "FROM changed", "true", orders, days)
        return {n for (n,) in con.execute("FROM changed").fetchall()}


def run_models(folder: Path, at: datetime) -> tuple[dict[str, float], dict[str, int]]:
    """What a run takes, from reading the models to closing the warehouse, and the milliseconds of each model."""
    os.environ["COUNTINGHOUSE_DATA_DIR"] = str(folder)
    with warnings.catch_warnings():
        # SQLMesh uses parts of pydantic that pydantic has deprecated; nobody here can act on it.
        warnings.simplefilter("ignore")
        from sqlmesh import Context
        from sqlmesh.core.console import NoopConsole, set_console

    class Watch(NoopConsole):
        def __init__(self) -> None:
            super().__init__()
            self.models: dict[str, int] = {}

        def update_snapshot_evaluation_progress(self, snapshot: Any, *rest: Any, **_: Any) -> None:
            self.models[snapshot.name.replace('"', "")] = rest[2] or 0

    watch = Watch()
    set_console(watch)
    with uncollected(), Timed() as timed, closing(Context(paths=[str(ROOT / "sqlmesh_project")])) as context:
        if context.state_reader.get_environment("prod") is None:
            context.plan(
                auto_apply=True, no_prompts=True, no_diff=True, skip_tests=True, ignore_cron=True, execution_time=at
            )
        elif context.run(ignore_cron=True, end=at, execution_time=at).is_failure:
            raise SystemExit("The models could not be run.")
    return timed.seconds, watch.models


def run_bare(folder: Path) -> dict[str, float]:
    """What the same queries take without SQLMesh, over the same raw."""
    os.environ["COUNTINGHOUSE_DATA_DIR"] = str(folder)
    from sqlmesh import Context

    with closing(Context(paths=[str(ROOT / "sqlmesh_project")])) as context:
        steps: list[Step] = steps_of(context, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}")
    bare = folder / "bare.duckdb"
    with duckdb.connect(str(bare), config=NEW_FILE) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"ATTACH '{folder / 'warehouse.duckdb'}' AS lived (READ_ONLY)")
        prepare(con)
        for table in ("ops.settings", "ops.connections", "ops.batches"):
            con.execute(f"INSERT INTO {table} FROM lived.{table}")
        con.execute("DROP TABLE raw.shopify__orders; CREATE VIEW raw.shopify__orders AS FROM lived.raw.shopify__orders")
        with Timed() as timed:
            build(con, steps)
    bare.unlink()
    return timed.seconds


@dataclass
class Books:
    """The books of one history, and what it took to build them and to keep them up to date."""

    folder: Path
    orders: int
    days: int
    result: dict[str, Any] = field(default_factory=dict)
    _turns: int = 0
    _refunded: set[int] = field(default_factory=set)

    def build(self) -> None:
        fill(self.folder, self.orders, self.days)
        self._refunded = set(range(0, self.orders, 10))
        self.result |= {"orders": self.orders, "days": self.days}
        self.result["build"], models = run_models(self.folder, BUILT)
        self.result["slowest_models_of_the_build_ms"] = slowest(models)
        print(self.orders, "built", self.result["build"], flush=True)

    def follow(self, at: datetime) -> dict[str, float]:
        """Let a thousand orders change and the books follow: what that took."""
        self._refunded |= change(self.folder, self.orders, self.days, self._turns, at)
        seconds, models = run_models(self.folder, at)
        self._turns += 1
        self.result["slowest_models_of_an_increment_ms"] = slowest(models)
        print(self.orders, self._turns, seconds, slowest(models), flush=True)
        return seconds | {"models_ms": sum(models.values())}

    def keep_up(self, at: datetime) -> None:
        self.result.setdefault("increments", []).append(self.follow(at))

    def check(self) -> None:
        with duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True) as con:
            counted = "SELECT count(*), count(*) FILTER (returns_native > 0) FROM marts.fact_orders"
            expected = (self.orders, len(self._refunded))
            assert con.execute(counted).fetchone() == expected, "the books do not hold what was loaded"


def measure(small: Books, large: Books) -> None:
    """Build both from nothing, then let a thousand orders of each change, turn by turn."""
    small.build()
    large.build()
    large.result["bare"] = run_bare(large.folder)
    # What a build has made counts as new in the run after it, so that one does nearly all of it again.
    for books in (small, large):
        books.result["first_run_after_the_build"] = books.follow(BUILT + APART)
    for turn in range(INCREMENTS):
        for books in (small, large):
            books.keep_up(BUILT + (turn + 2) * APART)
    for books in (small, large):
        books.result["first_run_of_a_day"] = books.follow(BUILT + timedelta(hours=21))
        books.check()


def compared(small: Books, large: Books, what: str) -> float:
    """How many times what the short history takes the long one takes: the median over the turns."""
    turns = zip(small.result["increments"], large.result["increments"], strict=True)
    return round(median(long[what] / short[what] for short, long in turns), 2)


def slowest(models: dict[str, int], count: int = 8) -> dict[str, int]:
    return dict(sorted(models.items(), key=lambda each: -each[1])[:count])


def main() -> None:
    """Measure both sizes and keep what came out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder if left out")
    chosen = parser.parse_args()
    folder = chosen.folder or Path(tempfile.mkdtemp())
    small = Books(folder / "small", chosen.orders // SMALLER, DAYS // SMALLER)
    large = Books(folder / "large", chosen.orders, DAYS)
    try:
        measure(small, large)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    clocks = ("wall", "processor")
    result = {
        "command": f"python -m benchmarks.books --orders {chosen.orders}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "small": small.result,
        "large": large.result,
        "build_to_bare_ratio": {
            what: round(large.result["build"][what] / large.result["bare"][what], 2) for what in clocks
        },
        "large_to_small_increment_ratio": {what: compared(small, large, what) for what in clocks},
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
