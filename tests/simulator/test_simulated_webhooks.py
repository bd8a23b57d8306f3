"""The pretended platforms push as their contracts say: signed, repeated or not, and no better than a plan."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from simulator.server import running

NOW = "2026-03-20T09:40:00Z"
SUBSCRIBE = (
    "mutation S($topic: WebhookSubscriptionTopic!, $uri: String!) { webhookSubscriptionCreate(topic: $topic, "
    "webhookSubscription: {uri: $uri}) { webhookSubscription { id topic } userErrors { message } } }"
)
WOO_KEY = ("ck_simulator_manager", "cs_simulator")


class Ear:
    """Somebody who listens, and answers what a test wants."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        ear = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(ear.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.server.shutdown()
    ear.server.server_close()


@pytest.fixture(scope="module")
def simulator_url() -> Iterator[str]:
    with running(now=NOW, scale=0.3) as url:
        yield url


@pytest.fixture
def world(simulator_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator_url, timeout=60) as client:
        client.delete("/_simulator/webhooks")
        client.post("/_simulator/clock", json={"now": NOW})
        yield client


def subscribe_shopify(world: httpx.Client, topic: str, address: str) -> dict[str, Any]:
    answer = world.post(
        "/shopify/admin/api/2026-10/graphql.json",
        headers={"X-Shopify-Access-Token": "shpat_simulator"},
        json={"query": SUBSCRIBE, "variables": {"topic": topic, "uri": address}},
    )
    return answer.json()["data"]["webhookSubscriptionCreate"]


def subscribe_woocommerce(world: httpx.Client, topic: str, address: str) -> dict[str, Any]:
    order = {"topic": topic, "delivery_url": address, "secret": "hush"}
    return world.post("/woocommerce/wp-json/wc/v3/webhooks", auth=WOO_KEY, json=order).json()


def subscribe_stripe(world: httpx.Client, events: str, address: str) -> dict[str, Any]:
    return world.post(
        "/stripe/v1/webhook_endpoints",
        auth=("sk_test_simulator", ""),
        data={"url": address, "enabled_events[]": events},
    ).json()


def deliver(world: httpx.Client, days: int = 1, **plan: Any) -> dict[str, Any]:
    world.post("/_simulator/clock", json={"advance_days": days})
    return world.post("/_simulator/webhooks/deliver", json=plan).raise_for_status().json()


def test_shopify_signs_the_body_with_the_apps_secret(world: httpx.Client, ear: Ear) -> None:
    assert subscribe_shopify(world, "ORDERS_UPDATED", ear.address)["webhookSubscription"]["topic"] == "ORDERS_UPDATED"
    assert deliver(world)["taken"] == len(ear.heard) > 0
    for headers, body in ear.heard:
        digest = hmac.new(b"whsec_simulator", body, hashlib.sha256).digest()
        assert headers["x-shopify-hmac-sha256"] == base64.b64encode(digest).decode()
        assert headers["x-shopify-topic"] == "orders/updated"
        assert json.loads(body)["admin_graphql_api_id"] == f"gid://shopify/Order/{json.loads(body)['id']}"
    assert len({headers["x-shopify-webhook-id"] for headers, _ in ear.heard}) == len(ear.heard)


def test_shopify_refuses_a_second_subscription_of_one_topic_to_one_address(world: httpx.Client, ear: Ear) -> None:
    subscribe_shopify(world, "ORDERS_CREATE", ear.address)
    again = subscribe_shopify(world, "ORDERS_CREATE", ear.address)
    assert again["userErrors"] == [{"message": "Address for this topic has already been taken"}]


@pytest.mark.slow
def test_shopify_repeats_eight_times_and_then_gives_the_address_up(world: httpx.Client, ear: Ear) -> None:
    subscribe_shopify(world, "ORDERS_UPDATED", ear.address)
    ear.status = 500
    report = deliver(world)
    # The first news of the day: one try and eight repeats with the same body. Then the subscription is gone.
    first = Counter(body for _, body in ear.heard)[ear.heard[0][1]]
    assert first == 9
    assert report["failed"] >= 1
    assert [one["is_active"] for one in world.get("/_simulator/webhooks").json()] == [False]


def test_woocommerce_tries_an_address_out_and_never_repeats(world: httpx.Client, ear: Ear) -> None:
    made = subscribe_woocommerce(world, "order.updated", ear.address)
    assert made["status"] == "active"
    ((headers, body),) = ear.heard
    assert body == f"webhook_id={made['id']}".encode()
    assert not any("signature" in name for name in headers)
    ear.heard.clear()
    ear.status = 500
    report = deliver(world)
    assert len(ear.heard) == report["planned"] == report["failed"] > 5
    assert [one["is_active"] for one in world.get("/_simulator/webhooks").json()] == [False], "after six in a row"
    for headers, body in ear.heard:
        digest = hmac.new(b"hush", body, hashlib.sha256).digest()
        assert headers["x-wc-webhook-signature"] == base64.b64encode(digest).decode()


def test_woocommerce_webhook_nobody_answers_is_not_active(world: httpx.Client) -> None:
    assert subscribe_woocommerce(world, "order.updated", "http://127.0.0.1:9/hook")["status"] == "disabled"


def test_woocommerce_key_that_reads_only_sets_nothing_up(world: httpx.Client, ear: Ear) -> None:
    order = {"topic": "order.updated", "delivery_url": ear.address}
    keys = ("ck_simulator", "cs_simulator")
    assert world.post("/woocommerce/wp-json/wc/v3/webhooks", auth=keys, json=order).status_code == 401


def test_stripe_signs_time_and_body_and_tells_its_secret_once(world: httpx.Client, ear: Ear) -> None:
    made = subscribe_stripe(world, "charge.succeeded", ear.address)
    shown = world.get(f"/stripe/v1/webhook_endpoints/{made['id']}", auth=("sk_test_simulator", "")).json()
    assert ("secret" in made, "secret" in shown) == (True, False)
    assert deliver(world, days=3)["taken"] == len(ear.heard) > 0
    for headers, body in ear.heard:
        at, _, digest = headers["stripe-signature"].removeprefix("t=").partition(",v1=")
        assert digest == hmac.new(made["secret"].encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        assert abs(time.time() - int(at)) < 120
        assert json.loads(body)["type"] == "charge.succeeded"


def test_plan_says_what_is_doubled_and_lost_and_the_seed_says_it_again(world: httpx.Client, ear: Ear) -> None:
    def one_day(seed: int, is_shuffled: bool = True) -> list[bytes]:
        world.delete("/_simulator/webhooks")
        world.post("/_simulator/clock", json={"now": NOW})
        subscribe_shopify(world, "ORDERS_UPDATED", ear.address)
        ear.heard.clear()
        report = deliver(world, seed=seed, doubled=0.3, dropped=0.3, is_shuffled=is_shuffled)
        assert report["planned"] == report["taken"] - report["doubled"] + report["dropped"]
        assert min(report["doubled"], report["dropped"]) > 0
        return [body for _, body in ear.heard]

    first, again, other = one_day(1), one_day(1), one_day(2)
    assert first == again != other
    in_order = one_day(1, is_shuffled=False)
    assert first != in_order
    assert Counter(first) == Counter(in_order)


def test_nothing_is_told_of_what_was_before(world: httpx.Client, ear: Ear) -> None:
    subscribe_shopify(world, "ORDERS_UPDATED", ear.address)
    assert deliver(world, days=0)["planned"] == 0
    told = deliver(world)["planned"]
    assert told > 0
    assert deliver(world, days=0)["planned"] == 0


@pytest.mark.parametrize("address", ["https://books.example.com/hook", "http://10.0.0.7/hook", "ftp://127.0.0.1/x"])
def test_nothing_ever_leaves_this_machine(world: httpx.Client, address: str) -> None:
    assert subscribe_shopify(world, "ORDERS_UPDATED", address)["webhookSubscription"] is None
    assert subscribe_woocommerce(world, "order.updated", address)["data"]["status"] == 400
    assert "error" in subscribe_stripe(world, "*", address)
    order = {"topic": "shop/redact", "address": address}
    assert world.post("/_simulator/webhooks/privacy", json=order).status_code == 400


def test_request_about_a_whole_shop_names_no_customer(world: httpx.Client, ear: Ear) -> None:
    order = {"topic": "shop/redact", "address": ear.address}
    assert world.post("/_simulator/webhooks/privacy", json=order).json() == {"status": 200}
    assert json.loads(ear.heard[0][1]).keys() == {"shop_id", "shop_domain"}
