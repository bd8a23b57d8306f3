"""Refunds, returns and the transactions of an order, as of an instant."""

from collections.abc import Callable
from typing import Any

from simulator.shopify_catalogue import MAIN_LOCATION, location_row
from simulator.shopify_graphql import Row
from simulator.shopify_lines import line_row, shipping_rows
from simulator.shopify_paging import nested
from simulator.shopify_parts import View, derived, gid, instant, money_text, purse_of
from simulator.shopify_sales import cancelled_unpaid, has_return, refund_number, remaining, returned_lines
from simulator.shopify_standing import Standing
from simulator.trade.model import Line, Order, Payment, Refund

Owner = Callable[[Row], Row]
_GATEWAYS = {
    "card": "shopify_payments",
    "paypal": "paypal",
    "invoice": "manual",
    "bank_transfer": "Bank Deposit",
    "cash": "cash",
    "gift_card": "gift_card",
}
_FAILURES = {"failure": "CARD_DECLINED"}


def refund_rows(order: Order, view: View, order_of: Owner) -> list[Row]:
    """Write the refunds an order has by now."""
    rows = [refund_row(refund, view, order_of) for refund in order.refunds_at(view.now)]
    cancelled = cancelled_unpaid(order, view.now)
    if cancelled is not None:
        rows.append(_void_row(order, cancelled, view, order_of))
    return rows


def refund_row(refund: Refund, view: View, order_of: Owner) -> Row:
    """Write one refund."""
    order, shop = refund.order, view.shop
    bag = purse_of(order, shop).bag
    lines = [(one.line, one.quantity, one.amount, one.tax, one.is_restocked) for one in returned_lines(refund)]
    row = _refund(refund.id, order, refund.created, lines, refund.is_cancellation, view, order_of)
    returned = has_return(refund)
    return row | {
        "updatedAt": instant(refund.updated(view.now)),
        "note": refund.reason or None,
        "totalRefundedSet": bag(refund.total),
        "totalRefunded": bag(refund.total)["shopMoney"],
        "orderAdjustments": nested("OrderAdjustmentConnection", lambda: _adjustments(refund, bag)),
        "refundShippingLines": nested(
            "RefundShippingLineConnection", lambda: _refunded_shipping(refund, view, bag, refund.shipping)
        ),
        "return": lambda _: return_row(refund, view, order_of) if returned else None,
        "transactions": nested(
            "OrderTransactionConnection",
            lambda: [
                transaction_row(one, view, order_of)
                for one in order.payments
                if one.refund is refund and one.is_there(view.now)
            ],
        ),
    }


def _refund(
    number: int,
    order: Order,
    at: int,
    lines: list[tuple[Line, int, int, int, bool]],
    is_cancellation: bool,
    view: View,
    order_of: Owner,
) -> Row:
    return {
        "__typename": "Refund",
        "id": gid("Refund", number),
        "legacyResourceId": str(number),
        "createdAt": instant(at),
        "processedAt": instant(at),
        "updatedAt": instant(at),
        "note": None,
        "order": order_of,
        "duties": [],
        "refundLineItems": nested(
            "RefundLineItemConnection",
            lambda: [
                _refund_line(number, place, order, line, is_cancellation, view) for place, line in enumerate(lines)
            ],
        ),
    }


def _void_row(order: Order, at: int, view: View, order_of: Owner) -> Row:
    """Write the refund of a cancellation before any money came: goods go back, nothing is paid."""
    bag, number = purse_of(order, view.shop).bag, refund_number(None, order)
    lines = [(line, *remaining(order, line, view.now), True) for line in order.lines if line.added <= view.now]
    row = _refund(number, order, at, [one for one in lines if one[1]], True, view, order_of)
    return row | {
        "totalRefundedSet": bag(0),
        "totalRefunded": bag(0)["shopMoney"],
        "orderAdjustments": nested("OrderAdjustmentConnection", list),
        "refundShippingLines": nested("RefundShippingLineConnection", list),
        "return": None,
        "transactions": nested("OrderTransactionConnection", list),
    }


def _refund_line(
    number: int, place: int, order: Order, part: tuple[Line, int, int, int, bool], is_cancellation: bool, view: View
) -> Row:
    line, quantity, amount, tax, is_restocked = part
    bag, bare = purse_of(order, view.shop).bag, view.shop.decimals
    # As the prices are: with the tax inside where the shop's have it.
    subtotal = amount + (tax if view.shop.prices_include_tax else 0)
    restocked = "CANCEL" if is_cancellation else "RETURN"
    unit = round(subtotal / quantity) if quantity else 0
    return {
        "__typename": "RefundLineItem",
        "id": gid("RefundLineItem", derived("refund line", number, place)),
        "lineItem": lambda _: line_row(order, line, Standing(order, view.now), view),
        "quantity": quantity,
        "restockType": restocked if is_restocked else "NO_RESTOCK",
        "restocked": is_restocked,
        "location": location_row(MAIN_LOCATION, view) if is_restocked else None,
        "priceSet": bag(unit),
        "price": money_text(unit, bare),
        "subtotalSet": bag(subtotal),
        "subtotal": money_text(subtotal, bare),
        "totalTaxSet": bag(tax),
        "totalTax": money_text(tax, bare),
    }


def _adjustments(refund: Refund, bag: Any) -> list[Row]:
    """Write the money that is of no line. Negative, as the order comes to less."""
    if not refund.goodwill:
        return []
    return [
        {
            "__typename": "OrderAdjustment",
            "id": gid("OrderAdjustment", derived("goodwill", refund.id)),
            "amountSet": bag(-refund.goodwill),
            "taxAmountSet": bag(0),
            "reason": "REFUND_DISCREPANCY",
        }
    ]


def _refunded_shipping(refund: Refund, view: View, bag: Any, amount: int) -> list[Row]:
    if not refund.shipping and not refund.shipping_tax:
        return []
    order = refund.order
    return [
        {
            "__typename": "RefundShippingLine",
            "id": gid("RefundShippingLine", derived("refund shipping", refund.id)),
            "shippingLine": lambda _: shipping_rows(order, Standing(order, view.now), view)[0],
            "subtotalAmountSet": bag(amount + (refund.shipping_tax if view.shop.prices_include_tax else 0)),
            "taxAmountSet": bag(refund.shipping_tax),
        }
    ]


def return_rows(order: Order, view: View, order_of: Owner) -> list[Row]:
    """Write the returns an order has by now."""
    return [return_row(refund, view, order_of) for refund in order.refunds_at(view.now) if has_return(refund)]


def return_row(refund: Refund, view: View, order_of: Owner) -> Row:
    """Write the return that a refund closed."""
    order = refund.order
    place = [one.id for one in order.refunds].index(refund.id) + 1
    transactions = [one for one in order.payments if one.refund is refund and one.is_there(view.now)]
    return {
        "__typename": "Return",
        "id": gid("Return", refund.id),
        "name": f"#{order.number.lstrip('#')}-R{place}",
        "createdAt": instant(refund.created),
        "requestApprovedAt": instant(refund.created),
        "closedAt": instant(refund.created),
        "status": "CLOSED",
        "order": order_of,
        "totalQuantity": sum(line.quantity for line in refund.lines),
        "refunds": nested("RefundConnection", lambda: [refund_row(refund, view, order_of)]),
        "transactions": nested(
            "OrderTransactionConnection", lambda: [transaction_row(one, view, order_of) for one in transactions]
        ),
    }


def transaction_rows(order: Order, view: View, order_of: Owner | None = None) -> list[Row]:
    """Write the movements of money an order has by now."""
    return [transaction_row(one, view, order_of) for one in order.payments if one.is_there(view.now)]


def transaction_row(payment: Payment, view: View, order_of: Owner | None = None) -> Row:
    """Write one movement of money."""
    order, shop, now = payment.order, view.shop, view.now
    bag, bare = purse_of(order, shop).bag, shop.decimals
    status = payment.status_at(now)
    gateway = "bogus" if order.is_test else _GATEWAYS.get(payment.method, payment.method)
    parent = payment.parent
    unsettled = payment.amount if payment.kind == "authorization" and status == "success" else 0
    return {
        "__typename": "OrderTransaction",
        "id": gid("OrderTransaction", payment.id),
        "kind": payment.kind.upper(),
        "status": status.upper(),
        "gateway": gateway,
        "formattedGateway": gateway.replace("_", " ").title(),
        "manualPaymentGateway": gateway in ("manual", "Bank Deposit", "cash"),
        "createdAt": instant(payment.created),
        "processedAt": instant(payment.created),
        "test": order.is_test,
        "paymentId": payment.reference,
        "amountSet": bag(payment.amount),
        "amount": money_text(payment.amount, bare),
        "amountV2": bag(payment.amount)["shopMoney"],
        "amountRoundingSet": None,
        "totalUnsettledSet": bag(unsettled),
        "totalUnsettled": money_text(unsettled, bare),
        "totalUnsettledV2": bag(unsettled)["shopMoney"],
        "errorCode": _FAILURES.get(status),
        "manuallyCapturable": False,
        "multiCapturable": False,
        "fees": [],
        "settlementCurrency": shop.currency if gateway == "shopify_payments" else None,
        "settlementCurrencyRate": None,
        "order": order_of or (lambda _: view.order_row(order)),
        "parentTransaction": (lambda _: transaction_row(parent, view, order_of)) if parent is not None else None,
    }
