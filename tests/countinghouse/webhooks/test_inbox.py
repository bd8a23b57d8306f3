"""The inbox: durable, each event once, and out again in order."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from countinghouse.errors import InboxError
from countinghouse.webhooks import inbox as module
from countinghouse.webhooks.inbox import KEPT, MOST_TRIES, Books, Inbox
from countinghouse.webhooks.topics import Event, Named


def event(number: int, connection: str = "shop-us", topic: str = "orders/updated") -> Event:
    named = Named("orders", f"gid://shopify/Order/{number}")
    return Event(connection, f"event-{number}", "shopify", topic, (named,), datetime(2026, 11, 20, 9, 40, tzinfo=UTC))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "inbox.sqlite"


def put(path: Path, *events: Event) -> list[bool]:
    inbox = Inbox(path)
    answers = [inbox.put(one).result(10) for one in events]
    inbox.close()
    return answers


def test_event_comes_out_as_it_went_in(path: Path) -> None:
    put(path, event(1))
    with Books(path) as books:
        (waiting,) = books.take(10)
    assert waiting.event == event(1)
    assert waiting.tries == 0


def test_every_commit_is_synced(path: Path) -> None:
    """The disk's own promise; 2 is FULL. https://www.sqlite.org/pragma.html#pragma_synchronous."""
    with closing(module._opened(path)) as con:  # pyright: ignore[reportPrivateUsage]
        assert con.execute("PRAGMA synchronous").fetchone() == (2,)
        assert con.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert path.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"


def test_event_is_on_disk_when_its_future_is_done(path: Path) -> None:
    inbox = Inbox(path)
    assert inbox.put(event(1)).result(10)
    # Read by another connection while the writer still lives.
    with closing(sqlite3.connect(path)) as con:
        assert con.execute("SELECT event_id FROM events").fetchall() == [("event-1",)]
    inbox.close()


def test_many_at_once_are_each_answered_for_themselves(path: Path) -> None:
    inbox = Inbox(path)
    numbers = [number // 2 for number in range(600)]  # each twice, side by side
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: inbox.put(event(number)).result(30), numbers))
    inbox.close()
    assert sum(answers) == 300
    for number in range(300):
        assert sorted(answers[2 * number : 2 * number + 2]) == [False, True]


def test_same_name_at_another_connection_is_another_event(path: Path) -> None:
    assert put(path, event(1), event(1, "shop-ca"), event(1)) == [True, True, False]


def test_event_that_is_done_is_not_taken_again_when_it_is_sent_again(path: Path) -> None:
    put(path, event(1))
    with Books(path) as books:
        books.finish([event(1)])
        assert put(path, event(1)) == [False]
        assert books.take(10) == []


def test_full_disk_is_said_and_the_next_event_is_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox(path)
    assert inbox.put(event(1)).result(10)
    genuine = module._inserted  # pyright: ignore[reportPrivateUsage]

    def full(*_: object) -> list[bool]:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(module, "_inserted", full)
    with pytest.raises(InboxError, match="disk is full"):
        inbox.put(event(2)).result(10)
    monkeypatch.setattr(module, "_inserted", genuine)
    assert inbox.put(event(2)).result(10)
    inbox.close()
    with Books(path) as books:
        assert len(books.take(10)) == 2


def test_failed_event_waits_twice_as_long_each_time_and_then_goes_aside(path: Path) -> None:
    put(path, event(1))
    now = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(days=365)
    waits = []
    with Books(path) as books:
        for tried in range(1, MOST_TRIES + 1):
            assert books.fail(event(1), "orders: no answer.", counts=True, now=now) == (tried == MOST_TRIES)
            minutes = next(
                (m for m in range(1, 200) if books.take(1, now=now + timedelta(minutes=m))),
                None,
            )
            waits.append(minutes)
        # One minute, doubled seven times; the eighth try is the last.
        assert waits == [1, 2, 4, 8, 16, 32, 64, None]
        assert [(one.tries, one.error) for one in books.aside()] == [(8, "orders: no answer.")]
        assert books.retry("shop-ca") == 0
        assert books.retry() == 1
        assert [one.tries for one in books.take(9)] == [0]


def test_trouble_of_the_source_is_no_try(path: Path) -> None:
    put(path, event(1))
    with Books(path) as books:
        for _ in range(50):
            assert not books.fail(event(1), "down", counts=False)
        assert [one.waiting for one in books.standings()] == [1]


def test_done_events_are_forgotten_after_their_time_and_others_never(path: Path) -> None:
    put(path, event(1), event(2))
    now = datetime.now(UTC)
    with Books(path) as books:
        books.finish([event(1)])
        assert books.sweep(now=now + KEPT - timedelta(hours=1)) == 0
        assert books.sweep(now=now + KEPT + timedelta(hours=1)) == 1
        assert books.sweep(now=now + 100 * KEPT) == 0
        assert [one.event.id for one in books.take(9, now=now + 100 * KEPT)] == ["event-2"]


def test_privacy_requests_wait_apart(path: Path) -> None:
    put(path, event(1), event(2, topic="customers/redact"))
    with Books(path) as books:
        assert [one.event.id for one in books.take(9)] == ["event-1"]
        assert [one.event.id for one in books.private()] == ["event-2"]


def test_what_was_loaded_is_published_by_somebody(path: Path) -> None:
    put(path, event(1))
    pause, now = timedelta(minutes=10), datetime.now(UTC)
    with Books(path) as books:
        assert not books.claim_unpublished(pause, now=now + pause)
        books.finish([event(1)])
        assert not books.claim_unpublished(pause, now=now), "whoever loaded it is about to publish"
        assert books.claim_unpublished(pause, now=now + 2 * pause)
        assert not books.claim_unpublished(pause, now=now + 2 * pause), "one at a time"
        books.note_published()
        assert not books.claim_unpublished(pause, now=now + 9 * pause)


def test_inbox_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "inbox.sqlite").write_text("this is no database, but a letter that somebody left here by mistake")
    with pytest.raises(InboxError, match=r"inbox\.sqlite cannot be opened"):
        Inbox(tmp_path / "inbox.sqlite")
