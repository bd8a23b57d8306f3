"""Shopify's connector against the simulated shop, and against manners that few shops have."""

import json
import logging
from collections.abc import Callable, Generator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import parse, validate
from msgspec import structs
from running_simulator import HURRIED, RunningSimulator
from scripted_source import Heard, Reply, ScriptedSource

from countinghouse.errors import SourceError
from countinghouse.extraction import extract
from countinghouse.landing import Manifest
from countinghouse.settings import Connection
from countinghouse.sources import shopify_reader
from countinghouse.sources.bulk import _LOOK, _START, _Shelf  # pyright: ignore[reportPrivateUsage]
from countinghouse.sources.graphql import Fragment, Listing, Plan, part_query, rest_query, whole_query
from countinghouse.sources.modified import mark_of, text_of
from countinghouse.sources.paging import ShapeError
from countinghouse.sources.session import Session
from countinghouse.sources.shopify import SHOPIFY
from countinghouse.sources.shopify_asking import PATH, SCOPES
from countinghouse.sources.shopify_reader import _GONE  # pyright: ignore[reportPrivateUsage]
from countinghouse.sources.shopify_rights import _LOOK as RIGHTS  # pyright: ignore[reportPrivateUsage]
from countinghouse.sources.shopify_rights import inspect
from simulator.server import running
from simulator.shopify_graphql import Query, schema

NOW = "2026-03-20T09:40:00Z"
LISTINGS = [resource for resource in SHOPIFY.resources if isinstance(resource, Listing)]
DEAREST = 1000
Row = dict[str, Any]


@pytest.fixture(scope="module")
def served() -> Generator[RunningSimulator]:
    with running(scale=0.05, now=NOW) as url:
        yield RunningSimulator(url)


@pytest.fixture
def shop(served: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> Generator[Connection]:
    monkeypatch.setattr("countinghouse.sources.patience._throttles", {})
    monkeypatch.setattr("countinghouse.sources.session._purses", {})
    served.post("clock", {"now": NOW})
    served.post("bulk", {"polls": 2, "ends": "COMPLETED"})
    yield connected(f"{served.url}/shopify", monkeypatch)
    served.recover()


def connected(url: str, patch: pytest.MonkeyPatch, token: str = "shpat_simulator", **options: str) -> Connection:
    patch.setenv("SHOP_TOKEN", token)
    return Connection(
        name="shop", kind="shopify", url=url, auth={"access_token": "env:SHOP_TOKEN"}, options={"history": "pages"}
    ).model_copy(update={"options": {"history": "pages", **options}})


def read(shop: Connection, resource: str, folder: Path, cursor: str | None = None, size: int | None = None) -> Manifest:
    return extract(shop, resource, cursor, folder, "run-1", page_size=size, patience=HURRIED)


def lines(manifest: Manifest) -> list[Row]:
    return [json.loads(line) for line in manifest.pages_path.read_text().splitlines()]


def hashes(manifest: Manifest) -> dict[str, str]:
    return {line["id"]: line["payload_hash"] for line in lines(manifest)}


def payloads(manifest: Manifest) -> list[Row]:
    return [json.loads(line["payload"]) for line in lines(manifest)]


def asked(shop: Connection, query: str) -> Row:
    """The shop's own answer, past our connector."""
    headers = {"X-Shopify-Access-Token": "shpat_simulator"}
    return httpx.post(shop.url + PATH, json={"query": query}, headers=headers).json()["data"]


# The queries


def every_query() -> Iterator[tuple[str, str, Row]]:
    """Name, text and variables of every query there is."""
    yield "scopes", SCOPES, {}
    yield "rights", RIGHTS, {}
    yield "gone", _GONE, {"search": "", "subjects": ["PRODUCT"]}
    yield "export", _START, {"query": ""}
    yield "look", _LOOK, {"id": "gid://shopify/BulkOperation/1"}
    for one in LISTINGS:
        yield f"{one.name} page", one.page_query, {"first": one.size, "search": ""}
        if one.count:
            yield f"{one.name} count", one.count_query, {"limit": 1001}
        yield from plan_queries(one.name, one.fragment, one.fragment.plan)
        for part in one.parts:
            yield f"{one.name} part", part_query(part.fragment), {"ids": ["gid://shopify/Order/1"] * 10}
            yield from plan_queries(one.name, part.fragment, part.fragment.plan)


def plan_queries(name: str, fragment: Fragment, plan: Plan) -> Iterator[tuple[str, str, Row]]:
    for cut in plan.cuts:
        yield f"{name} {cut.name}", whole_query(fragment.type, cut, 250), {"id": "gid://shopify/Order/1"}
    for connection in plan.connections:
        yield f"{name} {connection.name}", rest_query(fragment.type, connection, 50), {"id": "gid://shopify/Order/1"}
        for inner in connection.plan.connections:
            text = rest_query(fragment.type, inner, 50, connection)
            yield f"{name} {connection.name} {inner.name}", text, {"id": "gid://shopify/Order/1"}


QUERIES = {name: (text, variables) for name, text, variables in every_query()}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_fits_the_schema_and_costs_what_one_query_may(name: str) -> None:
    text, variables = QUERIES[name]
    # The simulator's schema is a part of the real one: tests/simulator holds it to that.
    assert [error.message for error in validate(schema(), parse(text))] == []
    assert Query(text, variables).cost <= DEAREST


# Rows


@pytest.mark.parametrize(
    "resource", ["orders", "products", "product_variants", "customers", "collections", "abandoned_checkouts"]
)
def test_pages_and_an_export_give_the_same_rows(
    shop: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resource: str
) -> None:
    by_pages = read(shop, resource, tmp_path, size=7)
    exported = read(connected(shop.url, monkeypatch, history="bulk"), resource, tmp_path)
    assert by_pages.rows > 7
    assert hashes(exported) == hashes(by_pages)
    assert exported.cursor_to == by_pages.cursor_to
    assert [path.name for path in tmp_path.rglob("*.export")] == []


def test_checkout_that_was_listed_after_a_later_change_was_read_is_found(shop: Connection, tmp_path: Path) -> None:
    everything = read(shop, "abandoned_checkouts", tmp_path)
    left = max(payloads(everything), key=lambda one: one["updatedAt"])
    # Another one was bought nine minutes after this one was left, and read: this one was not listed then.
    mark = mark_of(everything.cursor_to)
    assert mark is not None
    at = datetime.fromisoformat(left["updatedAt"]) + timedelta(minutes=9)
    later = text_of(structs.replace(mark, at=at))
    assert left["id"] in {one["id"] for one in payloads(read(shop, "abandoned_checkouts", tmp_path, later))}


def test_the_order_with_the_most_lines_is_whole(shop: Connection, tmp_path: Path) -> None:
    query = "{ orders(first: 250) { nodes { id lineItems(first: 250) { nodes { id } } } } }"
    theirs = {one["id"]: len(one["lineItems"]["nodes"]) for one in asked(shop, query)["orders"]["nodes"]}
    ours = {one["id"]: one for one in payloads(read(shop, "orders", tmp_path))}
    assert max(theirs.values()) > 100
    assert {key: len(one["lineItems"]["nodes"]) for key, one in ours.items()} == theirs
    largest = ours[max(theirs, key=lambda key: theirs[key])]
    placed = next(one for one in largest["agreements"]["nodes"] if one["__typename"] == "OrderAgreement")
    sold = [one["lineItem"]["id"] for one in placed["sales"]["nodes"] if one["lineType"] in ("PRODUCT", "GIFT_CARD")]
    assert sorted(sold) == sorted(one["id"] for one in largest["lineItems"]["nodes"])


def test_refunds_come_with_their_lines_and_transactions(shop: Connection, tmp_path: Path) -> None:
    found = [refund for order in payloads(read(shop, "orders", tmp_path)) for refund in order["refunds"]]
    assert found
    for refund in found:
        assert {"refundLineItems", "refundShippingLines", "orderAdjustments", "transactions"} <= refund.keys()
    assert any(refund["refundLineItems"]["nodes"] for refund in found)
    assert any(refund["transactions"]["nodes"] for refund in found)


def test_many_rows_are_exported_and_few_are_not(
    shop: Connection, served: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto = connected(shop.url, monkeypatch, history="auto")
    served.recover()
    read(auto, "products", tmp_path)
    assert not [one for one in served.heard() if one["path"].startswith("/storage")]
    monkeypatch.setattr(shopify_reader, "EXPORT_FROM", 10)
    read(auto, "products", tmp_path)
    fetched = [one for one in served.heard() if one["path"].startswith("/storage")]
    assert [one["has_credentials"] for one in fetched] == [False]


def test_a_list_that_ends_for_its_length_is_read_on(
    shop: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {name: hashes(read(shop, name, tmp_path)) for name in ("customers", "product_variants")}
    monkeypatch.setattr(shopify_reader, "LONGEST_LIST", 20)
    monkeypatch.setattr("simulator.shopify_paging.LONGEST_LIST", 20)
    assert len(asked(shop, "{ productVariants(first: 250) { nodes { id } } }")["productVariants"]["nodes"]) == 20
    for name, expected in whole.items():
        assert len(expected) > 20
        assert hashes(read(shop, name, tmp_path, size=6)) == expected


def test_deleted_products_are_told(shop: Connection, served: RunningSimulator, tmp_path: Path) -> None:
    served.post("clock", {"now": "2025-06-01T00:00:00Z"})
    manifest = read(shop, "products", tmp_path)
    known, gone = set(hashes(manifest)), set[str]()
    for _ in range(60):
        served.post("clock", {"advance_seconds": 5 * 86400})
        manifest = read(shop, "products", tmp_path, manifest.cursor_to)
        gone |= {line["id"] for line in lines(manifest) if line["is_deleted"]}
        known |= set(hashes(manifest))
        if gone:
            break
    listed = {one["id"] for one in asked(shop, "{ products(first: 250) { nodes { id } } }")["products"]["nodes"]}
    assert gone
    assert gone == known - listed


# An export that does not go well


def test_a_reading_that_was_killed_goes_on_with_the_same_export(
    shop: Connection, served: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk = connected(shop.url, monkeypatch, history="bulk")
    expected = hashes(read(bulk, "customers", tmp_path))
    served.post("bulk", {"polls": 4})

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
    served.post("clock", {"advance_seconds": 3600})
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
    shop: Connection, served: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    bulk = connected(shop.url, monkeypatch, history="bulk")
    served.post("bulk", {"ends": end})
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


# Rights


def test_orders_of_sixty_days_are_no_whole_history(
    shop: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "countinghouse.sources")
    assert read(shop, "orders", tmp_path).is_snapshot
    assert caplog.messages == []
    manifest = read(connected(shop.url, monkeypatch, "shpat_sixty_days"), "orders", tmp_path)
    assert not manifest.is_snapshot, "orders older than 60 days would be taken for deleted"
    (said,) = caplog.messages
    assert said.startswith("shop: the app has no right read_all_orders, so orders older than 60 days are absent")


def test_customers_without_a_name_are_told(
    shop: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "countinghouse.sources")
    read(connected(shop.url, monkeypatch, "shpat_no_personal_data"), "customers", tmp_path)
    (said,) = caplog.messages
    assert "no access to protected customer data" in said


def test_a_right_that_is_missing_stops_its_resource(
    shop: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor = connected(shop.url, monkeypatch, "shpat_no_orders")
    with pytest.raises(SourceError, match=r"shop: orders: the app has no right read_orders.*install it again"):
        read(poor, "orders", tmp_path)
    assert read(poor, "products", tmp_path).rows > 0


def test_a_connection_tells_its_money_clock_and_rights(shop: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(shop, SHOPIFY, "connection") as session:
        found = inspect(session)
    assert (found.version, found.currency, found.timezone) == ("2026-10", "USD", "America/New_York")
    assert found.rows["orders"] > 10
    assert found.warnings == ()
    with Session(connected(shop.url, monkeypatch, "shpat_sixty_days"), SHOPIFY, "connection") as session:
        assert any("read_all_orders" in warning for warning in inspect(session).warnings)


# Tokens


def test_client_credentials_buy_one_token_and_another_when_it_has_ended(
    shop: Connection, served: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_ID", "simulator_client")
    monkeypatch.setenv("SHOP_SECRET", "simulator_secret")
    bought = shop.model_copy(update={"auth": {"client_id": "env:SHOP_ID", "client_secret": "env:SHOP_SECRET"}})
    served.recover()
    for resource in ("products", "customers"):
        assert read(bought, resource, tmp_path).rows > 0
    assert [one["path"] for one in served.heard()].count("/shopify/admin/oauth/access_token") == 1
    served.post("clock", {"advance_seconds": 2 * 86400})
    assert read(bought, "products", tmp_path).rows > 0
    assert [one["path"] for one in served.heard()].count("/shopify/admin/oauth/access_token") == 2


# Answers a test tells


def answer(data: Row | None = None, errors: Any = None, **cost: Any) -> Reply:
    status = {"currentlyAvailable": 2000, "maximumAvailable": 2000, "restoreRate": 100}
    shown = {"requestedQueryCost": 10, "actualQueryCost": 10, "throttleStatus": {**status, **cost}}
    body: Row = {"extensions": {"cost": shown}}
    body |= {"data": data} if data is not None else {}
    body |= {"errors": errors} if errors is not None else {}
    return Reply(body, headers={"X-Shopify-API-Version": "2026-10"})


def scopes() -> Reply:
    names = ("read_orders", "read_all_orders", "read_products", "read_customers", "read_locations")
    return answer({"currentAppInstallation": {"accessScopes": [{"handle": name} for name in names]}})


def collections(*ids: int, after: str | None = None, at: str = "09:00:00", **cost: Any) -> Reply:
    nodes = [{"id": f"gid://shopify/Collection/{id}", "updatedAt": f"2026-11-20T{at}Z"} for id in ids]
    info = {"hasNextPage": after is not None, "endCursor": after}
    return answer({"collections": {"pageInfo": info, "nodes": nodes}}, **cost)


def fault(message: str, code: str) -> list[Row]:
    return [{"message": message, "extensions": {"code": code}}]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds the connector waited, which no test does."""
    waits: list[float] = []
    monkeypatch.setattr("countinghouse.sources.patience._throttles", {})
    monkeypatch.setattr("countinghouse.sources.session.throttles", lambda url, rates, what: [])
    monkeypatch.setattr("countinghouse.sources.shopify_asking.time", _Clock(waits))
    return waits


class _Clock:
    def __init__(self, waits: list[float]) -> None:
        self._waits = waits
        self._moment = 0.0

    def monotonic(self) -> float:
        return self._moment

    def sleep(self, seconds: float) -> None:
        self._waits.append(round(seconds, 3))
        self._moment += seconds


@pytest.fixture
def scripted(source: ScriptedSource, slept: list[float], monkeypatch: pytest.MonkeyPatch) -> Connection:
    return connected(source.url, monkeypatch, "hush")


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
