"""Customers, and the checkouts nobody finished."""

from simulator.shopify_catalogue import product_row, variant_row
from simulator.shopify_graphql import Row
from simulator.shopify_paging import connection, nested
from simulator.shopify_parts import (
    View,
    derived,
    gid,
    instant,
    instant_or_none,
    is_order_listed,
    mailing_address,
    money,
    shop_purse,
)
from simulator.shopify_parts import (
    is_listed as is_product_listed,
)
from simulator.shopify_standing import Standing
from simulator.trade.model import Cart, Customer, Order, Variant

ABANDONED_AFTER = 600  # seconds without an order that make a checkout abandoned


def is_listed(customer: Customer, now: int) -> bool:
    """Whether the shop has an account at an instant."""
    return customer.is_there(now) and not (customer.deleted is not None and customer.deleted <= now)


def customer_row(customer: Customer, view: View) -> Row:
    """Write an account as of now."""
    now, shop = view.now, view.shop
    is_personal = view.sees_personal
    first, last = (customer.first, customer.last) if is_personal else (None, None)
    phone = customer.phone if is_personal else None
    marketing = "SUBSCRIBED" if customer.accepts_marketing.at(now) else "NOT_SUBSCRIBED"

    def theirs() -> list[Order]:
        return [order for order in view.index.orders_of[customer.id] if is_order_listed(order, view)]

    def spent(_: Row) -> Row:
        paid = [order for order in theirs() if order.paid is not None and order.paid <= now and not order.is_test]
        return money(sum(Standing(order, now).current for order in paid), shop)

    def address(_: Row) -> Row | None:
        if not is_personal or not customer.addresses:
            return None
        number = derived("home", customer.id)
        return mailing_address(customer.address(now), first, last, phone, number)

    def order_page(arguments: Row) -> Row:
        found = sorted(theirs(), key=lambda order: order.id)
        keys = [(order.id, order.id) for order in found]
        is_reversed = bool(arguments.get("reverse"))
        return connection("OrderConnection", keys, lambda place: view.order_row(found[place]), arguments, is_reversed)

    def last_order(_: Row) -> Row | None:
        found = theirs()
        return view.order_row(max(found, key=lambda order: order.created)) if found else None

    email_row = None
    if is_personal and customer.email:
        email_row = {
            "__typename": "CustomerEmailAddress",
            "emailAddress": customer.email,
            "marketingState": marketing,
            "marketingOptInLevel": "SINGLE_OPT_IN" if marketing == "SUBSCRIBED" else None,
            "marketingUpdatedAt": None,
            "sourceLocation": None,
            "validFormat": True,
        }
    return {
        "__typename": "Customer",
        "id": gid("Customer", customer.id),
        "legacyResourceId": str(customer.id),
        "createdAt": instant(customer.created),
        "updatedAt": lambda _: instant(customer.updated(now)),
        "firstName": first,
        "lastName": last,
        "displayName": " ".join(part for part in (first, last) if part),
        "email": customer.email if is_personal else None,
        "phone": phone,
        "defaultEmailAddress": email_row,
        "defaultPhoneNumber": None
        if phone is None
        else {
            "__typename": "CustomerPhoneNumber",
            "phoneNumber": phone,
            "marketingState": "NOT_SUBSCRIBED",
            "marketingOptInLevel": None,
            "marketingUpdatedAt": None,
            "marketingCollectedFrom": None,
            "sourceLocation": None,
        },
        "defaultAddress": address,
        "addresses": lambda asked: [one for one in (address(asked),) if one is not None],
        "locale": customer.language,
        "note": None,
        "state": "ENABLED",
        "tags": [],
        "taxExempt": False,
        "validEmailAddress": True,
        "verifiedEmail": True,
        "numberOfOrders": lambda _: str(len(theirs())),
        "amountSpent": spent,
        "lastOrder": last_order,
        "orders": order_page,
    }


def is_abandoned(cart: Cart, now: int) -> bool:
    """Whether a checkout is listed as left behind; one that was bought in the end stays, with the day it was.

    What was sold at the till or over the phone never was at a checkout.
    """
    bought = cart.order.created if cart.order is not None else None
    if cart.order is not None and cart.order.channel != "web":
        return False
    if not cart.reached_checkout or not cart.lines or not cart.is_there(now) or cart.created + ABANDONED_AFTER > now:
        return False
    return bought is None or bought - cart.created > ABANDONED_AFTER


def checkout_row(cart: Cart, view: View) -> Row:
    """Write a checkout that was left behind."""
    now, shop = view.now, view.shop
    bag = shop_purse(shop).bag
    customer = cart.customer if cart.customer is not None and is_listed(cart.customer, now) else None
    bought = cart.order.created if cart.order is not None else None
    subtotal = cart.listed_subtotal
    return {
        "__typename": "AbandonedCheckout",
        "id": gid("AbandonedCheckout", cart.id),
        "name": f"#{cart.id}",
        "abandonedCheckoutUrl": f"https://{shop.name}.myshopify.com/checkouts/{derived('checkout', cart.id):x}/recover",
        "createdAt": instant(cart.created),
        "updatedAt": instant(cart.updated(now)),
        "completedAt": instant_or_none(bought, now),
        "customer": None if customer is None else lambda _: customer_row(customer, view),
        "billingAddress": None,
        "shippingAddress": None,
        "customAttributes": [],
        "discountCodes": [],
        "note": "",
        "taxesIncluded": shop.prices_include_tax,
        "taxLines": [],
        "lineItemsQuantity": sum(quantity for _, quantity, _ in cart.lines),
        "lineItems": nested(
            "AbandonedCheckoutLineItemConnection",
            lambda: [_checkout_line(cart, place, line, view) for place, line in enumerate(cart.lines)],
        ),
        "subtotalPriceSet": bag(subtotal),
        "totalLineItemsPriceSet": bag(subtotal),
        "totalPriceSet": bag(subtotal),
        "totalDiscountSet": bag(0),
        "totalDutiesSet": None,
        "totalTaxSet": bag(0),
    }


def _checkout_line(cart: Cart, place: int, line: tuple[Variant, int, int], view: View) -> Row:
    variant, quantity, price = line
    product, bag = variant.product, shop_purse(view.shop).bag
    is_known = is_product_listed(product, view.now)
    unit, total = bag(price), bag(price * quantity)
    return {
        "__typename": "AbandonedCheckoutLineItem",
        "id": gid("AbandonedCheckoutLineItem", derived("checkout line", cart.id, place)),
        "title": product.title,
        "variantTitle": " / ".join(variant.options.values()) or None,
        "sku": variant.sku,
        "quantity": quantity,
        "customAttributes": [],
        "product": lambda _: product_row(product, view) if is_known else None,
        "variant": lambda _: variant_row(variant, view) if is_known else None,
        "originalUnitPriceSet": unit,
        "originalTotalPriceSet": total,
        "discountedUnitPriceSet": unit,
        "discountedUnitPriceWithCodeDiscount": unit,
        "discountedTotalPriceSet": total,
        "discountedTotalPriceWithCodeDiscount": total,
    }
