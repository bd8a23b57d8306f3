"""One ASGI application: the pretended APIs under their prefixes, and the control beside them.

Every answer carries the simulator's clock as its Date. Requests to the APIs are written down; requests to the control
are not.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from simulator import truth
from simulator.audit import Heard, credential, without_keys
from simulator.clock import Clock
from simulator.commercetools import Commercetools, CommercetoolsTokens
from simulator.control import control
from simulator.dummyjson import DummyJson
from simulator.faults import Faults, Kind
from simulator.fx import Fx
from simulator.hooks import Hooks
from simulator.payload import Payload
from simulator.seasons import iso
from simulator.shop import FileShop, WorldShop
from simulator.shopify import Shopify, Storage
from simulator.stripe import Stripe
from simulator.tables import write_tables
from simulator.trade import truth as trade_truth
from simulator.trade.card_account import CardAccount
from simulator.trade.group import Group
from simulator.trade.model import Shop
from simulator.web import Answer, Api, Request
from simulator.woocommerce import WooCommerce
from simulator.world import World

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

DUMMYJSON, STRIPE, CONTROL = "/dummyjson", "/stripe", "/_simulator"
STRIPE_CARDS = "/stripe-cards"
PAYLOAD, WOOCOMMERCE = "/payload", "/woocommerce"
COMMERCETOOLS, COMMERCETOOLS_AUTH, FX = "/commercetools", "/commercetools-auth", "/fx"
SHOPIFY, SHOPIFY_FILES = "/shopify", "/storage"
TABLES_SHOP = "legacy"
LOGGED_REQUESTS = 100_000
_SLOW_PIECES = 20


@dataclass
class Simulator:
    """The world with its APIs.

    data    a folder with DummyJSON's own files, served instead of the practice shop; Stripe is then an empty account,
            and the other shops are there as ever
    tables  a folder into which the shop that has only tables is written, at the start and when the clock is moved
    """

    seed: int = 7
    scale: float = 1.0
    now: datetime | None = None
    data: Path | None = None
    is_limited: bool = True
    tables: Path | None = None
    requests: deque[Heard] = field(default_factory=lambda: deque(maxlen=LOGGED_REQUESTS))

    def __post_init__(self) -> None:
        self.clock = Clock(self.now)
        self.faults = Faults()
        self.world = World(self.seed, self.scale)
        self.files = FileShop(self.data) if self.data is not None else None
        if self.files is None:
            self.world.advance(self.clock.now())
        self._group: Group | None = None
        tokens = CommercetoolsTokens(self.clock, self.is_limited)
        self.shopify = Shopify(self.shop("shop-us"), self.clock, self.is_limited)
        # Each prefix is the base URL of one connection.
        self.apis: dict[str, Api] = {
            DUMMYJSON: DummyJson(self.files or WorldShop(self.world), self.clock, DUMMYJSON, self.is_limited),
            STRIPE: Stripe(None if self.files else self.world, self.clock, self.is_limited),
            STRIPE_CARDS: Stripe(CardAccount(self._shop_at, self.seed), self.clock, self.is_limited),
            WOOCOMMERCE: WooCommerce(self.shop("shop-eu"), self.clock, self.is_limited, WOOCOMMERCE),
            SHOPIFY: self.shopify,
            SHOPIFY_FILES: Storage(self.shopify),
            PAYLOAD: Payload(self.shop("studio"), self.clock, self.is_limited),
            COMMERCETOOLS: Commercetools(self.shop("shop-jp"), self.clock, tokens, self.is_limited),
            COMMERCETOOLS_AUTH: tokens,
            FX: Fx(self.clock, self.is_limited),
        }
        self.hooks: dict[str, Hooks] = {
            prefix: api.hooks for prefix, api in self.apis.items() if isinstance(api, Shopify | WooCommerce | Stripe)
        }
        self._control = control(self)
        self.write_tables()

    def shop(self, name: str) -> Callable[[int], Shop]:
        """Return what gives a shop up to an instant. Nothing is made before somebody calls it."""
        return partial(self._shop_at, name)

    def _shop_at(self, name: str, now: int) -> Shop:
        if self._group is None:
            self._group = Group(self.seed, self.scale)
        self._group.advance(now)
        return self._group.shop(name)

    def write_tables(self) -> None:
        """Write the tables of the shop that has nothing else, as of now."""
        if self.tables is not None:
            now = self.clock.now()
            write_tables(self.shop(TABLES_SHOP)(now), now, self.tables)

    def limit(self, is_limited: bool) -> None:
        """Switch the rate limits of all APIs on or off; switching forgets what was counted."""
        self.is_limited = is_limited
        for api in self.apis.values():
            api.is_limited = is_limited

    def shop_truth(self, name: str, with_orders: bool = False, as_of: int | None = None) -> dict[str, Any]:
        """Return what is true of one of the group's shops now or as of an instant. Raises KeyError for no shop."""
        now = self.clock.now() if as_of is None else as_of
        return trade_truth.of_shop(self.shop(name)(now), now, with_orders=with_orders)

    def truth(self, zone: ZoneInfo, with_orders: bool = False, as_of: int | None = None) -> dict[str, Any]:
        """Return what is true of the practice shop now or as of an instant, on request with every order."""
        now = self.clock.now() if as_of is None else as_of
        if self.files is not None:
            return truth.of_files(self.files, now, zone)
        return truth.of_world(self.world, now, zone) | (
            {"orders": truth.orders(self.world, now, zone)} if with_orders else {}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's request."""
        if scope["type"] != "http":
            await self._control(scope, receive, send)
            return
        path = scope["path"]
        prefix = next((known for known in self.apis if path == known or path.startswith(f"{known}/")), None)
        if prefix is None:
            await self._control(scope, receive, self._dated(send))
            return
        request = await _read(scope, receive, prefix)
        answer, fault = self._answer(prefix, path, request)
        heard = Heard(
            at=iso(self.clock.now()),
            method=request.method,
            path=path,
            query=without_keys(request.query),
            host=request.headers.get("host", ""),
            has_authorization="authorization" in request.headers,
            has_credentials=credential(request) is not None,
            status=None if answer.is_hung_up else answer.status,
            fault=fault,
            seconds=time.monotonic(),
        )
        self.requests.append(heard)
        await self._deliver(answer, request.method, scope, send)

    def _answer(self, prefix: str, path: str, request: Request) -> tuple[Answer, str | None]:
        api = self.apis[prefix]
        rule = self.faults.claim(path, request)
        if rule is not None:
            if rule.kind is Kind.CLOCK_MOVES:
                self.clock.set(self.clock.now() + int(rule.seconds))
                rule.hits += 1
            failure = self.faults.instead(rule, request, api)
            if failure is not None:
                return failure, rule.kind.value
        answer = api.answer(request)
        if rule is None:
            self.faults.remember(path, request, answer)
        else:
            self.faults.spoil(rule, path, request, answer)
        return answer, rule.kind.value if rule is not None else None

    def _dated(self, send: Send) -> Send:
        async def dated(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"date", self._date())]
            await send(message)

        return dated

    def _date(self) -> bytes:
        return formatdate(self.clock.now(), usegmt=True).encode()

    async def _deliver(self, answer: Answer, method: str, scope: Scope, send: Send) -> None:
        if answer.delay:
            await asyncio.sleep(answer.delay)
        if answer.is_hung_up:
            await _hang_up(scope)
            return
        headers = [(name.encode(), value.encode()) for name, value in answer.headers]
        headers.append((b"Date", self._date()))
        if answer.content_type is not None:
            headers.append((b"Content-Type", answer.content_type.encode()))
        if answer.status != 304:
            headers.append((b"Content-Length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if method == "HEAD" else answer.body
        if answer.torn_at is not None:
            await send({"type": "http.response.body", "body": body[: answer.torn_at], "more_body": True})
            await _hang_up(scope)
            return
        if answer.slow_seconds:
            size = len(body) // _SLOW_PIECES + 1
            for start in range(0, len(body), size):
                await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
                await asyncio.sleep(answer.slow_seconds / _SLOW_PIECES)
            body = b""
        await send({"type": "http.response.body", "body": body})


async def _read(scope: Scope, receive: Receive, prefix: str) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    client = (scope.get("client") or ("",))[0]
    return Request(
        scope["method"],
        scope["path"][len(prefix) :] or "/",
        scope["query_string"].decode("latin-1"),
        headers,
        body,
        client,
    )


async def _hang_up(scope: Scope) -> None:
    """Close the connection under the answer; `server.py` puts the transport into the scope."""
    scope["state"]["transport"].close()
    # Lets the server notice, so that it does not try to finish the answer itself.
    await asyncio.sleep(0.02)
