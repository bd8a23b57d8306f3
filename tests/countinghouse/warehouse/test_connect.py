import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from countinghouse.errors import WarehouseError, WarehouseInUseError
from countinghouse.settings import Settings
from countinghouse.sources import SOURCES
from countinghouse.warehouse.connect import open_warehouse, prepare, read_published, writer_lock

HOLD = """
import sys, time
from countinghouse.settings import load_settings
from countinghouse.warehouse.connect import open_warehouse
with open_warehouse(load_settings({"COUNTINGHOUSE_DATA_DIR": sys.argv[1]})):
    print("open", flush=True)
    time.sleep(60)
"""
HOLD_WITHOUT_OUR_LOCK = """
import duckdb, sys, time
con = duckdb.connect(sys.argv[1] + "/warehouse.duckdb")
print("open", flush=True)
time.sleep(60)
"""


def holder(script: str, settings: Settings) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, str(settings.data_dir)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_every_table_is_there_before_any_data(warehouse: duckdb.DuckDBPyConnection) -> None:
    tables = {
        f"{schema}.{name}"
        for schema, name in warehouse.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN ('raw', 'ops')"
        ).fetchall()
    }
    raw = {f"raw.{kind}__{resource.name}" for kind, source in SOURCES.items() for resource in source.resources}
    ops = [
        "addresses",
        "connections",
        "customer_links",
        "excluded_statuses",
        "settings",
        "batches",
        "cursors",
        "extractions",
        "pipeline_runs",
        "privacy_requests",
        "privacy_tombstones",
        "validation_results",
        "rejects",
        "schema_drift",
        "schema_fields",
        "restatements",
        "webhooks",
        "webhooks_set_aside",
    ]
    assert tables == raw | {f"ops.{name}" for name in ops} | {"ops.freshness"}


def test_preparing_twice_changes_nothing(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute("INSERT INTO ops.settings VALUES ('USD')")
    prepare(warehouse)
    assert warehouse.execute("SELECT * FROM ops.settings").fetchall() == [("USD",)]


def test_instants_are_utc_whatever_the_machines_zone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    with open_warehouse(settings) as con:
        assert con.execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)
        assert con.cursor().execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)


@pytest.mark.parametrize("script", [HOLD, HOLD_WITHOUT_OUR_LOCK], ids=["the pipeline", "any other program"])
def test_a_warehouse_in_use_names_the_process_that_has_it(settings: Settings, script: str) -> None:
    settings.data_dir.mkdir()
    process = holder(script, settings)
    try:
        message = rf"is in use by process {process.pid} \(python.*wait until it"
        with pytest.raises(WarehouseError, match=message), open_warehouse(settings):
            pytest.fail("two writers")
    finally:
        end(process)


def test_a_lock_dies_with_its_process(settings: Settings) -> None:
    end(holder(HOLD, settings))
    with open_warehouse(settings) as con:
        assert con.execute("SELECT count(*) FROM ops.batches").fetchone() == (0,)


def test_a_run_may_hold_the_lock_over_several_connections(settings: Settings) -> None:
    with writer_lock(settings):
        for _ in range(2):
            with open_warehouse(settings) as con:
                con.execute("SELECT 1")
        probe = [sys.executable, "-c", HOLD, str(settings.data_dir)]
        refused = subprocess.run(probe, capture_output=True, text=True, check=False)
        assert f"in use by process {os.getpid()}" in refused.stderr
    process = holder(HOLD, settings)
    end(process)


def test_a_file_that_is_no_database_is_a_sentence(settings: Settings) -> None:
    settings.data_dir.mkdir()
    settings.warehouse_path.write_text("hello " * 1000)
    message = r"warehouse\.duckdb is not a DuckDB database; move it away"
    with pytest.raises(WarehouseError, match=message), open_warehouse(settings):
        pytest.fail("opened")


def test_a_data_folder_that_cannot_be_made_is_a_sentence(settings: Settings) -> None:
    settings.data_dir.write_text("in the way")
    with pytest.raises(WarehouseError, match="check COUNTINGHOUSE_DATA_DIR"), open_warehouse(settings):
        pytest.fail("opened")


def published(path: Path, number: int) -> None:
    version = path.parent / "versions" / f"prod-{number:012}.duckdb"
    version.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(version)) as con:
        con.execute(f"CREATE TABLE number AS SELECT {number} AS number")
    link = path.with_suffix(".next")
    link.symlink_to(Path("versions") / version.name)
    link.replace(path)


def test_a_reader_stays_on_the_version_it_opened(settings: Settings) -> None:
    path = settings.published_path
    published(path, 1)
    with read_published(path) as first:
        published(path, 2)
        with read_published(path) as second:
            assert first.execute("FROM number").fetchone() == (1,)
            assert second.execute("FROM number").fetchone() == (2,)


def test_a_reader_can_neither_write_nor_read_other_files(settings: Settings, tmp_path: Path) -> None:
    published(settings.published_path, 1)
    (tmp_path / "other.csv").write_text("secret\n")
    with read_published(settings.published_path) as con:
        with pytest.raises(duckdb.Error):
            con.execute("CREATE TABLE mine AS SELECT 1")
        with pytest.raises(duckdb.Error):
            con.execute(f"FROM '{tmp_path}/other.csv'")


def test_before_the_first_publication_a_reader_is_told_what_to_do(settings: Settings) -> None:
    with pytest.raises(WarehouseError, match=r"Nothing has been published yet.*make run"):
        read_published(settings.published_path)


def test_run_waits_for_the_one_before_and_says_who_it_is_when_patience_ends(settings: Settings) -> None:
    """A scheduled run that meets a drain is late, not lost."""
    hold = "import sys, time\nfrom countinghouse.settings import load_settings\n"
    hold += "from countinghouse.warehouse.connect import writer_lock\n"
    hold += "with writer_lock(load_settings()):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    environment = os.environ | {"COUNTINGHOUSE_DATA_DIR": str(settings.data_dir)}
    command = [sys.executable, "-c", hold]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(WarehouseInUseError, match=str(other.pid)), writer_lock(settings, timedelta(seconds=0.1)):
            raise AssertionError("there are two writers")
        threading.Timer(0.5, other.stdin.close).start()
        with writer_lock(settings, timedelta(seconds=30)):
            pass
