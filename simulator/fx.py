"""Daily reference rates, in the shape of Frankfurter's API over the European Central Bank's table.

docs    https://frankfurter.dev (v1)
paging  none: a span of days is one answer
quirks  no rates on weekends and on TARGET holidays, and a span begins with the working day on or before its first day;
        a day's rates are out at about 16:00 in Frankfurt, on the clock there
"""

import math
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from zoneinfo import ZoneInfo

from simulator.clock import Clock
from simulator.web import Answer, Request, to_json

FRANKFURT = ZoneInfo("Europe/Berlin")
PUBLISHED_HOUR = 16
FIRST_RATE = date(2023, 1, 2)
# Around what the rates for one euro wander, and their names.
LEVELS: dict[str, tuple[float, str]] = {
    "AUD": (1.66, "Australian Dollar"),
    "CAD": (1.51, "Canadian Dollar"),
    "CHF": (0.95, "Swiss Franc"),
    "CNY": (7.85, "Chinese Renminbi Yuan"),
    "DKK": (7.46, "Danish Krone"),
    "GBP": (0.86, "British Pound"),
    "JPY": (161.0, "Japanese Yen"),
    "KWD": (0.337, "Kuwaiti Dinar"),
    "NOK": (11.6, "Norwegian Krone"),
    "NZD": (1.81, "New Zealand Dollar"),
    "PLN": (4.3, "Polish Złoty"),
    "SEK": (11.3, "Swedish Krona"),
    "USD": (1.10, "United States Dollar"),
}
_DAILY_MOVE, _PULL = 0.0045, 0.99
_PATH = re.compile(r"/v1/(?P<first>\d{4}-\d\d-\d\d)(?:(?P<span>\.\.)(?P<last>\d{4}-\d\d-\d\d)?)?")

Rates = dict[str, float]


class Fx:
    """Answers requests below /v1. It asks for no key."""

    def __init__(self, clock: Clock, is_limited: bool = True) -> None:
        self._clock = clock
        self.is_limited = is_limited

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        if request.path == "/v1/currencies":
            names = {code: name for code, (_, name) in LEVELS.items()} | {"EUR": "Euro"}
            return Answer(200, to_json(dict(sorted(names.items()))), "application/json")
        shown = self._rates(request)
        if shown is None:
            return self.refusal(request, 404)
        return Answer(200, to_json(shown), "application/json")

    def refusal(self, request: Request, status: int) -> Answer:
        """Word a failure as Frankfurter does."""
        message = {404: "not found", 422: "invalid request", 429: "too many requests"}.get(status, "server error")
        return Answer(status, to_json({"message": message}), "application/json")

    def _rates(self, request: Request) -> dict[str, object] | None:
        asked = dict(request.parameters)
        base = asked.get("base", "EUR").upper()
        symbols = [code for code in asked.get("symbols", "").upper().split(",") if code]
        if any(code != "EUR" and code not in LEVELS for code in (base, *symbols)):
            return None
        newest = self._newest()
        if request.path == "/v1/latest":
            return {"amount": 1.0, "base": base, "date": newest.isoformat(), "rates": _quotes(newest, base, symbols)}
        found = _PATH.fullmatch(request.path)
        try:
            first = date.fromisoformat(found["first"]) if found else None
            last = date.fromisoformat(found["last"]) if found and found["last"] else newest
        except ValueError:
            return None
        if found is None or first is None or first < FIRST_RATE or first > last:
            return None
        start = _working_day(min(first, newest))
        if not found["span"]:
            return {"amount": 1.0, "base": base, "date": start.isoformat(), "rates": _quotes(start, base, symbols)}
        end = _working_day(min(last, newest))
        days = (start + timedelta(days=number) for number in range((end - start).days + 1))
        rates = {day.isoformat(): _quotes(day, base, symbols) for day in days if _is_open(day)}
        span = {"start_date": start.isoformat(), "end_date": end.isoformat()}
        return {"amount": 1.0, "base": base, **span, "rates": rates}

    def _newest(self) -> date:
        """Return the last day whose rates are out."""
        here = datetime.fromtimestamp(self._clock.now(), UTC).astimezone(FRANKFURT)
        return _working_day(here.date() if here.hour >= PUBLISHED_HOUR else here.date() - timedelta(days=1))


def _quotes(day: date, base: str, symbols: list[str]) -> Rates:
    euro = {code: _rate(code, day) for code in LEVELS} | {"EUR": 1.0}
    wanted = sorted(symbols or euro)
    return {code: _rounded(euro[code] / euro[base]) for code in wanted if code != base}


def _rounded(rate: float) -> float:
    """Round to five digits, as the bank's table has them."""
    return round(rate, 4 - math.floor(math.log10(rate)))


def _rate(code: str, day: date) -> float:
    return _rounded(LEVELS[code][0] * math.exp(_walk(code, (day - FIRST_RATE).days)))


@lru_cache(maxsize=100_000)
def _walk(code: str, day: int) -> float:
    """Return how far a rate has wandered from its level; each day pulls it back a little."""
    if day <= 0:
        return 0.0
    if day % 200:
        return _walk(code, day - 1) * _PULL + _step(code, day)
    # In steps of 200 days, so that the first question about a late day does not go down thousands of calls.
    at = _walk(code, day - 200)
    for number in range(day - 199, day + 1):
        at = at * _PULL + _step(code, number)
    return at


def _step(code: str, day: int) -> float:
    """Return a day's move: the sum of twelve even draws is close enough to a bell."""
    digest = blake2b(f"{code}/{day}".encode(), digest_size=12).digest()
    return (sum(digest) / 255 - 6) * _DAILY_MOVE * (0.02 if code == "DKK" else 1)


def _working_day(day: date) -> date:
    while not _is_open(day):
        day -= timedelta(days=1)
    return day


@lru_cache(maxsize=20_000)
def _is_open(day: date) -> bool:
    """Whether TARGET, the banks' system, works on a day."""
    easter = _easter(day.year)
    moving = {easter - timedelta(days=2), easter + timedelta(days=1)}
    return day.weekday() < 5 and (day.month, day.day) not in {(1, 1), (5, 1), (12, 25), (12, 26)} and day not in moving


def _easter(year: int) -> date:
    """Return Easter Sunday (the anonymous Gregorian computus, Meeus 1991)."""
    golden, century, rest = year % 19, year // 100, year % 100
    leap, short = divmod(century, 4)
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * short + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
