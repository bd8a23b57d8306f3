"""A flow typed as a command: it says what it does, why it stopped if it did, and ends with a code."""

import signal
from collections.abc import Callable

from countinghouse.errors import CountinghouseError
from flows.progress import LOG, on_terminal, warn
from flows.run import in_words


def run_as_command(work: Callable[[], object], name: str) -> int:
    """Do it, saying so on the terminal; 0 when it went well, 1 with the reason when it did not.

    name  what the log calls it, as in "the drain"
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with on_terminal():
        try:
            work()
        except (Exception, KeyboardInterrupt) as problem:
            if not isinstance(problem, CountinghouseError | KeyboardInterrupt):
                LOG.exception("%s ended unexpectedly", name)
            warn("Stopped", in_words(problem))
            return 1
    return 0
