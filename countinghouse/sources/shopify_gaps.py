"""What Shopify leaves out without a word: old orders, and what is personal. Only the rows tell that it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from countinghouse.sources.modified import time_of
from countinghouse.sources.paging import field_of

_WALL = timedelta(days=60)
_PERSONAL = ("firstName", "lastName", "defaultEmailAddress", "defaultPhoneNumber")
# Fewer customers than this may all have left their names empty.
_ENOUGH = 10


@dataclass
class Seen:
    """What of the rows tells of rights that are missing."""

    rows: int = 0
    oldest: datetime | None = None
    is_personal: bool = False

    def note(self, rows: list[Any]) -> None:
        """Look at a page."""
        self.rows += len(rows)
        for row in rows:
            created = time_of(row, "createdAt")
            if created and (self.oldest is None or created < self.oldest):
                self.oldest = created
            if any(field_of(row, name) for name in _PERSONAL):
                self.is_personal = True

    def gaps(self, resource: str, *, is_whole: bool, has_all_orders: bool) -> Iterator[str]:
        """What people should know of the whole reading, in sentences."""
        if is_whole and resource == "orders" and not has_all_orders:
            since = f"; the oldest seen is of {self.oldest:%Y-%m-%d}" if self.oldest else ""
            yield (
                f"the app has no right read_all_orders, so orders older than {_WALL.days} days are absent without a "
                f"word{since}. Ask Shopify for that scope, install the app again and read everything anew."
            )
        if self.rows >= _ENOUGH and resource == "customers" and not self.is_personal:
            yield (
                f"name, email and phone are empty on every one of {self.rows} customers: the app has no access to "
                "protected customer data. Ask for it on the app's API access page."
            )
