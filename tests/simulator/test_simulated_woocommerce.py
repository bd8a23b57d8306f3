"""How the simulator's WooCommerce answers, against answers recorded from WooCommerce 11.0.1: keys, pages, time."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from berlin_shop import at
from recordings import recordings
from woocommerce_client import Client, key_of

RECORDED_SITE, SITE = "https://127.0.0.1:3106", "http://shop.test/woocommerce"
RECORDED_KEYS = {
    **{"ck_1111111111111111111111111111111111111111": "ck_simulator", "ck_unknown": "ck_unknown"},
    "ck_3333333333333333333333333333333333333333": "ck_simulator",
}


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


def test_lists_are_filtered_and_sorted(woo: Client) -> None:
    assert woo.ids("orders", status="on-hold,failed", order="asc") == [1002, 1003]
    assert woo.ids("orders", include="1003,1001", orderby="include") == [1003, 1001]
    assert woo.ids("orders", exclude=",".join(str(n) for n in range(1002, 1022))) == [1001]
    assert woo.ids("orders", customer=0, orderby="id") == [1004, 1003, 1002]
    assert woo.ids("orders", orderby="modified", order="desc")[0] == 1021
    assert woo.ids("products", type="variable", orderby="id", order="asc") == [5, 7]
    assert woo.ids("orders", nosuch="1") == woo.ids("orders")


def test_php_may_warn_in_front_of_the_answer() -> None:
    answer = Client(options={"warns": True}).send("/wp-json/wc/v3/orders")
    assert answer.status == 200
    assert answer.body.startswith(b"<br />\n<b>Warning</b>")
