"""DummyJSON's writes: answered as if they had happened, and forgotten."""

from collections.abc import Callable
from typing import Any

from simulator.dummyjson_query import Refusal
from simulator.seasons import iso
from simulator.shop import Row
from simulator.web import number

Values = Callable[[str], list[dict[str, Any]]]
_PRODUCT_FIELDS = (
    "title",
    "price",
    "discountPercentage",
    "stock",
    "rating",
    "images",
    "thumbnail",
    "description",
    "brand",
    "category",
)


def added(resource: str, body: dict[str, Any], values: Values) -> dict[str, Any]:
    """Answer an addition."""
    new_id = len(values(resource)) + 1
    if resource == "carts":
        return _cart(new_id, body.get("userId"), _wanted(body), values)
    if resource == "products":
        return {"id": new_id} | {field: body[field] for field in _PRODUCT_FIELDS if field in body}
    return {"id": new_id} | {field: value for field, value in body.items() if field != "id"}


def updated(resource: str, row: Row, body: dict[str, Any], values: Values) -> dict[str, Any]:
    """Answer a change."""
    before = row.value
    if resource == "carts":
        wanted = _wanted(body) if body.get("products") else []
        if body.get("merge"):
            mine = {line["id"]: line["quantity"] for line in before["products"]} | dict(wanted)
            wanted = list(mine.items())
        return _cart(before["id"], body.get("userId") or before["userId"], wanted, values)
    if resource == "products":
        fields = {field: body.get(field) or before.get(field) for field in _PRODUCT_FIELDS}
        return {"id": before["id"]} | {field: value for field, value in fields.items() if value is not None}
    return {field: body.get(field) or value for field, value in before.items()} | {"id": before["id"]}


def deleted(value: dict[str, Any], now: int) -> dict[str, Any]:
    """Answer a deletion."""
    return value | {"isDeleted": True, "deletedOn": iso(now)}


def _wanted(body: dict[str, Any]) -> list[tuple[int, int]]:
    products = body.get("products", [])
    if not isinstance(products, list):
        raise Refusal(400, "products must be array of objects, containing product id and quantity")
    if not products:
        raise Refusal(400, "products can not be empty")
    return [
        (int(entry.get("id") or 0), int(entry.get("quantity") or 1)) for entry in products if isinstance(entry, dict)
    ]


def _cart(cart_id: int, user_id: Any, wanted: list[tuple[int, int]], values: Values) -> dict[str, Any]:
    if not str(user_id).isdigit():
        raise Refusal(400, "User id is required" if user_id is None else f"Invalid user id '{user_id}'")
    if not any(user["id"] == int(user_id) for user in values("users")):
        raise Refusal(404, f"User with id '{user_id}' not found")
    products = {product["id"]: product for product in values("products")}
    lines = [_line(products[product_id], quantity) for product_id, quantity in wanted if product_id in products]
    return {
        "id": cart_id,
        "products": lines,
        "total": number(sum(line["total"] for line in lines)),
        "discountedTotal": sum(line["discountedPrice"] for line in lines),
        "userId": int(user_id),
        "totalProducts": len(lines),
        "totalQuantity": sum(line["quantity"] for line in lines),
    }


def _line(product: dict[str, Any], quantity: int) -> dict[str, Any]:
    total = product["price"] * quantity
    return {
        "id": product["id"],
        "title": product["title"],
        "price": product["price"],
        "quantity": quantity,
        "total": number(total),
        "discountPercentage": product["discountPercentage"],
        "discountedPrice": int(total * ((100 - product["discountPercentage"]) / 100) + 0.5),
        "thumbnail": product["thumbnail"],
    }
