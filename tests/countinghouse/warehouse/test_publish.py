"""Publishing: readers see the old copy or the new one, whole, and never a customer's name."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from countinghouse.errors import WarehouseError
from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse import publish as publishing
from countinghouse.warehouse.connect import open_warehouse, read_published
from countinghouse.warehouse.publish import go_back, main, publish, published_row_counts
from countinghouse.warehouse.runs import finish_run, start_run
from countinghouse.warehouse.versions import KEPT_VERSIONS, Shelf

MARTS = """
    CREATE SCHEMA marts;
    CREATE SCHEMA physical;
    CREATE TABLE physical.orders_123 (order_key TEXT, net_sales DECIMAL(18, 2));
    INSERT INTO physical.orders_123 VALUES ('a', 10.10), ('b', 0.05);
    CREATE VIEW marts.fact_orders AS SELECT * FROM physical.orders_123;
    COMMENT ON VIEW marts.fact_orders IS 'One row per order; the shop''s own.';
    COMMENT ON COLUMN marts.fact_orders.net_sales IS 'What the customer''s order brought.';
    CREATE TABLE physical.people_123 (customer_key TEXT, full_name TEXT, email TEXT, city TEXT);
    INSERT INTO physical.people_123 VALUES
        ('p', 'Emily van Johnson', 'emily.johnson@x.dummyjson.com', 'Phoenix'),
        ('q', ' Ólafur', 'not an address', NULL),
        ('r', NULL, NULL, 'Austin');
    CREATE VIEW marts.dim_customers AS SELECT * FROM physical.people_123;
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"COUNTINGHOUSE_DATA_DIR": str(tmp_path)})


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(settings) as con:
        con.execute(MARTS)
        start_run(con, "run-1", "prod")
        yield con


def published(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with read_published(settings.published_path) as copy:
        return copy.execute(sql).fetchall()


def version_names(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.published_dir / "versions").iterdir())


def test_copy_holds_the_marts_as_tables_with_their_descriptions(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    publication = publish(settings, con, "run-1")

    assert publication.version == 1
    assert publication.row_counts == {"dim_customers": 3, "fact_orders": 2}
    assert published(settings, "SELECT sum(net_sales)::TEXT FROM marts.fact_orders") == [("10.15",)]
    assert published(settings, "SELECT comment FROM duckdb_tables() WHERE table_name = 'fact_orders'") == [
        ("One row per order; the shop's own.",)
    ]
    assert published(settings, "SELECT comment FROM duckdb_columns() WHERE column_name = 'net_sales'") == [
        ("What the customer's order brought.",)
    ]
    assert published(settings, "SELECT count(*) FROM duckdb_views() WHERE NOT internal") == [(0,)]


def test_link_is_relative_so_that_the_data_folder_can_move(
    settings: Settings, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    publish(settings, con, "run-1")
    assert settings.published_path.readlink() == Path("versions/prod-000000000001.duckdb")
    moved = settings.published_dir.rename(tmp_path / "elsewhere")
    with read_published(moved / "prod.duckdb") as copy:
        assert copy.execute("SELECT count(*) FROM marts.fact_orders").fetchall() == [(2,)]


def test_personal_data_is_masked_unless_asked_for(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    people = "SELECT full_name, email, city FROM marts.dim_customers ORDER BY customer_key"
    publish(settings, con, "run-1")
    assert published(settings, people) == [
        ("E… v… J…", "e…@x.dummyjson.com", "Phoenix"),
        ("Ó…", "n…@…", None),
        (None, None, "Austin"),
    ]
    assert published(settings, "SELECT is_masked FROM ops.publication") == [(True,)]

    publish(settings.model_copy(update={"show_personal_data": True}), con, "run-1")
    assert published(settings, people)[0] == ("Emily van Johnson", "emily.johnson@x.dummyjson.com", "Phoenix")
    assert published(settings, "SELECT is_masked FROM ops.publication") == [(False,)]


def test_rejected_rows_are_counted_but_not_shown(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO ops.rejects VALUES ('b', 'practice', 'users', '{\"email\": \"e@x\"}', 'no id', now())")
    publish(settings, con, "run-1")
    assert published(settings, "SELECT reason, row_text FROM ops.rejects") == [("no id", None)]


def test_copy_shows_the_end_of_the_run_that_made_it(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    def finish(books: duckdb.DuckDBPyConnection, version: int) -> None:
        finish_run(books, "run-1", "succeeded", rows_loaded=7, published_version=version)

    publish(settings, con, "run-1", finish)

    row = "SELECT run_id, status, rows_loaded, published_version FROM ops.pipeline_runs"
    assert published(settings, row) == [("run-1", "succeeded", 7, 1)]
    assert con.execute(row).fetchall() == [("run-1", "running", None, None)]


def test_publication_says_what_it_is(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "INSERT INTO ops.batches SELECT 'b' || i, 'run-1', 'practice', 'dummyjson', 'carts', 'full', 1, 1, 'x', "
        "NULL, NULL, now(), TIMESTAMP '2026-11-19 08:00' + INTERVAL (i) HOUR, now(), 1, 0, 0, 0, 0 FROM range(3) t(i)"
    )
    publish(settings, con, "run-1")
    assert published(
        settings, "SELECT version, environment, as_of_at::TEXT, run_id, reporting_currency FROM ops.publication"
    ) == [(1, "prod", "2026-11-19 10:00:00", "run-1", "USD")]


def test_same_rows_are_said_to_be_unchanged_and_a_changed_cent_is_not(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    assert not publish(settings, con, "run-1").is_unchanged
    con.execute("CREATE TABLE physical.again AS SELECT * FROM physical.orders_123 ORDER BY order_key DESC")
    con.execute("CREATE OR REPLACE VIEW marts.fact_orders AS SELECT * FROM physical.again")
    assert publish(settings, con, "run-1").is_unchanged
    con.execute("UPDATE physical.again SET net_sales = 10.11 WHERE order_key = 'a'")
    assert not publish(settings, con, "run-1").is_unchanged


def test_last_five_versions_stay_and_numbers_keep_growing(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    versions = [publish(settings, con, "run-1").version for _ in range(7)]
    assert versions == [1, 2, 3, 4, 5, 6, 7]
    assert KEPT_VERSIONS == 5
    assert version_names(settings) == [f"prod-{number:012d}.duckdb" for number in (3, 4, 5, 6, 7)]


def test_numbers_are_not_used_again_when_the_files_are_gone(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    version = publish(settings, con, "run-1").version
    finish_run(con, "run-1", "succeeded", published_version=version)
    settings.published_path.unlink()
    Shelf(settings.published_dir, "prod").path(version).unlink()
    assert publish(settings, con, "run-1").version == 2


def test_rest_of_a_killed_run_is_swept_and_its_number_not_used_again(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    publish(settings, con, "run-1")
    folder = settings.published_dir / "versions"
    (folder / "prod-000000000003.duckdb.part").write_bytes(b"half")
    (folder / "prod-000000000003.duckdb.part.wal").write_bytes(b"half")
    (folder / "prod-000000000002.duckdb").write_bytes(b"whole, but the link never reached it")
    (folder / "dev-000000000009.duckdb").write_bytes(b"of another environment")

    assert publish(settings, con, "run-1").version == 3
    assert version_names(settings) == [
        "dev-000000000009.duckdb",
        "prod-000000000001.duckdb",
        "prod-000000000003.duckdb",
    ]


def test_failed_write_leaves_readers_what_they_had(
    settings: Settings, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(settings, con, "run-1")

    def disk_full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "sync", disk_full)
        with pytest.raises(WarehouseError, match="No space left on device"):
            publish(settings, con, "run-1")
    assert version_names(settings) == ["prod-000000000001.duckdb"]
    assert published(settings, "SELECT version FROM ops.publication") == [(1,)]
    assert publish(settings, con, "run-1").version == 2


def test_reader_in_another_process_finishes_on_the_version_it_opened(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    publish(settings, con, "run-1")
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent("""
                import sys
                from pathlib import Path
                from countinghouse.warehouse.connect import read_published
                path = Path(sys.argv[1])
                count = lambda copy: copy.execute("SELECT count(*) FROM marts.fact_orders").fetchone()[0]
                old = read_published(path)
                print(count(old), flush=True)
                sys.stdin.readline()
                print(count(old), count(read_published(path)), flush=True)
            """),
            str(settings.published_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "2\n"
        con.execute("INSERT INTO physical.orders_123 VALUES ('c', 1)")
        for _ in range(KEPT_VERSIONS + 1):  # far enough that the reader's own version is removed
            publish(settings, con, "run-1")
        output, _ = reader.communicate("go on\n", timeout=60)
    assert output == "2 3\n"


def test_environment_takes_its_own_models_and_the_rest_from_production(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    con.execute(
        "CREATE SCHEMA marts__dev; CREATE VIEW marts__dev.fact_orders AS SELECT 'z' AS order_key, 9 AS net_sales"
    )
    publish(settings, con, "run-1")
    dev = settings.model_copy(update={"environment": "dev"})
    publish(dev, con, "run-1")

    assert published(dev, "SELECT order_key FROM marts.fact_orders") == [("z",)]
    assert published(dev, "SELECT count(*) FROM marts.dim_customers") == [(3,)]
    assert published(settings, "SELECT count(*) FROM marts.fact_orders") == [(2,)]


def test_environment_without_models_is_refused_with_a_way_out(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(WarehouseError, match=r"no marts in environment dev.*--environment dev"):
        publish(settings.model_copy(update={"environment": "dev"}), con, "run-1")


def test_row_counts_of_what_is_published_are_known_to_the_next_run(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    assert published_row_counts(settings) == {}
    publish(settings, con, "run-1")
    con.execute("DELETE FROM physical.orders_123")
    assert published_row_counts(settings) == {"dim_customers": 3, "fact_orders": 2}


def test_rolling_back_is_a_swap_until_the_next_publication(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    publish(settings, con, "run-1")
    con.execute("DELETE FROM physical.orders_123")
    publish(settings, con, "run-1")

    go_back(settings, 1)
    assert published(settings, "SELECT count(*) FROM marts.fact_orders") == [(2,)]
    go_back(settings, 2)
    assert published(settings, "SELECT count(*) FROM marts.fact_orders") == [(0,)]
    go_back(settings, 1)
    assert publish(settings, con, "run-1").version == 3
    assert published(settings, "SELECT version FROM ops.publication") == [(3,)]


def test_command_lists_versions_and_goes_back(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(publishing, "load_settings", lambda: settings)
    assert main(["--list"]) == 0
    assert capsys.readouterr().out == "Nothing is published in environment prod yet.\n"
    publish(settings, con, "run-1")
    publish(settings, con, "run-1")

    assert main(["--back-to", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["2", "published"], ["→", "1"]]

    assert main(["--back-to", "9"]) == 1
    assert capsys.readouterr().err == "Version 9 of environment prod is not there: kept are 1, 2.\n"
    assert settings.published_path.samefile(Shelf(settings.published_dir, "prod").path(1))


def test_the_ledger_lies_by_time_and_single_rows_have_an_index(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    con.execute("CREATE TABLE marts.fact_sales_ledger (event_key TEXT, order_key TEXT, event_at TIMESTAMP)")
    con.execute(
        "INSERT INTO marts.fact_sales_ledger VALUES ('b', 'o', '2026-03-01'), ('c', 'o', '2026-02-01'), "
        "('a', 'p', '2026-03-01'), ('d', 'p', NULL)"
    )
    publish(settings, con, "run-1")
    lying = published(settings, "SELECT event_key FROM marts.fact_sales_ledger ORDER BY rowid")
    assert lying == [("c",), ("a",), ("b",), ("d",)]
    indexes = published(settings, "SELECT table_name, expressions FROM duckdb_indexes() ORDER BY table_name")
    assert [(table, columns.strip("[]'\"")) for table, columns in indexes] == [
        ("dim_customers", "customer_key"),
        ("fact_sales_ledger", "order_key"),
    ]
