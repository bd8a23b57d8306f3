"""The receiver as platforms reach it."""

import json
import time
from dataclasses import replace

import pytest
from receiving import (
    PLATFORMS,
    SECRETS,
    Endpoint,
    base64_hmac,
    shopify,
    stripe,
    stripe_signature,
    woocommerce,
)

from api.webhooks import MOST_BYTES


@pytest.mark.parametrize("platform", PLATFORMS)
def test_signed_delivery_is_kept_before_it_is_answered(endpoint: Endpoint, platform) -> None:
    answer = endpoint.send(platform(1))
    assert (answer.status_code, answer.json()) == (200, {"status": "kept"})
    (event,) = endpoint.kept()
    assert event["status"] == "waiting"
    assert "jane@example.com" not in json.dumps(event), "a name is enough; the body stays where it came from"


def test_what_an_event_names_is_kept(endpoint: Endpoint) -> None:
    endpoint.send(shopify(1))
    endpoint.send(woocommerce(2, body={"id": 702, "refunds": [{"id": 801, "total": "-5.00"}]}))
    endpoint.send(stripe(3, "charge.refunded"))
    assert [(event["connection"], event["topic"], json.loads(event["objects"])) for event in endpoint.kept()] == [
        ("shop-us", "orders/updated", [["orders", "gid://shopify/Order/450789470", None]]),
        ("shop-eu", "order.updated", [["orders", "702", None], ["refunds", "801", None]]),
        ("payments", "charge.refunded", [["charges", "ch_3", None], ["refunds", "ch_3", "charge"]]),
    ]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_delivery_that_comes_twice_is_kept_once(endpoint: Endpoint, platform) -> None:
    delivery = platform(1)
    assert [endpoint.send(delivery).json()["status"] for _ in range(3)] == ["kept", "known", "known"]
    assert len(endpoint.kept()) == 1


def test_deliveries_of_one_second_that_share_an_id_are_two_events(endpoint: Endpoint) -> None:
    """WooCommerce makes its delivery ids of the webhook and the second."""
    first, second = woocommerce(1), woocommerce(1, body={"id": 999})
    assert [endpoint.send(one).json()["status"] for one in (first, second)] == ["kept", "kept"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_forged_delivery_is_refused_and_leaves_nothing(endpoint: Endpoint, platform) -> None:
    genuine = platform(1)
    forged = [
        replace(genuine, body=genuine.body + b" "),
        replace(genuine, headers={name: value for name, value in genuine.headers.items() if "Sig" not in name}
                | ({"X-Shopify-Hmac-Sha256": ""} if "shopify" in genuine.path else {})),
        replace(genuine, body=b""),
    ]  # fmt: skip
    for delivery in forged:
        answer = endpoint.send(delivery)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == 401
    assert endpoint.kept() == []


def test_signature_of_one_platform_opens_no_other(endpoint: Endpoint) -> None:
    delivery = shopify(1)
    assert endpoint.send(replace(delivery, path="/webhooks/woocommerce/shop-eu")).status_code == 401
    assert endpoint.send(replace(delivery, path="/webhooks/stripe/payments")).status_code == 401


def test_old_and_new_secret_hold_while_one_is_replaced(endpoint: Endpoint) -> None:
    delivery = shopify(1)
    renewed = {**shopify(2).headers, "X-Shopify-Hmac-Sha256": base64_hmac("hush-shopify-new", delivery.body)}
    assert endpoint.send(delivery).json() == {"status": "kept"}
    assert endpoint.send(replace(delivery, headers=renewed)).json() == {"status": "kept"}


def test_headers_of_shopify_without_their_x_are_read(endpoint: Endpoint) -> None:
    delivery = shopify(1)
    bare = {name.removeprefix("X-"): value for name, value in delivery.headers.items()}
    assert endpoint.send(replace(delivery, headers=bare)).json() == {"status": "kept"}


@pytest.mark.parametrize(("seconds", "status"), [(-290, 200), (290, 200), (-310, 401), (310, 401)])
def test_stripe_signature_holds_for_five_minutes(endpoint: Endpoint, seconds: int, status: int) -> None:
    delivery = stripe(1)
    signature = stripe_signature(SECRETS["stripe"], delivery.body, int(time.time()) + seconds)
    answer = endpoint.send(replace(delivery, headers={**delivery.headers, "Stripe-Signature": signature}))
    assert answer.status_code == status


def test_any_of_several_stripe_signatures_may_fit(endpoint: Endpoint) -> None:
    delivery = stripe(1)
    rolled = delivery.headers["Stripe-Signature"].replace(",v1=", f",v1={'0' * 64},v0=1,v1=")
    assert endpoint.send(replace(delivery, headers={**delivery.headers, "Stripe-Signature": rolled})).is_success


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/shopify/nobody",
        "/webhooks/shopify/shop-eu",  # of another platform
        "/webhooks/dummyjson/practice",  # pushes nothing
        "/webhooks/stripe/closed",  # not enabled
        "/webhooks/etsy/shop-us",
    ],
)
def test_unknown_connection_is_not_found(endpoint: Endpoint, path: str) -> None:
    answer = endpoint.send(replace(shopify(1), path=path))
    assert answer.status_code == 404
    assert endpoint.kept() == []


def test_connection_without_a_secret_takes_nothing(endpoint: Endpoint) -> None:
    answer = endpoint.send(replace(woocommerce(1), path="/webhooks/woocommerce/bare"))
    assert answer.status_code == 401
    assert "webhook_secrets" in answer.json()["detail"]


def test_first_ping_of_woocommerce_is_answered_and_not_kept(endpoint: Endpoint) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    ping = replace(woocommerce(1), headers=form, body=b"webhook_id=5")
    assert endpoint.send(ping).status_code == 200
    assert endpoint.send(replace(ping, body=b"webhook_id=5&id=7")).status_code == 401
    assert endpoint.send(replace(ping, path="/webhooks/stripe/payments")).status_code == 401
    assert endpoint.kept() == []


@pytest.mark.parametrize(
    "body", [b"", b"[1]", b"null", b'{"id": ', b"\xff\xfe", b"{}", b'{"id": {"a": 1}}', b"[" * 9999]
)
def test_signed_body_that_is_none_is_refused_in_words(endpoint: Endpoint, body: bytes) -> None:
    headers = {**shopify(1).headers, "X-Shopify-Hmac-Sha256": base64_hmac(SECRETS["shopify"], body)}
    answer = endpoint.send(replace(shopify(1), headers=headers, body=body))
    assert answer.status_code == 400
    assert answer.json()["detail"].endswith(".")
    assert endpoint.kept() == []


def test_body_beyond_the_limit_is_not_read(endpoint: Endpoint) -> None:
    delivery = replace(shopify(1), body=b" " * (MOST_BYTES + 1))
    assert endpoint.send(delivery).status_code == 413
    chunked = endpoint.client.post(
        delivery.path, content=(b" " * 65536 for _ in range(MOST_BYTES // 65536 + 2)), headers=delivery.headers
    )
    assert chunked.status_code == 413


def test_event_of_another_shop_of_the_same_app_is_refused(endpoint: Endpoint) -> None:
    delivery = shopify(1)
    other = replace(delivery, headers={**delivery.headers, "X-Shopify-Shop-Domain": "shop-ca.myshopify.com"})
    assert endpoint.send(other).status_code == 400
    redact = shopify(2, "shop/redact", {"shop_id": 1, "shop_domain": "shop-ca.myshopify.com"})
    unsaid = {name: value for name, value in redact.headers.items() if name != "X-Shopify-Shop-Domain"}
    assert endpoint.send(replace(redact, headers=unsaid)).status_code == 400
    assert endpoint.kept() == []


def test_kept_body_sent_again_as_a_privacy_request_is_refused(endpoint: Endpoint) -> None:
    """The topic is not signed: whoever has a genuine order could else erase the shop with it."""
    for topic in ("shop/redact", "customers/redact", "customers/data_request"):
        genuine = shopify(1)
        assert endpoint.send(replace(genuine, headers={**genuine.headers, "X-Shopify-Topic": topic})).status_code == 400


def test_privacy_requests_wait_without_the_person_in_them(endpoint: Endpoint) -> None:
    body = {
        "shop_id": 954889,
        "shop_domain": "shop-us.myshopify.com",
        "customer": {"id": 191167, "email": "jane@example.com", "phone": "555-625-1199"},
        "orders_to_redact": [299938, 280263],
    }
    assert endpoint.send(shopify(1, "customers/redact", body)).is_success
    assert endpoint.send(
        shopify(2, "shop/redact", {"shop_id": 954889, "shop_domain": "shop-us.myshopify.com"})
    ).is_success
    redact, shop = endpoint.kept()
    assert [redact["status"], redact["is_private"], shop["status"], shop["is_private"]] == ["waiting", 1, "waiting", 1]
    assert json.loads(redact["objects"]) == [
        ["customers", "gid://shopify/Customer/191167", None],
        ["orders", "gid://shopify/Order/299938", None],
        ["orders", "gid://shopify/Order/280263", None],
    ]
    assert "jane" not in json.dumps(redact)


def test_event_the_books_do_not_need_is_taken_and_over(endpoint: Endpoint) -> None:
    """A refusal would make Shopify take the whole subscription away."""
    assert endpoint.send(shopify(1, "themes/publish", {"id": 5})).is_success
    assert [event["status"] for event in endpoint.kept()] == ["done"]


def test_header_that_comes_twice_counts_for_none(endpoint: Endpoint) -> None:
    delivery = shopify(1)
    twice = [*delivery.headers.items(), ("X-Shopify-Hmac-Sha256", delivery.headers["X-Shopify-Hmac-Sha256"])]
    assert endpoint.client.post(delivery.path, content=delivery.body, headers=twice).status_code == 401
