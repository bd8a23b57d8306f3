"""Which days a period has, seen from the data's own clock: the dashboards and the API end theirs on the same day."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def last_finished_day(as_of_at: datetime, timezones: Iterable[str]) -> date:
    """The last day that was over in every one of these time zones at this instant, which is UTC without saying so."""
    instant = as_of_at.replace(tzinfo=UTC)
    days = (instant.astimezone(ZoneInfo(timezone)).date() for timezone in timezones)
    return min(days, default=as_of_at.date()) - timedelta(days=1)
