"""Stripe's invoices, their lines and their payments, written as of an instant, in the shape of version dahlia."""

from simulator.billing import Invoice, InvoiceLine, InvoicePayment
from simulator.stripe_parts import Object, account_address, list_object, secret

LINES_SHOWN = 10


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
        "account_tax_ids": None,
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
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "automatically_finalizes_at": subject.finalized if is_draft else None,
        "billing_reason": "manual",
        "collection_method": "send_invoice",
        "created": subject.created,
        "currency": subject.account.currency,
        "custom_fields": None,
        "customer": subject.account.id,
        "customer_account": None,
        "customer_address": account_address(subject.account, now),
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
        "from_invoice": None,
        "hosted_invoice_url": None if is_draft else f"https://invoice.stripe.com/i/{secret(subject.id, 60)}",
        "invoice_pdf": None if is_draft else f"https://pay.stripe.com/invoice/{secret(subject.id, 60)}/pdf",
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": list_object(f"/v1/invoices/{subject.id}/lines", lines, len(subject.lines) > LINES_SHOWN),
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None if is_draft else subject.number,
        "on_behalf_of": None,
        "parent": None,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": subject.created,
        "period_start": subject.created,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
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
        "total_pretax_credit_amounts": [],
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
