"""A shop's tables in PostgreSQL and in each of the places they may lie in, and a Shopify shop."""

from collections.abc import Generator
from pathlib import Path

import pytest
from postgres_server import Postgres, running_postgres
from running_simulator import RunningSimulator
from scripted_source import ScriptedSource
from shop_tables import CREATE, OPTIONS, ROWS, UUID, connection, in_duckdb, in_files, in_postgres
from shopify_store import NOW, Clock, connected

from countinghouse.connections import Connection
from simulator.server import running


@pytest.fixture(scope="session")
def postgres(postgres_programs: Path) -> Generator[Postgres]:
    with running_postgres(postgres_programs) as server:
        server.execute(
            f"CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO reader; SET search_path = shop; "
            f"{CREATE.format(time='timestamp', aware='timestamptz')}; {ROWS}; "
            "CREATE TABLE kept_private (id int); "
            "GRANT SELECT ON orders TO reader; "
            "CREATE TABLE customers (id uuid, email text, birth_date date, gender text); "
            f"INSERT INTO customers VALUES ('{UUID}', 'a@example.com', '1990-05-01', NULL); "
            "GRANT SELECT ON customers TO reader; ALTER ROLE reader SET search_path = shop"
        )
        yield server


@pytest.fixture(params=["postgres", "duckdb", "csv", "parquet"])
def everywhere(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """The same table, in each of the places."""
    told = {"tables": {"orders": OPTIONS}}
    if request.param == "postgres":
        return in_postgres(request.getfixturevalue("postgres"), monkeypatch, **told)
    if request.param == "duckdb":
        return connection(in_duckdb(tmp_path), **told)
    return connection(in_files(tmp_path, request.param), **told)


@pytest.fixture(scope="module")
def pretended() -> Generator[RunningSimulator]:
    with running(scale=0.05, now=NOW) as url:
        yield RunningSimulator(url)


@pytest.fixture
def store(pretended: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> Generator[Connection]:
    monkeypatch.setattr("countinghouse.sources.patience._throttles", {})
    monkeypatch.setattr("countinghouse.sources.session._purses", {})
    pretended.post("clock", {"now": NOW})
    pretended.post("bulk", {"polls": 2, "ends": "COMPLETED"})
    yield connected(f"{pretended.url}/shopify", monkeypatch)
    pretended.recover()


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds the connector waited, which no test does."""
    waits: list[float] = []
    monkeypatch.setattr("countinghouse.sources.patience._throttles", {})
    monkeypatch.setattr("countinghouse.sources.session.throttles", lambda url, rates, what: [])
    monkeypatch.setattr("countinghouse.sources.shopify_asking.time", Clock(waits))
    return waits


@pytest.fixture
def scripted(source: ScriptedSource, slept: list[float], monkeypatch: pytest.MonkeyPatch) -> Connection:
    return connected(source.url, monkeypatch, "hush")
