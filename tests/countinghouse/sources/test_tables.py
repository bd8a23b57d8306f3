"""A shop's own tables, read from PostgreSQL, DuckDB, CSV and Parquet: the same rows whatever they lie in."""

import json
import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from postgres_server import Postgres
from shop_tables import OPTIONS, UUID, connection, in_duckdb, in_files, in_postgres, read, said

from countinghouse.connections import Connection
from countinghouse.landing import Manifest
from countinghouse.sources.tables_reader import inspect_tables

ROOT = Path(__file__).resolve().parents[3]


def rows(manifest: Manifest) -> dict[str, dict[str, Any]]:
    lines = (json.loads(line) for line in manifest.pages_path.read_text().splitlines())
    return {line["id"]: json.loads(line["payload"]) for line in lines}


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


def test_a_change_in_the_hour_that_is_told_twice_is_not_older_than_one_before_it(tmp_path: Path) -> None:
    """1 November in New York: 01:50 by summer time, then, half an hour later, 01:20 by winter time."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE TABLE orders (id INT, ordered_at TIMESTAMP, updated_at TIMESTAMP, total INT)")
        database.execute("INSERT INTO orders VALUES (1, '2026-10-01', '2026-11-01 01:50:00', 5)")
    first = read(connection(path), tmp_path)
    with duckdb.connect(str(path)) as database:
        database.execute("INSERT INTO orders VALUES (2, '2026-10-01', '2026-11-01 01:20:00', 5)")
    assert set(rows(read(connection(path), tmp_path, cursor=first.cursor_to))) == {"1", "2"}


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
