"""Reads one resource that is a list of an API: page after page, each envelope checked.

A failed page is never the end of a list, and a page that comes again ends the reading with an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import msgspec

from countinghouse import sources
from countinghouse.sources import exact_json
from countinghouse.sources.answer import Answer
from countinghouse.sources.base import Resource, Source
from countinghouse.sources.exact_json import ENVELOPE, OBJECT
from countinghouse.sources.modified import time_of
from countinghouse.sources.notes import Notes
from countinghouse.sources.paging import Page, Paging, Query, ShapeError, field_of
from countinghouse.sources.patience import Patience
from countinghouse.sources.session import Session

if TYPE_CHECKING:
    from countinghouse.connections import Connection

_MOST_PAGES = 200_000
_LIST = msgspec.json.Decoder(msgspec.Raw)


class Client:
    """Reads one resource of one connection; raises SourceError with a sentence, after patience has run out."""

    def __init__(
        self,
        connection: Connection,
        resource: Resource,
        *,
        source: Source | None = None,
        page_size: int | None = None,
        patience: Patience | None = None,
        notes: Notes | None = None,
    ) -> None:
        self._source = source or sources.SOURCES[connection.kind]
        self._resource = resource
        self._page_size = page_size
        self.session = Session(connection, self._source, resource.name, patience=patience)

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
        """Open the reader of a resource that names none of its own."""
        return cls(connection, resource, source=source, page_size=page_size, patience=patience)

    def __enter__(self) -> Self:
        self.session.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.__exit__(kind, error, trace)

    @property
    def paging(self) -> Paging:
        """The source's own paging."""
        return self._source.paging

    @property
    def resource(self) -> Resource:
        """What is read."""
        return self._resource

    @property
    def served_at(self) -> datetime | None:
        """When the first answer was given, by the source's clock: what was read is at least as new as that."""
        return self.session.served_at

    def now(self) -> datetime:
        """The source's clock."""
        return self.session.now()

    def changed_at(self, row: Any) -> datetime | None:
        """The row's own time of change, UTC; None where it has none."""
        return time_of(row, self._resource.updated)

    @property
    def is_deletable(self) -> bool:
        """Whether rows of the resource may vanish at the source."""
        return self._resource.is_deletable

    def pages(
        self, query: Query | None = None, *, path: str | None = None, paging: Paging | None = None
    ) -> Iterator[Page]:
        """Every page of the resource's list, or of the list at `path`, narrowed by `query`."""
        paging = paging or self._source.paging
        following: Query | None = {**paging.first(self._page_size), **(query or {})}
        first_ids: set[str] = set()
        while following is not None:
            page = self.page(following, path=path)
            for row in page.rows if path is None else ():
                self._complete(row)
            if page.rows:
                first = str(field_of(page.rows[0], self._resource.id) or page.rows[0])
                if first in first_ids or len(first_ids) >= _MOST_PAGES:
                    raise self.session.error(
                        f"{page.url} repeats a page that came before (it begins with id {first}); stopped."
                    )
                first_ids.add(first)
            yield page
            try:
                following = paging.following(following, page)
            except ShapeError as error:
                raise self.session.misshapen(page.url, error) from error

    def page(self, query: Query, *, path: str | None = None) -> Page:
        """One page, its envelope checked."""
        at = self._path(path or self._resource.path)
        name = self._resource.rows
        if name is None:
            answer, listed = self.session.ask(at, query, _LIST)
            return self._page(answer, {}, listed, "it")
        answer, envelope = self.session.ask(at, query, ENVELOPE)
        if name not in envelope:
            shape = ShapeError(f"it has no '{name}'; found {', '.join(sorted(envelope)) or 'an empty object'}")
            raise self.session.misshapen(str(answer.url), shape)
        rest = {key: OBJECT.decode(value) for key, value in envelope.items() if key != name}
        return self._page(answer, rest, envelope[name], f"'{name}'")

    def _page(self, answer: Answer, rest: Mapping[str, Any], listed: msgspec.Raw, called: str) -> Page:
        try:
            rows = exact_json.rows(listed)
        except msgspec.ValidationError:
            raise self.session.misshapen(str(answer.url), ShapeError(f"{called} should be a list")) from None
        return Page(rows, rest, answer.served_at, str(answer.url), answer.headers)

    def _path(self, path: str) -> str:
        """A path with the connection's own options in its places."""
        return path.format_map(self.session.connection.options) if "{" in path else path

    def find(self, row_id: str) -> Any | None:
        """One row by its id; None where the source says that it has no such row."""
        answer, row = self.session.ask(
            f"{self._path(self._resource.path)}/{quote(row_id, safe='')}", None, OBJECT, may_be_missing=True
        )
        if answer.status == 404:
            return None
        if str(field_of(row, self._resource.id)) != row_id:
            raise self.session.misshapen(str(answer.url), ShapeError(f"it should be the object {row_id}"))
        self._complete(row)
        return row

    def _complete(self, row: Any) -> None:
        """Read the rest of the lists inside a row that the source cuts short."""
        for name in self._resource.nested:
            inner = field_of(row, name)
            if field_of(inner, "has_more") is True:
                path = f"{self._resource.path}/{quote(str(field_of(row, self._resource.id)), safe='')}/{name}"
                inner |= {"data": [line for page in self.pages(path=path) for line in page.rows], "has_more": False}
