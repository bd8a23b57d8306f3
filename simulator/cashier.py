"""Takes the money for orders, and decides on the day everything that will happen to it: refunds, failures, disputes."""

from random import Random

from simulator.orders import Order
from simulator.payments import DAY, Account, Charge, Dispute, Ids, Intent, Movement, Refund
from simulator.people import Person
from simulator.seasons import utc_midnight

FEE_SHARE = 29  # 2.9 %, in thousandths
FEE_FIXED = 30
DISPUTE_FEE = 1500
# By count, not by chance: a small world for tests has them too.
DISPUTED_EVERY = 240
FAILING_EVERY = 27

FAILURES = (
    ("card_declined", "generic_decline", "Your card was declined."),
    ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    ("expired_card", "expired_card", "Your card has expired."),
    ("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    (
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
)
CARDS = (
    ("visa", "4242"),
    ("visa", "1881"),
    ("mastercard", "4444"),
    ("amex", "0005"),
    ("discover", "1117"),
    ("visa", "5556"),
)


def fee(amount: int) -> int:
    """Return Stripe's fee on a captured amount, rounded half up."""
    return (amount * FEE_SHARE + 500) // 1000 + FEE_FIXED


class Cashier:
    """Takes the money for orders and decides, on the day, everything that will happen to it later."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._refunds = 0

    def charge_order(self, order: Order, account: Account | None, rng: Random) -> Intent:
        """Pay an order: perhaps failed attempts first, perhaps captured later, perhaps refunded or disputed."""
        intent = Intent(
            self._ids.new("pi"), order.at, order.discounted, order=order, account=account, person=order.person
        )
        at = order.at + rng.choice((0, 0, 1, 1, 2, 3))
        for _ in range(rng.choices((0, 1, 2), (94, 4.6, 1.4))[0]):
            self.fail(intent, at, rng)
            at += rng.randint(15, 240)
        intent.is_manual = rng.random() < 0.03
        charge = Charge(self._ids.new("ch"), at, intent.amount, intent, rng.choice(CARDS))
        charge.captured = at + rng.randint(3 * 3600, 4 * DAY) if intent.is_manual else at
        charge.movement = self.income(charge)
        intent.charges.append(charge)
        if order.id % DISPUTED_EVERY == DISPUTED_EVERY // 2:
            self._dispute(charge, rng)
        elif rng.random() < 0.05:
            self._refund(order, charge, rng)
        return intent

    def fail(self, intent: Intent, at: int, rng: Random) -> None:
        """Add a declined attempt."""
        intent.charges.append(
            Charge(self._ids.new("ch"), at, intent.amount, intent, rng.choice(CARDS), failure=rng.choice(FAILURES))
        )

    def income(self, charge: Charge, rate: float | None = None, settled: int | None = None) -> Movement:
        """Book a captured charge; `settled` is the amount in dollar cents when the charge is in another currency."""
        amount = charge.amount if settled is None else settled
        return Movement(
            self._ids.new("txn"),
            charge.captured or charge.created,
            "charge",
            "charge",
            amount,
            fee(amount),
            charge.id,
            rate=rate,
        )

    def stray(self, at: int, amount: int, account: Account | None, person: Person, rng: Random) -> Intent:
        """Make an intent that never becomes an order: given up, declined for good, or authorised and let go."""
        intent = Intent(self._ids.new("pi"), at, amount, account=account, person=person)
        end = rng.choices(("abandoned", "declined", "canceled", "released"), (40, 35, 15, 10))[0]
        if end in ("declined", "canceled"):
            for attempt in range(rng.randint(1, 3)):
                self.fail(intent, at + 2 + attempt * rng.randint(20, 90), rng)
        if end == "canceled":
            intent.canceled = at + rng.randint(3600, 2 * DAY)
            intent.cancel_reason = "abandoned"
        if end == "released":
            intent.is_manual = True
            intent.charges.append(Charge(self._ids.new("ch"), at + 1, amount, intent, rng.choice(CARDS)))
            intent.canceled = at + 7 * DAY
            intent.cancel_reason = "automatic"
        return intent

    def _refund(self, order: Order, charge: Charge, rng: Random) -> None:
        at = (charge.captured or charge.created) + rng.randint(DAY, 40 * DAY)
        if rng.random() < 0.35:
            # The shop's people send refunds off in one go after lunch: several share a second.
            at = utc_midnight(at) + DAY + 18 * 3600
        kind = rng.choices(("full", "line", "goodwill"), (40, 45, 15))[0]
        reason = rng.choices(("requested_by_customer", None, "duplicate", "fraudulent"), (60, 35, 3, 2))[0]
        if kind == "full":
            refund = self._give_back(charge, at, order.discounted, kind, reason, rng)
            if refund.failed is not None and rng.random() < 0.6:
                self._give_back(
                    charge,
                    refund.failed + rng.randint(3600, 3 * DAY),
                    order.discounted,
                    kind,
                    reason,
                    rng,
                    may_fail=False,
                )
        elif kind == "line":
            self._refund_lines(order, charge, at, reason, rng)
        else:
            self._goodwill(order, charge, at, rng)

    def _refund_lines(self, order: Order, charge: Charge, at: int, reason: str | None, rng: Random) -> None:
        chosen = rng.sample(range(len(order.lines)), 2 if len(order.lines) > 2 and rng.random() < 0.3 else 1)
        for position in chosen:
            line = order.lines[position]
            quantity = rng.randint(1, line.quantity)
            amount = (
                line.discounted
                if quantity == line.quantity
                else (2 * line.discounted * quantity + line.quantity) // (2 * line.quantity)
            )
            if amount > 0:
                self._give_back(charge, at, amount, "line", reason, rng, line=position + 1, quantity=quantity)
            if rng.random() < 0.5:
                at += rng.randint(60, 5 * DAY)
        if rng.random() < 0.06:
            self._goodwill(order, charge, at + rng.randint(DAY, 4 * DAY), rng)

    def _goodwill(self, order: Order, charge: Charge, at: int, rng: Random) -> None:
        given = sum(refund.amount for refund in charge.refunds)
        amount = min(order.discounted - given - 1, max(100, order.discounted * rng.choice((5, 10, 15, 20)) // 100))
        # A gift must not look like a return: not the whole order, not exactly a line.
        while amount in {line.discounted for line in order.lines}:
            amount -= 1
        if amount > 0:
            self._give_back(charge, at, amount, "goodwill", None, rng)

    def _give_back(
        self,
        charge: Charge,
        at: int,
        amount: int,
        kind: str,
        reason: str | None,
        rng: Random,
        may_fail: bool = True,
        line: int | None = None,
        quantity: int | None = None,
    ) -> Refund:
        refund = Refund(self._ids.new("re"), at, amount, charge, kind, reason, settled=at, line=line, quantity=quantity)
        self._refunds += 1
        if rng.random() < 0.18:
            refund.settled = at + rng.randint(3600, 9 * DAY)
        if may_fail and self._refunds % FAILING_EVERY == 6:
            refund.failed = refund.settled + rng.randint(DAY, 12 * DAY)
            refund.reversal = Movement(
                self._ids.new("txn"),
                refund.failed,
                "refund_failure",
                "refund_failure",
                amount,
                0,
                refund.id,
                "REFUND FAILURE",
            )
        refund.is_announced = rng.random() < 0.4
        refund.movement = Movement(
            self._ids.new("txn"), at, "refund", "refund", -amount, 0, refund.id, "REFUND FOR CHARGE"
        )
        charge.refunds.append(refund)
        return refund

    def _dispute(self, charge: Charge, rng: Random) -> None:
        at = (charge.captured or charge.created) + rng.randint(5 * DAY, 50 * DAY)
        closed = at + rng.randint(20 * DAY, 70 * DAY)
        reason = rng.choice(("fraudulent", "product_not_received", "unrecognized", "product_unacceptable"))
        dispute = Dispute(
            self._ids.new("du"),
            at,
            charge.amount,
            charge,
            reason,
            at + rng.randint(DAY, 8 * DAY),
            closed,
            rng.random() < 0.45,
        )
        dispute.movements.append(
            Movement(
                self._ids.new("txn"),
                at,
                "adjustment",
                "dispute",
                -charge.amount,
                DISPUTE_FEE,
                dispute.id,
                "Chargeback withdrawal",
            )
        )
        if dispute.is_won:
            dispute.movements.append(
                Movement(
                    self._ids.new("txn"),
                    closed,
                    "adjustment",
                    "dispute_reversal",
                    charge.amount,
                    0,
                    dispute.id,
                    "Chargeback reversal",
                )
            )
        charge.dispute = dispute
