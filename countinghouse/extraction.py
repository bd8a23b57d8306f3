"""Extraction: from a source to a batch on disk, one resource at a time, knowing nothing of the warehouse."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec

from countinghouse import landing
from countinghouse.errors import SettingsError, SourceError
from countinghouse.landing import Batch, Line, Manifest, Reject
from countinghouse.settings import Connection
from countinghouse.sources import SOURCES
from countinghouse.sources.base import Opening, Resource
from countinghouse.sources.by_name import ByName, Name
from countinghouse.sources.changes import (
    BorderGoneError,
    Changes,
    Found,
    Outcome,
    Reading,
    SnapshotMovedError,
    Unusable,
)
from countinghouse.sources.client import Client
from countinghouse.sources.exact_json import Unreadable
from countinghouse.sources.modified import time_of
from countinghouse.sources.notes import Notes
from countinghouse.sources.paging import ShapeError
from countinghouse.sources.patience import Patience
from countinghouse.sources.secrecy import without

# One bad row is set aside; more than three that are more than a twentieth of all mean that the shape has changed.
_MOST_REJECTS = 3
_MOST_REJECTED_SHARE = 0.05
# A list that changes while it is read is read again from its beginning.
_ATTEMPTS = 3
_LONGEST_REJECT = 2_000

_payloads = msgspec.json.Encoder(decimal_format="number")
_canonical = msgspec.json.Encoder(decimal_format="number", order="sorted")


def extract(
    connection: Connection,
    resource: str,
    cursor: str | None,
    landing_dir: Path,
    run_id: str,
    on_page: Callable[[int], None] | None = None,
    *,
    page_size: int | None = None,
    patience: Patience | None = None,
    names: Sequence[Name] = (),
) -> Manifest:
    """Land what is new in one resource since `cursor` as one batch; None reads everything.

    on_page     is told the number of rows landed so far, after each page
    names       only these rows are read, as they are now, and no cursor moves
    page_size   rows a page, where the source lets us choose
    raises      SourceError; then nothing is landed
    """
    try:
        source = SOURCES[connection.kind]
        declared = source.resource(resource)
    except KeyError:
        raise SourceError(connection.name, f"a {connection.kind} connection has no resource '{resource}'.") from None
    opening: Opening = source.reader or Client.opened
    changes = ByName(tuple(names), declared.changes) if names else declared.changes
    notes = Notes(landing_dir / connection.name / f"{resource}.note")
    reason: Exception | None = None
    for _ in range(_ATTEMPTS):
        try:
            with opening(connection, source, declared, page_size=page_size, patience=patience, notes=notes) as reader:
                manifest = _land(connection, declared, changes, reader, cursor, landing_dir, run_id, on_page)
            if not names:
                notes.clear()
            return manifest
        except (SnapshotMovedError, BorderGoneError) as moved:
            reason = moved
        except ShapeError as error:
            what = f"{resource}: the source answered in an unexpected shape: {error}. Its API must have changed."
            raise SourceError(connection.name, what) from error
        except SettingsError as error:
            raise SourceError(connection.name, str(error).removeprefix(f"{connection.name}: ")) from error
        except OSError as error:
            where = f"{landing_dir} cannot be written ({error.strerror or error})"
            raise SourceError(connection.name, f"{resource}: {where}; make room or correct its rights.") from error
    raise SourceError(
        connection.name,
        f"{resource}: the list changed each of the {_ATTEMPTS} times it was read ({reason}), so rows may be missing. "
        "What is loaded stays as it is; the next run tries again.",
    ) from reason


def _land(
    connection: Connection,
    resource: Resource,
    changes: Changes,
    reader: Any,
    cursor: str | None,
    landing_dir: Path,
    run_id: str,
    on_page: Callable[[int], None] | None,
) -> Manifest:
    with landing.open_batch(landing_dir, connection.name, resource.name) as batch:
        outcome = _write(batch, resource, changes.read(reader, cursor), on_page)
        _refuse_many_rejects(connection, resource, batch)
        return batch.close(
            run_id=run_id,
            connection=connection.name,
            kind=connection.kind,
            resource=resource.name,
            mode=outcome.mode,
            is_snapshot=outcome.is_snapshot,
            allow_shrink=bool(connection.options.get("allow_shrink")),
            total=outcome.total,
            cursor_from=cursor,
            cursor_to=outcome.cursor,
            extracted_at=reader.served_at or datetime.now(UTC),
            allow_drift=bool(connection.options.get("allow_drift")),
            warnings=outcome.warnings,
        )


def _write(batch: Batch, resource: Resource, reading: Reading, on_page: Callable[[int], None] | None) -> Outcome:
    """Write page by page; memory holds one page."""
    while True:
        try:
            page = next(reading)
        except StopIteration as end:
            return cast(Outcome, end.value)
        for found in page:
            line = _line(found, resource, batch.rows)
            if isinstance(line, Reject):
                batch.reject(line)
            else:
                batch.write(line)
        if on_page is not None:
            on_page(batch.rows)


def _line(found: Found, resource: Resource, number: int) -> Line | Reject:
    if found.id is not None:
        return Line(found.id, number, _naive(found.changed_at), None, is_deleted=True, payload=None)
    if isinstance(found.row, Unreadable):
        return Reject("", f"not readable as JSON ({found.row.reason}; {found.row.size} bytes)")
    if isinstance(found.row, Unusable):
        return _reject(without(found.row.row, resource.secrets), f"'{found.row.field}' {found.row.reason}")
    row = without(found.row, resource.secrets)
    if not isinstance(row, dict):
        return _reject(row, f"a row should be an object, found {type(found.row).__name__}")
    fields = cast(dict[str, Any], row)
    row_id = fields.get(resource.id)
    if isinstance(row_id, bool) or not isinstance(row_id, str | int) or row_id == "":
        return _reject(row, f"no usable '{resource.id}'")
    return Line(
        id=str(row_id),
        n=number,
        updated_at=_naive(found.changed_at or time_of(row, resource.updated)),
        payload_hash=hashlib.blake2b(_canonical.encode(row), digest_size=16).hexdigest(),
        is_deleted=resource.is_deletable and fields.get("deleted") is True,
        payload=_payloads.encode(row).decode(),
    )


def _reject(row: Any, reason: str) -> Reject:
    return Reject(_payloads.encode(row).decode()[:_LONGEST_REJECT], reason)


def _naive(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=None) if instant else None


def _refuse_many_rejects(connection: Connection, resource: Resource, batch: Batch) -> None:
    share = batch.rejected / max(batch.rows + batch.rejected, 1)
    if batch.rejected > _MOST_REJECTS and share > _MOST_REJECTED_SHARE:
        raise SourceError(
            connection.name,
            f"{resource.name}: {batch.rejected} of {batch.rows + batch.rejected} rows cannot be taken "
            f"({batch.reason}); the shape of the source must have changed. What is loaded stays as it is.",
        )
