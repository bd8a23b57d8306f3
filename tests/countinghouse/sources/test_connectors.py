"""The declarations against answers recorded from DummyJSON and from a Stripe mock, and Stripe's own example objects."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from recordings import recording
from running_simulator import HURRIED
from scripted_source import Heard, Reply, ScriptedSource

from countinghouse.errors import SourceError
from countinghouse.extraction import extract, without
from countinghouse.settings import Connection
from countinghouse.sources import SOURCES
from countinghouse.sources.base import Rate
from countinghouse.sources.stripe import REFUNDS


def replayed(exchange: dict[str, Any]) -> Reply:
    response = exchange["response"]
    headers = dict(line.split(": ", 1) for line in response["headers"])
    kept = {name: headers[name] for name in ("Content-Type", "Retry-After", "Location") if name in headers}
    return Reply(
        response["body"] if not isinstance(response["body"], str) else response["body"].encode(),
        response["status"],
        kept,
    )


def test_every_resource_of_every_source_is_declared_soundly() -> None:
    for kind, source in SOURCES.items():
        assert source.kind == kind
        assert source.limits or not source.is_web
        for resource in source.resources:
            assert source.resource(resource.name) is resource
    with pytest.raises(KeyError):
        SOURCES["stripe"].resource("nothing")


def test_each_source_is_asked_at_the_pace_its_makers_allow() -> None:
    """DummyJSON: 100 in 10 s for an address (its own code). Stripe: 25 a second for an endpoint, 100 for an account."""
    assert SOURCES["dummyjson"].limits == (Rate(100, seconds=10),)
    assert set(SOURCES["stripe"].limits) == {Rate(25, seconds=1, each_resource=True), Rate(100, seconds=1)}


def test_refunds_listen_to_both_families_of_events_and_are_listed_again() -> None:
    """Many refunds are told through their charge alone (airbytehq/airbyte, issue 31917)."""
    assert {"refund.created", "refund.updated", "refund.failed", "charge.refunded", "charge.refund.updated"} == set(
        REFUNDS.types
    )
    assert REFUNDS.again == timedelta(days=1)


def test_a_whole_list_as_dummyjson_sends_it_is_landed(
    source: ScriptedSource, shop: Connection, landing_dir: Path
) -> None:
    everything = recording("dummyjson", "06-products-limit-zero-is-everything")
    rows = everything["response"]["body"]["products"]

    def script(heard: Heard) -> Reply:
        skip, limit = int(heard.query["skip"]), int(heard.query["limit"])
        page = rows[skip : skip + limit]
        return Reply({"products": page, "total": len(rows), "skip": skip, "limit": len(page)})

    source.script = script
    manifest = extract(shop, "products", None, landing_dir, "run-1", page_size=30)
    assert (manifest.rows, manifest.total, manifest.rejected) == (194, 194, 0)


def test_a_user_as_dummyjson_sends_it_loses_all_that_is_private_and_nothing_else(
    source: ScriptedSource, shop: Connection, landing_dir: Path
) -> None:
    exchange = recording("dummyjson", "25-users-page1")
    rows = exchange["response"]["body"]["users"]
    source.replies(Reply({**exchange["response"]["body"], "total": len(rows)}))
    manifest = extract(shop, "users", None, landing_dir, "run-1")
    kept = [json.loads(json.loads(line)["payload"]) for line in manifest.pages_path.read_text().splitlines()]
    private = {"password", "ssn", "ein", "bank", "crypto", "ip", "macAddress", "userAgent"}
    assert [set(row) for row in kept] == [set(row) - private for row in rows]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("08-products-limit-not-a-number", "400 \\(Invalid 'limit' - must be a number\\)"),
        ("36-unknown-endpoint", "404.*check the connection's url"),
        ("42-auth-products-no-token", "401 \\(Access Token is required\\)"),
        ("23-product-not-found", "404 \\(Product with id '99999' not found\\)"),
    ],
)
def test_an_error_as_dummyjson_sends_it_becomes_a_sentence(
    source: ScriptedSource, shop: Connection, landing_dir: Path, name: str, words: str
) -> None:
    source.replies(replayed(recording("dummyjson", name)))
    with pytest.raises(SourceError, match=words):
        extract(shop, "products", None, landing_dir, "run-1", patience=HURRIED)


def test_the_rate_limit_as_dummyjson_sends_it_is_waited_out(
    source: ScriptedSource, shop: Connection, landing_dir: Path
) -> None:
    limited = replayed(recording("dummyjson", "49-rate-limited"))
    assert limited.headers["Retry-After"] == "10"
    limited.headers["Retry-After"] = "0.05"
    source.replies(limited, Reply({"products": [], "total": 0, "skip": 0, "limit": 0}))
    assert extract(shop, "products", None, landing_dir, "run-1", patience=HURRIED).rows == 0
    assert len(source.heard) == 2


@pytest.mark.parametrize(
    "name", ["charges", "payment_intents", "refunds", "balance_transactions", "customers", "invoices"]
)
def test_a_list_as_a_stripe_mock_sends_it_is_landed(
    source: ScriptedSource, payments: Connection, landing_dir: Path, name: str
) -> None:
    page = recording("stripe-localstripe", f"0[3-8]-{name}")["response"]["body"]
    events = {"object": "list", "data": [], "has_more": False}
    source.script = lambda heard: Reply(events if heard.path == "/v1/events" else page | {"has_more": False})
    manifest = extract(payments, name, None, landing_dir, "run-1")
    lines = [json.loads(line) for line in manifest.pages_path.read_text().splitlines()]
    assert [line["id"] for line in lines] == [row["id"] for row in page["data"]]
    assert all(line["updated_at"] for line in lines)
    assert all("client_secret" not in line["payload"] for line in lines)


SECRETS = {"client_secret", "receipt_url", "hosted_invoice_url", "invoice_pdf"}


def names(value: Any) -> set[str]:
    """Every key, at any depth."""
    if isinstance(value, dict):
        return set(value) | {name for inner in value.values() for name in names(inner)}
    return {name for inner in value for name in names(inner)} if isinstance(value, list) else set()


@pytest.mark.parametrize("resource", SOURCES["stripe"].resources, ids=lambda resource: resource.name)
def test_stripes_own_example_objects_lose_their_secrets_and_keep_their_money(resource: Any) -> None:
    example = recording("stripe-official-fixtures", resource.name.removesuffix("s"))
    kept = without(example, resource.secrets)
    assert not names(kept) & SECRETS
    money = {"amount", "currency", "status", "created", "amount_due", "fee", "net"}
    assert {name: kept[name] for name in money & set(kept)} == {name: example[name] for name in money & set(example)}
    assert names(example) - names(kept) <= SECRETS | {"next_action", "evidence"} | names(example.get("evidence", {}))
