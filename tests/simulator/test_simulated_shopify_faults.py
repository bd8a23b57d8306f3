"""Faults of the simulator's Shopify: every query has one path, and what fails comes with 200 like what succeeds."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from simulator.audit import Heard
from simulator.server import running

PATH = "/shopify/admin/api/2026-10/graphql.json"
TOKEN = {"X-Shopify-Access-Token": "shpat_simulator"}
PAGE = "query($after: String) { orders(first: 4, after: $after) { pageInfo { endCursor } nodes { id test } } }"


@pytest.fixture(scope="module")
def world() -> Iterator[httpx.Client]:
    with running(scale=0.02) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture
def own(world: httpx.Client) -> Iterator[httpx.Client]:
    yield world
    world.delete("/_simulator/faults")


def ask(own: httpx.Client, query: str = PAGE, **variables: Any) -> Any:
    return own.post(PATH, json={"query": query, "variables": variables}, headers=TOKEN).json()


def order(own: httpx.Client, kind: str, **more: Any) -> None:
    own.post("/_simulator/faults", json=[{"path": "/shopify", "kind": kind} | more]).raise_for_status()


def test_repeated_page_is_the_one_before_of_the_same_query(own: httpx.Client) -> None:
    order(own, "repeated_page", after=2)
    first = ask(own)
    names = ask(own, "{ shop { name } }")
    assert ask(own, after=first["data"]["orders"]["pageInfo"]["endCursor"]) == first
    assert ask(own, "{ shop { name } }") == names


def test_changed_shape_is_found_inside_the_data(own: httpx.Client) -> None:
    before = ask(own)["data"]["orders"]
    order(own, "changed_shape", times=1)
    assert ask(own)["data"]["orders"] == {"pageInfo": before["pageInfo"], "items": before["nodes"]}
    order(own, "changed_shape", field="test")
    assert [one["test"] for one in ask(own)["data"]["orders"]["nodes"]] == [{"value": False}] * 4
    assert ask(own, "{ shop { name } }")["data"] == {"shop": {"name": "Countinghouse Goods"}}


def test_half_a_page_has_an_error_beside_it(own: httpx.Client) -> None:
    whole = ask(own)["data"]["orders"]["nodes"]
    order(own, "half_page")
    half = ask(own)
    assert half["data"]["orders"]["nodes"] == whole[:2]
    assert half["errors"][0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}


def test_throttled_once_it_may_be_asked_again_at_once(own: httpx.Client) -> None:
    order(own, "throttled", times=1)
    refused = ask(own)
    assert "data" not in refused
    assert refused["errors"] == [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    told = refused["extensions"]["cost"]
    lacking = told["requestedQueryCost"] - told["throttleStatus"]["currentlyAvailable"]
    assert 0 < lacking / told["throttleStatus"]["restoreRate"] < 0.1
    assert ask(own)["data"]["orders"]["nodes"]


@pytest.mark.parametrize(("kind", "told"), [("status_429", "2.0"), ("status_429_retry_after", "7")])
def test_too_many_requests_say_once_how_long_to_wait(kind: str, told: str, own: httpx.Client) -> None:
    order(own, kind, seconds=7)
    answer = own.post(PATH, json={"query": PAGE}, headers=TOKEN)
    assert (answer.status_code, answer.headers.get_list("Retry-After")) == (429, [told])


def test_a_token_is_noted_as_credentials_and_never_kept(own: httpx.Client) -> None:
    ask(own)
    heard = own.get("/_simulator/requests").json()[-1]
    assert set(heard) == set(Heard.__slots__)
    assert heard["has_credentials"]
    assert "shpat_simulator" not in str(heard)
