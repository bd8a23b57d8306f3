"""Stripe API, version 2026-06-24.dahlia: the money side of a shop.

docs    https://docs.stripe.com/api; fields and event names as in stripe-python 15.3.1
auth    a secret or restricted key as bearer; a restricted key with read rights on the resources below is enough
paging  id cursor, newest first, 100 rows at most; `has_more` decides
limit   25 requests a second for each endpoint, 100 over a live account; no counter, no Retry-After promised
changes no list has an `updated` filter: /v1/events of the last 30 days name the objects, which are then read by id
quirks  the version header fixes the shape of answers, so it is always sent; amounts are integers in the smallest unit;
        Stripe-Should-Retry overrules the status; some refunds are told only through their charge, some not at all;
        balance transactions become available without any event; a deleted customer answers as a stub
"""

from datetime import timedelta

from countinghouse.sources.auth import BearerKey
from countinghouse.sources.base import Options, Rate, Resource, Source
from countinghouse.sources.changes import EventFeed, Told, Window
from countinghouse.sources.exact_json import OBJECT
from countinghouse.sources.inspection import Findings
from countinghouse.sources.paging import IdCursor
from countinghouse.sources.session import Session

# Whoever has one of these can pay, look at or act on the object. `evidence` holds a buyer's address and letters.
_SECRET = frozenset({"client_secret", "receipt_url", "hosted_invoice_url", "invoice_pdf", "next_action", "evidence"})

_CHARGE = "succeeded failed pending captured expired updated refunded"
_DISPUTE = "created updated closed funds_withdrawn funds_reinstated"
_INTENT = (
    "created processing requires_action amount_capturable_updated partially_funded payment_failed canceled succeeded"
)
_INVOICE = (
    "created updated deleted finalized finalization_failed sent voided marked_uncollectible overdue overpaid "
    "paid payment_succeeded payment_failed payment_action_required"
)


class StripeOptions(Options):
    """`settles` names the shop whose order numbers the metadata of payments carries."""

    settles: str | None = None


def _told(family: str, names: str, by: str = "id", narrows: str | None = None) -> Told:
    return Told(tuple(f"{family}.{name}" for name in names.split()), by, narrows)


CHARGES = EventFeed(
    told=(
        _told("charge", _CHARGE),
        _told("charge.dispute", _DISPUTE, by="charge"),
        _told("refund", "created updated failed", by="charge"),
        _told("charge.refund", "updated", by="charge"),
    )
)
REFUNDS = EventFeed(
    told=(
        _told("refund", "created updated failed"),
        _told("charge.refund", "updated"),
        _told("charge", "refunded", narrows="charge"),
    ),
    again=timedelta(days=1),
)
INVOICES = EventFeed(told=(_told("invoice", _INVOICE), _told("invoice_payment", "paid", by="invoice")))


def inspect(session: Session) -> Findings:
    """The version that answers, and whether the key may do more than read."""
    answer, _ = session.ask("/v1/events", {"limit": 1}, OBJECT)
    is_wide = session.connection.secret("api_key").startswith("sk_live_")
    wide = "the key may do anything with the account; a restricted key (rk_live_) that may read is enough."
    return Findings(
        version=answer.headers.get("Stripe-Version"),
        excess=("everything",) if is_wide else (),
        warnings=(wide,) if is_wide else (),
    )


STRIPE = Source(
    kind="stripe",
    inspect=inspect,
    auth=BearerKey("api_key"),
    headers={"Stripe-Version": "2026-06-24.dahlia"},
    paging=IdCursor(size=100),
    limits=(Rate(25, seconds=1, each_resource=True), Rate(100, seconds=1)),
    repeats=frozenset({409, 424}),
    verdict_header="Stripe-Should-Retry",
    options=StripeOptions,
    resources=tuple(
        Resource(
            name,
            f"/v1/{name}",
            rows="data",
            changes=changes,
            updated="created",
            is_deletable=is_deletable,
            nested=("lines",) if name == "invoices" else (),
            secrets=_SECRET,
        )
        for name, changes, is_deletable in (
            ("charges", CHARGES, False),
            ("payment_intents", EventFeed(told=(_told("payment_intent", _INTENT),)), False),
            ("refunds", REFUNDS, False),
            ("balance_transactions", Window(timedelta(days=30)), False),
            ("customers", EventFeed(told=(_told("customer", "created updated deleted"),)), True),
            ("invoices", INVOICES, True),  # a draft may be deleted
            ("disputes", EventFeed(told=(_told("charge.dispute", _DISPUTE),)), False),
            (
                "payouts",
                EventFeed(told=(_told("payout", "created updated paid failed canceled reconciliation_completed"),)),
                False,
            ),
        )
    ),
)
