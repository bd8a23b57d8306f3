"""Connections: a stretch of a list, with a cursor for each row.

A cursor holds the row's place in the order, not its number: a row that changes while a list is read moves away from
under the reader, and is met again further on.
"""

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from simulator.shopify_graphql import QueryError, Row
from simulator.web import to_json

LONGEST_LIST = 25_000

Key = tuple[Any, int]  # what the list is sorted by, then the id


def connection(
    typename: str, keys: Sequence[Key], row_at: Callable[[int], Row], arguments: Row, is_reversed: bool = False
) -> Row:
    """Return the asked stretch of a list.

    keys    ascending, without equals
    row_at  writes the row of the n-th key
    """
    count = min(len(keys), LONGEST_LIST)
    start, end = 0, count
    if arguments.get("after") is not None:
        border = _read(arguments["after"], keys)
        start = len(keys) - bisect_left(keys, border) if is_reversed else bisect_right(keys, border)
    if arguments.get("before") is not None:
        border = _read(arguments["before"], keys)
        end = min(end, len(keys) - bisect_right(keys, border) if is_reversed else bisect_left(keys, border))
    first, last = start, max(start, end)
    if arguments.get("first") is not None:
        last = min(last, first + arguments["first"])
    elif arguments.get("last") is not None:
        first = max(first, last - arguments["last"])
    places = [len(keys) - 1 - place if is_reversed else place for place in range(first, last)]
    cursors = [_cursor(keys[place]) for place in places]
    rows: list[Row] = [row_at(place) for place in places]
    edge = typename.removesuffix("Connection") + "Edge"
    return {
        "__typename": typename,
        "nodes": rows,
        "edges": lambda _: [
            {"__typename": edge, "cursor": cursor, "node": row} for cursor, row in zip(cursors, rows, strict=True)
        ],
        "pageInfo": {
            "__typename": "PageInfo",
            "hasNextPage": last < end,
            "hasPreviousPage": 0 < first < len(keys),
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def nested(typename: str, read: Callable[[], list[Row]]) -> Callable[[Row], Row]:
    """Return a short list of a row's own as a connection; it keeps its order and grows at its end only."""

    def page(arguments: Row) -> Row:
        rows = read()
        keys = [(place, place) for place in range(len(rows))]
        return connection(typename, keys, rows.__getitem__, arguments, bool(arguments.get("reverse")))

    return page


def _cursor(key: Key) -> str:
    return base64.b64encode(to_json({"last_id": key[1], "last_value": key[0]})).decode()


def _read(cursor: str, keys: Sequence[Key]) -> Key:
    try:
        held = msgspec.json.decode(base64.b64decode(cursor, validate=True))
        key = (held["last_value"], int(held["last_id"]))
    except (binascii.Error, msgspec.DecodeError, KeyError, TypeError, ValueError):
        raise QueryError("Invalid cursor for current pagination sort.", "BAD_REQUEST") from None
    if keys and type(keys[0][0]) is not type(key[0]):
        raise QueryError("Invalid cursor for current pagination sort.", "BAD_REQUEST")
    return key
