"""Lists inside an order that do not end where the page shows them: their rest is asked for, each at its place."""

import json
from pathlib import Path

import pytest
from scripted_source import Heard, Reply, ScriptedSource
from shopify_store import Row, answer, payloads, read, scopes

from countinghouse.settings import Connection


def piece(nodes: list[Row], after: str | None = None) -> Row:
    edges = [{"cursor": f"cursor-{node['id']}", "node": node} for node in nodes]
    return {"pageInfo": {"hasNextPage": after is not None, "endCursor": after}, "edges": edges}


def sold(*numbers: int, after: str | None = None) -> Row:
    return piece([{"id": f"gid://shopify/Sale/{number}"} for number in numbers], after)


def paid(count: int) -> list[Row]:
    return [{"id": f"gid://shopify/OrderTransaction/{number}"} for number in range(1, count + 1)]


def order(**own: object) -> Row:
    lists: Row = {"lineItems": piece([]), "shippingLines": piece([]), "agreements": piece([]), "refunds": []}
    return (
        {"id": "gid://shopify/Order/1", "updatedAt": "2026-11-20T09:00:00Z", "returnStatus": "NO_RETURN"} | lists | own
    )


def answering(source: ScriptedSource, shown: Row, **rest: list[Row]) -> list[Row]:
    """One order on a page, and what further questions are answered with; what those were."""
    asked: list[Row] = []

    def script(heard: Heard) -> Reply:
        body = json.loads(heard.body)
        kind = body["query"].split("(")[0].split()[1]
        if kind == "Scopes":
            return scopes()
        if kind == "Page":
            return answer({"orders": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [shown]}})
        asked.append(body)
        return answer({"node": rest[kind].pop(0)})

    source.script = script
    return asked


@pytest.mark.parametrize("count", [7, 250])
def test_a_plain_list_that_is_full_is_asked_for_whole(
    scripted: Connection, source: ScriptedSource, tmp_path: Path, count: int
) -> None:
    asked = answering(source, order(transactions=paid(5)), Whole=[{"transactions": paid(count)}])
    manifest = read(scripted, "orders", tmp_path)
    (row,) = payloads(manifest)
    assert row["transactions"] == paid(count)
    assert [one["variables"] for one in asked] == [{"id": "gid://shopify/Order/1"}]
    assert "transactions(first: 250)" in asked[0]["query"]
    warned = [one for one in manifest.warnings if "holds 250 transactions or more; Shopify shows no more" in one]
    assert len(warned) == int(count == 250)


def test_a_plain_list_with_room_left_is_not_asked_for_again(
    scripted: Connection, source: ScriptedSource, tmp_path: Path
) -> None:
    asked = answering(source, order(transactions=paid(4)))
    read(scripted, "orders", tmp_path)
    assert asked == []


def test_the_rest_of_each_agreements_sales_is_asked_for_behind_the_agreement_before_it(
    scripted: Connection, source: ScriptedSource, tmp_path: Path
) -> None:
    """An agreement has no id to ask for: it is the one behind the cursor of the agreement before."""
    agreements = [
        {"id": "gid://shopify/Agreement/1", "sales": sold(1, after="s1")},
        {"id": "gid://shopify/Agreement/2", "sales": sold(3, after="s3")},
    ]
    asked = answering(
        source,
        order(agreements=piece(agreements)),
        Rest=[
            {"agreements": piece([{"sales": sold(2)} | {"id": "gid://shopify/Agreement/1"}])},
            {"agreements": piece([{"sales": sold(4)} | {"id": "gid://shopify/Agreement/2"}])},
        ],
    )
    (row,) = payloads(read(scripted, "orders", tmp_path))
    ids = [[sale["id"][-1] for sale in one["sales"]["nodes"]] for one in row["agreements"]["nodes"]]
    assert ids == [["1", "2"], ["3", "4"]]
    assert [one["variables"] for one in asked] == [
        {"id": "gid://shopify/Order/1", "after": "s1", "outer": None},
        {"id": "gid://shopify/Order/1", "after": "s3", "outer": "cursor-gid://shopify/Agreement/1"},
    ]
