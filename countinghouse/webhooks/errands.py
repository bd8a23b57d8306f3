"""What waiting events come to: for each resource of a connection, the objects to read again, each once.

Ten changes of one order are one reading. Where an object cannot be read, it is found by halving and the others go on:
one order over which a shop's own API stumbles holds up nobody but itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from countinghouse.errors import SourceError
from countinghouse.extraction import extract
from countinghouse.landing import Manifest
from countinghouse.settings import Connection
from countinghouse.sources import SOURCES
from countinghouse.sources.by_name import Name
from countinghouse.sources.patience import Patience, TroubleError
from countinghouse.webhooks.topics import Event, Named

# Whoever drains holds the warehouse: a source that is slow today is better asked again a minute later.
PATIENCE = Patience(tries=3, total=20, quick_tries=2, quick_total=5)
# After so many objects that could not be read, the rest is believed to fare no better.
_MOST_FAILURES = 10


@dataclass(frozen=True)
class Errand:
    """Objects of one resource that are to be read again."""

    connection: Connection
    resource: str
    names: tuple[Name, ...]

    @property
    def name(self) -> str:
        """As people see it, as in `shop-us.orders`."""
        return f"{self.connection.name}.{self.resource}"


@dataclass
class Fetched:
    """How an errand went: batches that hold what could be read, and why the rest could not.

    is_source_down  the source did not answer at all, which is no object's fault
    """

    errand: Errand
    batches: list[tuple[Manifest, tuple[Name, ...]]] = field(default_factory=list[tuple[Manifest, tuple[Name, ...]]])
    failed: dict[Name, BaseException] = field(default_factory=dict[Name, BaseException])
    is_source_down: bool = False


def errands(connections: Iterable[Connection], events: Sequence[Event]) -> list[Errand]:
    """The errands for events, of the connections that are given; what else events name is left out."""
    wanted: dict[tuple[str, str], dict[Named, Name]] = {}
    for event in events:
        for named in event.objects:
            known = wanted.setdefault((event.connection, named.resource), {})
            before = known.get(named)
            moments = [at for at in (event.happened_at, before.changed_at if before else None) if at]
            # Only Stripe's rows carry no time of their own change.
            changed_at = max(moments, default=None) if event.kind == "stripe" else None
            known[named] = Name(named.id, named.narrows, changed_at)
    return [
        Errand(connection, resource.name, tuple(wanted[connection.name, resource.name].values()))
        for connection in connections
        for resource in SOURCES[connection.kind].resources
        if (connection.name, resource.name) in wanted
    ]


def run_errand(errand: Errand, landing_dir: Path, run_id: str, patience: Patience = PATIENCE) -> Fetched:
    """Read an errand's objects as they are now and land them."""
    fetched = Fetched(errand)
    parts = [errand.names]
    while parts:
        part = parts.pop()
        try:
            manifest = extract(
                errand.connection, errand.resource, None, landing_dir, run_id, names=part, patience=patience
            )
        except SourceError as error:
            cause = error.__cause__
            fetched.is_source_down = isinstance(cause, TroubleError) and cause.is_quick
            if len(part) > 1 and not fetched.is_source_down and len(fetched.failed) < _MOST_FAILURES:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
                continue
            fetched.failed |= dict.fromkeys(part, error)
            if fetched.is_source_down or len(fetched.failed) >= _MOST_FAILURES:
                fetched.failed |= {name: error for rest in parts for name in rest}
                break
        else:
            fetched.batches.append((manifest, part))
    return fetched


def names_of(event: Event) -> set[tuple[str, str, str | None]]:
    """What an event needs: resource, id and what narrows, as `key` has it."""
    return {(named.resource, named.id, named.narrows) for named in event.objects}


def key(resource: str, name: Name) -> tuple[str, str, str | None]:
    """A name without its time, to compare with `names_of`."""
    return resource, name.id, name.narrows
