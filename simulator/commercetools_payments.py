"""commercetools' payments: one object for each attempt to pay, with all that happened to its money as transactions.

A payment does not name its order: the order points to it. It stays when the order is deleted.
"""

from __future__ import annotations

from simulator.commercetools_parts import Object, at, cents, filled, head, reference, uuid
from simulator.trade.model import Order, Payment, Shop

_TYPES = {
    "authorization": "Authorization",
    "capture": "Charge",
    "sale": "Charge",
    "void": "CancelAuthorization",
    "refund": "Refund",
}
_STATES = {"success": "Success", "pending": "Pending", "failure": "Failure"}


def attempts(order: Order) -> list[Payment]:
    """Return what makes a payment object: authorizations and sales."""
    return [payment for payment in order.payments if payment.parent is None and payment.kind != "refund"]


def payment_modified(attempt: Payment, now: int) -> int:
    """Return the last change of anything a payment shows."""
    return max(payment.updated(now) for payment in (attempt, *_movements(attempt, now)))


def payment_object(shop: Shop, attempt: Payment, now: int) -> Object:
    """Write a payment."""
    customer = attempt.order.customer
    movements = _movements(attempt, now)
    return head("payment", attempt.id, attempt.created, payment_modified(attempt, now), len(movements)) | filled(
        key=f"payment-{attempt.id}",
        customer=reference("customer", "customer", customer.id) if customer else None,
        anonymousId=None if customer else uuid("anonymous", attempt.order.id),
        interfaceId=attempt.reference,
        amountPlanned=cents(shop, attempt.amount),
        paymentMethodInfo={"paymentInterface": "STRIPE", "method": attempt.method.upper(), "name": {"en": "Payment"}},
        paymentStatus={},
        transactions=_transactions(shop, movements, now),
        interfaceInteractions=[],
    )


def _transactions(shop: Shop, movements: list[Payment], now: int) -> list[Object]:
    """Write the transactions. A pending charge that was paid is one transaction whose state has changed."""
    settled = {id(payment.parent): payment for payment in movements if payment.kind == "sale" and payment.parent}
    shown: list[Object] = []
    for payment in movements:
        if payment in settled.values():
            continue
        latest = settled.get(id(payment), payment)
        shown.append(
            {
                "id": uuid("transaction", payment.id),
                "timestamp": at(latest.created),
                "type": _TYPES[payment.kind],
                "amount": cents(shop, latest.amount),
                "interactionId": payment.reference,
                "state": _STATES[latest.status_at(now)],
            }
        )
    return shown


def _movements(attempt: Payment, now: int) -> list[Payment]:
    """Return the movements of one attempt, oldest first. A refund that names no payment goes to the last that paid."""
    order = attempt.order
    paying = [one for one in attempts(order) if one.status == "success"] or attempts(order)

    def belongs(payment: Payment) -> bool:
        root = payment
        while root.parent is not None:
            root = root.parent
        return root is attempt or (root.kind == "refund" and paying[-1:] == [attempt])

    return [payment for payment in order.payments if payment.is_there(now) and belongs(payment)]
