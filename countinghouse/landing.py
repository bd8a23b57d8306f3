"""Batches on disk: what a source sent, kept until the warehouse has it.

One batch is one resource of one connection in one extraction: `landing/<connection>/<resource>/<batch_id>/`. Rows are
appended page by page to `pages.ndjson`, so that memory stays flat at any size. `manifest.json` is written last and in
one step: a folder without one is not a batch, whatever is in it, and is swept away by the next extraction of the same
resource.

A line is `{id, n, updated_at, payload_hash, is_deleted, payload}`. The payload is JSON inside a JSON string: DuckDB's
reader would otherwise pass its numbers through a double, and 0.1234567890123456789 would come out shorter than it was
sent.
"""

import fcntl
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal

import msgspec

from countinghouse.errors import WarehouseError

PAGES = "pages.ndjson"
REJECTS = "rejects.ndjson"
MANIFEST = "manifest.json"

# A folder is made a moment before its file is locked; a sweep at that moment leaves it alone.
_NEWBORN_SECONDS = 60


@dataclass(frozen=True)
class Manifest:
    """What closes a batch: everything a load needs to know besides the rows."""

    batch_id: str  # sorts by the time the extraction began
    run_id: str
    connection: str
    kind: str
    resource: str
    mode: Literal["full", "incremental", "named"]  # named: some rows by their ids, whatever else has changed
    is_snapshot: bool  # the batch is all the source has: a known row that is absent is gone
    allow_shrink: bool  # take a snapshot that holds far fewer rows than are known
    total: int | None  # rows the source said there are
    rows: int
    rejected: int
    bytes: int
    longest_line: int
    checksum: str
    cursor_from: str | None
    cursor_to: str | None
    started_at: datetime  # our clock
    extracted_at: datetime  # the source's clock, at the first answer
    folder: Path
    allow_drift: bool = False  # take rows in which a field that models use has another type
    warnings: tuple[str, ...] = ()  # what people should know of this reading, in sentences

    @property
    def pages_path(self) -> Path:
        """The rows."""
        return self.folder / PAGES

    @property
    def rejects_path(self) -> Path:
        """The rows that could not be taken, where there are any."""
        return self.folder / REJECTS


class Line(msgspec.Struct, frozen=True):
    """One row as it is landed."""

    id: str
    n: int  # the order of arrival: of several copies of a row the last one counts
    updated_at: datetime | None
    payload_hash: str | None
    is_deleted: bool
    payload: str | None


class Reject(msgspec.Struct, frozen=True):
    """A row that could not be taken, less its secrets, and why."""

    row_text: str
    reason: str


class Batch:
    """A batch being written."""

    def __init__(self, folder: Path, pages: IO[bytes]) -> None:
        self.folder = folder
        self.rows = 0
        self.rejected = 0
        self.reason = ""  # of the last row set aside
        self._pages = pages
        self._bytes = 0
        self._longest_line = 0
        self._checksum = hashlib.sha256()
        self._rejects: IO[bytes] | None = None
        self._encoder = msgspec.json.Encoder()
        self.started_at = datetime.now(UTC)

    def write(self, line: Line) -> None:
        """Append one row."""
        data = self._encoder.encode(line) + b"\n"
        self._pages.write(data)
        self._checksum.update(data)
        self.rows += 1
        self._bytes += len(data)
        self._longest_line = max(self._longest_line, len(data))

    def reject(self, reject: Reject) -> None:
        """Set one row aside."""
        if self._rejects is None:
            self._rejects = (self.folder / REJECTS).open("wb")
        self._rejects.write(self._encoder.encode(reject) + b"\n")
        self.rejected += 1
        self.reason = reject.reason

    def close(
        self,
        *,
        run_id: str,
        connection: str,
        kind: str,
        resource: str,
        mode: Literal["full", "incremental", "named"],
        is_snapshot: bool,
        allow_shrink: bool,
        total: int | None,
        cursor_from: str | None,
        cursor_to: str | None,
        extracted_at: datetime,
        allow_drift: bool = False,
        warnings: tuple[str, ...] = (),
    ) -> Manifest:
        """Make the rows durable, then the manifest: from here on it is a batch."""
        for file in (self._pages, self._rejects):
            if file is not None:
                file.flush()
                os.fsync(file.fileno())
        manifest = Manifest(
            batch_id=self.folder.name,
            run_id=run_id,
            connection=connection,
            kind=kind,
            resource=resource,
            mode=mode,
            is_snapshot=is_snapshot,
            allow_shrink=allow_shrink,
            total=total,
            rows=self.rows,
            rejected=self.rejected,
            bytes=self._bytes,
            longest_line=self._longest_line,
            checksum=self._checksum.hexdigest(),
            cursor_from=cursor_from,
            cursor_to=cursor_to,
            started_at=self.started_at,
            extracted_at=extracted_at,
            folder=self.folder,
            allow_drift=allow_drift,
            warnings=warnings,
        )
        draft = self.folder / f"{MANIFEST}.draft"
        with draft.open("wb") as file:
            fields = asdict(manifest)
            del fields["folder"]
            file.write(msgspec.json.format(msgspec.json.encode(fields), indent=2))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.folder / MANIFEST)
        for folder in (self.folder, self.folder.parent):
            _sync(folder)
        return manifest

    def end(self) -> None:
        """Close the files."""
        self._pages.close()
        if self._rejects is not None:
            self._rejects.close()


@contextmanager
def open_batch(landing_dir: Path, connection: str, resource: str) -> Generator[Batch]:
    """A new batch; it is gone again where the block ends without `Batch.close`."""
    place = landing_dir / connection / resource
    sweep(place)
    folder = place / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    with (folder / PAGES).open("wb") as pages:
        # Held while the batch is written, so that a sweep can tell a batch in the making from what a dead process left.
        fcntl.flock(pages, fcntl.LOCK_EX)
        batch = Batch(folder, pages)
        try:
            yield batch
        finally:
            batch.end()
            if not (folder / MANIFEST).exists():
                shutil.rmtree(folder, ignore_errors=True)


def pending(landing_dir: Path) -> list[Manifest]:
    """The closed batches that are not yet loaded, oldest first, which is the order to load them in."""
    manifests = (_read(path) for path in landing_dir.glob(f"*/*/*/{MANIFEST}"))
    return sorted((manifest for manifest in manifests if manifest), key=lambda manifest: manifest.batch_id)


def verify(manifest: Manifest) -> None:
    """WarehouseError where the rows are not those the manifest was written for."""
    checksum = hashlib.sha256()
    try:
        with manifest.pages_path.open("rb") as pages:
            while block := pages.read(1 << 20):
                checksum.update(block)
    except OSError:
        checksum = hashlib.sha256(b"unreadable")
    if checksum.hexdigest() != manifest.checksum:
        raise WarehouseError(
            f"{manifest.connection}: the landed batch {manifest.batch_id} of {manifest.resource} is damaged (its "
            "checksum differs); it was put away unread, and the next run reads the same rows from the source again."
        )


def discard(manifest: Manifest) -> None:
    """Remove a batch, its manifest first: a removal that is cut off must not leave half a batch behind."""
    (manifest.folder / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(manifest.folder, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what extractions that were cut off have left below a folder."""
    for pages in list(folder.rglob(PAGES)):
        if (pages.parent / MANIFEST).exists() or _is_being_written(pages):
            continue
        shutil.rmtree(pages.parent, ignore_errors=True)


def _is_being_written(pages: Path) -> bool:
    try:
        with pages.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return time.time() - pages.stat().st_mtime < _NEWBORN_SECONDS and pages.stat().st_size == 0
    except OSError:
        return pages.exists()


def _read(path: Path) -> Manifest | None:
    """A manifest that cannot be read closes nothing; the source still has the rows, and the cursor has not moved."""
    try:
        fields = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
        return msgspec.convert(fields | {"folder": str(path.parent)}, Manifest, dec_hook=_path)
    except (msgspec.MsgspecError, OSError):
        return None


def _path(kind: type, value: object) -> object:
    return kind(value)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
