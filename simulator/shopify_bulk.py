"""Bulk operations: a query run over everything, its rows in a file on another host.

A line of the file is one object; what stands in a connection inside it is a line of its own with `__parentId`, and need
not come after its parent: lines are shuffled, the same way each time.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from simulator.shopify_graphql import Meter, NotAnswerable, Query, QueryError, Row, Selection, Step, shape
from simulator.shopify_lists import LISTINGS, Root
from simulator.shopify_parts import gid, instant
from simulator.web import Answer, Request, to_json

AT_A_TIME = 5
MOST_CONNECTIONS, DEEPEST = 5, 2  # levels below the first list
LINK_LIVES = 7 * 86400
Ending = Literal["COMPLETED", "FAILED", "EXPIRED"]
_RUNNING = ("CREATED", "RUNNING")


@dataclass(slots=True)
class Operation:
    """One bulk operation. It gets on by being asked for."""

    number: int
    query: str
    created: int
    lines: list[bytes]
    roots: int
    polls: int = 0
    status: str = "CREATED"
    completed: int | None = None
    error: str | None = None


@dataclass
class Bulk:
    """The bulk operations of one shop.

    polls  how often an operation is looked at until it has ended
    ends   how those that end from now on end
    """

    polls: int = 2
    ends: Ending = "COMPLETED"
    operations: list[Operation] = field(default_factory=list)

    def run(self, text: str, root: Root, now: int) -> Row:
        """Answer bulkOperationRunQuery: start, or say why not."""
        running = [one for one in self.operations if one.status in _RUNNING]
        errors = [_error("LIMIT_REACHED", _limit_words(), None)] if len(running) >= AT_A_TIME else _check(text)
        if errors:
            return {"__typename": "BulkOperationRunQueryPayload", "bulkOperation": None, "userErrors": errors}
        query = Query(text, {}, is_paged=False)
        objects: list[Row] = []
        roots = 0
        for step in query.steps:
            for row in _everything(root, step):
                roots += 1
                _spread(row, _inside(step), None, objects)
        lines = [to_json(one) + b"\n" for one in objects]
        Random(len(lines)).shuffle(lines)
        operation = Operation(len(self.operations) + 1, text, now, lines, roots)
        self.operations.append(operation)
        shown = self._row(operation, "")
        return {"__typename": "BulkOperationRunQueryPayload", "bulkOperation": shown, "userErrors": []}

    def poll(self, wanted: str, now: int, host: str) -> Row | None:
        """Return an operation, which gets on by it."""
        operation = next((one for one in self.operations if gid("BulkOperation", one.number) == wanted), None)
        if operation is None:
            return None
        if operation.status in _RUNNING:
            operation.polls += 1
            operation.status = "RUNNING"
            if operation.polls >= self.polls:
                operation.status, operation.completed = self.ends, now
                operation.error = "INTERNAL_SERVER_ERROR" if self.ends == "FAILED" else None
        return self._row(operation, host)

    def newest(self, now: int, host: str) -> Row | None:
        """Answer currentBulkOperation."""
        return self.poll(gid("BulkOperation", len(self.operations)), now, host) if self.operations else None

    def cancel(self, wanted: str, now: int) -> Row:
        """Answer bulkOperationCancel."""
        operation = next((one for one in self.operations if gid("BulkOperation", one.number) == wanted), None)
        errors: list[Row] = []
        if operation is None:
            errors = [{"__typename": "UserError", "field": ["id"], "message": "Bulk operation does not exist"}]
        elif operation.status in _RUNNING:
            operation.status, operation.completed = "CANCELED", now
        shown = None if operation is None else self._row(operation, "")
        return {"__typename": "BulkOperationCancelPayload", "bulkOperation": shown, "userErrors": errors}

    def file(self, request: Request, now: int) -> Answer:
        """Answer the storage host, which is not Shopify's and must never see a token."""
        if "x-shopify-access-token" in request.headers or "authorization" in request.headers:
            return _refused(400, "InvalidArgument", "This host takes no access token, and none should be sent to it.")
        name = request.path.rpartition("/")[2].removesuffix(".jsonl")
        operation = next((one for one in self.operations if str(one.number) == name), None)
        if operation is None or operation.completed is None:
            return _refused(404, "NoSuchKey", "The specified key does not exist.")
        if now >= operation.completed + LINK_LIVES:
            return _refused(400, "ExpiredToken", "The link has expired.")
        kept = operation.lines if operation.status == "COMPLETED" else operation.lines[: len(operation.lines) // 2]
        return Answer(200, b"".join(kept), "application/jsonl")

    def _row(self, operation: Operation, host: str) -> Row:
        is_running = operation.status in _RUNNING
        link = f"http://localhost:{host.rpartition(':')[2]}/storage/bulk/{operation.number}.jsonl"
        is_whole = operation.status == "COMPLETED" and bool(operation.lines)
        is_part = operation.status in ("FAILED", "EXPIRED") and len(operation.lines) > 1
        return {
            "__typename": "BulkOperation",
            "id": gid("BulkOperation", operation.number),
            "status": operation.status,
            "type": "QUERY",
            "query": operation.query,
            "createdAt": instant(operation.created),
            "completedAt": None if operation.completed is None else instant(operation.completed),
            "errorCode": operation.error,
            "objectCount": "0" if is_running else str(len(operation.lines)),
            "rootObjectCount": "0" if is_running else str(operation.roots),
            "fileSize": str(sum(map(len, operation.lines))) if is_whole else None,
            "url": link if is_whole else None,
            "partialDataUrl": link if is_part else None,
        }


def _refused(status: int, code: str, message: str) -> Answer:
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, body.encode(), "application/xml; charset=UTF-8")


def _error(code: str, message: str, at: list[str] | None) -> Row:
    return {"__typename": "BulkOperationUserError", "field": at, "message": message, "code": code}


def _limit_words() -> str:
    return f"This app and shop already run {AT_A_TIME} bulk query operations: wait until one of them has ended."


def _check(text: str) -> list[Row]:
    try:
        query = Query(text, {}, is_paged=False)
    except NotAnswerable as error:
        return [_error("INVALID", one["message"], ["query"]) for one in error.errors]
    messages = _shape_errors(query)
    if any(step.name not in LISTINGS for step in query.steps if step.is_connection):
        messages.append("This connection cannot be read in bulk.")
    return [_error("INVALID", message, ["query"]) for message in messages]


def _shape_errors(query: Query) -> list[str]:
    """Return what is wrong with the query's form: where it begins, how its connections nest and are selected."""
    messages: list[str] = []
    if any(step.name in ("node", "nodes") for step in query.steps):
        messages.append("Bulk queries cannot contain a top level `node` field.")
    found: list[tuple[int, Step]] = []
    in_lists: list[str] = []
    for step in query.steps:
        _connections(step, 0, False, found, in_lists)
    if not found:
        messages.append("Bulk queries must contain at least one connection.")
    by_nodes = [step.name for _, step in found if any(one.name == "nodes" for one in _own(step))]
    if by_nodes:
        messages.append(
            "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
            f"'products {{ edges {{ node {{'. Selecting via 'nodes' is not supported. "
            f"Invalid connection fields: '{chr(39).join(by_nodes)}'."
        )
    if len(found) > MOST_CONNECTIONS:
        messages.append(f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections.")
    if max((depth for depth, _ in found), default=0) - 1 > DEEPEST:
        messages.append(f"Bulk queries cannot contain connections with a nesting depth greater than {DEEPEST}.")
    if in_lists:
        messages.append(
            "Queries that contain a connection field within a list field are not currently supported: "
            f"'{chr(39).join(in_lists)}'."
        )
    return messages


def _connections(step: Step, depth: int, is_in_list: bool, found: list[tuple[int, Step]], in_lists: list[str]) -> None:
    if step.is_connection:
        depth += 1
        found.append((depth, step))
        if is_in_list:
            in_lists.append(step.name)
    if step.selection is None:
        return
    is_list = is_in_list or (step.is_list and step.name not in ("edges", "nodes"))
    seen: set[str] = set()
    for typename in step.selection.types:
        for inner in step.selection.of(typename):
            # Types of one interface share their fields' places in the query: they count once.
            if inner.key not in seen:
                seen.add(inner.key)
                _connections(inner, depth, is_list, found, in_lists)


def _own(step: Step) -> list[Step]:
    assert step.selection is not None
    return [one for typename in step.selection.types for one in step.selection.of(typename)]


def _inside(step: Step) -> Selection:
    """Return what is wanted of each row of a connection: what stands in edges > node."""
    edges = next(one for one in _own(step) if one.name == "edges")
    node = next(one for one in _own(edges) if one.name == "node")
    assert node.selection is not None
    return node.selection


def _everything(root: Root, step: Step) -> list[Row]:
    connection = root.read(step)
    assert connection is not None
    return connection["nodes"]


def _spread(row: Row, wanted: Selection, parent: str | None, objects: list[Row]) -> None:
    """Write a row as a line, then what its connections hold as lines of their own."""
    steps = wanted.of(row["__typename"])
    line: Row = {}
    for step in steps:
        if step.is_connection:
            continue
        line[step.key] = shape(row, _Only(row["__typename"], step), Meter(), 1.0)[step.key]
    if parent is not None:
        line["__parentId"] = parent
    objects.append(line)
    for step in steps:
        if not step.is_connection:
            continue
        if "id" not in row:
            raise QueryError("Connections need a parent with an id.", "INVALID")
        for inner in row[step.name]({key: value for key, value in step.arguments.items() if key == "reverse"})["nodes"]:
            _spread(inner, _inside(step), row["id"], objects)


class _Only(Selection):
    """A selection of one known step."""

    def __init__(self, typename: str, step: Step) -> None:
        self._steps = {typename: [step]}
        self.types = [typename]
        self.cost = 0.0

    def of(self, typename: str) -> list[Any]:
        return self._steps[typename]
