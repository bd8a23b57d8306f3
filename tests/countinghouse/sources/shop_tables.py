"""A shop's tables in each of the places they may lie in, and how a test reads them."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from postgres_server import PASSWORD, Postgres

from countinghouse.connections import Connection, connection_of
from countinghouse.errors import SourceError
from countinghouse.extraction import extract
from countinghouse.landing import Manifest

# What every place below is made to hold. 2026-03-08 02:30 does not exist in New York, 2026-11-01 01:30 is there twice.
CREATE = """
    CREATE TABLE orders (order_no VARCHAR, number VARCHAR, order_date {time}, changed {aware}, status VARCHAR,
                         customer_id BIGINT, total DECIMAL(12, 4), note VARCHAR)
"""


ROWS = """
    INSERT INTO orders VALUES
    ('007', 'A-1', '2026-03-01 23:30:00', '2026-03-02 10:00:00+00', 'paid', 1, 12.3400, 'private'),
    ('8', NULL, '2026-07-01 12:00:00', '2026-07-02 10:00:00+02', NULL, NULL, 9999999.9999, 'private'),
    ('9', 'Größe "9"', '2026-11-20 09:00:00', NULL, 'cancelled', 2, 0.0000, NULL)
"""


UUID = "11111111-2222-3333-4444-555555555555"


OPTIONS = {"columns": {"id": "order_no", "updated_at": "changed"}}


def connection(url: object, **more: Any) -> Connection:
    entry = {"name": "legacy", "kind": "tables", "url": str(url), "timezone": "America/New_York"} | more
    return connection_of("a test", 1, entry)


def in_postgres(server: Postgres, patch: pytest.MonkeyPatch, **more: Any) -> Connection:
    patch.setenv("LEGACY_DSN", server.dsn)
    return connection(server.url, auth={"dsn": "env:LEGACY_DSN"}, **more)


def in_duckdb(folder: Path) -> Path:
    path = folder / "shop.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("SET TimeZone = 'UTC'")
        database.execute(CREATE.format(time="TIMESTAMP", aware="TIMESTAMPTZ"))
        database.execute(ROWS)
    return path


def in_files(folder: Path, kind: str) -> Path:
    source = in_duckdb(folder)
    (folder / "files").mkdir()
    with duckdb.connect(str(source), read_only=True) as database:
        database.execute("SET TimeZone = 'UTC'")
        database.execute(
            f"COPY orders TO '{folder}/files/orders.{kind}' ({'HEADER' if kind == 'csv' else 'FORMAT parquet'})"
        )
    return folder / "files"


def read(shop: Connection, folder: Path, name: str = "orders", cursor: str | None = None, **more: Any) -> Manifest:
    return extract(shop, name, cursor, folder / "landing", "run", **more)


def said(shop: Connection, folder: Path, name: str = "orders") -> str:
    with pytest.raises(SourceError) as error:
        read(shop, folder, name)
    assert PASSWORD not in repr(error.value)
    assert list((folder / "landing").rglob("manifest.json")) == []
    return str(error.value)
