"""What comes of an order: payment, sending, refunds, cancellation, edits. All of it is decided when it is placed.

A platform that shows nothing but a status (see `Policy.is_plain`) refunds whole orders only, and nothing changes after
a refund or cancellation, because the day of the last change is all such a shop can tell.
"""

from random import Random

from simulator.trade.buyers import Buyer
from simulator.trade.calendar import DAY, HOUR, note
from simulator.trade.goods import Assortment, Ids
from simulator.trade.model import Line, Order, Payment, Refund, RefundLine
from simulator.trade.policies import Policy
from simulator.trade.till import Till

_REASONS = ("Arrived damaged", "Wrong size", "Changed mind", "Not as described", "Late delivery")
_NOT_PAID_AT_ONCE = ("bank_transfer", "invoice")
_PAYMENT_IDS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz"


class Aftermath:
    """Leads the orders of one shop to their ends."""

    def __init__(self, policy: Policy, assortment: Assortment, till: Till, new_id: Ids) -> None:
        self._policy = policy
        self._assortment = assortment
        self._till = till
        self._new_id = new_id

    def lead(self, order: Order, case: str | None, buyer: Buyer, rng: Random) -> None:
        """Decide all that will happen to an order."""
        order.is_test = case == "test"
        if case == "failed":
            order.failed = order.created + rng.randint(40, 900)
            self._pay(order, order.created + 5, order.placed_total, "failure", rng)
            note(order, order.failed)
            return
        if case == "cancelled_unpaid":
            self._pay(order, order.created, order.placed_total - order.gift_card, "pending", rng)
            self._cancel(order, order.created + rng.randint(2 * HOUR, 6 * DAY), rng)
            return
        if case == "pending":
            self._pay(order, order.created, order.placed_total - order.gift_card, "pending", rng)
            return
        self._collect(order, case, rng)
        assert order.paid is not None
        if case == "cancelled_paid":
            self._cancel(order, order.paid + rng.randint(2 * HOUR, 2 * DAY), rng)
            return
        if case == "edit_add":
            self._add_line(order, order.paid + rng.randint(HOUR, 30 * HOUR), buyer, rng)
        if case == "edit_remove":
            self._remove_units(order, order.paid + rng.randint(HOUR, 30 * HOUR), rng)
        self._send(order, rng)
        if case is not None:
            self._give_back(order, case, rng)
        self._perhaps_delete(order, case, rng)

    def _collect(self, order: Order, case: str | None, rng: Random) -> None:
        """Take the money: at once, by authorization and capture, or when the customer gets round to it."""
        amount = order.placed_total - order.gift_card
        if order.gift_card:
            order.payments.append(self._payment(order, order.created, "sale", "success", order.gift_card, rng))
            order.payments[-1].method = "gift_card"
        if case == "on_hold":
            order.method = "bank_transfer"
        if order.method in _NOT_PAID_AT_ONCE and self._policy.name == "shop-eu":
            # WooCommerce holds what is to be paid by transfer or on account; it is pending while a card is asked.
            order.on_hold = order.created + 2
            note(order, order.on_hold)
        if case == "authorized" or (order.method == "card" and self._policy.name == "shop-jp" and rng.random() < 0.5):
            order.method = "card"
            held = self._pay(order, order.created + 1, amount, "success", rng, "authorization")
            order.paid = order.created + rng.randint(DAY, 3 * DAY)
            self._pay(order, order.paid, amount, "success", rng, "capture", held)
        elif order.method in _NOT_PAID_AT_ONCE:
            asked = self._pay(order, order.created + 1, amount, "pending", rng)
            order.paid = order.created + rng.randint(DAY, 9 * DAY)
            self._pay(order, order.paid, amount, "success", rng, parent=asked)
        else:
            order.paid = order.created + rng.randint(1, 4)
            if amount:
                self._pay(order, order.paid, amount, "success", rng)
        note(order, order.paid)

    def _send(self, order: Order, rng: Random) -> None:
        last = max(order.paid or 0, *order.changes)
        if order.channel == "pos":
            order.fulfilled = last + 60
        elif rng.random() < 0.97:
            order.fulfilled = last + rng.randint(6 * HOUR, 3 * DAY)
        if order.fulfilled is not None:
            note(order, order.fulfilled)
            order.completed = order.fulfilled + (0 if self._policy.name != "shop-us" else rng.randint(HOUR, 9 * DAY))
            note(order, order.completed)

    def _give_back(self, order: Order, case: str, rng: Random) -> None:
        at = max(order.changes) + rng.randint(2 * DAY, 24 * DAY)
        match case:
            case "partial_refund" | "not_restocked":
                self._refund(order, at, (self._some_of(order, rng),), rng, is_restocked=case == "partial_refund")
            case "two_refunds":
                line = max(order.lines, key=lambda one: one.quantity)
                for number, day in enumerate((at, at + rng.randint(DAY, 9 * DAY))):
                    if line.quantity > 1:
                        self._refund(order, day, ((line, number, 1),), rng)
                    else:
                        self._refund(order, day, (), rng, goodwill=self._kindness(order))
            case "full_refund":
                order.refunds.append(self._whole(order, at, rng))
                self._book(order.refunds[-1], rng)
            case "shipping_refund" if order.shipping:
                self._refund(order, at, (), rng, shipping=order.shipping, shipping_tax=order.shipping_tax)
            case "shipping_refund" | "goodwill":
                self._refund(order, at, (), rng, goodwill=self._kindness(order))
            case "failed_refund":
                self._refund(order, at, (self._some_of(order, rng),), rng, failed=at + rng.randint(DAY, 4 * DAY))
            case _:
                pass

    def _some_of(self, order: Order, rng: Random) -> tuple[Line, int, int]:
        """Choose how many units of the largest line come back."""
        line = max(order.placed_lines, key=lambda one: one.quantity)
        count = rng.randint(1, max(1, line.quantity - 1))
        _, net, tax = line.worth(0, count)
        # commercetools tells quantities, not amounts: only what divides evenly can be told in part.
        is_even = net * line.quantity == line.net * count and tax * line.quantity == line.tax * count
        if self._policy.name == "shop-jp" and not is_even:
            count = line.quantity
        return line, 0, count

    @staticmethod
    def _kindness(order: Order) -> int:
        return max(1, sum(line.net for line in order.placed_lines) // 10)

    def _refund(
        self,
        order: Order,
        at: int,
        parts: tuple[tuple[Line, int, int], ...],
        rng: Random,
        *,
        shipping: int = 0,
        shipping_tax: int = 0,
        goodwill: int = 0,
        is_restocked: bool = True,
        failed: int | None = None,
        removes: bool = False,
    ) -> None:
        lines = tuple(
            RefundLine(line, count, *line.worth(first, count)[1:], is_restocked) for line, first, count in parts
        )
        refund = Refund(
            at,
            self._new_id("refund"),
            order,
            lines,
            shipping,
            shipping_tax,
            goodwill,
            "Line removed" if removes else rng.choice(_REASONS),
            removes=removes,
            failed=failed,
        )
        order.refunds.append(refund)
        self._book(refund, rng)

    def _whole(self, order: Order, at: int, rng: Random, *, is_cancellation: bool = False) -> Refund:
        """Give everything back; a fee or tip, for which a refund has no place, as goodwill."""
        lines = tuple(
            RefundLine(line, line.quantity, line.net, line.tax, True) for line in order.lines if line.quantity
        )
        rest = order.fee + order.fee_tax + order.tip
        reason = "Order cancelled" if is_cancellation else rng.choice(_REASONS)
        return Refund(
            at,
            self._new_id("refund"),
            order,
            lines,
            order.shipping,
            order.shipping_tax,
            rest,
            reason,
            is_cancellation=is_cancellation,
        )

    def _book(self, refund: Refund, rng: Random) -> None:
        """Note a refund everywhere it shows, send the money, put the goods back."""
        order = refund.order
        for at in (refund.created, refund.failed):
            if at is not None:
                note(order, at)
                if order.customer is not None:
                    note(order.customer, at)
        payment = self._payment(order, refund.created, "refund", "success", refund.total, rng)
        payment.refund = refund
        payment.parent = next((one for one in order.payments if one.kind in ("sale", "capture")), None)
        if refund.failed is not None:
            note(refund, refund.failed)
            payment.failed = refund.failed
            note(payment, refund.failed)
        order.payments.append(payment)
        for one in refund.lines:
            if one.is_restocked:
                self._assortment.shift(one.line.variant, one.quantity, refund.created)

    def _cancel(self, order: Order, at: int, rng: Random) -> None:
        order.cancelled = at
        order.cancel_reason = rng.choice(("customer", "inventory", "fraud", "other"))
        note(order, at)
        if order.paid is None:
            for line in order.lines:
                self._assortment.shift(line.variant, line.quantity, at)
        elif self._policy.name != "shop-eu":
            order.refunds.append(self._whole(order, at, rng, is_cancellation=True))
            self._book(order.refunds[-1], rng)
        else:
            # In WooCommerce a refund would make the order `refunded`: the money went back at the provider alone.
            order.payments.append(self._payment(order, at, "refund", "success", order.placed_total, rng))

    def _add_line(self, order: Order, at: int, buyer: Buyer, rng: Random) -> None:
        products = self._assortment.offered(at)
        taken = {line.variant.id for line in order.lines}
        for _ in range(20):
            variant = self._assortment.pick(rng, products)
            if variant.id not in taken:
                line = self._till.line(order.created, len(order.lines) + 1, variant, rng.randint(1, 2), buyer)
                line.added = at
                order.lines.append(line)
                self._assortment.sell(variant, line.quantity, at)
                self._pay(order, at + 30, line.net + line.tax, "success", rng)
                note(order, at)
                note(order, at + 30)
                return

    def _remove_units(self, order: Order, at: int, rng: Random) -> None:
        line = max(order.lines, key=lambda one: one.quantity)
        count = 1 if line.quantity > 1 or len(order.lines) > 1 else 0
        if count:
            line.removed.append((at, count))
            note(order, at)
            self._refund(order, at + 60, ((line, line.quantity - count, count),), rng, removes=True)

    def _perhaps_delete(self, order: Order, case: str | None, rng: Random) -> None:
        at = max(order.changes) + rng.randint(DAY, 20 * DAY)
        if case == "deleted":
            order.deleted = at
        elif case == "trashed":
            order.trashed, order.deleted = at, at + 30 * DAY
            note(order, at)

    def _pay(
        self,
        order: Order,
        at: int,
        amount: int,
        status: str,
        rng: Random,
        kind: str = "sale",
        parent: Payment | None = None,
    ) -> Payment:
        payment = self._payment(order, at, kind, status, amount, rng)
        payment.parent = parent
        if parent is not None:
            payment.reference = parent.reference
        order.payments.append(payment)
        return payment

    def _payment(self, order: Order, at: int, kind: str, status: str, amount: int, rng: Random) -> Payment:
        reference = "pi_3" + "".join(rng.choices(_PAYMENT_IDS, k=23))
        return Payment(at, self._new_id("payment"), order, kind, status, amount, order.method, reference)  # pyright: ignore[reportArgumentType]
