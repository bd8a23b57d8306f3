"""What an order comes to at an instant: as sold with what edits added, and what is left of that."""

from simulator.shopify_sales import cancelled_unpaid, remaining, shipping_discount
from simulator.trade.model import Order


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
        self.authorized = sum(one.amount for one in paid_by if one.kind == "authorization")
        self.is_paid = order.paid is not None and order.paid <= now

    def financial_status(self, now: int) -> str:
        """Return the status shown beside the order."""
        order = self.order
        if not self.is_paid:
            if (order.cancelled is not None and order.cancelled <= now) or (
                order.failed is not None and order.failed <= now
            ):
                return "VOIDED"
            return "AUTHORIZED" if self.authorized else "PENDING"
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
