"""commercetools' carts: bought, or left behind and gone by themselves after 90 days."""

from __future__ import annotations

from simulator.commercetools_orders import order_store, ordered_cart
from simulator.commercetools_parts import Object, cents, filled, head, names, reference, uuid
from simulator.trade.model import Cart, Shop


def cart_number(cart: Cart) -> str:
    """Return what a cart's id is made from; it stays when a cart that was left behind is bought."""
    return str(cart.id) if cart.order is None else ordered_cart(cart.order)


def cart_object(shop: Shop, cart: Cart, now: int) -> Object:
    """Write a cart."""
    lines = [_cart_line(shop, cart, position) for position in range(len(cart.lines))]
    customer = cart.customer
    is_ordered = cart.is_bought(now)
    return head("cart", cart_number(cart), cart.created, cart_modified(cart, now)) | filled(
        cartState="Ordered" if is_ordered else "Active",
        customerId=uuid("customer", customer.id) if customer else None,
        customerEmail=cart.email,
        anonymousId=None if customer else uuid("anonymous", cart.order.id if cart.order else f"cart/{cart.id}"),
        store={"typeId": "store", "key": cart_store(cart)},
        lineItems=lines,
        customLineItems=[],
        totalPrice=cents(shop, cart.listed_subtotal),
        totalLineItemQuantity=sum(quantity for _, quantity, _ in cart.lines) or None,
        country=shop.country,
        taxMode="Platform",
        taxRoundingMode="HalfUp",
        taxCalculationMode="LineItemLevel",
        inventoryMode="None",
        shippingMode="Single",
        shippingAddress={"country": shop.country} if cart.reached_checkout else None,
        shipping=[],
        itemShippingAddresses=[],
        discountCodes=[],
        directDiscounts=[],
        refusedGifts=[],
        deleteDaysAfterLastModification=90,
        origin="Customer",
    )


def cart_modified(cart: Cart, now: int) -> int:
    """Return the last change of a cart; ordering it is one."""
    ordered = cart.order.created if cart.order is not None and cart.order.created <= now else cart.created
    return max(cart.updated(now), ordered)


def cart_store(cart: Cart) -> str:
    """Return the key of the store a cart belongs to."""
    return order_store(cart.order) if cart.order is not None else "online"


def _cart_line(shop: Shop, cart: Cart, position: int) -> Object:
    variant, quantity, price = cart.lines[position]
    product = variant.product
    return {
        "id": uuid("cart-line", f"{cart_number(cart)}/{position}"),
        "productId": uuid("product", product.id),
        "productKey": product.slug,
        "name": names(product.id, product.title),
        "productSlug": {"en": product.slug},
        "productType": reference("product-type", "product-type", "thing"),
        "variant": {"id": product.variants.index(variant) + 1, "sku": variant.sku, "prices": [], "attributes": []},
        "price": {"id": uuid("price", variant.id), "value": cents(shop, price)},
        "quantity": quantity,
        "totalPrice": cents(shop, price * quantity),
        "discountedPricePerQuantity": [],
        "taxedPricePortions": [],
        "state": [],
        "perMethodTaxRate": [],
        "priceMode": "Platform",
        "lineItemMode": "Standard",
    }
