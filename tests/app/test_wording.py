"""Numbers and dates in words, each case worked out by hand."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from app import wording


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("86.985", "USD", "$86.99"),
        ("999.994", "USD", "$999.99"),
        ("999.995", "USD", "$1,000"),
        ("18420.49", "USD", "$18,420"),
        ("99999.49", "USD", "$99,999"),
        ("99999.50", "USD", "$100K"),
        ("990642.09", "USD", "$991K"),
        ("999500", "USD", "$1.00M"),
        ("1284999", "USD", "$1.28M"),
        ("2099999999", "USD", "$2.10B"),
        ("-1234.5", "EUR", "−€1,235"),
        ("0", "GBP", "£0.00"),
        ("831", "JPY", "¥831"),
        ("12.5", "KWD", "12.500\u00a0KWD"),
        ("1234.5", "CHF", "1,235\u00a0CHF"),
    ],
)
def test_headline_amounts(amount: str, currency: str, text: str) -> None:
    assert wording.money(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [("86.985", "$86.99"), ("9999.49", "$9,999"), ("9999.50", "$10.0K"), ("82140", "$82.1K"), ("99950", "$100K")],
)
def test_amounts_at_marks_are_compact_from_ten_thousand(amount: str, text: str) -> None:
    assert wording.money_at_mark(Decimal(amount), "USD") == text


@pytest.mark.parametrize(
    ("amount", "text"), [("86.985", "$86.99"), ("151.79", "$152"), ("9999.49", "$9,999"), ("54797", "$54.8K")]
)
def test_what_an_amount_was_takes_little_room(amount: str, text: str) -> None:
    assert wording.money_before(Decimal(amount), "USD") == text


def test_exact_amounts_keep_every_decimal_of_their_currency() -> None:
    assert wording.exact(Decimal("1147240.105"), "USD") == "$1,147,240.11"
    assert wording.exact(Decimal("-0.005"), "USD") == "−$0.01"
    assert wording.exact(Decimal("1234.5"), "JPY") == "¥1,235"
    assert wording.exact(Decimal("1234.5"), "CHF") == "1,234.50\u00a0CHF"


def test_the_unknown_is_a_dash_and_never_a_zero() -> None:
    assert {wording.money(None, "USD"), wording.exact(None, "USD"), wording.count(None), wording.rate(None)} == {"—"}
    assert wording.rate(wording.ratio(0, 0)) == "—"
    assert wording.rate(wording.ratio(0, 5)) == "0.0%"


@pytest.mark.parametrize(
    ("now", "before", "text", "direction"),
    [
        (990, 866, "+14.3%", 1),
        (88, 100, "−12.0%", -1),
        (100, 100, "0.0%", 0),
        (10004, 10000, "0.0%", 0),
        (10005, 10000, "+0.1%", 1),
        (0, 50, "−100.0%", -1),
        (199, 100, "+99.0%", 1),
        (358, 100, "+258%", 1),
        (1099, 100, "+999%", 1),
        (1200, 100, "×12", 1),
        (5, 0, "new", 0),
        (0, 0, "0.0%", 0),
        (None, 5, "—", 0),
        (5, None, "—", 0),
        (5, -5, "—", 0),
    ],
)
def test_changes(now: int | None, before: int | None, text: str, direction: int) -> None:
    assert wording.change(now, before) == wording.Change(text, direction)


def test_changes_of_rates_are_points_and_of_figures_their_own_unit() -> None:
    assert wording.points(Decimal("0.0514"), Decimal("0.0444")).text == "+0.7 pp"
    assert wording.points(Decimal("0.05"), Decimal("0.05")) == wording.Change("0.0 pp", 0)
    assert wording.difference(Decimal("19.4"), Decimal("20.6"), 1, " h").text == "−1.2 h"
    assert wording.points(None, Decimal("0.05")).text == "—"


def test_only_a_metric_gets_an_ascii_minus() -> None:
    step = wording.change(88, 100)
    assert (step.text, step.for_metric) == ("\u221212.0%", "-12.0%")


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2026-10-21", "2026-11-19", "21 Oct – 19 Nov 2026"),
        ("2025-12-21", "2026-01-19", "21 Dec 2025 – 19 Jan 2026"),
        ("2026-03-03", "2026-03-09", "3–9 Mar 2026"),
        ("2026-03-03", "2026-03-03", "3 Mar 2026"),
    ],
)
def test_spans_say_month_and_year_once(first: str, last: str, text: str) -> None:
    assert wording.span(date.fromisoformat(first), date.fromisoformat(last)) == text


def test_a_comparison_in_the_same_year_leaves_it_out() -> None:
    period = (date(2026, 10, 21), date(2026, 11, 19))
    assert wording.spans(period, (date(2026, 9, 21), date(2026, 10, 20)))[1] == "21 Sep – 20 Oct"
    assert wording.spans(period, (date(2025, 10, 21), date(2025, 11, 19)))[1] == "21 Oct – 19 Nov 2025"


def test_spans_inside_a_sentence() -> None:
    assert wording.from_to(date(2026, 3, 3), date(2026, 3, 9)) == "from 3 to 9 Mar 2026"
    assert wording.from_to(date(2025, 12, 30), date(2026, 1, 2)) == "from 30 Dec 2025 to 2 Jan 2026"
    assert wording.from_to(date(2026, 3, 3), date(2026, 3, 3)) == "on 3 Mar 2026"


def test_lags_are_relative_for_two_days_and_then_a_day() -> None:
    now = datetime.fromisoformat("2026-11-20 09:40")
    assert wording.behind(now - timedelta(hours=9, minutes=9), now) == "9 h behind"
    assert wording.behind(now - timedelta(minutes=59), now) == "59 min behind"
    assert wording.behind(now - timedelta(hours=47, minutes=59), now) == "47 h behind"
    assert wording.behind(now - timedelta(hours=49), now) == "stopped on 18 Nov"


def test_names_from_shops_are_never_read_as_markup() -> None:
    assert wording.plain("a_b [x](y) $5 *z*") == r"a\_b \[x\](y) \$5 \*z\*"


def test_ids_and_dates_stay_on_one_line() -> None:
    assert wording.unbroken("20 Nov") == "20\u00a0Nov"
    assert wording.in_lines("HTTP 503 since 00:41", 12) == "HTTP\u00a0503 since\u00a000:41"
