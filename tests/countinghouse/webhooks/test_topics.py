"""Which objects a delivery names: bodies as the contracts show them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from countinghouse.errors import DeliveryError
from countinghouse.settings import Connection
from countinghouse.sources import SOURCES
from countinghouse.webhooks.registration import WANTED
from countinghouse.webhooks.topics import PRIVACY_TOPICS, TOPICS, Event, Named, read_event

AUTH = {"shopify": {"access_token": "env:A"}, "woocommerce": {"consumer_key": "env:A", "consumer_secret": "env:B"}}
URL = {"shopify": "https://shop-us.myshopify.com", "woocommerce": "https://shop.example"}


def read(kind: str, topic: str, body: Any, **headers: str) -> Event:
    connection = Connection(
        name="shop", kind=kind, url=URL.get(kind, "https://api.stripe.com"), auth=AUTH.get(kind, {"api_key": "env:A"})
    )
    told = {
        "shopify": {"x-shopify-topic": topic, "x-shopify-webhook-id": "w1"},
        "woocommerce": {"x-wc-webhook-topic": topic, "x-wc-webhook-delivery-id": "d1"},
    }.get(kind, {})
    return read_event(connection, told | headers, json.dumps(body).encode())


def named(kind: str, topic: str, body: Any) -> list[tuple[str, str] | tuple[str, str, str]]:
    return [
        (one.resource, one.id) if one.narrows is None else (one.resource, one.id, one.narrows)
        for one in read(kind, topic, body).objects
    ]


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


@pytest.mark.parametrize(
    ("topic", "body", "expected"),
    [
        ("orders/create", {"id": 820982911946154508}, [("orders", gid("Order", 820982911946154508))]),
        ("orders/delete", {"id": 7}, [("orders", gid("Order", 7))]),
        ("orders/edited", {"order_edit": {"id": 1, "order_id": 7}}, [("orders", gid("Order", 7))]),
        ("refunds/create", {"id": 1, "order_id": 7}, [("orders", gid("Order", 7))]),
        ("customers/update", {"id": 7}, [("customers", gid("Customer", 7))]),
        (
            "products/update",
            {"id": 7, "variants": [{"id": 8}, {"id": 9}]},
            [
                ("products", gid("Product", 7)),
                ("product_variants", gid("ProductVariant", 8)),
                ("product_variants", gid("ProductVariant", 9)),
            ],
        ),
        ("products/delete", {"id": 7}, [("products", gid("Product", 7))]),
        ("app/uninstalled", {"id": 7, "domain": None}, []),
        ("themes/publish", {"id": 7}, []),
    ],
)
def test_shopify(topic: str, body: Any, expected: Any) -> None:
    assert named("shopify", topic, body) == expected


@pytest.mark.parametrize(
    ("topic", "body", "expected"),
    [
        ("order.updated", {"id": 7, "refunds": [{"id": 8}]}, [("orders", "7"), ("refunds", "8")]),
        ("order.deleted", {"id": 7}, [("orders", "7")]),
        ("customer.created", {"id": 7}, [("customers", "7")]),
        ("coupon.updated", {"id": 7}, [("coupons", "7")]),
        ("product.updated", {"id": 7, "type": "simple", "variations": []}, [("products", "7")]),
        (
            "product.updated",
            {"id": 7, "type": "variable", "variations": [8, 9]},
            [("products", "7"), ("product_variations", "7", "parent_id")],
        ),
        (
            "product.updated",
            {"id": 8, "type": "variation", "parent_id": 7},
            [("products", "7"), ("product_variations", "7", "parent_id")],
        ),
        ("action.woocommerce_add_to_cart", {"action": "x", "arg": "y"}, []),
    ],
)
def test_woocommerce(topic: str, body: Any, expected: Any) -> None:
    assert named("woocommerce", topic, body) == expected


def stripe(topic: str, subject: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "object": "event",
        "type": topic,
        "created": 1_795_000_000,
        "data": {"object": subject},
    } | more


@pytest.mark.parametrize(
    ("topic", "subject", "expected"),
    [
        ("charge.succeeded", {"id": "ch_1", "balance_transaction": "txn_1"},
         [("charges", "ch_1"), ("balance_transactions", "txn_1")]),
        # Many refunds are told only so.
        ("charge.refunded", {"id": "ch_1"}, [("charges", "ch_1"), ("refunds", "ch_1", "charge")]),
        ("refund.created", {"id": "re_1", "charge": "ch_1"}, [("charges", "ch_1"), ("refunds", "re_1")]),
        ("refund.created", {"id": "re_1", "charge": {"id": "ch_1"}}, [("charges", "ch_1"), ("refunds", "re_1")]),
        ("charge.dispute.created", {"id": "dp_1", "charge": None}, [("disputes", "dp_1")]),
        ("invoice_payment.paid", {"id": "inpay_1", "invoice": "in_1"}, [("invoices", "in_1")]),
        ("customer.deleted", {"id": "cus_1"}, [("customers", "cus_1")]),
        ("payout.paid", {"id": "po_1"}, [("payouts", "po_1")]),
        ("mandate.updated", {"id": "mandate_1"}, []),
    ],
)  # fmt: skip
def test_stripe(topic: str, subject: Any, expected: Any) -> None:
    assert named("stripe", "", stripe(topic, subject)) == expected


def test_thin_event_of_stripe_names_its_object_by_reference() -> None:
    thin = {
        "id": "evt_1", "object": "v2.core.event", "type": "v1.charge.succeeded", "created": "2026-11-20T09:40:00.000Z",
        "related_object": {"id": "ch_1", "type": "charge", "url": "/v1/charges/ch_1"},
    }  # fmt: skip
    event = read("stripe", "", thin)
    assert event.objects == (Named("charges", "ch_1"),)
    assert event.happened_at == datetime(2026, 11, 20, 9, 40, tzinfo=UTC)


def test_event_of_stripe_tells_when_it_happened() -> None:
    # date -u -d @1795000000
    assert read("stripe", "", stripe("charge.updated", {"id": "ch_1"})).happened_at == datetime(
        2026, 11, 18, 11, 6, 40, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "body",
    [
        stripe("charge.updated", {"id": "ch_1"}, id=None),
        stripe("charge.updated", {"id": "../charges"}),
        stripe("charge.updated", {"id": True}),
        stripe("", {"id": "ch_1"}),
        {"id": "evt_1", "type": "charge.updated"},
        {"id": "evt_1", "type": "charge.updated", "data": None, "related_object": "ch_1"},
    ],
)
def test_what_is_no_event_is_refused(body: Any) -> None:
    with pytest.raises(DeliveryError):
        read("stripe", "", body)


def test_every_topic_names_resources_that_there_are() -> None:
    for kind, topics in TOPICS.items():
        resources = {resource.name for resource in SOURCES[kind].resources}
        for topic, places in topics.items():
            assert {place.resource for place in places} <= resources, topic


def test_what_is_subscribed_to_is_understood_and_is_what_was_promised() -> None:
    for kind, wanted in WANTED.items():
        assert set(wanted) <= TOPICS[kind].keys()
    assert {
        *("orders/create", "orders/updated", "orders/paid", "orders/cancelled", "customers/create", "customers/update"),
        *("products/create", "products/update", "orders/delete", "products/delete", "customers/delete"),
        *("refunds/create", "app/uninstalled"),
    } <= set(WANTED["shopify"])
    assert not PRIVACY_TOPICS & set(WANTED["shopify"]), "they cannot be subscribed to through the API"
    # https://docs.stripe.com/api/webhook_endpoints/create: no limit is told; polling's 20 types are a request's.
    assert {"charge.refunded", "refund.updated", "charge.dispute.closed", "payout.failed"} <= set(WANTED["stripe"])


PRIVATE = {
    "customers/data_request": {"shop_id": 9, "customer": {"id": 7}, "orders_requested": [8], "data_request": {"id": 1}},
    "customers/redact": {"shop_id": 9, "customer": {"id": 7}, "orders_to_redact": [8]},
    "shop/redact": {"shop_id": 9, "shop_domain": "shop-us.myshopify.com"},
}
AN_ORDER = {"id": 8, "shop_id": 9, "customer": {"id": 7, "email": "ann@example.com"}}


@pytest.mark.parametrize("topic", sorted(PRIVATE))
def test_privacy_request_is_believed_with_the_body_of_its_own_topic_only(topic: str) -> None:
    """The topic is not signed: whoever kept one genuine body could send it again as a request to erase."""
    assert read("shopify", topic, PRIVATE[topic]).is_private
    others = [body for name, body in PRIVATE.items() if name != topic]
    for body in (*others, AN_ORDER):
        with pytest.raises(DeliveryError):
            read("shopify", topic, body)
