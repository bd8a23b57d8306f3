"""Who wants to hear of what: the subscriptions of one pretended platform, and how it says that something happened."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

# What every pretended platform signs with where the platform, not its user, makes the secret.
SECRET = "whsec_simulator"


@dataclass(frozen=True, slots=True)
class News:
    """Something happened. `subject` names the object, `body` writes it as it was at that instant."""

    at: int
    topic: str
    subject: str
    body: Callable[[], bytes]
    id: str = ""  # where the platform itself numbers what happens


@dataclass(slots=True)
class Subscription:
    """An address that is told of some topics; a topic may end in `*`."""

    id: int
    topics: tuple[str, ...]
    address: str
    secret: str
    created: int
    failures: int = 0  # in a row
    is_active: bool = True

    def wants(self, topic: str) -> bool:
        """Whether it is to be told of a topic."""
        return any(topic == one or (one.endswith("*") and topic.startswith(one[:-1])) for one in self.topics)


class Manners(Protocol):
    """How a platform delivers: its headers, how often it repeats, and when it gives an address up.

    repeats    after the first try, until an answer of success
    patience   failures in a row after which the subscription is switched off; None: never
    """

    repeats: int
    patience: int | None

    def headers(self, news: News, body: bytes, hook: Subscription, now: int) -> dict[str, str]:
        """Write the headers of one delivery, the signature among them."""
        ...

    def is_success(self, status: int) -> bool:
        """Whether an answer counts as taken."""
        ...


@dataclass
class Hooks:
    """The subscriptions of one platform.

    happened  what happened after the first instant, up to the second, in that order
    """

    manners: Manners
    happened: Callable[[int, int], Iterable[News]]
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    told_until: int | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, topics: Iterable[str], address: str, secret: str, now: int) -> Subscription:
        """Subscribe; from now on."""
        hook = Subscription(next(self._numbers), tuple(topics), address, secret, now)
        self.subscriptions[hook.id] = hook
        self.told_until = now if self.told_until is None else self.told_until
        return hook

    def remove(self, number: int) -> Subscription | None:
        """Forget a subscription; None where there was none."""
        return self.subscriptions.pop(number, None)

    def news(self, now: int) -> list[News]:
        """Return what has happened since the last time somebody asked."""
        if self.told_until is None or now <= self.told_until:
            return []
        found = sorted(self.happened(self.told_until, now), key=lambda one: (one.at, one.topic, one.subject))
        self.told_until = now
        return found


def is_allowed(address: str) -> bool:
    """Whether the simulator delivers there: to this machine and nowhere else."""
    try:
        return urlsplit(address).scheme in ("http", "https") and urlsplit(address).hostname in (
            "127.0.0.1",
            "localhost",
        )
    except ValueError:
        return False
