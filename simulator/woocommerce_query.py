"""WooCommerce's query parameters: paging, sorting, filters by time and state, and the words they are refused in.

A parameter nobody knows is ignored without a word; a known one with a value nobody knows is refused with 400.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

MOST_ROWS = 100
TIMES = {"after": "created", "before": "created", "modified_after": "modified", "modified_before": "modified"}

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}(?::?\d{2})?)?")
_INDEXED = re.compile(r"(\w+)\[\d*\]")


class Refusal(Exception):
    """An error as WordPress words it."""

    def __init__(self, status: int, code: str, message: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, "data": {"status": status} | (data or {})}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a list understands.

    order_by       what it can be sorted by
    default        what it is sorted by unless told otherwise, and in which direction
    statuses       the states it can be asked for, `any` included; none means that it has none
    times          which of the four time filters it knows
    other_filters  further parameters
    """

    order_by: tuple[str, ...]
    default: tuple[str, str] = ("date", "desc")
    statuses: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    other_filters: tuple[str, ...] = ()


@dataclass(slots=True)
class Query:
    """A checked question. `given` is the query as it came, for the links to the neighbouring pages."""

    given: list[tuple[str, str]]
    page: int = 1
    per_page: int = 10
    offset: int | None = None
    order_by: str = "date"
    order: str = "desc"
    statuses: tuple[str, ...] = ()
    include: tuple[int, ...] = ()
    exclude: tuple[int, ...] = ()
    fields: tuple[str, ...] = ()
    filters: dict[str, str] = field(default_factory=dict)
    times: list[tuple[str, datetime, bool]] = field(default_factory=list)  # parameter, naive border, is it UTC

    def is_in_time(self, created: int, modified: int, zone: ZoneInfo) -> bool:
        """Tell whether a row lies between all borders; a border itself is outside, as in WordPress's date query.

        A border that is not UTC is compared with the site's own clock, which shows an hour of autumn twice.
        """
        for name, border, is_utc in self.times:
            instant = created if TIMES[name] == "created" else modified
            shown = datetime.fromtimestamp(instant, UTC if is_utc else zone).replace(tzinfo=None)
            if not (shown > border if name.endswith("after") else shown < border):
                return False
        return True


def read_query(parameters: list[tuple[str, str]], rules: Rules, zone: ZoneInfo) -> Query:
    """Check the parameters of a list."""
    given, problems = _collected(parameters), Problems()
    query = Query(parameters)
    query.page = problems.whole(given, "page", 1, least=1)
    query.per_page = problems.whole(given, "per_page", 10, least=1, most=MOST_ROWS)
    query.offset = problems.whole(given, "offset", -1) if "offset" in given else None
    problems.whole(given, "dp", 2)
    query.order_by = problems.one_of(given, "orderby", rules.default[0], rules.order_by)
    query.order = problems.one_of(given, "order", rules.default[1], ("asc", "desc"))
    problems.one_of(given, "context", "view", ("view", "edit"))
    query.include = problems.whole_numbers(given, "include")
    query.exclude = problems.whole_numbers(given, "exclude")
    if rules.statuses:
        query.statuses = tuple(_texts(given.get("status", ["any"])))
        for position, status in enumerate(query.statuses):
            if status not in rules.statuses:
                problems.not_one_of("status", f"status[{position}]", rules.statuses)
    is_gmt = given.get("dates_are_gmt", ["false"])[-1].lower() in ("true", "1")
    for name in rules.times:
        if name in given:
            border = problems.instant(given, name, zone, is_gmt)
            query.times += [] if border is None else [(name, *border)]
    problems.raise_if_any()
    query.fields = read_fields(parameters)
    query.filters = {name: given[name][-1] for name in rules.other_filters if name in given}
    return query


def read_decimals(parameters: list[tuple[str, str]]) -> int:
    """Read `dp`, the decimals of money; what is wrong with it is said where everything is checked."""
    text = dict(parameters).get("dp", "2")
    return int(text) if text.isdecimal() else 2


def read_fields(parameters: list[tuple[str, str]]) -> tuple[str, ...]:
    """Read `_fields`; none means all."""
    return tuple(_texts(_collected(parameters).get("_fields", [])))


def only(row: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Keep the wanted fields in the order of the row; `billing.email` reaches into an object."""
    if not fields:
        return row
    inner: dict[str, list[str]] = {}
    for name in fields:
        head, _, rest = name.partition(".")
        inner.setdefault(head, []).append(rest)
    return {
        name: only(value, tuple(inner[name])) if isinstance(value, dict) and "" not in inner[name] else value
        for name, value in row.items()
        if name in inner
    }


class Problems:
    """Collects what is wrong with the parameters: WordPress names them all at once."""

    def __init__(self) -> None:
        self._params: dict[str, str] = {}
        self._details: dict[str, dict[str, Any]] = {}

    def whole(
        self, given: Mapping[str, list[str]], name: str, default: int, least: int | None = None, most: int | None = None
    ) -> int:
        """Read a whole number between two borders."""
        if name not in given:
            return default
        text = given[name][-1].strip()
        if not re.fullmatch(r"[+-]?\d+", text):
            self._add(name, "rest_invalid_type", f"{name} is not of type integer.")
            return default
        number = int(text)
        if least is not None and most is not None and not least <= number <= most:
            self._add(name, "rest_out_of_bounds", f"{name} must be between {least} (inclusive) and {most} (inclusive)")
        elif least is not None and number < least:
            self._add(name, "rest_out_of_bounds", f"{name} must be greater than or equal to {least}")
        return number

    def whole_numbers(self, given: Mapping[str, list[str]], name: str) -> tuple[int, ...]:
        """Read a list of ids."""
        texts = _texts(given.get(name, []))
        for position, text in enumerate(texts):
            if not text.isdecimal():
                self._add(name, "rest_invalid_type", f"{name}[{position}] is not of type integer.")
        return tuple(int(text) for text in texts if text.isdecimal())

    def one_of(self, given: Mapping[str, list[str]], name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Read one of a few words."""
        word = given.get(name, [default])[-1]
        if word not in allowed:
            self.not_one_of(name, name, allowed)
        return word

    def not_one_of(self, name: str, shown: str, allowed: tuple[str, ...]) -> None:
        """Note a word that is none of those allowed."""
        comma = "," if len(allowed) > 2 else ""
        listed = ", ".join(allowed[:-1]) + f"{comma} and {allowed[-1]}"
        self._add(name, "rest_not_in_enum", f"{shown} is not one of {listed}.")

    def instant(
        self, given: Mapping[str, list[str]], name: str, zone: ZoneInfo, is_gmt: bool
    ) -> tuple[datetime, bool] | None:
        """Read a time: without a zone it is the site's, or UTC with `dates_are_gmt`; with one it is understood."""
        text = given[name][-1]
        try:
            if not _DATE.fullmatch(text):
                raise ValueError
            # A plus sign left bare in a query is a space by now: such a text does not match.
            instant = datetime.fromisoformat(text.upper())
        except ValueError:
            self._add(name, "rest_invalid_date", "Invalid date.")
            return None
        if instant.tzinfo is not None:
            instant = instant.astimezone(UTC if is_gmt else zone).replace(tzinfo=None)
        return instant.replace(microsecond=0), is_gmt

    def raise_if_any(self) -> None:
        """Refuse the request if something was wrong."""
        if self._params:
            names = ", ".join(self._params)
            raise Refusal(
                400,
                "rest_invalid_param",
                f"Invalid parameter(s): {names}",
                {"params": self._params, "details": self._details},
            )

    def _add(self, name: str, code: str, message: str) -> None:
        self._params[name] = message
        self._details[name] = {"code": code, "message": message, "data": None}


def page_link(url: str, query: Query, page: int, defaults: list[tuple[str, str]], quote: Callable[[str], str]) -> str:
    """Write a neighbouring page's address the way WooCommerce does.

    What was asked comes first, in its order; `status` and the others the server adds come behind it, and a page number
    that was not asked for at the very end. Keys given in the query come along: that is how they leak.
    """
    added = {_bare(name) for name, _ in defaults}
    pairs = [(name, value) for name, value in query.given if _bare(name) not in added]
    if any(name == "page" for name, _ in pairs):
        pairs = [(name, str(page) if name == "page" else value) for name, value in pairs] + defaults
    else:
        pairs = [*pairs, *defaults, ("page", str(page))]
    return url + "?" + "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)


def _bare(name: str) -> str:
    matched = _INDEXED.fullmatch(name)
    return matched[1] if matched else name


def _collected(parameters: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Gather `status[]=a&status[1]=b` under one name; of a plain name given twice the last one counts."""
    collected: dict[str, list[str]] = {}
    for name, value in parameters:
        if _INDEXED.fullmatch(name):
            collected.setdefault(_bare(name), []).append(value)
        else:
            collected[name] = [value]
    return collected


def _texts(values: list[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",") if part.strip()]
