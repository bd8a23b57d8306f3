"""Stripe's charges, payment intents, refunds and disputes, written as of an instant.

Fields after the Python library's lists for version 2026-06-24.dahlia. Every reference is an id here; `stripe_expand`
puts objects in their place where a request asks for it.
"""

from simulator.payments import DAY, Charge, Dispute, Intent, Refund
from simulator.seasons import utc_midnight
from simulator.stripe_balance import balance_transaction
from simulator.stripe_parts import (
    Object,
    billing_details,
    card_details,
    description,
    email_of,
    metadata,
    name_of,
    outcome,
    secret,
)


def charge(subject: Charge, now: int) -> Object:
    """Show a charge; one that failed was never captured, one not yet captured has no balance transaction."""
    intent = subject.intent
    is_captured = subject.captured is not None and subject.captured <= now
    refunded = subject.refunded(now)
    failure = subject.failure
    movement = subject.movement if is_captured else None
    disputed = subject.dispute is not None and subject.dispute.created <= now
    return {
        "id": subject.id,
        "object": "charge",
        "amount": subject.amount,
        "amount_captured": subject.amount if is_captured else 0,
        "amount_refunded": refunded,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": movement.id if movement else None,
        "billing_details": billing_details(intent, subject.created),
        "calculated_statement_descriptor": "COUNTINGHOUSE SHOP" if failure is None else None,
        "captured": is_captured,
        "created": subject.created,
        "currency": intent.currency,
        "customer": intent.account.id if intent.account else None,
        "description": description(intent),
        "disputed": disputed,
        "failure_balance_transaction": None,
        "failure_code": failure[0] if failure else None,
        "failure_message": failure[2] if failure else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": metadata(intent),
        "on_behalf_of": None,
        "outcome": outcome(subject),
        "paid": failure is None,
        "payment_intent": intent.id,
        "payment_method": f"pm_{secret(intent.id + subject.card[1])}",
        "payment_method_details": card_details(subject),
        "presentment_details": None,
        "radar_options": {},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": f"https://pay.stripe.com/receipts/payment/{secret(subject.id, 60)}" if failure is None else None,
        "refunded": is_captured and refunded == subject.amount,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "failed" if failure else "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def payment_intent(subject: Intent, now: int) -> Object:
    """Show a payment intent. `latest_charge` is the last attempt only."""
    status = subject.status(now)
    tried = [attempt for attempt in subject.charges if attempt.created <= now]
    latest = tried[-1] if tried else None
    canceled = status == "canceled"
    received = subject.amount if status == "succeeded" else 0
    error = None
    if latest is not None and latest.failure is not None and status == "requires_payment_method":
        code, decline, message = latest.failure
        error = {"charge": latest.id, "code": code, "decline_code": decline, "message": message, "type": "card_error"}
    return {
        "id": subject.id,
        "object": "payment_intent",
        "amount": subject.amount,
        "amount_capturable": subject.amount if status == "requires_capture" else 0,
        "amount_details": {"tip": {}},
        "amount_received": received,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": subject.canceled if canceled else None,
        "cancellation_reason": subject.cancel_reason if canceled else None,
        "capture_method": "manual" if subject.is_manual else "automatic_async",
        "client_secret": f"{subject.id}_secret_{secret(subject.id)}",
        "confirmation_method": "automatic",
        "created": subject.created,
        "currency": subject.currency,
        "customer": subject.account.id if subject.account else None,
        "customer_account": None,
        "description": description(subject),
        "excluded_payment_method_types": None,
        "last_payment_error": error,
        "latest_charge": latest.id if latest else None,
        "livemode": False,
        "metadata": metadata(subject),
        "next_action": None,
        "on_behalf_of": None,
        "payment_details": None,
        "payment_method": f"pm_{secret(subject.id + latest.card[1])}" if latest is not None and error is None else None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "presentment_details": None,
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
    }


def refund(subject: Refund, now: int) -> Object:
    """Show a refund. It has no livemode, and its balance transaction stays when it fails."""
    status = subject.status(now)
    shown = {
        "id": subject.id,
        "object": "refund",
        "amount": subject.amount,
        "balance_transaction": subject.movement.id if subject.movement else None,
        "charge": subject.charge.id,
        "created": subject.created,
        "currency": subject.charge.intent.currency,
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": {} if subject.line is None else {"line": str(subject.line), "quantity": str(subject.quantity)},
        "payment_intent": subject.charge.intent.id,
        "reason": subject.reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }
    if status == "pending":
        shown["pending_reason"] = "processing"
    if status == "failed":
        shown["failure_reason"] = "expired_or_canceled_card"
        shown["failure_balance_transaction"] = subject.reversal.id if subject.reversal else None
    return shown


def dispute(subject: Dispute, now: int) -> Object:
    """Show a dispute with the balance transactions it has caused so far, as whole objects."""
    status = subject.status(now)
    return {
        "id": subject.id,
        "object": "dispute",
        "amount": subject.amount,
        "balance_transactions": [
            balance_transaction(movement, now) for movement in subject.movements if movement.created <= now
        ],
        "charge": subject.charge.id,
        "created": subject.created,
        "currency": subject.charge.intent.currency,
        "enhanced_eligibility_types": [],
        "evidence": {
            "customer_email_address": email_of(subject.charge.intent),
            "customer_name": name_of(subject.charge.intent),
            "uncategorized_text": None,
        },
        "evidence_details": {
            "due_by": utc_midnight(subject.created) + 14 * DAY - 1,
            "enhanced_eligibility": {},
            "has_evidence": status != "needs_response",
            "past_due": False,
            "submission_count": 0 if status == "needs_response" else 1,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": subject.charge.intent.id,
        "payment_method_details": {
            "card": {"brand": subject.charge.card[0], "case_type": "chargeback", "network_reason_code": "10.4"},
            "type": "card",
        },
        "reason": subject.reason,
        "status": status,
    }
