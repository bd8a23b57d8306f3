"""Tables that cannot be read: what goes wrong in files and databases, and what is said of it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from postgres_server import Postgres
from shop_tables import OPTIONS, connection, in_duckdb, in_postgres, said

from countinghouse.connections import Connection, connection_of
from countinghouse.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "id,order_date,total\n1,2026-01-01,5\n2,2026-01-01\n",
            "orders.csv, line 3: it has 2 values where the first line names 3",
        ),
        ("id,order_date,total\n1,2026-01-01,5,6\n", "orders.csv, line 2: it has 4 values where the first line names 3"),
        ('id,order_date,total\n1,2026-01-01,5\n2,"2026,5\n', "orders.csv, line 3: a quotation mark is not closed"),
        ("id,order_date,total,id\n", "two columns are named 'id'"),
        ("", "orders.csv is empty"),
        ("id,order_dat,total\n1,2026-01-01,5\n", "no column is 'ordered_at' (did you mean 'order_dat'?)"),
    ],
)
def test_bad_csv_is_named_by_file_and_line(text: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(text)
    assert wanted in said(connection(tmp_path), tmp_path)


def test_csv_that_is_no_utf_8_says_so(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_bytes(b"id,order_date,total,status\n1,2026-01-01,5,pay\xe9\n")
    assert "orders.csv, line 2: it is no UTF-8 text" in said(connection(tmp_path), tmp_path)


def test_bad_row_far_down_is_found_too(tmp_path: Path) -> None:
    good = "".join(f"{number},2026-01-01,1.00\n" for number in range(60_000))
    (tmp_path / "orders.csv").write_text(f"id,order_date,total\n{good}60000,2026-01-01,1.00,extra\n")
    assert "orders.csv, line 60002: it has 4 values" in said(connection(tmp_path), tmp_path)


def test_missing_places_are_named_with_what_is_there(tmp_path: Path) -> None:
    assert "there is no file or folder" in said(connection(tmp_path / "nowhere"), tmp_path)
    (tmp_path / "order.csv").write_text("id\n")
    assert "has no orders.csv or orders.csv.gz or orders.parquet (did you mean 'order.csv'?)" in said(
        connection(tmp_path), tmp_path
    )
    (tmp_path / "text.duckdb").write_text("no database")
    assert "is no DuckDB file" in said(connection(tmp_path / "text.duckdb"), tmp_path)


def test_misspelt_names_are_suggested(everywhere: Connection, tmp_path: Path) -> None:
    options = dict(everywhere.options) | {"tables": {"orders": {"columns": {"id": "order_nr"}}}}
    message = said(everywhere.model_copy(update={"options": options}), tmp_path)
    assert "there is no column 'order_nr' (did you mean 'order_no'?), which columns.id names" in message
    if not everywhere.url.endswith("files"):
        options = {"tables": {"orders": {"table": "ordrs"}}}
        assert "has no table 'ordrs'" in said(everywhere.model_copy(update={"options": options}), tmp_path)


def test_locked_database_names_the_process(tmp_path: Path) -> None:
    path = in_duckdb(tmp_path)
    script = f"import duckdb, sys; held = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        message = said(connection(path, tables={"orders": OPTIONS}), tmp_path)
        other.communicate("")
    assert f"is open for writing in another program (process {other.pid})" in message


def test_wrong_password_names_the_variable(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = in_postgres(postgres, monkeypatch)
    monkeypatch.setenv("LEGACY_DSN", "user=reader password=wrong-horse")
    message = said(shop, tmp_path)
    assert "refuses reader; correct user and password in the variable LEGACY_DSN" in message
    assert "wrong-horse" not in message


def test_connection_string_that_is_none_is_not_repeated(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = in_postgres(postgres, monkeypatch)
    monkeypatch.setenv("LEGACY_DSN", "postgresql//reader:hunter2@host")
    message = said(shop, tmp_path)
    assert "the variable LEGACY_DSN holds no connection string" in message
    assert "hunter2" not in message


def test_missing_right_says_what_to_grant(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = in_postgres(
        postgres,
        monkeypatch,
        tables={"reviews": {"table": "shop.kept_private", "columns": {**{"product_id": "id", "rating": "id"}}}},
    )
    assert "grant SELECT on it to the user of the variable LEGACY_DSN" in said(shop, tmp_path, "reviews")


def test_address_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "is no address of a database" in said(connection("postgresql://host/shop%zz"), tmp_path)
    assert "is no place for tables" in said(connection("mysql://host/shop"), tmp_path)


def test_dead_server_is_said_to_be_dead(tmp_path: Path) -> None:
    message = said(connection("postgresql://127.0.0.1:1/shop"), tmp_path)
    assert "127.0.0.1/shop does not answer" in message


def test_slow_statement_is_cut_off(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.execute(
        "SET search_path = shop; CREATE VIEW slow AS SELECT pg_sleep(5)::text AS id, 'x' AS product_id, 5 AS rating; "
        "GRANT SELECT ON slow TO reader"
    )
    told = {"reviews": {"table": "shop.slow"}}
    shop = in_postgres(postgres, monkeypatch, tables=told, statement_timeout_seconds=1)
    assert "took longer than 1 seconds" in said(shop, tmp_path, "reviews")


# Settings


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ({"url": "postgresql://me:secret@host/db"}, "holds a name or password"),
        ({"url": "postgresql:///db?password=secret"}, "holds a name or password"),
        ({"url": "x", "tables": {"order": {}}}, "there is no table 'order' (did you mean 'orders'?)"),
        (
            {"url": "x", "tables": {"orders": {"columns": {"totl": "t"}}}},
            "column 'totl' (did you mean 'total'?)",
        ),
        ({"url": "x", "naive_times": "Amerika/Toronto"}, "did you mean 'America/Toronto'?"),
        ({"url": "x", "auth": {"dsn": "postgresql://me:secret@host/db"}}, "dsn is written out (not repeated here)"),
    ],
)
def test_settings_that_cannot_be(entry: dict[str, Any], wanted: str) -> None:
    with pytest.raises(SettingsError) as error:
        connection_of("sources.toml", 1, {"name": "legacy", "kind": "tables"} | entry)
    assert wanted in str(error.value)
    assert "secret" not in str(error.value)
