"""Opening the warehouse, which has one writer, and the published copy, which has many readers.

DuckDB lets one process at a time open a file for writing, and then no other may even read it. A lock file beside the
warehouse says who the writer is, and holds also between two connections of one run; DuckDB's own lock has the last
word.
"""

import fcntl
import os
import re
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb

from countinghouse.errors import WarehouseError, WarehouseInUseError
from countinghouse.settings import Settings
from countinghouse.sources import SOURCES
from countinghouse.warehouse.tables import OPS, raw_table
from countinghouse.warehouse.transactions import transaction


@dataclass
class _Hold:
    handle: int
    count: int


# How a warehouse's file is written is settled when it is made. DuckDB's default is what its version 1.0 could read; the
# dictionaries of 1.4 take a fifth less time to write where a table is mostly keys.
NEW_FILE: dict[str, str | bool | int | float | list[str]] = {"storage_compatibility_version": "v1.4.0"}
_LOOK_AGAIN_SECONDS = 0.5
_holds: dict[Path, _Hold] = {}
_guard = threading.Lock()


@contextmanager
def open_warehouse(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection to the warehouse, prepared; WarehouseError names the process that has it where it is in use."""
    with writer_lock(settings):
        path = settings.warehouse_path
        try:
            connection = duckdb.connect(str(path), config=NEW_FILE)
        except duckdb.Error as error:
            raise _translated(path, error) from error
        try:
            # Nothing is downloaded: every extension in use is part of DuckDB's own package.
            connection.execute("SET autoinstall_known_extensions = false; SET GLOBAL TimeZone = 'UTC'")
            prepare(connection)
            yield connection
        finally:
            connection.close()


@contextmanager
def writer_lock(settings: Settings, patience: timedelta = timedelta(0)) -> Generator[None]:
    """Be the one writer until the block ends; a run may hold it over several connections.

    Reentrant within the process, where DuckDB itself keeps transactions apart.

    patience  how long to wait for another process that has it
    raises    WarehouseInUseError after that
    """
    path = settings.warehouse_path.with_name(settings.warehouse_path.name + ".lock")
    deadline = time.monotonic() + patience.total_seconds()
    while True:
        try:
            hold = _held(settings.warehouse_path, path)
            break
        except WarehouseInUseError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_LOOK_AGAIN_SECONDS)
    try:
        yield
    finally:
        with _guard:
            hold.count -= 1
            if hold.count == 0:
                del _holds[path]
                os.close(hold.handle)


def _held(warehouse: Path, path: Path) -> _Hold:
    with _guard:
        hold = _holds.get(path)
        if hold is None:
            hold = _holds[path] = _Hold(_lock(warehouse, path), 0)
        hold.count += 1
        return hold


def _lock(warehouse: Path, path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise WarehouseError(
            f"{path} cannot be written ({error.strerror}); check COUNTINGHOUSE_DATA_DIR and its rights."
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(handle, 200, 0).decode(errors="replace").strip()
        os.close(handle)
        raise _in_use(warehouse, holder) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()} ({_command(os.getpid())})\n".encode(), 0)
    return handle


def _command(pid: int) -> str:
    """What a process was started as, without its arguments' values: they may be long or private."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "unknown"
    return " ".join(" ".join(Path(word).name for word in words[:3]).split())[:60]


def _in_use(warehouse: Path, holder: str) -> WarehouseInUseError:
    return WarehouseInUseError(
        f"The warehouse {warehouse} is in use by process {holder or 'unknown'}; "
        "wait until it has finished, or end it, then start again."
    )


def _translated(path: Path, error: duckdb.Error) -> WarehouseError:
    """DuckDB's own words about a file it cannot open, as a sentence."""
    text = str(error)
    if match := re.search(r"Conflicting lock is held in (\S+)? ?\(PID (\d+)\)", text):
        return _in_use(path, f"{match[2]} ({_command(int(match[2]))})")
    first = text.splitlines()[0]
    if isinstance(error, duckdb.IOException) and "not a valid DuckDB database" in text:
        return WarehouseError(f"{path} is not a DuckDB database; move it away and run again to build a new one.")
    return WarehouseError(f"{path} cannot be opened: {first}")


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every raw and ops table that is not there yet, so that models and checks never meet a missing one."""
    with transaction(connection):
        connection.execute("CREATE SCHEMA IF NOT EXISTS raw; CREATE SCHEMA IF NOT EXISTS ops")
        for source in SOURCES.values():
            for resource in source.resources:
                connection.execute(raw_table(source.kind, resource.name))
        for statement in OPS:
            connection.execute(statement)


def read_published(path: Path) -> duckdb.DuckDBPyConnection:
    """The published copy, for reading; it stays the version it was when opened. The caller closes it.

    WarehouseError where nothing has been published yet.
    """
    for attempt in (1, 2):
        version = path.resolve()
        try:
            connection = duckdb.connect(str(version), read_only=True)
        except duckdb.Error as error:
            if not path.exists():
                raise WarehouseError(
                    f"Nothing has been published yet: {path} does not exist. Run the pipeline first (make run)."
                ) from None
            if attempt == 1 and path.resolve() != version:
                continue  # the link moved on and its old target was swept between the two steps
            raise _translated(version, error) from error
        # A reader of marts has no business with other files.
        connection.execute("SET GLOBAL TimeZone = 'UTC'; SET enable_external_access = false")
        return connection
    raise AssertionError("unreachable")
