"""Faults of answers in GraphQL's shape: every query has the same path, and the rows stand further inside."""

from typing import Any

import msgspec

from simulator.web import Request, to_json


def page_key(path: str, request: Request) -> str:
    """Return what tells one list from another: the path, and the query's text where there is one, variables aside."""
    if request.method != "POST" or not path.endswith("graphql.json"):
        return path
    try:
        asked: Any = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        return path
    return f"{path}\n{asked.get('query')}" if isinstance(asked, dict) else path


def connection_of(value: dict[str, Any]) -> dict[str, Any] | None:
    """Return the list in an answer, the object that holds its rows; None where there is none."""
    data = value.get("data")
    for held in data.values() if isinstance(data, dict) else ():
        if isinstance(held, dict) and any(isinstance(held.get(name), list) for name in ("nodes", "edges")):
            return held
    return None


def half_page(body: bytes) -> bytes | None:
    """Return a page with half of its rows, and an error beside them that says so; None for what is no page."""
    try:
        value: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    connection = connection_of(value) if isinstance(value, dict) else None
    if connection is None:
        return None
    for name in ("nodes", "edges"):
        if isinstance(connection.get(name), list):
            connection[name] = connection[name][: len(connection[name]) // 2]
    error = {"message": "Internal error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    return to_json(value | {"errors": [error]})
