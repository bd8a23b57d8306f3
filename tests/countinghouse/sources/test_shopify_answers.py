"""Shopify's connector against answers that few shops give."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from scripted_source import Heard, Reply, ScriptedSource
from shopify_store import Row, answer, collections, fault, payloads, read, scopes

from countinghouse.errors import SourceError
from countinghouse.settings import Connection
from countinghouse.sources.modified import mark_of


def test_throttling_is_waited_out_for_as_long_as_the_points_need(
    scripted: Connection, source: ScriptedSource, slept: list[float], tmp_path: Path
) -> None:
    empty = answer(errors=fault("Throttled", "THROTTLED"), currentlyAvailable=0, restoreRate=4)
    source.replies(scopes(), empty, collections(1))
    assert read(scripted, "collections", tmp_path).rows == 1
    # 10 points at 4 a second; then a fifth of the bucket has to fill too before the next query: (410 - 10) / 4.
    assert slept[0] == 2.5


def test_a_fifth_of_the_bucket_stays(
    scripted: Connection, source: ScriptedSource, slept: list[float], tmp_path: Path
) -> None:
    # The second page costs 10 like the first: 400 + 10 have to be there, 110 are, 100 come each second.
    source.replies(scopes(), collections(1, after="a", currentlyAvailable=110), collections(2))
    assert read(scripted, "collections", tmp_path).rows == 2
    assert slept == [3.0]


def test_a_query_that_is_too_dear_asks_for_fewer_rows(
    scripted: Connection, source: ScriptedSource, tmp_path: Path
) -> None:
    def script(heard: Heard) -> Reply:
        body = json.loads(heard.body)
        if "accessScopes" in body["query"]:
            return scopes()
        sizes.append(body["variables"]["first"])
        dear = sizes[-1] > 100
        return answer(errors=fault("Query cost is 1200", "MAX_COST_EXCEEDED")) if dear else collections(1)

    sizes: list[int] = []
    source.script = script
    assert read(scripted, "collections", tmp_path).rows == 1
    assert sizes == [250, 125, 62]


def test_times_are_quoted_and_bounded(scripted: Connection, source: ScriptedSource, tmp_path: Path) -> None:
    source.replies(scopes(), collections(1))
    cursor = read(scripted, "collections", tmp_path).cursor_to
    source.heard.clear()
    gone = {"deletionEvents": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}}
    source.replies(scopes(), collections(1), answer(gone))
    read(scripted, "collections", tmp_path, cursor)
    searches = [json.loads(one.body)["variables"].get("search") for one in source.heard]
    # Five minutes before the newest change known, a minute behind the source's clock.
    assert searches == [
        None,
        "updated_at:>='2026-11-20T08:55:00Z' AND updated_at:<'2026-11-20T09:39:00Z'",
        "occurred_at:>='2026-11-20T08:55:00Z'",
    ]


def test_the_cursor_never_passes_the_beginning_of_the_reading(
    scripted: Connection, source: ScriptedSource, tmp_path: Path
) -> None:
    """The second row changed while we read; another may have, on the page before, without being seen."""
    source.replies(scopes(), collections(1, after="a"), collections(2, at="09:45:00"))
    mark = mark_of(read(scripted, "collections", tmp_path).cursor_to)
    assert mark is not None
    assert mark.at == datetime.fromisoformat("2026-11-20T09:40:00Z")


def older(reply: Reply) -> Reply:
    reply.headers["X-Shopify-API-Version"] = "2027-01"
    return reply


def ignored(reply: Reply) -> Reply:
    warning = {"field": "updated", "message": "Invalid search field for this query.", "code": "invalid_field"}
    reply.body["extensions"]["search"] = [{"path": ["collections"], "warnings": [warning]}]
    return reply


REFUSALS: dict[str, tuple[Callable[[], Reply], str]] = {
    "a text alone": (
        lambda: answer(errors="[API] Invalid API key or access token"),
        r"answered 200 and refused all the same \(\[API\] Invalid API key or access token\). Check the token",
    ),
    "an error beside data": (
        lambda: answer(collections(1).body["data"], fault("Access denied for field", "ACCESS_DENIED")),
        r"does not let the app read this \(Access denied for field\). Give the app the scope",
    ),
    "a closed shop": (
        lambda: answer(errors=fault("Shop is frozen", "SHOP_INACTIVE")),
        r"is not active \(Shop is frozen\). Open the shop again, or disable it here",
    ),
    "another version": (
        lambda: older(collections(1)),
        "asked for version 2026-10 of the API, and 2027-01 answered.*Update Countinghouse",
    ),
    "a search that was ignored": (
        lambda: ignored(collections(1)),
        r"ignored a part of our search \(Invalid search field for this query.\)",
    ),
    "an unknown field": (
        lambda: answer(errors=[{"message": "Field 'x' doesn't exist on type 'Collection'"}]),
        r"refused the query \(Field 'x' doesn't exist on type 'Collection'\). Its API must have changed",
    ),
    "no data": (lambda: answer(), "in an unexpected shape: it has no 'data'"),
    "a list without an end": (
        lambda: answer({"collections": {"nodes": []}}),
        "in an unexpected shape: a list does not say whether it goes on",
    ),
    "a page in circles": (
        lambda: collections(1, after="a"),
        "a page leads to one that came before; stopped",
    ),
    "a key that is no longer good": (
        lambda: Reply({"errors": "[API] Invalid API key"}, status=401),
        "does not accept the credentials: correct the variable SHOP_TOKEN",
    ),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_what_goes_wrong_is_said_in_a_sentence_and_nothing_is_landed(
    scripted: Connection, source: ScriptedSource, tmp_path: Path, kind: str
) -> None:
    reply, sentence = REFUSALS[kind]
    source.replies(scopes(), reply())
    with pytest.raises(SourceError, match=sentence) as caught:
        read(scripted, "collections", tmp_path)
    assert "hush" not in str(caught.value)
    assert str(caught.value).startswith("shop: collections: ")
    assert not list(tmp_path.rglob("manifest.json"))


def test_secrets_that_come_unasked_are_dropped(scripted: Connection, source: ScriptedSource, tmp_path: Path) -> None:
    reply = collections(1)
    reply.body["data"]["collections"]["nodes"][0] |= {"statusPageUrl": "x", "checkoutToken": "x", "in": {"token": "x"}}
    source.replies(scopes(), reply)
    (row,) = payloads(read(scripted, "collections", tmp_path))
    assert row == {"id": "gid://shopify/Collection/1", "updatedAt": "2026-11-20T09:00:00Z", "in": {}}


def test_deletions_in_circles_are_told(scripted: Connection, source: ScriptedSource, tmp_path: Path) -> None:
    source.replies(scopes(), collections(1))
    cursor = read(scripted, "collections", tmp_path).cursor_to
    again = answer({"deletionEvents": {"pageInfo": {"hasNextPage": True, "endCursor": "a"}, "nodes": []}})
    source.replies(scopes(), collections(1), again)
    with pytest.raises(SourceError, match="a page of deletions leads to one that came before; stopped"):
        read(scripted, "collections", tmp_path, cursor)


def test_a_row_that_is_no_object_is_set_aside(scripted: Connection, source: ScriptedSource, tmp_path: Path) -> None:
    reply = collections(1, 2)
    reply.body["data"]["collections"]["nodes"].append(None)
    source.replies(scopes(), reply)
    manifest = read(scripted, "collections", tmp_path)
    assert (manifest.rows, manifest.rejected) == (2, 1)


def products(**inner: Any) -> Reply:
    node = {"id": "gid://shopify/Product/1", "updatedAt": "2026-11-20T09:00:00Z"} | inner
    return answer({"products": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [node]}})


END = {"pageInfo": {"hasNextPage": False, "endCursor": None}}
MORE = {"pageInfo": {"hasNextPage": True, "endCursor": "a"}, "edges": []}
BENT: dict[str, tuple[Row, str]] = {
    "a list that is missing": ({}, r"a list does not say whether it goes on \(pageInfo\)"),
    "a list that is a text": ({"collections": "none"}, r"a list does not say whether it goes on \(pageInfo\)"),
    "a list without edges": ({"collections": END}, r"a part of it is not as promised \(KeyError\('edges'\)\)"),
    "a member that is null": ({"collections": END | {"edges": [{"node": None}]}}, "a part of it is not as promised"),
    "an id that is a number": ({"id": 7, "collections": MORE}, "a part of it is not as promised"),
}


@pytest.mark.parametrize("kind", BENT)
def test_a_part_of_a_row_in_another_shape_is_said_in_a_sentence(
    scripted: Connection, source: ScriptedSource, tmp_path: Path, kind: str
) -> None:
    inner, sentence = BENT[kind]
    source.replies(scopes(), products(**inner))
    with pytest.raises(SourceError, match=rf"^shop: products: .*in an unexpected shape: .*({sentence})"):
        read(scripted, "products", tmp_path)
    assert not list(tmp_path.rglob("manifest.json"))
