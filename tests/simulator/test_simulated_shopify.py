"""The simulator's Shopify against the contract and a shop worked out by hand: asking, paging, searching, paying."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from albany_shop import NOW, Client, at, every_field, number_of
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    parse,
    validate,
    validate_schema,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import SHARED

from simulator import shopify
from simulator.shopify_graphql import schema
from simulator.shopify_paging import connection

CONTRACT = SHARED / "contracts" / "shopify.md"
ORIGINAL = SHARED / "contracts" / "shopify-admin-2026-10.graphql"
EQUAL = set(range(1010, 1022))


@pytest.fixture
def albany() -> Client:
    return Client()


def ids(albany: Client, search: str, more: str = "sortKey: UPDATED_AT") -> list[int]:
    found = albany.data(f"query($q: String) {{ orders(first: 250, query: $q, {more}) {{ nodes {{ id }} }} }}", q=search)
    return [number_of(one["id"]) for one in found["orders"]["nodes"]]


# The schema


def text_of(path: Path) -> str:
    if not path.is_file():
        pytest.skip(f"the original is not at {path}")
    return path.read_text(encoding="utf-8")


def test_kept_schema_agrees_with_the_original_field_by_field() -> None:
    original = build_schema(text_of(ORIGINAL))
    assert not validate_schema(schema())
    for name, kept in schema().type_map.items():
        real = original.type_map[name]
        assert type(kept) is type(real), name
        if isinstance(kept, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            assert isinstance(real, GraphQLObjectType | GraphQLInterfaceType)
            assert {one.name for one in kept.interfaces} <= {one.name for one in real.interfaces}, name
            for field_name, field in kept.fields.items():
                twin = real.fields[field_name]
                shape = {key: (str(one.type), one.default_value) for key, one in field.args.items()}
                real_shape = {key: (str(one.type), one.default_value) for key, one in twin.args.items()}
                assert (str(field.type), shape) == (str(twin.type), real_shape), f"{name}.{field_name}"
                assert (field.deprecation_reason is None) == (twin.deprecation_reason is None)
        elif isinstance(kept, GraphQLEnumType):
            assert isinstance(real, GraphQLEnumType)
            assert list(kept.values) == list(real.values), name
        elif isinstance(kept, GraphQLUnionType):
            assert isinstance(real, GraphQLUnionType)
            assert [one.name for one in kept.types] == [one.name for one in real.types]


def test_the_contracts_own_query_is_answered(albany: Client) -> None:
    query = re.search(r"```graphql\n(query Orders.*?)```", text_of(CONTRACT), re.DOTALL)
    assert query is not None
    answer = albany.ask(query[1], q="updated_at:>='2026-11-01T00:00:00Z'")
    assert {number_of(one["id"]) for one in answer["data"]["orders"]["nodes"]} == EQUAL
    assert set(answer["extensions"]["cost"]) == {"requestedQueryCost", "actualQueryCost", "throttleStatus"}
    assert answer["extensions"]["cost"]["requestedQueryCost"] <= 1000


@pytest.mark.parametrize(
    ("root", "typename"),
    [
        ("orders", "Order"),
        ("customers", "Customer"),
        ("products", "Product"),
        ("productVariants", "ProductVariant"),
        ("inventoryItems", "InventoryItem"),
        ("collections", "Collection"),
        ("locations", "Location"),
        ("abandonedCheckouts", "AbandonedCheckout"),
        ("deletionEvents", "DeletionEvent"),
    ],
)
def test_every_field_of_a_row_is_filled(
    root: str, typename: str, albany: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shopify, "DEAREST", 10**9)
    wanted = every_field(schema().type_map[typename], 3, (typename,))
    query = f"{{ {root}(first: 250) {{ nodes {{ {wanted} }} }} }}"
    assert not validate(schema(), parse(query))
    assert albany.data(query)[root]["nodes"]


# Asking


def test_errors_are_worded_as_shopify_does(albany: Client) -> None:
    unknown = albany.ask("query Orders { orders(first: 1) { nodes { id nonsense } } }")
    assert "data" not in unknown
    (error,) = unknown["errors"]
    assert error["message"] == "Field 'nonsense' doesn't exist on type 'Order'"
    assert error["extensions"] == {"code": "undefinedField", "typeName": "Order", "fieldName": "nonsense"}
    assert error["locations"] == [{"line": 1, "column": 46}]
    for query, words in [
        ("{ orders { nodes { id } } }", "you must provide one of first or last"),
        ("{ orders(first: 1, last: 1) { nodes { id } } }", "providing both first and last is not supported"),
        ("{ orders(first: 251) { nodes { id } } }", "has an invalid value (251)"),
        ('{ orders(first: 1, after: "x") { nodes { id } } }', "Invalid cursor for current pagination sort"),
        ("{ orders(first: 1", "Syntax Error"),
    ]:
        assert words in albany.ask(query)["errors"][0]["message"]
    assert albany.send({"variables": {}}).status == 400


def test_version_served_is_told_and_old_ones_are_answered_by_the_oldest() -> None:
    shop = Client()
    for asked, served in [("2026-10", "2026-10"), ("2026-04", "2026-04"), ("2025-01", "2026-01")]:
        answer = shop.send({"query": "{ shop { name } }"}, f"/admin/api/{asked}/graphql.json")
        assert dict(answer.headers)["X-Shopify-API-Version"] == served
    assert shop.send({"query": "{ shop { name } }"}, "/admin/api/2026-10/orders.json").status == 404


def test_what_will_go_away_is_told_in_a_header() -> None:
    shop = Client()
    deprecated = shop.send({"query": "{ deletionEvents(first: 1) { nodes { subjectId } } }"})
    assert "X-Shopify-Api-Deprecated-Reason" in dict(deprecated.headers)
    assert "X-Shopify-Api-Deprecated-Reason" not in dict(shop.send({"query": "{ shop { name } }"}).headers)


def test_shop_tells_its_currency_and_zone(albany: Client) -> None:
    told = albany.data("{ shop { name currencyCode ianaTimezone taxesIncluded plan { publicDisplayName } } }")["shop"]
    assert told == {
        **{"name": "Albany Goods", "currencyCode": "USD", "ianaTimezone": "America/New_York"},
        **{"taxesIncluded": False, "plan": {"publicDisplayName": "Basic"}},
    }


# Paging


def read_all(albany: Client, first: int, more: str, root: str = "orders") -> list[int]:
    found: list[int] = []
    after = None
    while True:
        query = (
            f"query($after: String) {{ {root}(first: {first}, after: $after, {more}) "
            "{ pageInfo { hasNextPage endCursor } edges { cursor node { id } } } }"
        )
        page = albany.data(query, after=after)[root]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        found += [number_of(one["node"]["id"]) for one in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def test_pages_meet_without_gap_or_repeat_where_many_rows_changed_in_one_second(albany: Client) -> None:
    visible = {1001, 1002, 1003, 1004, 1005, 1006, 1007, 1009, 1040} | EQUAL
    in_order = read_all(albany, 5, "sortKey: UPDATED_AT")
    assert len(in_order) == len(visible) == len(set(in_order))
    assert set(in_order) == visible
    assert in_order[-12:] == sorted(EQUAL)
    assert read_all(albany, 5, "sortKey: UPDATED_AT, reverse: true") == in_order[::-1]
    assert read_all(albany, 3, "sortKey: ID") == sorted(visible)
    # Without a sort key orders come by the day of the sale.
    assert read_all(albany, 7, "reverse: false")[:3] == [1009, 1001, 1002]


def test_a_row_that_changes_between_two_pages_is_met_again_at_the_end(albany: Client) -> None:
    query = (
        "query($after: String) { orders(first: 4, after: $after, sortKey: UPDATED_AT) "
        "{ pageInfo { endCursor } nodes { id } } }"
    )
    first = albany.data(query)["orders"]
    moved = number_of(first["nodes"][0]["id"])
    order = next(one for one in albany.shop.orders if one.id == moved)
    order.changes.append(NOW + 5)
    albany.clock.set(NOW + 10)
    rest = albany.data(query.replace("first: 4", "first: 250"), after=first["pageInfo"]["endCursor"])["orders"]
    numbers = [number_of(one["id"]) for one in rest["nodes"]]
    assert numbers[-1] == moved
    assert len(numbers) == 21 - 4 + 1


def test_last_reads_from_the_end_and_before_goes_back(albany: Client) -> None:
    end = albany.data("{ orders(last: 2, sortKey: ID) { pageInfo { hasPreviousPage startCursor } nodes { id } } }")
    assert [number_of(one["id"]) for one in end["orders"]["nodes"]] == [1021, 1040]
    assert end["orders"]["pageInfo"]["hasPreviousPage"]
    query = "query($before: String) { orders(last: 2, sortKey: ID, before: $before) { nodes { id } } }"
    back = albany.data(query, before=end["orders"]["pageInfo"]["startCursor"])
    assert [number_of(one["id"]) for one in back["orders"]["nodes"]] == [1019, 1020]


@settings(max_examples=60, deadline=None)
@given(
    keys=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 99)), unique=True, max_size=40),
    first=st.integers(1, 7),
    is_reversed=st.booleans(),
)
def test_any_list_is_read_once_whatever_the_page(keys: list[tuple[int, int]], first: int, is_reversed: bool) -> None:
    keys.sort()
    read: list[tuple[int, int]] = []
    asked: dict[str, Any] = {"first": first}
    while True:
        page = connection("OrderConnection", keys, lambda at: {"key": keys[at]}, asked, is_reversed)
        read += [row["key"] for row in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        asked["after"] = page["pageInfo"]["endCursor"]
    assert read == (keys[::-1] if is_reversed else keys)


def test_a_list_ends_after_25_000_rows() -> None:
    keys = [(number, number) for number in range(25_003)]
    page = connection("OrderConnection", keys, lambda at: {"key": at}, {"last": 1})
    assert page["nodes"] == [{"key": 24_999}]
    assert not page["pageInfo"]["hasNextPage"]


def test_lists_inside_a_row_are_read_to_their_end_by_its_id(albany: Client) -> None:
    inner = "lineItems(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { id } }"
    query = f'query($after: String) {{ node(id: "gid://shopify/Order/1001") {{ ... on Order {{ {inner} }} }} }}'
    first = albany.data(query)["node"]["lineItems"]
    assert (first["nodes"], first["pageInfo"]["hasNextPage"]) == ([{"id": "gid://shopify/LineItem/100101"}], True)
    second = albany.data(query, after=first["pageInfo"]["endCursor"])["node"]["lineItems"]
    assert (second["nodes"], second["pageInfo"]["hasNextPage"]) == ([{"id": "gid://shopify/LineItem/100102"}], False)


# Searching


def test_time_in_quotes_is_taken_whole_and_without_quotes_only_the_day(albany: Client) -> None:
    # 1001 last changed on 12 October at 10:00 UTC, 1005 and 1007 on the 10th at 10:00.
    assert ids(albany, "updated_at:>='2026-10-10T10:00:01Z' updated_at:<'2026-10-31T00:00:00Z'") == [1001]
    assert ids(albany, "updated_at:>=2026-10-10T10:00:01Z AND updated_at:<'2026-10-31T00:00:00Z'") == [1005, 1007, 1001]
    assert ids(albany, 'updated_at:>"2026-11-01T10:00:00Z"') == sorted(EQUAL)
    assert ids(albany, "updated_at:>'2026-11-01T10:00:01Z'") == []
    assert ids(albany, "created_at:2026-10-05") == [1004]
    assert albany.ask("{ orders(first: 1, query: \"updated_at:>'soon'\") { nodes { id } } }")["errors"]


def test_unknown_filter_is_passed_over_and_only_a_warning_tells(albany: Client) -> None:
    answer = albany.ask('{ orders(first: 250, query: "nonsense:1") { nodes { id } } }')
    assert len(answer["data"]["orders"]["nodes"]) == 21
    (told,) = answer["extensions"]["search"]
    assert told["path"] == ["orders"]
    assert told["warnings"][0]["field"] == "nonsense"
    assert "search" not in albany.ask('{ orders(first: 1, query: "id:1001") { nodes { id } } }')["extensions"]


def test_filters_are_joined_by_and_or_and_turned_round(albany: Client) -> None:
    assert ids(albany, "id:>1002 id:<=1004", "sortKey: ID") == [1003, 1004]
    assert ids(albany, "test:true OR name:1002", "sortKey: ID") == [1002, 1006]
    assert ids(albany, "status:cancelled -id:1003", "sortKey: ID") == [1004]
    assert ids(albany, "status:closed", "sortKey: ID") == [1007]
    assert ids(albany, "financial_status:partially_refunded", "sortKey: ID") == [1001, 1002]


def test_counts_say_when_they_stopped_counting(albany: Client) -> None:
    assert albany.data("{ ordersCount { count precision } }")["ordersCount"] == {"count": 21, "precision": "EXACT"}
    told = albany.data("{ ordersCount(limit: 5) { count precision } }")["ordersCount"]
    assert told == {"count": 5, "precision": "AT_LEAST"}


# Paying


def test_costs_are_those_shopify_tells() -> None:
    shop = Client()

    def cost(query: str) -> tuple[int, int]:
        told = shop.ask(query)["extensions"]["cost"]
        return told["requestedQueryCost"], told["actualQueryCost"]

    assert cost("{ products(first: 1) { edges { node { title } } } }") == (3, 3)
    missing = '{ product(id: "gid://shopify/Product/99") { variants(first: 250) { nodes { inventoryItem { id } } } } }'
    assert cost(missing) == (25, 1)
    assert cost("{ shop { name } }") == (1, 1)
    # Asked: 10 orders count as 5, each 1 and, for its 10 lines, 2 + 5: 2 + 5 x 8. There are enough orders, but no
    # more than two lines in one, which count as 1: 2 + 5 x (1 + 2 + 1).
    assert cost("{ orders(first: 10) { nodes { lineItems(first: 10) { nodes { id } } } } }") == (42, 22)
    # Lists with a size that are no connections: 2 and 1 for each of up to two.
    assert cost('{ order(id: "gid://shopify/Order/1001") { refunds(first: 2) { id } } }') == (4, 4)
    assert cost('{ order(id: "gid://shopify/Order/1009") { refunds(first: 2) { id } } }') == (4, 3)


def test_too_dear_a_query_is_not_answered(albany: Client) -> None:
    answer = albany.ask(
        "{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { product { id } variant { id } "
        "originalTotalSet { shopMoney { amount } presentmentMoney { amount } } "
        "discountedTotalSet { shopMoney { amount } } } } } } }"
    )
    assert "data" not in answer
    # A line is 1 + product 1 + variant 1 + sets 3 and 2 = 8 points, 250 of a kind count as 11:
    # lines 2 + 11 x 8 = 90, orders 2 + 11 x (1 + 90) = 1003.
    assert answer["errors"][0]["extensions"] == {"code": "MAX_COST_EXCEEDED", "cost": 1003, "maxCost": 1000}


def test_empty_bucket_is_throttled_with_200_and_fills_again(monkeypatch: pytest.MonkeyPatch) -> None:
    instant = 1000.0
    monkeypatch.setattr(shopify.time, "monotonic", lambda: instant)
    shop = Client(is_limited=True)
    query = "{ products(first: 250) { nodes { id variants(first: 250) { nodes { id product { id } } } } } }"
    spent = 0
    while "errors" not in (answer := shop.ask(query)):
        told = answer["extensions"]["cost"]
        spent += told["actualQueryCost"]
        assert told["throttleStatus"]["currentlyAvailable"] == 2000 - spent
        assert spent < 2000
    assert "data" not in answer
    assert answer["errors"] == [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    told = answer["extensions"]["cost"]
    assert told["actualQueryCost"] is None
    lacking = told["requestedQueryCost"] - told["throttleStatus"]["currentlyAvailable"]
    assert lacking > 0
    instant += lacking / told["throttleStatus"]["restoreRate"] + 0.01
    assert "data" in shop.ask(query)
    shop.api.is_limited = True
    assert shop.ask(query)["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] > 1800


def test_refusals_are_worded_as_shopify_does(albany: Client) -> None:
    request = None
    too_fast = albany.api.refusal(request, 429)  # pyright: ignore[reportArgumentType]
    assert dict(too_fast.headers)["Retry-After"] == "2.0"
    assert json.loads(too_fast.body)["errors"].startswith("Exceeded 2 calls per second for api client.")
    unknown = albany.send({"query": "{ shop { name } }"}, **{"x-shopify-access-token": "shpat_other"})
    assert unknown.status == 401
    assert dict(unknown.headers)["WWW-Authenticate"].startswith("Basic")
    assert json.loads(unknown.body) == {
        "errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"
    }


def test_orders_of_later_are_not_there_yet(albany: Client) -> None:
    assert 1022 not in ids(albany, "")
    albany.clock.set(at("2027-01-02T00:00:00"))
    assert ids(albany, "")[-1] == 1022
