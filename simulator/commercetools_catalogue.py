"""commercetools' products, categories, inventory, reviews, customers, discount codes, messages.

A product has its data twice, `current` and `staged`; the master variant is not among the `variants`, and a variant's
number counts inside its product only. Projects with the modular catalogue leave both out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.catalogue import Steps
from simulator.commercetools_orders import order_gone
from simulator.commercetools_parts import Object, address, at, cents, filled, head, names, reference, uuid
from simulator.trade.model import Category, Coupon, Customer, Product, Review, Shop, Variant

DAY = 86_400
MESSAGES_KEPT = 15 * DAY


def last_step(steps: Steps, now: int) -> int:
    """Return when a value last changed by an instant."""
    return steps.instants[max(0, bisect_right(steps.instants, now) - 1)]


def product_gone(product: Product) -> int | None:
    """Return when a product was deleted for good: commercetools has no trash."""
    return min((moment for moment in (product.deleted, product.trashed) if moment is not None), default=None)


def product_modified(product: Product, now: int) -> int:
    """Return the last change of anything a product shows, its rating among it; stock is elsewhere."""
    moments = [product.updated(now), *(review.created for review in product.reviews if review.is_there(now))]
    for variant in product.variants:
        if variant.created <= now:
            prices = (last_step(variant.price, now), last_step(variant.compare_at, now))
            moments += [variant.created, *(moment for moment in prices if moment <= now)]
    return max(moments)


def product_object(shop: Shop, product: Product, now: int, is_modular: bool = False) -> Object:
    """Write a product: what shoppers see, and what is being prepared."""
    current = product_data(shop, product, now, is_modular)
    has_changes = product.id % 11 == 0
    staged = current | ({"name": names(product.id, f"{product.title} (draft)")} if has_changes else {})
    return head("product", product.id, product.created, product_modified(product, now)) | filled(
        key=product.slug,
        productType=reference("product-type", "product-type", "thing"),
        taxCategory=reference("tax-category", "tax-category", product.tax_per_mille),
        masterData={"published": True, "current": current, "staged": staged, "hasStagedChanges": has_changes},
        reviewRatingStatistics=_ratings(product, now),
        priceMode="Embedded",
    )


def projection_object(shop: Shop, product: Product, now: int, is_modular: bool = False) -> Object:
    """Write a product's current data with nothing around it."""
    whole = product_object(shop, product, now, is_modular)
    master = whole.pop("masterData")
    return whole | master["current"] | {"published": True, "hasStagedChanges": master["hasStagedChanges"]}


def product_data(shop: Shop, product: Product, now: int, is_modular: bool) -> Object:
    """Write what can be staged."""
    shown = [
        _variant(shop, variant, number, now)
        for number, variant in enumerate(product.variants, 1)
        if variant.created <= now
    ]
    return filled(
        name=names(product.id, product.title),
        slug={"en": product.slug},
        description={"en": product.description},
        categories=[reference("category", "category", product.category.id)],
        categoryOrderHints={},
        masterVariant=shown[0] if shown and not is_modular else None,
        variants=[] if is_modular else shown[1:],
        searchKeywords={"en": [{"text": tag} for tag in product.tags]} if product.tags else {},
        attributes=[{"name": "brand", "value": product.brand}] if product.brand else [],
    )


def _variant(shop: Shop, variant: Variant, number: int, now: int) -> Object:
    price, before = int(variant.price.at(now)), int(variant.compare_at.at(now))
    shown: Object = {"id": uuid("price", variant.id), "value": cents(shop, before or price)}
    if before:
        off = reference("product-discount", "markdown", variant.product.id)
        shown["discounted"] = {"value": cents(shop, price), "discount": off}
    attributes: list[Object] = [{"name": name.lower(), "value": value} for name, value in variant.options.items()]
    if variant.cost is not None:
        attributes.append({"name": "purchasePrice", "value": cents(shop, variant.cost)})
    return filled(
        id=number,
        sku=variant.sku,
        key=variant.sku.lower(),
        prices=[shown],
        attributes=attributes,
        images=[],
        assets=[],
    )


def _ratings(product: Product, now: int) -> Object | None:
    ratings = [review.rating for review in product.reviews if review.is_there(now)]
    if not ratings:
        return None
    return {
        "averageRating": round(sum(ratings) / len(ratings), 5),
        "highestRating": max(ratings),
        "lowestRating": min(ratings),
        "count": len(ratings),
        "ratingsDistribution": {str(rating): count for rating, count in sorted(Counter(ratings).items())},
    }


def category_object(shop: Shop, category: Category, now: int) -> Object:
    """Write a category with the way up to the root."""
    above: list[Category] = []
    parent = category.parent
    while parent is not None:
        above.insert(0, parent)
        parent = parent.parent
    return head("category", category.id, category.created, category.created) | filled(
        key=category.slug,
        name={"en": category.title},
        slug={"en": category.slug},
        ancestors=[reference("category", "category", one.id) for one in above],
        parent=reference("category", "category", category.parent.id) if category.parent else None,
        orderHint=f"0.{category.id}",
        assets=[],
    )


def inventory_object(shop: Shop, variant: Variant, now: int) -> Object:
    """Write the stock of a variant, known by its SKU."""
    count = int(variant.stock.at(now))
    modified = max(variant.created, last_step(variant.stock, now))
    return head("inventory", variant.id, variant.created, modified) | {
        "sku": variant.sku,
        "quantityOnStock": count,
        "availableQuantity": count,
    }


def review_object(shop: Shop, review: Review, now: int) -> Object:
    """Write a review."""
    customer = review.customer
    return head("review", review.id, review.created, review.updated(now)) | filled(
        key=f"review-{review.id}",
        authorName=review.author,
        text=review.text,
        target=reference("product", "product", review.product.id),
        includedInStatistics=True,
        rating=review.rating,
        customer=reference("customer", "customer", customer.id) if customer else None,
    )


def customer_object(shop: Shop, customer: Customer, now: int) -> Object:
    """Write a customer; the password is masked, and still nothing to keep."""
    home = address(customer.address(now), customer.first, customer.last, customer.phone, None)
    return head("customer", customer.id, customer.created, customer.updated(now)) | filled(
        customerNumber=str(10_000 + customer.id),
        email=customer.email,
        firstName=customer.first,
        lastName=customer.last,
        password="****masked=",
        dateOfBirth=customer.born.isoformat() if customer.born else None,
        addresses=[home],
        defaultShippingAddressId=home["id"],
        shippingAddressIds=[home["id"]],
        defaultBillingAddressId=home["id"],
        billingAddressIds=[home["id"]],
        isEmailVerified=customer.id % 3 != 0,
        customerGroupAssignments=[],
        locale=customer.language,
        stores=[],
        authenticationMode="Password",
    )


def coupon_object(shop: Shop, coupon: Coupon, now: int) -> Object:
    """Write a discount code: orders name it by reference only."""
    return head("discount-code", coupon.id, coupon.created, coupon.updated(now)) | filled(
        code=coupon.code,
        name={"en": coupon.code},
        cartDiscounts=[reference("cart-discount", "cart-discount", coupon.id)],
        isActive=coupon.ends is None or coupon.ends > now,
        validUntil=at(coupon.ends) if coupon.ends is not None else None,
        references=[],
        groups=[],
    )


@dataclass(slots=True, frozen=True)
class Message:
    """Something that happened to a resource."""

    kind: str
    resource: str
    number: int
    at: int
    more: tuple[tuple[str, str], ...] = ()


def messages(shop: Shop, now: int) -> Iterator[Message]:
    """Yield what the last days brought: deletions, and the states of orders."""
    since = now - MESSAGES_KEPT

    def is_told(moment: int | None) -> bool:
        return moment is not None and since < moment <= now

    for order in shop.orders:
        for moment, state in ((order.completed, "Complete"), (order.cancelled, "Cancelled")):
            if moment is not None and is_told(moment):
                yield Message("OrderStateChanged", "order", order.id, moment, (("orderState", state),))
        gone = order_gone(order)
        if gone is not None and is_told(gone):
            yield Message("OrderDeleted", "order", order.id, gone)
    for customer in shop.customers:
        if customer.deleted is not None and is_told(customer.deleted):
            yield Message("CustomerDeleted", "customer", customer.id, customer.deleted)
    for product in shop.products:
        gone = product_gone(product)
        if gone is not None and is_told(gone):
            yield Message("ProductDeleted", "product", product.id, gone)


def message_object(shop: Shop, message: Message, now: int) -> Object:
    """Write a message."""
    return head("message", message_number(message), message.at, message.at) | {
        "sequenceNumber": 9 if message.kind.endswith("Deleted") else 3,
        "resource": reference(message.resource, message.resource, message.number),
        "resourceVersion": 9 if message.kind.endswith("Deleted") else 3,
        "type": message.kind,
        **dict(message.more),
    }


def message_number(message: Message) -> str:
    """Return what a message's id is made from."""
    return f"{message.kind}/{message.number}/{message.at}"
