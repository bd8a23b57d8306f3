"""The simulator's Payload against what a real Payload 3.90.2 was recorded answering, and over a studio made by hand."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from hand_made_studio import DAY, FIRST_ORDER, HOUR, OPENED, refund, studio
from recordings import recordings
from studio_client import BOOKS, NOW, Studio, recorded

from simulator.payload_rows import DRAFT_ID
from simulator.seasons import iso

OWN_FIELDS = {"accessToken"}  # the template's, on top of the plugin's collections that were recorded


@pytest.fixture
def api() -> Studio:
    return Studio(studio())


def shape(value: Any) -> Any:
    """Names and nesting without the values; a list is shown by its first entry."""
    if isinstance(value, dict):
        plain = {re.sub("^priceIn(USD|EUR|GBP)", "priceIn", key): one for key, one in value.items()}
        return {key: shape(one) for key, one in plain.items() if key not in OWN_FIELDS}
    if isinstance(value, list):
        return [shape(value[0])] if value and isinstance(value[0], dict) else []
    return None


@pytest.mark.parametrize("number", ["14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "26", "28", "34"])
def test_rows_have_the_recorded_fields(number: str, api: Studio) -> None:
    exchange = recorded(number)
    path = exchange["request"]["path"]
    if number == "24":
        path = "/api/users?limit=1&depth=1&where[id][equals]=1"  # Ada, who has orders, carts and an address as well
    if number in ("26", "28"):  # a row whose relations lead to something
        path = {
            "26": "/api/variants?depth=1&where[id][equals]=2",
            "28": "/api/transactions?depth=1&where[id][equals]=112",
        }[number]
    ours, theirs = api.get(path), exchange["response"]["body"]
    assert set(ours) == set(theirs)
    ours_row, theirs_row = ours["docs"][0], theirs["docs"][0]
    if number == "24":
        assert set(ours_row) == set(theirs_row)
        assert set(ours_row["cart"]["docs"][0]) == set(theirs_row["cart"]["docs"][0])
        return
    assert shape(ours_row) == shape(theirs_row)


def failures() -> list[Any]:
    """Recorded refusals whose answer does not depend on the data."""
    data_bound = ("73-", "76-", "80-")
    return [
        entry
        for entry in recordings("payload")
        if entry.id == "missing"
        or (entry.values[0]["response"]["status"] >= 400 and not entry.id.startswith(data_bound))
    ]


@pytest.mark.parametrize("exchange", failures())
def test_refusal_equals_the_recorded_one(exchange: dict[str, Any], api: Studio) -> None:
    request = exchange["request"]
    given = request["headers"].get("Authorization", "")
    if "customer-login" in given:
        given = f"JWT {api.log_in('ada@example.com', 'simulator')[1]['token']}"
    elif "token of" in given:
        given = f"JWT {api.token}"
    if "/43-" in request["path"] or request["path"].startswith("/api/products/18"):
        api.shop.products[2].trashed = NOW - DAY
        request = request | {"path": "/api/products/3?depth=0"}
    answer = api.ask(request["path"], request["method"], request["body"], authorization=given)
    assert answer.status == exchange["response"]["status"]
    assert json.loads(answer.body) == exchange["response"]["body"]
    ours = {name.lower() for name, _ in answer.headers}
    assert ours <= {line.partition(":")[0].lower() for line in exchange["response"]["headers"]}


def test_page_past_the_end_is_an_empty_200(api: Studio) -> None:
    page = api.get("/api/orders?limit=3&page=8&depth=0")
    theirs = recorded("32")["response"]["body"]
    # 14 orders in pages of three: five pages, and the eighth would begin at row 22.
    ours = {"totalDocs": 14, "totalPages": 5, "limit": 3, "pagingCounter": 22}
    assert page == theirs | ours


def test_default_page_is_ten_of_the_newest(api: Studio) -> None:
    page = api.get("/api/orders?depth=0")
    assert [row["id"] for row in page["docs"]] == [15, 14, 12, 11, 10, 9, 8, 7, 6, 5]
    assert (page["totalDocs"], page["totalPages"], page["hasNextPage"], page["nextPage"]) == (14, 2, True, 2)


@pytest.mark.parametrize(("limit", "echoed", "counter"), [("0", 0, 1), ("abc", "abc", None), ("-3", -3, 1)])
def test_odd_limit_is_everything_at_once(limit: str, echoed: int | str, counter: int | None, api: Studio) -> None:
    page = api.get(f"/api/orders?depth=0&limit={limit}")
    assert (len(page["docs"]), page["limit"], page["totalPages"]) == (14, echoed, 1)
    assert (page["hasNextPage"], page["pagingCounter"]) == (False, counter)


def test_no_paging_with_a_limit_looks_complete(api: Studio) -> None:
    page = api.get("/api/orders?depth=0&pagination=false&limit=5")
    assert (len(page["docs"]), page["totalDocs"], page["totalPages"], page["hasNextPage"]) == (5, 5, 1, False)


ORDER_3 = iso(FIRST_ORDER + 3 * HOUR)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (
            f"where[createdAt][greater_than]={ORDER_3}&where[createdAt][less_than_equal]={iso(FIRST_ORDER + 5 * HOUR)}",
            [4, 5],
        ),
        (f"where[createdAt][greater_than_equal]={ORDER_3}&where[id][less_than]=5", [3, 4]),
        (f"where[createdAt][equals]={ORDER_3}", [3]),
        (f"where[createdAt][equals]={quote('2026-01-15T14:00:00+02:00')}", [3]),
        ("where[id][in]=2,9,77", [2, 9]),
        ("where[id][in][0]=2&where[id][in][1]=9", [2, 9]),
        ("where[id][not_in]=1,2,3,4,5,6,7,8,9,10,11", [12, 14, 15]),
        ("where[customer][exists]=false", [12]),
        ("where[customer][not_equals]=1", [12, 14]),
        ("where[items.product][equals]=2", [12]),
        ("where[items.quantity][greater_than]=1", [12]),
        ("where[customer.email][equals]=bo@example.com", [14]),
        ("where[customerEmail][contains]=EXAMPLE.net", [12]),
        ("where[customerEmail][like]=net%20guest12", [12]),
        ("where[customer.name][not_like]=ada", [14]),
        ("where[transactions][all]=112", [12]),
        ("where[amount][equals]=null", [15]),
        (
            "where[or][0][id][equals]=3&where[or][1][and][0][id][greater_than]=9&where[or][1][and][1][id][less_than]=11",
            [3, 10],
        ),
        ("where=" + quote(json.dumps({"and": [{"id": {"greater_than": 9}}, {"id": {"less_than": 12}}]})), [10, 11]),
    ],
)
def test_where_keeps_the_rows_it_names(where: str, expected: list[int], api: Studio) -> None:
    assert api.ids(f"/api/orders?depth=0&limit=0&sort=id&{where}") == expected


def test_bracketed_list_reads_like_the_comma_one_in_a_posted_query(api: Studio) -> None:
    body = "depth=0&sort=id&where[id][in]=2,9"
    answer = api.ask("/api/orders", "POST", body, x_payload_http_method_override="GET")
    assert [row["id"] for row in json.loads(answer.body)["docs"]] == [2, 9]


def test_sorting_takes_several_fields_and_ignores_unknown_ones(api: Studio) -> None:
    assert api.ids("/api/orders?depth=0&limit=4&sort=-amount,id") == [12, 1, 2, 3]
    assert api.ids("/api/orders?depth=0&limit=2&sort=nosuch") == [15, 14]
    # Nobody asked for a second key: -createdAt is added, and order 14 with the lowest amount is first after the null.
    assert api.ids("/api/orders?depth=0&limit=4&sort=amount") == [15, 14, 11, 10]


def test_count_counts_what_where_keeps(api: Studio) -> None:
    assert api.get("/api/orders/count?where[customer][equals]=1") == {"totalDocs": 12}


def test_select_keeps_the_id_and_what_it_names(api: Studio) -> None:
    page = api.get("/api/transactions?limit=1&depth=0&sort=id&select[amount]=true&select[stripe][paymentIntentID]=true")
    assert page["docs"] == [{"id": 101, "stripe": {"paymentIntentID": "pi_101"}, "amount": 2000}]
    row = api.get("/api/carts/300?depth=0&select[items]=false")
    assert "items" not in row
    assert row["subtotal"] == 2700


def test_depth_turns_ids_into_rows(api: Studio) -> None:
    one = "/api/orders/12"
    assert api.get(f"{one}?depth=0")["items"][0]["variant"] == 2
    flat = api.get(f"{one}?depth=1")["items"][0]["variant"]
    assert (flat["title"], flat["product"], flat["options"]) == ("Shirt — M", 2, [1])
    deep = api.get(one)["items"][0]["variant"]  # the default is 2
    assert (deep["product"]["title"], deep["options"][0]["label"]) == ("Shirt", "M")
    assert deep["product"]["variants"]["docs"] == [2, 3]


def test_join_lists_are_cut_at_ten_and_can_be_left_out(api: Studio) -> None:
    ada = api.get("/api/users/1?depth=0")
    assert ada["orders"] == {"docs": [15, 11, 10, 9, 8, 7, 6, 5, 4, 3], "hasNextPage": True}
    assert api.get("/api/users/1?depth=0&joins[orders][count]=true")["orders"]["totalDocs"] == 12
    assert "orders" not in api.get("/api/users/1?depth=0&joins=false")
    without = api.get("/api/users/1?depth=0&joins[orders]=false")
    assert "orders" not in without
    assert "cart" in without


def test_order_says_nothing_but_its_amount(api: Studio) -> None:
    row = api.get("/api/orders/12?depth=0")
    assert (row["amount"], row["currency"], row["customer"]) == (3000, "GBP", None)
    assert row["customerEmail"] == "guest12@example.net"
    assert [set(item) for item in row["items"]] == [{"id", "product", "variant", "quantity"}]
    assert re.fullmatch(r"[0-9a-f]{24}", row["items"][0]["id"])
    assert len(row["accessToken"]) == 36
    # The second guest's payment failed: a transaction, and never an order.
    assert api.get("/api/transactions/113?depth=0") | {"items": []} == api.get("/api/transactions/113?depth=0") | {
        "items": [],
        "status": "failed",
        "order": None,
    }
    assert api.ask("/api/orders/13").status == 404
    # What was typed in by hand has neither amount nor payment.
    by_hand = api.get("/api/orders/15?depth=0")
    assert (by_hand["amount"], by_hand["currency"], by_hand["transactions"]) == (None, None, [])


def test_variant_and_simple_product_carry_the_price_on_their_own_row(api: Studio) -> None:
    prints, shirt = (api.get(f"/api/products/{id}?depth=0") for id in (1, 2))
    assert (prints["priceInGBP"], prints["inventory"], prints["enableVariants"]) == (2000, 7, False)
    assert (shirt["priceInGBP"], shirt["inventory"], shirt["enableVariants"]) == (None, 0, True)
    assert (shirt["variantTypes"], shirt["variants"]) == ([1], {"docs": [2, 3], "hasNextPage": False})
    variant = api.get("/api/variants/3?depth=0")
    assert (variant["priceInGBP"], variant["priceInGBPEnabled"], variant["inventory"]) == (1500, True, 7)


def test_price_field_carries_the_currency_of_the_shop() -> None:
    row = Studio(studio("KWD", 3)).get("/api/products/1?depth=0")
    assert row["priceInKWD"] == 2000
    assert "priceInGBP" not in row


def test_status_of_a_cart_follows_the_clock_alone(api: Studio) -> None:
    def cart() -> tuple[str, str]:
        row = api.get("/api/carts/300?depth=0")
        return row["status"], row["updatedAt"]

    assert cart() == ("abandoned", iso(FIRST_ORDER))
    api.clock.instant = FIRST_ORDER + 7 * DAY - 1
    api.token = api.log_in(**BOOKS)[1]["token"]
    assert cart() == ("active", iso(FIRST_ORDER))
    api.clock.instant += 1
    assert cart() == ("abandoned", iso(FIRST_ORDER))
    bought = api.get("/api/carts/201?depth=0")
    assert (bought["status"], bought["purchasedAt"]) == ("purchased", iso(FIRST_ORDER + HOUR))
    assert bought["createdAt"] == iso(FIRST_ORDER)


def test_nothing_after_the_clock_is_shown(api: Studio) -> None:
    api.clock.instant = FIRST_ORDER + 4 * HOUR
    api.token = api.log_in(**BOOKS)[1]["token"]
    assert api.ids("/api/orders?depth=0&sort=id") == [1, 2, 3, 4]
    fourth = api.get("/api/orders/4?depth=0")
    assert (fourth["status"], fourth["updatedAt"]) == ("processing", fourth["createdAt"])
    # The fifth basket was just opened; its order is an hour away.
    assert api.get("/api/carts/205?depth=0")["purchasedAt"] is None


def test_part_refunded_shows_nowhere_and_all_refunded_in_the_status(api: Studio) -> None:
    order, part, all_of_it = api.shop.orders[0], FIRST_ORDER + 3 * DAY, FIRST_ORDER + 4 * DAY
    refund(order, part, 500)
    refund(order, all_of_it, 1500)
    api.clock.instant = part
    api.token = api.log_in(**BOOKS)[1]["token"]
    assert api.get("/api/orders/1?depth=0")["status"] == "completed"
    api.clock.instant = all_of_it
    api.token = api.log_in(**BOOKS)[1]["token"]
    row = api.get("/api/orders/1?depth=0")
    assert (row["status"], row["amount"], row["updatedAt"]) == ("refunded", 2000, iso(all_of_it))
    assert api.get("/api/transactions/101?depth=0")["status"] == "succeeded"


def test_deletion_for_good_nulls_references_and_moves_no_updated_at(api: Studio) -> None:
    before = api.get("/api/orders/14?depth=0")
    api.shop.products[2].deleted = NOW - HOUR
    api.shop.customers[1].deleted = NOW - HOUR
    api.shop.orders[0].deleted = NOW - HOUR
    api.clock.instant = NOW + 1
    after = api.get("/api/orders/14?depth=0")
    item = before["items"][0] | {"product": None}
    assert after == before | {"customer": None, "customerEmail": None, "items": [item]}
    payment = api.get("/api/transactions/101?depth=0")
    assert (payment["order"], payment["updatedAt"]) == (None, iso(FIRST_ORDER + HOUR))
    assert api.get("/api/addresses/2?depth=0")["customer"] is None
    assert [api.ask(f"/api/{one}").status for one in ("products/3", "users/2", "orders/1")] == [404, 404, 404]
    assert 1 not in api.ids("/api/orders?limit=0&depth=0")


def test_trashed_product_is_hidden_but_for_trash_and_null_from_depth_1(api: Studio) -> None:
    api.shop.products[2].trashed = NOW - HOUR
    api.clock.instant = NOW + 1
    assert api.ids("/api/products?sort=id") == [1, 2, DRAFT_ID]
    kept = api.get("/api/products?trash=true&depth=0&where[deletedAt][exists]=true")["docs"]
    assert [(row["id"], row["deletedAt"], row["updatedAt"]) for row in kept] == [(3, iso(NOW - HOUR), iso(NOW - HOUR))]
    order = "/api/orders/14"
    assert api.get(f"{order}?depth=0")["items"][0]["product"] == 3
    assert api.get(f"{order}?depth=1")["items"][0]["product"] is None


def test_same_instant_gives_the_same_bytes() -> None:
    first, second = (Studio(studio()).ask("/api/orders?limit=0").body for _ in range(2))
    assert first == second
    assert OPENED < FIRST_ORDER
