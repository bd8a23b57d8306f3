"""Payments as Stripe keeps them: intents, charges, refunds, disputes, and the movements of the balance they cause.

Each object carries the instants of its whole life, also those still to come; whoever shows it asks for its state at
an instant. Amounts are integers in the smallest unit Stripe counts in.
"""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from random import Random

from simulator.orders import Order
from simulator.people import Person
from simulator.seasons import utc_midnight

DAY = 86400
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


class Ids:
    """Makes identifiers that look random and depend on the seed and a running number only."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = 0

    def new(self, prefix: str) -> str:
        """Return the next identifier with a prefix such as `ch`."""
        self._count += 1
        digest = hashlib.blake2b(f"{self._seed}/{self._count}".encode(), digest_size=18).digest()
        return f"{prefix}_3{b64encode(digest, b'xQ').decode()[:23]}"


@dataclass(slots=True, eq=False)
class Account:
    """A Stripe customer; `person` is None for the firms that pay invoices."""

    id: str
    created: int
    name: str
    email: str
    person: Person | None = None
    country: str = "US"
    city: str | None = None
    currency: str = "usd"
    deleted: int | None = None


@dataclass(slots=True, eq=False)
class Movement:
    """A balance transaction: money in or out, in the settlement currency, US dollars.

    amount  the change before fees; net = amount - fee
    rate    dollars per unit of the charge's currency, None when that is dollars
    """

    id: str
    created: int
    kind: str
    category: str
    amount: int
    fee: int
    source: str
    description: str | None = None
    rate: float | None = None
    payout: "Payout | None" = None

    @property
    def available(self) -> int:
        """Midnight UTC of the day the money can be paid out: two days later."""
        return self.created if self.kind == "payout" else utc_midnight(self.created) + 2 * DAY


@dataclass(slots=True, eq=False)
class Refund:
    """Money given back. `kind` is full, line or goodwill: what the shop meant, whatever the API tells."""

    id: str
    created: int
    amount: int
    charge: "Charge"
    kind: str
    reason: str | None
    settled: int
    line: int | None = None
    quantity: int | None = None
    failed: int | None = None
    is_announced: bool = False
    movement: Movement | None = None
    reversal: Movement | None = None

    def status(self, now: int) -> str:
        """Return pending, succeeded or failed as of an instant."""
        if self.failed is not None and now >= self.failed:
            return "failed"
        return "succeeded" if now >= self.settled else "pending"


@dataclass(slots=True, eq=False)
class Dispute:
    """A customer's bank takes the money back; closed as won or lost."""

    id: str
    created: int
    amount: int
    charge: "Charge"
    reason: str
    answered: int
    closed: int
    is_won: bool
    movements: list[Movement] = field(default_factory=list)

    def status(self, now: int) -> str:
        """Return the status as of an instant."""
        if now >= self.closed:
            return "won" if self.is_won else "lost"
        return "under_review" if now >= self.answered else "needs_response"


@dataclass(slots=True, eq=False)
class Charge:
    """One attempt to take money. `captured` is the instant the money was really taken; None means never."""

    id: str
    created: int
    amount: int
    intent: "Intent"
    card: tuple[str, str]
    failure: tuple[str, str, str] | None = None
    captured: int | None = None
    refunds: list[Refund] = field(default_factory=list)
    dispute: Dispute | None = None
    movement: Movement | None = None

    def refunded(self, now: int) -> int:
        """Return the amount given back as of an instant; failed refunds do not count."""
        return sum(refund.amount for refund in self.refunds if refund.created <= now and refund.status(now) != "failed")


@dataclass(slots=True, eq=False)
class Intent:
    """A wish to be paid, for an order, an invoice, or nothing that came to pass."""

    id: str
    created: int
    amount: int
    currency: str = "usd"
    order: Order | None = None
    invoice: object | None = None
    account: Account | None = None
    person: Person | None = None
    is_manual: bool = False
    canceled: int | None = None
    cancel_reason: str | None = None
    charges: list[Charge] = field(default_factory=list)

    def status(self, now: int) -> str:
        """Return the status as of an instant."""
        if self.canceled is not None and now >= self.canceled:
            return "canceled"
        for charge in self.charges:
            if charge.failure is None and charge.created <= now:
                return "succeeded" if charge.captured is not None and charge.captured <= now else "requires_capture"
        return "requires_payment_method"


@dataclass(slots=True, eq=False)
class Payout:
    """Money sent to the shop's bank once a week."""

    id: str
    created: int
    amount: int
    arrival: int
    movement: Movement
    failed: int | None = None
    reversal: Movement | None = None

    def status(self, now: int) -> str:
        """Return in_transit, paid, or failed: a payout may fail after it was called paid."""
        if self.failed is not None and now >= self.failed:
            return "failed"
        return "paid" if now >= self.arrival else "in_transit"


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
