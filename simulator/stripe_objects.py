"""Stripe's objects, written as of an instant. Fields after the Python library's lists for version 2026-06-24.dahlia.

Every reference is an id here; `stripe_expand` puts objects in their place where a request asks for it.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from simulator.billing import Invoice, InvoiceLine, InvoicePayment
from simulator.payments import DAY, Account, Charge, Dispute, Intent, Movement, Payout, Refund
from simulator.seasons import utc_midnight

Object = dict[str, Any]
API_VERSION = "2026-06-24.dahlia"
LINES_SHOWN = 10
NO_ADDRESS: Object = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def secret(text: str, length: int = 24) -> str:
    """Return letters and digits that look random and depend on the text only."""
    return blake2b(text.encode(), digest_size=32).hexdigest()[:length]


def list_object(url: str, data: list[Object], has_more: bool) -> Object:
    """Wrap rows the way Stripe does."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def charge(subject: Charge, now: int) -> Object:
    """Show a charge; one that failed was never captured, one not yet captured has no balance transaction."""
    intent = subject.intent
    is_captured = subject.captured is not None and subject.captured <= now
    refunded = subject.refunded(now)
    failure = subject.failure
    movement = subject.movement if is_captured else None
    disputed = subject.dispute is not None and subject.dispute.created <= now
    is_reversed = failure is None and intent.canceled is not None and intent.canceled <= now
    return {
        "id": subject.id,
        "object": "charge",
        "amount": subject.amount,
        "amount_captured": subject.amount if is_captured else 0,
        "amount_refunded": subject.amount if is_reversed else refunded,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": movement.id if movement else None,
        "billing_details": _billing_details(intent, subject.created),
        "calculated_statement_descriptor": "COUNTINGHOUSE SHOP" if failure is None else None,
        "captured": is_captured,
        "created": subject.created,
        "currency": intent.currency,
        "customer": intent.account.id if intent.account else None,
        "description": _description(intent),
        "disputed": disputed,
        "failure_balance_transaction": None,
        "failure_code": failure[0] if failure else None,
        "failure_message": failure[2] if failure else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": _metadata(intent),
        "on_behalf_of": None,
        "outcome": _outcome(subject),
        "paid": failure is None,
        "payment_intent": intent.id,
        "payment_method": f"pm_{secret(intent.id + subject.card[1])}",
        "payment_method_details": _card(subject),
        "presentment_details": None,
        "radar_options": {},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": f"https://pay.stripe.com/receipts/payment/{secret(subject.id, 60)}" if failure is None else None,
        "refunded": is_reversed or (is_captured and refunded == subject.amount),
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
        "description": _description(subject),
        "excluded_payment_method_types": None,
        "last_payment_error": error,
        "latest_charge": latest.id if latest else None,
        "livemode": False,
        "metadata": _metadata(subject),
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


def balance_transaction(subject: Movement, now: int) -> Object:
    """Show a movement of the balance, in dollars; no event tells when it turns from pending to available."""
    fees = [
        {
            "amount": subject.fee,
            "application": None,
            "currency": "usd",
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    return {
        "id": subject.id,
        "object": "balance_transaction",
        "amount": subject.amount,
        "available_on": utc_midnight(subject.available),
        "balance_type": "payments",
        "created": subject.created,
        "currency": "usd",
        "description": subject.description,
        "exchange_rate": subject.rate,
        "fee": subject.fee,
        "fee_details": fees if subject.fee else [],
        "net": subject.amount - subject.fee,
        "reporting_category": subject.category,
        "source": subject.source,
        "status": "available" if subject.available <= now else "pending",
        "type": subject.kind,
    }


def customer(subject: Account, now: int) -> Object:
    """Show a customer; a deleted one is a stub."""
    if subject.deleted is not None and subject.deleted <= now:
        return {"id": subject.id, "object": "customer", "deleted": True}
    return {
        "id": subject.id,
        "object": "customer",
        "address": _address(subject, now),
        "balance": 0,
        "created": subject.created,
        "currency": subject.currency,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": subject.email,
        "invoice_prefix": secret(subject.id, 8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {"user_id": str(subject.person.id)} if subject.person else {},
        "name": subject.name,
        "next_invoice_sequence": 1,
        "phone": subject.person.phone if subject.person else None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


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
            "customer_email_address": _email(subject.charge.intent),
            "customer_name": _name(subject.charge.intent),
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


def payout(subject: Payout, now: int) -> Object:
    """Show a payout."""
    status = subject.status(now)
    has_failed = status == "failed"
    return {
        "id": subject.id,
        "object": "payout",
        "amount": subject.amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": subject.arrival,
        "automatic": True,
        "balance_transaction": subject.movement.id,
        "created": subject.created,
        "currency": "usd",
        "description": "STRIPE PAYOUT",
        "destination": "ba_3countinghousebank",
        "failure_balance_transaction": subject.reversal.id if has_failed and subject.reversal else None,
        "failure_code": "account_closed" if has_failed else None,
        "failure_message": "The bank account has been closed." if has_failed else None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed" if status in ("paid", "failed") else "in_progress",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": status,
        "trace_id": None if status == "in_transit" else {"status": "supported", "value": secret(subject.id, 12)},
        "type": "bank_account",
    }


def invoice(subject: Invoice, now: int) -> Object:
    """Show an invoice with the first ten of its lines."""
    status = subject.status(now)
    is_paid, is_draft = status == "paid", status == "draft"
    total = subject.total
    paid = total if is_paid else 0
    lines = [invoice_line(line, subject) for line in subject.lines[:LINES_SHOWN]]
    return {
        "id": subject.id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Countinghouse Shop",
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": paid,
        "amount_paid_off_stripe": paid if subject.is_paid_elsewhere else 0,
        "amount_remaining": total - paid,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 1 if subject.intent is not None and not is_draft else 0,
        "attempted": subject.intent is not None and not is_draft,
        "auto_advance": status in ("draft", "open"),
        "billing_reason": "manual",
        "collection_method": "send_invoice",
        "created": subject.created,
        "currency": subject.account.currency,
        "custom_fields": None,
        "customer": subject.account.id,
        "customer_account": None,
        "customer_address": _address(subject.account, now),
        "customer_email": subject.account.email,
        "customer_name": subject.account.name,
        "customer_phone": None,
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": "Wholesale",
        "discounts": [],
        "due_date": subject.due,
        "effective_at": None if is_draft else subject.finalized,
        "ending_balance": None if is_draft else 0,
        "footer": None,
        "hosted_invoice_url": None if is_draft else f"https://invoice.stripe.com/i/{secret(subject.id, 60)}",
        "invoice_pdf": None if is_draft else f"https://pay.stripe.com/invoice/{secret(subject.id, 60)}/pdf",
        "last_finalization_error": None,
        "lines": list_object(f"/v1/invoices/{subject.id}/lines", lines, len(subject.lines) > LINES_SHOWN),
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None if is_draft else subject.number,
        "on_behalf_of": None,
        "parent": None,
        "period_end": subject.created,
        "period_start": subject.created,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": status,
        "status_transitions": {
            "finalized_at": None if is_draft else subject.finalized,
            "marked_uncollectible_at": subject.written_off if status == "uncollectible" else None,
            "paid_at": subject.paid if is_paid else None,
            "voided_at": subject.voided if status == "void" else None,
        },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "test_clock": None,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_taxes": [],
        "webhooks_delivered_at": subject.created,
    }


def invoice_line(line: InvoiceLine, subject: Invoice) -> Object:
    """Show one row of an invoice."""
    return {
        "id": line.id,
        "object": "line_item",
        "amount": line.amount,
        "currency": subject.account.currency,
        "description": line.description,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": subject.id,
        "livemode": False,
        "metadata": {},
        "parent": None,
        "period": {"end": subject.created, "start": subject.created},
        "pretax_credit_amounts": [],
        "pricing": {"type": "price_details", "unit_amount_decimal": str(line.amount // line.quantity)},
        "quantity": line.quantity,
        "quantity_decimal": str(line.quantity),
        "subscription": None,
        "subtotal": line.amount,
        "taxes": [],
    }


def invoice_payment(subject: InvoicePayment, now: int) -> Object:
    """Show the link from an invoice to its payment intent, or to the record of money that came another way."""
    bill = subject.invoice
    assert bill is not None
    status = bill.status(now)
    is_paid = status == "paid"
    payment: Object = (
        {"type": "payment_intent", "payment_intent": bill.intent.id} if bill.intent else {"type": "payment_record"}
    )
    if bill.intent is None:
        payment["payment_record"] = f"pr_{secret(bill.id)}"
    return {
        "id": subject.id,
        "object": "invoice_payment",
        "amount_paid": bill.total if is_paid else None,
        "amount_requested": bill.total,
        "created": subject.created,
        "currency": bill.account.currency,
        "invoice": bill.id,
        "is_default": True,
        "livemode": False,
        "payment": payment,
        "status": "paid" if is_paid else "canceled" if status in ("void", "uncollectible") else "open",
        "status_transitions": {
            "canceled_at": bill.voided if status == "void" else None,
            "paid_at": bill.paid if is_paid else None,
        },
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
}


_CHANGES = (".updated", ".refunded", ".captured", ".closed", ".voided", ".canceled", "invoice.paid", "payout.paid")


def event(subject: Any, now: int) -> Object:
    """Show an event: its body is the object as it was in the event's second."""
    write = WRITERS[subject.resource]
    # A deletion tells what was deleted, not the stub that is left.
    body = write(subject.subject, subject.created - (subject.type == "customer.deleted"))
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


WRITERS["events"] = event


def _metadata(intent: Intent) -> dict[str, str]:
    return {"order_id": str(intent.order.id)} if intent.order else {}


def _description(intent: Intent) -> str | None:
    if intent.order is not None:
        return f"Order {intent.order.id}"
    return f"Payment for Invoice {intent.invoice.number}" if isinstance(intent.invoice, Invoice) else None


def _email(intent: Intent) -> str | None:
    return intent.person.email if intent.person else intent.account.email if intent.account else None


def _name(intent: Intent) -> str | None:
    return (
        f"{intent.person.first} {intent.person.last}"
        if intent.person
        else intent.account.name
        if intent.account
        else None
    )


def _billing_details(intent: Intent, now: int) -> Object:
    address = dict(NO_ADDRESS)
    if intent.person is not None:
        home = intent.person.address(now)
        address |= {
            "city": home.city.name,
            "country": "US",
            "line1": home.street,
            "postal_code": home.postal,
            "state": home.state_code,
        }
    phone = intent.person.phone if intent.person else None
    return {"address": address, "email": _email(intent), "name": _name(intent), "phone": phone, "tax_id": None}


def _address(account: Account, now: int) -> Object:
    if account.person is None:
        return NO_ADDRESS | {"city": account.city, "country": account.country}
    home = account.person.address(max(now, account.person.registered))
    return {
        "city": home.city.name,
        "country": "US",
        "line1": home.street,
        "line2": None,
        "postal_code": home.postal,
        "state": home.state_code,
    }


def _outcome(subject: Charge) -> Object:
    declined = subject.failure
    return {
        "advice_code": "try_again_later" if declined else None,
        "network_advice_code": None,
        "network_decline_code": "51" if declined else None,
        "network_status": "declined_by_network" if declined else "approved_by_network",
        "reason": declined[1] if declined else None,
        "risk_level": "normal",
        "risk_score": int(secret(subject.id, 2), 16) // 5,
        "seller_message": "The bank declined the payment." if declined else "Payment complete.",
        "type": "issuer_declined" if declined else "authorized",
    }


def _card(subject: Charge) -> Object:
    brand, last4 = subject.card
    checks = {"address_line1_check": "pass", "address_postal_code_check": "pass", "cvc_check": "pass"}
    card = {
        "amount_authorized": None if subject.failure else subject.amount,
        "authorization_code": None,
        "brand": brand,
        "checks": checks,
        "country": "US",
        "exp_month": 1 + int(secret(subject.intent.id, 2), 16) % 12,
        "exp_year": 2030,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": secret(subject.intent.id + brand, 16),
        "funding": "credit",
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": last4,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": brand,
        "network_token": {"used": False},
        "network_transaction_id": secret(subject.id, 15),
        "overcapture": {"maximum_amount_capturable": subject.amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "wallet": None,
    }
    if subject.intent.is_manual and subject.captured is not None:
        card["capture_before"] = subject.created + 7 * DAY
    return {"card": card, "type": "card"}
