"""What the tests of the simulator's Stripe share."""

from typing import Any

import httpx

RESOURCES = (
    *("charges", "payment_intents", "refunds", "balance_transactions", "customers"),
    *("invoices", "invoice_payments", "disputes", "payouts", "events"),
)


def error(answer: httpx.Response) -> dict[str, Any]:
    return answer.json()["error"]
