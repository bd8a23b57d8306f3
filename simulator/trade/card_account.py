"""A second Stripe account: it takes the cards of two shops that tell their payments themselves.

Ledger Studio (Payload) and Kontor Waren (WooCommerce) name its payment intents, so every sale by card is seen twice.
What only this account knows, by count and not by chance, so that a small world has it too:

  stray       money came and the shop has no order: the browser was closed in between
  short       less was taken than the shop believes
  unknown     a refund made here, of which the shop knows nothing
  disputed    a bank took the money back, and gave it back where the dispute was won

Everything follows from the shops' orders; an id is made of what it is for, so it does not matter in which steps the
clock was moved.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from simulator.cashier import CARDS, DISPUTE_FEE, FAILURES, fee
from simulator.events import events_of_intent
from simulator.payments import DAY, Charge, Dispute, Intent, Movement, Refund
from simulator.trade.model import Order, Payment, Shop
from simulator.world import Shelf

SHOPS = ("studio", "shop-eu")
SETTLED = {"GBP": 1.27, "EUR": 1.08}  # dollars for one; the account settles in dollars
RESOURCES = (
    *("payment_intents", "charges", "refunds", "balance_transactions", "customers"),
    *("invoices", "invoice_payments", "disputes", "payouts", "events"),
)
# Of an order that nothing else happens to, by its place among its shop's orders.
EVERY, STRAY, SHORT, UNKNOWN, LOST, WON = 48, 1, 7, 13, 21, 27
SHORT_BY = 100


class CardAccount:
    """Has the shelves that Stripe's API shows, filled from the shops' orders as they come."""

    def __init__(self, shops: Callable[[str, int], Shop], seed: int) -> None:
        self._shops = shops
        self._seed = seed
        self._filed = dict.fromkeys(SHOPS, 0)
        self.shelves = {resource: Shelf() for resource in RESOURCES}

    def advance(self, now: int) -> None:
        """File the payments of the orders up to an instant."""
        for name in SHOPS:
            shop = self._shops(name, now)
            orders = shop.orders
            for place in range(self._filed[name], len(orders)):
                for intent in self._intents(shop, orders[place], place):
                    self._file(intent)
            self._filed[name] = len(orders)

    def _intents(self, shop: Shop, order: Order, place: int) -> list[Intent]:
        """Make the intents of an order: one for each time its card was asked, and perhaps one it knows nothing of."""
        made = [
            self._intent(shop, order, payment, special_case(order, place))
            for payment in order.payments
            if payment.method == "card" and payment.kind == "sale"
        ]
        if place % EVERY == STRAY and made:
            made.append(self._paid(shop, self._id("pi", order.id, "stray"), order.created + 3600, order.placed_total))
        return made

    def _intent(self, shop: Shop, order: Order, payment: Payment, case: int | None) -> Intent:
        if payment.status == "pending":
            return Intent(payment.reference, payment.created, payment.amount, shop.currency.lower())
        if payment.status == "failure":
            intent = Intent(payment.reference, payment.created, payment.amount, shop.currency.lower())
            charge = Charge(self._id("ch", intent.id), intent.created, intent.amount, intent, CARDS[0], FAILURES[0])
            intent.charges.append(charge)
            return intent
        amount = payment.amount - (SHORT_BY if case == SHORT else 0)
        intent = self._paid(shop, payment.reference, payment.created, amount)
        charge = intent.charges[0]
        if payment is next(one for one in order.payments if one.kind == "sale" and one.status == "success"):
            for given in order.payments:
                if given.kind == "refund":
                    self._give_back(shop, charge, given.created, given.amount, given.failed)
        if case == UNKNOWN:
            self._give_back(shop, charge, charge.created + 2 * DAY, amount // 4, None)
        if case in (LOST, WON):
            self._dispute(shop, charge, is_won=case == WON)
        return intent

    def _paid(self, shop: Shop, intent_id: str, at: int, amount: int) -> Intent:
        intent = Intent(intent_id, at, amount, shop.currency.lower())
        card = CARDS[int(hashlib.blake2b(intent_id.encode()).hexdigest()[:4], 16) % len(CARDS)]
        charge = Charge(self._id("ch", intent_id), at, amount, intent, card, captured=at)
        charge.movement = self._movement(shop, charge.id, at, "charge", "charge", amount, kept=True)
        intent.charges.append(charge)
        return intent

    def _give_back(self, shop: Shop, charge: Charge, at: int, amount: int, failed: int | None) -> None:
        refund_id = self._id("re", charge.id, at, len(charge.refunds))
        refund = Refund(refund_id, at, amount, charge, "full", "requested_by_customer", settled=at, failed=failed)
        refund.movement = self._movement(shop, refund_id, at, "refund", "refund", -amount)
        if failed is not None:
            refund.reversal = self._movement(shop, refund_id, failed, "refund_failure", "refund_failure", amount)
        refund.is_announced = len(charge.refunds) % 2 == 0
        charge.refunds.append(refund)

    def _dispute(self, shop: Shop, charge: Charge, *, is_won: bool) -> None:
        at = charge.created + 6 * DAY
        dispute = Dispute(
            self._id("du", charge.id), at, charge.amount, charge, "fraudulent", at + 2 * DAY, at + 20 * DAY, is_won
        )
        held = self._movement(shop, dispute.id, at, "adjustment", "dispute", -charge.amount)
        held.fee = DISPUTE_FEE
        dispute.movements.append(held)
        if is_won:
            dispute.movements.append(
                self._movement(shop, dispute.id, dispute.closed, "adjustment", "dispute_reversal", charge.amount)
            )
        charge.dispute = dispute

    def _movement(
        self, shop: Shop, source: str, at: int, kind: str, category: str, amount: int, *, kept: bool = False
    ) -> Movement:
        """Book what the balance gains or loses, in dollar cents."""
        rate = SETTLED[shop.currency]
        cents = round(amount * rate)
        movement_id = self._id("txn", source, category)
        return Movement(movement_id, at, kind, category, cents, fee(cents) if kept else 0, source, rate=rate)

    def _file(self, intent: Intent) -> None:
        self._put("payment_intents", intent)
        for charge in intent.charges:
            self._put("charges", charge)
            self._put("balance_transactions", charge.movement)
            for refund in charge.refunds:
                self._put("refunds", refund)
                self._put("balance_transactions", refund.movement)
                self._put("balance_transactions", refund.reversal)
            if charge.dispute is not None:
                self._put("disputes", charge.dispute)
                for movement in charge.dispute.movements:
                    self._put("balance_transactions", movement)
        for event in events_of_intent(_OfIntent(self, intent.id), intent):  # pyright: ignore[reportArgumentType]
            self._put("events", event)

    def _put(self, resource: str, thing: Any) -> None:
        if thing is not None:
            self.shelves[resource].add(thing)

    def _id(self, prefix: str, *of: object) -> str:
        text = "/".join(str(part) for part in (self._seed, prefix, *of))
        return f"{prefix}_3{b64encode(hashlib.blake2b(text.encode(), digest_size=18).digest(), b'xQ').decode()[:23]}"


class _OfIntent:
    """Gives the events of one intent their ids."""

    def __init__(self, account: CardAccount, intent: str) -> None:
        self._account = account
        self._intent = intent
        self._count = 0

    def new(self, prefix: str) -> str:
        """Return the next id."""
        self._count += 1
        return self._account._id(prefix, self._intent, self._count)  # pyright: ignore[reportPrivateUsage]


def special_case(order: Order, place: int) -> int | None:
    """Return what happens at the account alone to an order that paid by card and to which nothing else happens."""
    case = place % EVERY
    is_quiet = not (order.refunds or order.cancelled or order.failed or order.deleted or order.trashed or order.is_test)
    paid = [payment for payment in order.payments if payment.kind == "sale" and payment.status == "success"]
    is_plain = is_quiet and len(paid) == 1 and paid[0].method == "card" and paid[0].amount > 4 * SHORT_BY
    return case if is_plain and case in (SHORT, UNKNOWN, LOST, WON) else None
