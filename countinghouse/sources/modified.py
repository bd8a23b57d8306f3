"""Rows that carry the time of their own last change: what changed since the last reading is asked for by that time.

The cursor comes from the data, never from a clock: the newest change that was really read. The next reading begins a
little before it, because a row may be committed after a younger one was read, and ends a little behind the source's
clock, because rows are still being written there. What comes twice costs nothing: the warehouse compares contents.

Some things no filter for changes ever tells: a row that was deleted without a trace, one that was written straight into
the database, one that was imported with an old time. So the whole list is read again once a week, and a row that is
absent then is gone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from countinghouse.sources.changes import Found, Outcome, Reading
from countinghouse.sources.paging import Query, field_of

OVERLAP = timedelta(minutes=5)
SETTLING = timedelta(seconds=60)
WHOLE_EVERY = timedelta(days=7)

# Instants are UTC; `since` is to be met (>=), `until` is not (<). None leaves that side open.
Narrow = Callable[[datetime | None, datetime | None], Query]


class Timed(Protocol):
    """A reader whose rows have a time of change."""

    @property
    def is_deletable(self) -> bool:
        """Whether rows of the resource may vanish at the source."""
        ...

    def now(self) -> datetime:
        """The source's clock."""
        ...

    def changed_at(self, row: Any) -> datetime | None:
        """The row's own time of change, UTC; None where it has none."""
        ...

    def pages(self, query: Query | None = None) -> Any:
        """Every page of the list, narrowed by `query`."""
        ...


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """The cursor: the newest change read, and when the whole list was last read, by the source's clock."""

    at: datetime | None
    whole_at: datetime


@dataclass(frozen=True)
class Modified:
    """The rows changed since the last reading; all of them the first time and once a week."""

    narrow: Narrow
    overlap: timedelta = OVERLAP
    settling: timedelta = SETTLING
    whole_every: timedelta = WHOLE_EVERY

    def read(self, reader: Timed, cursor: str | None) -> Reading:
        """Yield what changed since `cursor`, page by page."""
        mark = mark_of(cursor)
        now = reader.now()
        is_whole = mark is None or mark.at is None or now - mark.whole_at >= self.whole_every
        since, until = (None, None) if is_whole else self.span(mark, now)
        newest = mark.at if mark else None
        for page in reader.pages(self.narrow(since, until)):
            for row in page.rows:
                at = reader.changed_at(row)
                if at is not None and (newest is None or at > newest):
                    newest = at
            yield [Found(row) for row in page.rows]
        whole_at = now if is_whole or mark is None else mark.whole_at
        return Outcome(
            "full" if is_whole else "incremental",
            is_snapshot=is_whole and reader.is_deletable,
            cursor=text_of(Mark(newest, whole_at)),
        )

    def span(self, mark: Mark | None, now: datetime) -> tuple[datetime | None, datetime | None]:
        """From when to when the next reading asks: `since` is met, `until` is not."""
        since = mark.at - self.overlap if mark and mark.at else None
        until = now - self.settling
        return since, max(until, since) if since else until


def mark_of(cursor: str | None) -> Mark | None:
    """The mark; None for a cursor no longer understood, which reads everything and so is always right."""
    try:
        return msgspec.json.decode(cursor, type=Mark) if cursor else None
    except msgspec.DecodeError:
        return None


def text_of(mark: Mark) -> str:
    """The mark as the warehouse keeps it."""
    return msgspec.json.encode(mark).decode()


def instant(value: Any) -> datetime | None:
    """A time as APIs write it as an instant: Unix seconds or ISO 8601; text without a zone is UTC by contract."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            read = datetime.fromisoformat(value)
            return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def time_of(row: Any, name: str | None) -> datetime | None:
    """The instant in a field of a row; None where there is none."""
    return instant(field_of(row, name)) if name else None
