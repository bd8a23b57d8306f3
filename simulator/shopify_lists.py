"""The lists and lookups at the top of a query: what each is made of, sorted by and filtered by."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator import shopify_customers as customers
from simulator import shopify_refunds as refunds
from simulator.shopify_access import Reader
from simulator.shopify_catalogue import (
    LOCATIONS,
    collection_row,
    item_row,
    level_id,
    level_row,
    listed_variants,
    location_row,
    product_row,
    product_updated,
    variant_row,
)
from simulator.shopify_graphql import QueryError, Row, Step
from simulator.shopify_lines import line_row
from simulator.shopify_paging import connection
from simulator.shopify_parts import View, gid, gone_at, instant, is_listed, is_order_listed
from simulator.shopify_search import Read, read_search
from simulator.shopify_shop import installation_row, shop_row
from simulator.shopify_standing import Standing
from simulator.trade.model import Product, Variant

COUNTED = 10_000


@dataclass(slots=True, frozen=True)
class Listing:
    """One list. Each function gets a row of the world and the view."""

    type: str
    rows: Callable[[View], list[Any]]
    write: Callable[[Any, View], Row]
    number: Callable[[Any], int] = lambda row: row.id
    sorts: dict[str, Callable[[Any, View], Any]] = field(default_factory=dict)
    times: dict[str, Callable[[Any, View], int | None]] = field(default_factory=dict)
    values: dict[str, Callable[[Any, View], Any]] = field(default_factory=dict)


def _created(row: Any, view: View) -> int:
    return row.created


def _updated(row: Any, view: View) -> int:
    return row.updated(view.now)


def _products(view: View) -> list[Product]:
    return [product for product in view.shop.products if is_listed(product, view.now)]


def _variants(view: View) -> list[Variant]:
    return [variant for product in _products(view) for variant in listed_variants(product, view.now)]


def _status(order: Any, view: View) -> list[str]:
    now = view.now
    cancelled = order.cancelled is not None and order.cancelled <= now
    closed = order.completed is not None and order.completed <= now
    state = "cancelled" if cancelled else "closed" if closed else "open"
    return ["any", state, *(("not_closed",) if not closed else ())]


def _is_gone(product: Product, now: int) -> bool:
    gone = gone_at(product)
    return product.is_there(now) and gone is not None and gone <= now


def _deletion_row(product: Product, view: View) -> Row:
    return {
        "__typename": "DeletionEvent",
        "occurredAt": instant(gone_at(product) or 0),
        "subjectId": gid("Product", product.id),
        "subjectType": "PRODUCT",
    }


_ORDERS = Listing(
    "Order",
    lambda view: [order for order in view.shop.orders if is_order_listed(order, view)],
    lambda order, view: view.order_row(order),
    sorts={
        "CREATED_AT": _created,
        "PROCESSED_AT": _created,
        "UPDATED_AT": _updated,
        "ORDER_NUMBER": lambda order, view: order.id,
        "TOTAL_PRICE": lambda order, view: Standing(order, view.now).total,
    },
    times={"created_at": _created, "processed_at": _created, "updated_at": _updated},
    values={
        "id": lambda order, view: order.id,
        "name": lambda order, view: [order.number, order.number.lstrip("#")],
        "status": _status,
        "test": lambda order, view: order.is_test,
        "email": lambda order, view: order.email,
        "customer_id": lambda order, view: order.customer.id if order.customer else None,
        "financial_status": lambda order, view: Standing(order, view.now).financial_status(view.now),
        "fulfillment_status": lambda order, view: Standing(order, view.now).fulfillment_status(view.now),
        "source_name": lambda order, view: order.channel,
    },
)
_DATED: dict[str, Callable[[Any, View], int | None]] = {"created_at": _created, "updated_at": _updated}

LISTINGS: dict[str, Listing] = {
    "orders": _ORDERS,
    "customers": Listing(
        "Customer",
        lambda view: [one for one in view.shop.customers if customers.is_listed(one, view.now)],
        customers.customer_row,
        sorts={"CREATED_AT": _created, "UPDATED_AT": _updated, "NAME": lambda one, view: f"{one.last} {one.first}"},
        times={**_DATED, "customer_date": _created},
        values={"id": lambda one, view: one.id, "email": lambda one, view: one.email},
    ),
    "products": Listing(
        "Product",
        _products,
        product_row,
        sorts={
            "CREATED_AT": _created,
            "PUBLISHED_AT": _created,
            "UPDATED_AT": lambda one, view: product_updated(one, view.now),
            "TITLE": lambda one, view: one.title,
            "VENDOR": lambda one, view: one.brand,
            "PRODUCT_TYPE": lambda one, view: one.category.title,
        },
        times={
            "created_at": _created,
            "published_at": _created,
            "updated_at": lambda one, view: product_updated(one, view.now),
        },
        values={
            "id": lambda one, view: one.id,
            "title": lambda one, view: one.title,
            "handle": lambda one, view: one.slug,
            "vendor": lambda one, view: one.brand,
            "status": lambda one, view: "active",
            "sku": lambda one, view: [variant.sku for variant in one.variants],
        },
    ),
    "productVariants": Listing(
        "ProductVariant",
        _variants,
        variant_row,
        sorts={"SKU": lambda one, view: one.sku, "POSITION": lambda one, view: one.product.variants.index(one)},
        times=_DATED,
        values={
            "id": lambda one, view: one.id,
            "sku": lambda one, view: one.sku,
            "product_id": lambda one, view: one.product.id,
        },
    ),
    "inventoryItems": Listing(
        "InventoryItem",
        _variants,
        item_row,
        times=_DATED,
        values={"id": lambda one, view: one.id, "sku": lambda one, view: one.sku},
    ),
    "collections": Listing(
        "Collection",
        lambda view: [one for one in view.shop.categories if one.created <= view.now],
        collection_row,
        sorts={"UPDATED_AT": _created, "TITLE": lambda one, view: one.title},
        times={"updated_at": _created},
        values={"id": lambda one, view: one.id, "title": lambda one, view: one.title},
    ),
    "locations": Listing(
        "Location",
        lambda view: list(LOCATIONS),
        location_row,
        sorts={"NAME": lambda one, view: one.name},
        values={"name": lambda one, view: one.name},
    ),
    "abandonedCheckouts": Listing(
        "AbandonedCheckout",
        lambda view: [cart for cart in view.shop.carts if customers.is_abandoned(cart, view.now)],
        customers.checkout_row,
        sorts={"CREATED_AT": _created, "TOTAL_PRICE": lambda one, view: one.listed_subtotal},
        times=_DATED,
        values={"id": lambda one, view: one.id},
    ),
    "deletionEvents": Listing(
        "DeletionEvent",
        lambda view: [one for one in view.shop.products if _is_gone(one, view.now)],
        _deletion_row,
        sorts={"CREATED_AT": lambda one, view: gone_at(one), "ID": lambda one, view: gone_at(one)},
        times={"occurred_at": lambda one, view: gone_at(one)},
    ),
}


class Root:
    """Reads the fields of the query root for one request, and gathers what its searches warn of."""

    def __init__(self, view: View, reader: Reader) -> None:
        self._view = view
        self._reader = reader
        self.warnings: list[Row] = []

    def read(self, step: Step) -> Any:
        """Return a root field's value."""
        view, name, asked = self._view, step.name, step.arguments
        if name in LISTINGS:
            return self._list(step)
        if name.endswith("Count") and (listing := self._listing_of_count(name)) is not None:
            return self._count(listing, step)
        match name:
            case "__typename":
                return "QueryRoot"
            case "shop":
                return shop_row(view)
            case "currentAppInstallation":
                return installation_row(self._reader.scopes)
            case "node":
                return self.node(asked["id"], "node")
            case "nodes":
                return [self.node(one, "nodes") for one in asked["ids"]]
        kind = {"order": "Order", "customer": "Customer", "product": "Product", "refund": "Refund", "return": "Return"}
        return self.node(asked["id"], name, kind[name])

    def node(self, wanted: str, field_name: str, kind: str | None = None) -> Row | None:
        """Return what has an id, or None. Raises where the id is of another kind, or of one the reader may not see."""
        found, _, number = wanted.removeprefix("gid://shopify/").partition("/")
        if not wanted.startswith("gid://shopify/") or kind not in (None, found):
            raise QueryError(f"Invalid id: {wanted}", "RESOURCE_NOT_FOUND", [field_name])
        self._reader.check(found, field_name)
        if found == "InventoryLevel":
            return self._level(wanted)
        return self._by_number(found, int(number)) if number.isdigit() else None

    def _by_number(self, kind: str, number: int) -> Row | None:
        view, index = self._view, self._view.index
        lists = {
            "Order": (index.orders, "orders"),
            "Customer": (index.customers, "customers"),
            "Product": (index.products, "products"),
            "ProductVariant": (index.variants, "productVariants"),
            "InventoryItem": (index.variants, "inventoryItems"),
            "Collection": (index.collections, "collections"),
            "AbandonedCheckout": (index.carts, "abandonedCheckouts"),
            "Location": ({one.id: one for one in LOCATIONS}, "locations"),
        }
        if kind in lists:
            rows, name = lists[kind]
            row = rows.get(number)
            return None if row is None or not self._shows(kind, row) else LISTINGS[name].write(row, view)
        if kind == "Shop":
            return shop_row(view)
        if kind == "LineItem":
            return self._line(number)
        return self._of_order(kind, number)

    def _shows(self, kind: str, row: Any) -> bool:
        view = self._view
        match kind:
            case "Order":
                return is_order_listed(row, view)
            case "Customer":
                return customers.is_listed(row, view.now)
            case "Product":
                return is_listed(row, view.now)
            case "ProductVariant" | "InventoryItem":
                return is_listed(row.product, view.now) and row.is_there(view.now)
            case "AbandonedCheckout":
                return customers.is_abandoned(row, view.now)
            case "Collection":
                return row.created <= view.now
        return True

    def _line(self, number: int) -> Row | None:
        view = self._view
        order, line = view.index.line(number) or (None, None)
        if order is None or line is None or line.added > view.now or not is_order_listed(order, view):
            return None
        return line_row(order, line, Standing(order, view.now), view)

    def _of_order(self, kind: str, number: int) -> Row | None:
        """Return a refund, a return (which has its refund's number) or a transaction."""
        view = self._view
        if kind == "OrderTransaction":
            payment = view.index.payment(number)
            if payment is None or not payment.is_there(view.now) or not is_order_listed(payment.order, view):
                return None
            return refunds.transaction_row(payment, view)
        order = view.index.order_of_refund(number) if kind in ("Refund", "Return") else None
        if order is None or not is_order_listed(order, view):
            return None
        write = refunds.refund_rows if kind == "Refund" else refunds.return_rows
        rows = write(order, view, lambda _: view.order_row(order))
        return next((row for row in rows if row["id"] == gid(kind, number)), None)

    def _level(self, wanted: str) -> Row | None:
        view = self._view
        for place in LOCATIONS:
            for variant in _variants(view):
                if level_id(variant, place) == wanted:
                    return level_row(variant, place, view)
        return None

    def _list(self, step: Step) -> Row:
        view, listing, asked = self._view, LISTINGS[step.name], step.arguments
        self._reader.check(listing.type, step.name)
        sort = listing.sorts.get(str(asked.get("sortKey")))
        search = asked.get("query") or ""
        name = (step.name, asked.get("sortKey"), search, self._reader, tuple(asked.get("subjectTypes") or ()))
        keeps = self._search(listing, search, step.key)

        def key(row: Any) -> tuple[Any, int]:
            number = listing.number(row)
            return (sort(row, view) if sort is not None else number, number)

        def rows() -> list[Any]:
            if step.name == "deletionEvents" and "PRODUCT" not in (asked.get("subjectTypes") or ["PRODUCT"]):
                return []
            return [row for row in listing.rows(view) if keeps(row)]

        keys, found = view.index.listed(name, view.now, rows, key)
        return connection(
            f"{listing.type}Connection",
            keys,
            lambda place: listing.write(found[place], view),
            asked,
            bool(asked.get("reverse")),
        )

    def _count(self, listing: Listing, step: Step) -> Row:
        view, asked = self._view, step.arguments
        self._reader.check(listing.type, step.name)
        keeps = self._search(listing, asked.get("query") or "", step.key)
        count, limit = sum(1 for row in listing.rows(view) if keeps(row)), asked.get("limit") or COUNTED
        precision = "EXACT" if count <= limit else "AT_LEAST"
        return {"__typename": "Count", "count": min(count, limit), "precision": precision}

    def _search(self, listing: Listing, text: str, path: str) -> Callable[[Any], bool]:
        if not text.strip():
            return lambda row: True
        view = self._view

        def bound(read: Callable[[Any, View], Any]) -> Read:
            return lambda row: read(row, view)

        search = read_search(
            text,
            {name: bound(read) for name, read in listing.times.items()},
            {name: bound(read) for name, read in listing.values.items()},
            view.shop.zone,
        )
        if search.warnings:
            self.warnings.append({"path": [path], "query": text, "warnings": search.warnings})
        return search.keeps

    @staticmethod
    def _listing_of_count(name: str) -> Listing | None:
        return LISTINGS.get(name.removesuffix("Count"))
