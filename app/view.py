"""What a page looks at: which days, compared with which, which stores, in which currency. Pure.

Periods end on the last day that is over in every chosen store, seen from the data's own clock (`as_of_at`), so that a
period never ends in a part of a day, and a copy published yesterday does not show today as a collapse.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from countinghouse import periods

PERIODS = ("7D", "30D", "90D", "12M", "Custom")
COMPARISONS = ("Previous period", "Same period last year", "Nothing")
DAY = timedelta(days=1)
NEVER = date(1970, 1, 1)


@dataclass(frozen=True)
class Period:
    """Days from first to last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def earlier(self, days: int) -> "Period":
        """The same number of days, moved back."""
        return Period(self.first - timedelta(days=days), self.last - timedelta(days=days))


@dataclass(frozen=True)
class Store:
    """A shop as the filters, badges and charts need it. Instants are UTC; `as_of_at` is when its data ends."""

    name: str
    platform: str
    timezone: str
    currency: str
    first_order_at: datetime | None
    last_order_at: datetime | None
    as_of_at: datetime | None
    last_loaded_at: datetime | None
    status: str
    last_error: str | None

    @property
    def has_orders(self) -> bool:
        """Whether it ever sold anything that was loaded."""
        return self.first_order_at is not None

    def local(self, at: datetime) -> datetime:
        """A UTC instant on the store's own clock, without zone."""
        return at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)

    def utc(self, local: datetime) -> datetime:
        """A reading of the store's own clock as a UTC instant, without zone."""
        return local.replace(tzinfo=ZoneInfo(self.timezone)).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


@dataclass(frozen=True)
class View:
    """Everything a query needs to know about what the reader asked for.

    stores      the chosen ones, in the order of their names; never empty unless there are none at all
    comparison  None when nothing is compared, or when the orders on record do not reach back far enough
    definitions by whose words sales are counted: shopify, woocommerce or finance
    is_native   amounts are in the one chosen store's own currency, else in the reporting currency
    """

    copy: str
    as_of_at: datetime
    period: Period
    comparison: Period | None
    compare: str
    stores: tuple[Store, ...]
    all_stores: tuple[Store, ...]
    currency: str
    reporting_currency: str
    is_native: bool
    is_covered: bool = True
    definitions: str = "shopify"

    @property
    def store_names(self) -> tuple[str, ...]:
        """Names of the chosen stores."""
        return tuple(store.name for store in self.stores)

    @property
    def is_one_store(self) -> bool:
        """Whether a split by store would say nothing."""
        return len(self.stores) == 1

    @property
    def known_until(self) -> date:
        """The last day of which at least one chosen store has sent anything."""
        return max(self.known_until_by_store, default=self.period.last)

    @property
    def known_until_by_store(self) -> tuple[date, ...]:
        """The last day each chosen store has sent anything of, in the stores' order; long ago if it never did."""
        return tuple(store.local(store.as_of_at).date() if store.as_of_at else NEVER for store in self.stores)

    @property
    def known_from(self) -> date:
        """The first day with an order in a chosen store: before it there is no history, which is not zero."""
        return first_order_day(self.stores) or self.period.first

    @property
    def money_suffix(self) -> str:
        """End of the money columns' names to read."""
        return "_native" if self.is_native else ""


def first_order_day(stores: tuple[Store, ...]) -> date | None:
    """The first day any of these stores sold something, in its own calendar."""
    days = [store.local(store.first_order_at).date() for store in stores if store.first_order_at]
    return min(days, default=None)


def last_order_day(stores: tuple[Store, ...]) -> date | None:
    """The last day any of these stores sold something, in its own calendar."""
    days = [store.local(store.last_order_at).date() for store in stores if store.last_order_at]
    return max(days, default=None)


def last_finished_day(as_of_at: datetime, stores: tuple[Store, ...]) -> date:
    """The last day that was over everywhere at this instant."""
    return periods.last_finished_day(as_of_at, [store.timezone for store in stores])


def period_named(name: str, last: date, custom: tuple[date, date] | None = None) -> Period:
    """The days a choice of the period control means, when the last finished day is `last`."""
    if name == "Custom" and custom:
        return Period(*custom)
    if name == "12M":
        return Period(_year_earlier(last) + DAY, last)
    days = {"7D": 7, "90D": 90}.get(name, 30)
    return Period(last - timedelta(days=days - 1), last)


def compared_with(period: Period, compare: str) -> Period | None:
    """The days that a period is measured against: always as many of them as it has itself."""
    if compare == "Previous period":
        return period.earlier(period.days)
    if compare == "Same period last year":
        return period.earlier((period.last - _year_earlier(period.last)).days)
    return None


def covers(comparison: Period, first_order: date | None) -> bool:
    """Whether the history reaches back over a comparison.

    A tenth of its days may lie before the first order, because a small shop does not sell daily; with more missing,
    every change would read as growth that never happened.
    """
    return first_order is not None and first_order <= comparison.first + timedelta(days=comparison.days // 10)


def grain_of(period: Period) -> str:
    """The step of a trend: a day up to 92 days, a week up to two years, then a month."""
    if period.days <= 92:
        return "day"
    return "week" if period.days <= 731 else "month"


def wider(view_period: Period, last: date, first_order: date | None, last_order: date | None) -> tuple[str, Period]:
    """The narrowest choice that holds orders when the present one holds none.

    returns  a name of the period control, and its days; `Custom` when even twelve months hold nothing
    """
    if last_order is None or first_order is None:
        return "12M", period_named("12M", last)
    for name in ("30D", "90D", "12M"):
        candidate = period_named(name, last)
        # An order of today is after every period; those before it count.
        if candidate.days > view_period.days and first_order <= last and candidate.first <= last_order:
            return name, candidate
    return "Custom", Period(max(first_order, last_order - timedelta(days=89)), last_order)


def _year_earlier(day: date) -> date:
    # 29 February has no counterpart; its neighbour is the 28th.
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
