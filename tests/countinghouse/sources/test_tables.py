"""A shop's own tables, read from PostgreSQL, DuckDB, CSV and Parquet: the same rows whatever they lie in."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from postgres_server import PASSWORD, Postgres, running_postgres

from countinghouse.connections import Connection, connection_of
from countinghouse.errors import SettingsError, SourceError
from countinghouse.extraction import extract
from countinghouse.landing import Manifest
from countinghouse.sources.tables_reader import inspect_tables

ROOT = Path(__file__).resolve().parents[3]
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


@pytest.fixture(params=["postgres", "duckdb", "csv", "parquet"])
def everywhere(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """The same table, in each of the places."""
    told = {"tables": {"orders": OPTIONS}}
    if request.param == "postgres":
        return in_postgres(request.getfixturevalue("postgres"), monkeypatch, **told)
    if request.param == "duckdb":
        return connection(in_duckdb(tmp_path), **told)
    return connection(in_files(tmp_path, request.param), **told)


def read(shop: Connection, folder: Path, name: str = "orders", cursor: str | None = None, **more: Any) -> Manifest:
    return extract(shop, name, cursor, folder / "landing", "run", **more)


def rows(manifest: Manifest) -> dict[str, dict[str, Any]]:
    lines = (json.loads(line) for line in manifest.pages_path.read_text().splitlines())
    return {line["id"]: json.loads(line["payload"]) for line in lines}


def said(shop: Connection, folder: Path, name: str = "orders") -> str:
    with pytest.raises(SourceError) as error:
        read(shop, folder, name)
    assert PASSWORD not in repr(error.value)
    assert list((folder / "landing").rglob("manifest.json")) == []
    return str(error.value)


# The rows


def test_every_place_gives_the_same_rows(everywhere: Connection, tmp_path: Path) -> None:
    """23:30 on 1 March in New York, in winter, is 04:30 UTC the day after; noon on 1 July 16:00; 10:00+02 is 08:00."""
    found = rows(read(everywhere, tmp_path))
    assert found == {
        "007": {
            "id": "007",
            "order_number": "A-1",
            "ordered_at": "2026-03-02T04:30:00.000000Z",
            "updated_at": "2026-03-02T10:00:00.000000Z",
            "status": "paid",
            "customer_id": "1",
            "total": "12.3400",
        },
        "8": {
            "id": "8",
            "order_number": None,
            "ordered_at": "2026-07-01T16:00:00.000000Z",
            "updated_at": "2026-07-02T08:00:00.000000Z",
            "status": None,
            "customer_id": None,
            "total": "9999999.9999",
        },
        "9": {
            "id": "9",
            "order_number": 'Größe "9"',
            "ordered_at": "2026-11-20T14:00:00.000000Z",
            "updated_at": None,
            "status": "cancelled",
            "customer_id": "2",
            "total": "0.0000",
        },
    }


def test_columns_nobody_asked_for_stay_where_they_are(everywhere: Connection, tmp_path: Path) -> None:
    assert "private" not in read(everywhere, tmp_path).pages_path.read_text()


def test_second_reading_asks_for_what_changed_and_for_what_has_no_time(everywhere: Connection, tmp_path: Path) -> None:
    first = read(everywhere, tmp_path)
    assert (first.mode, first.is_snapshot) == ("full", True)
    second = read(everywhere, tmp_path, cursor=first.cursor_to)
    assert (second.mode, second.is_snapshot) == ("incremental", False)
    assert sorted(rows(second)) == ["8", "9"]


def test_declared_zone_rules_times_without_one(tmp_path: Path) -> None:
    shop = connection(in_duckdb(tmp_path), naive_times="Asia/Tokyo", tables={"orders": OPTIONS})
    assert rows(read(shop, tmp_path))["007"]["ordered_at"] == "2026-03-01T14:30:00.000000Z"


def test_table_without_a_time_of_change_is_read_whole_each_time(tmp_path: Path) -> None:
    shop = connection(in_duckdb(tmp_path), tables={"orders": {"columns": {"id": "order_no"}}})
    first = read(shop, tmp_path)
    second = read(shop, tmp_path, cursor=first.cursor_to)
    assert (second.mode, second.is_snapshot, second.rows) == ("full", True, 3)


def test_time_that_cannot_be_does_not_stop_the_clock(tmp_path: Path) -> None:
    """A row changed in the year 9999 must not make every other row look old."""
    path = in_duckdb(tmp_path)
    with duckdb.connect(str(path)) as database:
        database.execute("UPDATE orders SET changed = '9999-12-31 00:00:00+00' WHERE order_no = '9'")
    shop = connection(path, tables={"orders": OPTIONS})
    assert json.loads(read(shop, tmp_path).cursor_to or "")["at"].startswith("2026-07-02T08:00:00")


def test_file_tells_the_time_by_when_it_was_written(tmp_path: Path) -> None:
    """An export of eight days after the last whole reading is read whole, so that a row that left it is gone."""
    folder = in_files(tmp_path, "csv")
    written = datetime(2026, 11, 20, tzinfo=UTC)
    shop = connection(folder, tables={"orders": OPTIONS})
    cursor = None
    for days, mode in ((0, "full"), (3, "incremental"), (8, "full")):
        moment = (written + timedelta(days=days)).timestamp()
        os.utime(folder / "orders.csv", (moment, moment))
        manifest = read(shop, tmp_path, cursor=cursor)
        assert (days, manifest.mode) == (days, mode)
        assert manifest.extracted_at == datetime.fromtimestamp(moment, UTC)
        cursor = manifest.cursor_to


def test_line_without_an_id_is_named_by_order_and_position(tmp_path: Path) -> None:
    (tmp_path / "order_items.csv").write_text("order_id,line_number,quantity,price\n17,1,2,9.99\n17,2,1,0.50\n")
    found = rows(read(connection(tmp_path), tmp_path, "order_items"))
    assert found["17-2"] == {
        **{"order_id": "17", "line_number": 2, "quantity": 1, "unit_price": "0.50", "id": "17-2"},
    }


def test_names_are_found_in_any_case(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_bytes(b"\xef\xbb\xbfOrder_ID, Order_Date ,TOTAL\r\n1,2026-01-01,5.00\r\n")
    assert rows(read(connection(tmp_path), tmp_path)) == {
        "1": {"id": "1", "ordered_at": "2026-01-01T05:00:00.000000Z", "total": "5.00"}
    }


def test_table_the_shop_has_not_is_no_table_that_was_emptied(tmp_path: Path) -> None:
    shop = connection(in_duckdb(tmp_path), tables={"reviews": {"enabled": False}})
    manifest = read(shop, tmp_path, "reviews")
    assert (manifest.rows, manifest.is_snapshot) == (0, False)


def test_values_that_cannot_be_are_set_aside_with_their_reason(tmp_path: Path) -> None:
    good = "".join(f"{number},2026-11-{number % 28 + 1:02} 10:00:00,{number}.00,yes\n" for number in range(60))
    bad = "x1,20/11/2026,1.00,no\nx2,2026-11-20,12.50 €,no\nx3,2026-11-20,1.00,perhaps\n"
    (tmp_path / "orders.csv").write_text(f"id,order_date,total,is_test\n{good}{bad}")
    manifest = read(connection(tmp_path), tmp_path)
    assert (manifest.rows, manifest.rejected) == (60, 3)
    reasons = [json.loads(line)["reason"] for line in manifest.rejects_path.read_text().splitlines()]
    assert reasons == [
        "'ordered_at' is no date or time that can be read",
        "'total' is no number",
        "'is_test' is neither true nor false",
    ]


def test_decimal_comma_stops_the_table_and_says_why(tmp_path: Path) -> None:
    """Semicolons between values are understood; commas in numbers are not, and are not guessed at."""
    lines = "".join(f"{number};2026-11-20;1,5\n" for number in range(9))
    (tmp_path / "orders.csv").write_text(f"id;order_date;total\n{lines}")
    assert "9 of 9 rows cannot be taken ('total' is no number)" in said(connection(tmp_path), tmp_path)


# What goes wrong, and what is said


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


def test_postgres_is_only_read(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that writes when it is read is refused by the server."""
    postgres.execute(
        "SET search_path = shop; CREATE TABLE seen (n int); GRANT ALL ON seen TO reader; "
        "CREATE FUNCTION note() RETURNS text LANGUAGE sql AS 'INSERT INTO shop.seen VALUES (1) RETURNING 1'; "
        "CREATE VIEW sly AS SELECT note() AS id, 'x' AS product_id, 5 AS rating; GRANT SELECT ON sly TO reader"
    )
    shop = in_postgres(postgres, monkeypatch, tables={"reviews": {"table": "shop.sly"}})
    assert "cannot execute INSERT in a read-only transaction" in said(shop, tmp_path, "reviews")


def test_postgres_types_come_as_text(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = rows(read(in_postgres(postgres, monkeypatch), tmp_path, "customers")).values()
    assert found == {
        "id": UUID,
        **{"email": "a@example.com", "birth_date": "1990-05-01", "gender": None},
    }


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


def test_inspection_counts_without_reading(everywhere: Connection) -> None:
    found = inspect_tables(everywhere)
    assert found.rows["orders"] == 3
    assert any("customers" in problem or "reviews" in problem for problem in found.problems)


def test_a_table_of_any_size_takes_the_memory_of_a_page(tmp_path: Path) -> None:
    """In a process of its own: what it had at its highest, after reading the first thousand rows and after all."""
    with duckdb.connect() as database:
        database.execute(
            "COPY (SELECT i AS order_item_id, i // 3 AS order_id, 1 AS quantity, 9.99 AS price, "
            f"repeat('x', 300) AS sku FROM range(300000) AS rows(i)) TO '{tmp_path}/order_items.parquet'"
        )
    script = textwrap.dedent(
        """
        import resource, sys
        from countinghouse.connections import connection_of
        from countinghouse.sources import SOURCES
        from countinghouse.sources.tables_reader import TableReader
        shop = connection_of("a test", 1, {"name": "legacy", "kind": "tables", "url": sys.argv[1]})
        def highest():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        with TableReader(shop, SOURCES["tables"].resource("order_items")) as reader:
            pages = reader.pages()
            for _ in range(30):
                next(pages)
            early = highest()
            count = 60_000 + sum(len(page.rows) for page in pages)
        print(count, highest() - early)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    count, more = (int(word) for word in done.stdout.split())
    assert count == 300_000
    # All rows together would be 90 MB as text and several times that as Python's objects.
    assert more < 40
