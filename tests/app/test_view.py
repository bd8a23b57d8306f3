"""Periods, comparisons and the stores' own days, by the calendar on the wall."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from app.view import Period, Store, compared_with, covers, grain_of, last_finished_day, period_named, wider

LAST = date(2026, 11, 19)


def store(timezone: str, first: str = "2026-01-01 12:00") -> Store:
    return Store("shop", "shopify", timezone, "USD", datetime.fromisoformat(first), None, None, None, "current", None)


@pytest.mark.parametrize(
    ("name", "first", "days"),
    [("7D", "2026-11-13", 7), ("30D", "2026-10-21", 30), ("90D", "2026-08-22", 90), ("12M", "2025-11-20", 365)],
)
def test_periods_end_on_the_last_finished_day(name: str, first: str, days: int) -> None:
    assert period_named(name, LAST) == Period(date.fromisoformat(first), LAST)
    assert period_named(name, LAST).days == days


def test_the_previous_period_ends_the_day_before_and_is_as_long() -> None:
    assert compared_with(period_named("30D", LAST), "Previous period") == Period(date(2026, 9, 21), date(2026, 10, 20))


def test_last_year_is_the_same_days_of_the_calendar() -> None:
    assert compared_with(period_named("30D", LAST), "Same period last year") == Period(
        date(2025, 10, 21), date(2025, 11, 19)
    )
    leap = Period(date(2028, 2, 29), date(2028, 2, 29))
    assert compared_with(leap, "Same period last year") == Period(date(2027, 2, 28), date(2027, 2, 28))
    assert compared_with(leap, "Nothing") is None


def test_a_day_is_finished_when_it_is_over_in_every_store() -> None:
    as_of = datetime.fromisoformat("2026-11-20 02:00")
    assert last_finished_day(as_of, (store("Europe/Berlin"),)) == date(2026, 11, 19)
    assert last_finished_day(as_of, (store("Europe/Berlin"), store("America/New_York"))) == date(2026, 11, 18)


def test_a_stores_clock_is_read_over_a_clock_change() -> None:
    new_york = store("America/New_York")
    assert new_york.local(datetime.fromisoformat("2026-11-01 05:30")) == datetime.fromisoformat("2026-11-01 01:30")
    assert new_york.utc(datetime.fromisoformat("2026-11-13 04:40")) == datetime.fromisoformat("2026-11-13 09:40")
    assert new_york.utc(datetime.fromisoformat("2026-10-30 04:40")) == datetime.fromisoformat("2026-10-30 08:40")


def test_a_comparison_counts_when_nine_tenths_of_it_have_a_history() -> None:
    comparison = Period(date(2026, 9, 21), date(2026, 10, 20))
    assert covers(comparison, date(2026, 9, 24))
    assert not covers(comparison, date(2026, 9, 25))
    assert not covers(comparison, None)


@pytest.mark.parametrize(("days", "grain"), [(92, "day"), (93, "week"), (731, "week"), (732, "month")])
def test_the_step_of_a_trend_grows_with_the_period(days: int, grain: str) -> None:
    assert grain_of(period_named("7D", LAST).__class__(date.fromordinal(LAST.toordinal() - days + 1), LAST)) == grain


def test_an_empty_week_widens_to_the_narrowest_choice_with_orders() -> None:
    week = period_named("7D", LAST)
    assert wider(week, LAST, date(2025, 1, 1), date(2026, 11, 1))[0] == "30D"
    assert wider(week, LAST, date(2025, 1, 1), date(2026, 2, 1))[0] == "12M"
    name, period = wider(week, LAST, date(2024, 1, 1), date(2024, 6, 30))
    assert (name, period) == ("Custom", Period(date(2024, 4, 2), date(2024, 6, 30)))


def test_a_shop_that_opened_today_shows_today() -> None:
    today = date(2026, 11, 20)
    assert wider(period_named("30D", LAST), LAST, today, today) == ("Custom", Period(today, today))


def test_stores_without_an_order_have_no_first_day() -> None:
    assert replace(store("UTC"), first_order_at=None).has_orders is False
