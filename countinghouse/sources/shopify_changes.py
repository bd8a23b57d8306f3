"""What changed in a Shopify shop: rows by their time of change, and the events of what was deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import msgspec

from countinghouse.sources.by_name import Name
from countinghouse.sources.changes import Found, Reading
from countinghouse.sources.modified import Modified, mark_of, text_of

if TYPE_CHECKING:
    from countinghouse.sources.shopify_reader import ShopifyReader


@dataclass(frozen=True)
class Updated(Modified):
    """Rows by their time of change, and deletions where the platform tells of them.

    A list that is sorted by id, or exported, may hold a young row of its end beside an old version of a row at its
    beginning that changed meanwhile. So the cursor never passes the beginning of the reading.
    """

    def look_up(self, reader: Any, names: Sequence[Name]) -> Iterator[list[Found]]:
        """Yield rows by their ids; one that is absent is gone, except where old orders are hidden from us."""
        asker = cast("ShopifyReader", reader)
        for rows in asker.named([name.id for name in names]):
            for name in names:
                if name.id in rows:
                    yield name.found(rows[name.id], is_deletable=asker.is_deletable)

    def read(self, reader: Any, cursor: str | None) -> Reading:
        """Yield what changed since `cursor`, then what was deleted since."""
        outcome = yield from Modified.read(self, reader, cursor)
        asker = cast("ShopifyReader", reader)
        mark, before = mark_of(outcome.cursor), mark_of(cursor)
        assert mark is not None
        if mark.at is not None and asker.begun_at is not None and mark.at > asker.begun_at:
            mark = msgspec.structs.replace(mark, at=asker.begun_at)
        if outcome.mode == "incremental" and asker.resource.deletions and before and before.at:
            for gone in asker.gone_since(before.at - self.overlap):
                yield [Found(None, id=name, changed_at=at, is_deleted=True) for name, at in gone]
        return replace(outcome, cursor=text_of(mark), total=None, warnings=tuple(asker.warnings))
