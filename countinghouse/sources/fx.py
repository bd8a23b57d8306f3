"""Daily reference rates in the shape of Frankfurter, which serves the European Central Bank's table.

docs    https://frankfurter.dev/v1; v1 is kept alive beside v2
auth    none
paging  a span of days is one answer: a year each; a span begins with the last rates on or before its first day, so
        days outside of what was asked are left out
limit   none is published; 2 requests a second
changes a day's rates come at about 16:00 in Frankfurt and may be corrected: a week is read again each time, everything
        once a week
quirks  no rates on weekends and bank holidays; `latest` names the newest day there is
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Self, cast

import msgspec
from pydantic import Field

from countinghouse.sources.base import Options, Rate, Resource, Source
from countinghouse.sources.changes import Found, Outcome, Reading
from countinghouse.sources.exact_json import OBJECT
from countinghouse.sources.inspection import Findings
from countinghouse.sources.modified import WHOLE_EVERY
from countinghouse.sources.paging import Query, ShapeError
from countinghouse.sources.session import Session

if TYPE_CHECKING:
    from countinghouse.connections import Connection
    from countinghouse.sources.notes import Notes
    from countinghouse.sources.patience import Patience

_Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
# Longer than Easter and Christmas together: a span of so many days has rates, or the answer is wrong.
_LONGEST_PAUSE = timedelta(days=10)


class FxOptions(Options):
    """`base`: what one unit is of; `symbols`: the currencies wanted, all if none is named; `since`: the first day."""

    base: _Code = "EUR"
    symbols: tuple[_Code, ...] = ()
    since: date = date(2015, 1, 1)


@dataclass(frozen=True)
class Span:
    """Days from the first to the last, both included."""

    first: date
    last: date


class RatesReader:
    """Asks for the rates of spans of days."""

    def __init__(self, connection: Connection, source: Source, what: str, patience: Patience | None) -> None:
        self.session = Session(connection, source, what, patience=patience)
        options = FxOptions.model_validate(connection.options)
        self.base, self.since = options.base, options.since
        symbols = ",".join(symbol for symbol in options.symbols if symbol != options.base)
        self._query: Query = {"base": self.base, **({"symbols": symbols} if symbols else {})}

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
        """Open the reader; the source chooses the size of its answers."""
        return cls(connection, source, resource.name, patience)

    def __enter__(self) -> Self:
        self.session.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.__exit__(kind, error, trace)

    @property
    def served_at(self) -> datetime | None:
        """When the first answer was given, by the source's clock."""
        return self.session.served_at

    def newest(self) -> tuple[date, datetime]:
        """The newest day that has rates, and the source's clock."""
        answer, latest = self.session.ask("/v1/latest", self._query, OBJECT)
        try:
            return date.fromisoformat(latest["date"]), answer.served_at
        except (KeyError, TypeError, ValueError):
            raise self.session.misshapen(str(answer.url), ShapeError("it names no 'date'")) from None

    def rows(self, span: Span) -> list[dict[str, Any]]:
        """One row for each day and currency of the span."""
        answer, told = self.session.ask(f"/v1/{span.first}..{span.last}", self._query, OBJECT)
        try:
            found = [row for day, quotes in self._days(told) for row in self._of_day(day, quotes, span)]
            if not found and span.last - span.first > _LONGEST_PAUSE:
                raise ShapeError(f"it has no rates between {span.first} and {span.last}")
        except ShapeError as error:
            raise self.session.misshapen(str(answer.url), error) from error
        return found

    def _days(self, told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        rates = told.get("rates")
        if told.get("base") != self.base or told.get("amount", 1) != 1:
            raise ShapeError(f"it is not for one {self.base}, which was asked for")
        if not isinstance(rates, dict):
            raise ShapeError("'rates' should be an object of days")
        yield from cast(dict[str, Any], rates).items()

    def _of_day(self, day: str, quotes: Any, span: Span) -> Iterator[dict[str, Any]]:
        try:
            is_asked = span.first <= date.fromisoformat(day) <= span.last
        except ValueError:
            raise ShapeError(f"'{day}' in 'rates' should be a day") from None
        if not isinstance(quotes, dict):
            raise ShapeError(f"'rates' of {day} should be an object of currencies")
        for currency, rate in cast(dict[str, Any], quotes).items() if is_asked else ():
            if isinstance(rate, bool) or not isinstance(rate, int | Decimal) or rate <= 0:
                raise ShapeError(f"the rate of {currency} on {day} should be a number above zero")
            yield {"id": f"{day}/{currency}", "date": day, "base": self.base, "currency": currency, "rate": rate}


class Mark(msgspec.Struct, frozen=True):
    """The cursor: the newest day read, and when everything was last read, by the source's clock."""

    day: date
    whole_at: datetime


@dataclass(frozen=True)
class Daily:
    """The days since the last one known and a few before it; all of them the first time and once a week."""

    again: timedelta = timedelta(days=7)
    whole_every: timedelta = WHOLE_EVERY

    def read(self, reader: RatesReader, cursor: str | None) -> Reading:
        """Yield the rates year by year, oldest first."""
        mark = _mark(cursor)
        newest, now = reader.newest()
        is_whole = mark is None or now - mark.whole_at >= self.whole_every
        first = reader.since if is_whole or mark is None else max(mark.day - self.again, reader.since)
        for span in years(first, newest):
            rows = reader.rows(span)
            noon = {row["date"]: datetime.fromisoformat(row["date"]).replace(hour=12, tzinfo=UTC) for row in rows}
            yield [Found(row, changed_at=noon[row["date"]]) for row in rows]
        whole_at = now if is_whole or mark is None else mark.whole_at
        day = max(newest, mark.day) if mark else newest
        return Outcome(
            "full" if is_whole else "incremental",
            is_snapshot=False,
            cursor=msgspec.json.encode(Mark(day, whole_at)).decode(),
        )


def years(first: date, last: date) -> Iterator[Span]:
    """The span cut at the ends of years."""
    while first <= last:
        end = min(date(first.year, 12, 31), last)
        yield Span(first, end)
        first = end + timedelta(days=1)


def _mark(cursor: str | None) -> Mark | None:
    """A cursor no longer understood reads everything."""
    try:
        return msgspec.json.decode(cursor, type=Mark) if cursor else None
    except msgspec.DecodeError:
        return None


def inspect(session: Session) -> Findings:
    """How many currencies there are, and a warning where the newest rates are old."""
    with RatesReader(session.connection, session.source, session.what, None) as reader:
        newest, now = reader.newest()
        span = Span(newest, newest)
        count = len(reader.rows(span))
    age = (now.date() - newest).days
    old = (f"its newest rates are of {newest}, {age} days ago.",) if age > _LONGEST_PAUSE.days else ()
    return Findings(rows={"rates": count}, warnings=old)


FX = Source(
    kind="fx",
    reader=RatesReader.opened,
    limits=(Rate(2, seconds=1),),
    options=FxOptions,
    inspect=inspect,
    # What one day was quoted at is never taken back, only corrected.
    resources=(Resource("rates", "/v1", None, Daily(), updated=None),),
)
