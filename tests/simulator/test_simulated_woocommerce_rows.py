"""The rows of the simulator's WooCommerce: orders as on paper, catalogue, people, and the recorded shapes."""

import json
from collections import defaultdict
from typing import Any

import pytest
from berlin_shop import at
from recordings import recording
from woocommerce_client import Client


@pytest.fixture
def woo() -> Client:
    return Client()


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
