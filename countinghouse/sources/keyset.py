"""Lists that take any condition on a row: read in order of change, each page from where the last one ended.

A page number drifts when rows change while the list is read, and such an API ends it at some thousand rows anyway. Here
the border is the last row itself, its time and its id: nothing is skipped where many rows share a time, and a row that
changes meanwhile only moves to the end. What the source finds too much to answer is asked for again: fewer rows at
once, then shorter spans of time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from countinghouse.sources import exact_json
from countinghouse.sources.base import Resource, Source
from countinghouse.sources.exact_json import ENVELOPE, OBJECT
from countinghouse.sources.modified import time_of
from countinghouse.sources.paging import Page, Query, ShapeError, field_of
from countinghouse.sources.session import Session, TooMuchError

if TYPE_CHECKING:
    from countinghouse.connections import Connection
    from countinghouse.sources.notes import Notes
    from countinghouse.sources.patience import Patience

# Rows a page: the most commercetools gives, then what is asked for where that is too much at once.
SIZES = (500, 100, 20)
# No row of such an API is older: where a list that was too much at once begins to be divided.
_BEGINNING = datetime(2006, 1, 1, tzinfo=UTC)
_SHORTEST = timedelta(seconds=1)
_TIME = "lastModifiedAt"


def written(moment: datetime) -> str:
    """An instant as predicates have it: UTC with milliseconds, cut off and not rounded."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def between(since: datetime | None, until: datetime | None) -> Query:
    """The narrowing of a reading, which `KeysetReader.pages` turns into predicates of its own."""
    return {name: written(moment) for name, moment in (("since", since), ("until", until)) if moment is not None}


@dataclass
class _Place:
    """Where a reading has come to.

    since   the first time that is still asked for, before there is a border
    border  the last row read, as its time and id
    until   the first time that is not asked for; None: everything there is
    passed  every border so far: none comes again, or the list would never end
    """

    since: str | None
    border: tuple[str, str] | None
    until: str | None
    passed: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    @property
    def lower(self) -> str | None:
        return self.border[0] if self.border else self.since

    @property
    def where(self) -> str:
        conditions: list[str] = []
        if self.border:
            at, row_id = self.border
            conditions.append(f'({_TIME} > "{at}" or ({_TIME} = "{at}" and id > "{row_id}"))')
        elif self.since:
            conditions.append(f'{_TIME} >= "{self.since}"')
        if self.until:
            conditions.append(f'{_TIME} < "{self.until}"')
        return " and ".join(conditions)


class KeysetReader:
    """Reads one resource of one connection, as `client.Client` reads lists that page in other ways."""

    def __init__(
        self,
        connection: Connection,
        source: Source,
        resource: Resource,
        *,
        page_size: int | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.resource = resource
        self.session = Session(connection, source, resource.name, patience=patience)
        self.path = resource.path.format_map(connection.options)
        first = min(page_size or SIZES[0], SIZES[0])
        self._sizes = [first, *(size for size in SIZES if size < first)]

    @classmethod
    def opened(
        cls,
        connection: Connection,
        source: Source,
        resource: Resource,
        *,
        page_size: int | None,
        patience: Patience | None,
        notes: Notes,
    ) -> Self:
        """Open the reader of one resource."""
        return cls(connection, source, resource, page_size=page_size, patience=patience)

    def __enter__(self) -> Self:
        self.session.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.__exit__(kind, error, trace)

    @property
    def is_deletable(self) -> bool:
        """Whether rows of the resource may vanish at the source."""
        return self.resource.is_deletable

    @property
    def served_at(self) -> datetime | None:
        """When the first answer was given, by the source's clock."""
        return self.session.served_at

    def now(self) -> datetime:
        """The source's clock; one row is asked for where nothing has been answered yet."""
        if self.session.served_at is None:
            self.page({"limit": 1, "withTotal": "false"})
        assert self.session.served_at is not None
        return self.session.served_at

    def changed_at(self, row: Any) -> datetime | None:
        """The row's own time of change, UTC."""
        return time_of(row, self.resource.updated)

    def pages(self, query: Query | None = None) -> Iterator[Page]:
        """Every page of the list, or of the span that `between` has written; what else is in the query goes along."""
        more = dict(query or {})
        since, end = more.pop("since", None), more.pop("until", None)
        place = _Place(str(since) if since else None, None, str(end) if end else None)
        limit = place.until
        while True:
            try:
                page = self._next(place, more)
            except TooMuchError:
                if len(self._sizes) > 1:
                    self._sizes.pop(0)
                elif (middle := self._middle(place)) is not None:
                    place.until = middle
                else:
                    raise
                continue
            yield page
            if len(page.rows) >= self._sizes[0]:
                place.border = self._border(page)
                place.passed.add(place.border)
            elif place.until == limit:
                return
            else:
                # The rest of a divided span; it is divided again where it, too, is too much.
                place = _Place(place.until, None, limit)

    def page(self, query: Query, *, path: str | None = None) -> Page:
        """One page, its envelope checked."""
        answer, envelope = self.session.ask(path or self.path, query, ENVELOPE)
        name = self.resource.rows or "results"
        try:
            if name not in envelope:
                raise ShapeError(f"it has no '{name}'; found {', '.join(sorted(envelope)) or 'an empty object'}")
            rows = exact_json.rows(envelope[name])
        except msgspec.ValidationError:
            raise self.session.misshapen(str(answer.url), ShapeError(f"'{name}' should be a list")) from None
        except ShapeError as error:
            raise self.session.misshapen(str(answer.url), error) from error
        rest = {key: OBJECT.decode(value) for key, value in envelope.items() if key != name}
        return Page(rows, rest, answer.served_at, str(answer.url), answer.headers)

    def _next(self, place: _Place, more: Query) -> Page:
        size = self._sizes[0]
        narrowed = {"where": place.where} if place.where else {}
        sort = [f"{_TIME} asc", "id asc"]
        page = self.page({"limit": size, "withTotal": "false", "sort": sort, **more, **narrowed})
        if len(page.rows) > size:
            raise self.session.misshapen(
                page.url, ShapeError(f"{len(page.rows)} rows came where {size} were asked for")
            )
        if place.border:
            # Ids are not compared by size: the source's order of text need not be ours.
            rows = [(str(field_of(row, _TIME)), str(field_of(row, "id"))) for row in page.rows]
            if any(at < place.border[0] for at, _ in rows) or not place.passed.isdisjoint(rows):
                raise self.session.error(
                    f"{page.url.partition('?')[0]} repeats a page that came before (it begins with id {rows[0][1]}); "
                    "stopped."
                )
        return page

    def _border(self, page: Page) -> tuple[str, str]:
        at, row_id = field_of(page.rows[-1], _TIME), field_of(page.rows[-1], "id")
        if not isinstance(at, str) or not isinstance(row_id, str):
            raise self.session.misshapen(
                page.url, ShapeError(f"the row at the border of a page has no {_TIME} and id to go on from")
            )
        return at, row_id

    def _middle(self, place: _Place) -> str | None:
        """The middle of what is left of a span; None where it is too short to be divided."""
        lower = datetime.fromisoformat(place.lower) if place.lower else _BEGINNING
        upper = datetime.fromisoformat(place.until) if place.until else self.now()
        half = (upper - lower) / 2
        return written(lower + half) if half >= _SHORTEST else None
