"""How the cursor moves, against an account that lives in memory and obeys Stripe's rules for lists."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest

from countinghouse.sources.changes import (
    BorderGoneError,
    EventFeed,
    Found,
    Mark,
    Outcome,
    Reading,
    Snapshot,
    SnapshotMovedError,
    Told,
    Window,
)
from countinghouse.sources.paging import IdCursor, Page, Paging, Query, SkipLimit

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = 86_400


@dataclass
class Account:
    """A Stripe account with one resource; `clock` is its own."""

    clock: datetime = NOON
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    asked: list[str] = field(default_factory=list)
    is_deletable: bool = True
    page_size: int = 3
    paging: Paging = field(default_factory=lambda: IdCursor(size=3))
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def now(self) -> int:
        return int(self.clock.timestamp())

    def tell(self, kind: str, thing: dict[str, Any], ago: int = 600) -> str:
        event_id = f"evt_{next(self.numbers)}"
        event = {"id": event_id, "type": kind, "created": self.now - ago, "data": {"object": thing}}
        self.events.append(event)
        return event_id

    def add(self, row_id: str, ago: int = 600, **fields: Any) -> dict[str, Any]:
        self.rows[row_id] = {"id": row_id, "created": self.now - ago, **fields}
        self.tell("thing.created", self.rows[row_id], ago)
        return self.rows[row_id]

    def pages(
        self, query: Query | None = None, *, path: str | None = None, paging: Paging | None = None
    ) -> Iterator[Page]:
        paging = paging or self.paging
        following: Query | None = {**paging.first(self.page_size), **(query or {})}
        while following is not None:
            page = self.page(following, path=path)
            yield page
            following = paging.following(following, page)

    def page(self, query: Query, *, path: str | None = None) -> Page:
        self.asked.append(f"{path or 'list'} {sorted(set(query) - {'limit', 'types[]'})}")
        listed = self.events if path else sorted(self.rows.values(), key=lambda row: row["created"])
        rows = [row for row in reversed(listed) if self._passes(row, query)]
        ids = [row["id"] for row in rows]
        size = int(str(query.get("limit", 10)))
        if "ending_before" in query:
            if query["ending_before"] not in ids:
                raise BorderGoneError("no such event")
            rows = rows[: ids.index(str(query["ending_before"]))]
            shown = rows[-size:]
        else:
            start = ids.index(str(query["starting_after"])) + 1 if "starting_after" in query else 0
            rows = rows[start:]
            shown = rows[:size]
        return Page(shown, {"has_more": len(rows) > size}, self.clock, "http://account/list")

    def _passes(self, row: dict[str, Any], query: Query) -> bool:
        kinds = query.get("types[]")
        return (
            (not isinstance(kinds, list) or row["type"] in kinds)
            and row["created"] >= int(str(query.get("created[gte]", 0)))
            and row["created"] <= int(str(query.get("created[lte]", 1 << 40)))
            and all(row.get(name) == query[name] for name in ("charge",) if name in query)
        )

    def find(self, row_id: str) -> Any | None:
        self.asked.append(f"find {row_id}")
        return self.rows.get(row_id)


FEED = EventFeed(told=(Told(("thing.created", "thing.updated", "thing.deleted")), Told(("part.updated",), by="thing")))


def finish(reading: Reading) -> tuple[list[Found], Outcome]:
    found: list[Found] = []
    while True:
        try:
            found += next(reading)
        except StopIteration as end:
            return found, end.value


def read(account: Account, cursor: str | None, feed: EventFeed | Window = FEED) -> tuple[dict[str, Found], Outcome]:
    account.asked.clear()
    found, outcome = finish(feed.read(account, cursor))
    return {one.id or one.row["id"]: one for one in found}, outcome


def mark(outcome: Outcome) -> Mark:
    assert outcome.cursor is not None
    return msgspec.json.decode(outcome.cursor, type=Mark)


def later(account: Account, **span: int) -> None:
    account.clock += timedelta(**span)


def test_the_first_reading_takes_everything_and_notes_the_newest_event_from_before_it() -> None:
    account = Account()
    for number in range(8):
        account.add(f"t{number}")
    found, outcome = read(account, None)
    assert set(found) == set(account.rows)
    assert (outcome.mode, outcome.is_snapshot) == ("full", True)
    assert mark(outcome) == Mark(account.now, "evt_7", account.now - 600)


def test_a_full_reading_of_what_cannot_be_deleted_is_no_reason_to_mark_rows_deleted() -> None:
    account = Account(is_deletable=False)
    account.add("t1")
    assert read(account, None)[1].is_snapshot is False


def test_a_quiet_hour_costs_one_request() -> None:
    account = Account()
    account.add("t1")
    _, first = read(account, None)
    later(account, hours=1)
    found, second = read(account, first.cursor)
    assert found == {}
    assert second.mode == "incremental"
    assert account.asked == ["/v1/events []"]
    assert mark(second).event == mark(first).event
    assert mark(second).read_at == account.now


def test_new_rows_are_listed_and_changed_rows_are_read_by_id_once_each() -> None:
    account = Account()
    for number in range(5):
        account.add(f"t{number}")
    _, outcome = read(account, None)
    later(account, hours=2)
    for number in range(7):
        account.add(f"n{number}")
    account.rows["t1"]["state"] = "changed"
    account.tell("thing.updated", {"id": "t1"}, ago=500)
    account.tell("part.updated", {"id": "p1", "thing": "t1"}, ago=400)
    account.tell("part.updated", {"id": "p2", "thing": {"id": "t2"}}, ago=300)
    account.tell("part.updated", {"id": "p3", "thing": None}, ago=200)
    found, outcome = read(account, outcome.cursor)
    assert set(found) == {f"n{number}" for number in range(7)} | {"t1", "t2"}
    assert [asked for asked in account.asked if asked.startswith("find")] == ["find t1", "find t2"]
    assert found["t1"].row["state"] == "changed"
    assert found["t1"].changed_at == account.clock - timedelta(seconds=400)
    assert mark(outcome).event == account.events[-1]["id"]
    assert read(account, outcome.cursor)[0] == {}


def test_an_event_that_is_committed_late_below_one_already_seen_is_not_lost() -> None:
    account = Account()
    account.add("t1")
    account.rows["t2"] = {"id": "t2", "created": account.now - 9 * DAY}
    _, outcome = read(account, None)
    later(account, hours=1)
    account.tell("thing.updated", {"id": "t1"}, ago=5)
    _, outcome = read(account, outcome.cursor)
    # Now an event of two seconds before turns up, in its place below the one that was read.
    account.events.insert(-1, account.events[-1] | {"id": "evt_late", "data": {"object": {"id": "t2"}}})
    later(account, hours=1)
    found, outcome = read(account, outcome.cursor)
    assert set(found) == {"t1", "t2"}
    assert read(account, outcome.cursor)[0] == {}


def test_an_account_without_any_event_is_read_on_from_the_last_reading() -> None:
    account = Account()
    account.rows["old"] = {"id": "old", "created": account.now - 90 * DAY}
    _, outcome = read(account, None)
    assert mark(outcome) == Mark(account.now)
    later(account, days=2)
    account.add("t1")
    account.tell("thing.updated", {"id": "old"}, ago=60)
    found, outcome = read(account, outcome.cursor)
    assert set(found) == {"old", "t1"}
    assert mark(outcome).event == account.events[-1]["id"]


def test_a_resource_that_was_quiet_for_months_is_not_read_in_full_again_every_day() -> None:
    account = Account()
    account.add("t1")
    _, outcome = read(account, None)
    for _ in range(3):
        later(account, days=20)
        kept = account.now - 30 * DAY
        account.events = [event for event in account.events if event["created"] > kept]
        found, outcome = read(account, outcome.cursor)
        assert (found, outcome.mode) == ({}, "incremental")
    later(account, days=20)
    account.add("t2")
    found, outcome = read(account, outcome.cursor)
    assert (set(found), outcome.mode) == ({"t2"}, "incremental")


def test_after_a_pause_longer_than_the_events_are_kept_everything_is_read_again() -> None:
    account = Account()
    account.add("t1")
    _, outcome = read(account, None)
    later(account, days=25, seconds=1)
    found, outcome = read(account, outcome.cursor)
    assert (set(found), outcome.mode, outcome.is_snapshot) == ({"t1"}, "full", True)


@pytest.mark.parametrize(
    "cursor", ['{"read_at": 1795176000, "event": "evt_of_another_account", "created": 1795176000}', "{", "[]", '"x"']
)
def test_a_cursor_that_means_nothing_to_the_source_reads_everything(cursor: str) -> None:
    account = Account()
    account.add("t1")
    found, outcome = read(account, cursor)
    assert (set(found), outcome.mode) == ({"t1"}, "full")


def test_what_another_account_does_not_have_is_gone_even_where_rows_cannot_be_deleted() -> None:
    account = Account(is_deletable=False)
    account.add("t1")
    _, outcome = read(account, None)
    assert not outcome.is_snapshot
    other = Account(is_deletable=False, numbers=count(100))
    other.add("t2")
    found, outcome = read(other, outcome.cursor)
    assert (set(found), outcome.mode, outcome.is_snapshot) == ({"t2"}, "full", True)


def test_a_row_that_is_gone_is_told_and_only_where_rows_can_go() -> None:
    account = Account()
    account.add("t1")
    _, outcome = read(account, None)
    later(account, hours=1)
    account.tell("thing.deleted", account.rows.pop("t1"))
    found, _ = read(account, outcome.cursor)
    assert found["t1"].is_deleted
    account.is_deletable = False
    assert read(account, outcome.cursor)[0] == {}


def test_events_that_name_a_parent_bring_the_rows_of_the_parent() -> None:
    feed = EventFeed(
        told=(Told(("thing.created",)), Told(("charge.refunded",), narrows="charge")), again=timedelta(days=1)
    )
    account = Account(is_deletable=False)
    _, outcome = read(account, None, feed)
    later(account, days=3)
    # A refund nobody told about, older than a day before the last reading, found through its charge.
    account.rows["r1"] = {"id": "r1", "created": account.now - 9 * DAY, "charge": "ch_1"}
    account.rows["r2"] = {"id": "r2", "created": account.now - 9 * DAY, "charge": "ch_2"}
    account.tell("charge.refunded", {"id": "ch_1"})
    assert set(read(account, outcome.cursor, feed)[0]) == {"r1"}


def test_a_list_with_incomplete_events_is_listed_again_from_a_day_before_the_last_reading() -> None:
    feed = EventFeed(told=(Told(("thing.created",)),), again=timedelta(days=1))
    account = Account()
    _, outcome = read(account, None, feed)
    account.rows["late"] = {"id": "late", "created": account.now - DAY + 1}
    account.rows["known"] = {"id": "known", "created": account.now - DAY - 1}
    later(account, hours=1)
    assert set(read(account, outcome.cursor, feed)[0]) == {"late"}


def test_rows_that_change_silently_while_young_are_read_again_however_long_the_pause() -> None:
    window, account = Window(timedelta(days=30)), Account(is_deletable=False)
    for ago in (1, 29, 31):
        account.rows[f"{ago} days"] = {"id": f"{ago} days", "created": account.now - ago * DAY}
    found, outcome = read(account, None, window)
    assert (len(found), outcome.mode, outcome.is_snapshot) == (3, "full", False)
    later(account, days=90)
    account.rows["new"] = {"id": "new", "created": account.now - 80 * DAY}
    found, outcome = read(account, outcome.cursor, window)
    assert (set(found), outcome.mode) == ({"1 days", "29 days", "new"}, "incremental")
    assert mark(outcome).read_at == account.now


@pytest.mark.parametrize("types", [(), tuple(f"thing.{number}" for number in range(21)), ("a.b", "a.b")])
def test_a_feed_stripe_would_refuse_is_refused_when_it_is_declared(types: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="event feed"):
        EventFeed(told=(Told(types),))


class Shelf:
    """A list that answers page by page as it is told."""

    is_deletable = True
    paging = SkipLimit(size=2)

    def __init__(self, *answers: tuple[int, int]) -> None:
        self._answers = answers

    def pages(
        self, query: Query | None = None, *, path: str | None = None, paging: Paging | None = None
    ) -> Iterator[Page]:
        for length, total in self._answers:
            yield Page([{"id": number} for number in range(length)], {"total": total}, NOON, "http://shop/list")

    def page(self, query: Query, *, path: str | None = None) -> Page:
        raise NotImplementedError

    def find(self, row_id: str) -> Any | None:
        raise NotImplementedError


def test_a_complete_list_is_a_snapshot() -> None:
    found, outcome = finish(Snapshot().read(Shelf((2, 3), (1, 3)), "any cursor"))
    assert len(found) == 3
    assert outcome == Outcome("full", is_snapshot=True, cursor=None, total=3)


@pytest.mark.parametrize("answers", [((2, 3), (1, 4)), ((2, 3), (2, 3)), ((2, 3), (0, 3)), ((2, 4), (1, 3))])
def test_a_list_that_moved_is_no_snapshot(answers: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(SnapshotMovedError):
        finish(Snapshot().read(Shelf(*answers), None))
