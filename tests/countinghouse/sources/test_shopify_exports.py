"""Exports: one that was cut off, one that failed, and rows put together from lines in any order."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from running_simulator import RunningSimulator
from shopify_store import NOW, Row, asked, connected, hashes, read

from countinghouse.errors import SourceError
from countinghouse.settings import Connection
from countinghouse.sources.bulk import _Shelf  # pyright: ignore[reportPrivateUsage]
from countinghouse.sources.modified import mark_of
from countinghouse.sources.paging import ShapeError
from countinghouse.sources.shopify import SHOPIFY


def test_a_reading_that_was_killed_goes_on_with_the_same_export(
    store: Connection, pretended: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk = connected(store.url, monkeypatch, history="bulk")
    expected = hashes(read(bulk, "customers", tmp_path))
    pretended.post("bulk", {"polls": 4})

    class Killed(BaseException):
        pass

    def die(seconds: float) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("countinghouse.sources.bulk.time.sleep", die)
        with pytest.raises(Killed):
            read(bulk, "customers", tmp_path)
    (note,) = tmp_path.rglob("*.note")
    begun = json.loads(note.read_text())["id"]
    pretended.post("clock", {"advance_seconds": 3600})
    resumed = read(bulk, "customers", tmp_path)
    assert {key: value for key, value in hashes(resumed).items() if key in expected} == expected
    number = int(begun.rsplit("/", 1)[1])
    assert asked(bulk, f'{{ bulkOperation(id: "gid://shopify/BulkOperation/{number + 1}") {{ id }} }}') == {
        "bulkOperation": None
    }
    # What changed after the export began was not seen by it, so the cursor stays before that.
    mark = mark_of(resumed.cursor_to)
    assert mark is not None
    assert mark.at is not None
    assert mark.at <= datetime.fromisoformat(NOW)
    assert not list(tmp_path.rglob("*.note"))


@pytest.mark.parametrize("end", ["FAILED", "EXPIRED"])
def test_an_export_that_fails_is_told_and_forgotten(
    store: Connection, pretended: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    bulk = connected(store.url, monkeypatch, history="bulk")
    pretended.post("bulk", {"ends": end})
    with pytest.raises(SourceError, match=rf"customers: the export did not end well \({end}.*The next run asks"):
        read(bulk, "customers", tmp_path)
    assert not list(tmp_path.rglob("*.note"))
    assert not list(tmp_path.rglob("manifest.json"))


def shelf(tmp_path: Path, *rows: Row) -> _Shelf:
    kept = _Shelf(tmp_path / "orders.export", SHOPIFY.resource("orders"))  # type: ignore[arg-type]
    kept.fill(iter(json.dumps(row).encode() for row in rows), len(rows))
    return kept


def test_children_find_their_parents_wherever_they_stand(tmp_path: Path) -> None:
    rows = list(
        shelf(
            tmp_path,
            {"__typename": "ProductSale", "id": "S/1", "__parentId": "A/1"},
            {"__typename": "LineItem", "id": "L/2", "__parentId": "O/1"},
            {"id": "O/2"},
            {"__typename": "RefundAgreement", "id": "A/1", "__parentId": "O/1"},
            {"id": "O/1"},
            {"__typename": "LineItem", "id": "L/1", "__parentId": "O/1"},
        ).rows()
    )
    assert rows == [
        {"id": "O/2", "lineItems": {"nodes": []}, "shippingLines": {"nodes": []}, "agreements": {"nodes": []}},
        {
            "id": "O/1",
            "lineItems": {"nodes": [{"__typename": "LineItem", "id": "L/2"}, {"__typename": "LineItem", "id": "L/1"}]},
            "shippingLines": {"nodes": []},
            "agreements": {
                "nodes": [
                    {
                        "__typename": "RefundAgreement",
                        "id": "A/1",
                        "sales": {"nodes": [{"__typename": "ProductSale", "id": "S/1"}]},
                    }
                ]
            },
        },
    ]


def test_an_object_without_its_parent_is_no_whole_export(tmp_path: Path) -> None:
    kept = shelf(tmp_path, {"id": "O/1"}, {"__typename": "LineItem", "id": "L/1", "__parentId": "O/9"})
    with pytest.raises(ShapeError, match="1 of its objects belong to no row"):
        list(kept.rows())
