"""Payload's query language: `where` in brackets or as JSON, `sort`, `select`, `limit`, `depth`, oddities included."""

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulator.payload_schema import SCHEMA, Kind

Document = dict[str, Any]
Lookup = Callable[[str, int], Document | None]
Test = Callable[[Document], bool]

OPERATORS = frozenset(
    {"equals", "not_equals", "in", "not_in", "all", "exists", "contains", "like", "not_like"}
    | {"greater_than", "greater_than_equal", "less_than", "less_than_equal", "within", "intersects", "near"}
)
DEFAULT_LIMIT, DEFAULT_DEPTH, LARGEST_DEPTH = 10, 2, 10


class PayloadError(Exception):
    """An answer with a status and a list of errors. `name` is what a minifier left of the class's name."""

    def __init__(self, status: int, message: str, name: str | None = None, data: Any = None) -> None:
        super().__init__(message)
        self.status = status
        named = {} if name is None else {"name": name, "data": data}
        self.body: Document = {"errors": [named | {"message": message}]}


def hidden_failure() -> PayloadError:
    """Return what a mistake inside looks like: a 500 that says nothing."""
    return PayloadError(500, "An unknown error occurred.")


def _no_path(path: str) -> PayloadError:
    return PayloadError(400, f"The following path cannot be queried: {path}", "s", [{"path": path}])


@dataclass(frozen=True, slots=True)
class Query:
    """What a reading asks for.

    limit          rows of a page; None is everything
    echoed_limit   what the answer repeats as `limit`, a word included
    joins          options of each join list, or False for none at all
    """

    limit: int | None = DEFAULT_LIMIT
    echoed_limit: int | str = DEFAULT_LIMIT
    page: int = 1
    has_paging: bool = True
    depth: int = DEFAULT_DEPTH
    sort: tuple[str, ...] = ()
    where: Document = field(default_factory=dict[str, Any])
    select: Document = field(default_factory=dict[str, Any])
    joins: Document | bool = field(default_factory=dict[str, Any])
    has_trash: bool = False


def read_query(parameters: Iterable[tuple[str, str]]) -> Query:
    """Read a reading's parameters; unknown ones are ignored."""
    given = nested(parameters)
    limit, echoed = _limit(given.get("limit"))
    depth = _integer(given.get("depth"))
    joins = given.get("joins", {})
    return Query(
        limit=limit,
        echoed_limit=echoed,
        page=max(1, _integer(given.get("page")) or 1),
        has_paging=given.get("pagination") != "false",
        depth=DEFAULT_DEPTH if depth is None else min(max(0, depth), LARGEST_DEPTH),
        sort=tuple(part.strip() for part in str(given.get("sort") or "").split(",") if part.strip()),
        where=_tree(given.get("where")),
        select=_tree(given.get("select")),
        joins=False if joins == "false" else _tree(joins),
        has_trash=given.get("trash") == "true",
    )


def nested(parameters: Iterable[tuple[str, str]]) -> Document:
    """Turn `a[b][0]=c` into {"a": {"b": {"0": "c"}}}."""
    tree: Document = {}
    for name, value in parameters:
        head, rest = re.match(r"([^\[]*)(.*)", name, re.DOTALL).groups()  # pyright: ignore
        steps = [head, *re.findall(r"\[([^\]]*)\]", rest)]
        place = tree
        for step in steps[:-1]:
            if not isinstance(place.get(step), dict):
                place[step] = {}
            place = place[step]
        last = steps[-1] or str(len(place))
        place[last] = value
    return tree


def _tree(value: Any) -> Document:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise hidden_failure() from None
    return value if isinstance(value, dict) else {}


def _integer(value: Any) -> int | None:
    match = re.match(r"\s*[+-]?\d+", value) if isinstance(value, str) else None
    return int(match.group()) if match else None


def _limit(value: Any) -> tuple[int | None, int | str]:
    if value is None:
        return DEFAULT_LIMIT, DEFAULT_LIMIT
    limit = _integer(value)
    if limit is None:
        return None, str(value)
    return (limit if limit > 0 else None), limit


def condition(collection: str, where: Document, lookup: Lookup) -> Test:
    """Turn `where` into a test of a row. Raises 400 for what cannot be queried, 500 for a value that cannot be read."""
    tests: list[Test] = []
    for path, rest in where.items():
        if path.lower() in ("and", "or"):
            listed = rest.values() if isinstance(rest, dict) else rest
            parts = [condition(collection, part, lookup) for part in listed if isinstance(part, dict)]
            if parts:
                tests.append(_every(parts) if path.lower() == "and" else _any(parts))
            continue
        kind = _kind(collection, path)
        if not isinstance(rest, dict):
            raise _no_path(path)
        for operator, value in rest.items():
            if operator not in OPERATORS:
                raise _no_path(f"{path}.{operator}")
            tests.append(_compared(collection, path, kind, operator, value, lookup))
    return _every(tests)


def _every(tests: list[Test]) -> Test:
    return lambda row: all(test(row) for test in tests)


def _any(tests: list[Test]) -> Test:
    return lambda row: any(test(row) for test in tests)


def _kind(collection: str, path: str) -> Kind:
    """Return what a path leads to; a relation may be followed to the fields of its target."""
    schema = SCHEMA[collection]
    if path in schema.fields:
        return schema.fields[path]
    head = path
    while "." in head:
        head = head.rpartition(".")[0]
        if head in schema.relations:
            return _kind(schema.relations[head], path[len(head) + 1 :])
    raise _no_path(path)


def values(collection: str, row: Document, path: str, lookup: Lookup) -> list[Any]:
    """Return all values a path leads to: several inside lists, one null inside an empty one."""
    schema = SCHEMA[collection]
    found: list[Any] = [row]
    steps = path.split(".")
    for position, step in enumerate(steps):
        following: list[Any] = []
        for value in found:
            inner = value.get(step) if isinstance(value, dict) else None
            following += (inner or [None]) if isinstance(inner, list) else [inner]
        found = following
        target = schema.relations.get(".".join(steps[: position + 1]))
        if target is not None and position + 1 < len(steps):
            rest = ".".join(steps[position + 1 :])
            targets = [lookup(target, id) if id is not None else None for id in found]
            return [value for one in targets for value in (values(target, one, rest, lookup) if one else [None])]
    return found


def _compared(collection: str, path: str, kind: Kind, operator: str, value: Any, lookup: Lookup) -> Test:
    matches = _match(kind, operator, value)

    def test(row: Document) -> bool:
        return matches(values(collection, row, path, lookup))

    return test


def _match(kind: Kind, operator: str, value: Any) -> Callable[[list[Any]], bool]:
    if operator in ("within", "intersects", "near"):
        raise hidden_failure()  # there is no point field to measure from
    if operator == "exists":
        wanted = value in ("true", True)
        return lambda found: any((one is not None) is wanted for one in found)
    if operator in ("in", "not_in", "all"):
        parts = (
            value.split(",") if isinstance(value, str) else list(value.values() if isinstance(value, dict) else value)
        )
        wanted_values = [_read(kind, part) for part in parts]
        if operator == "all":
            return lambda found: all(one in found for one in wanted_values)
        if operator == "in":
            return lambda found: any(one is not None and _plain(kind, one) in wanted_values for one in found)
        return lambda found: all(one is None or _plain(kind, one) not in wanted_values for one in found)
    if operator in ("contains", "like", "not_like"):
        words = [str(value).lower()] if operator == "contains" else str(value).lower().split()

        def has(one: Any) -> bool:
            return all(word in str(one).lower() for word in words)

        # As in SQL, a null is neither like nor unlike anything.
        return lambda found: any(one is not None and has(one) is (operator != "not_like") for one in found)
    wanted = _read(kind, value)
    if operator == "equals":
        return lambda found: any(_plain(kind, one) == wanted for one in found)
    if operator == "not_equals":
        return lambda found: any(_plain(kind, one) != wanted for one in found)
    compare = _ORDER[operator]
    return lambda found: any(
        one is not None and wanted is not None and compare(_plain(kind, one), wanted) for one in found
    )


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "greater_than": lambda one, wanted: one > wanted,
    "greater_than_equal": lambda one, wanted: one >= wanted,
    "less_than": lambda one, wanted: one < wanted,
    "less_than_equal": lambda one, wanted: one <= wanted,
}


def _plain(kind: Kind, stored: Any) -> Any:
    """Return a stored value in the form it is compared in."""
    if stored is None:
        return None
    return datetime.fromisoformat(stored).timestamp() if kind is Kind.DATE else stored


def _read(kind: Kind, value: Any) -> Any:
    """Read a value as the field's kind. Raises the 500 that real ones answer to a bad date or number."""
    if value is None or value == "null":
        return None
    try:
        if kind is Kind.DATE:
            given = datetime.fromisoformat(str(value))
            return (given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()
        if kind is Kind.NUMBER:
            number = float(value)
            if math.isnan(number):
                raise ValueError
            return number
    except ValueError:
        raise hidden_failure() from None
    if kind is Kind.BOOLEAN:
        return value in ("true", True)
    return str(value)


def in_order(collection: str, rows: Iterable[Document], sort: tuple[str, ...], lookup: Lookup) -> list[Document]:
    """Sort rows. Unknown fields count for nothing; -createdAt comes last unless it is there; ties stay by id."""
    keys = [key for key in sort if key.lstrip("-") in SCHEMA[collection].fields]
    if not any(key.lstrip("-") in ("createdAt", "id") for key in keys):
        keys.append("-createdAt")
    ordered = list(rows)
    for key in reversed(keys):
        path = key.removeprefix("-")
        ordered.sort(key=lambda row, path=path: _rank(values(collection, row, path, lookup)[0]), reverse=key != path)
    return ordered


def _rank(value: Any) -> tuple[int, Any]:
    """Nulls first, as SQLite sorts them; a list by nothing."""
    if value is None or isinstance(value, dict):
        return 0, 0
    return (1, float(value)) if isinstance(value, int | float) else (2, str(value))


def selected(row: Document, select: Document) -> Document:
    """Keep what `select` names, or leave out what it sets to false; the id always stays."""
    if not select:
        return row
    flags = {name: value for name, value in select.items()}
    if all(value in ("false", False) for value in flags.values()):
        return {name: value for name, value in row.items() if name == "id" or name not in flags}
    kept: Document = {}
    for name, value in row.items():
        wanted = flags.get(name)
        if name == "id" or wanted in ("true", True):
            kept[name] = value
        elif isinstance(wanted, dict):
            kept[name] = _inner(value, wanted)
    return kept


def _inner(value: Any, select: Document) -> Any:
    if isinstance(value, list):
        return [_inner(one, select) for one in value]
    return selected(value, select) if isinstance(value, dict) else value
