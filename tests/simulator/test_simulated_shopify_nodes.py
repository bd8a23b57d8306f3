"""Whatever the simulator's Shopify names can be asked for by its id, and what is gone is not there."""

import pytest
from albany_shop import Client

SALES = (
    "agreements(first: 9) "
    "{ nodes { ... on RefundAgreement { refund { id } } ... on ReturnAgreement { return { id } } } }"
)
NESTED = {
    "orders": (
        "lineItems(first: 9) { nodes { id } } refunds { id transactions(first: 9) { nodes { id } } } "
        f"returns(first: 9) {{ nodes {{ id }} }} transactions {{ id parentTransaction {{ id }} }} {SALES}"
    ),
    "productVariants": "product { id } inventoryItem { id inventoryLevels(first: 9) { nodes { id location { id } } } }",
    "customers": "orders(first: 50) { nodes { id } } lastOrder { id }",
    "collections": "products(first: 9) { nodes { id } }",
    "abandonedCheckouts": "customer { id }",
    "products": "collections(first: 9) { nodes { id } } variants(first: 9) { nodes { id } }",
    "locations": "inventoryLevels(first: 9) { nodes { id item { id } } }",
}


def ids_in(value: object) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(ids_in, value))
    if isinstance(value, dict):
        own = {value["id"]} if isinstance(value.get("id"), str) else set()
        return own.union(*map(ids_in, value.values()))
    return set()


def test_every_id_that_is_named_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.shopify.DEAREST", 10**9)
    albany = Client()
    named: set[str] = set()
    for root, wanted in NESTED.items():
        named |= ids_in(albany.data(f"{{ {root}(first: 50) {{ nodes {{ id {wanted} }} }} }}"))
    kinds = {one.split("/")[3] for one in named}
    assert kinds == {
        *("Order", "LineItem", "Refund", "Return", "OrderTransaction", "Product", "ProductVariant", "InventoryItem"),
        *("InventoryLevel", "Location", "Customer", "Collection", "AbandonedCheckout"),
    }
    # The one of 1003 is of nothing but goods: the world has no such thing.
    assert albany.order(1003, "refunds { id }")["refunds"][0]["id"] in named
    found = albany.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=sorted(named))["nodes"]
    assert [one and one["id"] for one in found] == sorted(named)


@pytest.mark.parametrize(
    "gone",
    [
        *("Order/1008", "Order/1022", "Order/7", "LineItem/100801", "Refund/5005", "OrderTransaction/10080"),
        *("Product/5", "ProductVariant/50", "InventoryItem/50", "Customer/2", "AbandonedCheckout/2", "Location/9"),
        *("Return/5002", "InventoryLevel/1?inventory_item_id=50", "Nothing/1"),
    ],
)
def test_what_is_gone_or_never_was_is_null(gone: str) -> None:
    assert Client().data("query($id: ID!) { node(id: $id) { id } }", id=f"gid://shopify/{gone}") == {"node": None}


def test_id_of_another_kind_is_an_error() -> None:
    answer = Client().ask('{ order(id: "gid://shopify/Product/3") { id } }')
    assert answer["data"] == {"order": None}
    assert answer["errors"][0]["message"] == "Invalid id: gid://shopify/Product/3"


def test_lookup_finds_what_an_order_got_later() -> None:
    albany = Client()
    query = '{ refund(id: "gid://shopify/Refund/5001") { id order { id } return { id } } }'
    order = next(one for one in albany.shop.orders if one.id == 1001)
    late, order.refunds = order.refunds, []
    assert albany.data(query) == {"refund": None}
    order.refunds = late
    assert albany.data(query)["refund"] == {
        "id": "gid://shopify/Refund/5001",
        "order": {"id": "gid://shopify/Order/1001"},
        "return": {"id": "gid://shopify/Return/5001"},
    }
