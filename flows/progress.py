"""What a run tells the person who started it: plain lines, one fact each, as it happens.

Lines go to the logger `countinghouse.run`. On a terminal they are printed as they are; under Prefect they are the run's
log (`PREFECT_LOGGING_EXTRA_LOGGERS`); and always they are kept, with the time, in `logs/pipeline.log`, and tracebacks
of what nobody expected in `logs/errors.log`.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

LOG = logging.getLogger("countinghouse.run")
LOG_BYTES = 1_000_000
SECONDS_BETWEEN_COUNTS = 3.0


def say(step: str, text: str) -> None:
    """One line of progress."""
    LOG.info("%-9s %s", step, text)


def warn(step: str, text: str) -> None:
    """One line about something that is not as it should be."""
    LOG.warning("%-9s %s", step, text)


class Stopwatch:
    """How long each step of a run took, by the step's name, in the order they were first taken."""

    def __init__(self) -> None:
        """Nothing is measured yet."""
        self.seconds: dict[str, float] = {}
        self._started = time.monotonic()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a block; a step that is taken several times is added up."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - started

    def split(self) -> str:
        """The whole time and where it went, for people."""
        parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.seconds.items())
        return f"{time.monotonic() - self._started:.1f} s ({parts})"


def row_counter(resource: str) -> Callable[[int], None]:
    """Say how far a long extraction is, now and then."""
    said_at = time.monotonic()
    guard = threading.Lock()

    def count(rows: int) -> None:
        nonlocal said_at
        with guard:
            if time.monotonic() - said_at < SECONDS_BETWEEN_COUNTS:
                return
            said_at = time.monotonic()
        say("Extract", f"{resource:<32} {rows:>9,} rows so far")

    return count


@contextmanager
def on_terminal() -> Iterator[None]:
    """Print the lines as they are said, and nothing else that any library logs."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(below_error)
    library, root = logging.getLogger("countinghouse"), logging.getLogger()
    propagated, others = library.propagate, root.handlers[:]
    library.propagate = False
    root.handlers[:] = [logging.NullHandler()]
    try:
        with attached(handler):
            yield
    finally:
        library.propagate = propagated
        root.handlers[:] = others


@contextmanager
def in_files(folder: Path) -> Iterator[None]:
    """Keep what is said, and apart from it what went wrong, with its traceback."""
    folder.mkdir(parents=True, exist_ok=True)
    everything = RotatingFileHandler(folder / "pipeline.log", maxBytes=LOG_BYTES, backupCount=4, delay=True)
    errors = RotatingFileHandler(folder / "errors.log", maxBytes=LOG_BYTES, backupCount=4, delay=True)
    everything.addFilter(below_error)
    errors.setLevel(logging.ERROR)
    formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    for handler in (everything, errors):
        handler.setFormatter(formatter)
    with attached(everything), attached(errors):
        yield


def below_error(record: logging.LogRecord) -> bool:
    """Errors carry tracebacks, which are for the file of errors."""
    return record.levelno < logging.ERROR


@contextmanager
def attached(handler: logging.Handler) -> Iterator[None]:
    """A handler of the run's logger, for a while."""
    level = LOG.level
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        handler.close()
        LOG.setLevel(level)
