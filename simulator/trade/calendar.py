"""The days of a shop in its own zone, and how changes of its objects are noted."""

from bisect import bisect, bisect_left, bisect_right
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

from simulator.catalogue import Steps
from simulator.seasons import FIRST_DAY, demand
from simulator.trade.model import Changing

DAY = 86400
HOUR = 3600
LAST_COUNTED_DAY = date(2026, 11, 20)

_HOURS_SO_FAR = (3, 5, 6, 7, 8, 10, 14, 22, 35, 53, 75, 99, 125, 150, 173, 195, 217, 240, 265, 295, 328, 358, 377, 386)


@lru_cache(maxsize=16384)
def midnight(day: date, zone: ZoneInfo) -> int:
    """Return the instant at which the zone's calendar turns to `day`."""
    return int(datetime.combine(day, time(), zone).timestamp())


def at_local(day: date, zone: ZoneInfo, hour: int, minute: int) -> int:
    """Return the instant of a local clock time; of one that comes twice, the second."""
    return int(datetime.combine(day, time(hour, minute, fold=1), zone).timestamp())


def moment(rng: Random, day: date, zone: ZoneInfo) -> int:
    """Return a random instant of the day, more likely at noon and in the evening."""
    second = bisect(_HOURS_SO_FAR, rng.random() * _HOURS_SO_FAR[-1]) * HOUR + int(rng.random() * HOUR)
    start = midnight(day, zone)
    return start + min(second, midnight(day + timedelta(days=1), zone) - start - 1)


@lru_cache(maxsize=8192)
def keenness(day: date) -> float:
    """Return a day's share of all orders from the first day to November 2026: seasons, and growth by a half a year."""
    return _weight(day) / _all_weights()


@lru_cache(maxsize=1)
def _all_weights() -> float:
    days = range(FIRST_DAY.toordinal(), LAST_COUNTED_DAY.toordinal() + 1)
    return sum(_weight(date.fromordinal(number)) for number in days)


def _weight(day: date) -> float:
    return demand(day) * (1 + 0.5 * (day - FIRST_DAY).days / 365)


def note(thing: Changing, at: int) -> None:
    """Note that a thing's row changes at an instant; what is already decided about later instants stays."""
    position = bisect_left(thing.changes, at)
    if position == len(thing.changes) or thing.changes[position] != at:
        thing.changes.insert(position, at)


def move(stock: Steps, at: int, units: int) -> None:
    """Add units to a stock from an instant on, below what is already decided about later instants."""
    position = bisect_right(stock.instants, at)
    before = stock.values[position - 1] if position else stock.values[0]
    stock.instants.insert(position, at)
    stock.values.insert(position, before)
    for later in range(position, len(stock.values)):
        stock.values[later] += units
