"""Reads one resource of a Shopify shop: by pages, or by an export where there is much to read.

A list ends after 25,000 rows, and lists inside a row after the few that were asked for, without a word: the rest is
asked for until Shopify says that there is none.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from countinghouse.sources.bulk import Export, ExportRefusedError
from countinghouse.sources.graphql import (
    Connection,
    Fragment,
    Listing,
    Part,
    Plan,
    Row,
    batches,
    end_of,
    members,
    part_query,
    rest_query,
    type_of,
    whole_query,
)
from countinghouse.sources.modified import instant, time_of
from countinghouse.sources.paging import Page, Query, ShapeError
from countinghouse.sources.patience import Patience
from countinghouse.sources.session import Session
from countinghouse.sources.shopify_asking import PATH, SCOPES, ShopifyAsker, TooDearError, scopes_of
from countinghouse.sources.shopify_gaps import Seen

if TYPE_CHECKING:
    from countinghouse.connections import Connection as ShopConnection
    from countinghouse.sources.base import Resource, Source
    from countinghouse.sources.notes import Notes

# Above this many rows an export is cheaper than pages.
EXPORT_FROM = 1_000
# Shopify ends every list there, without a word.
LONGEST_LIST = 25_000
_MOST_AT_ONCE = 10  # objects asked for by id in one query
_REST = 50  # members of a list inside a row, asked for apart
_WHOLE = 250
_GONE = (
    "query Gone($after: String, $search: String!, $subjects: [DeletionEventSubjectType!]) "
    "{ deletionEvents(first: 250, after: $after, query: $search, subjectTypes: $subjects) "
    "{ pageInfo { hasNextPage endCursor } nodes { subjectId occurredAt } } }"
)


class ShopifyReader:
    """Reads one resource of one connection; raises SourceError with a sentence, after patience has run out."""

    def __init__(
        self,
        connection: ShopConnection,
        source: Source,
        resource: Listing,
        *,
        page_size: int | None = None,
        patience: Patience | None = None,
        notes: Notes | None = None,
    ) -> None:
        self.resource = resource
        self._asker = ShopifyAsker(Session(connection, source, resource.name, patience=patience))
        self.begun_at: datetime | None = None  # what changed from here on may not have been read
        self.warnings: list[str] = []  # what people should know of the reading, in sentences
        self._patience = patience or Patience()
        self._size = min(page_size or resource.size, resource.size)
        self._notes = notes
        self._history = str(connection.options.get("history", "auto"))
        self._scopes: frozenset[str] | None = None

    @classmethod
    def opened(
        cls,
        connection: ShopConnection,
        source: Source,
        resource: Resource,
        *,
        page_size: int | None,
        patience: Patience | None,
        notes: Notes,
    ) -> Self:
        """Open the reader of one resource."""
        assert isinstance(resource, Listing)
        return cls(connection, source, resource, page_size=page_size, patience=patience, notes=notes)

    def __enter__(self) -> Self:
        self.session.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.__exit__(kind, error, trace)

    @property
    def session(self) -> Session:
        """The conversation."""
        return self._asker.session

    @property
    def served_at(self) -> datetime | None:
        """When the first answer was given, by the source's clock."""
        return self.session.served_at

    @property
    def is_deletable(self) -> bool:
        """Whether a row that is absent from the whole list is gone: not where we may see only the last 60 days."""
        return self.resource.is_deletable and (self.resource.name != "orders" or self._sees_all_orders)

    def now(self) -> datetime:
        """The source's clock. The first question is for our rights: what they do not cover is absent without a word."""
        if self._scopes is None:
            with self._as_promised():
                self._scopes = scopes_of(self.ask(SCOPES))
            scope = self.resource.scope
            if scope and not {scope, scope.replace("read_", "write_")} & self._scopes:
                raise self.session.error(
                    f"the app has no right {scope}, so there would be nothing to read. Give it that scope in the app's "
                    "configuration and install it again."
                )
        assert self.session.served_at is not None
        return self.session.served_at

    def changed_at(self, row: Any) -> datetime | None:
        """The row's own time of change, UTC; None where it has none."""
        return time_of(row, self.resource.updated)

    def pages(self, query: Query | None = None) -> Iterator[Page]:
        """Every page of the list, narrowed to rows changed in a span (`since`, `until`)."""
        self.begun_at = self.now()
        span = {key: str(value) for key, value in (query or {}).items()}
        seen = Seen()
        with self._as_promised():
            for rows in self._exported(span) if self._is_export(span) else self._windows(span):
                seen.note(rows)
                assert self.session.served_at is not None
                yield Page(rows, {}, self.session.served_at, self.session.connection.url + PATH)
        self.warnings += seen.gaps(self.resource.name, is_whole=not span, has_all_orders=self._sees_all_orders)

    def named(self, ids: Sequence[str]) -> Iterator[dict[str, Row | None]]:
        """Rows by their ids, None for one that Shopify does not have, some at a time."""
        self.begun_at = self.now()
        with self._as_promised():
            for first in range(0, len(ids), _MOST_AT_ONCE):
                some = ids[first : first + _MOST_AT_ONCE]
                rows = self._nodes(self.resource.fragment, some)
                self.finished([row for row in rows if row is not None])
                yield dict(zip(some, rows, strict=True))

    def _nodes(self, fragment: Fragment, ids: Sequence[str]) -> list[Row | None]:
        """Objects by their ids, in that order; None for one that is not there."""
        try:
            found = self.ask(part_query(fragment), {"ids": list(ids)}).get("nodes")
        except TooDearError as error:
            if len(ids) == 1:
                raise self.session.error(f"even one row costs more than a query may ({error}).") from error
            half = len(ids) // 2
            return [*self._nodes(fragment, ids[:half]), *self._nodes(fragment, ids[half:])]
        if not isinstance(found, list) or len(cast(list[Any], found)) != len(ids):
            raise self._misshapen("'nodes' should hold one object for each id")
        return cast(list[Row | None], found)

    def gone_since(self, since: datetime) -> Iterator[list[tuple[str, datetime | None]]]:
        """The ids of what was deleted from an instant on, and when."""
        variables = {"search": f"occurred_at:>='{since:%Y-%m-%dT%H:%M:%SZ}'", "subjects": [self.resource.deletions]}
        after: str | None = None
        seen: set[str] = set()
        while True:
            with self._as_promised():
                found = self._object(self.ask(_GONE, {**variables, "after": after}), "deletionEvents")
                gone = [(str(one["subjectId"]), instant(one["occurredAt"])) for one in found["nodes"]]
                after = end_of(found)
            yield gone
            if after is None:
                return
            if after in seen:
                raise self.session.error("a page of deletions leads to one that came before; stopped.")
            seen.add(after)

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Row:
        """The data of one answer, checked."""
        return self._asker.ask(query, variables)

    def _object(self, data: Row, name: str) -> Row:
        value = data.get(name)
        if not isinstance(value, dict):
            raise self._misshapen(f"'{name}' should be an object")
        return cast(Row, value)

    @contextmanager
    def _as_promised(self) -> Generator[None]:
        """Every list and object is taken for what the schema promises; where one is not, a sentence says so."""
        try:
            yield
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            what = str(error) if isinstance(error, ShapeError) else f"a part of it is not as promised ({error!r})"
            raise self._misshapen(what) from error

    def _misshapen(self, what: str) -> Exception:
        return self.session.misshapen(self.session.connection.url + PATH, ShapeError(what))

    # Pages.

    def _windows(self, span: dict[str, str]) -> Iterator[list[Row]]:
        """Every page; where Shopify ends a list for its length, another one from there on."""
        beyond: str | None = None
        while True:
            count, last = 0, None
            for rows in self._pages(self._search(span, beyond)):
                count += len(rows)
                last = rows[-1] if rows else last
                yield rows
            if count < LONGEST_LIST or last is None or not self.resource.is_filtered:
                return
            if self.resource.sort:
                since = str(last[self.resource.updated or ""])
                if since == span.get("since"):
                    raise self.session.error(f"more than {LONGEST_LIST:,} rows changed in the same second ({since}).")
                span = {**span, "since": since}
            else:
                beyond = str(last["id"]).rsplit("/", 1)[-1]

    def _search(self, span: Mapping[str, str], beyond: str | None = None) -> str | None:
        # The quotes are needed: without them all behind the first colon is lost, and only the day counts.
        words = [f"updated_at:>='{span['since']}'"] if "since" in span else []
        words += [f"updated_at:<'{span['until']}'"] if "until" in span else []
        words += [f"id:>{beyond}"] if beyond else []
        return " AND ".join(words) or None

    def _pages(self, search: str | None) -> Iterator[list[Row]]:
        after: str | None = None
        if self.resource.is_single:
            yield self.finished([self._object(self.ask(self.resource.page_query), self.resource.root)])
            return
        seen: set[str] = set()
        while True:
            variables = {"after": after} | ({"search": search} if self.resource.is_filtered else {})
            found = self._object(self._affordable(variables), self.resource.root)
            rows = found.get("nodes")
            if not isinstance(rows, list):
                raise self._misshapen(f"'{self.resource.root}' has no nodes")
            after = end_of(found)
            yield self.finished(cast(list[Row], rows))
            if after is None:
                return
            if after in seen:
                raise self.session.error("a page leads to one that came before; stopped.")
            seen.add(after)

    def _affordable(self, variables: Mapping[str, Any]) -> Row:
        """A page of as many rows as one query may ask for."""
        while True:
            try:
                return self.ask(self.resource.page_query, {**variables, "first": self._size})
            except TooDearError as error:
                if self._size == 1:
                    raise self.session.error(f"even one row costs more than a query may ({error}).") from error
                self._size = max(self._size // 2, 1)

    def finished(self, rows: list[Row]) -> list[Row]:
        """The rows with the rest of the lists inside them, and with what is asked for apart."""
        # What is no object is set aside by whoever lands the rows.
        objects = [row for row in rows if isinstance(row, dict)]  # pyright: ignore[reportUnnecessaryIsInstance]
        for row in objects:
            if not self.resource.fragment.plan.is_empty:
                self._complete(row, self.resource.fragment.plan)
        for part in self.resource.parts:
            self._fill_in(part, objects)
        return rows

    def _complete(self, row: Row, plan: Plan) -> None:
        for name, inner in plan.inner:
            if isinstance(row.get(name), dict):
                self._complete(row[name], inner)
        for cut in plan.cuts:
            if len(row.get(cut.name) or ()) >= cut.size:
                data = self.ask(whole_query(type_of(row["id"]), cut, _WHOLE), {"id": row["id"]})
                row[cut.name] = self._object(data, "node")[cut.name]
                if len(row[cut.name]) >= _WHOLE:
                    self.warnings.append(
                        f"{row['id']} holds {_WHOLE} {cut.name} or more; Shopify shows no more of them."
                    )
        for connection in plan.connections:
            if "nodes" in (row.get(connection.name) or ()):
                # An export brings them whole.
                nodes = cast(list[Row], row[connection.name]["nodes"])
                for member in nodes:
                    self._complete(member, connection.plan)
            else:
                nodes = self._members(row, connection)
            row[connection.name] = {"nodes": sorted(nodes, key=_place)}

    def _members(self, row: Row, connection: Connection) -> list[Row]:
        """A connection's members, all of them, each complete."""
        found: list[Row] = []
        before: str | None = None  # the cursor of the member before: by it the member itself is asked for
        for piece in self._pieces(row["id"], connection, row.get(connection.name)):
            for edge, member in zip(piece["edges"], members(piece, connection.name), strict=True):
                found.append(member)
                if connection.is_addressed:
                    self._complete_addressed(row["id"], connection, member, before)
                    before = edge["cursor"]
                else:
                    self._complete(member, connection.plan)
        return found

    def _complete_addressed(self, owner: str, outer: Connection, member: Row, before: str | None) -> None:
        """Complete a member that cannot be asked for by its id: an agreement is no node of its own."""
        for connection in outer.plan.connections:
            pieces = self._pieces(owner, connection, member.get(connection.name), outer, before)
            nodes = [one for piece in pieces for one in members(piece, connection.name)]
            member[connection.name] = {"nodes": sorted(nodes, key=_place)}

    def _pieces(
        self,
        owner: str,
        connection: Connection,
        first: Any,
        outer: Connection | None = None,
        outer_after: str | None = None,
    ) -> Iterator[Row]:
        """The pieces of a connection, from the one that came with the row."""
        piece = first
        query = rest_query(type_of(owner), connection, _REST, outer)
        seen: set[str] = set()
        while True:
            after = end_of(piece)
            yield piece
            if after is None:
                return
            if after in seen:
                raise self.session.error(f"a piece of {connection.name} leads to one that came before; stopped.")
            seen.add(after)
            variables = {"id": owner, "after": after} | ({"outer": outer_after} if outer else {})
            piece = self._object(self.ask(query, variables), "node")
            if outer is not None:
                piece = members(piece[outer.name], outer.name)[0]
            piece = piece[connection.name]

    def _fill_in(self, part: Part, rows: list[Row]) -> None:
        for owners in batches(part.owners(rows), _MOST_AT_ONCE):
            found = self._nodes(part.fragment, [owner["id"] for owner in owners])
            for owner, more in zip(owners, found, strict=True):
                if more is not None:  # deleted since
                    self._complete(more, part.fragment.plan)
                    owner |= more

    # Exports.

    def _is_export(self, span: Mapping[str, str]) -> bool:
        if self.resource.is_single or not self.resource.is_filtered or self._history == "pages":
            return False
        if self._history == "bulk" or self.resource.count is None:
            return self._history == "bulk" and not span
        variables = {"limit": EXPORT_FROM + 1, "search": self._search(span)}
        counted = self._object(self.ask(self.resource.count_query, variables), self.resource.count)
        return int(counted.get("count") or 0) > EXPORT_FROM

    def _exported(self, span: dict[str, str]) -> Iterator[list[Row]]:
        assert self._notes is not None
        export = Export(self, self.resource.export_query(self._search(span)), self._notes, self._patience)
        try:
            export.begin()
        except ExportRefusedError as refusal:
            what = f"Shopify does not take the export ({refusal})"
            if self._history == "bulk":
                raise self.session.error(f'{what}. Its API must have changed; history = "pages" reads on.') from None
            self.warnings.append(f"{what}; read by pages.")
            yield from self._windows(span)
            return
        # The export shows the shop as of its own beginning, which may lie before a crash.
        self.begun_at = export.begun_at
        for rows in export.rows():
            yield self.finished(rows)

    # Gaps that Shopify does not tell of.

    @property
    def _sees_all_orders(self) -> bool:
        return "read_all_orders" in (self._scopes or ())


def _place(member: Row) -> tuple[int, str]:
    """Where a member stands in its list: by the number of its id, since an export's lines come in no order."""
    gid = str(member.get("id") or "")
    return len(gid), gid
