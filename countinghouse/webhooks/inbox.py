"""The inbox: every event that was answered with 200, on disk, until its objects have been read again.

A database of its own, beside the warehouse: that one has a single writer for minutes at a time, and an event cannot
wait for it. It is SQLite with a write-ahead log that is synced at every commit (`synchronous = FULL`), so that what was
answered survives the power cut of the next moment. One sync a request would allow some hundreds a second; therefore one
thread commits whatever has come in since its last commit together, and each request waits for the commit that holds it.

What is kept of an event is its name, its topic and the names of its objects. The body is not: it is as old as the
delivery and full of personal data, and what the objects are now is asked of the API anyway.
"""

import contextlib
import os
import queue
import sqlite3
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from countinghouse.errors import InboxError
from countinghouse.webhooks.topics import Event, Named

# After so many tries an event goes aside. The waits between them double from a minute and come to two hours.
MOST_TRIES = 8
_FIRST_WAIT = timedelta(minutes=1)
# Stripe repeats for three days, and a merchant may send an event again by hand for thirty: that long its name is known.
KEPT = timedelta(days=30)
_MOST_TOGETHER = 512
_MOST_WAITING = 4096
_BUSY_SECONDS = 10
_LONGEST_ERROR = 1_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    connection TEXT NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    topic TEXT NOT NULL,
    objects TEXT NOT NULL,
    happened_at TEXT,
    received_at TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'done', 'set aside')),
    is_private INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    due_at TEXT NOT NULL,
    done_at TEXT,
    error TEXT,
    PRIMARY KEY (connection, event_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS waiting_events ON events (due_at) WHERE status = 'waiting';
CREATE TABLE IF NOT EXISTS unpublished (id INTEGER PRIMARY KEY CHECK (id = 1), tried_at TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Waiting:
    """An event as it waits to be worked off; `tries` failed so far."""

    event: Event
    received_at: datetime
    tries: int


@dataclass(frozen=True)
class Standing:
    """How the events of one topic of a connection stand."""

    connection: str
    topic: str
    waiting: int
    done: int
    set_aside: int
    oldest_waiting_at: datetime | None
    last_received_at: datetime


@dataclass(frozen=True)
class SetAside:
    """An event that was tried often enough, and what went wrong the last time."""

    connection: str
    event_id: str
    topic: str
    received_at: datetime
    tries: int
    error: str


class Books:
    """The inbox as those see it who work it off: one connection, short transactions beside the receiver's."""

    def __init__(self, path: Path) -> None:
        self._con = _opened(path)

    def __enter__(self) -> "Books":
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    def take(self, limit: int, *, now: datetime | None = None) -> list[Waiting]:
        """The events that are due, oldest first, as they are; nothing is marked.

        Requests about privacy are left where they are: `private` has them, for what carries them out at night.
        """
        rows = self._con.execute(
            """
            SELECT connection, event_id, kind, topic, objects, happened_at, received_at, tries FROM events
            WHERE status = 'waiting' AND is_private = 0 AND due_at <= ? ORDER BY received_at, event_id LIMIT ?
            """,
            [_text(now or datetime.now(UTC)), limit],
        )
        return [_waiting(row) for row in rows]

    def private(self) -> list[Waiting]:
        """The requests about privacy that nobody has carried out yet, oldest first."""
        rows = self._con.execute(
            """
            SELECT connection, event_id, kind, topic, objects, happened_at, received_at, tries FROM events
            WHERE status = 'waiting' AND is_private = 1 ORDER BY received_at, event_id
            """
        )
        return [_waiting(row) for row in rows]

    def has_work(self, *, now: datetime | None = None) -> bool:
        """Whether `take` would find any."""
        return bool(self.take(1, now=now))

    def finish(self, events: Sequence[Event], *, is_loaded: bool = True) -> None:
        """Mark events as done.

        is_loaded  what they named is in the warehouse now and has to be published: see `claim_unpublished`
        """
        now = _text(datetime.now(UTC))
        with self._transaction():
            self._con.executemany(
                "UPDATE events SET status = 'done', done_at = ?, error = NULL WHERE connection = ? AND event_id = ?",
                [(now, event.connection, event.id) for event in events],
            )
            if is_loaded and events:
                self._con.execute("INSERT OR REPLACE INTO unpublished VALUES (1, ?)", [now])

    def fail(self, event: Event, error: str, *, counts: bool, now: datetime | None = None) -> bool:
        """Note that an event could not be worked off, and let it wait; True where it was set aside instead.

        counts  False where the source as a whole is in trouble: that is no fault of the event
        """
        now = now or datetime.now(UTC)
        with self._transaction():
            row = self._con.execute(
                "SELECT tries FROM events WHERE connection = ? AND event_id = ?", [event.connection, event.id]
            ).fetchone()
            tries = (row[0] if row else 0) + counts
            is_over = tries >= MOST_TRIES
            wait = _FIRST_WAIT * 2 ** max(tries - 1, 0)
            self._con.execute(
                "UPDATE events SET status = ?, tries = ?, due_at = ?, error = ? WHERE connection = ? AND event_id = ?",
                [
                    *("set aside" if is_over else "waiting", tries, _text(now + wait), error[:_LONGEST_ERROR]),
                    *(event.connection, event.id),
                ],
            )
        return is_over

    def set_aside(self, event: Event, error: str) -> None:
        """Put an event aside at once: nothing will be other the next time."""
        with self._transaction():
            self._con.execute(
                "UPDATE events SET status = 'set aside', tries = tries + 1, error = ? "
                "WHERE connection = ? AND event_id = ?",
                [error[:_LONGEST_ERROR], event.connection, event.id],
            )

    def retry(self, connection: str | None = None) -> int:
        """Let what was set aside wait again, of one connection or of all; how many those are."""
        with self._transaction():
            return self._con.execute(
                "UPDATE events SET status = 'waiting', tries = 0, due_at = ? "
                "WHERE status = 'set aside' AND coalesce(connection = ?, true)",
                [_text(datetime.now(UTC)), connection],
            ).rowcount

    def standings(self) -> list[Standing]:
        """How many events stand where, for each connection and topic."""
        rows = self._con.execute(
            """
            SELECT
                connection, topic, sum(status = 'waiting'), sum(status = 'done'), sum(status = 'set aside'),
                min(CASE WHEN status = 'waiting' THEN received_at END), max(received_at)
            FROM events GROUP BY connection, topic ORDER BY connection, topic
            """
        )
        return [
            Standing(connection, topic, waiting, done, aside, _instant(oldest), _certain(newest))
            for connection, topic, waiting, done, aside, oldest, newest in rows
        ]

    def aside(self) -> list[SetAside]:
        """What was set aside, newest first."""
        rows = self._con.execute(
            "SELECT connection, event_id, topic, received_at, tries, error FROM events "
            "WHERE status = 'set aside' ORDER BY received_at DESC, event_id"
        )
        return [
            SetAside(connection, event_id, topic, _certain(received_at), tries, error or "")
            for connection, event_id, topic, received_at, tries, error in rows
        ]

    def sweep(self, *, now: datetime | None = None) -> int:
        """Forget the events that were done long ago; how many those were."""
        before = _text((now or datetime.now(UTC)) - KEPT)
        with self._transaction():
            return self._con.execute("DELETE FROM events WHERE status = 'done' AND done_at < ?", [before]).rowcount

    def claim_unpublished(self, pause: timedelta, *, now: datetime | None = None) -> bool:
        """Whether what events brought was loaded and never published, and nobody has tried that for a while.

        Whoever is told so is the one who tries it now.
        """
        now = now or datetime.now(UTC)
        with self._transaction():
            return bool(
                self._con.execute(
                    "UPDATE unpublished SET tried_at = ? WHERE tried_at <= ?", [_text(now), _text(now - pause)]
                ).rowcount
            )

    def note_published(self) -> None:
        """What was loaded is published."""
        with self._transaction():
            self._con.execute("DELETE FROM unpublished")

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        with _written(self._con):
            yield


class Inbox:
    """The inbox as the receiver sees it: events go in, and are durable when `put`'s future is done."""

    def __init__(self, path: Path) -> None:
        self._path = path
        _opened(path).close()
        self._queue: queue.Queue[tuple[Event, Future[bool]] | None] = queue.Queue(_MOST_WAITING)
        self._writer = threading.Thread(target=self._write, name="inbox", daemon=True)
        self._writer.start()

    def put(self, event: Event) -> Future[bool]:
        """A future that is done once the event is on disk: True where it is new, False where it was known.

        It ends with an InboxError where the disk does not take it; the sender has to be told to try again.
        """
        future: Future[bool] = Future()
        try:
            self._queue.put_nowait((event, future))
        except queue.Full:
            future.set_exception(InboxError("More events come in than the disk takes; try again in a moment."))
        return future

    def close(self) -> None:
        """Write what is waiting and end the writer."""
        self._queue.put(None)
        self._writer.join()

    def _write(self) -> None:
        con: sqlite3.Connection | None = None
        is_open = True
        while is_open:
            together = self._waiting()
            is_open = None not in together
            batch = [one for one in together if one is not None]
            try:
                con = con or _opened(self._path)
                answers = _inserted(con, [event for event, _ in batch])
            except (sqlite3.Error, OSError, InboxError) as problem:
                # A connection after a failed commit is not to be trusted.
                if con is not None:
                    with contextlib.suppress(sqlite3.Error):
                        con.close()
                con = None
                error = InboxError(f"{self._path} does not take the event ({problem}); make room or mend its rights.")
                for _, future in batch:
                    _settle(future, error)
            else:
                for (_, future), is_new in zip(batch, answers, strict=True):
                    _settle(future, is_new)
        if con is not None:
            con.close()

    def _waiting(self) -> list[tuple[Event, "Future[bool]"] | None]:
        """Everything that has come in; waits until there is something."""
        together = [self._queue.get()]
        with contextlib.suppress(queue.Empty):
            while len(together) < _MOST_TOGETHER:
                together.append(self._queue.get_nowait())
        return together


def _settle(future: "Future[bool]", outcome: bool | InboxError) -> None:
    """Tell who waits; nobody may wait any more where the sender hung up."""
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(outcome, InboxError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


_KNOWN = """
SELECT json_group_array(row.key) FROM json_each(?) AS row
JOIN events ON events.connection = json_extract(row.value, '$[0]') AND events.event_id = json_extract(row.value, '$[1]')
"""
_INSERT = """
INSERT OR IGNORE INTO events (
    connection, event_id, kind, topic, objects, happened_at, status, is_private, done_at, received_at, due_at
)
SELECT
    json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), json_extract(value, '$[3]'),
    json_extract(value, '$[4]'), json_extract(value, '$[5]'), json_extract(value, '$[6]'), json_extract(value, '$[7]'),
    json_extract(value, '$[8]'), ?2, ?2
FROM json_each(?1)
"""


def _inserted(con: sqlite3.Connection, events: Sequence[Event]) -> list[bool]:
    """Write events in one transaction; which of them are new.

    All of them in two statements: each one lets go of the interpreter, and while requests come in it takes up to five
    milliseconds to get it back.
    """
    now = _text(datetime.now(UTC))
    rows = [
        [
            *(event.connection, event.id, event.kind, event.topic, msgspec.json.encode(event.objects).decode()),
            *(_text(event.happened_at) if event.happened_at else None, "waiting" if event.is_news else "done"),
            *(int(event.is_private), None if event.is_news else now),
        ]
        for event in events
    ]
    together = msgspec.json.encode(rows).decode()
    with _written(con):
        known: set[int] = set(msgspec.json.decode(con.execute(_KNOWN, [together]).fetchone()[0], type=list[int]))
        con.execute(_INSERT, [together, now])
    seen: set[tuple[str, str]] = set()
    answers: list[bool] = []
    for place, event in enumerate(events):
        key = (event.connection, event.id)
        answers.append(place not in known and key not in seen)
        seen.add(key)
    return answers


def _opened(path: Path) -> sqlite3.Connection:
    """A connection on which a commit is on disk when it returns; InboxError where that cannot be had."""
    try:
        is_new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        con = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        con.execute("PRAGMA journal_mode = WAL")
        con.execute("PRAGMA synchronous = FULL")
        con.executescript(_SCHEMA)
        if is_new:
            path.chmod(0o600)
            _sync(path.parent)
    except (sqlite3.Error, OSError) as problem:
        raise InboxError(
            f"The inbox {path} cannot be opened ({problem}); check COUNTINGHOUSE_DATA_DIR and its rights."
        ) from problem
    return con


@contextlib.contextmanager
def _written(con: sqlite3.Connection) -> Generator[None]:
    con.execute("BEGIN IMMEDIATE")
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            con.execute("ROLLBACK")
        raise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _waiting(row: tuple[str, str, str, str, str, str | None, str, int]) -> Waiting:
    connection, event_id, kind, topic, objects, happened_at, received_at, tries = row
    named = msgspec.json.decode(objects, type=tuple[Named, ...])
    event = Event(connection, event_id, kind, topic, named, _instant(happened_at))
    return Waiting(event, _certain(received_at), tries)


def _text(instant: datetime) -> str:
    """UTC, sortable as text."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _instant(text: str | None) -> datetime | None:
    return _certain(text) if text else None


def _certain(text: str) -> datetime:
    return datetime.fromisoformat(text)
