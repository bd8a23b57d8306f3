"""Exports: one that was cut off, one that failed, and rows put together from lines in any order."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from running_simulator import RunningSimulator
from scripted_source import Heard, Reply, ScriptedSource
from shopify_store import NOW, Row, answer, asked, connected, hashes, read, scopes

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


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"objectCount": "2", "fileSize": None}, "the export should have 2 objects, and 1 came; tried 4 times"),
        # {"id": "gid://shopify/Collection/1"} and the end of the line are 37 bytes.
        ({"objectCount": "1", "fileSize": "38"}, "the export's file should have 38 bytes, and 37 came; tried 4 times"),
    ],
)
def test_a_file_that_ends_too_early_is_fetched_again_and_never_taken(
    source: ScriptedSource,
    slept: list[float],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: Row,
    sentence: str,
) -> None:
    """It ends at the end of a line, so that nothing in it looks torn."""
    done = {"id": "gid://shopify/BulkOperation/1", "status": "COMPLETED", "createdAt": "2026-11-20T09:00:00Z"}

    def script(heard: Heard) -> Reply:
        if heard.path == "/file":
            return Reply(b'{"id": "gid://shopify/Collection/1"}\n')
        if b"accessScopes" in heard.body:
            return scopes()
        if b"bulkOperationRunQuery" in heard.body:
            return answer({"bulkOperationRunQuery": {"bulkOperation": done, "userErrors": []}})
        return answer({"bulkOperation": done | {"url": f"{source.url}/file"} | told})

    source.script = script
    with pytest.raises(SourceError, match=sentence):
        read(connected(source.url, monkeypatch, "hush", history="bulk"), "collections", tmp_path)
    assert [heard.path for heard in source.heard].count("/file") == 4
    assert not list(tmp_path.rglob("*.note"))
    assert not list(tmp_path.rglob("manifest.json"))
