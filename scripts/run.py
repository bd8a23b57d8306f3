"""`make run`: the simulator, one pipeline run, then the dashboards, until Ctrl-C.

Starts what the settings need and nothing else: with a `sources.toml` of one's own no simulator is started. Every child
runs in a session of its own, so that Ctrl-C reaches this process alone, which then ends them in order and quietly.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from countinghouse.errors import CountinghouseError
from countinghouse.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 8


class Stopped(Exception):
    """A sentence for the person at the keyboard; the run ends with exit code 1."""


def say(step: str, text: str) -> None:
    """Print one line of progress in the pipeline's own layout."""
    print(f"{step:<9} {text}", flush=True)


def require_free(port: int, what: str, remedy: str) -> None:
    """Refuse a taken port before anything is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise Stopped(f"Port {port}, needed for {what}, is taken by another program. {remedy}") from None


def wait_until_up(url: str, process: subprocess.Popen[bytes], what: str) -> None:
    """Wait for an address to answer 200; a process that ended first has already said why."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Stopped(f"{what} stopped as it started (exit code {process.returncode}); its own message is above.")
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise Stopped(f"{what} did not answer at {url} within {START_TIMEOUT_SECONDS} seconds.")


@contextlib.contextmanager
def child(*command: str, quiet: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module of this environment, and end it with everything it started when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL if quiet else None,
    )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a child's whole session to stop, then make it."""
    for order, patience in ((signal.SIGTERM, STOP_TIMEOUT_SECONDS), (signal.SIGKILL, STOP_TIMEOUT_SECONDS)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, order)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return


@contextlib.contextmanager
def simulator(settings: Settings) -> Iterator[None]:
    """Serve the simulator where the settings' connections expect it; nothing where they name other addresses."""
    address = settings.simulator_url
    if not any(connection.url.startswith(address) for connection in settings.connections if connection.enabled):
        yield
        return
    started = time.monotonic()
    port = urlsplit(address).port or 80
    require_free(port, "the simulator", "Stop that program, or set COUNTINGHOUSE_SIMULATOR_URL=http://127.0.0.1:8799.")
    tables = str(settings.data_dir / "simulator")
    with child("simulator", "--port", str(port), "--tables", tables, quiet=True) as process:
        wait_until_up(f"{address}/_simulator/health", process, "The simulator")
        say("Simulator", f"a merchant's shops and their payments at {address} ({time.monotonic() - started:.1f} s)")
        yield


def run_pipeline() -> None:
    """One pipeline run, its progress on this terminal."""
    with child("flows.pipeline") as process:
        code = process.wait()
    if code != 0:
        raise Stopped("The pipeline did not publish; its message is above. What was published before is unchanged.")


@contextlib.contextmanager
def dashboards(settings: Settings) -> Iterator[str]:
    """Serve the dashboards and give their address."""
    started = time.monotonic()
    address = f"http://{HOST}:{settings.app_port}"
    command = (
        "streamlit",
        "run",
        str(ROOT / "app" / "streamlit_app.py"),
        "--server.headless=true",
        "--logger.level=warning",
    )
    with child(*command, f"--server.address={HOST}", f"--server.port={settings.app_port}", quiet=True) as process:
        wait_until_up(f"{address}/_stcore/health", process, "The dashboards")
        say("App", f"dashboards ready ({time.monotonic() - started:.1f} s)")
        yield address


def require_app_port(settings: Settings) -> None:
    """The dashboards' port is checked first: a run of minutes should not end in a taken port."""
    require_free(settings.app_port, "the dashboards", "Stop that program, or set COUNTINGHOUSE_APP_PORT=8502.")


def serve(settings: Settings) -> None:
    """Keep the dashboards up until Ctrl-C."""
    with dashboards(settings) as address:
        print(f"\n  Open {address}    (Ctrl-C stops everything)\n", flush=True)
        if sys.stdout.isatty() and (sys.platform == "darwin" or os.environ.get("DISPLAY")):
            webbrowser.open(address)
        signal.pause()


def main() -> None:
    """Read the arguments and do what they ask for."""
    parser = argparse.ArgumentParser(prog="scripts/run.py", description=__doc__.splitlines()[0])
    parser.add_argument("--once", action="store_true", help="stop after the pipeline run, without the dashboards")
    parser.add_argument("--app-only", action="store_true", help="only the dashboards, over what was published last")
    chosen = parser.parse_args()

    settings = load_settings()
    started = time.monotonic()
    if not chosen.once:
        require_app_port(settings)
    if chosen.app_only:
        serve(settings)
        return
    with simulator(settings):
        run_pipeline()
        if not chosen.once:
            say("Ready", f"{time.monotonic() - started:.0f} s from start to dashboards")
            serve(settings)


def interrupted(number: int, frame: object) -> None:
    """Treat SIGTERM like Ctrl-C, so that a stopped `make run` leaves no child behind."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupted)
    try:
        main()
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
    except (Stopped, CountinghouseError) as problem:
        raise SystemExit(f"Stopped: {problem}") from None
