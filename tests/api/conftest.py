"""A small published copy for the API, in the shape of a real one; the API over it, asked as its callers ask it; and a
receiver of webhooks on a port of its own, as a platform would reach it."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import httpx
import pytest
from api_client import Api
from receiving import Endpoint, free_port, started, write_sources

from benchmarks.published import mart_columns

# The world of the dashboards' tests: the same lists are added up by hand for both.
sys.path.append(str(Path(__file__).resolve().parents[1] / "app"))

from published_fixture import publish
from published_world import World, make_world, three_shops

# What the dashboards' copy leaves out and the API tells: easy to know again.
COMPLETED = """
    UPDATE marts.dim_customers SET avg_order_value = lifetime_value / order_count WHERE order_count > 0;
    UPDATE marts.dim_customers SET lifetime_stage = 'Regular', customer_segment =
        CASE WHEN order_count >= 3 THEN 'VIP' WHEN order_count = 2 THEN 'Loyal' WHEN order_count = 1 THEN 'New' END;
    UPDATE marts.dim_products SET brand = 'Brand ' || category_name;
    UPDATE marts.product_performance SET sales_performance = 'Good';
    UPDATE marts.metrics SET definitions = 'shopify';
    UPDATE marts.fact_orders SET channel = CASE WHEN order_number::INTEGER % 2 = 0 THEN 'web' ELSE 'pos' END;
    INSERT INTO marts.dim_customer_accounts BY NAME
        SELECT 'a' || customer_key AS account_key, customer_key, 'shop-us' AS store,
            CASE WHEN order_count > 1 THEN '17' END AS customer_id, order_count <= 1 AS is_guest, email, order_count
        FROM marts.dim_customers;
"""


def complete(path: Path) -> None:
    """Give a copy of the dashboards' tests every table and column that a real one has."""
    with duckdb.connect(str(path)) as con:
        for table, columns in mart_columns().items():
            known = {
                name
                for (name,) in con.execute(
                    "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'marts' AND table_name = ?", [table]
                ).fetchall()
            }
            if not known:
                con.execute(
                    f"CREATE TABLE marts.{table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
                )
            for name in columns.keys() - known if known else ():
                con.execute(f"ALTER TABLE marts.{table} ADD COLUMN {name} {columns[name]}")
        con.execute(COMPLETED)


@pytest.fixture(scope="session")
def trio() -> World:
    """Three shops in three zones and currencies, all current."""
    return make_world(three_shops(), people=200, days=130)


@pytest.fixture(scope="session")
def copy_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Publish a world as a version of a data folder, a new one or the one given."""

    def made(world: World, data_dir: Path | None = None, version: int = 1) -> Path:
        folder = data_dir or tmp_path_factory.mktemp("data")
        aside = publish(world, tmp_path_factory.mktemp("aside"), version=version)
        fresh = next((aside / "published" / "versions").iterdir())
        complete(fresh)
        place = folder / "published" / "versions" / fresh.name
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh.replace(place)
        link = folder / "published" / "prod.duckdb.new"
        link.symlink_to(Path("versions") / place.name)
        link.replace(folder / "published" / "prod.duckdb")
        return folder

    return made


@pytest.fixture(scope="session")
def trio_copy(copy_of: Callable[..., Path], trio: World) -> Path:
    return copy_of(trio)


@pytest.fixture
def api_of() -> Iterator[Callable[..., Api]]:
    """Open the API of a data folder."""
    opened: list[Api] = []

    def of(data_dir: Path, **variables: str) -> Api:
        opened.append(Api(data_dir, **variables))
        return opened[-1]

    yield of
    for api in opened:
        api.close()


@pytest.fixture
def api(api_of: Callable[..., Api], trio_copy: Path) -> Api:
    """The API over the three shops, on this machine and without a key."""
    return api_of(trio_copy)


@pytest.fixture(scope="session")
def running_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("receiver")
    write_sources(folder)
    port = free_port()
    with (folder / "receiver.log").open("wb") as log:
        process = started(port, folder, log)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                yield Endpoint(client, folder / "data" / "inbox.sqlite", Path(log.name))
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def endpoint(running_endpoint: Endpoint) -> Endpoint:
    """A receiver that runs, its inbox empty."""
    with closing(sqlite3.connect(running_endpoint.inbox)) as con, con:
        con.execute("DELETE FROM events")
    return running_endpoint
