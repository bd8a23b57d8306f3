"""How long to wait and how often to ask: the repeats after a failure, and the pace that avoids one."""

import random
import threading
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState

from countinghouse.sources.base import Rate


@dataclass(frozen=True)
class Patience:
    """Bounds for repeating one request; seconds throughout."""

    tries: int = 6
    total: float = 120
    # A source that is down, or an address that is no API at all, is known quickly: the others should not wait for it.
    quick_tries: int = 4
    quick_total: float = 10
    first: float = 0.5
    longest: float = 60
    answer: float = 120  # a whole answer, however slowly it drips

    def wait(self, state: RetryCallState) -> float:
        """As long as the source asks, up to the longest wait; else doubling, with jitter against marching in step."""
        trouble = _trouble(state)
        if trouble.wait is not None:
            return min(trouble.wait, self.longest)
        return min(self.first * 2 ** (state.attempt_number - 1), self.longest) * random.uniform(1, 1.5)

    def is_over(self, state: RetryCallState) -> bool:
        """Whether the next wait would pass a bound."""
        trouble = _trouble(state)
        tries, total = (self.quick_tries, self.quick_total) if trouble.is_quick else (self.tries, self.total)
        return state.attempt_number >= tries or (state.seconds_since_start or 0) + state.upcoming_sleep > total


class TroubleError(Exception):
    """A failure that may pass by itself."""

    def __init__(
        self, what: str, advice: str, *, wait: float | None = None, is_quick: bool = False, is_slow: bool = False
    ) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.wait = wait
        self.is_quick = is_quick
        self.is_slow = is_slow  # the answer did not come in time: less at once may help


def _trouble(state: RetryCallState) -> TroubleError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, TroubleError)
    return error


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds a `Retry-After` asks for: a number, a decimal or an HTTP date; None where it says nothing usable."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        until = http_date(header)
        return max((until - now).total_seconds(), 0) if until else None
    return seconds if 0 <= seconds < float("inf") else None


def http_date(header: str | None) -> datetime | None:
    """The instant of an HTTP date, UTC."""
    if not header:
        return None
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


class Throttle:
    """Keeps a pace: no more than so many requests in any span of so many seconds, whichever threads send them."""

    def __init__(self, rate: Rate) -> None:
        self._sent: deque[float] = deque(maxlen=rate.requests)
        # A little wider than the source's own window: requests may bunch up on their way.
        self._seconds = rate.seconds * 1.05
        self._not_before = 0.0
        self._guard = threading.Lock()

    def wait(self) -> None:
        """Take the next free moment and sleep until it comes."""
        with self._guard:
            now = time.monotonic()
            moment = max(now, self._not_before)
            if len(self._sent) == self._sent.maxlen:
                moment = max(moment, self._sent[0] + self._seconds)
            self._sent.append(moment)
        if moment > now:
            time.sleep(moment - now)

    def hold(self, seconds: float) -> None:
        """Let nobody send for so long: the source said that it has had enough."""
        with self._guard:
            self._not_before = max(self._not_before, time.monotonic() + seconds)


_throttles: dict[tuple[str, Rate, str | None], Throttle] = {}
_guard = threading.Lock()


def throttles(url: str, rates: tuple[Rate, ...], resource: str) -> list[Throttle]:
    """The paces that a request to this resource keeps, shared by all readers of the same address in this process."""
    with _guard:
        return [
            _throttles.setdefault((url, rate, resource if rate.each_resource else None), Throttle(rate))
            for rate in rates
        ]
