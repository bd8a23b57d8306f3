"""What the tests of the receiver share: starting one, and signing as each platform does, from its contract.

Shopify and WooCommerce: base64 of HMAC-SHA256 over the raw body. Stripe: hex of HMAC-SHA256 over `<time>.<body>`.
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent
SECRETS = {"shopify": "hush-shopify", "woocommerce": "hush woo; 'quoted'", "stripe": "whsec_hush"}
SOURCES = """
[[connection]]
name = "shop-us"
kind = "shopify"
url = "https://shop-us.myshopify.com"
auth = { client_id = "env:A_CLIENT_ID", client_secret = "env:A_SECRET" }
webhook_secrets = ["env:NEW_SHOPIFY", "env:HUSH_SHOPIFY"]

[[connection]]
name = "shop-eu"
kind = "woocommerce"
url = "https://shop.example"
auth = { consumer_key = "env:A_KEY", consumer_secret = "env:A_SECRET" }
webhook_secrets = ["env:HUSH_WOO"]

[[connection]]
name = "payments"
kind = "stripe"
url = "https://api.stripe.com"
auth = { api_key = "env:A_KEY" }
webhook_secrets = ["env:HUSH_STRIPE"]

[[connection]]
name = "closed"
kind = "stripe"
url = "https://api.stripe.com"
enabled = false
auth = { api_key = "env:A_KEY" }
webhook_secrets = ["env:HUSH_STRIPE"]

[[connection]]
name = "bare"
kind = "woocommerce"
url = "https://bare.example"
auth = { consumer_key = "env:A_KEY", consumer_secret = "env:A_SECRET" }

[[connection]]
name = "practice"
kind = "dummyjson"
url = "https://dummyjson.com"
"""
ENVIRONMENT = {
    "NEW_SHOPIFY": "hush-shopify-new",
    "HUSH_SHOPIFY": SECRETS["shopify"],
    "HUSH_WOO": SECRETS["woocommerce"],
    "HUSH_STRIPE": SECRETS["stripe"],
}


def write_sources(folder: Path) -> Path:
    path = folder / "sources.toml"
    path.write_text(SOURCES)
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(port: int, folder: Path, log: BinaryIO) -> subprocess.Popen[bytes]:
    """A receiver in a process of its own; its data and its sources.toml are in the folder."""
    environment = os.environ | ENVIRONMENT
    environment |= {
        "COUNTINGHOUSE_DATA_DIR": str(folder / "data"),
        "COUNTINGHOUSE_SOURCES": str(folder / "sources.toml"),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}",
    }
    command = [sys.executable, "-m", "receiver_app", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, Path(log.name).read_text()
        try:
            httpx.get(f"http://127.0.0.1:{port}/up").raise_for_status()
            return process
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the receiver did not start")


def base64_hmac(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def stripe_signature(secret: str, body: bytes, at: int) -> str:
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, hashlib.sha256).hexdigest()}"


@dataclass(frozen=True)
class Delivery:
    """One request of a platform."""

    path: str
    headers: dict[str, str]
    body: bytes


def shopify(number: int, topic: str = "orders/updated", body: dict[str, Any] | None = None) -> Delivery:
    content = {"id": 450789469 + number, "email": "jane@example.com"} if body is None else body
    data = json.dumps(content).encode()
    return Delivery(
        "/webhooks/shopify/shop-us",
        {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": base64_hmac(SECRETS["shopify"], data),
            "X-Shopify-Shop-Domain": "shop-us.myshopify.com",
            "X-Shopify-API-Version": "2026-10",
            "X-Shopify-Webhook-Id": f"b54557e4-bdd9-4b37-8a5f-{number:012d}",
            "X-Shopify-Triggered-At": "2026-11-20T09:40:00.123456789Z",
        },
        data,
    )


def woocommerce(number: int, topic: str = "order.updated", body: dict[str, Any] | None = None) -> Delivery:
    content = {"id": 700 + number, "billing": {"email": "jane@example.com"}} if body is None else body
    data = json.dumps(content).encode()
    return Delivery(
        "/webhooks/woocommerce/shop-eu",
        {
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": "https://shop.example/",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Resource": topic.split(".")[0],
            "X-WC-Webhook-Event": topic.split(".")[1],
            "X-WC-Webhook-Signature": base64_hmac(SECRETS["woocommerce"], data),
            "X-WC-Webhook-ID": "5",
            "X-WC-Webhook-Delivery-ID": f"{number:032x}",
        },
        data,
    )


def stripe(number: int, topic: str = "charge.succeeded", body: dict[str, Any] | None = None) -> Delivery:
    content = {
        "id": f"evt_{number}",
        "object": "event",
        "created": 1795000000,
        "type": topic,
        "data": {"object": {"id": f"ch_{number}", "object": "charge", "receipt_email": "jane@example.com"}},
    }
    data = json.dumps(content if body is None else body).encode()
    signature = stripe_signature(SECRETS["stripe"], data, int(time.time()))
    return Delivery(
        "/webhooks/stripe/payments",
        {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature},
        data,
    )


PLATFORMS = (shopify, woocommerce, stripe)


@dataclass
class Endpoint:
    """A receiver that runs, and what is in its inbox."""

    client: httpx.Client
    inbox: Path
    log: Path

    def send(self, delivery: Delivery) -> httpx.Response:
        return self.client.post(delivery.path, content=delivery.body, headers=delivery.headers)

    def kept(self) -> list[dict[str, Any]]:
        return kept(self.inbox)


def kept(inbox: Path) -> list[dict[str, Any]]:
    """The rows of an inbox, oldest first."""
    with closing(sqlite3.connect(inbox)) as con:
        con.row_factory = sqlite3.Row
        return [dict(row) for row in con.execute("SELECT * FROM events ORDER BY received_at, event_id")]
