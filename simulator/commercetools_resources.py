"""Which rows each of commercetools' lists holds at an instant, and who may see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from simulator import commercetools_carts as carts
from simulator import commercetools_catalogue as catalogue
from simulator import commercetools_orders as orders
from simulator import commercetools_payments as payments
from simulator.commercetools_parts import Object, head
from simulator.trade.model import Shop

CARTS_KEPT = 90 * catalogue.DAY
_IDENTITY = frozenset(("id", "version", "createdAt", "lastModifiedAt", "key", "custom"))


@dataclass(slots=True, frozen=True)
class Resource:
    """One list of the API.

    find    the rows to be seen at an instant: number of the id, created, modified, source
    fields  what a predicate may begin with, besides what every object has
    store   the key of the store a row belongs to, where rows belong to one
    """

    kind: str
    right: str
    find: Callable[[Shop, int], Iterable[tuple[int | str, int, int, Any]]]
    write: Callable[[Shop, Any, int], Object]
    fields: frozenset[str]
    store: Callable[[Any], str] | None = None


def _orders(shop: Shop, now: int) -> Iterator[tuple[int, int, int, Any]]:
    for order in shop.orders:
        gone = orders.order_gone(order)
        if order.is_there(now) and (gone is None or now < gone):
            yield order.id, order.created, orders.order_modified(order, now), order


def _payments(shop: Shop, now: int) -> Iterator[tuple[int, int, int, Any]]:
    for order in shop.orders:
        if order.created <= now:
            for attempt in payments.attempts(order):
                if attempt.is_there(now):
                    yield attempt.id, attempt.created, payments.payment_modified(attempt, now), attempt


def _carts(shop: Shop, now: int) -> Iterator[tuple[str, int, int, Any]]:
    for cart in shop.carts:
        modified = carts.cart_modified(cart, now)
        if cart.is_there(now) and modified > now - CARTS_KEPT:
            yield carts.cart_number(cart), cart.created, modified, cart


def _products(shop: Shop, now: int) -> Iterator[tuple[int, int, int, Any]]:
    for product in shop.products:
        gone = catalogue.product_gone(product)
        if product.is_there(now) and (gone is None or now < gone):
            yield product.id, product.created, catalogue.product_modified(product, now), product


def _inventory(shop: Shop, now: int) -> Iterator[tuple[int, int, int, Any]]:
    for _, _, _, product in _products(shop, now):
        for variant in product.variants:
            if variant.is_there(now):
                modified = max(variant.created, catalogue.last_step(variant.stock, now))
                yield variant.id, variant.created, modified, variant


def _reviews(shop: Shop, now: int) -> Iterator[tuple[int, int, int, Any]]:
    for _, _, _, product in _products(shop, now):
        for review in product.reviews:
            if review.is_there(now):
                yield review.id, review.created, review.updated(now), review


def _customers(shop: Shop, now: int) -> Iterator[tuple[int, int, int, Any]]:
    for customer in shop.customers:
        if customer.is_there(now) and (customer.deleted is None or now < customer.deleted):
            yield customer.id, customer.created, customer.updated(now), customer


def _coupons(shop: Shop, now: int) -> Iterator[tuple[int, int, int, Any]]:
    return ((one.id, one.created, one.updated(now), one) for one in shop.coupons if one.is_there(now))


def _categories(shop: Shop, now: int) -> Iterator[tuple[int, int, int, Any]]:
    return ((one.id, one.created, one.created, one) for one in shop.categories if one.created <= now)


def _messages(shop: Shop, now: int) -> Iterator[tuple[str, int, int, Any]]:
    return ((catalogue.message_number(one), one.at, one.at, one) for one in catalogue.messages(shop, now))


def opened_at(shop: Shop) -> int:
    """Return when the shop opened."""
    return min((one.created for one in (*shop.categories, *shop.products)), default=0)


def _stores(shop: Shop, now: int) -> Iterator[tuple[str, int, int, Any]]:
    opened = opened_at(shop)
    return ((key, opened, opened, key) for key in orders.STORES)


def _store(shop: Shop, key: str, now: int) -> Object:
    opened = opened_at(shop)
    shown = {"key": key, "name": {"en": orders.STORES[key]}, "languages": [], "countries": []}
    return head("store", key, opened, opened) | shown


def _taxes(shop: Shop, now: int) -> Iterator[tuple[int, int, int, Any]]:
    opened = opened_at(shop)
    return ((rate, opened, opened, rate) for rate in sorted({product.tax_per_mille for product in shop.products}))


def _tax(shop: Shop, rate: int, now: int) -> Object:
    opened = opened_at(shop)
    return head("tax-category", rate, opened, opened) | {"name": f"{rate / 10:g}%", "key": f"rate-{rate}", "rates": []}


def _nothing(shop: Shop, now: int) -> Iterator[tuple[int, int, int, Any]]:
    return iter(())


def _fields(*names: str) -> frozenset[str]:
    return _IDENTITY | frozenset(names)


_CART_FIELDS = (
    *("customerId", "customerEmail", "anonymousId", "store", "lineItems", "customLineItems", "totalPrice"),
    *("taxedPrice", "country", "locale", "origin", "paymentInfo", "shippingInfo", "shippingAddress"),
    *("billingAddress", "discountCodes", "taxMode"),
)
_PRODUCT_FIELDS = ("name", "slug", "categories", "masterVariant", "variants", "attributes", "published")
RESOURCES: dict[str, Resource] = {
    "orders": Resource(
        "order",
        "view_orders",
        _orders,
        orders.order_object,
        _fields(
            *_CART_FIELDS,
            *("orderNumber", "orderState", "paymentState", "shipmentState", "returnInfo", "cart", "completedAt"),
        ),
        orders.order_store,
    ),
    "carts": Resource(
        "cart", "view_orders", _carts, carts.cart_object, _fields(*_CART_FIELDS, "cartState"), carts.cart_store
    ),
    "payments": Resource(
        "payment",
        "view_payments",
        _payments,
        payments.payment_object,
        _fields(
            *("customer", "anonymousId", "interfaceId", "amountPlanned", "paymentMethodInfo", "paymentStatus"),
            "transactions",
        ),
    ),
    "customers": Resource(
        "customer",
        "view_customers",
        _customers,
        catalogue.customer_object,
        _fields("email", "lowercaseEmail", "firstName", "lastName", "customerNumber", "addresses", "dateOfBirth"),
    ),
    "products": Resource(
        "product",
        "view_products",
        _products,
        catalogue.product_object,
        _fields("masterData", "productType", "taxCategory", "reviewRatingStatistics", "state"),
    ),
    "product-projections": Resource(
        "product-projection",
        "view_products",
        _products,
        catalogue.projection_object,
        _fields("productType", "taxCategory", "hasStagedChanges", *_PRODUCT_FIELDS),
    ),
    "categories": Resource(
        "category",
        "view_categories",
        _categories,
        catalogue.category_object,
        _fields("name", "slug", "parent", "ancestors", "orderHint", "externalId"),
    ),
    "inventory": Resource(
        "inventory-entry",
        "view_products",
        _inventory,
        catalogue.inventory_object,
        _fields("sku", "quantityOnStock", "availableQuantity", "supplyChannel"),
    ),
    "reviews": Resource(
        "review",
        "view_products",
        _reviews,
        catalogue.review_object,
        _fields("target", "rating", "customer", "authorName", "includedInStatistics", "text", "title"),
    ),
    "discount-codes": Resource(
        "discount-code",
        "view_discount_codes",
        _coupons,
        catalogue.coupon_object,
        _fields("code", "isActive", "cartDiscounts", "validUntil"),
    ),
    "messages": Resource(
        "message",
        "view_messages",
        _messages,
        catalogue.message_object,
        _fields("type", "resource", "sequenceNumber", "resourceVersion"),
    ),
    "stores": Resource("store", "view_stores", _stores, _store, _fields("name")),
    "tax-categories": Resource("tax-category", "view_tax_categories", _taxes, _tax, _fields("name")),
    "states": Resource("state", "view_orders", _nothing, catalogue.category_object, _fields("type")),
}
