"""Orders, as of an instant, with their lines, shipping, discounts and money."""

from typing import Any

from simulator import shopify_agreements as agreed
from simulator import shopify_customers as customers
from simulator import shopify_refunds as refunds
from simulator.shopify_catalogue import product_row, variant_row
from simulator.shopify_graphql import Row
from simulator.shopify_paging import nested
from simulator.shopify_parts import (
    View,
    derived,
    gid,
    instant,
    instant_or_none,
    is_listed,
    mailing_address,
    money_text,
    portion,
    purse_of,
)
from simulator.shopify_sales import cancelled_unpaid, has_return, has_shipping, remaining, shipping_discount
from simulator.trade.model import Coupon, Line, Order

# Rough, but the same each time: what a shop's parcels weigh is in no report.
GRAMS_A_UNIT = 400
_SOURCES = {"web": "web", "pos": "pos", "phone": "shopify_draft_order"}
_LANGUAGES = {"US": "en-US", "CA": "en-CA", "GB": "en-GB", "DE": "de-DE", "FR": "fr-FR", "JP": "ja-JP"}


class Standing:
    """What an order comes to at an instant: as sold with what edits added, and what is left of that."""

    def __init__(self, order: Order, now: int) -> None:
        self.order = order
        self.lines = [line for line in order.lines if line.added <= now]
        self.refunds = order.refunds_at(now)
        self.is_void = cancelled_unpaid(order, now) is not None
        self.left = {line: (0, 0, 0) if self.is_void else remaining(order, line, now) for line in self.lines}
        shipping, shipping_tax = order.shipping, order.shipping_tax
        goodwill = 0
        for refund in self.refunds:
            shipping, shipping_tax = shipping - refund.shipping, shipping_tax - refund.shipping_tax
            goodwill += refund.goodwill
        self.shipping, self.shipping_tax = (0, 0) if self.is_void else (shipping, shipping_tax)
        self.goods = sum(net for _, net, _ in self.left.values())
        self.taxes = sum(tax for _, _, tax in self.left.values()) + self.shipping_tax
        extras = 0
        if not self.is_void:
            self.taxes += order.fee_tax
            extras = order.fee + order.tip - goodwill
        self.current = self.goods + self.shipping + self.taxes + extras
        added = sum(line.net + line.tax for line in self.lines if line.added != order.created)
        self.total = order.placed_total + added
        self.tax = sum(line.tax for line in self.lines) + order.shipping_tax + order.fee_tax
        self.discount = sum(line.listed_discount + line.listed_share for line in self.lines) + shipping_discount(order)
        self.subtotal = sum(line.listed_total for line in self.lines)
        self.refunded = sum(refund.total for refund in self.refunds)
        paid_by = [one for one in order.payments if one.is_there(now) and one.status == "success"]
        self.received = sum(one.amount for one in paid_by if one.kind in ("sale", "capture"))
        self.is_authorized = any(one.kind == "authorization" for one in paid_by)
        self.is_paid = order.paid is not None and order.paid <= now

    def financial_status(self, now: int) -> str:
        """Return the status shown beside the order."""
        order = self.order
        if not self.is_paid:
            if (order.cancelled is not None and order.cancelled <= now) or (
                order.failed is not None and order.failed <= now
            ):
                return "VOIDED"
            return "AUTHORIZED" if self.is_authorized else "PENDING"
        if not self.refunded:
            return "PAID"
        return "REFUNDED" if self.refunded >= (self.received or self.total) else "PARTIALLY_REFUNDED"

    def fulfillment_status(self, now: int) -> str:
        """Return how far sending has come."""
        order = self.order
        if order.fulfilled is not None and order.fulfilled <= now:
            return "FULFILLED"
        if order.on_hold is not None and order.on_hold <= now and not self.is_paid:
            return "ON_HOLD"
        if all(line.product.is_gift_card for line in self.lines):
            return "FULFILLMENT_NOT_REQUIRED"
        return "UNFULFILLED"


def order_row(order: Order, view: View) -> Row:
    """Write an order as of now."""
    shop, now = view.shop, view.now
    standing = Standing(order, now)
    purse = purse_of(order, shop)
    bag = purse.bag
    customer = order.customer
    if customer is not None and not customers.is_listed(customer, now):
        customer = None
    has_tax_inside = shop.prices_include_tax
    listed_shipping = order.shipping + (order.shipping_tax if has_tax_inside else 0)
    current_units = sum(units for units, _, _ in standing.left.values())
    current_goods = standing.goods + (sum(tax for _, _, tax in standing.left.values()) if has_tax_inside else 0)
    current_shipping = standing.shipping + (standing.shipping_tax if has_tax_inside else 0)
    codes = [coupon.code for coupon, _ in order.coupons]
    is_personal = view.sees_personal
    email = order.email if is_personal else None
    phone = order.phone if is_personal else None
    cancelled = instant_or_none(order.cancelled, now)
    completed = instant_or_none(order.completed, now)
    discount = 0 if standing.is_void else shipping_discount(order)
    for line, (units, _, _) in standing.left.items():
        discount += portion(line.listed_discount + line.listed_share, units, line.quantity)
    number = "".join(filter(str.isdigit, order.number)) or str(order.id)
    returns = [refund for refund in standing.refunds if has_return(refund)]
    bare = shop.decimals

    def self_row(_: Row) -> Row:
        return row

    def address(_: Row) -> Row | None:
        if not is_personal or order.channel == "pos":
            return None
        first, last = (None, None) if order.customer is None else (order.customer.first, order.customer.last)
        return mailing_address(order.address, first, last, order.phone, derived("address", order.id))

    taxes = _tax_lines(order, standing, purse)
    row: Row = {
        "__typename": "Order",
        "id": gid("Order", order.id),
        "legacyResourceId": str(order.id),
        "name": order.number if order.number.startswith("#") else f"#{order.number}",
        "number": int(number),
        "confirmationNumber": f"{derived('confirmation', order.id):015X}"[-9:],
        "createdAt": instant(order.created),
        "processedAt": instant(order.created),
        "updatedAt": instant(order.updated(now)),
        "cancelledAt": cancelled,
        "cancelReason": (order.cancel_reason or "other").upper() if cancelled else None,
        "cancellation": {"__typename": "OrderCancellation", "staffNote": None} if cancelled else None,
        "closed": completed is not None,
        "closedAt": completed,
        "confirmed": True,
        "test": order.is_test,
        "edited": any(line.added != order.created for line in standing.lines)
        or any(at <= now for line in order.lines for at, _ in line.removed),
        "displayFinancialStatus": standing.financial_status(now),
        "displayFulfillmentStatus": standing.fulfillment_status(now),
        "returnStatus": "RETURNED" if returns else "NO_RETURN",
        "currencyCode": shop.currency,
        "presentmentCurrencyCode": purse.presented,
        "taxesIncluded": has_tax_inside,
        "taxExempt": False,
        "estimatedTaxes": False,
        "dutiesIncluded": False,
        "sourceName": _SOURCES[order.channel],
        "tags": ["test"] if order.is_test else [],
        "note": None,
        "email": email,
        "phone": phone,
        "customer": lambda _: None if customer is None else customers.customer_row(customer, view),
        "customerAcceptsMarketing": bool(customer and customer.accepts_marketing.at(order.created)),
        "customerLocale": _LANGUAGES.get(order.address.country, "en"),
        "customAttributes": [],
        "billingAddress": address,
        "billingAddressMatchesShippingAddress": True,
        "shippingAddress": address,
        "displayAddress": address,
        "paymentGatewayNames": lambda _: sorted({one["gateway"] for one in refunds.transaction_rows(order, view)}),
        "discountCode": codes[0] if codes else None,
        "discountCodes": codes,
        "discountApplications": nested("DiscountApplicationConnection", lambda: _applications(order, standing, shop)),
        "lineItems": nested("LineItemConnection", lambda: line_rows(order, standing, view)),
        "shippingLine": lambda _: next(iter(shipping_rows(order, standing, view)), None),
        "shippingLines": nested("ShippingLineConnection", lambda: shipping_rows(order, standing, view)),
        "refunds": lambda _: refunds.refund_rows(order, view, self_row),
        "returns": nested("ReturnConnection", lambda: refunds.return_rows(order, view, self_row)),
        "transactions": lambda _: refunds.transaction_rows(order, view, self_row),
        "transactionsCount": lambda _: _count(len(refunds.transaction_rows(order, view))),
        "agreements": nested("SalesAgreementConnection", lambda: agreed.agreement_rows(order, view, self_row)),
        "fulfillments": lambda _: _fulfillments(order, standing, view, self_row),
        "fulfillmentsCount": _count(1 if standing.fulfillment_status(now) == "FULFILLED" else 0),
        "fulfillable": standing.fulfillment_status(now) == "UNFULFILLED" and cancelled is None,
        "fullyPaid": standing.is_paid,
        "unpaid": not standing.is_paid,
        "requiresShipping": any(not line.product.is_gift_card for line in standing.lines),
        "merchantEditable": cancelled is None,
        "totalPriceSet": bag(standing.total),
        "totalPrice": money_text(standing.total, bare),
        "originalTotalPriceSet": bag(order.placed_total),
        "currentTotalPriceSet": bag(standing.current),
        "subtotalPriceSet": bag(standing.subtotal),
        "subtotalPrice": money_text(standing.subtotal, bare),
        "currentSubtotalPriceSet": bag(current_goods),
        "subtotalLineItemsQuantity": sum(line.quantity for line in standing.lines),
        "currentSubtotalLineItemsQuantity": current_units,
        "totalTaxSet": bag(standing.tax),
        "totalTax": money_text(standing.tax, bare),
        "currentTotalTaxSet": bag(standing.taxes),
        "taxLines": taxes,
        "currentTaxLines": taxes if standing.taxes else [],
        "totalDiscountsSet": bag(standing.discount),
        "totalDiscounts": money_text(standing.discount, bare),
        "currentTotalDiscountsSet": bag(discount),
        "cartDiscountAmountSet": bag(sum(line.listed_share for line in standing.lines)),
        "cartDiscountAmount": money_text(sum(line.listed_share for line in standing.lines), bare),
        "currentCartDiscountAmountSet": bag(0 if standing.is_void else sum(one.listed_share for one in standing.lines)),
        "totalShippingPriceSet": bag(listed_shipping),
        "totalShippingPrice": money_text(listed_shipping, bare),
        "currentShippingPriceSet": bag(current_shipping),
        "totalRefundedSet": bag(standing.refunded),
        "totalRefunded": money_text(standing.refunded, bare),
        "totalRefundedShippingSet": bag(sum(refund.shipping + refund.shipping_tax for refund in standing.refunds)),
        "refundDiscrepancySet": bag(sum(refund.goodwill for refund in standing.refunds)),
        "totalReceivedSet": bag(standing.received),
        "totalReceived": money_text(standing.received, bare),
        "netPaymentSet": bag(standing.received - standing.refunded),
        "netPayment": money_text(standing.received - standing.refunded, bare),
        "totalOutstandingSet": bag(0 if cancelled else standing.current - standing.received + standing.refunded),
        "totalTipReceivedSet": bag(order.tip),
        "totalTipReceived": bag(order.tip)["shopMoney"],
        "originalTotalAdditionalFeesSet": bag(order.fee + order.fee_tax) if order.fee else None,
        "currentTotalAdditionalFeesSet": bag(0 if standing.is_void else order.fee + order.fee_tax)
        if order.fee
        else None,
        "originalTotalDutiesSet": None,
        "currentTotalDutiesSet": None,
        "totalWeight": str(GRAMS_A_UNIT * sum(line.quantity for line in standing.lines)),
        "currentTotalWeight": str(GRAMS_A_UNIT * current_units),
    }
    return row


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


def tax_line(amount: int, per_mille: int, order: Order, decimals: int, bag: Any) -> Row:
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
    allocations = [
        _allocation(amount, application, bag)
        for (coupon, amount), application in zip(
            order.coupons, _applications(order, standing, view.shop)[-len(order.coupons) :], strict=True
        )
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


def _tax_lines(order: Order, standing: Standing, purse: Any) -> list[Row]:
    by_rate: dict[int, int] = {}
    for line in standing.lines:
        if line.tax:
            by_rate[line.tax_per_mille] = by_rate.get(line.tax_per_mille, 0) + line.tax
    rest = order.shipping_tax + order.fee_tax
    if rest:
        rate = max(by_rate, default=0)
        by_rate[rate] = by_rate.get(rate, 0) + rest
    return [tax_line(amount, rate, order, purse.decimals, purse.bag) for rate, amount in by_rate.items()]


def _applications(order: Order, standing: Standing, shop: Any) -> list[Row]:
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


def _coupon_value(coupon: Coupon, amount: int, bag: Any) -> Row:
    if coupon.kind == "fixed":
        return bag(amount)["presentmentMoney"]
    percentage = 100.0 if coupon.kind == "shipping" else float(coupon.value)
    return {"__typename": "PricingPercentageValue", "percentage": percentage}


def _allocations(order: Order, standing: Standing, shop: Any) -> dict[int, list[Row]]:
    """Share what was taken off over the lines it was taken off: what codes took fills up each line's share in turn."""
    bag = purse_of(order, shop).bag
    applications = _applications(order, standing, shop)
    found: dict[int, list[Row]] = {}
    marked_down = [line for line in standing.lines if line.listed_discount]
    for line, application in zip(marked_down, applications, strict=False):
        found.setdefault(line.id, []).append(_allocation(line.listed_discount, application, bag))
    left = [[amount, applications[len(marked_down) + place]] for place, (coupon, amount) in enumerate(order.coupons)]
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


def _allocation(amount: int, application: Row, bag: Any) -> Row:
    return {
        "__typename": "DiscountAllocation",
        "allocatedAmount": bag(amount)["shopMoney"],
        "allocatedAmountSet": bag(amount),
        "discountApplication": application,
    }


def _fulfillments(order: Order, standing: Standing, view: View, owner: Any) -> list[Row]:
    if standing.fulfillment_status(view.now) != "FULFILLED" or order.fulfilled is None:
        return []
    units = sum(line.quantity for line in standing.lines)
    return [
        {
            "__typename": "Fulfillment",
            "id": gid("Fulfillment", order.id),
            "legacyResourceId": str(order.id),
            "name": f"#{order.number.lstrip('#')}.1",
            "createdAt": instant(order.fulfilled),
            "updatedAt": instant(order.fulfilled),
            "deliveredAt": None,
            "estimatedDeliveryAt": None,
            "inTransitAt": None,
            "displayStatus": "FULFILLED",
            "status": "SUCCESS",
            "order": owner,
            "requiresShipping": True,
            "totalQuantity": units,
            "trackingInfo": [],
            "fulfillmentLineItems": nested("FulfillmentLineItemConnection", lambda: _sent_lines(order, standing, view)),
        }
    ]


def _sent_lines(order: Order, standing: Standing, view: View) -> list[Row]:
    bag, bare = purse_of(order, view.shop).bag, view.shop.decimals
    return [
        {
            "__typename": "FulfillmentLineItem",
            "id": gid("FulfillmentLineItem", line.id),
            "quantity": line.quantity,
            "lineItem": lambda _, line=line: line_row(order, line, standing, view),
            "originalTotalSet": bag(line.listed_gross),
            "originalTotal": money_text(line.listed_gross, bare),
            "discountedTotalSet": bag(line.listed_gross - line.listed_discount),
            "discountedTotal": money_text(line.listed_gross - line.listed_discount, bare),
        }
        for line in standing.lines
    ]


def _count(count: int) -> Row:
    return {"__typename": "Count", "count": count, "precision": "EXACT"}
