"""GraphQL as a reading style: what a row is to hold is a fragment in a file, the queries are made from it.

The same fragment serves a page, the rest of a list inside a row, and an export. Lists inside a row (connections) are
asked for in small pieces, because a query is priced by what it might return; `Plan` knows where they are, so that the
rest can be asked for. What is kept of a connection is `{"nodes": [...]}`: where a page ended is nothing about the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    IntValueNode,
    SelectionSetNode,
    parse,
    print_ast,
)

from countinghouse.sources.base import Resource
from countinghouse.sources.paging import ShapeError

Row = dict[str, Any]

PAGE = "pageInfo { hasNextPage endCursor }"


@dataclass(frozen=True)
class Connection:
    """A list inside a row that is paged.

    text          its selection set
    is_addressed  its edges have cursors, by which one member is asked for where it cannot be by its id
    """

    name: str
    text: str
    is_addressed: bool
    plan: Plan  # of a member


@dataclass(frozen=True)
class Cut:
    """A plain list inside a row of which only the first members were asked for."""

    name: str
    size: int
    text: str


@dataclass(frozen=True)
class Plan:
    """Where the lists inside a row are."""

    connections: tuple[Connection, ...] = ()
    cuts: tuple[Cut, ...] = ()
    inner: tuple[tuple[str, Plan], ...] = ()  # objects that hold such lists

    @property
    def is_empty(self) -> bool:
        """Whether there is none."""
        return not (self.connections or self.cuts or self.inner)


@dataclass(frozen=True)
class Fragment:
    """What is wanted of a row of one type: a file with one fragment."""

    path: Path

    @cached_property
    def _node(self) -> FragmentDefinitionNode:
        node = parse(self.path.read_text(encoding="utf-8")).definitions[0]
        assert isinstance(node, FragmentDefinitionNode)
        return node

    @property
    def type(self) -> str:
        """The type of the row."""
        return self._node.type_condition.name.value

    @cached_property
    def text(self) -> str:
        """The selection set, braces included."""
        return print_ast(self._node.selection_set)

    @cached_property
    def plan(self) -> Plan:
        """Where the lists inside the row are."""
        return _plan(self._node.selection_set)


@dataclass(frozen=True)
class Part:
    """What is asked for apart, of those rows (or objects in them) that have it at all."""

    fragment: Fragment
    owners: Callable[[list[Row]], list[Row]]  # the objects to fill in, each with an id


@dataclass(frozen=True)
class Listing(Resource):
    """A resource that is a connection of the root query.

    fragment     what a row holds
    root         the field of the root query; `arguments` are fixed ones of it
    size         rows a page, such that the query stays below the price a query may have
    sort         the key of the list's order by time of change; None: it can be sorted by id only
    is_filtered  whether the list can be narrowed by a search
    count        the field that counts the list: without one it is exported only where that is asked for
    children     ends of type names and the connection such a row of an export belongs to
    scope        the right without which there are no rows
    """

    fragment: Fragment = field(kw_only=True)
    root: str = field(kw_only=True)
    arguments: str = field(default="", kw_only=True)
    size: int = field(default=100, kw_only=True)
    sort: str | None = field(default=None, kw_only=True)
    is_single: bool = field(default=False, kw_only=True)
    is_filtered: bool = field(default=True, kw_only=True)
    count: str | None = field(default=None, kw_only=True)
    children: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)
    parts: tuple[Part, ...] = field(default=(), kw_only=True)
    deletions: str | None = field(default=None, kw_only=True)  # the subject of the deletion events, where there are any
    scope: str | None = field(default=None, kw_only=True)

    @cached_property
    def page_query(self) -> str:
        """One page: `$first`, `$after`, `$search`."""
        if self.is_single:
            return f"query Single {{ {self.root} {self.fragment.text} }}"
        given = f"first: $first, after: $after{self._arguments}" + (", query: $search" if self.is_filtered else "")
        search = ", $search: String" if self.is_filtered else ""
        return (
            f"query Page($first: Int!, $after: String{search}) "
            f"{{ {self.root}({given}) {{ {PAGE} nodes {self.fragment.text} }} }}"
        )

    @cached_property
    def count_query(self) -> str:
        """How many rows a search finds, up to a limit: `$limit`, `$search`."""
        return (
            f"query Count($limit: Int!, $search: String) "
            f"{{ {self.count}(limit: $limit, query: $search) {{ count precision }} }}"
        )

    def export_query(self, search: str | None) -> str:
        """The whole list as an export wants it: without variables."""
        narrowed = '(query: "' + search.replace('"', '\\"') + '")' if search else ""
        return f"{{ {self.root}{narrowed} {{ edges {{ node {self.fragment.text} }} }} }}"

    @property
    def _arguments(self) -> str:
        fixed = f", {self.arguments}" if self.arguments else ""
        return fixed + (f", sortKey: {self.sort}" if self.sort else "")


def part_query(fragment: Fragment) -> str:
    """Some objects by their ids: `$ids`."""
    return f"query Part($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {fragment.type} {fragment.text} }} }}"


def rest_query(owner: str, connection: Connection, size: int, outer: Connection | None = None) -> str:
    """The next piece of one object's connection: `$id`, `$after`; `$outer` where it is inside another's member."""
    piece = f"{connection.name}(first: {size}, after: $after) {connection.text}"
    variables = "$id: ID!, $after: String"
    if outer is not None:
        piece = f"{outer.name}(first: 1, after: $outer) {{ edges {{ node {{ {piece} }} }} }}"
        variables += ", $outer: String"
    return f"query Rest({variables}) {{ node(id: $id) {{ ... on {owner} {{ {piece} }} }} }}"


def whole_query(owner: str, cut: Cut, size: int) -> str:
    """A plain list of one object with more of its members: `$id`."""
    return f"query Whole($id: ID!) {{ node(id: $id) {{ ... on {owner} {{ {cut.name}(first: {size}) {cut.text} }} }} }}"


def type_of(gid: str) -> str:
    """The type in a global id such as gid://shopify/Order/1."""
    parts = gid.split("/")
    if len(parts) < 5:
        raise ShapeError(f"'{gid}' is no global id")
    return parts[3]


def members(value: Any, name: str) -> list[Row]:
    """The members of a connection as it was sent."""
    try:
        return [edge["node"] for edge in value["edges"]]
    except (KeyError, TypeError) as error:
        raise ShapeError(f"'{name}' should be a connection with edges") from error


def end_of(value: Any) -> str | None:
    """Where the next piece of a connection begins; None after the last."""
    try:
        info = value["pageInfo"]
        return str(info["endCursor"]) if info["hasNextPage"] else None
    except (KeyError, TypeError) as error:
        raise ShapeError("a list does not say whether it goes on (pageInfo)") from error


def _plan(selections: SelectionSetNode) -> Plan:
    connections: list[Connection] = []
    cuts: list[Cut] = []
    inner: list[tuple[str, Plan]] = []
    for node in _fields(selections):
        if node.selection_set is None:
            continue
        name, wanted = node.name.value, {one.name.value: one for one in _fields(node.selection_set)}
        if "edges" in wanted:
            edges = {one.name.value: one for one in _fields(cast(SelectionSetNode, wanted["edges"].selection_set))}
            member = _plan(cast(SelectionSetNode, edges["node"].selection_set))
            connections.append(Connection(name, print_ast(node.selection_set), "cursor" in edges, member))
            continue
        for argument in node.arguments:
            if argument.name.value == "first" and isinstance(argument.value, IntValueNode):
                cuts.append(Cut(name, int(argument.value.value), print_ast(node.selection_set)))
        below = _plan(node.selection_set)
        if not below.is_empty:
            inner.append((name, below))
    return Plan(tuple(connections), tuple(cuts), tuple(inner))


def _fields(selections: SelectionSetNode) -> Iterator[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set)


def batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """The rows in lists of at most so many."""
    held: list[Row] = []
    for row in rows:
        held.append(row)
        if len(held) >= size:
            yield held
            held = []
    if held:
        yield held
