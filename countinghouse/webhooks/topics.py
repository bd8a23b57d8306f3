"""What a delivery says: which event it is, and which objects of the connection it names.

Only names are taken from a body. A topic that stands in a header is not signed: somebody who has kept one genuine
delivery could send it again under another topic. So the body has to look like its topic, and nothing is believed but
that an object may have changed: whether an order is gone, only its API can say.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

from countinghouse.connections import Connection
from countinghouse.errors import DeliveryError
from countinghouse.sources import SOURCES
from countinghouse.sources.changes import EventFeed
from countinghouse.sources.exact_json import OBJECT, UNREADABLE, decoded
from countinghouse.sources.modified import instant
from countinghouse.webhooks.signatures import Headers

# https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance: every app in its store must take these.
PRIVACY_TOPICS = frozenset({"customers/data_request", "customers/redact", "shop/redact"})
UNINSTALLED = "app/uninstalled"

_TOPIC = re.compile(r"[a-z0-9_]+(?:[./][a-z0-9_]+){1,4}")
_EVENT_ID = re.compile(r"[A-Za-z0-9_.:+/=-]{1,255}")
_OBJECT_ID = re.compile(r"[A-Za-z0-9_]{1,255}")
_PING = re.compile(rb"webhook_id=[0-9]{1,20}")
_SHOP_HOST = ".myshopify.com"


class Named(msgspec.Struct, frozen=True, array_like=True):
    """An object that an event names, as the connection's resource knows it.

    narrows  None: `id` is the row's own. Else the rows are those whose field of this name holds `id`, such as the
             refunds of a charge
    """

    resource: str
    id: str
    narrows: str | None = None


@dataclass(frozen=True)
class Event:
    """One event of a connection: its name, under which it counts once, and what it names."""

    connection: str
    id: str
    kind: str
    topic: str
    objects: tuple[Named, ...] = ()
    happened_at: datetime | None = None  # by the platform's clock, UTC

    @property
    def is_private(self) -> bool:
        """Whether it is a request about somebody's personal data."""
        return self.kind == "shopify" and self.topic in PRIVACY_TOPICS

    @property
    def is_news(self) -> bool:
        """Whether there is anything to do for it: a merchant may subscribe to more than the books need."""
        return bool(self.objects) or self.is_private or self.topic == UNINSTALLED


@dataclass(frozen=True)
class _Place:
    """Where in a body objects are named: `id`, `order_edit.order_id`, `variants[].id`."""

    resource: str
    path: str = "id"
    prefix: str = ""  # in front of the number, where the resource's ids are longer
    narrows: str | None = None
    is_needed: bool = False  # a body without it is not what its topic promises

    def named(self, body: Mapping[str, Any]) -> Iterator[Named]:
        """The objects, in the order of the body; DeliveryError for what cannot be an id."""
        is_found = False
        for value in _values(body, self.path.split(".")):
            own: Any = cast(dict[str, Any], value).get("id") if isinstance(value, dict) else value  # an expanded one
            if own is None or own == 0:
                continue
            is_found = True
            yield Named(self.resource, self.prefix + _id(own, self.path), self.narrows)
        if self.is_needed and not is_found:
            raise DeliveryError(f"The body names no object: '{self.path}' is missing in it.")


def _places(resource: str, kind: str, topics: str, path: str = "id") -> dict[str, tuple[_Place, ...]]:
    place = _Place(resource, path, f"gid://shopify/{kind}/", is_needed=True)
    return {topic: (place,) for topic in topics.split()}


_VARIANTS = _Place("product_variants", "variants[].id", "gid://shopify/ProductVariant/")
_PRODUCT = _Place("products", "id", "gid://shopify/Product/", is_needed=True)
_REDACTED = _Place("customers", "customer.id", "gid://shopify/Customer/", is_needed=True)

SHOPIFY_TOPICS: Mapping[str, tuple[_Place, ...]] = {
    **_places(
        "orders",
        "Order",
        "orders/create orders/updated orders/paid orders/cancelled orders/fulfilled orders/partially_fulfilled "
        "orders/delete",
    ),
    **_places("orders", "Order", "orders/edited", "order_edit.order_id"),
    # What hangs on an order is read with it.
    **_places("orders", "Order", "refunds/create order_transactions/create", "order_id"),
    **_places("orders", "Order", "fulfillments/create fulfillments/update", "order_id"),
    **_places(
        "customers",
        "Customer",
        "customers/create customers/update customers/enable customers/disable customers/delete",
    ),
    **dict.fromkeys(("products/create", "products/update", "products/delete"), (_PRODUCT, _VARIANTS)),
    **_places("collections", "Collection", "collections/create collections/update collections/delete"),
    UNINSTALLED: (),
    # Email and phone stand in these bodies too; the customer's number is enough to find what is kept of them.
    "customers/data_request": (_REDACTED, _Place("orders", "orders_requested[]", "gid://shopify/Order/")),
    "customers/redact": (_REDACTED, _Place("orders", "orders_to_redact[]", "gid://shopify/Order/")),
    "shop/redact": (),
}

_WOOCOMMERCE: Mapping[str, tuple[_Place, ...]] = {
    # Making or deleting a refund is told as a change of its order.
    "order": (_Place("orders", is_needed=True), _Place("refunds", "refunds[].id")),
    "product": (_Place("products", is_needed=True),),
    "customer": (_Place("customers", is_needed=True),),
    "coupon": (_Place("coupons", is_needed=True),),
}
WOOCOMMERCE_TOPICS: Mapping[str, tuple[_Place, ...]] = {
    f"{name}.{what}": places
    for name, places in _WOOCOMMERCE.items()
    for what in ("created", "updated", "deleted", "restored")
}


def _stripe_topics() -> dict[str, tuple[_Place, ...]]:
    """The events that polling listens to mean the same where they are pushed."""
    found: dict[str, tuple[_Place, ...]] = {}
    for resource in SOURCES["stripe"].resources:
        for told in resource.changes.told if isinstance(resource.changes, EventFeed) else ():
            for topic in told.types:
                # Of a charge's refunds, the charge is named: `narrows` is the filter that lists them.
                path = "id" if told.narrows else told.by
                found[topic] = (*found.get(topic, ()), _Place(resource.name, path, narrows=told.narrows))
    # No event tells of the movements on the account; most objects name theirs.
    balance = _Place("balance_transactions", "balance_transaction")
    return {topic: (*places, balance) for topic, places in found.items()}


STRIPE_TOPICS: Mapping[str, tuple[_Place, ...]] = _stripe_topics()

TOPICS: Mapping[str, Mapping[str, tuple[_Place, ...]]] = {
    "shopify": SHOPIFY_TOPICS,
    "woocommerce": WOOCOMMERCE_TOPICS,
    "stripe": STRIPE_TOPICS,
}


def is_ping(kind: str, headers: Headers, body: bytes) -> bool:
    """Whether it is WooCommerce's first word to a new address: unsigned, and to be answered 200 all the same."""
    return kind == "woocommerce" and "x-wc-webhook-topic" not in headers and _PING.fullmatch(body) is not None


def read_event(connection: Connection, headers: Headers, body: bytes) -> Event:
    """The event in a delivery whose signature holds; DeliveryError where it is not what the platform sends."""
    try:
        read: object = decoded(body, OBJECT)
    except (*UNREADABLE, UnicodeError, msgspec.MsgspecError) as error:
        raise DeliveryError(f"The body cannot be read as JSON ({error or type(error).__name__}).") from None
    if not isinstance(read, dict):
        raise DeliveryError("The body is JSON, but not an object.")
    fields = cast(dict[str, Any], read)
    match connection.kind:
        case "shopify":
            return _shopify_event(connection, headers, fields)
        case "woocommerce":
            return _woocommerce_event(connection, headers, fields, body)
        case _:
            return _stripe_event(connection, fields)


def _shopify_event(connection: Connection, headers: Headers, body: Mapping[str, Any]) -> Event:
    topic = _topic(_either(headers, "topic"), "X-Shopify-Topic")
    # Webhook-Id names the delivery, Event-Id what happened: two subscriptions tell the same event twice.
    event_id = _either(headers, "webhook-id") or _either(headers, "event-id")
    places = SHOPIFY_TOPICS.get(topic)
    _check_privacy(topic, body)
    _check_shop(connection, headers, body)
    return Event(
        connection.name,
        _event_id(event_id, "X-Shopify-Webhook-Id"),
        connection.kind,
        topic,
        _objects(places or (), body),
        instant(_either(headers, "triggered-at")),
    )


def _check_privacy(topic: str, body: Mapping[str, Any]) -> None:
    """The topic is not signed, so the body has to be one that Shopify sends under this topic and no other.

    Every order names a customer, but only a redaction has orders to redact; that one names a shop, too, and only the
    shop's own names nobody in it.
    """
    if topic not in PRIVACY_TOPICS:
        return
    if "shop_id" not in body:
        raise DeliveryError("The body does not name a shop: 'shop_id' is missing in it.")
    needed = {"customers/redact": "orders_to_redact", "customers/data_request": "orders_requested"}.get(topic)
    if needed and needed not in body:
        raise DeliveryError(f"The body is none of {topic}: '{needed}' is missing in it.")
    if topic == "shop/redact" and "customer" in body:
        raise DeliveryError("The body is none of shop/redact: it names a customer.")


def _check_shop(connection: Connection, headers: Headers, body: Mapping[str, Any]) -> None:
    """One app's secret signs for every shop that has installed it: an event of another shop is not ours."""
    host = urlsplit(connection.url).hostname or ""
    told = [_either(headers, "shop-domain"), body.get("shop_domain"), body.get("myshopify_domain")]
    for shop in told:
        if host.endswith(_SHOP_HOST) and isinstance(shop, str) and shop and shop.lower() != host:
            raise DeliveryError(f"The event is of another shop than {host}; correct the address it is sent to.")


def _woocommerce_event(connection: Connection, headers: Headers, body: Mapping[str, Any], raw: bytes) -> Event:
    topic = _topic(headers.get("x-wc-webhook-topic", ""), "X-WC-Webhook-Topic")
    delivery = _event_id(headers.get("x-wc-webhook-delivery-id", ""), "X-WC-Webhook-Delivery-ID")
    # A delivery's id is made of the webhook's and the second, so two of one second share it; their bodies differ.
    digest = hashlib.blake2b(topic.encode() + b"\0" + raw, digest_size=12).hexdigest()
    objects = _objects(WOOCOMMERCE_TOPICS.get(topic, ()), body)
    if topic.startswith("product."):
        objects = _with_variations(objects, body)
    return Event(connection.name, f"{delivery}-{digest}", connection.kind, topic, objects)


def _with_variations(objects: tuple[Named, ...], body: Mapping[str, Any]) -> tuple[Named, ...]:
    """A variation is announced as a product; it is read beneath its parent, whose price and stock it may change."""
    parent = body.get("parent_id")
    if body.get("type") == "variation" and isinstance(parent, int) and parent > 0:
        own = _id(parent, "parent_id")
        return (Named("products", own), Named("product_variations", own, "parent_id"))
    if body.get("type") == "variable" or body.get("variations"):
        return (*objects, *(Named("product_variations", one.id, "parent_id") for one in objects))
    return objects


def _stripe_event(connection: Connection, body: Mapping[str, Any]) -> Event:
    topic = _topic(body.get("type"), "type")
    data: object = body.get("data")
    subject: object = cast(dict[str, Any], data).get("object") if isinstance(data, dict) else None
    if not isinstance(subject, dict):
        # A thin event carries a reference only; its type may have the API's version in front.
        topic = topic.removeprefix("v1.")
        subject = body.get("related_object")
    if not isinstance(subject, dict):
        raise DeliveryError("The body is no event of Stripe: it has neither 'data.object' nor 'related_object'.")
    happened_at = instant(body.get("created"))
    objects = _objects(STRIPE_TOPICS.get(topic, ()), cast(dict[str, Any], subject))
    return Event(connection.name, _event_id(body.get("id"), "id"), connection.kind, topic, objects, happened_at)


def _objects(places: tuple[_Place, ...], body: Mapping[str, Any]) -> tuple[Named, ...]:
    return tuple(dict.fromkeys(named for place in places for named in place.named(body)))


def _values(value: Any, steps: list[str]) -> Iterator[Any]:
    """Everything at the end of a path; nothing where the body goes another way."""
    if not steps:
        yield value
        return
    name = steps[0].removesuffix("[]")
    inner: object = cast(dict[str, Any], value).get(name) if isinstance(value, dict) else None
    if not steps[0].endswith("[]"):
        yield from _values(inner, steps[1:])
    elif isinstance(inner, list):
        for one in cast(list[Any], inner):
            yield from _values(one, steps[1:])


def _id(value: Any, path: str) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not _OBJECT_ID.fullmatch(text):
        raise DeliveryError(f"'{path}' holds no id.")
    return text


def _either(headers: Headers, name: str) -> str:
    """A header of Shopify, which newer deliveries send without its `X-`."""
    return headers.get(f"x-shopify-{name}") or headers.get(f"shopify-{name}") or ""


def _topic(value: Any, called: str) -> str:
    if not isinstance(value, str) or len(value) > 100 or not _TOPIC.fullmatch(value.lower()):
        raise DeliveryError(f"The delivery has no topic: '{called}' is missing or holds none.")
    return value.lower()


def _event_id(value: Any, called: str) -> str:
    if not isinstance(value, str) or not _EVENT_ID.fullmatch(value):
        raise DeliveryError(f"The delivery has no name: '{called}' is missing or holds none.")
    return value
