"""How the simulator's commercetools answers, against the contract and the recorded answers: tokens, queries, time."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from commercetools_client import Row, Shopper, yen
from recordings import recordings
from small_shop import DAY, NOON, OPENED

from simulator.web import Request

BY_CHANGE = (("sort", "lastModifiedAt asc"), ("sort", "id asc"), ("withTotal", "false"))


@pytest.fixture
def shop() -> Shopper:
    return Shopper()


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
