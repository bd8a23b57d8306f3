"""The simulator's clock: runs with the wall's unless it is frozen, and can be moved."""

import time
from datetime import UTC, datetime

from simulator.seasons import FIRST_DAY, midnight

LAST = int(datetime(2036, 1, 1, tzinfo=UTC).timestamp())


class ClockError(ValueError):
    """The clock was asked for something it cannot do; the text says what."""


class Clock:
    """Whole seconds since 1970, UTC."""

    def __init__(self, now: datetime | None = None) -> None:
        self._offset = 0.0
        self._frozen_at: int | None = None
        if now is not None:
            self._frozen_at = self._checked(int(now.timestamp()))

    @property
    def is_frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen_at is not None

    def now(self) -> int:
        """Return the present instant."""
        return self._frozen_at if self._frozen_at is not None else int(time.time() + self._offset)

    def set(self, now: int) -> None:
        """Put the clock to an instant; running or not, it goes on as it was."""
        self._checked(now)
        if self._frozen_at is not None:
            self._frozen_at = now
        else:
            self._offset = now - time.time()

    def freeze(self, is_frozen: bool) -> None:
        """Stop the clock, or let it run on from where it stands."""
        now = self.now()
        self._frozen_at = now if is_frozen else None
        self._offset = now - time.time()

    @staticmethod
    def _checked(now: int) -> int:
        if not midnight(FIRST_DAY) <= now < LAST:
            raise ClockError(
                f"The simulated world lasts from {FIRST_DAY} to the end of 2035; the clock cannot be put outside of it."
            )
        return now


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant with a zone, such as 2026-11-20T09:40:00Z."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ClockError(f"{text!r} is not an instant; write it like 2026-11-20T09:40:00Z.") from None
    if instant.tzinfo is None:
        raise ClockError(f"{text!r} has no time zone; write it like 2026-11-20T09:40:00Z.")
    return instant.astimezone(UTC)
