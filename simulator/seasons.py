"""When people buy: the shop's local days, its year, its week and its hours.

Days are calendar days of the shop's own time zone. Instants are Unix seconds.
"""

from bisect import bisect
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
FIRST_DAY = date(2023, 11, 1)

_MONTHS = (0.86, 0.84, 0.92, 0.94, 1.00, 0.96, 0.98, 0.95, 0.97, 1.04, 1.22, 1.42)
_WEEKDAYS = (1.08, 1.05, 1.00, 0.98, 0.95, 0.92, 1.02)
_HOURS = (3, 2, 1, 1, 1, 2, 4, 8, 13, 18, 22, 24, 26, 25, 23, 22, 22, 23, 25, 30, 33, 30, 19, 9)
_HOURS_SO_FAR = tuple(accumulate(_HOURS))


@lru_cache(maxsize=4096)
def midnight(day: date) -> int:
    """Return the instant at which the shop's calendar turns to `day`."""
    return int(datetime.combine(day, time(), ZONE).timestamp())


def local_day(instant: int, zone: ZoneInfo = ZONE) -> date:
    """Return the calendar day it is in `zone`."""
    return datetime.fromtimestamp(instant, zone).date()


def utc_midnight(instant: int) -> int:
    """Return the beginning of the instant's UTC day."""
    return instant - instant % 86400


def iso(instant: int) -> str:
    """Write an instant the way JavaScript does, with milliseconds and a Z."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@lru_cache(maxsize=64)
def black_friday(year: int) -> date:
    """Return the day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


@lru_cache(maxsize=4096)
def sale_depth(day: date) -> float:
    """Return 0 on ordinary days, up to 1 in the sales: Black Friday, Christmas week, midsummer, back to school."""
    since_black_friday = (day - black_friday(day.year)).days
    if 0 <= since_black_friday <= 3:
        return 1.0
    if -4 <= since_black_friday < 0:
        return 0.5
    if (day.month, day.day) >= (12, 26) or (day.month == 7 and 4 <= day.day <= 10):
        return 0.6
    if day.month == 8 and 20 <= day.day <= 27:
        return 0.35
    return 0.0


def demand(day: date) -> float:
    """Return how keen people are to buy on a day; an ordinary day is about 1."""
    year = _MONTHS[day.month - 1]
    if day.month == 12 and day.day >= 20:
        year *= 0.62
    since_black_friday = (day - black_friday(day.year)).days
    rush = {0: 2.9, 1: 1.9, 2: 1.6, 3: 2.5, -1: 1.3}.get(since_black_friday, 1.0)
    return year * _WEEKDAYS[day.weekday()] * rush * (1 + 0.25 * min(sale_depth(day), 0.6))


def moment(rng: Random, day: date) -> int:
    """Return a random instant of the day, more likely at noon and in the evening."""
    hour = bisect(_HOURS_SO_FAR, rng.random() * _HOURS_SO_FAR[-1])
    second = min(hour * 3600 + int(rng.random() * 3600), midnight(day + timedelta(days=1)) - midnight(day) - 1)
    return midnight(day) + second


def poisson(rng: Random, mean: float) -> int:
    """Draw a count; for large means the normal approximation is close enough for a pretended shop."""
    if mean > 40:
        return max(0, round(rng.gauss(mean, mean**0.5)))
    left, count = rng.random(), 0
    step = total = 2.718281828459045**-mean
    while left > total and count < 500:
        count += 1
        step *= mean / count
        total += step
    return count
