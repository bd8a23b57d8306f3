"""What a source is: declarations that say how an API is read, and nothing that reads it.

A connector module holds one `Source` and no code of its own. `session.py` is the one place that talks to the network,
`client.py` reads lists through it, `paging.py`, `changes.py` and `auth.py` hold the styles a declaration may name. A
source that is no list of an API (a database, one GraphQL address) names a reader of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from countinghouse.sources.auth import Auth, NoAuth
from countinghouse.sources.changes import Changes
from countinghouse.sources.paging import OnePage, Paging

if TYPE_CHECKING:
    from countinghouse.connections import Connection
    from countinghouse.sources.inspection import Findings
    from countinghouse.sources.notes import Notes
    from countinghouse.sources.patience import Patience

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Options(BaseModel):
    """The keys a connection of this kind may have besides the ones every connection has."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    allow_shrink: bool = False  # take a full load that holds less than 80 % of the rows known
    allow_drift: bool = False  # take rows in which a field that the models use has another type than before


class SyntheticDates(BaseModel):
    """The window over which orders without a date of their own are spread."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    start: date
    days: Annotated[int, Field(ge=1, le=36_500)] = 365


@dataclass(frozen=True)
class Rate:
    """At most `requests` in any span of `seconds`: over the connection, or for each resource of it."""

    requests: int
    seconds: float
    each_resource: bool = False


@dataclass(frozen=True)
class Resource:
    """One list of an API: a table `raw.<kind>__<name>`."""

    name: str
    path: str
    rows: str | None  # the key of the answer that holds the rows; None: the answer is the list
    changes: Changes  # how a later run finds what is new
    id: str = "id"
    updated: str | None = None  # the field with the row's own time: Unix seconds or ISO 8601, UTC if it has no zone
    is_deletable: bool = False  # rows may vanish at the source; what cannot vanish is never marked deleted
    nested: tuple[str, ...] = ()  # lists inside a row that are cut short; the rest is at <path>/<id>/<name>
    secrets: frozenset[str] = frozenset()  # fields dropped at any depth before anything reaches the disk

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"resource name {self.name!r} cannot name a table")
        if not self.path.startswith("/") or self.path.endswith("/"):
            raise ValueError(f"path {self.path!r} of {self.name} must begin with a slash and not end with one")


class Opening(Protocol):
    """Opens a reader for one resource of one connection."""

    def __call__(
        self,
        connection: Connection,
        source: Source,
        resource: Resource,
        *,
        page_size: int | None,
        patience: Patience | None,
        notes: Notes,
    ) -> AbstractContextManager[Any]:
        """Give what the resource's `changes` read through, with a `served_at` like the client's."""
        ...


@dataclass(frozen=True)
class Source:
    """One kind of API: where its rows are, how it pages, what it allows and what must never be kept."""

    kind: str
    resources: tuple[Resource, ...]
    limits: tuple[Rate, ...]
    paging: Paging = field(default_factory=OnePage)
    auth: Auth = field(default_factory=NoAuth)
    reader: Opening | None = None  # how a resource is read where it is no list of an API; None: by `client.Client`
    is_web: bool = True  # a connection's url is a web address; else what it may be is said by `address`
    address: Callable[[Mapping[str, Any]], str | None] | None = None  # the url, from the options, where none is given
    ping: str | None = None  # a path that answers cheaply; its Date is the source's clock
    # What the source tells of itself, for `make check-sources`: given a Session, or the Connection if it is no web one.
    inspect: Callable[[Any], Findings] | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    options: type[Options] = Options
    silence: float = 30  # seconds it may keep silent before or within an answer
    repeats: frozenset[int] = frozenset()  # statuses worth repeating besides the ones that always are
    no_route: frozenset[str] = frozenset()  # error codes of a 404 that is about the address, not about a row
    too_much: frozenset[str] = frozenset()  # error codes by which the API says that a query asks for too much at once
    verdict_header: str | None = None  # a header by which the API itself says whether to repeat
    has_orders: bool = False  # a payment connection may settle this one

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.kind):
            raise ValueError(f"kind {self.kind!r} cannot name a table")
        names = [resource.name for resource in self.resources]
        if len(set(names)) != len(names):
            raise ValueError(f"two resources of {self.kind} have the same name")

    def resource(self, name: str) -> Resource:
        """The resource of this name; KeyError where there is none."""
        for resource in self.resources:
            if resource.name == name:
                return resource
        raise KeyError(name)
