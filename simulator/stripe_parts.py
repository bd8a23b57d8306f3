"""Parts of Stripe's objects that several of them share."""

from hashlib import blake2b
from typing import Any

from simulator.payments import DAY, Account, Charge, Intent

Object = dict[str, Any]
NO_ADDRESS: Object = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def secret(text: str, length: int = 24) -> str:
    """Return letters and digits that look random and depend on the text only."""
    return blake2b(text.encode(), digest_size=32).hexdigest()[:length]


def list_object(url: str, data: list[Object], has_more: bool) -> Object:
    """Wrap rows the way Stripe does."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def metadata(intent: Intent) -> dict[str, str]:
    """Link the payment to the shop: the cart's id as text, or nothing."""
    return {"order_id": str(intent.order.id)} if intent.order else {}


def description(intent: Intent) -> str | None:
    """Say what the money is for."""
    if intent.order is not None:
        return f"Order {intent.order.id}"
    return f"Payment for Invoice {intent.invoice.number}" if intent.invoice else None


def email_of(intent: Intent) -> str | None:
    """Return the payer's address, guest or not."""
    return intent.person.email if intent.person else intent.account.email if intent.account else None


def name_of(intent: Intent) -> str | None:
    """Return the payer's name."""
    return (
        f"{intent.person.first} {intent.person.last}"
        if intent.person
        else intent.account.name
        if intent.account
        else None
    )


def billing_details(intent: Intent, now: int) -> Object:
    """Write who paid, as typed at the checkout: personal."""
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
    return {"address": address, "email": email_of(intent), "name": name_of(intent), "phone": phone, "tax_id": None}


def account_address(account: Account, now: int) -> Object:
    """Write where a customer lives."""
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


def outcome(subject: Charge) -> Object:
    """Write what the bank said."""
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


def card_details(subject: Charge) -> Object:
    """Write the card; nothing here is a real one."""
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
