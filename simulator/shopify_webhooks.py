"""Shopify's webhook subscriptions, and how Shopify delivers.

docs    https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/webhookSubscriptionCreate,
        https://shopify.dev/docs/apps/build/webhooks
quirks  signed with the app's secret, the body alone; bodies are the REST resource's, here without what only repeats
        what GraphQL tells; eight repeats with the first body, then the subscription is gone; two subscriptions of one
        topic to one address are refused; the privacy topics cannot be subscribed to, they stand in the app's settings
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from simulator.hooks import SECRET, Hooks, News, Subscription, is_allowed
from simulator.shopify_catalogue import listed_variants
from simulator.shopify_graphql import QueryError, Row
from simulator.shopify_paging import connection
from simulator.shopify_parts import decimal, derived, gid, gone_at, instant
from simulator.trade.model import Changing, Customer, Order, Product, Refund, Shop
from simulator.web import to_json

VERSION = "2026-10"
DOMAIN = "shop-us.myshopify.com"


class ShopifyManners:
    """`X-Shopify-Hmac-Sha256`, and eight repeats."""

    repeats = 8
    patience = 1

    def headers(self, news: News, body: bytes, hook: Subscription, now: int) -> dict[str, str]:
        """Write the headers of one delivery."""
        digest = base64.b64encode(hmac.new(hook.secret.encode(), body, hashlib.sha256).digest()).decode()
        return {
            "Content-Type": "application/json",
            "X-Shopify-Topic": news.topic,
            "X-Shopify-Hmac-Sha256": digest,
            "X-Shopify-Shop-Domain": DOMAIN,
            "X-Shopify-API-Version": VERSION,
            "X-Shopify-Webhook-Id": f"{derived('webhook', hook.id, news.topic, news.subject, news.at):032x}",
            "X-Shopify-Event-Id": f"{derived('event', news.topic, news.subject, news.at):032x}",
            "X-Shopify-Triggered-At": f"{instant(news.at).removesuffix('Z')}.000000000Z",
        }

    def is_success(self, status: int) -> bool:
        """Any 2xx."""
        return 200 <= status < 300


def happened(shop: Shop, since: int, now: int) -> Iterator[News]:
    """Tell what happened to orders, customers and products."""

    def told(
        at: int | None, topic: str, subject: str, write: Callable[[int], Row], later_than: int = 0
    ) -> Iterator[News]:
        if at is not None and since < max(at, later_than) <= now:
            at = max(at, later_than)
            yield News(at, topic, subject, lambda: to_json(write(at)))

    def changes(name: str, row: Changing, subject: str, write: Callable[[int], Row], *more: int) -> Iterator[News]:
        # A row that was committed late is announced when it is there.
        begins = row.created + row.late
        yield from told(begins, f"{name}/create", subject, write)
        for at in sorted({change for change in (*row.changes, *more) if change > begins}):
            # `orders/updated`, but `customers/update`.
            yield from told(at, f"{name}/update{'d' if name == 'orders' else ''}", subject, write)

    def gone(number: int) -> Callable[[int], Row]:
        return lambda _: {"id": number}

    for order in shop.orders:
        yield from _of_order(order, shop, changes, told)
        yield from told(_first(order.trashed, order.deleted), "orders/delete", str(order.id), gone(order.id))
    for customer in shop.customers:
        write = lambda at, row=customer: _customer(row, at)  # noqa: E731
        yield from changes("customers", customer, str(customer.id), write)
        yield from told(customer.deleted, "customers/delete", str(customer.id), gone(customer.id))
    for product in shop.products:
        write = lambda at, row=product: _product(row, at)  # noqa: E731
        moves = [at for variant in product.variants for at in (variant.created + variant.late, *variant.changes)]
        yield from changes("products", product, str(product.id), write, *moves)
        yield from told(gone_at(product), "products/delete", str(product.id), gone(product.id))


def _of_order(order: Order, shop: Shop, changes: Callable[..., Any], told: Callable[..., Any]) -> Iterator[News]:
    def write(at: int) -> Row:
        return _order(order, shop, at)

    begins = order.created + order.late
    yield from changes("orders", order, str(order.id), write)
    yield from told(order.paid, "orders/paid", str(order.id), write, begins)
    yield from told(order.cancelled, "orders/cancelled", str(order.id), write, begins)
    for refund in order.refunds:
        yield from told(
            refund.created + refund.late,
            "refunds/create",
            str(refund.id),
            lambda at, row=refund: _refund(row, shop),
            begins,
        )


def _order(order: Order, shop: Shop, at: int) -> Row:
    return {
        "id": order.id,
        "admin_graphql_api_id": gid("Order", order.id),
        "name": order.number,
        "email": order.email,
        "phone": order.phone,
        "created_at": _local(order.created, shop),
        "updated_at": _local(order.updated(at), shop),
        "currency": shop.currency,
        "total_price": decimal(order.placed_total, shop.decimals),
        "test": order.is_test,
        "token": f"{derived('token', order.id):032x}",
        "shipping_address": {"address1": order.address.street, "city": order.address.city},
        "line_items": [{"id": line.id, "title": line.title, "quantity": line.quantity} for line in order.placed_lines],
        "refunds": [{"id": refund.id, "order_id": order.id} for refund in order.refunds_at(at)],
    }


def _refund(refund: Refund, shop: Shop) -> Row:
    return {
        "id": refund.id,
        "admin_graphql_api_id": gid("Refund", refund.id),
        "order_id": refund.order.id,
        "created_at": _local(refund.created, shop),
        "note": refund.reason,
    }


def _customer(customer: Customer, at: int) -> Row:
    return {
        "id": customer.id,
        "admin_graphql_api_id": gid("Customer", customer.id),
        "email": customer.email,
        "first_name": customer.first,
        "last_name": customer.last,
        "phone": customer.phone,
        "created_at": instant(customer.created),
        "updated_at": instant(customer.updated(at)),
    }


def _product(product: Product, at: int) -> Row:
    return {
        "id": product.id,
        "admin_graphql_api_id": gid("Product", product.id),
        "title": product.title,
        "vendor": product.brand,
        "created_at": instant(product.created),
        "variants": [
            {
                "id": one.id,
                "admin_graphql_api_id": gid("ProductVariant", one.id),
                "product_id": product.id,
                "sku": one.sku,
            }
            for one in listed_variants(product, at)
        ],
    }


def _local(at: int, shop: Shop) -> str:
    return datetime.fromtimestamp(at, shop.zone).isoformat(timespec="seconds")


def _first(*instants: int | None) -> int | None:
    return min((at for at in instants if at is not None), default=None)


def subscriptions(hooks: Hooks, arguments: Row) -> Row:
    """Answer the query of that name."""
    wanted = arguments.get("topics") or ()
    address = arguments.get("uri") or arguments.get("callbackUrl")
    found = [
        hook
        for hook in hooks.subscriptions.values()
        if hook.is_active
        and (not wanted or _enum(hook.topics[0]) in wanted)
        and (address is None or hook.address == address)
    ]
    keys = [(hook.id, hook.id) for hook in found]
    return connection("WebhookSubscriptionConnection", keys, lambda place: _row(found[place]), arguments)


def create(hooks: Hooks, arguments: Row, now: int) -> Row:
    """Answer the mutation webhookSubscriptionCreate."""
    given = arguments["webhookSubscription"]
    address = str(given.get("uri") or given.get("callbackUrl") or "")
    topic = _topic(arguments["topic"])
    if not is_allowed(address):
        return _created(None, "Address is not allowed")
    if any(
        hook.is_active and hook.topics == (topic,) and hook.address == address for hook in hooks.subscriptions.values()
    ):
        return _created(None, "Address for this topic has already been taken")
    return _created(hooks.add((topic,), address, SECRET, now))


def delete(hooks: Hooks, arguments: Row) -> Row:
    """Answer the mutation webhookSubscriptionDelete."""
    number = str(arguments["id"]).rpartition("/")[2]
    hook = hooks.remove(int(number)) if number.isdecimal() else None
    problem = None if hook else "Webhook subscription does not exist"
    return {
        "__typename": "WebhookSubscriptionDeletePayload",
        "deletedWebhookSubscriptionId": arguments["id"] if hook else None,
        "userErrors": _problems(problem, "id"),
    }


def privacy(topic: str, customer: Customer | None, shop: Shop, order_ids: list[int]) -> News:
    """Tell a request about personal data, as Shopify sends it to the address in the app's settings."""
    body: Row = {"shop_id": derived("shop", shop.name), "shop_domain": DOMAIN}
    if topic not in ("customers/data_request", "customers/redact", "shop/redact"):
        raise QueryError(f"{topic} is no privacy topic.", None)
    if customer is not None and topic != "shop/redact":
        body["customer"] = {"id": customer.id, "email": customer.email, "phone": customer.phone}
        body["orders_requested" if topic == "customers/data_request" else "orders_to_redact"] = order_ids
    if topic == "customers/data_request":
        body["data_request"] = {"id": derived("request", topic, customer.id if customer else 0)}
    return News(0, topic, str(customer.id if customer else shop.name), lambda: to_json(body))


def _created(hook: Subscription | None, problem: str | None = None) -> Row:
    return {
        "__typename": "WebhookSubscriptionCreatePayload",
        "webhookSubscription": _row(hook) if hook else None,
        "userErrors": _problems(problem, "webhookSubscription", "callbackUrl"),
    }


def _problems(problem: str | None, *where: str) -> list[Row]:
    return [{"__typename": "UserError", "field": list(where), "message": problem}] if problem else []


def _row(hook: Subscription) -> Row:
    return {
        "__typename": "WebhookSubscription",
        "id": gid("WebhookSubscription", hook.id),
        "legacyResourceId": str(hook.id),
        "topic": _enum(hook.topics[0]),
        "uri": hook.address,
        "callbackUrl": hook.address,
        "format": "JSON",
        "includeFields": [],
        "metafieldNamespaces": [],
        "createdAt": instant(hook.created),
        "updatedAt": instant(hook.created),
    }


def _enum(topic: str) -> str:
    """`ORDERS_CREATE` of `orders/create`."""
    return topic.upper().replace("/", "_")


def _topic(enum: str) -> str:
    """`orders/create` of `ORDERS_CREATE`: the last word is what happened, except where that is two."""
    name = enum.lower()
    for event in ("partially_fulfilled",):
        if name.endswith(f"_{event}"):
            return f"{name.removesuffix(f'_{event}')}/{event}"
    resource, _, event = name.rpartition("_")
    return f"{resource}/{event}"
