"""How each of Stripe's objects is written, by the name of its list."""

from collections.abc import Callable
from typing import Any

from simulator.stripe_balance import balance_transaction, customer, payout
from simulator.stripe_invoices import invoice, invoice_payment
from simulator.stripe_parts import Object
from simulator.stripe_payments import charge, dispute, payment_intent, refund

API_VERSION = "2026-06-24.dahlia"
# A deletion tells what was deleted, not the stub that is left; a new intent has not been paid yet, even where that
# takes less than a second.
_TOLD_BEFORE = ("customer.deleted", "payment_intent.created")
_CHANGES = (".updated", ".refunded", ".captured", ".closed", ".voided", ".canceled", "invoice.paid", "payout.paid")


def event(subject: Any, now: int) -> Object:
    """Show an event: its body is the object as it was in the event's second."""
    write = WRITERS[subject.resource]
    body = write(subject.subject, subject.created - (subject.type in _TOLD_BEFORE))
    data: Object = {"object": body}
    if subject.type.endswith(_CHANGES):
        before = write(subject.subject, subject.created - 1)
        data["previous_attributes"] = {name: value for name, value in before.items() if body.get(name) != value}
    return {
        "id": subject.id,
        "object": "event",
        "api_version": API_VERSION,
        "created": subject.created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": subject.type,
    }


WRITERS: dict[str, Callable[[Any, int], Object]] = {
    "charges": charge,
    "payment_intents": payment_intent,
    "refunds": refund,
    "balance_transactions": balance_transaction,
    "customers": customer,
    "invoices": invoice,
    "invoice_payments": invoice_payment,
    "disputes": dispute,
    "payouts": payout,
    "events": event,
}
