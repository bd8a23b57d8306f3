"""Lists read by page number, in the order of their ids, that say in a header how many rows they have.

A page number means another page when a row before it has gone. What was on the list when the reading began has to have
come by its end; where less came, some row slipped between two pages, and the list is read again. Rows that were added
meanwhile stand at the end, behind everything else, and so do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast

import httpx

from countinghouse.sources.by_name import Name
from countinghouse.sources.changes import Found, Outcome, Reading, SnapshotMovedError
from countinghouse.sources.exact_json import Unreadable
from countinghouse.sources.modified import Mark, Modified, instant, mark_of, text_of
from countinghouse.sources.paging import Page, Paging, Query, field_of


class Counting(Protocol):
    """A reader of lists that say how many rows they have."""

    @property
    def is_deletable(self) -> bool:
        """Whether rows of the resource may vanish at the source."""
        ...

    @property
    def paging(self) -> Paging:
        """The source's own paging."""
        ...

    def now(self) -> datetime:
        """The source's clock."""
        ...

    def changed_at(self, row: Any) -> datetime | None:
        """The row's own time of change, UTC; None where it has none."""
        ...

    def pages(self, query: Query | None = None, *, path: str | None = None) -> Iterator[Page]:
        """Every page of the resource's list, or of the list at `path`, narrowed by `query`."""
        ...

    def find(self, row_id: str) -> Any | None:
        """One row by its id; None where the source says that it has no such row."""
        ...


# WooCommerce's largest page.
_TOGETHER = 100


def _as_sent(row: Any) -> Any:
    return row


@dataclass(frozen=True)
class CountedLists:
    """One or several lists that make up a resource, read whole or by the time of change.

    lists    a query for each list, such as one for the trash, which no other list shows
    by_time  how rows are asked for by their time; None where the list knows no such filter and is read whole each time
    created  the field with a row's time of creation, UTC; None where rows have none
    cleaned  takes away what must not be kept, where names of fields cannot say what that is
    by_ids   the parameter that narrows a list to the rows of some ids
    is_addressed  a row can be asked for by itself, which is how a list's silence about one is told from its absence
    """

    lists: tuple[Query, ...]
    by_time: Modified | None = None
    created: str | None = None
    cleaned: Callable[[Any], Any] = _as_sent
    by_ids: str = "include"
    is_addressed: bool = True

    def look_up(self, reader: Counting, names: Sequence[Name]) -> Iterator[list[Found]]:
        """Yield rows by their ids, a hundred to a request; what no list shows is asked for by itself.

        A list may hide a row that is there, from this user or for its state: only the row's own address says that it
        is gone.
        """
        for first in range(0, len(names), _TOGETHER):
            missing = {name.id: name for name in names[first : first + _TOGETHER]}
            for query in self.lists:
                for page in reader.pages({**query, self.by_ids: ",".join(missing)}) if missing else ():
                    shown = [(missing.pop(str(field_of(row, "id")), None), row) for row in page.rows]
                    yield [Found(self.cleaned(row)) for name, row in shown if name]
            for name in missing.values() if self.is_addressed else ():
                row = reader.find(name.id)
                yield name.found(None if row is None else self.cleaned(row), is_deletable=reader.is_deletable)

    def read(self, reader: Counting, cursor: str | None) -> Reading:
        """Yield what is new since `cursor`; SnapshotMovedError where a row may have slipped between two pages."""
        if self.by_time is None:
            for query in self.lists:
                yield from self._rows(reader, query, Progress())
            return Outcome("full", is_snapshot=reader.is_deletable, cursor=None)
        mark, now = mark_of(cursor), reader.now()
        is_whole = mark is None or mark.at is None or now - mark.whole_at >= self.by_time.whole_every
        since, until = (None, None) if is_whole else self.by_time.span(mark, now)
        progress = Progress(since, mark.at if mark else None)
        for query in self.lists:
            yield from self._rows(reader, {**query, **self.by_time.narrow(since, until)}, progress)
        # An old shop that does not know the filter sends everything, which is what it then is.
        is_all = is_whole or progress.is_ignored
        whole_at = now if is_all or mark is None else mark.whole_at
        return Outcome(
            "full" if is_all else "incremental",
            is_snapshot=is_all and reader.is_deletable,
            cursor=text_of(Mark(progress.newest, whole_at)),
        )

    def _rows(self, reader: Counting, query: Query, progress: Progress) -> Generator[list[Found], None, None]:
        for page in complete(reader, query, self.created):
            for row in page.rows:
                progress.see(reader.changed_at(row))
            yield [Found(self.cleaned(row)) for row in page.rows]


@dataclass
class Progress:
    """What has been seen of the rows' times."""

    since: datetime | None = None
    newest: datetime | None = None
    is_ignored: bool = False  # rows came that the filter should have kept back

    def see(self, at: datetime | None) -> None:
        """Take note of a row's time of change."""
        if at is None:
            return
        if self.newest is None or at > self.newest:
            self.newest = at
        if self.since is not None and at < self.since:
            self.is_ignored = True


@dataclass(frozen=True)
class Beneath:
    """Lists beneath the rows of the resource's own list: read whole each time, as children may change alone.

    query    which rows of the resource's list are parents
    path     the list of one parent's children, with the parent's id in the place of {id}
    named    the field of a child that names its parent; written where the source leaves it out
    """

    query: Query
    path: str
    named: str
    created: str | None = None
    cleaned: Callable[[Any], Any] = _as_sent
    order: Query = field(default_factory=dict[str, str])

    def look_up(self, reader: Counting, names: Sequence[Name]) -> Iterator[list[Found]]:
        """Yield every child of some parents; one that is gone has none, and the next reading of all marks them."""
        for parent in (name.id for name in names if name.narrows == self.named):
            found = reader.find(parent)
            if found is not None:
                yield from self._children(reader, field_of(found, "id"))

    def read(self, reader: Counting, cursor: str | None) -> Reading:
        """Yield every child of every parent."""
        parents: list[Any] = []
        for page in complete(reader, self.query, self.created):
            parents += [field_of(row, "id") for row in page.rows]
        for parent in parents:
            yield from self._children(reader, parent)
        return Outcome("full", is_snapshot=reader.is_deletable, cursor=None)

    def _children(self, reader: Counting, parent: Any) -> Iterator[list[Found]]:
        for page in complete(reader, self.order, self.created, self.path.format(id=parent)):
            yield [Found(self.cleaned(self._with_parent(row, parent))) for row in page.rows]

    def _with_parent(self, row: Any, parent: Any) -> Any:
        if not isinstance(row, dict):
            return row
        return {self.named: parent} | cast(dict[str, Any], row)


def complete(reader: Counting, query: Query, created: str | None, path: str | None = None) -> Iterator[Page]:
    """Every page of one list; SnapshotMovedError at its end where less came than was there at its beginning."""
    there: int | None = None
    began: datetime | None = None
    came = hidden = newest = 0
    for page in reader.pages(query, path=path):
        total = reader.paging.total(page) or 0
        if there is None or began is None:
            there, began = total, page.served_at
        elif total < there:
            raise SnapshotMovedError(f"the list had {there} rows when the reading began and {total} later")
        hidden += max(_expected(page, total) - len(page.rows), 0)
        for row in page.rows:
            number = field_of(row, "id")
            at = instant(field_of(row, created)) if created else None
            if isinstance(row, Unreadable) or not isinstance(number, int):
                came += 1
            elif number > newest:
                newest = number
                # What was created meanwhile does not count; a product may also be dated ahead.
                came += at is None or not began < at <= page.served_at
        yield page
    if there is not None and came + hidden < there:
        raise SnapshotMovedError(f"the list had {there} rows when the reading began, and {came + hidden} of them came")


def _expected(page: Page, total: int) -> int:
    """How many rows the page should have; one with fewer hides rows that the key may not see."""
    asked = httpx.URL(page.url).params
    size, number = int(asked.get("per_page", 0)), int(asked.get("page", 1))
    return max(min(size, total - size * (number - 1)), 0)
