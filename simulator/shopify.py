"""Shopify's Admin API, as far as someone who only reads needs it.

docs    https://shopify.dev/docs/api/admin-graphql, version 2026-10
paging  connections, first/after, at most 250; a list ends after 25,000 rows
limit   points: a bucket of 2000 that fills by 100 a second; an empty one is HTTP 200 with THROTTLED; 1000 a query
quirks  errors come with 200; times in search strings need quotes; unknown filters are passed over; without
        read_all_orders what is older than sixty days is simply not there
"""

import re
import time
from collections.abc import Callable
from typing import Any

import msgspec

from simulator.clock import Clock
from simulator.hooks import Hooks
from simulator.shopify_access import Reader, Tokens
from simulator.shopify_bulk import Bulk
from simulator.shopify_graphql import NotAnswerable, Query, Row, Step, answer
from simulator.shopify_index import Index
from simulator.shopify_lists import Root
from simulator.shopify_orders import order_row
from simulator.shopify_parts import View
from simulator.shopify_webhooks import ShopifyManners, create, delete, happened, subscriptions
from simulator.trade.model import Shop
from simulator.web import Answer, Request, to_json

VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
BUCKET, REFILL, DEAREST = 2000.0, 100.0, 1000
_PATH = re.compile(r"/admin/api/(\d{4}-\d{2}|unstable)/graphql\.json")
_DEPRECATIONS = "https://shopify.dev/api/usage/versioning#deprecation-practices"
_THROTTLED: Row = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}

Source = Callable[[int], Shop]  # the shop as of an instant, brought up to date


class Shopify:
    """Answers requests below /admin.

    bulk   the bulk operations, with the knobs of how they go
    hooks  who is told of what
    """

    def __init__(self, shop: Source, clock: Clock, is_limited: bool = True) -> None:
        self._shop = shop
        self._clock = clock
        self._index: Index | None = None
        self._tokens = Tokens()
        self.bulk = Bulk()
        self.hooks = Hooks(ShopifyManners(), lambda since, until: happened(shop(until), since, until))
        self._is_limited = is_limited
        self._level, self._filled = BUCKET, time.monotonic()

    @property
    def is_limited(self) -> bool:
        """Whether the bucket can run empty; setting it fills it."""
        return self._is_limited

    @is_limited.setter
    def is_limited(self, is_limited: bool) -> None:
        self._is_limited = is_limited
        self._level, self._filled = BUCKET, time.monotonic()

    def answer(self, request: Request) -> Answer:
        """Answer one request; never raises for what a client can do."""
        now = self._clock.now()
        if request.path == "/admin/oauth/access_token" and request.method == "POST":
            return self._tokens.give(request, now)
        path = _PATH.fullmatch(request.path)
        if path is None:
            return Answer(404, to_json({"errors": "Not Found"}))
        if request.method != "POST":
            return Answer(405, to_json({"errors": "Method Not Allowed"}), headers=[("Allow", "POST")])
        reader = self._tokens.reader(request, now)
        if reader is None:
            return self.refusal(request, 401)
        headers = [("X-Shopify-API-Version", served(path[1])), ("X-Request-Id", f"{now:08x}-simulator")]
        shown = self._graphql(request, reader, now, headers)
        status = 400 if isinstance(shown.get("errors"), dict) else 200
        return Answer(status, to_json(shown), headers=headers)

    def refusal(self, request: Request, status: int) -> Answer:
        """Word a failure as Shopify does; 200 is the one of GraphQL that has spent its points."""
        if status == 401:
            message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return Answer(
                401, to_json({"errors": message}), headers=[("WWW-Authenticate", 'Basic realm="Shopify API"')]
            )
        if status == 429:
            message = (
                "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."
            )
            return Answer(429, to_json({"errors": message}), headers=[("Retry-After", "2.0")])
        if status == 200:
            cost = self._cost(10, None)
            cost["cost"]["throttleStatus"]["currentlyAvailable"] = 9.0
            return Answer(200, to_json({"errors": [_THROTTLED], "extensions": cost}))
        return Answer(status, to_json({"errors": "Internal Server Error"}))

    def storage(self, request: Request) -> Answer:
        """Answer the other host, where the files of bulk operations lie."""
        return self.bulk.file(request, self._clock.now())

    def _graphql(self, request: Request, reader: Reader, now: int, headers: list[tuple[str, str]]) -> Row:
        asked = _asked(request)
        text = asked.get("query")
        if not isinstance(text, str) or not text.strip():
            return {"errors": {"query": "Required parameter missing or invalid"}}
        try:
            query = Query(text, asked.get("variables") or {}, asked.get("operationName"))
        except NotAnswerable as error:
            return {"errors": error.errors}
        if query.uses_deprecated:
            headers.append(("X-Shopify-Api-Deprecated-Reason", _DEPRECATIONS))
        cost = query.cost
        if cost > DEAREST:
            words = f"Query cost is {cost}, which exceeds the single query max cost limit ({DEAREST})."
            more = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": DEAREST}
            return {"errors": [{"message": words, "extensions": more}], "extensions": self._cost(cost, None)}
        self._fill()
        if self._is_limited and cost > self._level:
            return {"errors": [_THROTTLED], "extensions": self._cost(cost, None)}
        root = Root(self._view(reader, now), reader)
        result = answer(query, lambda step: self._read(step, root, request, now))
        if self._is_limited:
            self._level -= result.cost
        shown: Row = {"data": result.data}
        if result.errors:
            shown["errors"] = result.errors
        shown["extensions"] = self._cost(cost, result.cost)
        if root.warnings:
            shown["extensions"]["search"] = root.warnings
        return shown

    def _read(self, step: Step, root: Root, request: Request, now: int) -> Any:
        host = request.headers.get("host", "")
        match step.name:
            case "bulkOperationRunQuery":
                return self.bulk.run(step.arguments["query"], root, now)
            case "bulkOperationCancel":
                return self.bulk.cancel(step.arguments["id"], now)
            case "currentBulkOperation":
                return self.bulk.newest(now, host)
            case "webhookSubscriptions":
                return subscriptions(self.hooks, step.arguments)
            case "webhookSubscriptionCreate":
                return create(self.hooks, step.arguments, now)
            case "webhookSubscriptionDelete":
                return delete(self.hooks, step.arguments)
            case "bulkOperation":
                return self.bulk.poll(step.arguments["id"], now, host)
        wanted = step.arguments.get("id", "")
        if step.name == "node" and isinstance(wanted, str) and "/BulkOperation/" in wanted:
            return self.bulk.poll(wanted, now, host)
        return root.read(step)

    def _view(self, reader: Reader, now: int) -> View:
        shop = self._shop(now)
        if self._index is None or self._index.shop is not shop:
            self._index = Index(shop)
        self._index.grow()
        return View(self._index, now, reader.oldest(now), reader.sees_personal, order_row, reader.check)

    def _fill(self) -> None:
        at = time.monotonic()
        self._level = min(BUCKET, self._level + (at - self._filled) * REFILL)
        self._filled = at

    def _cost(self, requested: int, actual: int | None) -> Row:
        level = float(int(self._level)) if self._is_limited else BUCKET
        return {
            "cost": {
                "requestedQueryCost": requested,
                "actualQueryCost": actual,
                "throttleStatus": {
                    "maximumAvailable": BUCKET,
                    "currentlyAvailable": level,
                    "restoreRate": REFILL,
                },
            }
        }


class Storage:
    """The host of the files, as an API of its own."""

    def __init__(self, shopify: Shopify) -> None:
        self._shopify = shopify
        self.is_limited = False

    def answer(self, request: Request) -> Answer:
        """Answer one request for a file."""
        return self._shopify.storage(request)

    def refusal(self, request: Request, status: int) -> Answer:
        """Word a failure as a storage does."""
        body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>Error{status}</Code></Error>"
        return Answer(status, body.encode(), "application/xml; charset=UTF-8")


def served(asked: str) -> str:
    """Return the version that answers: the oldest supported one for those that are no more."""
    return asked if asked == "unstable" else min(max(asked, VERSIONS[0]), VERSIONS[-1])


def _asked(request: Request) -> Row:
    if "application/graphql" in request.headers.get("content-type", ""):
        return {"query": request.body.decode("utf-8", "replace")}
    try:
        held = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        return {}
    return held if isinstance(held, dict) else {}
