"""Prefect's API of our own: quiet, and never left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import pytest
from processes import ROOT

pytestmark = pytest.mark.slow

ASK = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from flows import server
    from prefect import get_client
    process = None
    start = server.start
    def remember(port, logs_dir):
        global process
        process = start(port, logs_dir)
        return process
    server.start = remember
    with server.prefect_api(Path(sys.argv[1])):
        with get_client(sync_client=True) as client:
            print(process.pid, client.hello().status_code, flush=True)
        if sys.argv[2] == "stay":
            time.sleep(120)
""")


def ask(folder: Path, what: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return subprocess.Popen(
        [sys.executable, "-c", ASK, str(folder / "logs"), what],
        cwd=ROOT,
        env=environment | {"PREFECT_HOME": str(folder / "prefect"), "COUNTINGHOUSE_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def is_gone(pid: int, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            time.sleep(0.1)
            continue
        return True
    return False


def test_it_answers_says_nothing_and_ends_with_the_run(tmp_path: Path) -> None:
    process = ask(tmp_path, "leave")
    output, _ = process.communicate(timeout=120)
    pid, status = output.split()
    assert (process.returncode, status) == (0, "200"), output
    assert is_gone(int(pid), seconds=1)
    assert (tmp_path / "prefect" / "prefect.db").exists()


def test_it_does_not_outlive_a_run_that_is_killed(tmp_path: Path) -> None:
    with ask(tmp_path, "stay") as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline().split()[0])
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert is_gone(pid)
