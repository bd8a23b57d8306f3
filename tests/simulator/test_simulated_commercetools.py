"""The simulator's commercetools against the contract and the recorded answers: tokens, queries, money, deletions."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from recordings import recordings
from small_shop import DAY, NOON, OPENED, small_shop

from simulator.clock import Clock
from simulator.commercetools import Commercetools, CommercetoolsTokens
from simulator.web import Answer, Request

Row = dict[str, Any]
BY_CHANGE = (("sort", "lastModifiedAt asc"), ("sort", "id asc"), ("withTotal", "false"))


class Shopper:
    """Asks a small shop's API without a network between."""

    def __init__(self, seconds: int = 1000 * DAY, client: str = "simulator_client", is_modular: bool = False) -> None:
        self.clock = Clock(datetime.fromtimestamp(NOON + 4 * DAY, UTC))
        shop = small_shop()
        self.shop = shop
        self.tokens = CommercetoolsTokens(self.clock, seconds=seconds)
        self.api = Commercetools(lambda now: shop, self.clock, self.tokens, is_modular=is_modular)
        self.token = self.grant(client)[1].get("access_token", "")

    def grant(
        self, client: str = "simulator_client", body: str = "grant_type=client_credentials"
    ) -> tuple[int, dict[str, Any]]:
        key = base64.b64encode(f"{client}:simulator_secret".encode()).decode()
        answer = self.tokens.answer(
            Request("POST", "/oauth/token", "", {"authorization": f"Basic {key}"}, body.encode())
        )
        return answer.status, json.loads(answer.body)

    def ask(self, path: str, *query: tuple[str, str]) -> Answer:
        headers = {"authorization": f"Bearer {self.token}"}
        return self.api.answer(Request("GET", path, urlencode(query), headers))

    def get(self, path: str, *query: tuple[str, str]) -> dict[str, Any]:
        answer = self.ask(f"/simulator{path}", *query)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def rows(self, path: str, *query: tuple[str, str]) -> list[Row]:
        return self.get(path, *query)["results"]

    def order(self, number: int) -> Row:
        return self.get(f"/orders/order-number=JP-{number}")

    def refused(self, path: str, *query: tuple[str, str]) -> tuple[int, str, str]:
        answer = self.ask(path, *query)
        body = json.loads(answer.body)
        return answer.status, body["errors"][0]["code"], body["message"]


@pytest.fixture
def shop() -> Shopper:
    return Shopper()


def yen(money: Row) -> int:
    assert (money["type"], money["currencyCode"], money["fractionDigits"]) == ("centPrecision", "JPY", 0)
    return money["centAmount"]


# Tokens


def test_token_ends_by_the_clock_and_is_refused_then() -> None:
    shop = Shopper(seconds=600)
    assert shop.grant()[1]["expires_in"] == 600
    assert len(shop.rows("/orders")) == 2
    shop.clock.set(shop.clock.now() + 600)
    assert shop.refused("/simulator/orders") == (401, "invalid_token", "invalid_token")
    shop.token = shop.grant()[1]["access_token"]
    assert len(shop.rows("/orders")) == 2


def test_missing_right_names_the_scope() -> None:
    shop = Shopper(client="orders_missing")
    message = "Insufficient scope. One of the following scopes is missing: view_orders."
    assert shop.refused("/simulator/orders") == (403, "insufficient_scope", message)
    assert shop.rows("/customers")


def test_scope_of_one_store_hides_the_others_rows_without_a_word() -> None:
    shop = Shopper(client="one_store")
    assert [row["orderNumber"] for row in shop.rows("/orders")] == ["JP-1006"]
    assert shop.get("/orders")["total"] == 1


def test_narrower_scope_is_granted_and_a_wider_one_is_not(shop: Shopper) -> None:
    asked = "grant_type=client_credentials&scope=view_customers:simulator"
    status, granted = shop.grant(body=asked)
    assert (status, granted["scope"]) == (200, "view_customers:simulator")
    status, refused = shop.grant("orders_missing", f"{asked} view_orders:simulator")
    assert (status, refused["error"]) == (400, "invalid_scope")


def is_refused_reading(entry: Any) -> bool:
    """Left out: the mock's own parser and router, which word things their own way, and what a reader never sends."""
    exchange = entry.values[0]
    if exchange is None:
        return True
    asked, answered = exchange["request"], exchange["response"]
    is_worded_by_the_mock = "where=" in asked["path"] or answered["body"].get("error") == "Not Found"
    is_write = asked["method"] == "POST" and "/orders" in asked["path"]
    return answered["status"] >= 400 and not is_write and not is_worded_by_the_mock


@pytest.mark.parametrize("exchange", list(filter(is_refused_reading, recordings("commercetools"))))
def test_refusals_read_like_the_recorded_ones(exchange: dict[str, Any], shop: Shopper) -> None:
    asked, answered = exchange["request"], exchange["response"]
    path, _, query = asked["path"].partition("?")
    key = base64.b64encode(b"simulator_client:simulator_secret").decode()
    given = asked["headers"].get("Authorization", "")
    ours = f"Basic {key}" if given.startswith("Basic") else f"Bearer {shop.token}" if "<" in given else given
    headers = {"authorization": ours} if given else {}
    api = shop.tokens if path.startswith("/oauth") else shop.api
    answer = api.answer(Request(asked["method"], path.replace("demo-project", "simulator"), query, headers))
    told = json.loads(answer.body)
    assert answer.status == answered["status"]
    assert {name: told[name] for name in answered["body"]} == answered["body"]


# Queries


def test_envelope_and_limits(shop: Shopper) -> None:
    answer = shop.get("/orders")
    assert {name: answer[name] for name in answer if name != "results"} == {
        "limit": 20,
        "offset": 0,
        "count": 2,
        "total": 2,
    }
    assert "total" not in shop.get("/orders", ("withTotal", "false"))
    assert shop.get("/orders", ("limit", "0"))["results"] == []
    assert shop.get("/orders", ("offset", "10000"))["count"] == 0
    for query in (("limit", "501"), ("limit", "-1"), ("limit", "many"), ("offset", "10001")):
        assert shop.refused("/simulator/orders", query)[:2] == (400, "InvalidInput")


def test_wrong_project_is_not_found(shop: Shopper) -> None:
    assert shop.refused("/other/orders")[:2] == (404, "ResourceNotFound")


def test_project_tells_currency_and_messages(shop: Shopper) -> None:
    project = shop.get("")
    assert (project["currencies"], project["countries"]) == (["JPY"], ["JP"])
    assert project["messages"] == {"enabled": True, "deleteDaysAfterCreation": 15}


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ('orderNumber = "JP-1001"', ["JP-1001"]),
        ('orderNumber != "JP-1001"', ["JP-1006"]),
        ('orderNumber in ("JP-1001", "JP-1006") and customerId is not defined', ["JP-1006"]),
        ('orderNumber not in ("JP-1001")', ["JP-1006"]),
        ('not(orderNumber = "JP-1006")', ["JP-1001"]),
        ("customerId is defined", ["JP-1001"]),
        ("returnInfo is not empty", ["JP-1001"]),
        ("totalPrice(centAmount > 5000)", ["JP-1001"]),
        ('totalPrice(centAmount <= 5000 and currencyCode = "JPY")', ["JP-1006"]),
        ("lineItems(quantity = 3)", ["JP-1006"]),
        ('lineItems(variant(sku = "SKU-5-0"))', ["JP-1001"]),
        ('store(key = "ginza") or (store(key = "online") and orderState = "Open")', ["JP-1006"]),
        ('lastModifiedAt > "2026-11-12T12:00:00Z"', ["JP-1001"]),
        ('lastModifiedAt < "2026-11-12T12:00:00.000Z"', ["JP-1006"]),
        ("orderNumber = :number", ["JP-1006"]),
        ("orderNumber in :numbers", ["JP-1001", "JP-1006"]),
        ("totalPrice(centAmount >= :least)", ["JP-1001"]),
    ],
)
def test_predicates(where: str, wanted: list[str], shop: Shopper) -> None:
    variables = (("var.number", "JP-1006"), ("var.numbers", "JP-1001"), ("var.numbers", "JP-1006"))
    found = shop.rows("/orders", ("where", where), *variables, ("var.least", "5044"))
    assert sorted(row["orderNumber"] for row in found) == wanted


def test_repeated_where_is_joined_with_and(shop: Shopper) -> None:
    both = (("where", 'orderState = "Confirmed"'), ("where", 'store(key = "ginza")'))
    assert shop.rows("/orders", *both) == []


@pytest.mark.parametrize(
    ("where", "code", "told"),
    [
        ("((", "InvalidInput", "Syntax error while parsing 'where'"),
        ("id in ()", "InvalidInput", "Invalid input ')', expected StringLiteral, NumberLiteral, boolean or inputParam"),
        ('nosuch = "x"', "InvalidInput", "The field 'nosuch' does not exist."),
        ('createdAt > "yesterday"', "InvalidInput", "Invalid date-time"),
        ("id = :missing", "InvalidInput", "Missing value for input variable 'missing'"),
        (" or ".join(['id = "x"'] * 300), "QueryComplexityLimitExceeded", "too complex"),
    ],
)
def test_predicates_that_cannot_be_read(where: str, code: str, told: str, shop: Shopper) -> None:
    status, found, message = shop.refused("/simulator/orders", ("where", where))
    assert (status, found) == (400, code)
    assert told in message


def test_keyset_reads_every_row_once_though_many_changed_in_the_same_instant(shop: Shopper) -> None:
    """All five variants' stock began in one instant; pages of two cut through them."""
    seen: list[str] = []
    after: Row | None = None
    while True:
        where = 'lastModifiedAt < "2026-12-01T00:00:00.000Z"'
        if after is not None:
            moment, last = after["lastModifiedAt"], after["id"]
            where += f' and (lastModifiedAt > "{moment}" or (lastModifiedAt = "{moment}" and id > "{last}"))'
        rows = shop.rows("/inventory", ("where", where), ("limit", "2"), *BY_CHANGE)
        seen += [row["sku"] for row in rows]
        if len(rows) < 2:
            break
        after = rows[-1]
    assert sorted(seen) == ["SKU-1-0", "SKU-1-1", "SKU-5-0"]
    assert len({row["lastModifiedAt"] for row in shop.rows("/inventory")}) == 1


def test_sort_goes_down_too_and_refuses_what_is_no_field(shop: Shopper) -> None:
    rows = shop.rows("/orders", ("sort", "totalPrice.centAmount desc"))
    assert [row["orderNumber"] for row in rows] == ["JP-1001", "JP-1006"]
    assert shop.refused("/simulator/orders", ("sort", "nosuch asc"))[:2] == (400, "InvalidInput")


def test_expansion_puts_the_object_beside_its_reference(shop: Shopper) -> None:
    query = (("where", 'orderNumber = "JP-1001"'), ("expand", "paymentInfo.payments[*]"))
    (payment,) = shop.rows("/orders", *query)[0]["paymentInfo"]["payments"]
    assert payment["obj"]["transactions"][0]["type"] == "Authorization"


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


# Time


def test_late_row_appears_with_its_old_time(shop: Shopper) -> None:
    shop.clock.set(NOON + 60 + 599)
    assert {row["orderNumber"] for row in shop.rows("/orders")} == {"JP-1001", "JP-1026"}
    shop.clock.set(NOON + 60 + 600)
    late = shop.order(1006)
    assert late["lastModifiedAt"].startswith("2026-11-10T12:01:00.")
    assert late["lastModifiedAt"] == shop.order(1026)["lastModifiedAt"], "rows of one instant share it"


def test_deleted_order_is_gone_and_a_message_tells_it_for_fifteen_days(shop: Shopper) -> None:
    shop.clock.set(NOON + 2 * DAY - 1)
    gone = shop.order(1026)
    assert (gone["orderState"], gone["shipmentState"]) == ("Cancelled", "Canceled")
    shop.clock.set(NOON + 2 * DAY)
    assert shop.ask(f"/simulator/orders/{gone['id']}").status == 404
    where = ("where", 'type = "OrderDeleted" and createdAt > "2026-11-01T00:00:00.000Z"')
    (message,) = shop.rows("/messages", where, ("sort", "createdAt asc"))
    assert message["resource"] == {"typeId": "order", "id": gone["id"]}
    shop.clock.set(NOON + 17 * DAY)
    assert shop.rows("/messages", where) == []


def test_carts_vanish_after_ninety_days(shop: Shopper) -> None:
    assert {row["cartState"] for row in shop.rows("/carts")} == {"Ordered", "Active"}
    assert shop.order(1001)["cart"]["id"] in {row["id"] for row in shop.rows("/carts")}
    shop.clock.set(NOON + 91 * DAY)
    assert shop.rows("/carts") == []


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


def test_whole_shop_over_http_adds_up(small_url: str) -> None:
    """Every order of the made shop: lines, custom lines, parcel and the discount on the whole make the total."""
    with httpx.Client(base_url=small_url) as client:
        key = ("simulator_client", "simulator_secret")
        granted = client.post(
            "/commercetools-auth/oauth/token", data={"grant_type": "client_credentials"}, auth=key
        ).json()
        headers = {"Authorization": f"Bearer {granted['access_token']}"}
        answer = client.get("/commercetools/simulator/orders", params={"limit": 500}, headers=headers).json()
        sums = client.get("/commercetools/simulator/payments", params={"limit": 500}, headers=headers).json()
    assert answer["count"] > 30
    assert any(row["type"] == "Refund" for payment in sums["results"] for row in payment["transactions"])
    for order in answer["results"]:
        lines = sum(yen(line["totalPrice"]) for line in (*order["lineItems"], *order["customLineItems"]))
        parcel = order.get("shippingInfo", {})
        shipping = yen(parcel.get("discountedPrice", {}).get("value") or parcel["price"]) if parcel else 0
        off = yen(order["discountOnTotalPrice"]["discountedAmount"]) if "discountOnTotalPrice" in order else 0
        assert yen(order["totalPrice"]) == lines + shipping - off
        if "taxedPrice" in order:
            assert yen(order["taxedPrice"]["totalGross"]) == yen(order["totalPrice"])


def test_opening_day_is_known(shop: Shopper) -> None:
    assert shop.get("")["createdAt"].startswith(datetime.fromtimestamp(OPENED, UTC).strftime("%Y-%m-%d"))
