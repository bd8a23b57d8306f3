"""Sends what happened to those who want to hear of it, as badly as a plan says.

Every platform promises as little: deliveries come twice, not at all, and in any order. What was planned for the
deliveries is drawn from a seed before the first is sent, so that it does not depend on how they are answered.
"""

from __future__ import annotations

import http.client
import time
from dataclasses import asdict, dataclass, field
from random import Random
from urllib.parse import urlsplit

from simulator.hooks import Hooks, News, Subscription

_TIMEOUT_SECONDS = 5
# The platforms repeat over hours or days.
_SECONDS_BETWEEN_REPEATS = 0.05


@dataclass(frozen=True)
class Plan:
    """What goes wrong: shares of the deliveries that come twice or never, and whether their order is lost."""

    seed: int = 0
    doubled: float = 0
    dropped: float = 0
    is_shuffled: bool = False


@dataclass
class Report:
    """What became of the deliveries."""

    planned: int = 0
    taken: int = 0
    doubled: int = 0
    dropped: int = 0
    failed: int = 0
    statuses: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Return it as the control tells it."""
        return asdict(self)


@dataclass(frozen=True)
class Delivery:
    """One piece of news for one address; its body is that of the first try, however often it is repeated."""

    hooks: Hooks
    hook: Subscription
    news: News
    body: bytes
    headers: dict[str, str]


def planned(hooks: list[Hooks], now: int, plan: Plan, report: Report) -> list[Delivery]:
    """Return what is to be sent, bent by the plan. Bodies are written here, while the world stands still."""
    rng = Random(plan.seed)
    found: list[Delivery] = []
    for platform in hooks:
        for news in platform.news(now):
            for hook in platform.subscriptions.values():
                if not (hook.is_active and hook.wants(news.topic) and news.at > hook.created):
                    continue
                report.planned += 1
                fate = rng.random()
                if fate < plan.dropped:
                    report.dropped += 1
                    continue
                body = news.body()
                delivery = Delivery(platform, hook, news, body, platform.manners.headers(news, body, hook, now))
                found.append(delivery)
                if fate >= 1 - plan.doubled:
                    report.doubled += 1
                    found.append(delivery)
    if plan.is_shuffled:
        rng.shuffle(found)
    return found


def send(deliveries: list[Delivery], report: Report) -> None:
    """Send everything, one after another, repeating what was not taken as often as its platform does."""
    lines: dict[str, http.client.HTTPConnection] = {}
    for delivery in deliveries:
        manners, hook = delivery.hooks.manners, delivery.hook
        for repeat in range(manners.repeats + 1):
            if repeat:
                time.sleep(_SECONDS_BETWEEN_REPEATS)
            status = _post(lines, hook.address, delivery.body, delivery.headers)
            report.statuses[str(status)] = report.statuses.get(str(status), 0) + 1
            if manners.is_success(status):
                report.taken += 1
                hook.failures = 0
                break
        else:
            report.failed += 1
            hook.failures += 1
            if manners.patience is not None and hook.failures >= manners.patience:
                hook.is_active = False
    for line in lines.values():
        line.close()


def ping(address: str, body: bytes, headers: dict[str, str]) -> int:
    """Send one request; the status, 0 where nobody answered."""
    lines: dict[str, http.client.HTTPConnection] = {}
    status = _post(lines, address, body, headers)
    for line in lines.values():
        line.close()
    return status


def _post(lines: dict[str, http.client.HTTPConnection], address: str, body: bytes, headers: dict[str, str]) -> int:
    parts = urlsplit(address)
    line = lines.get(parts.netloc)
    if line is None:
        line = lines[parts.netloc] = http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        line.request("POST", parts.path or "/", body, headers)
        answer = line.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException):
        line.close()
        return 0
