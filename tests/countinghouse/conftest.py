"""What the tests of the library share: a scripted source, a simulator, a data folder, a warehouse."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import duckdb
import httpx
import pytest
from running_simulator import NOW, ROOT, RunningSimulator
from scripted_source import ScriptedSource

from countinghouse.settings import Connection, Settings, load_settings
from countinghouse.warehouse.connect import open_warehouse


@pytest.fixture(scope="session")
def simulator_process() -> Generator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--scale", "0.1", "--now", NOW]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{url}/_simulator/health").raise_for_status()
                break
            except httpx.HTTPError:
                assert process.poll() is None, "the simulator did not start"
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def simulator(simulator_process: str, monkeypatch: pytest.MonkeyPatch) -> Generator[RunningSimulator]:
    # The simulator forgets what it counted; so does the pace we keep, or each test would wait for the one before.
    monkeypatch.setattr("countinghouse.sources.patience._throttles", {})
    running = RunningSimulator(simulator_process)
    running.post("clock", {"now": NOW})
    running.post("limits", {"enabled": True})
    running.recover()
    yield running
    running.recover()


@pytest.fixture
def source() -> Generator[ScriptedSource]:
    scripted = ScriptedSource()
    yield scripted
    scripted.close()


@pytest.fixture
def shop(source: ScriptedSource) -> Connection:
    return Connection(name="corner-shop", kind="dummyjson", url=source.url)


@pytest.fixture
def payments(source: ScriptedSource, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setenv("THE_STRIPE_KEY", "sk_test_hush")
    return Connection(name="till", kind="stripe", url=source.url, auth={"api_key": "env:THE_STRIPE_KEY"})


@pytest.fixture
def landing_dir(tmp_path: Path) -> Path:
    return tmp_path / "data" / "landing"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"COUNTINGHOUSE_DATA_DIR": str(tmp_path / "data"), "PATH": os.environ["PATH"]})


@pytest.fixture
def warehouse(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    with open_warehouse(settings) as con:
        yield con
