"""What Shopify's connector makes of the simulated shop: every row, whole."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs
from running_simulator import RunningSimulator
from shopify_store import asked, connected, hashes, lines, payloads, read

from countinghouse.settings import Connection
from countinghouse.sources import shopify_reader
from countinghouse.sources.modified import mark_of, text_of


@pytest.mark.parametrize(
    "resource", ["orders", "products", "product_variants", "customers", "collections", "abandoned_checkouts"]
)
def test_pages_and_an_export_give_the_same_rows(
    store: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resource: str
) -> None:
    by_pages = read(store, resource, tmp_path, size=7)
    exported = read(connected(store.url, monkeypatch, history="bulk"), resource, tmp_path)
    assert by_pages.rows > 7
    assert hashes(exported) == hashes(by_pages)
    assert exported.cursor_to == by_pages.cursor_to
    assert [path.name for path in tmp_path.rglob("*.export")] == []


def test_checkout_that_was_listed_after_a_later_change_was_read_is_found(store: Connection, tmp_path: Path) -> None:
    everything = read(store, "abandoned_checkouts", tmp_path)
    left = max(payloads(everything), key=lambda one: one["updatedAt"])
    # Another one was bought nine minutes after this one was left, and read: this one was not listed then.
    mark = mark_of(everything.cursor_to)
    assert mark is not None
    at = datetime.fromisoformat(left["updatedAt"]) + timedelta(minutes=9)
    later = text_of(structs.replace(mark, at=at))
    assert left["id"] in {one["id"] for one in payloads(read(store, "abandoned_checkouts", tmp_path, later))}


def test_the_order_with_the_most_lines_is_whole(store: Connection, tmp_path: Path) -> None:
    query = "{ orders(first: 250) { nodes { id lineItems(first: 250) { nodes { id } } } } }"
    theirs = {one["id"]: len(one["lineItems"]["nodes"]) for one in asked(store, query)["orders"]["nodes"]}
    ours = {one["id"]: one for one in payloads(read(store, "orders", tmp_path))}
    assert max(theirs.values()) > 100
    assert {key: len(one["lineItems"]["nodes"]) for key, one in ours.items()} == theirs
    largest = ours[max(theirs, key=lambda key: theirs[key])]
    placed = next(one for one in largest["agreements"]["nodes"] if one["__typename"] == "OrderAgreement")
    sold = [one["lineItem"]["id"] for one in placed["sales"]["nodes"] if one["lineType"] in ("PRODUCT", "GIFT_CARD")]
    assert sorted(sold) == sorted(one["id"] for one in largest["lineItems"]["nodes"])


def test_refunds_come_with_their_lines_and_transactions(store: Connection, tmp_path: Path) -> None:
    found = [refund for order in payloads(read(store, "orders", tmp_path)) for refund in order["refunds"]]
    assert found
    for refund in found:
        assert {"refundLineItems", "refundShippingLines", "orderAdjustments", "transactions"} <= refund.keys()
    assert any(refund["refundLineItems"]["nodes"] for refund in found)
    assert any(refund["transactions"]["nodes"] for refund in found)


def test_many_rows_are_exported_and_few_are_not(
    store: Connection, pretended: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto = connected(store.url, monkeypatch, history="auto")
    pretended.recover()
    read(auto, "products", tmp_path)
    assert not [one for one in pretended.heard() if one["path"].startswith("/storage")]
    monkeypatch.setattr(shopify_reader, "EXPORT_FROM", 10)
    read(auto, "products", tmp_path)
    fetched = [one for one in pretended.heard() if one["path"].startswith("/storage")]
    assert [one["has_credentials"] for one in fetched] == [False]


def test_a_list_that_ends_for_its_length_is_read_on(
    store: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {name: hashes(read(store, name, tmp_path)) for name in ("customers", "product_variants")}
    monkeypatch.setattr(shopify_reader, "LONGEST_LIST", 20)
    monkeypatch.setattr("simulator.shopify_paging.LONGEST_LIST", 20)
    assert len(asked(store, "{ productVariants(first: 250) { nodes { id } } }")["productVariants"]["nodes"]) == 20
    for name, expected in whole.items():
        assert len(expected) > 20
        assert hashes(read(store, name, tmp_path, size=6)) == expected


def test_deleted_products_are_told(store: Connection, pretended: RunningSimulator, tmp_path: Path) -> None:
    pretended.post("clock", {"now": "2025-06-01T00:00:00Z"})
    manifest = read(store, "products", tmp_path)
    known, gone = set(hashes(manifest)), set[str]()
    for _ in range(60):
        pretended.post("clock", {"advance_seconds": 5 * 86400})
        manifest = read(store, "products", tmp_path, manifest.cursor_to)
        gone |= {line["id"] for line in lines(manifest) if line["is_deleted"]}
        known |= set(hashes(manifest))
        if gone:
            break
    listed = {one["id"] for one in asked(store, "{ products(first: 250) { nodes { id } } }")["products"]["nodes"]}
    assert gone
    assert gone == known - listed
