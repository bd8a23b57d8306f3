"""What Stripe would have announced, and when.

An event names its object; its body is that object as it was in the event's second. For most refunds only
`charge.refunded` is sent: loads that listen to `refund.created` alone lose them, as they do in life.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.billing import Invoice
from simulator.payments import Account, Charge, Ids, Intent, Payout, Refund


@dataclass(slots=True, eq=False)
class Event:
    """A change worth telling. `resource` is the shelf its object stands on."""

    id: str
    created: int
    type: str
    resource: str
    subject: object


def events_of_account(
    ids: Ids, account: Account, moved: int | None = None, deleted: int | None = None
) -> Iterator[Event]:
    """Tell of a new customer, or of one change to it."""
    if moved is not None:
        yield Event(ids.new("evt"), moved, "customer.updated", "customers", account)
    elif deleted is not None:
        yield Event(ids.new("evt"), deleted, "customer.deleted", "customers", account)
    else:
        yield Event(ids.new("evt"), account.created, "customer.created", "customers", account)


def events_of_intent(ids: Ids, intent: Intent) -> Iterator[Event]:
    """Tell the whole life of an intent with its charges, refunds and disputes."""
    yield Event(ids.new("evt"), intent.created, "payment_intent.created", "payment_intents", intent)
    for charge in intent.charges:
        yield from _charge(ids, charge)
        for refund in charge.refunds:
            yield from _refund(ids, refund)
        if charge.dispute is not None:
            yield from _dispute(ids, charge)
    if intent.canceled is not None:
        yield Event(ids.new("evt"), intent.canceled, "payment_intent.canceled", "payment_intents", intent)
        if intent.is_manual:
            yield Event(ids.new("evt"), intent.canceled, "charge.expired", "charges", intent.charges[-1])


def _charge(ids: Ids, charge: Charge) -> Iterator[Event]:
    intent = charge.intent
    if charge.failure is not None:
        yield Event(ids.new("evt"), charge.created, "charge.failed", "charges", charge)
        yield Event(ids.new("evt"), charge.created, "payment_intent.payment_failed", "payment_intents", intent)
        return
    yield Event(ids.new("evt"), charge.created, "charge.succeeded", "charges", charge)
    if intent.is_manual:
        yield Event(
            ids.new("evt"), charge.created, "payment_intent.amount_capturable_updated", "payment_intents", intent
        )
    if charge.captured is not None:
        if intent.is_manual:
            yield Event(ids.new("evt"), charge.captured, "charge.captured", "charges", charge)
        yield Event(ids.new("evt"), charge.captured, "payment_intent.succeeded", "payment_intents", intent)


def _refund(ids: Ids, refund: Refund) -> Iterator[Event]:
    yield Event(ids.new("evt"), refund.created, "charge.refunded", "charges", refund.charge)
    if refund.is_announced:
        yield Event(ids.new("evt"), refund.created, "refund.created", "refunds", refund)
    if refund.settled > refund.created:
        yield Event(ids.new("evt"), refund.settled, "charge.refund.updated", "refunds", refund)
        if refund.is_announced:
            yield Event(ids.new("evt"), refund.settled, "refund.updated", "refunds", refund)
    if refund.failed is not None:
        yield Event(ids.new("evt"), refund.failed, "charge.refund.updated", "refunds", refund)
        if refund.is_announced:
            yield Event(ids.new("evt"), refund.failed, "refund.failed", "refunds", refund)


def _dispute(ids: Ids, charge: Charge) -> Iterator[Event]:
    dispute = charge.dispute
    assert dispute is not None
    yield Event(ids.new("evt"), dispute.created, "charge.dispute.created", "disputes", dispute)
    yield Event(ids.new("evt"), dispute.created, "charge.dispute.funds_withdrawn", "disputes", dispute)
    if dispute.answered < dispute.closed:
        yield Event(ids.new("evt"), dispute.answered, "charge.dispute.updated", "disputes", dispute)
    yield Event(ids.new("evt"), dispute.closed, "charge.dispute.closed", "disputes", dispute)
    if dispute.is_won:
        yield Event(ids.new("evt"), dispute.closed, "charge.dispute.funds_reinstated", "disputes", dispute)


def events_of_invoice(ids: Ids, invoice: Invoice) -> Iterator[Event]:
    """Tell the life of an invoice; its payment intent has its own events."""
    yield Event(ids.new("evt"), invoice.created, "invoice.created", "invoices", invoice)
    yield Event(ids.new("evt"), invoice.finalized, "invoice.finalized", "invoices", invoice)
    if invoice.paid is not None:
        yield Event(ids.new("evt"), invoice.paid, "invoice.paid", "invoices", invoice)
        if not invoice.is_paid_elsewhere:
            yield Event(ids.new("evt"), invoice.paid, "invoice_payment.paid", "invoice_payments", invoice.payment)
    if invoice.voided is not None:
        yield Event(ids.new("evt"), invoice.voided, "invoice.voided", "invoices", invoice)
    if invoice.written_off is not None:
        yield Event(ids.new("evt"), invoice.written_off, "invoice.marked_uncollectible", "invoices", invoice)


def events_of_payout(ids: Ids, payout: Payout) -> Iterator[Event]:
    """Tell of a payout, its arrival, and its return where it failed."""
    yield Event(ids.new("evt"), payout.created, "payout.created", "payouts", payout)
    yield Event(ids.new("evt"), payout.arrival, "payout.paid", "payouts", payout)
    if payout.failed is not None:
        yield Event(ids.new("evt"), payout.failed, "payout.failed", "payouts", payout)
