"""Stripe's `expand[]`: puts the object where its id was."""

from collections.abc import Callable
from typing import Any

DEEPEST = 4
# Ids tell what they name.
_RESOURCES = {
    "ch": "charges",
    "pi": "payment_intents",
    "re": "refunds",
    "txn": "balance_transactions",
    "cus": "customers",
    "in": "invoices",
    "du": "disputes",
    "po": "payouts",
}
_EXPANDABLE = {
    "charge": {"balance_transaction", "customer", "payment_intent", "refunds", "failure_balance_transaction"},
    "payment_intent": {"customer", "latest_charge"},
    "refund": {"charge", "payment_intent", "balance_transaction", "failure_balance_transaction"},
    "balance_transaction": {"source"},
    "invoice": {"customer", "lines", "payments"},
    "invoice_payment": {"invoice", "payment"},
    "dispute": {"charge", "payment_intent", "balance_transactions"},
    "payout": {"balance_transaction", "failure_balance_transaction"},
    "event": {"data"},
}

# Looks an object up by resource and id; the second returns the list inside another object: refunds of a charge,
# payments of an invoice.
Find = Callable[[str, str], dict[str, Any] | None]
Nested = Callable[[str, str], dict[str, Any]]


class NotExpandable(Exception):
    """The property asked for cannot be expanded; the text is the path."""


def expand(value: Any, paths: list[str], find: Find, nested: Nested) -> None:
    """Expand the paths inside a value, in place. Raises NotExpandable."""
    for path in paths:
        steps = path.split(".")
        if len([step for step in steps if step != "data"]) > DEEPEST:
            raise NotExpandable(path)
        _follow(value, steps, path, find, nested)


def _follow(value: Any, steps: list[str], path: str, find: Find, nested: Nested) -> None:
    if not steps:
        return
    if isinstance(value, list):
        for entry in value:
            _follow(entry, steps, path, find, nested)
        return
    if not isinstance(value, dict):
        return
    step, rest = steps[0], steps[1:]
    kind = value.get("object")
    if kind == "list" and step != "data":
        raise NotExpandable(path)
    if kind != "list" and kind is not None and step not in _EXPANDABLE.get(str(kind), set()):
        raise NotExpandable(path)
    if kind in ("charge", "invoice") and step in ("refunds", "payments") and step not in value:
        value[step] = nested(step, value["id"])
    held = value.get(step)
    if isinstance(held, str):
        resource = _RESOURCES.get(held.split("_", maxsplit=1)[0])
        found = find(resource, held) if resource else None
        if found is not None:
            value[step] = held = found
    _follow(held, rest, path, find, nested)
