"""A warehouse filled by hand, row by row, and the real models run over it at instants of the test's choosing."""

import gc
import importlib.util
import json
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from countinghouse.warehouse.connect import prepare

with warnings.catch_warnings():
    # SQLMesh uses parts of pydantic that pydantic has deprecated; nobody here can act on it.
    warnings.simplefilter("ignore")
    from sqlmesh import Context
    from sqlmesh.core.config import Config
    from sqlmesh.core.console import NoopConsole, set_console

PROJECT = Path(__file__).resolve().parent.parent.parent / "sqlmesh_project"
PLATFORMS = tuple(sorted(folder.name for folder in (PROJECT / "models" / "intermediate").iterdir() if folder.is_dir()))
SHOP, PAYMENTS = "practice", "payments"
START = datetime(2026, 3, 1, 0, 10, tzinfo=UTC).replace(tzinfo=None)  # as the warehouse keeps it: UTC, unsaid
RAW = (
    *(f"dummyjson__{name}" for name in ("products", "users", "carts")),
    *(f"stripe__{name}" for name in ("charges", "payment_intents", "refunds", "balance_transactions", "disputes")),
    *(f"payload__{name}" for name in ("orders", "transactions", "carts", "products", "variants", "users")),
    "fx__rates",
)
# What differs between one history and another that ends in the same books: when we happened to load, and what tells
# nothing else than that.
CLOCKS = ("loaded_at", "last_loaded_at", "valid_from")
HISTORIES = ("customer_key_changes",)
# A person's key is of the account that was known first: here people are named after the smallest of their accounts.
NAMES = "SELECT customer_key AS known_as, min(account_key) AS name FROM intermediate.int_customer_keys GROUP BY ALL"


def import_module_from(path: Path) -> Any:
    """A module that is no part of a package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FailedModelsError(Exception):
    """Names the models that failed, and why."""


class Notes(NoopConsole):
    def __init__(self) -> None:
        super().__init__()
        self.failures: list[str] = []
        self.evaluated: list[str] = []

    def log_failed_models(self, errors: list[Any]) -> None:
        self.failures += [f"{error.node}: {error.__cause__}" for error in errors]

    def update_snapshot_evaluation_progress(self, snapshot: Any, *_: Any, **__: Any) -> None:
        self.evaluated.append(snapshot.name)


class Warehouse:
    """Raw rows go in with `put`; `run` brings the models up to an instant; `rows` reads."""

    def __init__(
        self,
        folder: Path,
        patch: pytest.MonkeyPatch,
        platforms: tuple[str, ...] = ("dummyjson",),
        known_models: Path | None = None,
    ) -> None:
        """In a folder of its own, new or as another warehouse left it.

        known_models  where the warehouses of one session share what SQLMesh made of their models
        """
        self.folder = folder
        self.known_models = known_models
        self.platforms = platforms
        self.definitions = "shopify"
        self.patch = patch
        self.now = START
        self.context: Context | None = None
        if (folder / "warehouse.duckdb").exists():
            self.open()
            return
        folder.mkdir(parents=True, exist_ok=True)
        if known_models:
            share_models(known_models, folder)
        with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
            prepare(connection)
        self.open()
        self.execute("INSERT INTO ops.settings VALUES ('USD')")
        self.connect(SHOP, "dummyjson", "America/New_York")
        self.connect(PAYMENTS, "stripe", "UTC", settles=SHOP)

    def open(self) -> None:
        """The models as they stand in the project's files now."""
        self.close()
        self.patch.setenv("COUNTINGHOUSE_DATA_DIR", str(self.folder))
        self.patch.setenv("COUNTINGHOUSE_DEFINITIONS", self.definitions)
        self.notes = Notes()
        set_console(self.notes)
        self.context = Context(paths=str(PROJECT), config=self.configuration())
        self.may_differ = True
        # Millions of small objects that stay: without this, half of each run is spent on counting them again.
        gc.freeze()

    def configuration(self) -> Config:
        """The project's own, less the models of platforms that the test does not need."""
        module = import_module_from(PROJECT / "config.py")
        config: Config = module.configured(self.folder, self.definitions)
        left_out = [name for name in PLATFORMS if name not in self.platforms]
        config.variables["platforms"] = list(self.platforms)
        config.ignore_patterns = [
            *config.ignore_patterns,
            *(f"models/{layer}/{name}/*" for layer in ("staging", "intermediate") for name in left_out),
        ]
        return config

    def count_by(self, definitions: str) -> bool:
        """Let the setting have changed, as the next run finds it; whether the models differ by it."""
        self.definitions = definitions
        self.open()
        assert self.context is not None
        return bool(self.context.diff("prod"))

    def close(self) -> None:
        if self.context is not None:
            self.context.close()
            self.context = None
            gc.unfreeze()

    def execute(self, sql: str) -> None:
        assert self.context is not None
        self.context.engine_adapter.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        assert self.context is not None
        return self.context.engine_adapter.fetchall(sql)

    def one(self, sql: str) -> Any:
        (row,) = self.rows(sql)
        return row[0] if len(row) == 1 else row

    def connect(self, name: str, kind: str, timezone: str, settles: str | None = None, currency: str = "USD") -> None:
        settled = f"'{settles}'" if settles else "NULL"
        self.execute(
            f"INSERT OR REPLACE INTO ops.connections VALUES ('{name}', '{kind}', '{timezone}', '{currency}', "
            f"{settled}, DATE '2025-03-01', 365, TRUE, TIMESTAMP '2026-03-01 00:00:00')"
        )

    def put(
        self, table: str, id: object, payload: object, *, connection: str | None = None, deleted: bool = False
    ) -> None:
        """A row as the load would leave it: new, or changed in place."""
        connection = connection or (SHOP if table.startswith("dummyjson") else PAYMENTS)
        text = json.dumps(payload).replace("'", "''")
        self.execute(f"DELETE FROM raw.{table} WHERE connection = '{connection}' AND id = '{id}'")
        self.execute(
            f"INSERT INTO raw.{table} VALUES ('{connection}', '{id}', NULL, '{text}', md5('{text}'), 'batch', "
            f"TIMESTAMP '{self.now}', TIMESTAMP '{self.now}', {deleted})"
        )

    def mark_deleted(self, table: str, id: object) -> None:
        self.execute(f"UPDATE raw.{table} SET is_deleted = TRUE, loaded_at = TIMESTAMP '{self.now}' WHERE id = '{id}'")

    def run(self, after: timedelta = timedelta(minutes=10), only: list[str] | None = None) -> None:
        """The pipeline's transform, ten minutes after the last rows; then time goes on. `only` names models."""
        assert self.context is not None
        self.execute(
            f"INSERT INTO ops.batches SELECT 'b' || count(*), 'run', '{SHOP}', 'dummyjson', 'carts', 'full', 0, 0, '', "
            f"NULL, NULL, TIMESTAMP '{self.now}', TIMESTAMP '{self.now}', TIMESTAMP '{self.now}', 0, 0, 0, 0, 0 "
            "FROM ops.batches"
        )
        at = str(self.now + after)
        self.notes.failures.clear()
        self.notes.evaluated.clear()
        try:
            # An environment of some models always differs from the project.
            has_changed = only is None and self.may_differ and self.context.diff("prod")
            if self.context.state_reader.get_environment("prod") is None or has_changed:
                self.context.plan(
                    **{"auto_apply": True, "no_prompts": True, "no_diff": True, "skip_tests": True},
                    **{"ignore_cron": True, "execution_time": at, "select_models": only},
                )
            else:
                self.context.run(ignore_cron=True, end=at, execution_time=at, skip_janitor=True, select_models=only)
        except Exception as problem:
            raise FailedModelsError(self.notes.failures) from problem
        if self.notes.failures:
            raise FailedModelsError(self.notes.failures)
        # Models do not change while they are open.
        self.may_differ = self.may_differ and only is not None
        self.now += after

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def pass_time(self) -> None:
        """Hours and a run in which a stranger registers: what was loaded before is no longer read as new."""
        self.later(hours=3)
        self.put("dummyjson__users", "stranger", user(0))
        self.run()
        self.later(hours=3)

    def marts(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every mart, whole, as far as it does not hang on the history that led there."""
        assert self.context is not None
        tables = [name for (name,) in self.rows("SELECT view_name FROM duckdb_views() WHERE schema_name = 'marts'")]
        cursor = self.context.engine_adapter.cursor
        return {table: whole(cursor, table) for table in sorted(tables) if table not in HISTORIES}

    def rebuilt(self, folder: Path) -> "Warehouse":
        """The same raw rows in a new warehouse, its models built from nothing in one go. This one is closed."""
        tables = [f"raw.{name}" for name in RAW] + ["ops.connections", "ops.settings", "ops.batches"]
        tables.append("ops.customer_links")
        self.close()
        other = Warehouse(folder, self.patch, self.platforms, self.known_models)
        other.now = self.now
        other.execute(f"ATTACH '{self.folder / 'warehouse.duckdb'}' AS lived (READ_ONLY)")
        for table in tables:
            other.execute(f"DELETE FROM {table}")
            other.execute(f"INSERT INTO {table} SELECT * FROM lived.{table}")
        other.execute("DETACH lived")
        return other


def share_models(shared: Path, folder: Path) -> None:
    """Let SQLMesh find in a new data directory what it made of the same models in another one.

    That is kept by the models' own content. What it knows of a state, which is kept beside it, stays each directory's.
    """
    cache = folder / "sqlmesh_cache"
    cache.mkdir()
    for kind in ("model_definition", "optimized_query"):
        (shared / kind).mkdir(parents=True, exist_ok=True)
        (cache / kind).symlink_to(shared / kind)


def whole(con: Any, table: str) -> list[tuple[Any, ...]]:
    """A mart as far as it does not hang on the history that led there: no clocks, of versions the current ones."""
    columns = f"COLUMNS(c -> NOT list_contains({[*CLOCKS, 'known_as', 'name']}, c))"
    named = [name for (name,) in con.execute(f"SELECT column_name FROM (DESCRIBE marts.{table})").fetchall()]
    rows = f"marts.{table}" + (" WHERE is_current" if "is_current" in named else "")
    if "customer_key" in named:
        people = f"(SELECT * FROM {rows}) LEFT JOIN ({NAMES}) ON known_as = customer_key"
        rows = f"(SELECT * REPLACE (coalesce(name, customer_key) AS customer_key) FROM {people})"
    return sorted(con.execute(f"SELECT {columns} FROM {rows}").fetchall(), key=repr)


def line(product: int, price: float, quantity: int, total: float, discounted: float, title: str = "") -> dict[str, Any]:
    """A line of a cart, as DummyJSON serves it."""
    return {
        "id": product,
        "title": title or f"Product {product}",
        "price": price,
        "quantity": quantity,
        "total": total,
        "discountPercentage": 0,
        "discountedTotal": discounted,
    }


def cart(id: int, user: int, lines: Iterable[dict[str, Any]], discounted: float | None = None) -> dict[str, Any]:
    """A cart; its discounted total is the lines' unless said otherwise."""
    lines = list(lines)
    total = round(sum(each["total"] for each in lines), 2)
    asked = round(sum(each["discountedTotal"] for each in lines), 2) if discounted is None else discounted
    return {"id": id, "userId": user, "products": lines, "total": total, "discountedTotal": asked}


def intent(
    id: str, created: str, amount: int, order: object = None, currency: str = "usd", status: str = "succeeded"
) -> dict[str, Any]:
    """A payment intent; `created` is UTC text."""
    metadata = {} if order is None else {"order_id": str(order)}
    return {
        "id": id,
        "amount": amount,
        "currency": currency,
        "status": status,
        "created": epoch(created),
        "metadata": metadata,
    }


def refund(
    id: str, of: str, created: str, amount: int, status: str = "succeeded", currency: str = "usd", **metadata: object
) -> dict[str, Any]:
    """A refund of a payment intent; metadata may name a line and a quantity."""
    told = {key: str(value) for key, value in metadata.items()}
    return {
        "id": id,
        "payment_intent": of,
        "charge": f"ch_{of}",
        "amount": amount,
        "currency": currency,
        "status": status,
        "reason": None,
        "created": epoch(created),
        "metadata": told,
    }


def rate(day: str, currency: str, units: float) -> dict[str, Any]:
    """What one euro was worth on a day, as an fx source tells it."""
    return {"date": day, "base": "EUR", "currency": currency, "rate": units}


def user(id: int, city: str = "Denver", state: str = "Colorado", code: str = "CO", **more: object) -> dict[str, Any]:
    """A user of the shop."""
    address = {"city": city, "state": state, "stateCode": code, "country": "United States"}
    return {
        "id": id,
        "firstName": f"First{id}",
        "lastName": "Last",
        "age": 30,
        "gender": "female",
        "email": f"u{id}@x.example",
        "address": address,
        **more,
    }


def epoch(instant: str) -> int:
    return int(datetime.fromisoformat(f"{instant}+00:00").timestamp())
