"""Processes of a test: started, waited for, and ended with all they started."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    """Wait until an address answers 200."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the process behind {url} ended with {process.returncode}"
        with suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer within {seconds} seconds")


@contextmanager
def running(*command: str, stop: signal.Signals = signal.SIGTERM, **popen: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block, and with it whatever it started."""
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, **popen)
    try:
        yield process
    finally:
        for order in (stop, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, order)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
                break


TWO_SOURCES = """
[[connection]]
name = "practice"
kind = "dummyjson"
url = "{url}/dummyjson"
timezone = "America/New_York"

[[connection]]
name = "payments"
kind = "stripe"
url = "{url}/stripe"
auth = {{ api_key = "simulator" }}
settles = "practice"
"""


def two_sources(folder: Path, url: str) -> str:
    """A file of two connections: enough to walk every step, and quick."""
    path = folder / "two-sources.toml"
    path.write_text(TWO_SOURCES.format(url=url))
    return str(path)
