"""What was agreed on an order and when: the order itself, its edits, returns and refunds, each with its sales.

By the descriptions of `Sale`, `totalAmount` is after taxes and discounts, and `quantity` the units ordered or meant to
come back. A purchase is positive, its reversal the same with the sign turned round, discounts too: so price times
quantity without tax is always `totalAmount − totalTaxAmount + totalDiscountAmountBeforeTaxes`. The sales of an order
come to its current total.
"""

from dataclasses import dataclass, replace
from typing import Literal

from simulator.shopify_parts import derived, portion
from simulator.trade.model import Line, Order, Refund, RefundLine, Shop, tax_on

Action = Literal["ORDER", "RETURN"]
RETURN_SHARE = 3  # one restocking refund in so many came from a return


@dataclass(slots=True, frozen=True)
class Sale:
    """One line of an agreement. Amounts are signed; see the module."""

    type: str
    line_type: str
    action: Action
    quantity: int | None
    total: int
    tax: int
    discount: int  # without tax
    line: Line | None = None
    discount_with_tax: int = 0


@dataclass(slots=True, frozen=True)
class Agreement:
    """What was agreed at one instant."""

    type: str
    reason: str
    id: int
    at: int
    sales: list[Sale]
    refund: Refund | None = None  # None for the cancellation of an order that nobody paid


def has_return(refund: Refund) -> bool:
    """Whether the goods came back through a return, which then holds their sales."""
    return (
        not refund.is_cancellation
        and not refund.removes
        and refund.id % RETURN_SHARE == 0
        and any(line.is_restocked for line in refund.lines)
    )


def returned_lines(refund: Refund) -> tuple[RefundLine, ...]:
    """Return the lines a refund takes back. What an order edit took out is not taken back again: money only."""
    return () if refund.removes else refund.lines


def cancelled_unpaid(order: Order, now: int) -> int | None:
    """Return when an order was cancelled without any money to give back."""
    if order.cancelled is None or order.cancelled > now:
        return None
    if any(refund.is_cancellation for refund in order.refunds):
        return None
    return order.cancelled


def refund_number(refund: Refund | None, order: Order) -> int:
    """Return a refund's number; cancelling an order nobody paid makes a refund of goods alone."""
    return refund.id if refund is not None else derived("void", order.id)


def agreements(order: Order, shop: Shop, now: int) -> list[Agreement]:
    """Return what was agreed by an instant, oldest first."""
    found = [Agreement("OrderAgreement", "ORDER", derived("agreement", order.id), order.created, _placed(order, shop))]
    for at in sorted({line.added for line in order.lines} | {at for line in order.lines for at, _ in line.removed}):
        if order.created < at <= now:
            number = derived("edit", order.id, at)
            found.append(Agreement("OrderEditAgreement", "ORDER_EDIT", number, at, _edited(order, at)))
    for refund in order.refunds_at(now):
        number, rest = derived("refund", refund.id), _refunded_rest(refund)
        goods = [_taken_back(line.line, line.quantity, line.amount, line.tax) for line in returned_lines(refund)]
        if has_return(refund):
            came = derived("return", refund.id)
            found.append(Agreement("ReturnAgreement", "RETURN", came, refund.created, goods, refund))
            goods = []
        found.append(Agreement("RefundAgreement", "REFUND", number, refund.created, goods + rest, refund))
    cancelled = cancelled_unpaid(order, now)
    if cancelled is not None:
        number, sales = derived("cancel", order.id), reversal(order, shop, now)
        found.append(Agreement("RefundAgreement", "REFUND", number, cancelled, sales))
    return sorted(found, key=lambda one: one.at)


def has_shipping(order: Order) -> bool:
    """Whether something was sent: what is bought in the shop is carried home."""
    return order.channel != "pos" or order.shipping != 0


def shipping_discount(order: Order) -> int:
    """What coupons took off the shipping, as listed."""
    return sum(amount for coupon, amount in order.coupons if coupon.kind == "shipping")


def removed_worth(line: Line, at: int, units: int) -> tuple[int, int, int]:
    """Return the price, what was paid and the tax of units that an order edit took out; it takes the last ones."""
    after = sum(taken for when, taken in line.removed if when <= at)
    return line.worth(line.quantity - after, units)


def _placed(order: Order, shop: Shop) -> list[Sale]:
    sales = [_bought(line) for line in order.placed_lines]
    if has_shipping(order):
        listed = shipping_discount(order)
        sales.append(
            Sale(
                "ShippingLineSale",
                "SHIPPING",
                "ORDER",
                None,
                order.shipping + order.shipping_tax,
                order.shipping_tax,
                listed,
                discount_with_tax=listed,
            )
        )
    if order.fee or order.fee_tax:
        sales.append(
            Sale("AdditionalFeeSale", "ADDITIONAL_FEE", "ORDER", None, order.fee + order.fee_tax, order.fee_tax, 0)
        )
    if order.tip:
        sales.append(Sale("TipSale", "TIP", "ORDER", 1, order.tip, 0, 0))
    return sales


def _bought(line: Line) -> Sale:
    is_gift_card = line.product.is_gift_card
    listed = line.listed_discount + line.listed_share
    return Sale(
        "GiftCardSale" if is_gift_card else "ProductSale",
        "GIFT_CARD" if is_gift_card else "PRODUCT",
        "ORDER",
        line.quantity,
        line.net + line.tax,
        line.tax,
        line.discounts,
        line,
        listed if line.prices_include_tax else listed + tax_on(listed, line.tax_per_mille),
    )


def _taken_back(line: Line, units: int, amount: int, tax: int, gross: int | None = None) -> Sale:
    """Turn a purchase round for so many units; their price is their share in the line's if it is not given."""
    bought = _bought(line)
    price = portion(line.gross, units, line.quantity) if gross is None else gross
    return replace(
        bought,
        action="RETURN",
        quantity=-units,
        total=-(amount + tax),
        tax=-tax,
        discount=amount - price,
        discount_with_tax=-portion(bought.discount_with_tax, units, line.quantity),
    )


def _edited(order: Order, at: int) -> list[Sale]:
    sales = [_bought(line) for line in order.lines if line.added == at]
    for line in order.lines:
        for when, units in line.removed:
            if when == at:
                gross, amount, tax = removed_worth(line, at, units)
                sales.append(_taken_back(line, units, amount, tax, gross))
    return sales


def _refunded_rest(refund: Refund) -> list[Sale]:
    """Return a refund's sales that are of no line."""
    sales: list[Sale] = []
    if refund.shipping or refund.shipping_tax:
        total, tax = refund.shipping + refund.shipping_tax, refund.shipping_tax
        sales.append(Sale("ShippingLineSale", "SHIPPING", "RETURN", None, -total, -tax, 0))
    if refund.goodwill:
        sales.append(Sale("AdjustmentSale", "ADJUSTMENT", "RETURN", None, -refund.goodwill, 0, 0))
    return sales


def remaining(order: Order, line: Line, now: int) -> tuple[int, int, int]:
    """Return what is left of a line after edits and refunds: units, amount without tax, tax."""
    units, amount, tax = line.units(now), line.net, line.tax
    if line.added > now:
        return 0, 0, 0
    for at, taken in line.removed:
        if at <= now:
            _, worth, worth_tax = removed_worth(line, at, taken)
            amount, tax = amount - worth, tax - worth_tax
    for refund in order.refunds_at(now):
        for back in returned_lines(refund):
            if back.line is line:
                units, amount, tax = units - back.quantity, amount - back.amount, tax - back.tax
    return units, amount, tax


def reversal(order: Order, shop: Shop, now: int) -> list[Sale]:
    """Return the sales that take back all that is left of an order."""
    sales = []
    for line in order.lines:
        units, amount, tax = remaining(order, line, now)
        if units or amount or tax:
            sales.append(_taken_back(line, units, amount, tax))
    refunds = order.refunds_at(now)
    for sale in _placed(order, shop):
        if sale.line is not None:
            continue
        total, tax = sale.total, sale.tax
        if sale.line_type == "SHIPPING":
            total -= sum(refund.shipping + refund.shipping_tax for refund in refunds)
            tax -= sum(refund.shipping_tax for refund in refunds)
        quantity = None if sale.quantity is None else -sale.quantity
        sales.append(
            replace(
                sale,
                action="RETURN",
                quantity=quantity,
                total=-total,
                tax=-tax,
                discount=-sale.discount,
                discount_with_tax=-sale.discount_with_tax,
            )
        )
    goodwill = sum(refund.goodwill for refund in refunds)
    if goodwill:
        sales.append(Sale("AdjustmentSale", "ADJUSTMENT", "RETURN", None, goodwill, 0, 0))
    return sales
