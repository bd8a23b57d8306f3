"""How one answer leads to the next: frozen declarations that touch no network.

A style is asked for the first query, then, page by page, for the next one; None ends the list. A short page is never
the end: each API has its own sign for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, cast

Query = Mapping[str, str | int | list[str]]


class ShapeError(ValueError):
    """The answer is JSON, but not in the shape the API promises."""


@dataclass(frozen=True)
class Page:
    """One answer, checked: its rows as sent and the rest of its envelope."""

    rows: list[Any]
    envelope: Mapping[str, Any]
    served_at: datetime  # the source's clock, UTC
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])  # names in any case


class Paging(Protocol):
    """A style of paging."""

    def first(self, size: int | None) -> Query:
        """The query of the first page; `size` is the wish of the settings, None leaves it to the style."""
        ...

    def following(self, query: Query, page: Page) -> Query | None:
        """The query of the page after this one, None after the last; ShapeError where the answer cannot tell."""
        ...

    def total(self, page: Page) -> int | None:
        """How many rows the source says the whole list has, where it says so."""
        ...


@dataclass(frozen=True)
class OnePage:
    """One answer holds everything."""

    def first(self, size: int | None) -> Query:
        """No query at all."""
        return {}

    def following(self, query: Query, page: Page) -> Query | None:
        """There is no other."""

    def total(self, page: Page) -> int | None:
        """The API does not say."""


@dataclass(frozen=True)
class SkipLimit:
    """`limit` and `skip`, until `total` is reached or a page is empty.

    The `limit` of an answer is the number of rows in it, not the number asked for: it says nothing about the end.
    """

    size: int

    def first(self, size: int | None) -> Query:
        """Start at row 0."""
        return {"limit": size or self.size, "skip": 0}

    def following(self, query: Query, page: Page) -> Query | None:
        """Skip what has been read."""
        skip = query["skip"]
        assert isinstance(skip, int)
        read, total = skip + len(page.rows), self.total(page)
        if not page.rows or read >= total:
            return None
        return {**query, "skip": read}

    def total(self, page: Page) -> int:
        """The envelope's `total`."""
        total = page.envelope.get("total")
        if not isinstance(total, int) or isinstance(total, bool) or total < 0:
            raise ShapeError(f"'total' should be a number of rows, found {_kind(total)}")
        return total


@dataclass(frozen=True)
class IdCursor:
    """The id of a row at the border: `starting_after` reads towards older rows, `ending_before` towards newer ones.

    Pages are newest first in both directions, so the border is the last row when going back and the first when going
    forward.
    """

    size: int
    border: Literal["starting_after", "ending_before"] = "starting_after"

    def first(self, size: int | None) -> Query:
        """The page without a border; `size` counts up to the API's largest page."""
        return {"limit": min(size or self.size, self.size)}

    def following(self, query: Query, page: Page) -> Query | None:
        """Move the border, as long as `has_more` says so."""
        has_more = page.envelope.get("has_more")
        if not isinstance(has_more, bool):
            raise ShapeError(f"'has_more' should be true or false, found {_kind(has_more)}")
        if not has_more:
            return None
        if not page.rows:
            raise ShapeError("'has_more' is true on a page without rows")
        row = page.rows[-1 if self.border == "starting_after" else 0]
        border = field_of(row, "id")
        if not isinstance(border, str):
            raise ShapeError("the row at the border of a page has no id, so the next page cannot be asked for")
        return {**query, self.border: border}

    def total(self, page: Page) -> None:
        """The API never says."""


@dataclass(frozen=True)
class NumberedPages:
    """`page` from 1 and `per_page`, until the number of pages that a header tells.

    A page may be short in the middle of a list, because rows the key may not see are taken out of it, and past the end
    the headers say 0. The next address is made here: the one in the Link header may name another host.
    """

    size: int
    total_header: str = "X-WP-Total"
    pages_header: str = "X-WP-TotalPages"

    def first(self, size: int | None) -> Query:
        """The first page; `size` counts up to the API's largest page."""
        return {"per_page": min(size or self.size, self.size), "page": 1}

    def following(self, query: Query, page: Page) -> Query | None:
        """The next number, up to the last."""
        number = query["page"]
        assert isinstance(number, int)
        return {**query, "page": number + 1} if number < self._count(page, self.pages_header) else None

    def total(self, page: Page) -> int:
        """The header's total."""
        return self._count(page, self.total_header)

    def _count(self, page: Page, name: str) -> int:
        lower = {header.lower(): value for header, value in page.headers.items()}
        value = lower.get(name.lower(), "")
        if not value.isdecimal():
            raise ShapeError(f"the header {name} should say how much there is, found {value or 'nothing'!r}")
        return int(value)


def field_of(row: object, name: str) -> Any:
    """A field of a row; None where it has none, or is no object at all."""
    return cast(dict[str, Any], row).get(name) if isinstance(row, dict) else None


def _kind(value: object) -> str:
    return "nothing" if value is None else type(value).__name__
