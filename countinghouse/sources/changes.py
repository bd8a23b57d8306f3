"""How a later run finds what is new: frozen declarations, one for each way an API tells of changes.

Each style reads through a `Reader` and yields, page by page, the rows it found. What it returns at the end says what
the whole reading was: a complete snapshot or a set of changes, and the cursor the next run starts from. The cursor
belongs to the warehouse: it moves in the transaction that loads the rows, so a reading that never gets that far is
simply read again.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from countinghouse.sources.paging import IdCursor, Page, Paging, Query, ShapeError, field_of

# A quiet list is asked again from this far before the last reading, in case an event was committed late.
SETTLING = timedelta(seconds=60)
# Stripe keeps events for 30 days; the margin is for a run that is itself slow or late.
EVENTS_KEPT = timedelta(days=25)


@dataclass(frozen=True)
class Found:
    """One row that is to be landed, or the news that a row is gone."""

    row: Any  # as sent
    id: str | None = None  # of a row that is gone, where there is none to show
    changed_at: datetime | None = None  # where something better than the row's own time is known
    is_deleted: bool = False


@dataclass(frozen=True)
class Unusable:
    """A row as it was found, one value of which cannot be what its column is to hold; it is set aside."""

    row: Any
    field: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What a whole reading was."""

    mode: Literal["full", "incremental", "named"]
    is_snapshot: bool  # everything the source has: a row that is absent is gone
    cursor: str | None
    total: int | None = None  # rows the source says there are, where it says so
    warnings: tuple[str, ...] = ()  # what people should know of it, in sentences: rights that are missing


Reading = Generator[list[Found], None, Outcome]


class SnapshotMovedError(Exception):
    """The list changed while it was being read, so some row may have slipped between two pages."""


class Reader(Protocol):
    """One resource of one connection, as the styles below see it."""

    @property
    def is_deletable(self) -> bool:
        """Whether rows of the resource may vanish at the source."""
        ...

    @property
    def paging(self) -> Paging:
        """The source's own paging."""
        ...

    def pages(
        self, query: Query | None = None, *, path: str | None = None, paging: Paging | None = None
    ) -> Iterator[Page]:
        """Every page of the resource's list, or of the list at `path`, narrowed by `query`."""
        ...

    def page(self, query: Query, *, path: str | None = None) -> Page:
        """One page only."""
        ...

    def find(self, row_id: str) -> Any | None:
        """One row by its id; None where the source says that it has no such row."""
        ...


class BorderGoneError(Exception):
    """The source does not know the row that a list was to start from."""


class Changes(Protocol):
    """A way of finding what is new. What it reads through is said by each: not every source is a list of an API."""

    def read(self, reader: Any, cursor: str | None) -> Reading:
        """Read what is new since `cursor`; None reads everything."""
        ...


@dataclass(frozen=True)
class Snapshot:
    """Everything every time, for an API without a filter for changes. Unchanged rows cost nothing downstream."""

    def read(self, reader: Reader, cursor: str | None) -> Reading:
        """Yield the whole list; SnapshotMovedError where it changed meanwhile."""
        first: int | None = None
        last: int | None = None
        count = 0
        for number, page in enumerate(reader.pages()):
            last = reader.paging.total(page)
            if number == 0:
                first = last
            count += len(page.rows)
            yield [Found(row) for row in page.rows]
        if first != last:
            raise SnapshotMovedError(f"the list had {first} rows when the reading began and {last} when it ended")
        if last is not None and count != last:
            raise SnapshotMovedError(f"the list was to have {last} rows, and {count} came")
        return Outcome("full", is_snapshot=True, cursor=None, total=last)


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """The cursor of a list of events: the newest settled event, and when the list was last read (Unix seconds)."""

    read_at: int
    event: str | None = None
    created: int | None = None


def _mark(cursor: str | None) -> Mark | None:
    """A cursor no longer understood reads everything, which is always right."""
    try:
        return msgspec.json.decode(cursor, type=Mark) if cursor else None
    except msgspec.DecodeError:
        return None


@dataclass(frozen=True)
class Window:
    """Everything created in a span before the last reading, for rows that change silently while they are young."""

    span: timedelta

    def read(self, reader: Reader, cursor: str | None) -> Reading:
        """Yield the rows created since the last reading less the span; all rows the first time.

        Counting from the last reading, not from now, keeps it right after any pause: a row older than the span had
        settled by then.
        """
        mark = _mark(cursor)
        query: Query = {"created[gte]": mark.read_at - int(self.span.total_seconds())} if mark else {}
        read_at: datetime | None = None
        for page in reader.pages(query):
            read_at = read_at or page.served_at
            yield [Found(row) for row in page.rows]
        assert read_at is not None  # a list has at least one page
        mode = "incremental" if mark else "full"
        return Outcome(mode, is_snapshot=not mark and reader.is_deletable, cursor=_text(Mark(_seconds(read_at))))


@dataclass(frozen=True)
class Told:
    """Events of these types tell that rows changed, and where in the event's object the rows are named."""

    types: tuple[str, ...]
    by: str = "id"  # the field of the object that holds the row's id
    narrows: str | None = None  # or: the rows are those of the list narrowed by this filter to that id


@dataclass(frozen=True)
class EventFeed:
    """A list of events tells which rows changed; new rows are then listed, and changed ones read again by id.

    The event's own copy of a row is not used: it is as old as the event and in the API version of that day. Events
    are appended and the border is an id, so nothing is lost at a border inside one second. An event might still be
    committed a moment late, below one already seen: the cursor therefore stays behind events younger than `SETTLING`,
    and the next run reads those again. Reading is never cut short at an upper limit: that would only delay rows.
    """

    told: tuple[Told, ...]
    path: str = "/v1/events"
    again: timedelta | None = None  # how long before the last reading to list again, where events are incomplete
    size: int = 100

    def __post_init__(self) -> None:
        # https://docs.stripe.com/api/events/list: at most 20 types in one request.
        if not 1 <= len(self.types) <= 20:
            raise ValueError(f"an event feed takes 1 to 20 types, not {len(self.types)}")
        if len(set(self.types)) != len(self.types):
            raise ValueError("an event feed is told of a type of event twice")

    @property
    def types(self) -> list[str]:
        """Every type of event the resource listens to."""
        return [name for told in self.told for name in told.types]

    def read(self, reader: Reader, cursor: str | None) -> Reading:
        """Yield the rows that changed since `cursor`, or everything where the events no longer reach back that far."""
        mark = _mark(cursor)
        newest = reader.page({"types[]": self.types, "limit": 1}, path=self.path)
        now = newest.served_at
        is_other_account = False
        if mark and now - _instant(mark.read_at) <= EVENTS_KEPT:
            try:
                news = self._news_since(mark, reader, newest)
            except BorderGoneError:
                # Another account behind the same key, or its test data was deleted: what is known may all be gone.
                is_other_account = True
            else:
                yield from self._changed(reader, mark, news)
                return Outcome("incremental", is_snapshot=False, cursor=_text(_settled(news, now, mark)))
        noted = self._news(newest.rows)
        if noted and not _is_settled(noted[0], now):
            settled = {"types[]": self.types, "limit": 1, "created[lte]": _seconds(now - SETTLING)}
            noted = self._news(reader.page(settled, path=self.path).rows)
        for page in reader.pages():
            yield [Found(row) for row in page.rows]
        is_snapshot = reader.is_deletable or is_other_account
        return Outcome("full", is_snapshot, cursor=_text(_settled(noted, now, Mark(0))))

    def _news_since(self, mark: Mark, reader: Reader, newest: Page) -> list["_News"]:
        """What happened since the mark, oldest first. Only names are kept: a month of events is too much for memory."""
        if mark.event and [news.event for news in self._news(newest.rows)] == [mark.event]:
            return []
        types: Query = {"types[]": self.types}
        found: list[_News] = []
        if mark.event and mark.created and newest.served_at - _instant(mark.created) <= EVENTS_KEPT:
            since = {**types, "ending_before": mark.event}
            for page in reader.pages(since, path=self.path, paging=IdCursor(self.size, "ending_before")):
                found += reversed(self._news(page.rows))
            return found
        since = {**types, "created[gte]": mark.read_at - int(SETTLING.total_seconds())}
        for page in reader.pages(since, path=self.path):
            found += self._news(page.rows)
        return found[::-1]

    def _changed(self, reader: Reader, mark: Mark, news: list["_News"]) -> Iterator[list[Found]]:
        named = {(one.narrows, one.row_id): _instant(one.created) for one in news if one.row_id}
        listed: set[str] = set()
        if news or self.again:
            # What is new altogether comes a hundred to a request this way, not one.
            since = mark.read_at - int((self.again or SETTLING).total_seconds())
            for page in reader.pages({"created[gte]": since}):
                ids = [str(field_of(row, "id")) for row in page.rows]
                listed.update(ids)
                yield [Found(row, changed_at=named.get((None, id))) for row, id in zip(page.rows, ids, strict=True)]
        for (narrows, row_id), changed_at in named.items():
            if row_id in listed:
                continue
            if narrows:
                for page in reader.pages({narrows: row_id}):
                    yield [Found(row, changed_at=changed_at) for row in page.rows]
                continue
            row = reader.find(row_id)
            if row is not None:
                yield [Found(row, changed_at=changed_at)]
            elif reader.is_deletable:
                yield [Found(None, id=row_id, changed_at=changed_at, is_deleted=True)]

    def _news(self, events: list[Any]) -> list["_News"]:
        told_by = {name: told for told in self.told for name in told.types}
        news: list[_News] = []
        for event in events:
            try:
                told = told_by[event["type"]]
                row_id = event["data"]["object"][told.by]
                if isinstance(row_id, dict):  # an expanded reference
                    row_id = row_id["id"]  # pyright: ignore[reportUnknownVariableType]
                # A dispute may have no charge: then it names no row of ours.
                named = str(row_id) if row_id else None  # pyright: ignore[reportUnknownArgumentType]
                news.append(_News(event["id"], int(event["created"]), named, told.narrows))
            except (KeyError, TypeError, ValueError) as error:
                raise ShapeError(f"an event lacks what every event has ({type(error).__name__}: {error})") from error
        return news


class _News(NamedTuple):
    """What is kept of an event."""

    event: str
    created: int
    row_id: str | None
    narrows: str | None


def _is_settled(news: _News, now: datetime) -> bool:
    return news.created <= _seconds(now - SETTLING)


def _settled(news: list[_News], now: datetime, before: Mark) -> Mark:
    """The mark after these news: the newest settled event, or the one before where none has settled yet."""
    settled = [one for one in news if _is_settled(one, now)]
    if settled:
        return Mark(_seconds(now), settled[-1].event, settled[-1].created)
    return Mark(_seconds(now), before.event, before.created)


def _text(mark: Mark) -> str:
    return msgspec.json.encode(mark).decode()


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
