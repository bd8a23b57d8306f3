"""Prefect's API for one run, where no server is named: a process of our own, quiet, ended with the run.

Prefect would start one by itself, but only once the flow is called, with its log on the terminal. Started first, it
comes up while the modelling and checking tools are imported. What it has to say is in `logs/prefect.log`.
"""

import atexit
import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings

from countinghouse.errors import CountinghouseError

HOST = "127.0.0.1"
START_TIMEOUT_SECONDS = 120
STOP_TIMEOUT_SECONDS = 5
LOG_NAME = "prefect.log"


class PrefectServerError(CountinghouseError):
    """Prefect's API did not come up."""


@contextlib.contextmanager
def prefect_api(logs_dir: Path) -> Iterator[None]:
    """Prefect's API for a block: the one its settings name, else one of our own."""
    named = get_current_settings().api.url
    if named is not None:
        try:
            yield
        except RuntimeError as problem:
            if "Failed to reach API" not in str(problem):
                raise
            raise PrefectServerError(
                f"Prefect's API at {named} cannot be reached; start it (prefect server start), or unset "
                "PREFECT_API_URL, and the run starts one of its own."
            ) from problem
        return
    port = free_port()
    process = start(port, logs_dir)
    wait_until_up(f"http://{HOST}:{port}/api/health", process, logs_dir)
    with temporary_settings({PREFECT_API_URL: f"http://{HOST}:{port}/api"}):
        yield


def start(port: int, logs_dir: Path) -> subprocess.Popen[bytes]:
    """Start the server's process. It ends when its standard input does, so it never outlives us, however we end."""
    logs_dir.mkdir(parents=True, exist_ok=True)
    with (logs_dir / LOG_NAME).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.server", str(port)], stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    # Not at the end of a block: Prefect sends its last logs and states as the interpreter exits, and waits a minute for
    # a server that is gone. Handlers run in reverse order, and Prefect's own come after this one.
    atexit.register(stop, process)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, and wait for it."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def wait_until_up(url: str, process: subprocess.Popen[bytes], logs_dir: Path) -> None:
    """Wait for the API to answer; the first start of all prepares its database, which takes some seconds more."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise PrefectServerError(f"Prefect's own server did not start; {logs_dir / LOG_NAME} says why.")


def serve(port: int) -> None:
    """Be that process: the API without its pages and background services, until standard input ends."""
    import uvicorn
    from prefect.server.api.server import create_app

    class Server(uvicorn.Server):
        """Leaves signals alone: Ctrl-C is meant for the run, which still has to tell us how it ended."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    app = create_app(ephemeral=True, final=True)
    server = Server(uvicorn.Config(app, host=HOST, port=port, log_level="error", lifespan="on"))

    def end_with_parent() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    threading.Thread(target=end_with_parent, daemon=True).start()
    server.run()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(int(sys.argv[1]))
