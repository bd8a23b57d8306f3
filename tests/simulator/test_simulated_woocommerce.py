"""The simulator's WooCommerce against the contract and against answers recorded from WooCommerce 11.0.1."""

import base64
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from berlin_shop import NOW, at, berlin_shop
from recordings import recording, recordings

from simulator.clock import Clock
from simulator.trade.model import Shop
from simulator.web import Answer, Request
from simulator.woocommerce import WooCommerce

RECORDED_SITE, SITE = "https://127.0.0.1:3106", "http://shop.test/woocommerce"
RECORDED_KEYS = {
    **{"ck_1111111111111111111111111111111111111111": "ck_simulator", "ck_unknown": "ck_unknown"},
    "ck_3333333333333333333333333333333333333333": "ck_simulator",
}


def key_of(name: str, secret: str = "cs_simulator") -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


@dataclass
class Client:
    """Asks the pretended site without a network."""

    shop: Shop = field(default_factory=berlin_shop)
    now: int = NOW
    key: str = "ck_simulator"
    options: dict[str, Any] = field(default_factory=dict)

    def send(self, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> Answer:
        clock = Clock(datetime.fromtimestamp(self.now, UTC))
        api = WooCommerce(lambda now: self.shop, clock, **self.options)
        path, _, query = path.partition("?")
        headers = key_of(self.key) if headers is None else headers
        return api.answer(Request(method, path, query, {"host": "shop.test"} | headers))

    def get(self, path: str, **parameters: object) -> Any:
        answer = self.send(f"/wp-json/wc/v3/{path}?{urlencode(parameters)}")
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def ids(self, path: str, **parameters: object) -> list[int]:
        return [row["id"] for row in self.get(path, per_page=100, _fields="id", **parameters)]

    def header(self, name: str, path: str) -> str:
        return dict(self.send(f"/wp-json/wc/v3/{path}").headers)[name]


@pytest.fixture
def woo() -> Client:
    return Client()


# Keys


def exchange_key(request: dict[str, Any]) -> dict[str, str]:
    """Return the recorded headers with the simulator's keys in them."""
    header = request["headers"].get("Authorization")
    if header is None:
        return {}
    name, _, secret = base64.b64decode(header.split()[1]).decode().partition(":")
    return key_of(RECORDED_KEYS[name], "cs_simulator" if secret[3:].isdecimal() else secret)


def refusals() -> Iterator[Any]:
    for entry in recordings("woocommerce"):
        is_refused = entry.values[0] is None or entry.values[0]["response"]["status"] >= 400
        # 57 is a write, and 59 a row that only that shop had.
        if is_refused and not str(entry.id).startswith(("57", "59")):
            yield entry


@pytest.mark.parametrize("exchange", list(refusals()))
def test_refusals_are_those_recorded_word_for_word(exchange: dict[str, Any]) -> None:
    request, recorded = exchange["request"], exchange["response"]
    site = Client(options={"is_behind_tls": "X-Plain-Http" not in request["headers"]})
    answer = site.send(request["path"], exchange_key(request), request["method"])
    assert (answer.status, json.loads(answer.body)) == (recorded["status"], recorded["body"])
    links = [header for header in recorded["headers"] if header.startswith("Link: ")]
    assert links == [
        f"Link: <{RECORDED_SITE if site.options['is_behind_tls'] else 'http://127.0.0.1:3106'}/wp-json/>; "
        'rel="https://api.w.org/"'
    ]
    assert dict(answer.headers)["Link"] == f'<{SITE}/wp-json/>; rel="https://api.w.org/"'


def test_keys_without_rights(woo: Client) -> None:
    for key, status, code in [
        ("ck_simulator_write", 401, "woocommerce_rest_authentication_error"),
        ("ck_simulator_visitor", 403, "woocommerce_rest_cannot_view"),
    ]:
        answer = woo.send("/wp-json/wc/v3/orders", key_of(key))
        assert (answer.status, json.loads(answer.body)["code"]) == (status, code)


def test_single_rows_need_a_key_too(woo: Client) -> None:
    answer = woo.send("/wp-json/wc/v3/orders/1001", {})
    assert (answer.status, json.loads(answer.body)["message"]) == (401, "Sorry, you cannot view this resource.")
    assert woo.send("/wp-json/", {}).status == 200


def test_rows_not_for_the_key_s_user_vanish_after_paging(woo: Client) -> None:
    woo.key = "ck_simulator_clerk"
    rows, headers = (
        woo.get("orders", per_page=6, orderby="id", order="asc"),
        woo.header("X-WP-Total", "orders?per_page=6"),
    )
    # The first six are 1001 to 1005 and 1008 (1006 is in the trash, 1007 deleted); 1002, 1005 and 1008 divide by three.
    assert [row["id"] for row in rows] == [1001, 1003, 1004]
    assert headers == "19"


# Paging


LINKED = ("05", "09", "10", "12", "14", "23", "24", "39", "40", "49")


@pytest.mark.parametrize(
    "exchange", [entry for entry in recordings("woocommerce") if entry.values[0] is None or entry.id[:2] in LINKED]
)
def test_links_to_neighbouring_pages_are_those_recorded(exchange: dict[str, Any], woo: Client) -> None:
    path = exchange["request"]["path"]
    for recorded, own in {**RECORDED_KEYS, "cs_2222222222222222222222222222222222222222": "cs_simulator"}.items():
        path = path.replace(recorded, own)
    if "/refunds" in path:
        path = path.replace("per_page=3", "per_page=2")  # this shop has three
    [link] = [header for header in exchange["response"]["headers"] if header.startswith("Link: ")]
    wanted = link[6:].replace(RECORDED_SITE, SITE)
    for recorded, own in {**RECORDED_KEYS, "cs_2222222222222222222222222222222222222222": "cs_simulator"}.items():
        wanted = wanted.replace(recorded, own)
    answer = woo.send(path, {} if "consumer_key" in path else None)
    assert dict(answer.headers)["Link"] == (
        wanted.replace("per_page=3", "per_page=2") if "/refunds" in path else wanted
    )


def test_pages_tell_their_totals_and_past_the_end_is_an_empty_list_of_zeros(woo: Client) -> None:
    # 22 orders: 1022 lies ahead, 1006 is in the trash, 1007 deleted.
    seen = [
        row["id"] for page in (1, 2, 3) for row in woo.get("orders", per_page=8, page=page, orderby="id", order="asc")
    ]
    assert seen == [n for n in range(1001, 1022) if n not in (1006, 1007)]
    assert [woo.header(f"X-WP-Total{of}", "orders?per_page=8&page=3") for of in ("", "Pages")] == ["19", "3"]
    assert woo.get("orders", per_page=8, page=4) == []
    assert [woo.header(f"X-WP-Total{of}", "orders?per_page=8&page=4") for of in ("", "Pages")] == ["0", "0"]
    assert len(woo.get("orders")) == 10
    assert woo.ids("orders", offset=17, orderby="id", order="asc") == [1020, 1021]


def test_links_may_name_another_host() -> None:
    woo = Client(options={"link_url": "http://backend.internal"})
    assert woo.header("Link", "orders").startswith("<http://backend.internal/wp-json/wc/v3/orders?")


# Time


def test_borders_of_time_are_left_out_and_mean_the_site_s_clock(woo: Client) -> None:
    # 1021 was changed at 10:00 UTC, which was 11:00 in Berlin.
    for border, gmt, found in [
        ("2026-11-01T10:00:00", "true", 0),
        ("2026-11-01T09:59:59", "true", 12),
        ("2026-11-01T11:00:00", "false", 0),
        ("2026-11-01T10:59:59", "false", 12),
        ("2026-11-01T10:00:00Z", "false", 0),
        ("2026-11-01T09:59:59Z", "false", 12),
        ("2026-11-01T10:59:59+01:00", "true", 12),
    ]:
        assert len(woo.ids("orders", modified_after=border, dates_are_gmt=gmt)) == found, border
    assert woo.ids("orders", after="2026-10-25T00:30:00", before="2026-11-01T10:00:00", dates_are_gmt="true") == [1009]
    assert woo.ids("orders", modified_before="2026-10-02T10:00:01", dates_are_gmt="true") == [1002]


def test_hour_that_comes_twice_hides_changes_from_who_asks_by_the_site_s_clock(woo: Client) -> None:
    [late, early] = woo.get("orders", include="1008,1009")
    assert (early["date_created"], late["date_created"]) == ("2026-10-25T02:30:00", "2026-10-25T02:30:00")
    assert (early["date_created_gmt"], late["date_created_gmt"]) == ("2026-10-25T00:30:00", "2026-10-25T01:30:00")
    window = {"modified_before": "2026-11-01T00:00:00"}
    assert woo.ids("orders", modified_after="2026-10-25T01:00:00", dates_are_gmt="true", **window) == [1009]
    assert woo.ids("orders", modified_after="2026-10-25T02:30:00", **window) == []


def test_summer_and_winter_of_the_site(woo: Client) -> None:
    root = json.loads(woo.send("/wp-json/?_fields=timezone_string,gmt_offset").body)
    assert root == {"gmt_offset": 1, "timezone_string": "Europe/Berlin"}
    assert json.loads(Client(now=at("2026-07-01T00:00:00")).send("/wp-json/").body)["gmt_offset"] == 2


def test_customers_and_refunds_do_not_listen_to_modified_after(woo: Client) -> None:
    assert woo.ids("customers", modified_after="2030-01-01T00:00:00") == [1, 4]
    assert len(woo.ids("refunds", modified_after="2030-01-01T00:00:00")) == 3
    assert woo.ids("refunds", after="2026-10-10T10:00:00", dates_are_gmt="true") == [5002]


def test_old_site_knows_no_changes() -> None:
    woo = Client(options={"is_old_site": True})
    assert len(woo.ids("orders", modified_after="2030-01-01T00:00:00")) == 20  # and shows the checkout's draft
    assert woo.send("/wp-json/wc/v3/orders?orderby=modified").status == 400
    assert woo.send("/wp-json/wc/v3/refunds").status == 404


# Orders


def test_order_adds_up_as_on_paper(woo: Client) -> None:
    row = woo.get("orders/1001")
    shirt, tea = row["line_items"]
    # 99.98 has 15.96 of tax inside; 94.98, after the coupon, 15.16. 5.35 at 7 % has 0.35.
    assert [shirt[name] for name in ("subtotal", "subtotal_tax", "total", "total_tax")] == [
        "84.02",
        "15.96",
        "79.82",
        "15.16",
    ]
    assert [tea[name] for name in ("subtotal", "total", "total_tax", "variation_id")] == ["5.00", "5.00", "0.35", 0]
    assert (shirt["product_id"], shirt["variation_id"], shirt["name"]) == (5, 50, "Hemd - S")
    assert shirt["price"] == 39.91
    assert (row["discount_total"], row["discount_tax"]) == ("4.20", "0.80")
    assert (row["cart_tax"], row["total_tax"]) == ("15.89", "16.82")  # 15.16 + 0.35 + 0.38, and 0.93
    assert row["total"] == "108.54"  # 94.98 + 5.35 + 5.83 + 2.38
    assert [(t["rate_id"], t["tax_total"], t["shipping_tax_total"]) for t in row["tax_lines"]] == [
        (190, "15.54", "0.93"),
        (70, "0.35", "0.00"),
    ]
    assert [(c["code"], c["discount"], c["discount_tax"]) for c in row["coupon_lines"]] == [("fuenf", "4.2", "0.8")]
    assert (row["status"], row["number"], row["transaction_id"]) == ("completed", "B-1001", "pi_1")
    # 39.91 + 7.58 and the shipping's 5.83.
    assert row["refunds"] == [{"id": 5001, "reason": "zu klein", "total": "-53.32", "total_tax": "-8.51"}]
    assert row["order_key"].startswith("wc_order_")


def test_decimals_of_money_are_asked_for(woo: Client) -> None:
    assert woo.get("orders/1001", dp=6)["total"] == "108.540000"
    assert woo.get("orders", include=1001, dp=1)[0]["line_items"][0]["total"] == "79.8"
    assert "&dp=6&" in woo.header("Link", "orders?dp=6")


def test_states_by_their_time(woo: Client) -> None:
    states = {row["id"]: row["status"] for row in woo.get("orders", per_page=100)}
    assert [states[n] for n in (1001, 1002, 1003, 1004, 1005, 1009, 1010)] == [
        *("completed", "on-hold", "failed", "cancelled", "refunded", "pending", "processing")
    ]
    woo.now = at("2026-10-01T10:00:30")
    assert [(row["id"], row["status"], row["date_modified_gmt"], row["date_paid"]) for row in woo.get("orders")] == [
        (1001, "pending", "2026-10-01T10:00:00", None)
    ]
    woo.now = at("2026-10-06T09:00:00")
    assert {1006, 1007} <= set(woo.ids("orders"))


def test_trash_only_on_request_and_hard_deletion_leaves_nothing(woo: Client) -> None:
    assert woo.ids("orders", status="trash") == [1006]
    assert woo.get("orders/1006")["status"] == "trash"
    answer = woo.send("/wp-json/wc/v3/orders/1007")
    assert (answer.status, json.loads(answer.body)["code"]) == (404, "woocommerce_rest_shop_order_invalid_id")
    assert woo.ids("products", status="trash") == [8]
    assert 8 not in woo.ids("products")
    assert woo.send("/wp-json/wc/v3/products/9").status == 404


def test_draft_of_the_checkout_only_on_request_and_for_a_day(woo: Client) -> None:
    [draft] = woo.get("orders", status="checkout-draft")
    assert (draft["status"], draft["total"], draft["customer_id"]) == ("checkout-draft", "49.99", 0)
    assert set(woo.ids("orders", status="any,checkout-draft")) - set(woo.ids("orders")) == {draft["id"]}


def test_references_to_what_was_deleted_become_zero_without_a_new_date(woo: Client) -> None:
    before = Client(now=at("2026-10-25T01:00:00"))
    assert before.get("orders/1004")["customer_id"] == 0  # the customer left in August
    assert woo.get("orders/1001")["customer_id"] == 1
    assert woo.get("orders/1002")["customer_id"] == 0  # a guest
    [line] = woo.get("orders/1008")["line_items"]
    assert (line["product_id"], line["variation_id"], line["sku"], line["name"]) == (0, 0, None, "Weg")


def test_refunds_have_three_signs(woo: Client) -> None:
    [row] = woo.get("orders/1001/refunds")
    [line] = row["line_items"]
    assert (row["amount"], line["quantity"], line["total"], line["total_tax"], line["price"]) == (
        *("53.32", -1, "-39.91", "-7.58"),
        39.91,
    )
    assert line["meta_data"][0]["value"] == str(woo.get("orders/1001")["line_items"][0]["id"])
    assert [(one["total"], one["total_tax"]) for one in row["shipping_lines"]] == [("-4.90", "-0.93")]
    assert "parent_id" not in row
    assert {(one["id"], one["parent_id"], one["amount"]) for one in woo.get("refunds")} == {
        *((5001, 1001, "53.32"), (5002, 1009, "1.00"), (5004, 1005, "11.90"))
    }


def test_refund_by_change_of_state_and_goodwill_have_no_lines(woo: Client) -> None:
    by_state, goodwill = woo.get("orders/1005/refunds")[0], woo.get("orders/1009/refunds")[0]
    assert (by_state["line_items"], by_state["meta_data"][0]["value"]) == ([], "full")
    assert (goodwill["line_items"], goodwill["meta_data"][0]["value"]) == ([], "partial")


def test_lists_are_filtered_and_sorted(woo: Client) -> None:
    assert woo.ids("orders", status="on-hold,failed", order="asc") == [1002, 1003]
    assert woo.ids("orders", include="1003,1001", orderby="include") == [1003, 1001]
    assert woo.ids("orders", exclude=",".join(str(n) for n in range(1002, 1022))) == [1001]
    assert woo.ids("orders", customer=0, orderby="id") == [1004, 1003, 1002]
    assert woo.ids("orders", orderby="modified", order="desc")[0] == 1021
    assert woo.ids("products", type="variable", orderby="id", order="asc") == [5, 7]
    assert woo.ids("orders", nosuch="1") == woo.ids("orders")


# The catalogue and the people


def test_prices_of_the_catalogue(woo: Client) -> None:
    cup, shirt = woo.get("products/3"), woo.get("products/5")
    assert [cup[name] for name in ("price", "regular_price", "sale_price", "on_sale")] == [
        "11.90",
        "14.90",
        "11.90",
        True,
    ]
    assert [shirt[name] for name in ("price", "regular_price", "sku", "variations")] == ["49.99", "", "", [50, 51]]
    assert (cup["average_rating"], cup["rating_count"], shirt["average_rating"]) == ("4.50", 2, "0.00")
    assert cup["categories"] == [{"id": 1, "name": "Becher &amp; Gläser", "slug": "becher"}]


def test_variation_changes_without_its_parent(woo: Client) -> None:
    assert woo.get("products/5")["date_modified_gmt"] == "2026-01-05T08:00:00"
    rows = woo.get("products/5/variations", orderby="id", order="asc")
    assert [(row["id"], row["date_modified_gmt"]) for row in rows] == [
        (50, "2026-01-05T08:00:00"),
        (51, "2026-05-05T10:00:00"),
    ]
    assert woo.ids("products/5/variations", modified_after="2026-05-05T09:59:59", dates_are_gmt="true") == [51]


def test_stock_kept_by_the_parent(woo: Client) -> None:
    parent, rows = woo.get("products/7"), woo.get("products/7/variations")
    assert (parent["manage_stock"], parent["stock_quantity"]) == (True, 10)
    assert {(row["manage_stock"], row["stock_quantity"]) for row in rows} == {("parent", 10)}


def test_customers_by_role(woo: Client) -> None:
    assert woo.ids("customers") == [1, 4]  # 2 was deleted, 3 lies ahead
    roles = {row["role"] for row in woo.get("customers", role="all", _fields="id,role")}
    assert roles == {"customer", "administrator"}


def test_currency_and_settings(woo: Client) -> None:
    assert woo.get("data/currencies/current")["code"] == "EUR"
    assert {row["id"]: row["value"] for row in woo.get("settings/general")}["woocommerce_currency"] == "EUR"
    assert woo.get("system_status")["environment"]["version"] == "11.0.1"
    assert {row["rating"] for row in woo.get("products/reviews")} == {5, 4}


def test_php_may_warn_in_front_of_the_answer() -> None:
    answer = Client(options={"warns": True}).send("/wp-json/wc/v3/orders")
    assert answer.status == 200
    assert answer.body.startswith(b"<br />\n<b>Warning</b>")


# Shapes


# What the contract tells beside the recordings: a reference that was cleared, a stock kept by the parent, a value of
# any kind, a customer nobody touched, a coupon that ends, a variation given back.
TOLD = {
    "orders.line_items[].sku": {"null"},
    "orders.meta_data[].value": {"object"},
    "refunds.line_items[].image.id": {"number"},
    "refunds.line_items[].parent_name": {"str"},
    "variations.manage_stock": {"str"},
    "customers.date_modified": {"null"},
    "customers.date_modified_gmt": {"null"},
    "coupons.date_expires": {"str"},
    "coupons.date_expires_gmt": {"str"},
}
# Lists that were empty in every recording: shipping and taxes given back, brands.
NEVER_FILLED = (
    "refunds.line_items[].taxes[]",
    "refunds.shipping_lines[]",
    "refunds.tax_lines[]",
    "products.brands[]",
    "orders.meta_data[].value.",
)
SHAPED = {
    "orders": ("orders", ("08", "13", "15", "17", "21"), {"status": "any,trash,checkout-draft"}),
    "refunds": ("refunds", ("14",), {}),
    "products": ("products", ("39", "40"), {"status": "any,trash"}),
    "variations": ("products/7/variations", ("41",), {}),
    "categories": ("products/categories", ("46",), {}),
    "customers": ("customers", ("47",), {"role": "all"}),
    "coupons": ("coupons", ("52",), {}),
}


def shape(value: Any, path: str, into: dict[str, set[str]]) -> None:
    kinds = {dict: "object", list: "list", str: "str", bool: "bool", int: "number", float: "number", type(None): "null"}
    into[path].add(kinds[type(value)])
    if isinstance(value, dict):
        for name, inner in value.items():
            shape(inner, f"{path}.{name}", into)
    elif isinstance(value, list):
        for inner in value:
            shape(inner, f"{path}[]", into)


@pytest.mark.parametrize("resource", SHAPED)
def test_rows_have_the_recorded_keys_and_kinds_of_values(resource: str, woo: Client) -> None:
    path, files, query = SHAPED[resource]
    recorded: dict[str, set[str]] = defaultdict(set)
    sequence: list[str] = []
    for number in files:
        body = recording("woocommerce", number)["response"]["body"]
        for row in body if isinstance(body, list) else [body]:
            shape(row, resource, recorded)
            sequence = list(row)
    own: dict[str, set[str]] = defaultdict(set)
    rows = woo.get(path, per_page=100, **query)
    for row in rows:
        shape(row, resource, own)
        assert set(row) == set(sequence)
        assert resource != "orders" or list(row) == sequence
    strange = {
        place: kinds - recorded[place] - TOLD.get(place, set())
        for place, kinds in own.items()
        if not place.startswith((f"{resource}._links", *NEVER_FILLED))
    }
    assert {place: kinds for place, kinds in strange.items() if kinds} == {}
    missing = [place for place in recorded if place not in own and "_links" not in place]
    assert missing == []
