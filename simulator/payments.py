"""Payments as Stripe keeps them: intents, charges, refunds, disputes, and the movements of the balance they cause.

Each object carries the instants of its whole life, also those still to come; whoever shows it asks for its state at
an instant. Amounts are integers in the smallest unit Stripe counts in.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.orders import Order
from simulator.people import Person
from simulator.seasons import utc_midnight

if TYPE_CHECKING:
    from simulator.billing import Invoice

DAY = 86400


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
    payout: Payout | None = None

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
    charge: Charge
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
    charge: Charge
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
    intent: Intent
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
    invoice: Invoice | None = None
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
