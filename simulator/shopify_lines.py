"""The lines of an order, how it was sent, what was taken off and which taxes are on it."""

from collections.abc import Callable

from simulator.shopify_catalogue import product_row, variant_row
from simulator.shopify_graphql import Row
from simulator.shopify_parts import Purse, View, gid, is_listed, money_text, purse_of
from simulator.shopify_sales import has_shipping, shipping_discount
from simulator.shopify_standing import Standing
from simulator.trade.model import Coupon, Line, Order, Shop

Bag = Callable[[int], Row]


def line_rows(order: Order, standing: Standing, view: View) -> list[Row]:
    """Write the lines an order has by now; lines that edits emptied stay, with no current quantity."""
    allocations = _allocations(order, standing, view.shop)
    return [line_row(order, line, standing, view, allocations.get(line.id, [])) for line in standing.lines]


def line_row(order: Order, line: Line, standing: Standing, view: View, allocations: list[Row] | None = None) -> Row:
    """Write one line."""
    purse, bare = purse_of(order, view.shop), view.shop.decimals
    bag = purse.bag
    product, variant = line.product, line.variant
    is_known = is_listed(product, view.now)
    units, _, _ = standing.left[line]
    unfulfilled = 0 if standing.fulfillment_status(view.now) == "FULFILLED" else units
    discounted = line.listed_gross - line.listed_discount
    if allocations is None:
        allocations = _allocations(order, standing, view.shop).get(line.id, [])
    options = " / ".join(variant.options.values())
    unit_paid = round(line.listed_total / line.quantity) if line.quantity else 0
    unit_discounted = round(discounted / line.quantity) if line.quantity else 0
    return {
        "__typename": "LineItem",
        "id": gid("LineItem", line.id),
        "title": line.title,
        "name": line.title,
        "variantTitle": options or None,
        "vendor": product.brand,
        "sku": line.sku,
        "quantity": line.quantity,
        "currentQuantity": units,
        "refundableQuantity": units,
        "unfulfilledQuantity": unfulfilled,
        "fulfillableQuantity": unfulfilled,
        "nonFulfillableQuantity": line.quantity - unfulfilled,
        "fulfillmentStatus": "fulfilled" if not unfulfilled else "unfulfilled",
        "isGiftCard": product.is_gift_card,
        "merchantEditable": units > 0,
        "requiresShipping": not product.is_gift_card,
        "taxable": line.tax_per_mille > 0,
        "customAttributes": [],
        "duties": [],
        "product": lambda _: product_row(product, view) if is_known else None,
        "variant": lambda _: variant_row(variant, view) if is_known else None,
        "originalUnitPriceSet": bag(line.listed_price),
        "originalUnitPrice": money_text(line.listed_price, bare),
        "originalTotalSet": bag(line.listed_gross),
        "originalTotal": money_text(line.listed_gross, bare),
        "discountedTotalSet": lambda asked: bag(line.listed_total if asked.get("withCodeDiscounts") else discounted),
        "discountedTotal": money_text(discounted, bare),
        "discountedUnitPriceSet": bag(unit_discounted),
        "discountedUnitPrice": money_text(unit_discounted, bare),
        "discountedUnitPriceAfterAllDiscountsSet": bag(unit_paid),
        "priceAfterAllDiscountsBeforeTaxesSet": bag(line.net),
        # Only the markdown of this very line: what codes took off is in the allocations.
        "totalDiscountSet": bag(line.listed_discount),
        "totalDiscount": money_text(line.listed_discount, bare),
        "discountAllocations": allocations,
        "taxLines": [tax_line(line.tax, line.tax_per_mille, order, view.shop.decimals, bag)] if line.tax else [],
    }


def tax_line(amount: int, per_mille: int, order: Order, decimals: int, bag: Bag) -> Row:
    """Write one tax."""
    name = "VAT" if order.address.country in ("DE", "FR", "AT", "GB") else f"{order.address.region} State Tax"
    return {
        "__typename": "TaxLine",
        "title": name,
        "rate": per_mille / 1000,
        "ratePercentage": per_mille / 10,
        "price": money_text(amount, decimals),
        "priceSet": bag(amount),
        "channelLiable": False,
        "source": "Shopify",
    }


def shipping_rows(order: Order, standing: Standing, view: View) -> list[Row]:
    """Write how an order was sent: one way at most."""
    if not has_shipping(order):
        return []
    bag, inside = purse_of(order, view.shop).bag, view.shop.prices_include_tax
    off = shipping_discount(order)
    listed = order.shipping + (order.shipping_tax if inside else 0)
    left = standing.shipping + (standing.shipping_tax if inside else 0)
    per_mille = round(1000 * order.shipping_tax / order.shipping) if order.shipping else 0
    bare = view.shop.decimals
    causes = applications(order, standing, view.shop)
    of_codes = causes[len(causes) - len(order.coupons) :]
    allocations = [
        _allocation(amount, cause, bag)
        for (coupon, amount), cause in zip(order.coupons, of_codes, strict=True)
        if coupon.kind == "shipping"
    ]
    return [
        {
            "__typename": "ShippingLine",
            "id": gid("ShippingLine", order.id),
            "title": "Standard",
            "code": "Standard",
            "source": "shopify",
            "custom": False,
            "isRemoved": False,
            "phone": None,
            "originalPriceSet": bag(listed + off),
            "originalPrice": bag(listed + off)["shopMoney"],
            "price": money_text(listed + off, bare),
            "discountedPriceSet": bag(listed),
            "discountedPrice": bag(listed)["shopMoney"],
            "currentDiscountedPriceSet": bag(left),
            "discountAllocations": allocations,
            "taxLines": [tax_line(order.shipping_tax, per_mille, order, bare, bag)] if order.shipping_tax else [],
        }
    ]


def order_tax_lines(order: Order, standing: Standing, purse: Purse) -> list[Row]:
    """Write an order's taxes by their rates."""
    by_rate: dict[int, int] = {}
    for line in standing.lines:
        if line.tax:
            by_rate[line.tax_per_mille] = by_rate.get(line.tax_per_mille, 0) + line.tax
    rest = order.shipping_tax + order.fee_tax
    if rest:
        rate = max(by_rate, default=0)
        by_rate[rate] = by_rate.get(rate, 0) + rest
    return [tax_line(amount, rate, order, purse.decimals, purse.bag) for rate, amount in by_rate.items()]


def applications(order: Order, standing: Standing, shop: Shop) -> list[Row]:
    """Write what took something off: markdowns first, then the codes in their order."""
    bag = purse_of(order, shop).bag
    marked_down = [line for line in standing.lines if line.listed_discount]
    rows: list[Row] = [
        {
            "__typename": "AutomaticDiscountApplication",
            "allocationMethod": "EACH",
            "index": index,
            "targetSelection": "EXPLICIT",
            "targetType": "LINE_ITEM",
            "title": "Markdown",
            "value": bag(line.listed_discount)["presentmentMoney"],
        }
        for index, line in enumerate(marked_down)
    ]
    for coupon, amount in order.coupons:
        is_shipping = coupon.kind == "shipping"
        rows.append(
            {
                "__typename": "DiscountCodeApplication",
                "allocationMethod": "EACH" if is_shipping else "ACROSS",
                "code": coupon.code,
                "index": len(rows),
                "targetSelection": "ALL",
                "targetType": "SHIPPING_LINE" if is_shipping else "LINE_ITEM",
                "value": _coupon_value(coupon, amount, bag),
            }
        )
    return rows


def _coupon_value(coupon: Coupon, amount: int, bag: Bag) -> Row:
    if coupon.kind == "fixed":
        return bag(amount)["presentmentMoney"]
    percentage = 100.0 if coupon.kind == "shipping" else float(coupon.value)
    return {"__typename": "PricingPercentageValue", "percentage": percentage}


def _allocations(order: Order, standing: Standing, shop: Shop) -> dict[int, list[Row]]:
    """Share what was taken off over the lines it was taken off: what codes took fills up each line's share in turn."""
    bag = purse_of(order, shop).bag
    causes = applications(order, standing, shop)
    found: dict[int, list[Row]] = {}
    marked_down = [line for line in standing.lines if line.listed_discount]
    for line, application in zip(marked_down, causes, strict=False):
        found.setdefault(line.id, []).append(_allocation(line.listed_discount, application, bag))
    left = [[amount, causes[len(marked_down) + place]] for place, (coupon, amount) in enumerate(order.coupons)]
    left = [one for one, (coupon, _) in zip(left, order.coupons, strict=True) if coupon.kind != "shipping"]
    for line in standing.lines:
        share = line.listed_share
        while share and left:
            part = min(share, left[0][0])
            if part:
                found.setdefault(line.id, []).append(_allocation(part, left[0][1], bag))
            share, left[0][0] = share - part, left[0][0] - part
            if not left[0][0]:
                left.pop(0)
    return found


def _allocation(amount: int, application: Row, bag: Bag) -> Row:
    return {
        "__typename": "DiscountAllocation",
        "allocatedAmount": bag(amount)["shopMoney"],
        "allocatedAmountSet": bag(amount),
        "discountApplication": application,
    }
