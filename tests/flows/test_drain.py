"""From a platform's push to the warehouse: doubled, lost and out of order, and the books come out the same."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from pushing import PUSHING, Pushing, poll, raw_rows, receiver

from countinghouse.errors import WarehouseInUseError
from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse.connect import open_warehouse
from countinghouse.webhooks.inbox import MOST_TRIES, Books, Inbox
from countinghouse.webhooks.topics import Event, Named
from flows.drain import drain, drained
from simulator.server import running

pytestmark = pytest.mark.slow

DAY = 86_400
NOW = "2026-03-20T09:40:00Z"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A small world and a folder with all of it, polled."""
    folder = tmp_path_factory.mktemp("world")
    with running(now=NOW, scale=0.1) as url, pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        (folder / "sources.toml").write_text(PUSHING.format(url=url))
        poll(settings_in(folder, "data"))
        yield url, folder


@pytest.fixture
def pushing(world: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pushing]:
    """The platforms, all polled once, and everything from then on pushed."""
    url, folder = world
    hurry(monkeypatch)
    httpx.delete(f"{url}/_simulator/faults")
    httpx.delete(f"{url}/_simulator/webhooks")
    httpx.post(f"{url}/_simulator/clock", json={"now": NOW})
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    settings = settings_in(tmp_path, "data")
    with receiver(settings) as address:
        pushing = Pushing(url, settings, address)
        pushing.subscribe()
        yield pushing


def hurry(patch: pytest.MonkeyPatch) -> None:
    """The simulator takes whatever comes; our own pace would only make the tests long."""
    patch.setattr("countinghouse.sources.patience.Throttle.wait", lambda throttle: None)
    patch.setenv("WOO_KEY", "ck_simulator_manager")


def settings_in(folder: Path, data: str) -> Settings:
    return load_settings(
        {"COUNTINGHOUSE_DATA_DIR": str(folder / data), "COUNTINGHOUSE_SOURCES": str(folder / "sources.toml")}
    )


@pytest.fixture
def polled(pushing: Pushing, tmp_path: Path) -> Settings:
    """The same books, which hear of nothing."""
    shutil.copytree(tmp_path / "data", tmp_path / "polled", ignore=shutil.ignore_patterns("inbox*"))
    return settings_in(tmp_path, "polled")


def differences(one: Settings, other: Settings) -> dict[str, Any]:
    ours, theirs = raw_rows(one), raw_rows(other)
    assert ours.keys() == theirs.keys()
    found = {
        table: {key: (ours[table].get(key), theirs[table].get(key)) for key in ours[table].keys() | theirs[table].keys()
                if ours[table].get(key) != theirs[table].get(key)}
        for table in ours
    }  # fmt: skip
    return {table: rows for table, rows in found.items() if rows}


def test_pushed_and_then_polled_books_are_those_of_polling_alone(pushing: Pushing, polled: Settings) -> None:
    for seed in (1, 2):
        pushing.pass_time(DAY + 3_600)
        report = pushing.deliver(seed=seed, doubled=0.2, dropped=0.15, is_shuffled=True)
        assert min(report["taken"], report["doubled"], report["dropped"]) > 0
        assert report["failed"] == 0
        pushing.drain()
    poll(pushing.settings)
    poll(polled)
    assert differences(pushing.settings, polled) == {}


def test_pushes_alone_bring_what_polling_would(pushing: Pushing, polled: Settings) -> None:
    pushing.pass_time(2 * DAY)
    report = pushing.deliver(seed=5, doubled=0.3, is_shuffled=True)
    assert report["planned"] > 100
    pushing.drain()
    poll(polled)
    left = differences(pushing.settings, polled)
    # The practice shop pushes nothing, and money becomes available at Stripe without any event.
    assert {table for table in left if not table.startswith("dummyjson__")} <= {"stripe__balance_transactions"}
    with Books(pushing.settings.inbox_path) as books:
        assert {(one.waiting, one.set_aside) for one in books.standings()} == {(0, 0)}
        assert sum(one.done for one in books.standings()) == report["planned"]


def test_object_that_changed_ten_times_is_read_once(pushing: Pushing) -> None:
    number = an_order(pushing.settings, "shop-eu")
    for event in range(10):
        put(pushing.settings, woo_event(f"{event}", "order.updated", number))
    httpx.delete(f"{pushing.simulator}/_simulator/requests")
    pushing.drain()
    asked = [heard["path"] for heard in httpx.get(f"{pushing.simulator}/_simulator/requests").json()]
    assert asked == ["/woocommerce/wp-json/wc/v3/orders"]
    assert standing(pushing.settings) == (0, 10, 0)


def test_what_is_gone_at_the_source_is_marked(pushing: Pushing) -> None:
    put(pushing.settings, woo_event("1", "order.updated", "4242"), shopify_event("2", "orders/delete", "4242"))
    gone = an_order(pushing.settings, "shop-eu")
    with open_warehouse(pushing.settings) as con:
        # A row that the shop does not have, as one is that was deleted for good.
        con.execute("UPDATE raw.woocommerce__orders SET id = '4242' WHERE id = ?", [gone])
    pushing.drain()
    with open_warehouse(pushing.settings) as con:
        assert con.execute("SELECT is_deleted FROM raw.woocommerce__orders WHERE id = '4242'").fetchall() == [(True,)]
        assert con.execute("SELECT * FROM raw.shopify__orders WHERE id LIKE '%/4242'").fetchall() == []


def test_deletion_is_not_believed_while_the_object_is_there(pushing: Pushing) -> None:
    number = an_order(pushing.settings, "shop-eu")
    put(pushing.settings, woo_event("1", "order.deleted", number))
    pushing.drain()
    with open_warehouse(pushing.settings) as con:
        rows = con.execute("SELECT is_deleted FROM raw.woocommerce__orders WHERE id = ?", [number]).fetchall()
    assert rows == [(False,)]
    assert standing(pushing.settings) == (0, 1, 0)


def test_shop_that_is_switched_off_has_deleted_nothing(pushing: Pushing) -> None:
    """WordPress without WooCommerce answers 404 to everything, too."""
    number = an_order(pushing.settings, "shop-eu")
    connection = pushing.settings.connection("shop-eu")
    elsewhere = connection.model_copy(update={"url": connection.url.replace("/woocommerce", "/woocommerce/no")})
    settings = pushing.settings.model_copy(update={"connections": (elsewhere,)})
    put(settings, woo_event("1", "order.updated", number))
    run = pushing.drain(settings)
    assert "rest_no_route" not in run.failed_sources["shop-eu"]
    assert "No route was found" in run.failed_sources["shop-eu"]
    with open_warehouse(settings) as con:
        assert con.execute("SELECT count(*) FROM raw.woocommerce__orders WHERE is_deleted").fetchone() == (0,)
    assert standing(settings) == (1, 0, 0)


def test_poison_goes_aside_after_its_tries_and_holds_up_nobody(pushing: Pushing) -> None:
    with open_warehouse(pushing.settings) as con:
        orders = con.execute("SELECT id FROM raw.stripe__charges WHERE connection = 'payments' LIMIT 5").fetchall()
    charges = [number for (number,) in orders]
    poison = charges[3]
    pushing.post("faults", [{"path": f"/stripe/v1/charges/{poison}", "kind": "changed_shape", "field": "id"}])
    put(pushing.settings, *(stripe_event(f"evt_{one}", "charge.updated", one) for one in charges))

    run = pushing.drain()
    assert standing(pushing.settings) == (1, 4, 0)
    assert run.status == "degraded"
    for tried in range(2, MOST_TRIES + 1):
        make_due(pushing.settings)
        pushing.drain()
        assert standing(pushing.settings) == ((1, 4, 0) if tried < MOST_TRIES else (0, 4, 1))
    with Books(pushing.settings.inbox_path) as books:
        (aside,) = books.aside()
        assert (aside.event_id, aside.tries) == (f"evt_{poison}", MOST_TRIES)
        assert "charges" in aside.error
        httpx.delete(f"{pushing.simulator}/_simulator/faults")
        assert books.retry() == 1
    pushing.drain()
    assert standing(pushing.settings) == (0, 5, 0)


def test_source_that_is_down_is_no_fault_of_its_events(pushing: Pushing) -> None:
    connection = pushing.settings.connection("shop-eu").model_copy(update={"url": "http://127.0.0.1:9"})
    settings = pushing.settings.model_copy(update={"connections": (connection,)})
    put(settings, woo_event("1", "order.updated", "1"))
    for _ in range(2):
        make_due(settings)
        pushing.drain(settings)
    with Books(settings.inbox_path) as books:
        assert [one.waiting for one in books.standings()] == [1]
        make_due(settings)
        assert [one.tries for one in books.take(9)] == [0]


def test_batch_that_is_refused_at_loading_leaves_its_event_waiting(pushing: Pushing) -> None:
    number = an_order(pushing.settings, "shop-eu")
    with open_warehouse(pushing.settings) as con:
        con.execute("UPDATE raw.woocommerce__orders SET payload_hash = 'old' WHERE id = ?", [number])
        con.execute("UPDATE ops.schema_fields SET type = 'list' WHERE resource = 'orders' AND path = 'total'")
    put(pushing.settings, woo_event("1", "order.updated", number))
    pushing.drain()
    assert standing(pushing.settings) == (1, 0, 0)


def test_connection_that_was_never_polled_waits_for_that(pushing: Pushing) -> None:
    number = an_order(pushing.settings, "shop-eu")
    new = pushing.settings.connection("shop-eu").model_copy(update={"name": "new-shop"})
    settings = pushing.settings.model_copy(update={"connections": (*pushing.settings.connections, new)})
    gone = woo_event("2", "order.updated", number, connection="sold-shop")
    put(settings, woo_event("1", "order.updated", number, connection="new-shop"), gone)
    pushing.drain(settings)
    with open_warehouse(settings) as con:
        assert con.execute("FROM raw.woocommerce__orders WHERE connection = 'new-shop'").fetchall() == []
    with Books(settings.inbox_path) as books:
        standings = {one.connection: (one.waiting, one.done, one.set_aside) for one in books.standings()}
        assert "no connection 'sold-shop'" in books.aside()[0].error
    assert standings == {"new-shop": (1, 0, 0), "sold-shop": (0, 0, 1)}


def test_requests_about_privacy_stay_in_the_inbox(pushing: Pushing) -> None:
    with open_warehouse(pushing.settings) as con:
        (row,) = con.execute("SELECT split_part(id, '/', 5) FROM raw.shopify__customers LIMIT 1").fetchall()
    order = {"topic": "customers/redact", "address": pushing.address("shop-us"), "customer": int(row[0])}
    assert pushing.post("webhooks/privacy", order) == {"status": 200}
    pushing.drain()
    assert standing(pushing.settings) == (1, 0, 0)
    with Books(pushing.settings.inbox_path) as books:
        (request,) = books.private()
    assert request.event.topic == "customers/redact"
    assert request.event.objects[0] == Named("customers", f"gid://shopify/Customer/{row[0]}")


def test_shop_that_took_the_app_away_is_behind(pushing: Pushing) -> None:
    put(pushing.settings, Event("shop-us", "1", "shopify", "app/uninstalled"))
    run = pushing.drain()
    assert "uninstalled" in run.failed_sources["shop-us"]
    with open_warehouse(pushing.settings) as con:
        assert con.execute("SELECT status FROM ops.freshness WHERE store = 'shop-us'").fetchall() == [("behind",)]


def test_reading_by_name_makes_no_store_fresher(pushing: Pushing) -> None:
    freshness = "SELECT as_of_at FROM ops.freshness WHERE store = 'shop-eu'"
    pushing.drain()
    with open_warehouse(pushing.settings) as con:
        before = con.execute(freshness).fetchall()
        cursors = con.execute("FROM ops.cursors ORDER BY ALL").fetchall()
    pushing.pass_time(DAY)
    pushing.deliver()
    pushing.drain()
    with open_warehouse(pushing.settings) as con:
        assert con.execute("SELECT count(*) > 0 FROM ops.batches WHERE mode = 'named'").fetchone() == (True,)
        assert con.execute(freshness).fetchall() == before
        assert con.execute("FROM ops.cursors ORDER BY ALL").fetchall() == cursors


def an_order(settings: Settings, connection: str) -> str:
    with open_warehouse(settings) as con:
        row = con.execute("SELECT min(id) FROM raw.woocommerce__orders WHERE connection = ?", [connection]).fetchone()
    assert row is not None
    return row[0]


def woo_event(event_id: str, topic: str, number: str, connection: str = "shop-eu") -> Event:
    return Event(connection, event_id, "woocommerce", topic, (Named("orders", number),))


def shopify_event(event_id: str, topic: str, number: str) -> Event:
    return Event("shop-us", event_id, "shopify", topic, (Named("orders", f"gid://shopify/Order/{number}"),))


def stripe_event(event_id: str, topic: str, charge: str) -> Event:
    return Event("payments", event_id, "stripe", topic, (Named("charges", charge),))


def put(settings: Settings, *events: Event) -> None:
    inbox = Inbox(settings.inbox_path)
    for event in events:
        assert inbox.put(event).result(10)
    inbox.close()


def make_due(settings: Settings) -> None:
    """Let the waits between two tries be over."""
    with closing(sqlite3.connect(settings.inbox_path)) as con, con:
        con.execute("UPDATE events SET due_at = received_at")


def standing(settings: Settings) -> tuple[int, int, int]:
    """Events that wait, are done, are set aside."""
    with Books(settings.inbox_path) as books:
        found = books.standings()
    return sum(one.waiting for one in found), sum(one.done for one in found), sum(one.set_aside for one in found)


def test_drain_that_meets_another_run_leaves_the_events_where_they_are(
    pushing: Pushing, monkeypatch: pytest.MonkeyPatch, said: Any
) -> None:
    put(pushing.settings, woo_event("1", "order.updated", "1"))
    monkeypatch.setenv("COUNTINGHOUSE_DATA_DIR", str(pushing.settings.data_dir))
    monkeypatch.setenv("COUNTINGHOUSE_SOURCES", str(pushing.settings.data_dir.parent / "sources.toml"))

    def taken(*_: Any) -> Any:
        raise WarehouseInUseError("The warehouse is in use by process 4711.")

    monkeypatch.setattr("flows.drain.writer_lock", taken)
    assert drain.fn() is None
    assert standing(pushing.settings) == (1, 0, 0)
    assert said.messages == ["Drain     another run is at work; the events wait for the next drain"]


def test_drain_of_an_empty_inbox_makes_no_run(pushing: Pushing) -> None:
    def nothing(*_: Any) -> Any:
        raise AssertionError("nothing is to be read")

    with Books(pushing.settings.inbox_path) as books:
        assert drained(pushing.settings, books, nothing) is None
    with open_warehouse(pushing.settings) as con:
        assert con.execute("SELECT count(*) FROM ops.pipeline_runs").fetchone() == (0,)
