"""Every recorded list and refusal of the shop platforms, sent to its connector as the server sent it."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from recordings import recording
from running_simulator import HURRIED
from scripted_source import Heard, Reply, ScriptedSource
from test_connectors import replayed

from countinghouse.connections import Connection, connection_of
from countinghouse.errors import SourceError
from countinghouse.extraction import extract
from countinghouse.sources.stripe import _SECRET as STRIPES

ADMIN = {"user": {"id": 1, "roles": ["admin"]}, "collection": "users"}
LOGIN = {"message": "Authentication Passed", "exp": 2_000_000_000, "token": "a.token"}
TOKEN = {"access_token": "a-long-token", "expires_in": 3600, "scope": "view_orders:demo"}
NO_EVENTS = {"object": "list", "data": [], "has_more": False}

# The resource, then the recordings of its list or of single rows of it.
LISTS = {
    "woocommerce": {
        "orders": "08 10 11 13 15 17 20 21 22 23 24 26 27 29",
        "refunds": "14",
        "products": "39 40 42 43 44",
        "product_variations": "41",
        "customers": "47 48 49 50",
        "coupons": "52",
        "categories": "46",
    },
    "commercetools": {
        "orders": "13 17 18 19 20 21 22 23 24 25 31",
        "payments": "12 14 15",
        "customers": "07",
        "products": "08",
        "categories": "10",
        "carts": "11 16",
    },
    "payload": {
        "users": "14 24",
        "addresses": "15",
        "categories": "16",
        "variant_types": "17 29",
        "variant_options": "18",
        "products": "19 25 42 44",
        "variants": "20 26",
        "carts": "21 27 45 47",
        "transactions": "22 28 48 74",
        "orders": "23 30 31 32 33 34 35 36 37 38 39 40 41 49 50 51 52 54 71 75",
    },
    "stripe": {
        "customers": "03",
        "payment_intents": "04 26 27",
        "charges": "05 24 25",
        "refunds": "06",
        "invoices": "07",
        "balance_transactions": "08",
    },
}
SERVERS = {"stripe": "stripe-localstripe"}
# What a connector takes away by name, and WooCommerce's meta_data, which is thinned out.
DROPPED = {
    "woocommerce": {"order_key", "cart_hash", "payment_url", "customer_ip_address", "customer_user_agent", "_links"}
    | {"avatar_url", "used_by", "meta_data", "post_password", "downloads", "reviewer_avatar_urls"},
    "commercetools": {"password", "anonymousId", "interfaceInteractions"},
    "payload": {"accessToken", "secret", "sessions", "loginAttempts", "lockUntil", "apiKey"},
    "stripe": set(STRIPES),
}


@pytest.fixture(autouse=True)
def no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countinghouse.sources.session.throttles", lambda url, rates, what: [])
    monkeypatch.setattr("countinghouse.sources.session._purses", {})


def connected(kind: str, url: str, monkeypatch: pytest.MonkeyPatch) -> Connection:
    keys = {
        "woocommerce": ("consumer_key", "consumer_secret"),
        "commercetools": ("client_id", "client_secret"),
        "payload": ("email", "password"),
        "stripe": ("api_key",),
    }[kind]
    for key in keys:
        monkeypatch.setenv(f"A_{key.upper()}", f"hush-{key}")
    own = {"project_key": "demo", "auth_url": url} if kind == "commercetools" else {}
    auth = {key: f"env:A_{key.upper()}" for key in keys}
    return connection_of("a test", 1, {"name": "shop", "kind": kind, "url": url, "auth": auth, **own})


def listed(kind: str, rows: list[Any], heard: Heard) -> Reply:
    """The rows as a whole list of the platform; whoever asks is known and may see them."""
    preliminaries = {"/oauth/token": TOKEN, "/users/login": LOGIN, "/users/me": ADMIN, "/v1/events": NO_EVENTS}
    for path, body in preliminaries.items():
        if heard.path.endswith(path):
            return Reply(body)
    if kind == "woocommerce":
        if heard.path.endswith("/products") and heard.query.get("_fields"):
            rows = [{"id": 18}]
        shown = [] if heard.query.get("status") == "trash" else rows
        return Reply(shown, headers={"X-WP-Total": str(len(shown)), "X-WP-TotalPages": "1"})
    return Reply(
        {
            "commercetools": {"results": rows},
            "payload": {"docs": rows, "hasNextPage": False, "totalDocs": len(rows)},
            "stripe": {"object": "list", "data": rows, "has_more": False},
        }[kind]
    )


def rows_of(body: Any) -> list[Any]:
    if isinstance(body, list):
        return body
    return next((body[name] for name in ("results", "docs", "data") if isinstance(body.get(name), list)), [body])


def less(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: less(inner, names) for name, inner in value.items() if name not in names}
    return [less(inner, names) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("kind", "resource", "number"),
    [
        (kind, resource, number)
        for kind, lists in LISTS.items()
        for resource, numbers in lists.items()
        for number in numbers.split()
    ],
)
def test_rows_are_landed_as_they_were_sent_less_what_must_not_be_kept(
    kind: str, resource: str, number: str, source: ScriptedSource, landing_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = recording(SERVERS.get(kind, kind), f"{number}-")
    # Read again with every digit, as it stood in the body.
    body = json.loads(json.dumps(exchange["response"]["body"]), parse_float=Decimal)
    sent = rows_of(body)
    rows = rows_of(exchange["response"]["body"])
    if kind == "woocommerce":
        rows = sorted(rows, key=lambda row: row["id"])
    source.script = lambda heard: listed(kind, rows, heard)
    shop = connected(kind, source.url, monkeypatch)
    manifest = extract(shop, resource, None, landing_dir, "run-1", patience=HURRIED)
    lines = [json.loads(line) for line in manifest.pages_path.read_text().splitlines()]
    assert manifest.rejected == 0
    assert {line["id"] for line in lines} == {str(row["id"]) for row in sent}
    is_cart = kind == "payload" and resource == "carts"
    dropped = DROPPED[kind] | ({"status"} if is_cart else set())
    kept = {line["id"]: json.loads(line["payload"], parse_float=Decimal) for line in lines}
    parent = {"parent_id": 18} if resource == "product_variations" else {}
    for row in sent:
        assert less(kept[str(row["id"])], {"meta_data"}) == less(parent | row, dropped)


@pytest.mark.parametrize(
    ("kind", "resource", "number", "words"),
    [
        ("woocommerce", "orders", "01", r"401 \(Sorry, you cannot list resources\)\. .*variable A_CONSUMER_KEY and"),
        ("woocommerce", "orders", "04", r"401 \(Sorry, you cannot list resources\)\. .*variable A_CONSUMER_KEY and"),
        ("woocommerce", "orders", "31", r"400 \(Invalid parameter\(s\): per_page\)\. The request itself was refused"),
        ("woocommerce", "orders", "32", r"400 \(Invalid parameter\(s\): page\)"),
        ("woocommerce", "orders", "33", r"400 \(Invalid parameter\(s\): orderby\)"),
        ("woocommerce", "orders", "34", r"400 \(Invalid parameter\(s\): status\)"),
        ("woocommerce", "refunds", "37", r"404 \(No route was found.*check the connection's url"),
        ("payload", "orders", "05", r"403 \(You are not allowed to perform this action\)\. .*variable A_EMAIL and"),
        ("payload", "orders", "09", r"403 \(You are not allowed to perform this action\)"),
        ("payload", "transactions", "79", r"403 .*no right to read transactions"),
        ("payload", "carts", "46", r"400 \(The following path cannot be queried: status\)"),
        ("payload", "orders", "58", r"400 \(The following path cannot be queried: nosuch\)"),
        ("payload", "orders", "56", r"500 \(An unknown error occurred\); tried \d times"),
        ("payload", "orders", "68", r'404 \(Route not found "/api/nosuch"\)\. .*check the connection\'s url'),
        ("commercetools", "orders", "26", r"400 \(Unexpected token: \(eof\) \(at 1:3\)\)"),
        ("commercetools", "orders", "05", r"401 \(This endpoint requires an access token.*A_CLIENT_ID and the"),
        ("commercetools", "orders", "34", r"404 \(Route GET:/demo-project/nosuch not found\)"),
        ("stripe", "charges", "01", r"401 \(You did not provide an API key.*correct the variable A_API_KEY"),
        ("stripe", "charges", "02", r"401 \(Invalid API Key provided.*correct the variable A_API_KEY"),
        ("stripe", "charges", "10", r"404 \(No matching path: /v1/nosuch\)"),
        ("stripe", "charges", "12", r"429 \(Too many requests in a period of time\); tried \d times"),
        ("stripe", "charges", "13", r"500 \(An unknown error occurred\); tried \d times"),
    ],
)
def test_a_refusal_becomes_a_sentence_and_nothing_is_landed(
    kind: str,
    resource: str,
    number: str,
    words: str,
    source: ScriptedSource,
    landing_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = replayed(recording({"stripe": "stripe-stateful-mock"}.get(kind, kind), f"{number}-"))

    def script(heard: Heard) -> Reply:
        is_preliminary = re.search(r"/oauth/token$|/users/(login|me)$", heard.path)
        return listed(kind, [], heard) if is_preliminary else refusal

    source.script = script
    with pytest.raises(SourceError, match=words) as caught:
        extract(connected(kind, source.url, monkeypatch), resource, None, landing_dir, "run-1", patience=HURRIED)
    assert "hush" not in str(caught.value)
    assert not list(landing_dir.rglob("manifest.json"))


@pytest.mark.parametrize(
    ("kind", "number", "words"),
    [
        ("payload", "02", r"401 \(The email or password provided is incorrect\)\. .*A_EMAIL and the variable A_PASSW"),
        ("payload", "03", r"400 \(The following field is invalid: password\)\. .*A_EMAIL and the variable A_PASSW"),
        ("payload", "04", r"400 \(An unknown error occurred\)"),
        ("payload", "80", r"401 \(This user is locked due to having too many failed login attempts\)"),
        ("commercetools", "02", r"401 \(Please provide valid client credentials"),
        ("commercetools", "03", r"400 \(Missing required parameter: grant_type\)"),
        ("commercetools", "04", r"400 \(Invalid parameter: grant_type"),
    ],
)
def test_a_login_that_is_refused_is_asked_for_once(
    kind: str, number: str, words: str, source: ScriptedSource, landing_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.replies(replayed(recording(kind, f"{number}-")))
    shop = connected(kind, source.url, monkeypatch)
    for resource in ("orders", "products"):
        with pytest.raises(SourceError, match=words):
            extract(shop, resource, None, landing_dir, "run-1", patience=HURRIED)
    assert len(source.heard) == 1


def test_what_anybody_sees_of_a_payload_shop_is_an_error_and_not_a_smaller_shop(
    source: ScriptedSource, landing_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recorded list holds 17 products where an administrator sees 18, and says nothing of it."""
    anybodys, nobody = recording("payload", "07-")["response"]["body"], recording("payload", "08-")["response"]["body"]
    asked: list[str] = []

    def script(heard: Heard) -> Reply:
        asked.append(heard.path)
        if heard.path.endswith("/users/login"):
            return Reply(LOGIN)
        if heard.path.endswith("/users/me"):
            # The login is taken for good at first and is dead whenever it is asked about after the list.
            return Reply(ADMIN if asked[-2].endswith("/login") else nobody)
        return Reply(anybodys | {"hasNextPage": False})

    source.script = script
    with pytest.raises(SourceError, match=r"the list changed each of the 3 times it was read .the login ended while"):
        extract(connected("payload", source.url, monkeypatch), "products", None, landing_dir, "run-1", patience=HURRIED)
    assert not list(landing_dir.rglob("manifest.json"))


def test_events_as_a_stripe_mock_sends_them_name_the_payments_to_read(
    source: ScriptedSource, landing_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = recording("stripe-localstripe", "09-")["response"]["body"]

    def script(heard: Heard) -> Reply:
        if heard.path == "/v1/events":
            return Reply(page | {"has_more": False})
        if heard.path == "/v1/payment_intents":
            return Reply(NO_EVENTS)
        return Reply({"id": heard.path.rpartition("/")[2], "object": "payment_intent", "created": 1_794_900_000})

    source.script = script
    # Last read on Tuesday at 07:20 UTC; the events are of that afternoon and of the next morning.
    cursor = json.dumps({"read_at": 1_794_900_000})
    shop = connected("stripe", source.url, monkeypatch)
    manifest = extract(shop, "payment_intents", cursor, landing_dir, "run-1", patience=HURRIED)
    lines = [json.loads(line) for line in manifest.pages_path.read_text().splitlines()]
    assert manifest.mode == "incremental"
    assert {line["id"]: line["updated_at"] for line in lines} == {
        "pi_It0GzoDZqHVKKI": "2026-11-17T15:27:39",
        "pi_7CH2jlXk9DL8PS": "2026-11-18T05:30:03",
    }
