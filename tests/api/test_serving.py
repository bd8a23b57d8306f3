"""`python -m api` as people start it: the address it prints answers, and what is in its way is said in a sentence."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


def start(data_dir: Path, **variables: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "COUNTINGHOUSE_DATA_DIR": str(data_dir), **variables}
    return subprocess.Popen(
        [sys.executable, "-m", "api"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


@pytest.mark.slow
def test_the_printed_address_answers_and_control_c_ends_it_quietly(trio_copy: Path) -> None:
    process = start(trio_copy, COUNTINGHOUSE_API_PORT=free_port())
    try:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(3)]
        address = lines[1].split()[1]
        assert httpx.get(f"{address}/ready", timeout=30, trust_env=False).json()["version"] == 1
        assert httpx.get(f"{address}/docs", timeout=30, trust_env=False).status_code == 200
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert said == ""
    assert process.returncode == 0


@pytest.mark.slow
def test_a_taken_port_and_an_open_address_are_said_in_a_sentence(trio_copy: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = start(trio_copy, COUNTINGHOUSE_API_PORT=str(other.getsockname()[1]))
        _, said = taken.communicate(timeout=60)
    assert (taken.returncode, said.count("\n")) == (1, 1)
    assert "COUNTINGHOUSE_API_PORT" in said
    opened = start(trio_copy, COUNTINGHOUSE_API_HOST="0.0.0.0", COUNTINGHOUSE_API_PORT=free_port())
    _, said = opened.communicate(timeout=60)
    assert (opened.returncode, said.count("\n")) == (1, 1)
    assert "make api-keys" in said
