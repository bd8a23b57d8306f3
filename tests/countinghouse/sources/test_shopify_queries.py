"""Every query of Shopify's connector against the schema, and what it costs."""

from collections.abc import Iterator

import pytest
from graphql import parse, validate
from shopify_store import Row

from countinghouse.sources.bulk import _LOOK, _START  # pyright: ignore[reportPrivateUsage]
from countinghouse.sources.graphql import Fragment, Listing, Plan, part_query, rest_query, whole_query
from countinghouse.sources.shopify import SHOPIFY
from countinghouse.sources.shopify_asking import SCOPES
from countinghouse.sources.shopify_reader import _GONE  # pyright: ignore[reportPrivateUsage]
from countinghouse.sources.shopify_rights import _LOOK as RIGHTS  # pyright: ignore[reportPrivateUsage]
from simulator.shopify_graphql import Query, schema

LISTINGS = [resource for resource in SHOPIFY.resources if isinstance(resource, Listing)]
DEAREST = 1000


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
