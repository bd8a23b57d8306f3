"""Shopify's search strings: `updated_at:>='2026-11-01T00:00:00Z' status:open`.

The traps are meant. A value without quotes ends at its first colon, so that of an instant only the date is left. A
filter with an unknown name is passed over, and only a warning tells.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulator.shopify_graphql import QueryError, Row

Test = Callable[[Any], bool]
Read = Callable[[Any], Any]

_TERM = re.compile(
    r"""(?P<not>-|NOT\s+)?(?:(?P<name>[A-Za-z_]\w*):)?(?P<operator><=|>=|<|>)?(?P<value>'[^']*'|"[^"]*"|[^\s()]+)"""
)


@dataclass(slots=True)
class Search:
    """A search read: what it keeps, and what it warns of."""

    keeps: Test
    warnings: list[Row] = field(default_factory=list)


def read_search(text: str, times: Mapping[str, Read], values: Mapping[str, Read], zone: ZoneInfo) -> Search:
    """Read a search string.

    times   filters by an instant: what a row holds, in Unix seconds
    values  filters by a value: what a row holds, as text, number or list of texts
    zone    the shop's, in which a bare date begins
    """
    warnings: list[Row] = []
    alternatives: list[list[Test]] = [[]]
    for word in _TERM.finditer(text):
        bare, name = word["value"], word["name"]
        if name is None and bare in ("AND", "OR"):
            if bare == "OR":
                alternatives.append([])
            continue
        if name is None:
            continue  # free words search everywhere; no reader of ours uses them
        if name in times:
            test = _time_test(name, times[name], word["operator"] or "", bare, zone)
        elif name in values:
            test = _value_test(values[name], word["operator"] or "", _unquoted(bare))
        else:
            warnings.append({"field": name, "message": "Invalid search field for this query.", "code": "invalid_field"})
            continue
        alternatives[-1].append(_negated(test) if word["not"] else test)
    kept = [tests for tests in alternatives if tests]
    return Search(lambda row: not kept or any(all(test(row) for test in tests) for tests in kept), warnings)


def _negated(test: Test) -> Test:
    return lambda row: not test(row)


def _unquoted(value: str) -> str:
    return value[1:-1] if value[:1] in "'\"" else value


def _time_test(name: str, read: Read, operator: str, value: str, zone: ZoneInfo) -> Test:
    is_quoted = value[:1] in "'\""
    # Without quotes the second colon ends the value, and with it the time of day goes.
    text = _unquoted(value) if is_quoted else value.partition(":")[0].partition("T")[0]
    try:
        if len(text) <= 10:
            day = date.fromisoformat(text)
            instant = _midnight(day, zone)
            length = _midnight(day + timedelta(days=1), zone) - instant
        else:
            moment = datetime.fromisoformat(text)
            instant = int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())
            length = 1
    except ValueError:
        raise QueryError(f"Invalid timestamp for query filter `{name}`.", "BAD_REQUEST") from None
    bounds: dict[str, Test] = {
        ">=": lambda row: _present(read(row)) >= instant,
        ">": lambda row: _present(read(row)) > instant,
        "<=": lambda row: 0 <= _present(read(row)) <= instant,
        "<": lambda row: 0 <= _present(read(row)) < instant,
        "": lambda row: instant <= _present(read(row)) < instant + length,
    }
    return bounds[operator]


def _present(instant: int | None) -> int:
    return -1 if instant is None else instant


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def _value_test(read: Read, operator: str, wanted: str) -> Test:
    if operator:
        number = float(wanted) if re.fullmatch(r"\d+(\.\d+)?", wanted) else 0.0
        compare = {">=": float.__ge__, ">": float.__gt__, "<=": float.__le__, "<": float.__lt__}[operator]
        return lambda row: compare(float(read(row)), number)
    lower = wanted.lower()

    def test(row: Any) -> bool:
        held = read(row)
        if isinstance(held, list):
            return lower in (str(one).lower() for one in held)
        if isinstance(held, bool):
            return lower == str(held).lower()
        return held is not None and (lower == "*" or str(held).lower() == lower)

    return test
