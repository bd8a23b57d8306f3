"""The whole of extraction and loading against the simulator, whose faults and audit log say how it behaved."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest
from running_simulator import HURRIED, ROOT, RunningSimulator

from countinghouse import landing
from countinghouse.default_connections import simulator_connections
from countinghouse.errors import SourceError
from countinghouse.extraction import extract
from countinghouse.landing import Manifest
from countinghouse.settings import Connection, Settings, load_settings
from countinghouse.sources import SOURCES
from countinghouse.sources.patience import Patience
from countinghouse.warehouse import cursors
from countinghouse.warehouse.connect import open_warehouse
from countinghouse.warehouse.load import load

pytestmark = pytest.mark.slow
DAY = 86_400


def simulator_connection(simulator: RunningSimulator, name: str) -> Connection:
    return next(one for one in simulator_connections(simulator.url) if one.name == name)


@pytest.fixture
def practice(simulator: RunningSimulator) -> Connection:
    return simulator_connection(simulator, "practice")


@pytest.fixture
def stripe(simulator: RunningSimulator) -> Connection:
    return simulator_connection(simulator, "payments")


def take(connection: Connection, resource: str, landing_dir: Path, **how: Any) -> Manifest:
    return extract(connection, resource, None, landing_dir, "run-1", **{"patience": HURRIED} | how)


def ids(manifest: Manifest) -> list[str]:
    return sorted(line.split('"', 4)[3] for line in manifest.pages_path.read_text().splitlines())


PASSING = [
    "status_429",
    "status_429_retry_after",
    "status_500",
    "status_502_html",
    "html_200",
    "torn_body",
    "torn_json",
    "empty_body",
    "closed_socket",
    "wrong_content_type",
]


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize(
    ("name", "resource", "path"), [("practice", "carts", "/dummyjson/carts"), ("payments", "refunds", "/stripe/v1")]
)
def test_a_fault_that_passes_costs_no_row(
    simulator: RunningSimulator, landing_dir: Path, kind: str, name: str, resource: str, path: str
) -> None:
    connection = simulator_connection(simulator, name)
    whole = ids(take(connection, resource, landing_dir))
    simulator.break_down(path, kind, after=1, times=2, seconds=0.01)
    assert ids(take(connection, resource, landing_dir, page_size=200)) == whole
    assert [heard["fault"] for heard in simulator.heard()].count(kind) == 2


CLEAR = {
    "status_500": "answered 500",
    "html_200": "text/html instead of JSON",
    "torn_body": "broke off its answer",
    "torn_json": "torn JSON",
    "empty_body": "empty body",
    "empty_object": "no 'carts'; found an empty object",
    "changed_shape": "no 'carts'; found items, limit, skip, total",
    "wrong_content_type": "text/plain instead of JSON",
    "closed_socket": "broke off its answer",
    "repeated_page": "repeats a page that came before",
}


@pytest.mark.parametrize(("kind", "words"), CLEAR.items(), ids=CLEAR)
def test_a_fault_that_stays_is_told_in_a_sentence_and_the_other_resources_are_read(
    simulator: RunningSimulator, practice: Connection, landing_dir: Path, kind: str, words: str
) -> None:
    simulator.break_down("/dummyjson/carts", kind, after=2)
    with pytest.raises(SourceError, match=f"practice: carts: .*{words}"):
        take(practice, "carts", landing_dir, page_size=100)
    assert take(practice, "users", landing_dir).rows > 0
    assert {manifest.resource for manifest in landing.pending(landing_dir)} == {"users"}


def test_a_slow_answer_is_waited_for(simulator: RunningSimulator, practice: Connection, landing_dir: Path) -> None:
    simulator.break_down("/dummyjson/products", "slow_body", times=1, seconds=1)
    assert take(practice, "products", landing_dir).rows > 0


def test_an_id_that_became_an_object_refuses_the_resource(
    simulator: RunningSimulator, practice: Connection, landing_dir: Path
) -> None:
    simulator.break_down("/dummyjson/products", "changed_shape", field="id")
    with pytest.raises(SourceError, match="rows cannot be taken"):
        take(practice, "products", landing_dir)


def test_a_shop_that_sells_while_it_is_read_is_read_again(
    simulator: RunningSimulator, practice: Connection, landing_dir: Path
) -> None:
    before = take(practice, "carts", landing_dir).rows
    simulator.break_down("/dummyjson/carts", "clock_moves", after=2, times=1, seconds=9 * DAY)
    manifest = take(practice, "carts", landing_dir, page_size=200)
    assert manifest.rows == manifest.total > before
    assert len(set(ids(manifest))) == manifest.rows


def test_an_expired_key_stops_at_once_and_names_what_to_fix(
    simulator: RunningSimulator, stripe: Connection, landing_dir: Path
) -> None:
    simulator.break_down("/stripe", "expired_key")
    with pytest.raises(SourceError, match=r"payments: charges: .*Expired API Key") as caught:
        take(stripe, "charges", landing_dir)
    assert "correct auth.api_key" in str(caught.value)
    assert "sk_test_simulator" not in str(caught.value)
    assert len(simulator.heard()) == 1


def test_a_wrong_key_names_the_variable(
    simulator: RunningSimulator, stripe: Connection, landing_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", "sk_test_somebody_elses")
    mine = stripe.model_copy(update={"auth": {"api_key": "env:THE_KEY"}})
    with pytest.raises(SourceError, match=r"401 .*correct the variable THE_KEY"):
        take(mine, "charges", landing_dir)


def test_a_right_that_is_missing_stops_that_resource_and_no_other(
    simulator: RunningSimulator, stripe: Connection, landing_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", "rk_test_no_refunds")
    mine = stripe.model_copy(update={"auth": {"api_key": "env:THE_KEY"}})
    with pytest.raises(SourceError, match=r"payments: refunds: .*403 .*no right to read refunds"):
        take(mine, "refunds", landing_dir)
    assert take(mine, "disputes", landing_dir).mode == "full"


def test_a_wrong_address_says_so(simulator: RunningSimulator, practice: Connection, landing_dir: Path) -> None:
    astray = practice.model_copy(update={"url": f"{simulator.url}/dummyjson/shop"})
    with pytest.raises(SourceError, match=r"404.*check the connection's url"):
        take(astray, "carts", landing_dir)


def test_the_shop_is_never_asked_more_than_a_hundred_times_in_ten_seconds(
    simulator: RunningSimulator, practice: Connection, landing_dir: Path
) -> None:
    """Readers of three resources at once share one pace; without it the shop would answer 429 to the 101st request."""
    sizes = {"carts": 6, "users": 20, "products": 4}
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda name: take(practice, name, landing_dir, page_size=sizes[name]), sizes))
    heard = simulator.heard()
    assert len(heard) > 105
    assert {one["status"] for one in heard} == {200}


def test_the_whole_account_is_read_without_one_refusal_and_the_key_goes_nowhere_else(
    simulator: RunningSimulator, practice: Connection, stripe: Connection, landing_dir: Path
) -> None:
    names = [
        (connection, resource.name)
        for connection in (practice, stripe)
        for resource in SOURCES[connection.kind].resources
    ]
    with ThreadPoolExecutor(8) as threads:
        manifests = list(threads.map(lambda one: take(one[0], one[1], landing_dir), names))
    assert all(manifest.rows > 0 for manifest in manifests)
    heard = simulator.heard()
    assert {one["status"] for one in heard} == {200}
    assert {one["has_authorization"] for one in heard if one["path"].startswith("/stripe/")} == {True}
    assert {one["has_authorization"] for one in heard if not one["path"].startswith("/stripe/")} == {False}


def test_a_source_that_is_down_does_not_stop_the_other(
    simulator: RunningSimulator, practice: Connection, stripe: Connection, landing_dir: Path
) -> None:
    gone = practice.model_copy(update={"url": "http://127.0.0.1:9"})
    with pytest.raises(SourceError, match=r"practice: carts: http://127\.0\.0\.1:9 cannot be reached"):
        take(gone, "carts", landing_dir)
    assert take(stripe, "payouts", landing_dir).rows > 0


# Whose changes are found by comparing, and by events; `tests/contract` asks the same of every source, day by day.
KINDS = ("dummyjson", "stripe")


def settings_in(folder: Path, simulator: RunningSimulator) -> Settings:
    told = load_settings({"COUNTINGHOUSE_DATA_DIR": str(folder), "COUNTINGHOUSE_SIMULATOR_URL": simulator.url})
    return told.model_copy(update={"connections": tuple(one for one in told.connections if one.kind in KINDS)})


def run(settings: Settings) -> None:
    """Extract everything that is new, then load it."""
    with open_warehouse(settings) as con:
        known = cursors.read(con)

        def one(name: tuple[Connection, str]) -> Manifest:
            connection, resource = name
            cursor = known.get((connection.name, resource))
            return extract(connection, resource, cursor, settings.landing_dir, "run", patience=Patience(first=0.05))

        names = [(shop, resource.name) for shop in settings.connections for resource in SOURCES[shop.kind].resources]
        with ThreadPoolExecutor(6) as threads:
            list(threads.map(one, names))
        for manifest in landing.pending(settings.landing_dir):
            load(con, manifest)


def alive(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """The content of every raw table of these kinds, by table and id."""
    tables = con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'raw'").fetchall()
    return {
        table: dict(con.execute(f"SELECT id, payload_hash FROM raw.{table} WHERE NOT is_deleted").fetchall())
        for (table,) in tables
        if table.startswith(KINDS)
    }


def test_reading_changes_day_by_day_ends_where_reading_everything_at_once_ends(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    """An hour, days, weeks, and once longer than the source keeps its events."""
    simulator.post("limits", {"enabled": False})
    by_and_by = settings_in(tmp_path / "by-and-by", simulator)
    run(by_and_by)
    for seconds in (37, 3 * DAY, 9 * DAY, 24 * DAY, 27 * DAY, DAY):
        simulator.post("clock", {"advance_seconds": seconds})
        run(by_and_by)
    at_once = settings_in(tmp_path / "at-once", simulator)
    run(at_once)
    with open_warehouse(by_and_by) as one, open_warehouse(at_once) as other:
        assert alive(one) == alive(other)
        assert all(rows for rows in alive(one).values())


def test_every_change_is_in_a_row_with_a_newer_time_and_nothing_else_is_touched(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    settings = settings_in(tmp_path / "data", simulator)
    run(settings)
    with open_warehouse(settings) as con:
        before = alive(con)
        newest = con.execute("SELECT max(loaded_at) FROM ops.batches").fetchall()[0][0]
    simulator.post("clock", {"advance_days": 2})
    run(settings)
    with open_warehouse(settings) as con:
        for table, rows in alive(con).items():
            touched = {
                row_id
                for (row_id,) in con.execute(f"SELECT id FROM raw.{table} WHERE loaded_at > ?", [newest]).fetchall()
            }
            assert touched == {row_id for row_id, content in rows.items() if before[table].get(row_id) != content}


KILLED = """
import sys
from pathlib import Path
from countinghouse.extraction import extract
from countinghouse.default_connections import simulator_connections
practice = next(one for one in simulator_connections(sys.argv[1]) if one.name == 'practice')
extract(practice, "carts", None, Path(sys.argv[2]), "run", lambda rows: print(rows, flush=True), page_size=50)
"""


def test_an_extraction_killed_half_way_is_as_if_it_had_never_begun(
    simulator: RunningSimulator, practice: Connection, landing_dir: Path
) -> None:
    simulator.break_down("/dummyjson/carts", "slow_body", after=4, seconds=30)
    command = [sys.executable, "-c", KILLED, simulator.url, str(landing_dir)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(4)] == ["50\n", "100\n", "150\n", "200\n"]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert len(list((landing_dir / "practice" / "carts").iterdir())) == 1
    assert landing.pending(landing_dir) == []
    simulator.recover()
    manifest = take(practice, "carts", landing_dir)
    assert landing.pending(landing_dir) == [manifest]
    assert list(manifest.folder.parent.iterdir()) == [manifest.folder]
