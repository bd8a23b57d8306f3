"""Subscribing through the platforms' APIs: once is enough, twice changes nothing, and strangers are left alone."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from running_simulator import HURRIED, RunningSimulator

from countinghouse.errors import SettingsError, SourceError
from countinghouse.settings import Connection
from countinghouse.webhooks import registration
from countinghouse.webhooks.registration import WANTED, register, subscriptions


class Pinged(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Somebody who answers WooCommerce's ping."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pinged)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def platforms(simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, Connection]:
    httpx.delete(f"{simulator.url}/_simulator/webhooks").raise_for_status()
    monkeypatch.setenv("WOO_KEY", "ck_simulator_manager")
    monkeypatch.setattr("countinghouse.sources.patience.Throttle.wait", lambda throttle: None)
    auth = {
        "shopify": {"access_token": "simulator"},
        "woocommerce": {"consumer_key": "env:WOO_KEY", "consumer_secret": "simulator"},
        "stripe": {"api_key": "simulator"},
    }
    return {
        kind: Connection(
            name="shop", kind=kind, url=f"{simulator.url}/{kind}", auth=auth[kind], webhook_secrets=("simulator",)
        )
        for kind in auth
    }


@pytest.mark.parametrize("kind", WANTED)
def test_registering_twice_is_registering_once(platforms: dict[str, Connection], address: str, kind: str) -> None:
    shop, wanted = platforms[kind], set(WANTED[kind])
    first = register(shop, address, HURRIED)
    assert (set(first.added), first.removed, first.kept) == (wanted, (), ())
    assert first.secret == ("whsec_simulator" if kind == "stripe" else None)
    second = register(shop, address, HURRIED)
    assert (second.added, second.removed, set(second.kept), second.secret) == ((), (), wanted, None)
    found = subscriptions(shop, HURRIED)
    assert sorted(topic for one in found for topic in one.topics) == sorted(wanted)
    assert {one.address for one in found} == {f"{address}/webhooks/{kind}/shop"}


@pytest.mark.parametrize("kind", WANTED)
def test_removing_ends_ours_and_nobody_elses(platforms: dict[str, Connection], address: str, kind: str) -> None:
    shop = platforms[kind]
    stranger = shop.model_copy(update={"name": "somebody-else"})
    register(stranger, address, HURRIED)
    before = subscriptions(shop, HURRIED)
    register(shop, address, HURRIED)
    assert len(registration.remove(shop, address, HURRIED)) == len(before)
    assert subscriptions(shop, HURRIED) == before
    assert registration.remove(shop, address, HURRIED) == []


def test_answer_that_got_lost_leaves_nothing_double(
    platforms: dict[str, Connection], address: str, simulator: RunningSimulator
) -> None:
    """WooCommerce has the webhook, our side never learned it, and asks again."""
    path = "/woocommerce/wp-json/wc/v3/webhooks"
    simulator.break_down(path, "torn_body", after=3, times=2)
    register(platforms["woocommerce"], address, HURRIED)
    topics = [topic for one in subscriptions(platforms["woocommerce"], HURRIED) for topic in one.topics]
    assert sorted(topics) == sorted(WANTED["woocommerce"])


def test_webhook_that_was_switched_off_is_made_anew(platforms: dict[str, Connection], address: str) -> None:
    shop = platforms["woocommerce"]
    register(shop, address, HURRIED)
    one = subscriptions(shop, HURRIED)[0]
    keys = ("ck_simulator_manager", "cs_simulator")
    httpx.put(f"{shop.url}/wp-json/wc/v3/webhooks/{one.id}", json={"status": "disabled"}, auth=keys).raise_for_status()
    change = register(shop, address, HURRIED)
    assert (change.added, change.removed) == (one.topics, one.topics)
    assert all(one.is_active for one in subscriptions(shop, HURRIED))


def test_shop_that_cannot_reach_us_is_said_so(platforms: dict[str, Connection]) -> None:
    with pytest.raises(SourceError, match="could not reach http"):
        register(platforms["woocommerce"], "http://127.0.0.1:9", HURRIED)


def test_key_that_may_only_read_is_said_so(platforms: dict[str, Connection], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOO_KEY", "ck_simulator")
    with pytest.raises(SourceError, match="does not have write permissions"):
        register(platforms["woocommerce"], "http://127.0.0.1:9", HURRIED)
    monkeypatch.setenv("STRIPE", "rk_test_simulator")
    account = platforms["stripe"].model_copy(update={"auth": {"api_key": "env:STRIPE"}})
    with pytest.raises(SourceError, match="does not have the required permissions"):
        register(account, "http://127.0.0.1:9", HURRIED)


def test_address_in_the_open_is_refused(platforms: dict[str, Connection]) -> None:
    with pytest.raises(SettingsError, match="not encrypted"):
        register(platforms["shopify"], "http://books.example.com", HURRIED)


def test_platform_that_pushes_nothing_is_said_so() -> None:
    practice = Connection(name="practice", kind="dummyjson", url="https://dummyjson.com")
    with pytest.raises(SettingsError, match="pushes no news"):
        register(practice, "https://books.example.com", HURRIED)
