"""`make run` as a newcomer meets it: what it says, what it leaves, what it does when something is in the way."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from road import ROOT, Road, free_port

pytestmark = pytest.mark.slow


def start(road: Road, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "scripts/run.py", *arguments],
        cwd=ROOT,
        env=road.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    road.processes.append(process)
    return process


@pytest.fixture
def road(tmp_path: Path) -> Road:
    """A road whose simulator is started by the command under test."""
    return Road(tmp_path, (), settings={"COUNTINGHOUSE_APP_PORT": str(free_port())})


@pytest.mark.timeout(900)
def test_it_opens_the_dashboards_and_ctrl_c_ends_all_it_started(road: Road) -> None:
    process = start(road)
    # With all that it started: its simulator would hold the pipe open.
    alarm = threading.Timer(800, os.killpg, (process.pid, signal.SIGKILL))
    alarm.start()
    said: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"Open (http://\S+)", line):
            with urllib.request.urlopen(found[1], timeout=10) as answer:
                assert answer.status == 200
            break
    alarm.cancel()
    text = "".join(said)
    assert "Open http://" in text, text
    for noise in ("Traceback", "Warning", "warning", "ERROR", "locked"):
        assert noise not in text, text

    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, rest
    for port in (road.port, int(road.settings["COUNTINGHOUSE_APP_PORT"])):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, f"something still listens on {port}"


@pytest.mark.parametrize("whose", ["simulator", "dashboards"])
def test_a_taken_port_is_one_sentence_before_anything_starts(road: Road, whose: str) -> None:
    port = road.port if whose == "simulator" else int(road.settings["COUNTINGHOUSE_APP_PORT"])
    with socket.create_server(("127.0.0.1", port)):
        process = start(road)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert output.count("\n") == 1, output
    assert f"Port {port}" in output
    assert whose in output


def test_a_warehouse_in_use_is_one_sentence(make_road: Callable[..., Road]) -> None:
    road = make_road("locked", "--scale", "0.05", "--no-rate-limit")
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\n"
            "from countinghouse.settings import load_settings\n"
            "from countinghouse.warehouse.connect import open_warehouse\n"
            "with open_warehouse(load_settings()):\n"
            "    print('open', flush=True)\n"
            "    time.sleep(120)\n",
        ],
        cwd=ROOT,
        env=road.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    road.processes.append(holder)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    output = road.run_pipeline(expected_code=1)
    assert str(holder.pid) in output, output
    assert "in use" in output, output
    assert not road.published.exists()
