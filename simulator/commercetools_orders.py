"""commercetools' orders.

What the world says of an order is shown in commercetools' ways: a markdown is the price's `discounted`, a coupon by
percent makes `discountedPricePerQuantity`, a coupon of an amount is `discountOnTotalPrice` and not in the lines, one
for shipping is the shipping's `discountedPrice`; a surcharge and a tip are custom lines. Some orders lack `taxedPrice`
(their lines still name the rate), some `paymentState`, some `shipmentState`. A return has no amount: money is in
payments.
"""

from __future__ import annotations

from simulator.commercetools_parts import (
    Object,
    address,
    at,
    cents,
    filled,
    head,
    names,
    precise,
    reference,
    tax_rate,
    taxed,
    taxed_price,
    uuid,
)
from simulator.trade.model import Coupon, Line, Order, Refund, Shop, tax_inside, tax_on

STORES = {"online": "Online shop", "ginza": "Shop in Ginza", "test": "Rehearsals"}


def ordered_cart(order: Order) -> str:
    """Return what the id of an order's cart is made from: an order names its cart though nobody looks it up."""
    return f"of-order/{order.id}" if order.cart_id is None else str(order.cart_id)


def order_store(order: Order) -> str:
    """Return the key of the store an order belongs to; rehearsals have a store of their own, for want of a flag."""
    return "test" if order.is_test else "ginza" if order.channel == "pos" else "online"


def order_gone(order: Order) -> int | None:
    """Return when an order was deleted for good: commercetools has no trash."""
    return min((moment for moment in (order.deleted, order.trashed) if moment is not None), default=None)


def order_modified(order: Order, now: int) -> int:
    """Return the last change of anything an order shows."""
    moments = (order.paid, order.on_hold, order.failed, order.fulfilled, order.completed, order.cancelled)
    edits = [line.added for line in order.lines] + [moment for line in order.lines for moment, _ in line.removed]
    returns = [refund.updated(now) for refund in _returned(order, now)]
    seen = [moment for moment in (*moments, *edits) if moment is not None and moment <= now]
    return max([order.updated(now), *seen, *returns])


def order_object(shop: Shop, order: Order, now: int) -> Object:
    """Write an order."""
    is_taxed = order.id % 19 != 0
    on_total = _is_on_total(order)
    shown = [(line, line.units(now)) for line in order.lines if line.units(now) > 0]
    lines = [_line(shop, order, line, units, on_total, is_taxed, now) for line, units in shown]
    custom = _custom_lines(shop, order, is_taxed)
    shipping = _shipping(shop, order, is_taxed)
    off = sum(_part(line.listed_share, units, line.quantity) for line, units in shown) if on_total else 0
    total = sum(one["totalPrice"]["centAmount"] for one in (*lines, *custom)) - off + _shipping_paid(shop, order)
    address_of = _address(order)
    changes = sum(moment <= now for moment in order.changes)
    return head("order", order.id, order.created, order_modified(order, now), changes) | filled(
        orderNumber=order.number,
        customerId=uuid("customer", order.customer.id) if order.customer else None,
        customerEmail=order.email,
        anonymousId=None if order.customer else uuid("anonymous", order.id),
        store={"typeId": "store", "key": order_store(order)},
        lineItems=lines,
        customLineItems=custom,
        totalPrice=cents(shop, total),
        taxedPrice=_order_taxed(shop, order, shown) if is_taxed else None,
        taxedShippingPrice=shipping.get("taxedPrice") if shipping else None,
        discountOnTotalPrice=_on_total(shop, order, lines, shown, off, is_taxed) if off else None,
        taxMode="Platform",
        taxRoundingMode="HalfUp",
        taxCalculationMode="LineItemLevel",
        inventoryMode="None",
        billingAddress=address_of,
        shippingAddress=address_of,
        shippingMode="Single",
        shippingInfo=shipping,
        shipping=[],
        discountCodes=[
            {"discountCode": reference("discount-code", "discount-code", coupon.id), "state": "MatchesCart"}
            for coupon, _ in order.coupons
        ],
        directDiscounts=[],
        refusedGifts=[],
        paymentInfo=_payment_info(order, now),
        country=order.address.country,
        locale=order.customer.language if order.customer else None,
        origin="Merchant" if order.channel == "phone" else "Customer",
        cart=reference("cart", "cart", ordered_cart(order)),
        syncInfo=[],
        returnInfo=_return_info(order, now),
        **_states(order, now),
    )


def _part(amount: int, units: int, of: int) -> int:
    return amount * units // of


def _is_on_total(order: Order) -> bool:
    return any(coupon.kind == "fixed" for coupon, _ in order.coupons)


def _line(shop: Shop, order: Order, line: Line, units: int, on_total: bool, is_taxed: bool, now: int) -> Object:
    markdown = _part(line.listed_discount, units, line.quantity)
    share = 0 if on_total else _part(line.listed_share, units, line.quantity)
    before = line.listed_price * units - markdown
    total = before - share
    price: Object = {"id": uuid("price", line.variant.id), "value": cents(shop, line.listed_price)}
    if line.product.id % 17 == 0:
        price["value"] = precise(shop, line.listed_price)
    if markdown:
        paid = cents(shop, before // units) if before % units == 0 else precise(shop, before, units)
        price["discounted"] = {"value": paid, "discount": reference("product-discount", "markdown", line.product.id)}
    is_gone = line.product.deleted is not None and line.product.deleted <= now
    return filled(
        id=uuid("line", line.id),
        productId=uuid("product", line.product.id),
        productKey=line.product.slug,
        name=names(line.product.id, line.title),
        productSlug={} if is_gone else {"en": line.product.slug},
        productType=reference("product-type", "product-type", "thing"),
        variant=_variant_of(line),
        price=price,
        quantity=units,
        totalPrice=cents(shop, total),
        discountedPricePerQuantity=_per_quantity(shop, order, before, total, units) if share else [],
        taxedPrice=taxed(shop, total, line.tax_per_mille) if is_taxed else None,
        taxedPricePortions=[],
        taxRate=tax_rate(shop, line.tax_per_mille),
        perMethodTaxRate=[],
        state=[{"quantity": units, "state": reference("state", "state", "initial")}],
        priceMode="Platform",
        lineItemMode="Standard",
        addedAt=at(line.added),
        lastModifiedAt=at(max([line.added, *(moment for moment, _ in line.removed if moment <= now)])),
    )


def _variant_of(line: Line) -> Object:
    return {
        "id": line.product.variants.index(line.variant) + 1,
        "sku": line.sku,
        "prices": [],
        "images": [],
        "attributes": [{"name": name.lower(), "value": value} for name, value in line.variant.options.items()],
        "assets": [],
    }


def _per_quantity(shop: Shop, order: Order, before: int, total: int, units: int) -> list[Object]:
    """Say what each unit came to: two unit prices where the whole does not divide."""
    low, more = divmod(total, units)
    coupon = next((coupon for coupon, _ in order.coupons if coupon.kind == "percent"), None)

    def price(quantity: int, value: int) -> Object:
        off = max(0, before // units - value)
        discounts = [_included(shop, coupon, off)] if coupon else []
        discounted = {"value": cents(shop, value), "includedDiscounts": discounts}
        return {"quantity": quantity, "discountedPrice": discounted}

    return [price(quantity, value) for quantity, value in ((more, low + 1), (units - more, low)) if quantity]


def _included(shop: Shop, coupon: Coupon, amount: int) -> Object:
    """Name a discount and what it took off."""
    discount = reference("cart-discount", "cart-discount", coupon.id)
    return {"discount": discount, "discountedAmount": cents(shop, amount)}


def _custom_lines(shop: Shop, order: Order, is_taxed: bool) -> list[Object]:
    found: list[Object] = []
    rate = _rate(shop, order, order.fee, order.fee_tax)
    for slug, title, amount, per_mille in (
        ("payment-fee", "Surcharge", order.fee + (order.fee_tax if shop.prices_include_tax else 0), rate),
        ("tip", "Tip", order.tip, 0),
    ):
        if amount:
            found.append(
                filled(
                    id=uuid("custom-line", f"{order.id}/{slug}"),
                    name={"en": title},
                    money=cents(shop, amount),
                    totalPrice=cents(shop, amount),
                    taxedPrice=taxed(shop, amount, per_mille) if is_taxed else None,
                    taxedPricePortions=[],
                    slug=slug,
                    quantity=1,
                    state=[],
                    taxRate=tax_rate(shop, per_mille),
                    perMethodTaxRate=[],
                    discountedPricePerQuantity=[],
                    priceMode="Standard",
                )
            )
    return found


def _shipping_paid(shop: Shop, order: Order) -> int:
    return order.shipping + (order.shipping_tax if shop.prices_include_tax else 0)


def _shipping(shop: Shop, order: Order, is_taxed: bool) -> Object | None:
    off = sum(amount for coupon, amount in order.coupons if coupon.kind == "shipping")
    paid = _shipping_paid(shop, order)
    if order.channel == "pos" and not paid:
        return None
    per_mille = _rate(shop, order, order.shipping, order.shipping_tax)
    coupon = next((coupon for coupon, _ in order.coupons if coupon.kind == "shipping"), None)
    discounted = None
    if off and coupon is not None:
        discounted = {"value": cents(shop, paid), "includedDiscounts": [_included(shop, coupon, off)]}
    return filled(
        shippingMethodName="Parcel",
        price=cents(shop, paid + off),
        shippingRate={"price": cents(shop, paid + off), "tiers": []},
        discountedPrice=discounted,
        taxedPrice=taxed_price(shop, order.shipping, {per_mille: order.shipping_tax}) if is_taxed else None,
        taxRate=tax_rate(shop, per_mille),
        deliveries=[],
        shippingMethodState="MatchesCart",
    )


def _rate(shop: Shop, order: Order, net: int, tax: int) -> int:
    """Find the rate that makes this tax: the model keeps amounts for shipping and fees."""
    for rate in (*sorted({line.tax_per_mille for line in order.lines}, reverse=True), 100, 200, 190, 80, 0):
        if (tax_inside(net + tax, rate) if shop.prices_include_tax else tax_on(net, rate)) == tax:
            return rate
    return round(tax * 1000 / net) if net else 0


def _order_taxed(shop: Shop, order: Order, shown: list[tuple[Line, int]]) -> Object:
    net = order.shipping + order.fee + order.tip
    taxes: dict[int, int] = {}

    def add(rate: int, tax: int) -> None:
        if tax:
            taxes[rate] = taxes.get(rate, 0) + tax

    add(_rate(shop, order, order.shipping, order.shipping_tax), order.shipping_tax)
    add(_rate(shop, order, order.fee, order.fee_tax), order.fee_tax)
    for line, units in shown:
        off = _part(line.listed_discount, units, line.quantity) + _part(line.listed_share, units, line.quantity)
        split = taxed(shop, line.listed_price * units - off, line.tax_per_mille)
        net += split["totalNet"]["centAmount"]
        add(line.tax_per_mille, split["totalTax"]["centAmount"])
    return taxed_price(shop, net, taxes)


def _on_total(
    shop: Shop, order: Order, lines: list[Object], shown: list[tuple[Line, int]], off: int, is_taxed: bool
) -> Object:
    """Write the discount on the whole: what it took off before and after tax."""
    told: Object = {
        "discountedAmount": cents(shop, off),
        "includedDiscounts": [
            _included(shop, coupon, amount) for coupon, amount in order.coupons if coupon.kind != "shipping" and amount
        ],
    }
    if is_taxed:
        after = [
            taxed(
                shop,
                line.listed_price * units
                - _part(line.listed_discount, units, line.quantity)
                - _part(line.listed_share, units, line.quantity),
                line.tax_per_mille,
            )
            for line, units in shown
        ]
        for name, total in (("discountedNetAmount", "totalNet"), ("discountedGrossAmount", "totalGross")):
            before = sum(line["taxedPrice"][total]["centAmount"] for line in lines)
            told[name] = cents(shop, before - sum(split[total]["centAmount"] for split in after))
    return told


def _address(order: Order) -> Object:
    first, last = (order.customer.first, order.customer.last) if order.customer else (None, None)
    return address(order.address, first, last, order.phone, order.email)


def _payment_info(order: Order, now: int) -> Object | None:
    roots = [payment for payment in order.payments if payment.parent is None and payment.kind != "refund"]
    shown = [reference("payment", "payment", payment.id) for payment in roots if payment.is_there(now)]
    return {"payments": shown} if shown else None


def _states(order: Order, now: int) -> dict[str, str]:
    """Return the three states, of which two are often never set. Cancelled has two l as an order, one as a shipment."""

    def happened(moment: int | None) -> bool:
        return moment is not None and moment <= now

    is_cancelled, is_sent = happened(order.cancelled), happened(order.fulfilled)
    is_complete, is_paid = happened(order.completed), happened(order.paid)
    states = {
        "orderState": "Cancelled"
        if is_cancelled
        else "Complete"
        if is_complete
        else "Confirmed"
        if is_paid or is_sent
        else "Open"
    }
    if order.id % 7 != 3:
        unpaid = "Pending" if happened(order.on_hold) else "BalanceDue"
        states["paymentState"] = "Failed" if happened(order.failed) else "Paid" if is_paid else unpaid
    if order.id % 5 != 2 and (is_sent or is_cancelled or is_paid):
        sent = "Delivered" if is_complete else "Shipped"
        states["shipmentState"] = sent if is_sent else "Canceled" if is_cancelled else "Pending"
    return states


def _returned(order: Order, now: int) -> list[Refund]:
    """Return the refunds that brought goods back; one that failed at the bank brought them back all the same."""
    return [refund for refund in order.refunds if refund.lines and not refund.removes and refund.is_there(now)]


def _return_info(order: Order, now: int) -> list[Object] | None:
    found: list[Object] = []
    for refund in _returned(order, now):
        is_failed = refund.failed is not None and refund.failed <= now
        items: list[Object] = [
            {
                "id": uuid("return", f"{refund.id}/{position}"),
                "type": "LineItemReturnItem",
                "lineItemId": uuid("line", given.line.id),
                "quantity": given.quantity,
                "comment": refund.reason,
                "shipmentState": "BackInStock" if given.is_restocked else "Unusable",
                "paymentState": "NotRefunded" if is_failed else "Refunded",
                "lastModifiedAt": at(refund.updated(now)),
                "createdAt": at(refund.created),
            }
            for position, given in enumerate(refund.lines)
        ]
        found.append({"items": items, "returnDate": at(refund.created)})
    return found or None
