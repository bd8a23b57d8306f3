"""Orders, as of an instant."""

from collections.abc import Callable

from simulator import shopify_customers as customers
from simulator.shopify_agreements import agreement_rows
from simulator.shopify_fulfillments import fulfillment_rows
from simulator.shopify_graphql import Row
from simulator.shopify_lines import applications, line_rows, order_tax_lines, shipping_rows
from simulator.shopify_paging import nested
from simulator.shopify_parts import (
    Purse,
    View,
    derived,
    gid,
    instant,
    instant_or_none,
    mailing_address,
    money_text,
    portion,
    purse_of,
)
from simulator.shopify_refunds import refund_rows, return_rows, transaction_rows
from simulator.shopify_sales import has_return, shipping_discount
from simulator.shopify_standing import Standing
from simulator.trade.model import Order

GRAMS_A_UNIT = 400  # what the world knows no weight for
_SOURCES = {"web": "web", "pos": "pos", "phone": "shopify_draft_order"}
_LANGUAGES = {"US": "en-US", "CA": "en-CA", "GB": "en-GB", "DE": "de-DE", "FR": "fr-FR", "JP": "ja-JP"}


def order_row(order: Order, view: View) -> Row:
    """Write an order as of now."""
    standing, purse = Standing(order, view.now), purse_of(order, view.shop)

    def self_row(_: Row) -> Row:
        return row

    row = (
        _head(order, standing, view)
        | _person(order, view)
        | _money(order, standing, purse, view)
        | _current_money(order, standing, purse, view)
        | _parts(order, standing, purse, view, self_row)
    )
    return row


def _head(order: Order, standing: Standing, view: View) -> Row:
    now = view.now
    number = "".join(filter(str.isdigit, order.number)) or str(order.id)
    cancelled, completed = instant_or_none(order.cancelled, now), instant_or_none(order.completed, now)
    fulfillment = standing.fulfillment_status(now)
    taken_out = any(at <= now for line in order.lines for at, _ in line.removed)
    codes = [coupon.code for coupon, _ in order.coupons]
    return {
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
        "edited": taken_out or any(line.added != order.created for line in standing.lines),
        "displayFinancialStatus": standing.financial_status(now),
        "displayFulfillmentStatus": fulfillment,
        "returnStatus": "RETURNED" if any(map(has_return, standing.refunds)) else "NO_RETURN",
        "fulfillable": fulfillment == "UNFULFILLED" and cancelled is None,
        "fullyPaid": standing.is_paid,
        "unpaid": not standing.is_paid,
        "requiresShipping": any(not line.product.is_gift_card for line in standing.lines),
        "merchantEditable": cancelled is None,
        "taxExempt": False,
        "estimatedTaxes": False,
        "dutiesIncluded": False,
        "sourceName": _SOURCES[order.channel],
        "tags": ["test"] if order.is_test else [],
        "note": None,
        "customAttributes": [],
        "discountCode": codes[0] if codes else None,
        "discountCodes": codes,
    }


def _person(order: Order, view: View) -> Row:
    customer = order.customer
    if customer is not None and not customers.is_listed(customer, view.now):
        customer = None

    def address(_: Row) -> Row | None:
        if not view.sees_personal or order.channel == "pos":
            return None
        first, last = (None, None) if customer is None else (customer.first, customer.last)
        return mailing_address(order.address, first, last, order.phone, derived("address", order.id))

    return {
        "email": order.email if view.sees_personal else None,
        "phone": order.phone if view.sees_personal else None,
        "customer": None if customer is None else lambda _: customers.customer_row(customer, view),
        "customerAcceptsMarketing": bool(customer and customer.accepts_marketing.at(order.created)),
        "customerLocale": _LANGUAGES.get(order.address.country, "en"),
        "billingAddress": address,
        "billingAddressMatchesShippingAddress": True,
        "shippingAddress": address,
        "displayAddress": address,
    }


def _money(order: Order, standing: Standing, purse: Purse, view: View) -> Row:
    """Write the order as sold, with what edits added. What they took out, and refunds, change nothing here."""
    shop, bag = view.shop, purse.bag
    shipping = order.shipping + (order.shipping_tax if shop.prices_include_tax else 0)
    shared = sum(line.listed_share for line in standing.lines)
    fees = bag(order.fee + order.fee_tax) if order.fee else None

    def text(amount: int) -> str:
        return money_text(amount, shop.decimals)

    return {
        "currencyCode": shop.currency,
        "presentmentCurrencyCode": purse.presented,
        "taxesIncluded": shop.prices_include_tax,
        "totalPriceSet": bag(standing.total),
        "totalPrice": text(standing.total),
        "originalTotalPriceSet": bag(order.placed_total),
        "subtotalPriceSet": bag(standing.subtotal),
        "subtotalPrice": text(standing.subtotal),
        "subtotalLineItemsQuantity": sum(line.quantity for line in standing.lines),
        "totalTaxSet": bag(standing.tax),
        "totalTax": text(standing.tax),
        "totalDiscountsSet": bag(standing.discount),
        "totalDiscounts": text(standing.discount),
        "cartDiscountAmountSet": bag(shared),
        "cartDiscountAmount": text(shared),
        "totalShippingPriceSet": bag(shipping),
        "totalShippingPrice": text(shipping),
        "totalTipReceivedSet": bag(order.tip),
        "totalTipReceived": bag(order.tip)["shopMoney"],
        "originalTotalAdditionalFeesSet": fees,
        "originalTotalDutiesSet": None,
        "totalRefundedSet": bag(standing.refunded),
        "totalRefunded": text(standing.refunded),
        "totalRefundedShippingSet": bag(sum(one.shipping + one.shipping_tax for one in standing.refunds)),
        "refundDiscrepancySet": bag(sum(one.goodwill for one in standing.refunds)),
        "totalReceivedSet": bag(standing.received),
        "totalReceived": text(standing.received),
        "netPaymentSet": bag(standing.received - standing.refunded),
        "netPayment": text(standing.received - standing.refunded),
        "totalWeight": str(GRAMS_A_UNIT * sum(line.quantity for line in standing.lines)),
    }


def _current_money(order: Order, standing: Standing, purse: Purse, view: View) -> Row:
    """Write what is left of the order after edits, returns, refunds and its cancellation."""
    bag, inside = purse.bag, view.shop.prices_include_tax
    units = sum(left for left, _, _ in standing.left.values())
    goods = standing.goods + (sum(tax for _, _, tax in standing.left.values()) if inside else 0)
    shared, discount = 0, 0 if standing.is_void else shipping_discount(order)
    for line, (left, _, _) in standing.left.items():
        share = portion(line.listed_share, left, line.quantity)
        shared, discount = shared + share, discount + share + portion(line.listed_discount, left, line.quantity)
    is_cancelled = order.cancelled is not None and order.cancelled <= view.now
    held = standing.authorized if not standing.is_paid and not is_cancelled else 0
    owed = standing.current - standing.received + standing.refunded
    return {
        "currentTotalPriceSet": bag(standing.current),
        "currentSubtotalPriceSet": bag(goods),
        "currentSubtotalLineItemsQuantity": units,
        "currentTotalTaxSet": bag(standing.taxes),
        "currentTotalDiscountsSet": bag(discount),
        "currentCartDiscountAmountSet": bag(shared),
        "currentShippingPriceSet": bag(standing.shipping + (standing.shipping_tax if inside else 0)),
        "currentTotalAdditionalFeesSet": bag(0 if standing.is_void else order.fee + order.fee_tax)
        if order.fee
        else None,
        "currentTotalDutiesSet": None,
        "currentTotalWeight": str(GRAMS_A_UNIT * units),
        "totalCapturableSet": bag(held),
        "totalCapturable": money_text(held, view.shop.decimals),
        "totalOutstandingSet": bag(0 if is_cancelled else owed),
    }


def _parts(order: Order, standing: Standing, purse: Purse, view: View, order_of: Callable[[Row], Row]) -> Row:
    shop = view.shop

    def shipping() -> list[Row]:
        return shipping_rows(order, standing, view)

    return {
        "lineItems": nested("LineItemConnection", lambda: line_rows(order, standing, view)),
        "shippingLine": lambda _: next(iter(shipping()), None),
        "shippingLines": nested("ShippingLineConnection", shipping),
        "discountApplications": nested("DiscountApplicationConnection", lambda: applications(order, standing, shop)),
        "taxLines": lambda _: order_tax_lines(order, standing, purse),
        "currentTaxLines": lambda _: order_tax_lines(order, standing, purse) if standing.taxes else [],
        "refunds": lambda _: refund_rows(order, view, order_of),
        "returns": nested("ReturnConnection", lambda: return_rows(order, view, order_of)),
        "transactions": lambda _: transaction_rows(order, view, order_of),
        "transactionsCount": lambda _: _count(len(transaction_rows(order, view, order_of))),
        "paymentGatewayNames": lambda _: sorted({one["gateway"] for one in transaction_rows(order, view, order_of)}),
        "agreements": nested("SalesAgreementConnection", lambda: agreement_rows(order, view, order_of)),
        "fulfillments": lambda _: fulfillment_rows(order, standing, view, order_of),
        "fulfillmentsCount": lambda _: _count(len(fulfillment_rows(order, standing, view, order_of))),
    }


def _count(count: int) -> Row:
    return {"__typename": "Count", "count": count, "precision": "EXACT"}
