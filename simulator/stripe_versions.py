"""Stripe's shape before version 2025-03-31.basil, for programs that do not send a version, or an old one.

Basil took the payment off the invoice and the invoice off charge and payment intent. An event's body is not touched: it
stays in the version of its own day.
"""

from typing import Any

from simulator.payments import Charge
from simulator.stripe_parts import Object
from simulator.world import World

BASIL = "2025-03-31"


def is_before_basil(version: str) -> bool:
    """Whether a version, such as 2024-06-20, still has the old links."""
    return version[:10] < BASIL


def to_old_shape(value: Any, world: World, now: int) -> None:
    """Put the old links into every invoice, charge and payment intent inside a value, in place."""
    if isinstance(value, list):
        for entry in value:
            to_old_shape(entry, world, now)
    if not isinstance(value, dict) or value.get("object") == "event":
        return
    for held in value.values():
        to_old_shape(held, world, now)
    match value.get("object"):
        case "invoice":
            value |= _links_of_invoice(value["id"], world, now)
        case "charge":
            value["invoice"] = _invoice_id(world.shelves["charges"].by_id[value["id"]].intent)
        case "payment_intent":
            value["invoice"] = _invoice_id(world.shelves["payment_intents"].by_id[value["id"]])


def _links_of_invoice(invoice_id: str, world: World, now: int) -> Object:
    subject = world.shelves["invoices"].by_id[invoice_id]
    intent = subject.intent if subject.intent is not None and subject.intent.created <= now else None
    tried: list[Charge] = [charge for charge in intent.charges if charge.created <= now] if intent else []
    is_paid = subject.status(now) == "paid"
    return {
        "charge": tried[-1].id if tried else None,
        "paid": is_paid,
        "paid_out_of_band": is_paid and subject.is_paid_elsewhere,
        "payment_intent": intent.id if intent else None,
        "subscription": None,
    }


def _invoice_id(intent: Any) -> str | None:
    return intent.invoice.id if intent.invoice is not None else None
