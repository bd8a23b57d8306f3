from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from test_load import carts, landed

from countinghouse.errors import SettingsError
from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse import runs
from countinghouse.warehouse.load import load

MORNING = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)


def connections(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    cursor = con.execute("FROM ops.connections")
    names = [column[0] for column in cursor.description or []]
    return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def configured(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "sources.toml").write_text(text)
    return load_settings({"COUNTINGHOUSE_SOURCES": str(tmp_path / "sources.toml")})


SHOP = '[[connection]]\nname = "corner-shop"\nkind = "dummyjson"\nurl = "http://shop"\ntimezone = "America/New_York"\n'


def test_connections_are_written_as_they_are_set_up(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    runs.register_connections(warehouse, settings)
    rows = connections(warehouse)
    assert rows["practice"]["timezone"] == "America/New_York"
    assert rows["practice"]["currency_code"] == "USD"
    assert rows["practice"]["first_seen_at"] is None
    assert rows["payments"]["settles"] == "practice"
    assert warehouse.execute("FROM ops.settings").fetchall() == [("USD",)]


def test_a_connection_that_left_the_file_stays_but_is_not_enabled(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    runs.register_connections(warehouse, settings)
    runs.register_connections(warehouse, configured(tmp_path, SHOP))
    assert {name: row["is_enabled"] for name, row in connections(warehouse).items()} == {
        **{connection.name: False for connection in settings.connections},
        "corner-shop": True,
    }


def test_rules_about_who_is_who_are_kept_with_the_time_they_changed(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rule = '[[never]]\naccounts = [{ store = "corner-shop", customer_id = "2" }, '
    rule += '{ store = "corner-shop", email = "ann@x.example" }]\n'
    (tmp_path / "sources.toml").write_text(SHOP)

    def kept(text: str) -> list[tuple[Any, ...]]:
        (tmp_path / "links.toml").write_text(text)
        names = {"COUNTINGHOUSE_SOURCES": "sources.toml", "COUNTINGHOUSE_CUSTOMER_LINKS": "links.toml"}
        settings = load_settings({name: str(tmp_path / file) for name, file in names.items()})
        runs.register_connections(warehouse, settings)
        columns = "rule, side, store, customer_id, email, is_removed, changed_at"
        return warehouse.execute(f"SELECT {columns} FROM ops.customer_links ORDER BY ALL").fetchall()

    first = kept(rule + "[[always]]" + rule.removeprefix("[[never]]").replace('"2"', '"3"'))
    assert [row[:6] for row in first] == [
        ("always", 0, "corner-shop", "3", None, False),
        ("always", 1, "corner-shop", None, "ann@x.example", False),
        ("never", 0, "corner-shop", "2", None, False),
        ("never", 1, "corner-shop", None, "ann@x.example", False),
    ]
    # One rule is taken out and a placeholder comes: what stayed keeps its time.
    second = kept('placeholders = ["till@x.example"]\n' + rule)
    assert [row[:6] for row in second] == [
        *[(*row[:5], True) for row in first[:2]],
        *[row[:6] for row in first[2:]],
        ("placeholder", 0, None, None, "till@x.example", False),
    ]
    assert second[2:4] == first[2:]
    assert all(row[6] > first[0][6] for row in (*second[:2], second[4]))
    # Back in the file, it holds again.
    third = kept(rule + "[[always]]" + rule.removeprefix("[[never]]").replace('"2"', '"3"'))
    assert [row[5] for row in third] == [False, False, False, False, True]
    assert kept(rule + "[[always]]" + rule.removeprefix("[[never]]").replace('"2"', '"3"')) == third


def test_statuses_that_are_no_sale_are_kept_with_the_time_they_became_so(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "k")
    woo = '[[connection]]\nname = "woo"\nkind = "woocommerce"\nurl = "https://shop.example"\n'
    woo += 'auth = { consumer_key = "env:KEY", consumer_secret = "env:KEY" }\n'

    def excluded(statuses: str) -> dict[str, tuple[bool, datetime]]:
        runs.register_connections(warehouse, configured(tmp_path, f"{woo}excluded_statuses = {statuses}"))
        rows = warehouse.execute("SELECT status, is_excluded, changed_at FROM ops.excluded_statuses").fetchall()
        return {status: (is_excluded, changed_at) for status, is_excluded, changed_at in rows}

    first = excluded('["quote", "sample"]')
    assert {status: is_excluded for status, (is_excluded, _) in first.items()} == {"quote": True, "sample": True}
    second = excluded('["quote"]')
    # The one taken back stays, as changed now: its orders have to be made anew.
    assert second["quote"] == first["quote"]
    assert (second["sample"][0], second["sample"][1] > first["sample"][1]) == (False, True)


def test_orders_without_a_date_get_the_year_before_the_shop_was_first_seen_by_its_own_calendar_for_ever(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path, tmp_path: Path
) -> None:
    settings = configured(tmp_path, SHOP)
    runs.register_connections(warehouse, settings)
    # 02:00 in London is still the 19th in New York; 365 days before that is 19 November 2025.
    load(warehouse, landed(landing_dir, carts(1), extracted_at=datetime(2026, 11, 20, 2, tzinfo=UTC)))
    first = connections(warehouse)["corner-shop"]
    assert str(first["first_seen_at"]) == "2026-11-20 02:00:00"
    assert (str(first["synthetic_start"]), first["synthetic_days"]) == ("2025-11-19", 365)
    load(warehouse, landed(landing_dir, carts(1, 2), extracted_at=datetime(2027, 5, 1, tzinfo=UTC)))
    runs.register_connections(warehouse, settings)
    assert connections(warehouse)["corner-shop"] == first


def test_a_window_in_the_file_is_the_one_that_counts(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path, tmp_path: Path
) -> None:
    def window(text: str) -> tuple[str, int]:
        runs.register_connections(warehouse, configured(tmp_path, SHOP + text))
        row = connections(warehouse)["corner-shop"]
        return str(row["synthetic_start"]), row["synthetic_days"]

    load(warehouse, landed(landing_dir, carts(1)))
    assert window("") == ("2025-11-20", 365)
    assert window('synthetic_dates = { start = "2024-01-01", days = 30 }\n') == ("2024-01-01", 30)
    assert window('synthetic_dates = { start = "2023-01-01" }\n') == ("2023-01-01", 365)
    assert window("") == ("2023-01-01", 365), "a date once given is kept"


def test_the_rows_of_the_simulator_are_not_mixed_with_a_real_shops(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path, tmp_path: Path
) -> None:
    here, real = (
        SHOP.replace("http://shop", "http://127.0.0.1:8787/dummyjson"),
        SHOP.replace("http://shop", "https://dummyjson.com"),
    )
    runs.register_connections(warehouse, configured(tmp_path, here))
    runs.register_connections(warehouse, configured(tmp_path, real))  # nothing was loaded yet
    runs.register_connections(warehouse, configured(tmp_path, here))
    load(warehouse, landed(landing_dir, carts(1)))
    runs.register_connections(warehouse, configured(tmp_path, here.replace("127.0.0.1:8787", "localhost:9000")))
    before = connections(warehouse)
    with pytest.raises(
        SettingsError, match=r"corner-shop: .* came from http://localhost:9000/dummyjson, .* https://dummyjson\.com"
    ):
        runs.register_connections(warehouse, configured(tmp_path, real.replace("America/New_York", "Europe/Berlin")))
    assert connections(warehouse) == before
    runs.register_connections(warehouse, configured(tmp_path, real.replace("corner-shop", "real-shop")))


def test_a_run_opens_and_closes(warehouse: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    runs.start_run(warehouse, "run-1", "prod")
    load(warehouse, landed(landing_dir, carts(1)))
    runs.finish_run(
        warehouse, "run-1", "degraded", rows_loaded=7, published_version=3, sources_failed=1, error="till: down"
    )
    row = warehouse.execute(
        "SELECT status, rows_loaded, published_version, sources_failed, error, as_of_at::TEXT FROM ops.pipeline_runs"
    ).fetchall()
    assert row == [("degraded", 7, 3, 1, "till: down", "2026-11-20 12:00:00")]


def test_a_run_that_was_cut_off_is_closed_by_the_next_one(warehouse: duckdb.DuckDBPyConnection) -> None:
    runs.start_run(warehouse, "run-1", "prod")
    runs.start_run(warehouse, "run-2", "prod")
    rows = warehouse.execute("SELECT run_id, status FROM ops.pipeline_runs ORDER BY run_id").fetchall()
    assert rows == [("run-1", "failed"), ("run-2", "running")]


def test_a_run_that_is_tried_again_under_its_own_name_has_one_entry(warehouse: duckdb.DuckDBPyConnection) -> None:
    runs.start_run(warehouse, "run-1", "prod")
    runs.finish_run(warehouse, "run-1", "failed", error="no disk")
    runs.start_run(warehouse, "run-1", "prod")
    assert warehouse.execute("SELECT status, error FROM ops.pipeline_runs").fetchall() == [("running", None)]


@pytest.fixture
def corner_shop(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> duckdb.DuckDBPyConnection:
    runs.register_connections(warehouse, configured(tmp_path, SHOP))
    return warehouse


def freshness(con: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    (row,) = con.execute(
        "SELECT store, as_of_at::TEXT, status, last_error, last_error_at::TEXT FROM ops.freshness"
    ).fetchall()
    return row


def tried(con: duckdb.DuckDBPyConnection, resource: str, hours: int, error: str | None = None) -> None:
    began = MORNING + timedelta(hours=hours)
    status = "failed" if error else "succeeded"
    runs.record_extraction(
        con, "run", "corner-shop", resource, status, started_at=began, finished_at=began, error=error
    )


def test_a_store_without_any_load_was_never_loaded(corner_shop: duckdb.DuckDBPyConnection) -> None:
    assert freshness(corner_shop) == ("corner-shop", None, "never loaded", None, None)
    tried(corner_shop, "carts", 0, error="refused")
    assert freshness(corner_shop) == ("corner-shop", None, "never loaded", "refused", "2026-11-20 09:40:00")


def test_a_store_is_behind_while_any_of_its_resources_failed_last(
    corner_shop: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    load(corner_shop, landed(landing_dir, carts(1)))
    tried(corner_shop, "carts", 0)
    assert freshness(corner_shop)[2:] == ("current", None, None)
    tried(corner_shop, "users", 1, error="torn")
    assert freshness(corner_shop)[2:] == ("behind", "torn", "2026-11-20 10:40:00")
    tried(corner_shop, "carts", 2)
    assert freshness(corner_shop)[2] == "behind"
    tried(corner_shop, "users", 3)
    assert freshness(corner_shop)[2:] == ("current", None, None)


def test_a_store_is_as_fresh_as_its_stalest_resource(corner_shop: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    load(corner_shop, landed(landing_dir, carts(1), extracted_at=MORNING))
    load(corner_shop, landed(landing_dir, carts(1), extracted_at=MORNING + timedelta(days=2)))
    load(corner_shop, landed(landing_dir, carts(1), resource="users", extracted_at=MORNING + timedelta(days=1)))
    assert freshness(corner_shop)[1] == "2026-11-21 09:40:00"
