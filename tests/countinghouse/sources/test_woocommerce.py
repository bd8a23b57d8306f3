"""WooCommerce's declarations against answers recorded from a running shop, and against manners that few shops have."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from recordings import recording
from running_simulator import HURRIED
from scripted_source import Heard, Reply, ScriptedSource
from test_connectors import names, replayed

from countinghouse.errors import SourceError
from countinghouse.extraction import extract, without
from countinghouse.landing import Manifest
from countinghouse.settings import Connection
from countinghouse.sources import SOURCES
from countinghouse.sources.session import Session
from countinghouse.sources.woocommerce import WOOCOMMERCE, cleaned, inspect

API = "/wp-json/wc/v3"
NOW = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)  # what the scripted source's Date says
MINUTE = timedelta(minutes=1)
Row = dict[str, Any]


@pytest.fixture
def woo(source: ScriptedSource, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setenv("WOO_KEY", "ck_hush")
    monkeypatch.setenv("WOO_SECRET", "cs_hush")
    monkeypatch.setattr("countinghouse.sources.session.throttles", lambda url, rates, what: [])
    return connection(source.url)


def connection(url: str) -> Connection:
    auth = {"consumer_key": "env:WOO_KEY", "consumer_secret": "env:WOO_SECRET"}
    return Connection(name="woo", kind="woocommerce", url=url, auth=auth)


def read(woo: Connection, resource: str, folder: Path, cursor: str | None = None, size: int | None = None) -> Manifest:
    return extract(woo, resource, cursor, folder, "run-1", page_size=size, patience=HURRIED)


def payloads(manifest: Manifest) -> list[Row]:
    return [json.loads(json.loads(line)["payload"]) for line in manifest.pages_path.read_text().splitlines()]


def ids(manifest: Manifest) -> list[int]:
    return [row["id"] for row in payloads(manifest)]


def order(id: int, modified: datetime = NOW - 60 * MINUTE, **more: Any) -> Row:
    text = modified.strftime("%Y-%m-%dT%H:%M:%S")
    return {"id": id, "status": "completed", "date_created_gmt": text, "date_modified_gmt": text, **more}


def listed(rows: Callable[[Heard], list[Row]], hidden: frozenset[int] = frozenset()) -> Callable[[Heard], Reply]:
    """A list as WooCommerce pages it: the filter strict, in whole seconds, and rows hidden only after paging."""

    def script(heard: Heard) -> Reply:
        asked = heard.query
        size, page = int(asked["per_page"]), int(asked.get("page", 1))
        border = asked.get("modified_after", "")
        found = [row for row in rows(heard) if row.get("date_modified_gmt", "~") > border]
        shown = [row for row in found[size * (page - 1) : size * page] if row["id"] not in hidden]
        total = len(found) if size * (page - 1) < len(found) or page == 1 else 0
        headers = {
            "X-WP-Total": str(total),
            "X-WP-TotalPages": str(-(-total // size)),
            "Link": '<https://elsewhere.example/wp-json/wc/v3/orders?page=2>; rel="next"',
        }
        return Reply(shown, headers=headers)

    return script


def lists(source: ScriptedSource) -> list[dict[str, str]]:
    """What was asked of lists; the question for the shop's clock has no page."""
    return [heard.query for heard in source.heard if "page" in heard.query]


def untrashed(rows: list[Row]) -> Callable[[Heard], list[Row]]:
    return lambda heard: [] if heard.query.get("status") == "trash" else rows


# Credentials


def test_keys_go_as_basic_and_never_into_the_address(
    source: ScriptedSource, woo: Connection, landing_dir: Path
) -> None:
    source.script = listed(untrashed([order(1)]))
    read(woo, "orders", landing_dir)
    # base64 of ck_hush:cs_hush
    assert {heard.headers["Authorization"] for heard in source.heard} == {"Basic Y2tfaHVzaDpjc19odXNo"}
    assert not any(name.startswith("consumer") for heard in source.heard for name in heard.query)


def test_plain_http_to_another_machine_is_refused_before_anything_is_sent(woo: Connection, landing_dir: Path) -> None:
    with pytest.raises(SourceError, match=r"not encrypted.*Write the connection's url with https://"):
        read(connection("http://shop.example"), "orders", landing_dir)
    with pytest.raises(SourceError, match=r"shop\.invalid cannot be reached"):
        read(connection("https://shop.invalid"), "orders", landing_dir)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("02-orders-unknown-key", r"401 \(Sorry, you cannot list resources\).*correct the variable WOO_KEY and"),
        ("03-orders-wrong-secret", r"401 \(Consumer secret is invalid\).*correct the variable WOO_KEY and"),
        ("38-unknown-endpoint", "404 .*check the connection's url"),
        ("30-orders-modified-after-not-a-date", r"400 \(Invalid parameter.*repeating it is no use"),
    ],
)
def test_an_error_as_woocommerce_sends_it_becomes_a_sentence(
    source: ScriptedSource, woo: Connection, landing_dir: Path, name: str, words: str
) -> None:
    source.replies(replayed(recording("woocommerce", name)))
    with pytest.raises(SourceError, match=words) as caught:
        read(woo, "orders", landing_dir)
    assert "hush" not in str(caught.value)
    assert len(source.heard) == 1


def test_a_small_machine_is_given_a_minute_and_a_proxy_that_cannot_reach_it_is_asked_again(
    source: ScriptedSource, woo: Connection, landing_dir: Path
) -> None:
    with Session(woo, WOOCOMMERCE, "orders") as session:
        assert session._http.timeout.read == 60
    source.replies(Reply(b"<html>", 526, {"Content-Type": "text/html"}), Reply([], headers=COUNTED))
    assert read(woo, "customers", landing_dir).rows == 0


# Answers that are none

HTML = Reply(b"<html><title>Maintenance</title></html>", headers={"Content-Type": "text/html"})
WARNING = b"<br />\n<b>Warning</b>:  Undefined array key 1 in <b>/wp-content/x.php</b> on line <b>7</b><br />\n[]"
COUNTED = {"X-WP-Total": "0", "X-WP-TotalPages": "0"}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (HTML, "text/html instead of JSON"),
        (Reply(WARNING, headers=COUNTED), r"text \('Warning : Undefined array key 1.*a plugin's warnings"),
        (Reply(b"\xef\xbb\xbf[]", headers=COUNTED), "a byte order mark in front of the JSON"),
        (Reply([]), "the header X-WP-Total should say how much there is"),
        (Reply({"code": "ok"}, headers=COUNTED), "it should be a list"),
    ],
)
def test_an_answer_that_is_no_list_is_a_failure_and_never_an_empty_shop(
    source: ScriptedSource, woo: Connection, landing_dir: Path, reply: Reply, words: str
) -> None:
    source.replies(reply)
    with pytest.raises(SourceError, match=words):
        read(woo, "customers", landing_dir)
    assert not list(landing_dir.rglob("manifest.json"))


# Pages


def test_a_short_page_is_not_the_last_and_the_next_address_is_our_own(
    source: ScriptedSource, woo: Connection, landing_dir: Path
) -> None:
    rows = [order(number) for number in range(1, 8)]
    source.script = listed(untrashed(rows), hidden=frozenset({2, 3, 4}))
    manifest = read(woo, "orders", landing_dir, size=3)
    assert ids(manifest) == [1, 5, 6, 7]
    assert [query["page"] for query in lists(source) if query["status"] == "any"] == ["1", "2", "3"]
    assert {(query["orderby"], query["order"]) for query in lists(source)} == {("id", "asc")}


def test_a_row_that_goes_while_we_page_makes_us_read_again(
    source: ScriptedSource, woo: Connection, landing_dir: Path
) -> None:
    rows = [order(number) for number in range(1, 7)]

    def vanishing(heard: Heard) -> list[Row]:
        # Order 1 is gone before the second page is asked for: order 3 slips onto the first.
        return untrashed(rows if len(lists(source)) < 2 else rows[1:])(heard)

    source.script = listed(vanishing)
    assert ids(read(woo, "orders", landing_dir, size=2)) == [2, 3, 4, 5, 6]


def test_a_row_that_goes_while_another_comes_makes_us_read_again(
    source: ScriptedSource, woo: Connection, landing_dir: Path
) -> None:
    """The number of rows stays the same, and still one slipped through."""
    rows = [order(number) for number in range(1, 7)]
    newcomer = order(7, NOW + MINUTE)

    def changing(heard: Heard) -> list[Row]:
        if len(lists(source)) < 2:
            return untrashed(rows)(heard)
        source.date = "Fri, 20 Nov 2026 09:41:00 GMT"
        return untrashed([*rows[1:], newcomer])(heard)

    source.script = listed(changing)
    assert ids(read(woo, "orders", landing_dir, size=2)) == [2, 3, 4, 5, 6, 7]
    # A first reading that missed order 3, then a whole one.
    assert [query["page"] for query in lists(source) if query["status"] == "any"] == list("123123")


def test_rows_that_come_while_we_page_do_no_harm(source: ScriptedSource, woo: Connection, landing_dir: Path) -> None:
    rows = [order(number) for number in range(1, 5)]

    def growing(heard: Heard) -> list[Row]:
        source.date = "Fri, 20 Nov 2026 09:41:00 GMT"
        more = [] if len(lists(source)) < 2 else [order(5, NOW + MINUTE), order(6, NOW + MINUTE)]
        return untrashed([*rows, *more])(heard)

    source.script = listed(growing)
    assert ids(read(woo, "orders", landing_dir, size=2)) == [1, 2, 3, 4, 5, 6]


def test_a_product_dated_ahead_is_no_sign_of_a_missing_row(
    source: ScriptedSource, woo: Connection, landing_dir: Path
) -> None:
    source.script = listed(untrashed([order(1), order(2, NOW + timedelta(days=30))]))
    assert ids(read(woo, "products", landing_dir)) == [1, 2]


def test_a_list_that_never_stands_still_is_given_up_with_a_sentence(
    source: ScriptedSource, woo: Connection, landing_dir: Path
) -> None:
    source.script = listed(lambda heard: untrashed([order(id) for id in range(len(source.heard) + 1, 40)])(heard))
    with pytest.raises(
        SourceError, match=r"orders: the list changed each of the 3 times it was read .*rows may be missing"
    ):
        read(woo, "orders", landing_dir, size=2)


# Changes


def test_the_next_reading_begins_before_the_newest_change_and_ends_behind_the_shops_clock(
    source: ScriptedSource, woo: Connection, landing_dir: Path
) -> None:
    newest = datetime(2026, 11, 19, 0, 30, tzinfo=UTC)  # 01:30 in Berlin
    rows = [order(1, newest - 6 * MINUTE), order(2, newest - 5 * MINUTE), order(3, newest)]
    source.script = listed(untrashed(rows))
    first = read(woo, "orders", landing_dir)
    assert (first.mode, first.is_snapshot, ids(first)) == ("full", True, [1, 2, 3])
    source.heard.clear()
    again = read(woo, "orders", landing_dir, first.cursor_to)
    # Five minutes before 00:30 and a second, since the shop leaves the border out; order 2 stands on the border.
    assert (again.mode, again.is_snapshot, ids(again)) == ("incremental", False, [2, 3])
    assert [query["status"] for query in lists(source)] == ["any", "trash"]
    for query in lists(source):
        assert query["modified_after"] == "2026-11-19T00:24:59"
        assert query["modified_before"] == "2026-11-20T09:39:00"
        assert query["dates_are_gmt"] == "true"
    assert again.cursor_to == first.cursor_to


def test_a_trashed_order_comes_with_the_next_reading(
    source: ScriptedSource, woo: Connection, landing_dir: Path
) -> None:
    rows = [order(1), order(2)]
    source.script = listed(untrashed(rows))
    first = read(woo, "orders", landing_dir)
    bin = [order(1, NOW - 2 * MINUTE) | {"status": "trash"}]
    source.script = listed(lambda heard: bin if heard.query.get("status") == "trash" else rows[1:])
    assert [row["status"] for row in payloads(read(woo, "orders", landing_dir, first.cursor_to))] == [
        "completed",
        "trash",
    ]


def test_everything_is_read_again_after_a_week(source: ScriptedSource, woo: Connection, landing_dir: Path) -> None:
    source.script = listed(untrashed([order(1), order(2)]))
    first = read(woo, "orders", landing_dir)
    source.date = "Fri, 27 Nov 2026 09:39:59 GMT"
    assert read(woo, "orders", landing_dir, first.cursor_to).mode == "incremental"
    source.date = "Fri, 27 Nov 2026 09:40:00 GMT"
    assert read(woo, "orders", landing_dir, first.cursor_to).is_snapshot


def test_an_old_shop_that_ignores_the_filter_sends_everything_which_is_then_a_whole_reading(
    source: ScriptedSource, woo: Connection, landing_dir: Path
) -> None:
    rows = [order(1, NOW - timedelta(days=90)), order(2)]
    source.script = listed(untrashed(rows))
    first = read(woo, "orders", landing_dir)

    def deaf(heard: Heard) -> Reply:
        heard.query.pop("modified_after", None)
        return listed(untrashed(rows))(heard)

    source.script = deaf
    again = read(woo, "orders", landing_dir, first.cursor_to)
    assert (again.mode, again.is_snapshot, ids(again)) == ("full", True, [1, 2])


def test_refunds_are_asked_for_by_their_creation(source: ScriptedSource, woo: Connection, landing_dir: Path) -> None:
    page = recording("woocommerce", "14-refunds-page1")["response"]["body"]
    source.script = listed(lambda heard: sorted(page, key=lambda row: row["id"]))
    first = read(woo, "refunds", landing_dir)
    assert ids(first) == [206, 207, 208]
    read(woo, "refunds", landing_dir, first.cursor_to)
    # The youngest of the three was given at 12:07:10 UTC.
    assert source.heard[-1].query["after"] == "2026-11-13T12:02:09"
    assert "modified_after" not in source.heard[-1].query


# Rows


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("orders", "08-orders-page1"),
        ("products", "39-products-page1"),
        ("customers", "47-customers-page1"),
        ("coupons", "52-coupons"),
        ("categories", "46-product-categories"),
    ],
)
def test_a_list_as_woocommerce_sends_it_is_landed(
    source: ScriptedSource, woo: Connection, landing_dir: Path, resource: str, name: str
) -> None:
    exchange = recording("woocommerce", name)
    rows = sorted(exchange["response"]["body"], key=lambda row: row["id"])
    totals = dict(line.split(": ", 1) for line in exchange["response"]["headers"] if line.startswith("X-WP"))
    assert set(totals) == {"X-WP-Total", "X-WP-TotalPages"}
    source.script = listed(untrashed(rows))
    manifest = read(woo, resource, landing_dir)
    assert ids(manifest) == [row["id"] for row in rows]
    assert manifest.rejected == 0


def test_an_order_loses_what_opens_its_page_and_keeps_its_money() -> None:
    (sent,) = recording("woocommerce", "13-orders-guest")["response"]["body"]
    sent["meta_data"] = [
        {"id": 1, "key": "_stripe_source_id", "value": "src_hush"},
        {"id": 2, "key": "Card number", "value": "4242"},
        {"id": 3, "key": "_wc_order_attribution_utm_source", "value": "newsletter"},
        {"id": 4, "key": "_wc_order_attribution_user_agent", "value": "hush"},
    ]
    kept = without(cleaned(sent), WOOCOMMERCE.resource("orders").secrets)
    gone = {"order_key", "cart_hash", "payment_url", "customer_ip_address", "customer_user_agent", "_links"}
    assert set(sent) - set(kept) == gone
    assert [entry["key"] for entry in kept["meta_data"]] == ["_wc_order_attribution_utm_source"]
    money = ("total", "total_tax", "discount_total", "shipping_total", "coupon_lines", "refunds", "transaction_id")
    for name in money:
        assert names(kept[name]) <= names(sent[name])
    assert [line["total"] for line in kept["line_items"]] == ["172.11", "35.96", "21.67", "73.60"]
    assert kept["tax_lines"][0]["tax_total"] == "57.63"


def test_the_link_from_a_refund_to_its_line_is_kept_and_meta_that_is_no_list_is_none() -> None:
    refund = recording("woocommerce", "18-order-refunds")["response"]["body"][0]
    (entry,) = cleaned(refund)["line_items"][0]["meta_data"]
    assert (entry["key"], entry["value"]) == ("_refunded_item_id", "525")
    assert cleaned({"meta_data": {"0": {"key": "_card"}}}) == {"meta_data": []}


def test_variations_are_read_beneath_every_variable_product_and_name_it(
    source: ScriptedSource, woo: Connection, landing_dir: Path
) -> None:
    named = recording("woocommerce", "41-product-variations")["response"]["body"]
    children = {18: sorted(named, key=lambda row: row["id"]), 19: [{"id": 60, "sku": "OLD"}]}
    parents = [{"id": 18}, {"id": 19}]

    def rows(heard: Heard) -> list[Row]:
        if heard.path == f"{API}/products":
            assert (heard.query["type"], heard.query["status"]) == ("variable", "any")
            return parents
        return children[int(heard.path.split("/")[-2])]

    source.script = listed(rows)
    manifest = read(woo, "product_variations", landing_dir, size=1)
    assert [(row["id"], row["parent_id"]) for row in payloads(manifest)] == [(49, 18), (50, 18), (60, 19)]
    assert manifest.is_snapshot


@pytest.mark.parametrize("manages", [True, False])
def test_the_shop_says_its_release_to_who_manages_it_and_its_zone_and_currency_to_all(
    source: ScriptedSource, woo: Connection, manages: bool
) -> None:
    site = recording("woocommerce", "07-site-index")["response"]["body"]
    refused = Reply({"code": "woocommerce_rest_cannot_view", "message": "Sorry", "data": {"status": 403}}, 403)

    def script(heard: Heard) -> Reply:
        if heard.path == "/wp-json/":
            return Reply(site)
        if heard.path.endswith("/system_status"):
            return Reply({"environment": {"version": "11.0.1"}}) if manages else refused
        return Reply({"code": "EUR"})

    source.script = script
    with Session(woo, SOURCES["woocommerce"], "connection", patience=HURRIED) as session:
        found = inspect(session)
    assert (found.version, found.timezone, found.currency, found.warnings) == (
        *("11.0.1" if manages else None, "Europe/Berlin", "EUR"),
        (),
    )
