"""A shop's tables in PostgreSQL, and in each of the places they may lie in."""

from collections.abc import Generator
from pathlib import Path

import pytest
from postgres_server import Postgres, running_postgres
from shop_tables import CREATE, OPTIONS, ROWS, UUID, connection, in_duckdb, in_files, in_postgres

from countinghouse.connections import Connection


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
