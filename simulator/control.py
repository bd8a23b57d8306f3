"""The control: what a test or a demo tells the simulator, and asks of it. It is no part of any pretended API.

All of it runs on the event loop, between two requests to the APIs: a world half moved is never seen.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from simulator.clock import ClockError, parse_instant
from simulator.deliveries import Plan, Report, ping, planned, send
from simulator.faults import Kind, Rule
from simulator.hooks import SECRET, Subscription, is_allowed
from simulator.shopify_bulk import Ending
from simulator.shopify_webhooks import privacy
from simulator.trade.group import Group

if TYPE_CHECKING:
    from simulator.app import Simulator

DAY = 86400


class ClockOrder(BaseModel):
    """How to move the clock: to an instant, on by days and seconds, and whether it stands still. Done in this order."""

    model_config = ConfigDict(extra="forbid")
    now: str | None = None
    advance_days: int = 0
    advance_seconds: int = 0
    frozen: bool | None = None


class FaultOrder(BaseModel):
    """One fault; see `faults.Rule`."""

    model_config = ConfigDict(extra="forbid")
    path: str = Field(default="/", pattern="^/")
    kind: Kind
    after: int = Field(default=0, ge=0)
    times: int | None = Field(default=None, ge=1)
    seconds: float = Field(default=2.0, ge=0)
    field: str | None = None
    should_retry: bool | None = None


class LimitsOrder(BaseModel):
    """Whether the APIs limit the rate of requests."""

    model_config = ConfigDict(extra="forbid")
    enabled: bool


class BulkOrder(BaseModel):
    """How the bulk operations of the pretended Shopify go on: looks until they end, and how they end."""

    model_config = ConfigDict(extra="forbid")
    polls: int | None = Field(default=None, ge=1)
    ends: Ending | None = None


class DeliveriesOrder(BaseModel):
    """How badly the platforms deliver what happened since the last time; see `deliveries.Plan`."""

    model_config = ConfigDict(extra="forbid")
    seed: int = 0
    doubled: float = Field(default=0, ge=0, le=1)
    dropped: float = Field(default=0, ge=0, le=1)
    is_shuffled: bool = False


class PrivacyOrder(BaseModel):
    """A request about the personal data of one of Shopify's customers, and the address in the app's settings."""

    model_config = ConfigDict(extra="forbid")
    topic: Literal["customers/data_request", "customers/redact", "shop/redact"]
    address: str
    customer: int | None = None


def control(simulator: Simulator) -> FastAPI:
    """Build the control of one simulator."""
    app = FastAPI(title="Simulator control", docs_url=None, redoc_url=None, openapi_url="/_simulator/openapi.json")

    @app.get("/")
    @app.get("/_simulator")
    async def index() -> dict[str, Any]:
        return {
            "apis": sorted(simulator.apis),
            "control": sorted({getattr(route, "path", "") for route in app.routes}),
        }

    @app.get("/_simulator/health")
    async def health() -> dict[str, Any]:
        return {
            "status": "ok",
            "seed": simulator.seed,
            "scale": simulator.scale,
            "data": str(simulator.data) if simulator.data else None,
        } | _clock()

    @app.get("/_simulator/clock")
    async def clock() -> dict[str, Any]:
        return _clock()

    @app.post("/_simulator/clock")
    async def move_clock(order: ClockOrder) -> dict[str, Any]:
        try:
            if order.frozen is not None:
                simulator.clock.freeze(order.frozen)
            start = int(parse_instant(order.now).timestamp()) if order.now is not None else simulator.clock.now()
            target = start + order.advance_days * DAY + order.advance_seconds
            if order.now is not None or target != start:
                simulator.clock.set(target)
            simulator.write_tables()
        except ClockError as error:
            raise HTTPException(400, str(error)) from None
        return _clock()

    @app.get("/_simulator/truth")
    async def truth(
        timezone: str = "America/New_York", orders: bool = False, shop: str = "practice", as_of: str | None = None
    ) -> dict[str, Any]:
        try:
            at = None if as_of is None else int(parse_instant(as_of).timestamp())
        except ClockError as error:
            raise HTTPException(400, str(error)) from None
        if shop != "practice":
            if shop not in Group.names:
                known = ", ".join(("practice", *Group.names))
                raise HTTPException(400, f"{shop!r} is no shop of this simulator; it has {known}.")
            return simulator.shop_truth(shop, orders, at)
        try:
            zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise HTTPException(400, f"{timezone!r} is no time zone; write it like America/New_York.") from None
        return simulator.truth(zone, orders, at)

    @app.get("/_simulator/requests")
    async def requests() -> list[dict[str, Any]]:
        return [asdict(heard) for heard in simulator.requests]

    @app.delete("/_simulator/requests")
    async def forget_requests() -> dict[str, int]:
        count = len(simulator.requests)
        simulator.requests.clear()
        return {"forgotten": count}

    @app.get("/_simulator/faults")
    async def faults() -> list[dict[str, Any]]:
        return [asdict(rule) for rule in simulator.faults.rules]

    @app.post("/_simulator/faults")
    async def add_faults(orders: list[FaultOrder]) -> list[dict[str, Any]]:
        simulator.faults.rules.extend(Rule(**order.model_dump()) for order in orders)
        return await faults()

    @app.delete("/_simulator/faults")
    async def clear_faults() -> dict[str, int]:
        count = len(simulator.faults.rules)
        simulator.faults.clear()
        return {"cleared": count}

    @app.get("/_simulator/bulk")
    async def bulk() -> dict[str, Any]:
        return {"polls": simulator.shopify.bulk.polls, "ends": simulator.shopify.bulk.ends}

    @app.post("/_simulator/bulk")
    async def set_bulk(order: BulkOrder) -> dict[str, Any]:
        knobs = simulator.shopify.bulk
        knobs.polls, knobs.ends = order.polls or knobs.polls, order.ends or knobs.ends
        return await bulk()

    @app.get("/_simulator/limits")
    async def limits() -> dict[str, bool]:
        return {"enabled": simulator.is_limited}

    @app.post("/_simulator/limits")
    async def set_limits(order: LimitsOrder) -> dict[str, bool]:
        simulator.limit(order.enabled)
        return await limits()

    @app.get("/_simulator/webhooks")
    async def webhooks() -> list[dict[str, Any]]:
        return [
            {"api": prefix, "id": hook.id, "topics": hook.topics, "address": hook.address, "is_active": hook.is_active}
            for prefix, hooks in simulator.hooks.items()
            for hook in hooks.subscriptions.values()
        ]

    @app.delete("/_simulator/webhooks")
    async def forget_webhooks() -> dict[str, int]:
        count = sum(len(hooks.subscriptions) for hooks in simulator.hooks.values())
        for hooks in simulator.hooks.values():
            hooks.subscriptions.clear()
            hooks.told_until = None
        return {"forgotten": count}

    @app.post("/_simulator/webhooks/deliver")
    async def deliver(order: DeliveriesOrder) -> dict[str, Any]:
        report = Report()
        plan = Plan(order.seed, order.doubled, order.dropped, order.is_shuffled)
        # Planned on the loop, where the world stands still, and sent beside it: the receivers ask for rows meanwhile.
        found = planned(list(simulator.hooks.values()), simulator.clock.now(), plan, report)
        await asyncio.to_thread(send, found, report)
        return report.as_dict()

    @app.post("/_simulator/webhooks/privacy")
    async def ask_about_privacy(order: PrivacyOrder) -> dict[str, int]:
        if not is_allowed(order.address):
            raise HTTPException(400, "The simulator delivers to 127.0.0.1 only.")
        shop = simulator.shop("shop-us")(simulator.clock.now())
        customer = next((one for one in shop.customers if one.id == order.customer), None)
        orders = [one.id for one in shop.orders if customer is not None and one.customer is customer]
        news = privacy(order.topic, customer, shop, orders)
        hook, body = Subscription(0, (order.topic,), order.address, SECRET, 0), news.body()
        headers = simulator.shopify.hooks.manners.headers(news, body, hook, simulator.clock.now())
        return {"status": await asyncio.to_thread(ping, order.address, body, headers)}

    def _clock() -> dict[str, Any]:
        now = simulator.clock.now()
        return {
            "now": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "unix": now,
            "frozen": simulator.clock.is_frozen,
        }

    return app
