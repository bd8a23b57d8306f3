"""The rows of the simulator's commercetools, against the contract: orders, payments, returns, catalogue."""

import json
from typing import Any

import pytest
from commercetools_client import Shopper, yen
from small_shop import DAY, NOON


@pytest.fixture
def shop() -> Shopper:
    return Shopper()


# Orders and their money


def test_percent_coupon_and_markdown_are_in_the_lines(shop: Shopper) -> None:
    """2 × 1,080 − 216 = 1,944, of which 8 % tax is 144; 3,300 − 300 = 3,000, of which 10 % is 273; parcel 550."""
    order = shop.order(1001)
    teas, pot = order["lineItems"]
    assert yen(teas["totalPrice"]) == 1944
    assert [(one["quantity"], yen(one["discountedPrice"]["value"])) for one in teas["discountedPricePerQuantity"]] == [
        (2, 972)
    ]
    assert (yen(teas["taxedPrice"]["totalNet"]), yen(teas["taxedPrice"]["totalTax"])) == (1800, 144)
    assert yen(pot["price"]["discounted"]["value"]) == 3000
    assert (yen(pot["totalPrice"]), yen(pot["taxedPrice"]["totalTax"])) == (3000, 273)
    assert teas["taxRate"]["includedInPrice"] is True
    assert "discountOnTotalPrice" not in order
    assert yen(order["totalPrice"]) == 1944 + 3000 + 550
    assert yen(order["shippingInfo"]["taxedPrice"]["totalNet"]) == 500
    assert yen(order["taxedPrice"]["totalNet"]) == 1800 + 2727 + 500
    portions = {part["rate"]: yen(part["amount"]) for part in order["taxedPrice"]["taxPortions"]}
    assert portions == {0.08: 144, 0.1: 273 + 50}


def test_fixed_coupon_is_on_the_whole_and_not_in_the_lines(shop: Shopper) -> None:
    """3 × 1,080 = 3,240, tax 240; after 1,000 off 2,240, tax 165.9: net falls from 3,000 to 2,074."""
    order = shop.order(1006)
    (teas,) = order["lineItems"]
    assert yen(teas["totalPrice"]) == 3240
    assert teas["discountedPricePerQuantity"] == []
    off = order["discountOnTotalPrice"]
    assert (yen(off["discountedAmount"]), yen(off["discountedGrossAmount"])) == (1000, 1000)
    assert yen(off["discountedNetAmount"]) == 3000 - 2074
    assert yen(order["totalPrice"]) == 2240
    assert yen(order["taxedPrice"]["totalNet"]) == 2074
    code = shop.get(f"/discount-codes/{order['discountCodes'][0]['discountCode']['id']}")
    assert code["code"] == "FLAT1000"


def test_share_that_does_not_divide_makes_two_unit_prices(shop: Shopper) -> None:
    teas = shop.shop.orders[0].lines[0]
    teas.listed_share = 217
    line = shop.order(1001)["lineItems"][0]
    assert [(one["quantity"], yen(one["discountedPrice"]["value"])) for one in line["discountedPricePerQuantity"]] == [
        (1, 972),
        (1, 971),
    ]


def test_markdown_that_does_not_divide_makes_a_high_precision_price(shop: Shopper) -> None:
    """2 × 1,080 − 201 = 1,959: 979.5 each. Its digits belong to `preciseAmount`."""
    shop.shop.orders[0].lines[0].listed_discount = 201
    value = shop.order(1001)["lineItems"][0]["price"]["discounted"]["value"]
    assert (value["type"], value["preciseAmount"], value["fractionDigits"]) == ("highPrecision", 979_500, 3)


def test_missing_taxed_price_leaves_the_rate(shop: Shopper) -> None:
    shop.clock.set(NOON + DAY)
    order = shop.order(1026)
    assert "taxedPrice" not in order
    assert "taxedPrice" not in order["lineItems"][0]
    assert "taxedPrice" not in order["shippingInfo"]
    assert (order["lineItems"][0]["taxRate"]["amount"], order["shippingInfo"]["taxRate"]["amount"]) == (0.1, 0.1)
    assert yen(order["totalPrice"]) == 3850


def test_nothing_is_null_anywhere(shop: Shopper) -> None:
    def nulls(value: Any) -> bool:
        if isinstance(value, dict):
            return any(nulls(one) for one in value.values())
        return any(nulls(one) for one in value) if isinstance(value, list) else value is None

    for path in ("orders", "carts", "payments", "customers", "products", "product-projections", "categories"):
        assert not nulls(shop.get(f"/{path}")), path


def test_guest_has_an_anonymous_id_and_an_email(shop: Shopper) -> None:
    guest = shop.order(1006)
    assert "customerId" not in guest
    assert guest["anonymousId"]
    assert guest["customerEmail"] == "guest@example.com"


# Payments and returns


def test_payment_holds_hold_charge_and_refund(shop: Shopper) -> None:
    order = shop.order(1001)
    (reference,) = order["paymentInfo"]["payments"]
    payment = shop.get(f"/payments/{reference['id']}")
    told = [(one["type"], one["state"], yen(one["amount"])) for one in payment["transactions"]]
    assert told == [("Authorization", "Success", 5494), ("Charge", "Success", 5494), ("Refund", "Success", 972)]
    assert payment["interfaceId"] == "pi_1"
    assert payment["transactions"][2]["timestamp"].startswith("2026-11-12T12:00:00.")
    assert "order" not in json.dumps(payment["transactions"])


def test_return_tells_goods_and_no_amount(shop: Shopper) -> None:
    (returned,) = shop.order(1001)["returnInfo"]
    (item,) = returned["items"]
    assert item["lineItemId"] == shop.order(1001)["lineItems"][0]["id"]
    assert (item["quantity"], item["shipmentState"], item["paymentState"]) == (1, "BackInStock", "Refunded")
    assert not any("mount" in name for name in item)


def test_refund_that_fails_is_a_failure_from_then_on(shop: Shopper) -> None:
    order = shop.shop.orders[0]
    order.refunds[0].failed = order.payments[2].failed = NOON + 3 * DAY
    order.payments[2].changes.append(NOON + 3 * DAY)
    shop.clock.set(NOON + 3 * DAY - 1)
    assert shop.rows("/payments", ("where", 'transactions(type = "Refund" and state = "Success")'))
    before = shop.get(f"/payments/{shop.order(1001)['paymentInfo']['payments'][0]['id']}")
    shop.clock.set(NOON + 3 * DAY)
    after = shop.get(f"/payments/{before['id']}")
    assert after["transactions"][2]["state"] == "Failure"
    assert after["lastModifiedAt"] > before["lastModifiedAt"]


def test_pending_charge_becomes_a_success_under_its_own_id(shop: Shopper) -> None:
    payment = shop.order(1006)["paymentInfo"]["payments"][0]["id"]
    shop.clock.set(NOON + 2 * DAY)
    (pending,) = shop.get(f"/payments/{payment}")["transactions"]
    shop.clock.set(NOON + 3 * DAY)
    (paid,) = shop.get(f"/payments/{payment}")["transactions"]
    assert (pending["state"], paid["state"]) == ("Pending", "Success")
    assert pending["id"] == paid["id"]


# The catalogue


def test_master_variant_is_not_among_the_variants(shop: Shopper) -> None:
    (tea,) = shop.rows("/products", ("where", 'key = "green-tea"'))
    data = tea["masterData"]["current"]
    assert (data["masterVariant"]["sku"], [one["sku"] for one in data["variants"]]) == ("SKU-1-0", ["SKU-1-1"])
    assert (data["masterVariant"]["id"], data["variants"][0]["id"]) == (1, 2)
    assert tea["reviewRatingStatistics"]["averageRating"] == 4
    projection = shop.get(f"/product-projections/{tea['id']}")
    assert projection["name"] == {"en": "Green Tea", "ja": "Green Tea（日本語）"}


def test_a_language_may_be_missing(shop: Shopper) -> None:
    (pot,) = shop.rows("/product-projections", ("where", 'key = "tea-pot"'))
    assert pot["name"] == {"ja": "Tea Pot"}


def test_modular_catalogue_leaves_variants_out() -> None:
    data = Shopper(is_modular=True).rows("/products")[0]["masterData"]["current"]
    assert "masterVariant" not in data
    assert data["variants"] == []


def test_kuwaiti_shop_has_three_digits(shop: Shopper) -> None:
    shop.shop.currency, shop.shop.decimals = "KWD", 3
    total = shop.order(1001)["totalPrice"]
    assert (total["centAmount"], total["fractionDigits"]) == (5494, 3)
