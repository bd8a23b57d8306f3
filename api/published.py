"""The published copy as the API reads it: one version to a request, and the next one noticed at once.

`published/prod.duckdb` is a link that moves to a new file with every publication. Each request looks where it points,
which costs microseconds; a new version is opened beside the old one while requests go on being answered from the old
one, and the old one is closed when the last of them has ended.
"""

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb
from cachetools import LRUCache
from duckdb.sqltypes import TIMESTAMP

from countinghouse.errors import WarehouseError
from countinghouse.warehouse.connect import read_published

R = TypeVar("R")
LOG = logging.getLogger("countinghouse.api")
# Answers remembered of one version: some thousands of ordinary size.
MOST_CACHED_BYTES = 64 * 1024 * 1024
# After a copy that could not be opened: how soon to try the next time.
RETRY_SECONDS = 1.0

PASSPORT = """
    SELECT version, published_at, coalesce(as_of_at, published_at) AS as_of_at, reporting_currency, definitions,
        is_masked
    FROM ops.publication
"""
STORES = """
    SELECT
        store, coalesce(dim_stores.platform, freshness.platform) AS platform, coalesce(timezone, 'UTC') AS timezone,
        coalesce(currency_code, publication.reporting_currency) AS currency_code
    FROM marts.dim_stores
    FULL JOIN ops.freshness USING (store)
    CROSS JOIN ops.publication
    WHERE
        first_order_at IS NOT NULL
        OR coalesce(dim_stores.platform, freshness.platform) NOT IN (SELECT unnest($others))
    ORDER BY store
"""
# Stripe moves money and fx knows rates: they make no orders, so they are no stores to choose.
NOT_STORES = ["stripe", "fx"]


@dataclass(frozen=True)
class Cached:
    """A made answer, as bytes; gzip's only where it is worth it."""

    body: bytes
    zipped: bytes | None

    def __len__(self) -> int:
        return len(self.body) + len(self.zipped or b"")


@dataclass(frozen=True)
class StoreName:
    """What is asked of a store before any number: its calendar and its currency."""

    name: str
    platform: str
    timezone: str
    currency: str


class Copy:
    """One version, open. Instants are UTC.

    seen_at  when the link was moved to it: grows also when readers are sent back to an older version
    tag      the same for the same contents, another for every other publication
    """

    def __init__(self, path: Path, identity: tuple[int, int]) -> None:
        self.identity = identity
        self.seen_at = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
        self._connection = read_published(path)
        # Many requests come at a time and most ask little: to share one out over processors costs more than it brings.
        self._connection.execute("SET GLOBAL threads = 1")
        try:
            (row,) = self.rows(PASSPORT)
            # The first question with a parameter has DuckDB import pandas, which takes more than a second: here it
            # keeps nobody waiting.
            found = self.rows(STORES, others=NOT_STORES)
        except BaseException:
            self._connection.close()
            raise
        self.version: int = row["version"]
        self.published_at: datetime = row["published_at"]
        self.as_of_at: datetime = row["as_of_at"]
        self.reporting_currency: str = row["reporting_currency"]
        self.definitions: str = row["definitions"]
        self.is_masked: bool = row["is_masked"]
        self.tag = hashlib.sha256(f"{self.version} {self.published_at} {identity}".encode()).hexdigest()[:12]
        self.stores = tuple(
            StoreName(store["store"], store["platform"], store["timezone"], store["currency_code"]) for store in found
        )
        self.answers: LRUCache[Any, Cached] = LRUCache(MOST_CACHED_BYTES, getsizeof=len)
        self.pending: dict[Any, asyncio.Task[Cached]] = {}
        self._made: dict[Callable[[Copy], Any], Any] = {}
        self._readers = 0
        self._is_superseded = False

    def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """Ask, and get every row as a dictionary: Decimal stays Decimal, an instant says that it is UTC.

        May be called by several threads at once: each call has a cursor of its own.
        """
        with self._connection.cursor() as cursor:
            answer = cursor.execute(sql, parameters or None)
            names = [column[0] for column in answer.description]
            instants = [place for place, column in enumerate(answer.description) if column[1] == TIMESTAMP]
            found = answer.fetchall()
        if not instants:
            return [dict(zip(names, row, strict=True)) for row in found]
        told: list[dict[str, Any]] = []
        for row in found:
            values = list(row)
            for place in instants:
                if values[place] is not None:
                    values[place] = values[place].replace(tzinfo=UTC)
            told.append(dict(zip(names, values, strict=True)))
        return told

    def once(self, make: Callable[["Copy"], R]) -> R:
        """What a function makes of this version: made at the first call, and not to be changed by anybody."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]

    @contextmanager
    def held(self) -> Generator["Copy"]:
        """Keep it open until the block ends, whatever is published meanwhile."""
        self._readers += 1
        try:
            yield self
        finally:
            self._readers -= 1
            self._close_if_left()

    def supersede(self) -> None:
        """Close it as soon as nobody reads it any more."""
        self._is_superseded = True
        self._close_if_left()

    def _close_if_left(self) -> None:
        if self._is_superseded and self._readers == 0:
            self._connection.close()


class Copies:
    """The way to the newest copy. Belongs to one event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._current: Copy | None = None
        self._opening: asyncio.Task[None] | None = None
        self._failed_at = -RETRY_SECONDS
        self._problem: WarehouseError | None = None

    async def newest(self) -> Copy:
        """The copy to answer from; call `held()` before anything else is awaited.

        WarehouseError where nothing is published, or what is cannot be read and nothing was read before.
        """
        if self._current is None or self._current.identity != self._identity():
            self._open_next()
            if self._current is None and self._opening is not None:
                await asyncio.shield(self._opening)
        if self._current is None:
            raise self._problem or WarehouseError(
                f"Nothing has been published yet: {self._path} does not exist. Run the pipeline first (make run)."
            )
        return self._current

    @property
    def current(self) -> Copy | None:
        """The copy in use, if any."""
        return self._current

    def close(self) -> None:
        """Let the last copy go."""
        if self._current:
            self._current.supersede()
            self._current = None

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._path)  # noqa: PTH116 - a Path's own stat takes five times as long, at each request
        except OSError:
            return None  # gone; what is open stays good
        return status.st_ino, status.st_mtime_ns

    def _open_next(self) -> None:
        identity = self._identity()
        is_waiting = time.monotonic() - self._failed_at < RETRY_SECONDS
        if identity is None or is_waiting or (self._opening is not None and not self._opening.done()):
            return
        self._opening = asyncio.get_running_loop().create_task(self._open(identity))

    async def _open(self, identity: tuple[int, int]) -> None:
        try:
            copy = await asyncio.to_thread(Copy, self._path, identity)
        except (WarehouseError, duckdb.Error, OSError, ValueError) as problem:
            self._failed_at = time.monotonic()
            self._problem = WarehouseError(
                f"The published copy cannot be read ({str(problem).splitlines()[0]}). The next pipeline run writes a "
                "fresh one; `python -m countinghouse.warehouse.publish --back-to` brings an older one back."
            )
            LOG.warning("%s", self._problem)
            return
        former, self._current, self._problem = self._current, copy, None
        LOG.info("Answers come from version %s, data as of %s.", copy.version, copy.as_of_at.isoformat())
        if former:
            former.supersede()
