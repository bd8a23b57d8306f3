"""A whole list as an export: Shopify writes it to a file, which we fetch when it is done.

https://shopify.dev/docs/api/usage/bulk-operations/queries: one line for each object. A child names its parent
by `__parentId` and may stand anywhere, a million lines later. So the lines go into a file of SQLite's first and the
rows are put together from there: memory stays flat at any size.

The name of the export is kept beside the landing until the batch is closed. A reading that was killed goes on with the
same export instead of asking for another.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import msgspec

from countinghouse.addresses import is_loopback
from countinghouse.sources.exact_json import OBJECT
from countinghouse.sources.graphql import Listing, Plan, Row, batches
from countinghouse.sources.modified import instant
from countinghouse.sources.notes import Notes
from countinghouse.sources.paging import ShapeError, field_of
from countinghouse.sources.patience import Patience, TroubleError
from countinghouse.sources.session import Session

log = logging.getLogger("countinghouse.sources")

_START = (
    "mutation Export($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: false) "
    "{ bulkOperation { id status createdAt } userErrors { code field message } } }"
)
_LOOK = (
    "query Export($id: ID!) { bulkOperation(id: $id) "
    "{ id status errorCode createdAt objectCount rootObjectCount fileSize url } }"
)
_UNDER_WAY = frozenset({"CREATED", "RUNNING", "CANCELING"})
# Links end after seven days; one that might end while we read is not begun with.
_KEPT = timedelta(days=6)
_LONGEST_PAUSE = 15.0
_LONGEST_WAIT = 6 * 3600.0
_ROWS = 200
_LINES = 5_000
_CACHE_KIB = 32 * 1024


class Asker(Protocol):
    """Who asks the shop, as far as an export needs it."""

    @property
    def session(self) -> Session:
        """The conversation."""
        ...

    @property
    def resource(self) -> Listing:
        """What is read."""
        ...

    def now(self) -> datetime:
        """The source's clock."""
        ...

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Row:
        """The data of one answer, checked."""
        ...


class ExportRefusedError(Exception):
    """Shopify does not take the query for an export, though it may answer it by pages."""


class Note(msgspec.Struct, frozen=True):
    """What is remembered of an export: its id and what it was asked."""

    id: str
    query: str  # a digest


class _Head(msgspec.Struct):
    """What says where a line belongs."""

    parent: str | None = msgspec.field(name="__parentId", default=None)


_heads = msgspec.json.Decoder(_Head)


class Export:
    """One export: started or found again, awaited, fetched and put together."""

    def __init__(self, asker: Asker, query: str, notes: Notes, patience: Patience) -> None:
        self._asker = asker
        self._query = query
        self._digest = hashlib.blake2b(query.encode(), digest_size=16).hexdigest()
        self._notes = notes
        self._patience = patience
        self._operation: Row = {}
        self.begun_at: datetime | None = None  # by the source's clock

    def begin(self) -> None:
        """Find the export that is under way, or ask for one; ExportRefusedError where Shopify does not take it."""
        self._operation = self._remembered() or self._start()
        self.begun_at = instant(self._operation["createdAt"])

    def rows(self) -> Iterator[list[Row]]:
        """Every row, with what the export brings of it, in no order."""
        operation = self._done(self._operation)
        if operation.get("url") is None:
            if int(operation.get("objectCount") or 0):
                raise self._error("the export is done and holds rows, but Shopify names no file")
            return
        path = self._notes.folder / f"{self._asker.resource.name}.export"
        try:
            with closing(_Shelf(path, self._asker.resource)) as shelf:
                self._fetch(operation, shelf)
                yield from batches(shelf.rows(), _ROWS)
        except ShapeError as error:
            raise self._error(f"the export's file is not as Shopify promises: {error}") from error
        except sqlite3.Error as error:
            raise OSError(f"the lines of an export: {error}") from error
        finally:
            path.unlink(missing_ok=True)

    def _remembered(self) -> Row | None:
        """The export of a reading that was cut off, where it still serves."""
        try:
            note = msgspec.json.decode(self._notes.read() or "", type=Note)
        except msgspec.DecodeError:
            return None
        if note.query != self._digest:
            return None
        operation = self._look(note.id)
        begun = instant(operation["createdAt"]) if operation else None
        if operation is None or begun is None or self._asker.now() - begun > _KEPT:
            return None
        if operation["status"] not in _UNDER_WAY | {"COMPLETED"}:
            return None
        log.info("%s: goes on with the export %s", self._where, note.id)
        return operation

    def _start(self) -> Row:
        began = time.monotonic()
        pause = self._patience.first
        while True:
            data = self._asker.ask(_START, {"query": self._query})
            answer = cast(Row, data.get("bulkOperationRunQuery") or {})
            if operation := answer.get("bulkOperation"):
                self._notes.write(msgspec.json.encode(Note(operation["id"], self._digest)).decode())
                log.info("%s: asked Shopify for the export %s", self._where, operation["id"])
                return cast(Row, operation)
            refusals = cast(list[Row], answer.get("userErrors") or [{}])
            said = "; ".join(str(one.get("message")) for one in refusals)
            codes = {one.get("code") for one in refusals}
            # Five at a time for each shop and app: others, or our own other resources, will be done.
            if not codes & {"LIMIT_REACHED", "OPERATION_IN_PROGRESS"}:
                raise ExportRefusedError(said)
            if time.monotonic() - began > _LONGEST_WAIT:
                raise self._error(f"Shopify has other exports under way ({said}). The next run tries again")
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _done(self, operation: Row) -> Row:
        """The export when it is done."""
        began, pause = time.monotonic(), self._patience.first
        while operation["status"] in _UNDER_WAY or "objectCount" not in operation:
            if operation["status"] in _UNDER_WAY and time.monotonic() - began > _LONGEST_WAIT:
                raise self._error("Shopify is still writing the export; the next run goes on with it")
            if operation["status"] in _UNDER_WAY:
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            found = self._look(operation["id"])
            if found is None:
                self._notes.clear()
                raise self._error("Shopify no longer knows the export it began; the next run asks for another")
            operation = found
        if operation["status"] != "COMPLETED":
            self._notes.clear()
            why = f"{operation['status']}, {operation.get('errorCode') or 'no reason given'}"
            advice = (
                "Give the app the rights it asks for, and install it again"
                if operation.get("errorCode") == "ACCESS_DENIED"
                else "The next run asks for another"
            )
            raise self._error(f"the export did not end well ({why}). {advice}")
        return operation

    def _look(self, name: str) -> Row | None:
        return cast(Row | None, self._asker.ask(_LOOK, {"id": name}).get("bulkOperation"))

    def _fetch(self, operation: Row, shelf: _Shelf) -> None:
        """The file, whole: what broke off is begun again."""
        url = str(operation["url"])
        parts = urlsplit(url)
        if parts.scheme != "https" and not is_loopback(url):
            raise self._error(f"the export's file lies at {parts.scheme}://{parts.netloc}, which is not safe to read")
        for number in range(1, self._patience.quick_tries + 1):
            try:
                shelf.fill(self._lines(url, operation), int(operation.get("objectCount") or 0))
                return
            except TroubleError as trouble:
                if number == self._patience.quick_tries:
                    self._notes.clear()
                    raise self._error(f"{trouble.what}; tried {number} times. The next run asks for another") from None
                log.info("%s: %s; fetching it again", self._where, trouble)
                time.sleep(self._patience.first * 2**number)

    def _lines(self, url: str, operation: Row) -> Iterator[bytes]:
        size, rest = 0, b""
        with self._asker.session.download(url) as pieces:
            for piece in pieces:
                size += len(piece)
                *lines, rest = (rest + piece).split(b"\n")
                yield from (line for line in lines if line)
        if rest:
            yield rest
        told = operation.get("fileSize")
        if told is not None and int(told) != size:
            raise TroubleError(f"the export's file should have {told} bytes, and {size} came", "")

    @property
    def _where(self) -> str:
        return f"{self._asker.session.connection.name}, {self._asker.resource.name}"

    def _error(self, message: str) -> Exception:
        return self._asker.session.error(f"{message}.")


class _Shelf:
    """The lines of an export on disk, findable by their parent."""

    def __init__(self, path: Path, resource: Listing) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._resource = resource
        self._disk = sqlite3.connect(path)
        # Nothing here outlives the reading, so nothing is done to make it last.
        for setting in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE", f"cache_size = -{_CACHE_KIB}"):
            self._disk.execute(f"PRAGMA {setting}")

    def close(self) -> None:
        """Let go of the file."""
        self._disk.close()

    def fill(self, lines: Iterator[bytes], count: int) -> None:
        """Take all lines; TroubleError where there are not as many as Shopify wrote."""
        self._disk.execute("DROP TABLE IF EXISTS line")
        self._disk.execute("CREATE TABLE line (n INTEGER PRIMARY KEY, parent TEXT, text BLOB)")
        taken, held = 0, list[tuple[int, str | None, bytes]]()
        for line in lines:
            try:
                held.append((taken, _heads.decode(line).parent, line))
            except msgspec.DecodeError as error:
                raise TroubleError(f"line {taken + 1} of the export is torn ({error})", "") from error
            taken += 1
            if len(held) >= _LINES:
                self._disk.executemany("INSERT INTO line VALUES (?, ?, ?)", held)
                held.clear()
        self._disk.executemany("INSERT INTO line VALUES (?, ?, ?)", held)
        if taken != count:
            raise TroubleError(f"the export should have {count} objects, and {taken} came", "")
        self._disk.execute("CREATE INDEX by_parent ON line (parent) WHERE parent IS NOT NULL")

    def rows(self) -> Iterator[Row]:
        """Every row with its children, put together one at a time."""
        self._used = 0
        for (text,) in self._disk.execute("SELECT text FROM line WHERE parent IS NULL ORDER BY n"):
            row = cast(Row, OBJECT.decode(text))
            self._adopt(row, self._resource.fragment.plan)
            yield row
        (children,) = self._disk.execute("SELECT count(*) FROM line WHERE parent IS NOT NULL").fetchone()
        if children != self._used:
            raise ShapeError(f"{children - self._used} of its objects belong to no row")

    def _adopt(self, row: Row, plan: Plan) -> None:
        """Give a row, and the objects in it, the children that name them as their parent."""
        homes = dict(_homes(row, plan))
        # Of an object that is no row of its own, Shopify names either it or the row around it.
        owners = dict.fromkeys(str(holder["id"]) for holder in (row, *(home[0] for home in homes.values())))
        for owner in owners if homes else ():
            for child in self._children(owner):
                kind = str(child.get("__typename"))
                ends = (end for end, name in self._resource.children if name in homes and kind.endswith(end))
                end = max(ends, key=len, default=None)
                if end is None:
                    raise ShapeError(f"a {kind} names {owner} as its parent, which has no such children")
                holder, name, below = homes[dict(self._resource.children)[end]]
                holder[name]["nodes"].append(child)
                self._adopt(child, below)

    def _children(self, owner: str) -> Iterator[Row]:
        for (text,) in self._disk.execute("SELECT text FROM line WHERE parent = ? ORDER BY n", (owner,)):
            child = cast(Row, OBJECT.decode(text))
            del child["__parentId"]
            self._used += 1
            yield child


def _homes(row: Row, plan: Plan) -> Iterator[tuple[str, tuple[Row, str, Plan]]]:
    """The connections of a row and of the objects in it, empty, by their name: who holds it and what a member has."""
    for connection in plan.connections:
        row.setdefault(connection.name, {"nodes": []})
        yield connection.name, (row, connection.name, connection.plan)
    for name, inner in plan.inner:
        holder = field_of(row, name)
        if isinstance(holder, dict):
            yield from _homes(cast(Row, holder), inner)
