"""DummyJSON's query parameters: `limit`, `skip`, `select`, `sortBy`, `order` and `delay`, oddities included."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key
from typing import Any

from simulator.shop import Row

LONGEST_DELAY = 5000


class Refusal(Exception):
    """An answer with a status and DummyJSON's one-line message."""

    def __init__(self, status: int, message: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Options:
    """What the query asks for. None for a number means JavaScript's NaN: the text was empty."""

    limit: int | None = 30
    skip: int | None = 0
    select: tuple[str, ...] = ()
    sort_by: str = ""
    order: str = "asc"
    delay: int = 0
    q: str = ""
    key: str | None = None
    value: str | None = None

    def without_selection(self) -> "Options":
        """Return the options carts understand: no select, no sorting."""
        return replace(self, select=(), sort_by="")


def read_options(parameters: list[tuple[str, str]]) -> Options:
    """Read the query; unknown parameters are ignored."""
    given = dict(parameters)
    sort_by, order = given.get("sortBy", ""), given.get("order", "").lower()
    if sort_by and order and order not in ("asc", "desc"):
        raise Refusal(400, "Order can be: 'asc' or 'desc'")
    limit = _number("limit", given.get("limit", "30"))
    skip = _number("skip", given.get("skip", "0"))
    delay = _number("delay", given.get("delay", "0")) or 0
    if delay > LONGEST_DELAY:
        raise Refusal(400, "Delay cannot be greater than 5 seconds")
    listed = [value for name, value in parameters if name in ("select[]",) or re.fullmatch(r"select\[\d+\]", name)]
    if not listed and given.get("select"):
        listed = given["select"].split(",")
    return Options(
        limit=limit,
        skip=skip,
        select=("id", *listed) if listed else (),
        sort_by=sort_by,
        order=order or "asc",
        delay=max(0, delay),
        q=given.get("q", "").strip().lower(),
        key=given.get("key"),
        value=given.get("value"),
    )


def page(rows: Sequence[Row], options: Options) -> Sequence[Row]:
    """Cut the page out: 0 is everything, a negative limit leaves the last ones off, an empty one leaves nothing."""
    if options.skip is not None and options.skip > 0:
        rows = rows[options.skip :]
    if options.limit is None:
        return []
    return rows if options.limit == 0 or options.limit > len(rows) else rows[: options.limit]


def select(value: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Keep the named fields, in the order they were asked for; unknown ones vanish."""
    return {field: value[field] for field in fields if field in value}


def sort(rows: Sequence[Row], options: Options) -> Sequence[Row]:
    """Sort by a top-level field; an unknown one changes nothing."""
    field = options.sort_by
    if not field or not any(field in row.value for row in rows):
        return rows
    sign = 1 if options.order == "asc" else -1

    def compare(left: Row, right: Row) -> int:
        a, b = left.value.get(field), right.value.get(field)
        if a == b:
            return 0
        try:
            return sign if a > b else -sign  # pyright: ignore
        except TypeError:
            return -1

    return sorted(rows, key=cmp_to_key(compare))


def _number(name: str, text: str) -> int | None:
    """Read a number as JavaScript's Number() checks and parseInt() reads it."""
    stripped = text.strip()
    if stripped:
        try:
            float(stripped)
        except ValueError:
            raise Refusal(400, f"Invalid '{name}' - must be a number") from None
    digits = re.match(r"[+-]?\d+", stripped)
    return int(digits.group()) if digits else None
