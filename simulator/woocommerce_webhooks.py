"""WooCommerce's webhooks, and how a shop delivers.

docs    https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks; class-wc-webhook.php
quirks  a new webhook is tried out with an unsigned form, `webhook_id=N`, and is not active where that is not answered
        with success; there is no repeat; more than five failures in a row switch it off; a delivery's id is made of the
        webhook and the second
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from simulator import woocommerce_catalogue as catalogue
from simulator import woocommerce_orders as orders
from simulator.deliveries import ping
from simulator.hooks import Hooks, News, Subscription, is_allowed
from simulator.trade.model import Changing, Product, Shop
from simulator.web import Request, to_json
from simulator.woocommerce_query import Refusal
from simulator.woocommerce_site import Site, customer_row

_RESOURCES = ("order", "product", "customer", "coupon")
_EVENTS = ("created", "updated", "deleted", "restored")
_FAILURES = 6
Row = dict[str, Any]
Write = Callable[[Site], Row]


class WooCommerceManners:
    """`X-WC-Webhook-Signature`, one try each."""

    repeats = 0
    patience = _FAILURES

    def headers(self, news: News, body: bytes, hook: Subscription, now: int) -> dict[str, str]:
        """Write the headers of one delivery."""
        resource, _, event = news.topic.partition(".")
        # Background jobs deliver what happened in a second within that second.
        delivery = hashlib.md5(f"{hook.id}{news.at}".encode(), usedforsecurity=False).hexdigest()
        digest = base64.b64encode(hmac.new(hook.secret.encode(), body, hashlib.sha256).digest()).decode()
        return {
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": "https://shop-eu.example/",
            "X-WC-Webhook-Topic": news.topic,
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": digest,
            "X-WC-Webhook-ID": str(hook.id),
            "X-WC-Webhook-Delivery-ID": delivery,
        }

    def is_success(self, status: int) -> bool:
        """As WordPress counts: redirects too, which it does not follow."""
        return 200 <= status < 303


def happened(shop: Shop, since: int, now: int, url: str) -> Iterator[News]:
    """Tell what happened to orders, products, customers and coupons."""

    def told(topic: str, number: int, at: int, write: Write | None) -> News:
        body: Callable[[], bytes] = lambda: to_json(write(Site(shop, at, url)) if write else {"id": number})  # noqa: E731
        return News(at, topic, str(number), body)

    def changes(name: str, row: Changing, number: int, write: Write, *more: int) -> Iterator[News]:
        # A row that was committed late is announced when it is there.
        begins = row.created + row.late
        if since < begins <= now:
            yield told(f"{name}.created", number, begins, write)
        for at in sorted({max(change, begins) for change in (*row.changes, *more)}):
            if since < at <= now and at > begins:
                yield told(f"{name}.updated", number, at, write)

    def ends(name: str, number: int, *instants: int | None) -> Iterator[News]:
        for at in instants:
            if at is not None and since < at <= now:
                yield told(f"{name}.deleted", number, at, None)

    for order in shop.orders:
        yield from changes("order", order, order.id, lambda site, row=order: orders.order_row(site, row))
        yield from ends("order", order.id, order.trashed, order.deleted)
    for product in shop.products:
        yield from _of_product(product, changes)
        yield from ends("product", product.id, product.trashed, product.deleted)
    for customer in shop.customers:
        yield from changes("customer", customer, customer.id, lambda site, row=customer: customer_row(site, row, False))
        yield from ends("customer", customer.id, customer.deleted)
    for coupon in shop.coupons:
        yield from changes("coupon", coupon, coupon.id, lambda site, row=coupon: catalogue.coupon_row(site, row, []))


def _of_product(product: Product, changes: Callable[..., Iterator[News]]) -> Iterator[News]:
    def write(site: Site) -> Row:
        return catalogue.product_row(site, product, Counter())

    if not catalogue.is_variable(product):
        # Price and stock of a simple product are its own.
        yield from changes(
            "product", product, product.id, write, *(at for one in product.variants for at in one.changes)
        )
        return
    yield from changes("product", product, product.id, write)
    for variant in product.variants:
        yield from changes(
            "product", variant, variant.id, lambda site, row=variant: _announced(catalogue.variation_row(site, row))
        )


def _announced(variation: Row) -> Row:
    """A variation is announced as a product whose type is that."""
    return {**variation, "type": "variation"}


def webhooks(hooks: Hooks, request: Request, parts: list[str], now: int) -> tuple[Any, int]:
    """Answer /webhooks: list, create, retrieve, update, delete; with the status."""
    hook = hooks.subscriptions.get(int(parts[0])) if parts and parts[0].isdecimal() else None
    if parts and hook is None:
        raise Refusal(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
    match request.method:
        case "GET" | "HEAD" if hook is None:
            return [_row(one) for one in hooks.subscriptions.values()], 200
        case "GET" | "HEAD":
            return _row(hook), 200
        case "POST" if hook is None:
            return _row(_created(hooks, _given(request), now)), 201
        case "PUT" | "POST" if hook is not None:
            hook.is_active = _given(request).get("status", "active") == "active"
            return _row(hook), 200
        case "DELETE" if hook is not None:
            if ("force", "true") not in request.parameters:
                raise Refusal(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
            hooks.remove(hook.id)
            return _row(hook), 200
    raise Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")


def _created(hooks: Hooks, given: Row, now: int) -> Subscription:
    topic, address = str(given.get("topic") or ""), str(given.get("delivery_url") or "")
    resource, _, event = topic.partition(".")
    if resource not in _RESOURCES or event not in _EVENTS:
        raise Refusal(
            400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic is required and must be valid."
        )
    if not is_allowed(address):
        message = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise Refusal(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", message)
    hook = hooks.add((topic,), address, str(given.get("secret") or "none"), now)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    hook.is_active = 200 <= ping(address, f"webhook_id={hook.id}".encode(), form) < 303
    return hook


def _given(request: Request) -> Row:
    try:
        held = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        raise Refusal(400, "rest_invalid_json", "Invalid JSON body passed.") from None
    return held if isinstance(held, dict) else {}


def _row(hook: Subscription) -> Row:
    topic = hook.topics[0]
    resource, _, event = topic.partition(".")
    return {
        "id": hook.id,
        "name": f"Webhook #{hook.id}",
        "status": "active" if hook.is_active else "disabled",
        "topic": topic,
        "resource": resource,
        "event": event,
        "hooks": [],
        "delivery_url": hook.address,
        "date_created": None,
        "date_modified": None,
    }
