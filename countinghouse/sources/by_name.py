"""Some rows by their names, beside any way of finding what is new: the reading for news that somebody else brought.

The cursor does not move and nothing is taken for a snapshot: what polling would find, it still finds. A row that the
source no longer has is gone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from countinghouse.sources.changes import Changes, Found, Outcome, Reader, Reading


@dataclass(frozen=True)
class Name:
    """A row, or the rows that share a value.

    narrows     None: `id` is the row's own. Else the rows are those whose field of this name holds `id`
    changed_at  when it changed, where somebody knows it better than the row
    """

    id: str
    narrows: str | None = None
    changed_at: datetime | None = None

    def found(self, row: Any | None, *, is_deletable: bool) -> list[Found]:
        """What it came to: the row, or the news that it is gone."""
        if row is not None:
            return [Found(row, changed_at=self.changed_at)]
        return [Found(None, id=self.id, changed_at=self.changed_at, is_deleted=True)] if is_deletable else []


@runtime_checkable
class LooksUp(Protocol):
    """A way of finding what is new that has a way of its own to find rows by name."""

    def look_up(self, reader: Any, names: Sequence[Name]) -> Iterator[list[Found]]:
        """Yield the rows, or that they are gone, page by page."""
        ...


@dataclass(frozen=True)
class ByName:
    """These rows and no others."""

    names: tuple[Name, ...]
    beside: Changes

    def read(self, reader: Any, cursor: str | None) -> Reading:
        """Yield the rows as the source has them now."""
        look_up = self.beside.look_up if isinstance(self.beside, LooksUp) else one_by_one
        yield from look_up(reader, self.names)
        return Outcome("named", is_snapshot=False, cursor=None)


def one_by_one(reader: Reader, names: Sequence[Name]) -> Iterator[list[Found]]:
    """A request for each name: any list of an API whose rows have an address of their own."""
    for name in names:
        if name.narrows:
            for page in reader.pages({name.narrows: name.id}):
                yield [Found(row, changed_at=name.changed_at) for row in page.rows]
        else:
            yield name.found(reader.find(name.id), is_deletable=reader.is_deletable)
