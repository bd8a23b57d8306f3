"""A Shopify shop as the tests of its connector read it: the simulated one, or answers that a test writes."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from running_simulator import HURRIED
from scripted_source import Reply

from countinghouse.extraction import extract
from countinghouse.landing import Manifest
from countinghouse.settings import Connection
from countinghouse.sources.shopify_asking import PATH

NOW = "2026-03-20T09:40:00Z"
Row = dict[str, Any]


def connected(url: str, patch: pytest.MonkeyPatch, token: str = "shpat_simulator", **options: str) -> Connection:
    patch.setenv("SHOP_TOKEN", token)
    return Connection(
        name="shop", kind="shopify", url=url, auth={"access_token": "env:SHOP_TOKEN"}, options={"history": "pages"}
    ).model_copy(update={"options": {"history": "pages", **options}})


def read(
    store: Connection, resource: str, folder: Path, cursor: str | None = None, size: int | None = None
) -> Manifest:
    return extract(store, resource, cursor, folder, "run-1", page_size=size, patience=HURRIED)


def lines(manifest: Manifest) -> list[Row]:
    return [json.loads(line) for line in manifest.pages_path.read_text().splitlines()]


def hashes(manifest: Manifest) -> dict[str, str]:
    return {line["id"]: line["payload_hash"] for line in lines(manifest)}


def payloads(manifest: Manifest) -> list[Row]:
    return [json.loads(line["payload"]) for line in lines(manifest)]


def asked(store: Connection, query: str) -> Row:
    """The shop's own answer, past our connector."""
    headers = {"X-Shopify-Access-Token": "shpat_simulator"}
    return httpx.post(store.url + PATH, json={"query": query}, headers=headers).json()["data"]


def answer(data: Row | None = None, errors: Any = None, **cost: Any) -> Reply:
    status = {"currentlyAvailable": 2000, "maximumAvailable": 2000, "restoreRate": 100}
    shown = {"requestedQueryCost": 10, "actualQueryCost": 10, "throttleStatus": {**status, **cost}}
    body: Row = {"extensions": {"cost": shown}}
    body |= {"data": data} if data is not None else {}
    body |= {"errors": errors} if errors is not None else {}
    return Reply(body, headers={"X-Shopify-API-Version": "2026-10"})


def scopes() -> Reply:
    names = ("read_orders", "read_all_orders", "read_products", "read_customers", "read_locations")
    return answer({"currentAppInstallation": {"accessScopes": [{"handle": name} for name in names]}})


def collections(*ids: int, after: str | None = None, at: str = "09:00:00", **cost: Any) -> Reply:
    nodes = [{"id": f"gid://shopify/Collection/{id}", "updatedAt": f"2026-11-20T{at}Z"} for id in ids]
    info = {"hasNextPage": after is not None, "endCursor": after}
    return answer({"collections": {"pageInfo": info, "nodes": nodes}}, **cost)


def fault(message: str, code: str) -> list[Row]:
    return [{"message": message, "extensions": {"code": code}}]


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self, waits: list[float]) -> None:
        self._waits = waits
        self._moment = 0.0

    def monotonic(self) -> float:
        return self._moment

    def sleep(self, seconds: float) -> None:
        self._waits.append(round(seconds, 3))
        self._moment += seconds
