"""Reads GraphQL queries against the kept schema and answers them from plain rows.

graphql-core parses and checks; its executor is too slow for thousands of orders, so the answer is shaped here. A row is
a dict with its type under `__typename`; a value that is a function is asked with the field's arguments, and only where
the query wants the field. Arguments are worked out once for each place in the query, not once for each row.

cost    an object 1 point; a list or connection 2 and, for each of its rows, what a row costs, where n rows count as
        2·ln n (at least 1): so Shopify's own figures come out, 3 for one product and 25 for 250 variants with their
        items. Scalars are free, a mutation 10. Charged is the same for the rows that there were.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    parse,
    validate,
)
from graphql.execution.collect_fields import collect_fields, collect_sub_fields
from graphql.execution.values import get_argument_values, get_variable_values

Row = dict[str, Any]
MUTATION_COST = 10
LARGEST_PAGE = 250


class QueryError(Exception):
    """An error as Shopify words it, with its code; `more` is put beside the code."""

    def __init__(self, message: str, code: str | None, path: list[Any] | None = None, **more: Any) -> None:
        super().__init__(message)
        self.shown: Row = {"message": message}
        if path is not None:
            self.shown["path"] = path
        if code is not None:
            self.shown["extensions"] = {"code": code} | more


class NotAnswerable(QueryError):
    """The query as a whole is refused, before anything is read."""

    def __init__(self, errors: list[Row]) -> None:
        super().__init__("", None)
        self.errors = errors


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    """Return the schema kept beside this file."""
    return build_schema((Path(__file__).parent / "shopify_schema.graphql").read_text(encoding="utf-8"))


@lru_cache(maxsize=256)
def read_document(text: str) -> DocumentNode:
    """Parse and check a query; raises NotAnswerable with Shopify's words."""
    try:
        document = parse(text)
    except GraphQLError as error:
        raise NotAnswerable([_worded(error, text)]) from None
    errors = validate(schema(), document)
    if errors:
        raise NotAnswerable([_worded(error, text) for error in errors])
    return document


@dataclass(slots=True)
class Step:
    """One field of a selection: what to read, with which arguments, and what of it is wanted."""

    key: str
    name: str
    arguments: Row
    selection: "Selection | None"
    is_nullable: bool
    is_connection: bool
    is_list: bool
    size: int | None  # rows asked for; None for what is no list with a size
    is_in_connection: bool  # the rows of a connection: each is paid for as such
    is_free: bool  # costs nothing by itself
    cost: float


class Query:
    """One operation with its variables, ready to be answered."""

    def __init__(self, text: str, variables: Row, operation_name: str | None = None, is_paged: bool = True) -> None:
        document = read_document(text)
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        wanted = [one for one in operations if operation_name in (None, one.name.value if one.name else None)]
        if len(wanted) != 1:
            raise NotAnswerable([{"message": "An operation name is required"}])
        self.operation = wanted[0]
        self.is_paged = is_paged
        self.uses_deprecated = False
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        values = get_variable_values(schema(), self.operation.variable_definitions or (), variables)
        if isinstance(values, list):
            raise NotAnswerable(
                [_worded(error, text) | {"extensions": {"code": "INVALID_VARIABLE"}} for error in values]
            )
        self.variables = values
        self.is_mutation = self.operation.operation == OperationType.MUTATION
        root = schema().mutation_type if self.is_mutation else schema().query_type
        assert root is not None
        fields = collect_fields(schema(), self.fragments, values, root, self.operation.selection_set)
        self.steps = [self._step(root, key, nodes) for key, nodes in _fields(fields).items()]

    @property
    def cost(self) -> int:
        """What the query is asked to cost at most."""
        return round(sum(MUTATION_COST if self.is_mutation else step.cost for step in self.steps))

    def _step(self, owner: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Step:
        name = nodes[0].name.value
        if name == "__typename":
            return Step(key, name, {}, None, False, False, False, None, False, True, 0)
        definition = owner.fields[name]
        self.uses_deprecated |= definition.deprecation_reason is not None
        arguments = get_argument_values(definition, nodes[0], self.variables)
        named = get_named_type(definition.type)
        is_connection = named.name.endswith("Connection")
        if is_connection and self.is_paged:
            _check_page(arguments, name, key)
        selection = None if is_leaf_type(named) else Selection(self, nodes, named)
        bare = definition.type.of_type if is_non_null_type(definition.type) else definition.type
        is_list = is_list_type(bare)
        size = arguments.get("first") or arguments.get("last") if is_connection or is_list else None
        is_free = selection is None or _is_free(named.name)
        cost = 0.0 if selection is None else selection.cost + (not is_free)
        if size is not None:
            cost = 2 + weight(size) * cost
        is_nullable = not is_non_null_type(definition.type)
        in_connection = owner.name.endswith("Connection")
        return Step(
            *(key, name, arguments, selection, is_nullable, is_connection, is_list, size),
            *(in_connection, is_free, cost),
        )


class Selection:
    """What is wanted of a row, worked out for each type a row can have."""

    def __init__(self, query: Query, nodes: list[FieldNode], named: Any) -> None:
        self._query = query
        self._nodes = nodes
        self._steps: dict[str, list[Step]] = {}
        possible = [named] if isinstance(named, GraphQLObjectType) else schema().get_possible_types(named)
        self.types = [one.name for one in possible]
        # What stands inside is counted at its dearest type.
        self.cost = max(sum(step.cost for step in self.of(one)) for one in self.types)

    def of(self, typename: str) -> list[Step]:
        """Return the steps for a type."""
        steps = self._steps.get(typename)
        if steps is None:
            owner = schema().type_map[typename]
            assert isinstance(owner, GraphQLObjectType)
            query = self._query
            found = collect_sub_fields(schema(), query.fragments, query.variables, owner, self._nodes)
            steps = [query._step(owner, key, nodes) for key, nodes in _fields(found).items()]
            self._steps[typename] = steps
        return steps


def weight(rows: int) -> int:
    """What so many rows count as in a query's cost."""
    return max(1, round(2 * math.log(rows))) if rows > 0 else 0


@dataclass(slots=True)
class Result:
    """What a query comes to."""

    data: Row | None
    errors: list[Row] = field(default_factory=list)
    cost: int = 0


@dataclass(slots=True)
class Meter:
    """Counts what an answer costs."""

    points: float = 0.0


def answer(query: Query, root: Callable[[Step], Any]) -> Result:
    """Answer every field of the operation: `root` reads one of them.

    A field that fails is null, beside an error; where it may not be null, there is no data at all.
    """
    result, meter = Result({}), Meter()
    for step in query.steps:
        shaped = None
        try:
            shaped = _complete(root(step), step, meter, 1.0)
        except QueryError as error:
            error.shown.setdefault("path", [step.key])
            result.errors.append(error.shown)
            if not step.is_nullable:
                result.data = None
        if shaped is None and step.selection is not None:
            meter.points += 1
        if result.data is not None:
            result.data[step.key] = shaped
    result.cost = MUTATION_COST if query.is_mutation else math.ceil(round(meter.points, 3))
    return result


def shape(row: Row, selection: Selection, meter: Meter, share: float) -> Row:
    """Return what a selection wants of a row, in the query's order.

    share  what an object here costs: less than a point among many of its kind
    """
    shaped: Row = {}
    for step in selection.of(row["__typename"]):
        try:
            value = row[step.name]
        except KeyError:
            if not step.is_nullable:
                raise QueryError(
                    f"The simulator does not fill {row['__typename']}.{step.name}.", "INTERNAL_SERVER_ERROR"
                ) from None
            value = None
        if callable(value):
            value = value(step.arguments)
        if value is not None and step.selection is not None:
            value = _complete(value, step, meter, share)
        shaped[step.key] = value
    return shaped


def _complete(value: Any, step: Step, meter: Meter, share: float) -> Any:
    selection = step.selection
    if value is None or selection is None:
        return value
    if step.is_connection:
        meter.points += 2 * share
        return shape(value, selection, meter, _share_of(share, len(value["nodes"])))
    if isinstance(value, list):
        if step.size is not None:
            value = value[: step.size]
            meter.points += 2 * share
            share = _share_of(share, len(value))
        elif not step.is_in_connection:
            share /= len(value) or 1
        meter.points += 0 if step.is_free else share * len(value)
        return [None if row is None else shape(row, selection, meter, share) for row in value]
    meter.points += 0 if step.is_free else share
    return shape(value, selection, meter, share)


def _share_of(share: float, rows: int) -> float:
    return share * weight(rows) / rows if rows else share


def _is_free(name: str) -> bool:
    # A connection's own parts are paid with the connection.
    return name.endswith(("Edge", "Connection")) or name == "PageInfo"


def _fields(collected: Any) -> dict[str, list[FieldNode]]:
    # graphql-core 3.3 returns more than the fields.
    return getattr(collected, "fields", collected)


def _check_page(arguments: Row, name: str, key: str) -> None:
    sizes = {side: arguments[side] for side in ("first", "last") if arguments.get(side) is not None}
    if not sizes:
        message = "you must provide one of first or last"
    elif len(sizes) == 2:
        message = "providing both first and last is not supported"
    else:
        side, size = sizes.popitem()
        if 0 <= size <= LARGEST_PAGE:
            return
        message = (
            f"Argument '{side}' on Field '{name}' has an invalid value ({size}). Must be from 0 to {LARGEST_PAGE}."
        )
    raise NotAnswerable([{"message": message, "path": [key], "extensions": {"code": "BAD_REQUEST"}}])


_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
_UNKNOWN_ARGUMENT = re.compile(r"Unknown argument '(\w+)' on field '(\w+)\.(\w+)'")


def _worded(error: GraphQLError, text: str) -> Row:
    shown: Row = {"message": error.message}
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if unknown := _UNKNOWN_FIELD.match(error.message):
        name, owner = unknown.groups()
        shown["message"] = f"Field '{name}' doesn't exist on type '{owner}'"
        shown["extensions"] = {"code": "undefinedField", "typeName": owner, "fieldName": name}
    elif unknown := _UNKNOWN_ARGUMENT.match(error.message):
        argument, owner, name = unknown.groups()
        shown["message"] = f"Field '{name}' doesn't accept argument '{argument}'"
        shown["extensions"] = {
            "code": "argumentNotAccepted",
            "name": name,
            "typeName": "Field",
            "argumentName": argument,
        }
    return shown
