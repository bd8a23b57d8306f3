"""A whole road in a folder of its own: the simulator, the pipeline as a user starts it, the published copy."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = "2026-11-20T09:40:00Z"
STORE_TIMEZONE = "America/New_York"
PIPELINE_TIMEOUT_SECONDS = 300
START_TIMEOUT_SECONDS = 60
ENVIRONMENT_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "CI")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(url: str, process: subprocess.Popen[str]) -> None:
    """Wait for a server to answer."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server of {url} ended as it started"
        with suppress(OSError), urllib.request.urlopen(url, timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer within {START_TIMEOUT_SECONDS} seconds")


@dataclass
class Road:
    """One simulator and one data directory; every process it starts is ended with it."""

    folder: Path
    simulator_arguments: tuple[str, ...]
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ENVIRONMENT_KEPT if name in os.environ}
        return {
            **kept,
            "DO_NOT_TRACK": "1",
            "COUNTINGHOUSE_DATA_DIR": str(self.folder / "data"),
            "COUNTINGHOUSE_SIMULATOR_URL": self.simulator_url,
            **self.settings,
        }

    def start_simulator(self) -> None:
        tables = str(self.folder / "data" / "simulator")
        command = [sys.executable, "-m", "simulator", "--port", str(self.port), "--tables", tables]
        command += self.simulator_arguments
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, text=True)
        self.processes.append(process)
        wait_until_up(f"{self.simulator_url}/_simulator/health", process)

    def ask(self, path: str, body: object = None, method: str | None = None) -> Any:
        """Talk to the simulator's control, numbers as decimals."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.simulator_url}{path}", data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null", parse_float=Decimal)

    def truth(self) -> Any:
        return self.ask(f"/_simulator/truth?timezone={STORE_TIMEZONE}")

    def start_pipeline(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.pipeline"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def run_pipeline(self, expected_code: int = 0) -> str:
        """Run to the end, and give what a person would have read."""
        process = self.start_pipeline()
        output, _ = process.communicate(timeout=PIPELINE_TIMEOUT_SECONDS)
        assert process.returncode == expected_code, output
        assert "Traceback" not in output, output
        return output

    @property
    def published(self) -> Path:
        return self.folder / "data" / "published" / "prod.duckdb"

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.published.resolve()), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait(10)
            if process.stdout:
                process.stdout.close()


def small_world(make_road: Callable[..., Road], name: str) -> Road:
    """A twentieth of the world, its clock standing still, no rate limit to wait for."""
    return make_road(name, "--scale", "0.05", "--now", NOW, "--no-rate-limit")
