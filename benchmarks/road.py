"""How long does the whole road take: first, again over an unchanged world, and after a day has passed?

Runs `python -m flows.pipeline` against the simulator at full scale in a data directory of its own, three times, and
keeps the pipeline's own split by step. The ratio of the later runs to the first is what travels between machines.
Results: `benchmarks/results/road.json`.
"""

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "road.json"
PORT = 8798
URL = f"http://127.0.0.1:{PORT}"
NOW = "2026-11-20T21:40:00Z"


def advance_a_day() -> None:
    request = urllib.request.Request(
        f"{URL}/_simulator/clock",
        data=b'{"advance_days": 1}',
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=60).close()


def start_simulator() -> tuple[subprocess.Popen[bytes], float]:
    started = time.monotonic()
    command = [sys.executable, "-m", "simulator", "--port", str(PORT), "--now", NOW]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{URL}/_simulator/health", timeout=2):
            return process, time.monotonic() - started
        time.sleep(0.05)
    raise SystemExit(f"The simulator did not start on port {PORT}.")


def run_pipeline(data_dir: str) -> dict[str, Any]:
    environment = {**os.environ, "COUNTINGHOUSE_DATA_DIR": data_dir, "COUNTINGHOUSE_SIMULATOR_URL": URL}
    environment.pop("COUNTINGHOUSE_SOURCES", None)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "flows.pipeline"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    wall = time.monotonic() - started
    found = re.search(r"^Done .*\((.*)\)", done.stdout, re.MULTILINE)
    if found is None:
        raise SystemExit(f"The pipeline's last line has another shape:\n{done.stdout}")
    steps = dict(re.findall(r"(\w+) ([\d.]+)", found[1]))
    return {"wall_seconds": round(wall, 1), "steps_seconds": {name: float(value) for name, value in steps.items()}}


def main() -> None:
    simulator, simulator_seconds = start_simulator()
    try:
        with tempfile.TemporaryDirectory() as data_dir:
            first = run_pipeline(data_dir)
            again = run_pipeline(data_dir)
            advance_a_day()
            after_a_day = run_pipeline(data_dir)
    finally:
        simulator.terminate()
        simulator.wait(10)
    result = {
        "command": "python -m benchmarks",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "simulator_seconds": round(simulator_seconds, 1),
        "first_run": first,
        "second_run": again,
        "after_a_day": after_a_day,
        "second_to_first_ratio": round(again["wall_seconds"] / first["wall_seconds"], 2),
        "day_to_first_ratio": round(after_a_day["wall_seconds"] / first["wall_seconds"], 2),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
