"""What a source is: declarations that say how an API is read, and nothing that reads it.

A connector module holds one `Source` and no code. `client.py` is the one place that talks to the network, `paging.py`
and `changes.py` hold the styles a declaration may name.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from countinghouse.sources.auth import Auth, NoAuth
from countinghouse.sources.changes import Changes
from countinghouse.sources.paging import Paging

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Options(BaseModel):
    """The keys a connection of this kind may have besides the ones every connection has."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    allow_shrink: bool = False  # take a full load that holds less than 80 % of the rows known


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
    rows: str  # the key of the answer that holds the rows
    changes: Changes  # how a later run finds what is new
    id: str = "id"
    updated: str | None = None  # the field with the row's own time, in Unix seconds
    is_deletable: bool = False  # rows may vanish at the source; what cannot vanish is never marked deleted
    nested: tuple[str, ...] = ()  # lists inside a row that are cut short; the rest is at <path>/<id>/<name>
    secrets: frozenset[str] = frozenset()  # fields dropped at any depth before anything reaches the disk

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"resource name {self.name!r} cannot name a table")
        if not self.path.startswith("/") or self.path.endswith("/"):
            raise ValueError(f"path {self.path!r} of {self.name} must begin with a slash and not end with one")


@dataclass(frozen=True)
class Source:
    """One kind of API: where its rows are, how it pages, what it allows and what must never be kept."""

    kind: str
    paging: Paging
    resources: tuple[Resource, ...]
    limits: tuple[Rate, ...]
    auth: Auth = field(default_factory=NoAuth)
    headers: dict[str, str] = field(default_factory=dict[str, str])
    options: type[Options] = Options
    repeats: frozenset[int] = frozenset()  # statuses worth repeating besides the ones that always are
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
