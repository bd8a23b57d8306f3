"""The ledger page by page: each event once, newest first, and no page of two versions."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from api_client import Api
from published_world import World
from test_versions import folder, next_version, until_version

__all__ = ["folder"]  # a fixture


def pages(api: Api, **query: Any) -> Iterator[list[dict[str, Any]]]:
    """Every page, one after another."""
    cursor = None
    while True:
        answer = api.get("/api/ledger", **query, **({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        told = json.loads(answer.text, parse_float=Decimal)
        yield told["data"]
        cursor = told["next_cursor"]
        if cursor is None:
            return


@pytest.mark.parametrize("limit", [7, 250, 1000])
def test_pages_hold_every_event_once_newest_first(api: Api, trio: World, limit: int) -> None:
    rows = [row for page in pages(api, limit=limit) for row in page]
    assert len({row["event_key"] for row in rows}) == len(rows) == len(list(trio.events()))
    places = [(row["event_at"], row["event_key"]) for row in rows]
    assert places == sorted(places, reverse=True)
    assert sum(row["amount"] for row in rows) == sum((event.amount for event in trio.events()), Decimal(0))


def test_filters_narrow_to_exactly_what_they_say(api: Api, trio: World) -> None:
    query = {"store": "shop-de", "from": "2026-10-01", "to": "2026-10-31", "measure": "returns"}
    rows = [row for page in pages(api, limit=3, **query) for row in page]
    events = [
        event
        for event in trio.events()
        if event.order.shop.name == "shop-de"
        and date(2026, 10, 1) <= event.day <= date(2026, 10, 31)
        and event.measure == "returns"
    ]
    assert len(rows) == len(events) > 3
    assert sum(row["amount_native"] for row in rows) == sum((event.native for event in events), Decimal(0))


def test_an_orders_events_explain_its_number(api: Api, trio: World) -> None:
    order = next(order for order in trio.orders if order.returned_at)
    rows = [row for page in pages(api, order_key=order.key, limit=2) for row in page]
    events = [event for event in trio.events() if event.order.key == order.key]
    assert len(rows) == len(events)
    assert sum(row["amount"] for row in rows) == sum((event.amount for event in events), Decimal(0))
    assert {row["product_name"] for row in rows} == {line.product.name for line in order.lines}


def test_events_of_one_instant_are_parted_by_their_keys(api: Api, trio: World) -> None:
    """An order's lines are booked at one instant, so that borders of pages fall inside of such groups."""
    by_one = [row["event_key"] for page in pages(api, limit=1, order_key=trio.orders[0].key) for row in page]
    at_once = [row["event_key"] for row in next(pages(api, limit=100, order_key=trio.orders[0].key))]
    assert by_one == at_once


def test_a_cursor_of_another_version_is_refused_plainly(api_of: Any, folder: Path) -> None:
    api = api_of(folder)
    cursor = api.get("/api/ledger", limit=5).json()["next_cursor"]
    assert api.get("/api/ledger", limit=5, cursor=cursor).status_code == 200
    next_version(folder, 2)
    until_version(api, 2)
    refused = api.get("/api/ledger", limit=5, cursor=cursor)
    assert refused.status_code == 409
    assert "version 1, and version 2 is published now" in refused.json()["detail"]


def test_a_cursor_belongs_to_its_filters(api: Api) -> None:
    cursor = api.get("/api/ledger", limit=5, store="shop-us").json()["next_cursor"]
    assert api.get("/api/ledger", limit=9, store="shop-us", cursor=cursor).status_code == 200
    assert api.get("/api/ledger", limit=5, store="shop-de", cursor=cursor).status_code == 409
