"""Stripe's balance transactions, payouts and customers, written as of an instant."""

from simulator.payments import Account, Movement, Payout
from simulator.seasons import utc_midnight
from simulator.stripe_parts import Object, account_address, secret


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


def customer(subject: Account, now: int) -> Object:
    """Show a customer; a deleted one is a stub."""
    if subject.deleted is not None and subject.deleted <= now:
        return {"id": subject.id, "object": "customer", "deleted": True}
    return {
        "id": subject.id,
        "object": "customer",
        "address": account_address(subject, now),
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
