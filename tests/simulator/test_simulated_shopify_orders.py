"""What the simulator's Shopify says an order comes to, against sums worked out by hand."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from albany_shop import Client, at, every_field, number_of

from simulator.clock import Clock
from simulator.shopify_graphql import schema
from simulator.shopify_parts import decimal, money_text
from simulator.trade import truth
from simulator.trade.group import Group

BAG = "{ shopMoney { amount currencyCode } }"
SALE = (
    "__typename lineType actionType quantity "
    f"totalAmount {BAG} totalTaxAmount {BAG} totalDiscountAmountBeforeTaxes {BAG} totalDiscountAmountAfterTaxes {BAG}"
)
AGREEMENTS = (
    f"agreements(first: 5) {{ nodes {{ __typename happenedAt reason sales(first: 5) {{ nodes {{ {SALE} }} }} }} }}"
)
STANDING = (
    f"currentTotalPriceSet {BAG} currentTotalTaxSet {BAG} totalPriceSet {BAG} totalRefundedSet {BAG} "
    "currentSubtotalLineItemsQuantity"
)


@pytest.fixture
def albany() -> Client:
    return Client()


def shop_money(bag: Any) -> str:
    return bag["shopMoney"]["amount"]


def sale(kind: str, action: str, quantity: int | None, *amounts: str) -> tuple[Any, ...]:
    """Return a sale as the test compares it: total, tax, discount before taxes."""
    return (kind, action, quantity, *map(Decimal, amounts))


def agreed(order: Any) -> list[tuple[Any, ...]]:
    """Return an order's agreements: kind, instant, sales."""
    return [
        (
            one["__typename"],
            one["happenedAt"],
            [
                sale(
                    *(each["__typename"], each["actionType"], each["quantity"]),
                    *(shop_money(each[name]) for name in ("totalAmount", "totalTaxAmount")),
                    shop_money(each["totalDiscountAmountBeforeTaxes"]),
                )
                for each in one["sales"]["nodes"]
            ],
        )
        for one in order["agreements"]["nodes"]
    ]


def test_order_as_placed_and_what_came_back(albany: Client) -> None:
    order = albany.order(1001, f"{AGREEMENTS} {STANDING} displayFinancialStatus returnStatus")
    assert agreed(order) == [
        (
            "OrderAgreement",
            "2026-10-01T10:00:00Z",
            [
                sale("ProductSale", "ORDER", 2, "48.6", "3.6", "5"),
                sale("ProductSale", "ORDER", 3, "26.24", "1.94", "5.7"),
                sale("ShippingLineSale", "ORDER", None, "5.4", "0.4", "0"),
                sale("TipSale", "ORDER", 1, "2", "0", "0"),
            ],
        ),
        # A return holds the goods, its refund the rest.
        ("ReturnAgreement", "2026-10-10T10:00:00Z", [sale("ProductSale", "RETURN", -1, "-24.3", "-1.8", "-2.5")]),
        ("RefundAgreement", "2026-10-10T10:00:00Z", [sale("ShippingLineSale", "RETURN", None, "-5.4", "-0.4", "0")]),
        ("RefundAgreement", "2026-10-12T10:00:00Z", [sale("AdjustmentSale", "RETURN", None, "-1.5", "0", "0")]),
    ]
    assert shop_money(order["totalPriceSet"]) == "82.24"
    assert shop_money(order["totalRefundedSet"]) == "31.2"  # 24.30 + 5.40 + 1.50
    assert shop_money(order["currentTotalPriceSet"]) == "51.04"
    assert shop_money(order["currentTotalTaxSet"]) == "3.74"  # 3.60 + 1.94 + 0.40 - 1.80 - 0.40
    assert order["currentSubtotalLineItemsQuantity"] == 4
    assert (order["displayFinancialStatus"], order["returnStatus"]) == ("PARTIALLY_REFUNDED", "RETURNED")


def test_edits_put_in_and_take_out_and_their_refund_is_money_only(albany: Client) -> None:
    order = albany.order(
        1002,
        f"{AGREEMENTS} {STANDING} edited refunds(first: 5) {{ totalRefundedSet {BAG} "
        "refundLineItems(first: 5) { nodes { quantity } } } lineItems(first: 5) { nodes { quantity currentQuantity } }",
    )
    assert agreed(order)[1:] == [
        (
            "OrderEditAgreement",
            "2026-10-03T10:00:00Z",
            [
                sale("ProductSale", "ORDER", 1, "27", "2", "0"),
                sale("ProductSale", "RETURN", -1, "-10.8", "-0.8", "0"),
            ],
        ),
        ("RefundAgreement", "2026-10-03T10:01:00Z", []),
    ]
    assert order["edited"]
    # 21.60 placed and 27.00 added; the mug taken out is missed only by what is current.
    assert shop_money(order["totalPriceSet"]) == "48.6"
    assert shop_money(order["currentTotalPriceSet"]) == "37.8"
    assert [(shop_money(one["totalRefundedSet"]), one["refundLineItems"]["nodes"]) for one in order["refunds"]] == [
        ("10.8", [])
    ]
    lines = order["lineItems"]["nodes"]
    assert [(one["quantity"], one["currentQuantity"]) for one in lines] == [(2, 1), (1, 1)]


def test_cancelling_what_nobody_paid_is_a_refund_of_goods_without_money(albany: Client) -> None:
    order = albany.order(
        1003,
        f"{AGREEMENTS} {STANDING} cancelledAt cancelReason displayFinancialStatus customer {{ id }} "
        f"refunds(first: 5) {{ totalRefundedSet {BAG} transactions(first: 5) {{ nodes {{ id }} }} "
        "refundLineItems(first: 5) { nodes { quantity restockType } } }",
    )
    assert agreed(order)[1] == (
        "RefundAgreement",
        "2026-10-06T10:00:00Z",
        [
            sale("ProductSale", "RETURN", -1, "-10.8", "-0.8", "0"),
            sale("ShippingLineSale", "RETURN", None, "-5.4", "-0.4", "0"),
        ],
    )
    (refund,) = order["refunds"]
    assert (shop_money(refund["totalRefundedSet"]), refund["transactions"]["nodes"]) == ("0.0", [])
    assert refund["refundLineItems"]["nodes"] == [{"quantity": 1, "restockType": "CANCEL"}]
    assert shop_money(order["currentTotalPriceSet"]) == "0.0"
    assert (order["cancelReason"], order["displayFinancialStatus"]) == ("CUSTOMER", "VOIDED")
    assert order["customer"] is None  # that account is deleted


def test_refund_that_failed_later_never_happened(albany: Client) -> None:
    wanted = f"{STANDING} refunds(first: 5) {{ id }} transactions(first: 5) {{ kind status }}"
    albany.clock.set(at("2026-10-09T00:00:00"))
    before = albany.order(1005, wanted)
    assert (shop_money(before["currentTotalPriceSet"]), len(before["refunds"])) == ("0.0", 1)
    albany.clock.set(at("2026-10-11T00:00:00"))
    after = albany.order(1005, wanted)
    assert (shop_money(after["currentTotalPriceSet"]), after["refunds"]) == ("10.8", [])
    assert after["transactions"] == [
        {"kind": "SALE", "status": "SUCCESS"},
        {"kind": "REFUND", "status": "FAILURE"},
    ]


def test_discounts_are_told_by_their_allocations(albany: Client) -> None:
    application = "discountApplication { __typename index ... on DiscountCodeApplication { code } }"
    order = albany.order(
        1001,
        f"totalDiscountsSet {BAG} discountCodes lineItems(first: 5) {{ nodes {{ originalTotalSet {BAG} "
        f"discountedTotalSet {BAG} totalDiscountSet {BAG} "
        f"discountAllocations {{ allocatedAmountSet {BAG} {application} }} }} }} "
        "discountApplications(first: 5) { nodes { __typename targetType value { ... on MoneyV2 { amount } "
        "... on PricingPercentageValue { percentage } } } }",
    )
    shirts, mugs = order["lineItems"]["nodes"]
    # The code's part is in no total of the line.
    assert [shop_money(shirts[name]) for name in ("originalTotalSet", "discountedTotalSet", "totalDiscountSet")] == [
        *("50.0", "50.0", "0.0"),
    ]
    assert [shop_money(mugs[name]) for name in ("originalTotalSet", "discountedTotalSet", "totalDiscountSet")] == [
        *("30.0", "27.0", "3.0"),
    ]
    code = {"__typename": "DiscountCodeApplication", "index": 1, "code": "TEN"}
    markdown = {"__typename": "AutomaticDiscountApplication", "index": 0}
    told = [(shop_money(one["allocatedAmountSet"]), one["discountApplication"]) for one in mugs["discountAllocations"]]
    assert told == [("3.0", markdown), ("2.7", code)]
    (share,) = shirts["discountAllocations"]
    assert (shop_money(share["allocatedAmountSet"]), share["discountApplication"]) == ("5.0", code)
    assert (shop_money(order["totalDiscountsSet"]), order["discountCodes"]) == ("10.7", ["TEN"])
    assert order["discountApplications"]["nodes"] == [
        {"__typename": "AutomaticDiscountApplication", "targetType": "LINE_ITEM", "value": {"amount": "3.0"}},
        {"__typename": "DiscountCodeApplication", "targetType": "LINE_ITEM", "value": {"percentage": 10.0}},
    ]


def test_gift_card_and_a_product_that_is_gone(albany: Client) -> None:
    order = albany.order(
        1007,
        f"{AGREEMENTS} displayFulfillmentStatus closedAt customer {{ id }} fulfillments {{ status }} "
        f"lineItems(first: 5) {{ nodes {{ title sku isGiftCard product {{ id }} variant {{ id }} }} }} "
        f"shippingLines(first: 1) {{ nodes {{ originalPriceSet {BAG} discountedPriceSet {BAG} }} }}",
    )
    card, jug = order["lineItems"]["nodes"]
    assert (card["isGiftCard"], card["product"]["id"]) == (True, "gid://shopify/Product/6")
    assert jug == {"title": "Old jug", "sku": "SKU-5-0", "isGiftCard": False, "product": None, "variant": None}
    assert agreed(order)[0][2][0] == sale("GiftCardSale", "ORDER", 1, "50", "0", "0")
    assert (order["displayFulfillmentStatus"], order["closedAt"]) == ("FULFILLED", "2026-10-10T10:00:00Z")
    (shipping,) = order["shippingLines"]["nodes"]
    assert [shop_money(one) for one in shipping.values()] == ["5.0", "0.0"]
    assert order["customer"] is None


def test_test_orders_say_so_and_others_pay_in_their_own_money(albany: Client) -> None:
    assert albany.order(1006, "test transactions(first: 1) { test gateway }") == {
        "test": True,
        "transactions": [{"test": True, "gateway": "bogus"}],
    }
    abroad = albany.order(
        1040, "presentmentCurrencyCode totalPriceSet { shopMoney { amount } presentmentMoney { amount } }"
    )
    # 1040 / 40 = 26, which 3 divides with 2 left: the last of the travellers pays in dinars, 0.307 for a dollar.
    # 10.80 x 0.307 = 3.3156, in thousandths.
    assert abroad == {
        "presentmentCurrencyCode": "KWD",
        "totalPriceSet": {"shopMoney": {"amount": "10.8"}, "presentmentMoney": {"amount": "3.316"}},
    }


@pytest.mark.parametrize(
    ("amount", "decimals", "plain", "with_decimals"),
    [
        *((1250, 2, "12.5", "12.50"), (5, 2, "0.05", "0.05"), (-120, 2, "-1.2", "-1.20"), (0, 2, "0.0", "0.00")),
        *((1615, 0, "1615.0", "1615"), (3316, 3, "3.316", "3.316"), (-7, 3, "-0.007", "-0.007")),
    ],
)
def test_money_is_written_in_shopifys_two_ways(amount: int, decimals: int, plain: str, with_decimals: str) -> None:
    assert (decimal(amount, decimals), money_text(amount, decimals)) == (plain, with_decimals)


def test_checkouts_left_behind_stay_with_the_day_they_were_bought(albany: Client) -> None:
    found = albany.data(
        f"{{ abandonedCheckouts(first: 9) {{ nodes {{ id completedAt subtotalPriceSet {BAG} "
        "lineItems(first: 1) { pageInfo { hasNextPage } nodes { quantity } } } } }"
    )["abandonedCheckouts"]["nodes"]
    # 2: never a checkout; 3: bought within ten minutes.
    assert [(number_of(one["id"]), one["completedAt"], shop_money(one["subtotalPriceSet"])) for one in found] == [
        (1, None, "60.0"),
        (4, "2026-10-01T10:00:00Z", "25.0"),
    ]
    assert found[0]["lineItems"] == {"pageInfo": {"hasNextPage": True}, "nodes": [{"quantity": 2}]}


def test_stock_by_place_comes_to_the_variants(albany: Client) -> None:
    found = albany.data(
        "{ productVariants(first: 9) { nodes { sku inventoryQuantity price inventoryItem { unitCost { amount } "
        'inventoryLevels(first: 9) { nodes { quantities(names: ["available"]) { quantity } } } } } } }'
    )["productVariants"]["nodes"]
    for one in found:
        levels = one["inventoryItem"]["inventoryLevels"]["nodes"]
        assert sum(each["quantities"][0]["quantity"] for each in levels) == one["inventoryQuantity"] == 7
    assert [(one["sku"], one["price"], one["inventoryItem"]["unitCost"]) for one in found[:2]] == [
        ("SKU-3-0", "10.00", {"amount": "4.0"}),
        ("SKU-4-0", "25.00", None),
    ]


def test_deleted_product_is_told_by_an_event(albany: Client) -> None:
    query = "{ deletionEvents(first: 9, subjectTypes: [%s]) { nodes { subjectId subjectType occurredAt } } }"
    assert albany.data(query % "PRODUCT")["deletionEvents"]["nodes"] == [
        {"subjectId": "gid://shopify/Product/5", "subjectType": "PRODUCT", "occurredAt": "2026-07-01T00:00:00Z"}
    ]
    assert albany.data(query % "COLLECTION")["deletionEvents"]["nodes"] == []
    products = albany.data("{ products(first: 9) { nodes { id } } }")["products"]["nodes"]
    assert [number_of(one["id"]) for one in products] == [3, 4, 6]


# The shop of the group: all that the world can do to an order


@pytest.fixture(scope="module")
def group() -> Group:
    return Group(7, 0.05)


def orders_of(client: Client) -> Iterator[Any]:
    query = (
        "query($after: String) { orders(first: 10, after: $after, sortKey: UPDATED_AT) "
        f"{{ pageInfo {{ hasNextPage endCursor }} nodes {{ legacyResourceId test {STANDING} {AGREEMENTS} }} }} }}"
    ).replace("sales(first: 5)", "sales(first: 150)")
    after = None
    while True:
        page = client.data(query, after=after)["orders"]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("now", ["2025-06-01T12:00:00+00:00", "2026-11-20T09:40:00+00:00"])
def test_sales_come_to_the_current_total_and_to_the_truth(
    now: str, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.shopify.DEAREST", 10**9)
    instant = datetime.fromisoformat(now).astimezone(UTC)
    group.advance(int(instant.timestamp()))
    shop = group.shop("shop-us")
    true = truth.of_shop(shop, int(instant.timestamp()), with_orders=True)["orders"]
    kinds: Counter[str] = Counter()
    seen = 0
    for order in orders_of(Client(shop, clock=Clock(instant))):
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for _, _, sales in agreed(order):
            for kind, action, quantity, total, tax, discount in sales:
                kinds[f"{kind} {action}"] += 1
                is_goods = kind in ("ProductSale", "GiftCardSale")
                sums["total"] += total
                sums["tax"] += tax
                sums["cards"] += total if kind == "GiftCardSale" else 0
                sums["units"] += quantity if is_goods and quantity else 0
                # A price never has another sign than the goods' way.
                assert not is_goods or (total - tax + discount) * (quantity or 1) >= 0
        assert sums["total"] == Decimal(shop_money(order["currentTotalPriceSet"])), order["legacyResourceId"]
        assert sums["tax"] == Decimal(shop_money(order["currentTotalTaxSet"]))
        assert sums["units"] == order["currentSubtotalLineItemsQuantity"]
        if not order["test"]:
            told = true.pop(order["legacyResourceId"])
            assert sums["total"] - sums["cards"] == Decimal(told["total_sales"]), order["legacyResourceId"]
        seen += 1
    assert not true
    assert seen > 30
    if now.startswith("2026"):
        wanted = {"ProductSale RETURN", "ShippingLineSale RETURN", "AdjustmentSale RETURN", "GiftCardSale ORDER"}
        assert wanted | {"TipSale ORDER", "ShippingLineSale ORDER"} <= set(kinds)


@pytest.mark.parametrize("name", ["shop-us", "shop-eu"])
def test_whatever_the_world_does_to_an_order_it_can_be_written_whole(
    name: str, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.shopify.DEAREST", 10**9)
    instant = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)
    group.advance(int(instant.timestamp()))
    client = Client(group.shop(name), clock=Clock(instant))
    for root, kind in [("orders", "Order"), ("customers", "Customer"), ("abandonedCheckouts", "AbandonedCheckout")]:
        wanted = every_field(schema().type_map[kind], 2, (kind,))
        assert client.data(f"{{ {root}(first: 250) {{ nodes {{ {wanted} }} }} }}")[root]["nodes"]


def test_prices_with_the_tax_inside_are_told_as_such(group: Group) -> None:
    instant = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)
    group.advance(int(instant.timestamp()))
    client = Client(group.shop("shop-eu"), clock=Clock(instant))
    order = next(one for one in group.shop("shop-eu").orders if one.paid and not one.refunds and one.shipping)
    told = client.order(
        order.id,
        f"taxesIncluded totalPriceSet {BAG} subtotalPriceSet {BAG} totalShippingPriceSet {BAG} "
        f"lineItems(first: 9) {{ nodes {{ originalTotalSet {BAG} }} }}",
    )
    cents = partial(Decimal.__mul__, Decimal(100))
    assert told["taxesIncluded"]
    assert cents(Decimal(shop_money(told["totalPriceSet"]))) == order.placed_total
    assert cents(Decimal(shop_money(told["subtotalPriceSet"]))) == sum(line.listed_total for line in order.lines)
    assert cents(Decimal(shop_money(told["totalShippingPriceSet"]))) == order.shipping + order.shipping_tax
