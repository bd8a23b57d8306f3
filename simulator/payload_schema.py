"""What Payload's ecommerce collections are made of: fields that can be queried, relations, joins, who may read."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a stored field holds, which decides how a value is compared with it."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Join:
    """A list of the rows of another collection that point here: `on` is the pointing field."""

    collection: str
    on: str
    sort: str


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection. `fields` are the paths that can be queried: a virtual field such as a cart's status is not."""

    fields: dict[str, Kind]
    relations: dict[str, str]
    joins: dict[str, Join]
    has_trash: bool = False
    owner: str | None = None  # the field that makes a row a buyer's own
    is_public: bool = False


N, T, D, B = Kind.NUMBER, Kind.TEXT, Kind.DATE, Kind.BOOLEAN
_COMMON = {"id": N, "updatedAt": D, "createdAt": D}
_TRASH = {"deletedAt": D}
_ITEMS = {"items": T, "items.id": T, "items.product": N, "items.variant": N, "items.quantity": N}
_ITEM_RELATIONS = {"items.product": "products", "items.variant": "variants"}
_PARTS = "title firstName lastName company addressLine1 addressLine2 city state postalCode country phone"
_MONEY = {"amount": N, "currency": T}
_BUYER = {"customer": N, "customerEmail": T}
_PRICES = {f"priceIn{code}": N for code in ("USD", "EUR", "GBP", "CAD", "JPY", "KWD")}
_PRICED = _PRICES | {f"{name}Enabled": B for name in _PRICES}


def _inside(group: str) -> dict[str, Kind]:
    return {f"{group}.{part}": T for part in _PARTS.split()}


SCHEMA: dict[str, Collection] = {
    "orders": Collection(
        _COMMON
        | _ITEMS
        | _inside("shippingAddress")
        | _BUYER
        | _MONEY
        | {"transactions": N, "status": T, "accessToken": T},
        _ITEM_RELATIONS | {"customer": "users", "transactions": "transactions"},
        {},
        owner="customer",
    ),
    "transactions": Collection(
        _COMMON
        | _ITEMS
        | _inside("billingAddress")
        | _BUYER
        | _MONEY
        | {"paymentMethod": T, "stripe.customerID": T, "stripe.paymentIntentID": T, "status": T, "order": N, "cart": N},
        _ITEM_RELATIONS | {"customer": "users", "order": "orders", "cart": "carts"},
        {},
    ),
    "carts": Collection(
        _COMMON | _ITEMS | {"customer": N, "purchasedAt": D, "subtotal": N, "currency": T},
        _ITEM_RELATIONS | {"customer": "users"},
        {},
        owner="customer",
    ),
    "products": Collection(
        _COMMON
        | _TRASH
        | _PRICED
        | {
            "title": T,
            "slug": T,
            "categories": N,
            "inventory": N,
            "enableVariants": B,
            "variantTypes": N,
            "_status": T,
        },
        {"categories": "categories", "variantTypes": "variantTypes"},
        {"variants": Join("variants", "product", "id")},
        has_trash=True,
        is_public=True,
    ),
    "variants": Collection(
        _COMMON | _TRASH | _PRICED | {"title": T, "product": N, "options": N, "inventory": N, "_status": T},
        {"product": "products", "options": "variantOptions"},
        {},
        has_trash=True,
        is_public=True,
    ),
    "variantTypes": Collection(
        _COMMON | _TRASH | {"label": T, "name": T},
        {},
        {"options": Join("variantOptions", "variantType", "_variantOptions_options_order")},
        has_trash=True,
        is_public=True,
    ),
    "variantOptions": Collection(
        _COMMON | _TRASH | {"_variantOptions_options_order": T, "variantType": N, "label": T, "value": T},
        {"variantType": "variantTypes"},
        {},
        has_trash=True,
        is_public=True,
    ),
    "categories": Collection(_COMMON | {"title": T, "slug": T}, {}, {}, is_public=True),
    "addresses": Collection(
        _COMMON | {"customer": N} | {part: T for part in _PARTS.split()}, {"customer": "users"}, {}, owner="customer"
    ),
    "users": Collection(
        _COMMON | {"name": T, "roles": T, "email": T, "enableAPIKey": B},
        {},
        {
            "orders": Join("orders", "customer", "-createdAt"),
            "cart": Join("carts", "customer", "-createdAt"),
            "addresses": Join("addresses", "customer", "-createdAt"),
        },
        owner="id",
    ),
}
