from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.sources.paging import IdCursor, Page, ShapeError, SkipLimit

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def page(rows: list[Any], **envelope: Any) -> Page:
    return Page(rows, envelope, NOON, "http://somewhere/list")


@given(total=st.integers(0, 60), size=st.integers(1, 70), largest=st.integers(1, 20))
def test_skip_and_limit_read_every_row_once_even_where_the_source_sends_fewer_than_asked(
    total: int, size: int, largest: int
) -> None:
    paging = SkipLimit(size=500)
    query, read = paging.first(size), []
    while query is not None:
        skip, limit = int(str(query["skip"])), int(str(query["limit"]))
        rows = list(range(total))[skip : skip + min(limit, largest)]
        read += rows
        query = paging.following(query, page(rows, total=total, limit=len(rows)))
    assert read == list(range(total))


def test_skip_and_limit_end_at_an_empty_page_whatever_the_total_says() -> None:
    paging = SkipLimit(size=2)
    assert paging.following({"limit": 2, "skip": 4}, page([], total=9)) is None


@pytest.mark.parametrize("total", [None, "9", -1, True, 9.5])
def test_a_total_that_is_no_count_is_a_changed_shape(total: object) -> None:
    with pytest.raises(ShapeError, match="total"):
        SkipLimit(size=2).following({"limit": 2, "skip": 0}, page([1], total=total))


def stripe_list(ids: list[str], query: Any) -> Page:
    """Stripe's own rule: newest first, `starting_after` older, `ending_before` newer, next to the border."""
    limit = int(query["limit"])
    if "starting_after" in query:
        rest = ids[ids.index(query["starting_after"]) + 1 :]
        return page([{"id": row} for row in rest[:limit]], has_more=len(rest) > limit)
    if "ending_before" in query:
        rest = ids[: ids.index(query["ending_before"])]
        return page([{"id": row} for row in rest[max(len(rest) - limit, 0) :]], has_more=len(rest) > limit)
    return page([{"id": row} for row in ids[:limit]], has_more=len(ids) > limit)


@given(count=st.integers(0, 40), size=st.integers(1, 12))
def test_an_id_cursor_reads_backwards_through_every_row(count: int, size: int) -> None:
    ids = [f"ch_{number}" for number in range(count)]
    paging, read = IdCursor(size=100), []
    query = paging.first(size)
    while query is not None:
        answer = stripe_list(ids, query)
        read += [row["id"] for row in answer.rows]
        query = paging.following(query, answer)
    assert read == ids


@given(count=st.integers(1, 40), known=st.integers(0, 39), size=st.integers(1, 12))
def test_an_id_cursor_reads_forwards_everything_newer_than_its_border(count: int, known: int, size: int) -> None:
    ids = [f"evt_{number}" for number in range(count)]
    border = ids[min(known, count - 1)]
    paging, read = IdCursor(size=100, border="ending_before"), []
    query = {**paging.first(size), "ending_before": border}
    while query is not None:
        answer = stripe_list(ids, query)
        read = [row["id"] for row in answer.rows] + read
        query = paging.following(query, answer)
    assert read == ids[: ids.index(border)]


def test_an_id_cursor_never_asks_for_more_than_the_largest_page() -> None:
    assert IdCursor(size=100).first(500) == {"limit": 100}
    assert IdCursor(size=100).first(7) == {"limit": 7}


@pytest.mark.parametrize(
    ("rows", "has_more"),
    [([{"id": "a"}], None), ([{"id": "a"}], "yes"), ([], True), ([{"name": "a"}], True), (["a"], True)],
)
def test_a_list_that_cannot_say_where_it_goes_on_is_a_changed_shape_and_not_the_end(
    rows: list[Any], has_more: object
) -> None:
    with pytest.raises(ShapeError):
        IdCursor(size=100).following({"limit": 100}, page(rows, has_more=has_more))
