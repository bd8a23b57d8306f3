"""Requests that came by webhook, and what they ask."""

from collections.abc import Sequence

from countinghouse.privacy.subject import Asked
from countinghouse.webhooks.inbox import Waiting
from countinghouse.webhooks.topics import Event

DATA_REQUEST, REDACT, REDACT_SHOP = "customers/data_request", "customers/redact", "shop/redact"


def asked_by(event: Event) -> Asked:
    """What an event names, as `find` takes it."""
    customers = frozenset(named.id for named in event.objects if named.resource == "customers")
    orders = frozenset(named.id for named in event.objects if named.resource == "orders")
    return Asked(event.connection, event.kind, customers, orders=orders, is_shop=event.topic == REDACT_SHOP)


def of_topic(waiting: Sequence[Waiting], *topics: str) -> list[Waiting]:
    """The requests of some topics."""
    return [one for one in waiting if one.event.topic in topics]
