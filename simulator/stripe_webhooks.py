"""Stripe's webhook endpoints, and how Stripe delivers.

docs    https://docs.stripe.com/api/webhook_endpoints, https://docs.stripe.com/webhooks
quirks  the secret is shown once, when the endpoint is made; the signature covers the time as well; repeats for three
        days; the order is not promised
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from simulator.hooks import SECRET, Hooks, News, Subscription, is_allowed
from simulator.stripe_objects import API_VERSION, WRITERS
from simulator.stripe_parts import Object, list_object
from simulator.stripe_query import StripeError, read_query
from simulator.web import Request, to_json
from simulator.world import Shelf

_MOST_ENDPOINTS = 16
_EVENT = re.compile(r"\*|[a-z_]+(\.[a-z_*]+)*")


class StripeManners:
    """`Stripe-Signature: t=…,v1=…`, and repeats with growing gaps."""

    repeats = 5
    patience = None

    def headers(self, news: News, body: bytes, hook: Subscription, now: int) -> dict[str, str]:
        """Write the headers of one delivery."""
        # The receiver holds the time against its own clock, which the simulator's need not be near.
        at = int(time.time())
        digest = hmac.new(hook.secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": f"t={at},v1={digest}"}

    def is_success(self, status: int) -> bool:
        """Any 2xx."""
        return 200 <= status < 300


def happened(shelf: Shelf, since: int, now: int) -> Iterable[News]:
    """Tell every event of the account."""
    for event in shelf.between(shelf.position(since), shelf.position(now)):
        body = lambda event=event: to_json(WRITERS["events"](event, event.created))  # noqa: E731
        yield News(event.created, event.type, getattr(event.subject, "id", ""), body, event.id)


def endpoints(hooks: Hooks, request: Request, parts: list[str], now: int) -> Object:
    """Answer /v1/webhook_endpoints: list, create, retrieve, delete."""
    match request.method, parts:
        case "GET" | "HEAD", []:
            query = read_query(request)
            rows = sorted(hooks.subscriptions.values(), key=lambda hook: hook.id, reverse=True)
            if query.after is not None:
                rows = [hook for hook in rows if hook.id < _found(hooks, query.after).id]
            shown = [_row(hook) for hook in rows[: query.limit]]
            return list_object("/v1/webhook_endpoints", shown, len(rows) > query.limit)
        case "POST", []:
            return _created(hooks, request, now)
        case "GET", [name]:
            return _row(_found(hooks, name))
        case "POST", [name]:
            hook = _found(hooks, name)
            pairs = parse_qsl(request.body.decode("utf-8", "replace"))
            events = tuple(value for key, value in pairs if re.fullmatch(r"enabled_events\[\d*\]", key))
            hook.topics, hook.is_active = events or hook.topics, ("disabled", "true") not in pairs
            return _row(hook)
        case "DELETE", [name]:
            hooks.remove(_found(hooks, name).id)
            return {"id": name, "object": "webhook_endpoint", "deleted": True}
    raise StripeError(404, f"Unrecognized request URL ({request.method}: {request.path}).")


def _created(hooks: Hooks, request: Request, now: int) -> Object:
    pairs = parse_qsl(request.body.decode("utf-8", "replace"))
    given = dict(pairs)
    events = [value for name, value in pairs if re.fullmatch(r"enabled_events\[\d*\]", name)]
    for name in ("url", "enabled_events"):
        if not (given.get("url") if name == "url" else events):
            raise StripeError(400, f"Missing required param: {name}.", "parameter_missing", name)
    if not is_allowed(given["url"]):
        raise StripeError(400, "Invalid URL: the simulator delivers to 127.0.0.1 only.", "url_invalid", "url")
    for event in events:
        if not _EVENT.fullmatch(event):
            raise StripeError(400, f"Invalid enabled_events: {event}", None, "enabled_events")
    if len(hooks.subscriptions) >= _MOST_ENDPOINTS:
        raise StripeError(400, "You have reached the maximum of 16 test webhook endpoints.", "resource_limit")
    return _row(hooks.add(events, given["url"], SECRET, now)) | {"secret": SECRET}


def _found(hooks: Hooks, name: str) -> Subscription:
    for hook in hooks.subscriptions.values():
        if _name(hook) == name:
            return hook
    raise StripeError(404, f"No such webhook endpoint: '{name}'", "resource_missing", "webhook_endpoint")


def _name(hook: Subscription) -> str:
    return f"we_3countinghouse{hook.id:08d}"


def _row(hook: Subscription) -> dict[str, Any]:
    return {
        "id": _name(hook),
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": hook.created,
        "description": None,
        "enabled_events": list(hook.topics),
        "livemode": False,
        "metadata": {},
        "status": "enabled" if hook.is_active else "disabled",
        "url": hook.address,
    }
