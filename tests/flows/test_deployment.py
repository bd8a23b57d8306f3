"""Prefect as its own documentation says: server, work pool, deployment, worker, and a run of it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from processes import ROOT, free_port, running, two_sources, wait_for

from countinghouse.warehouse.connect import read_published

pytestmark = pytest.mark.slow

PREFECT = str(Path(sys.executable).with_name("prefect"))
RUN_TIMEOUT_SECONDS = 300


def test_deployed_pipeline_runs_on_a_worker_and_publishes(simulator: str, tmp_path: Path) -> None:
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "COUNTINGHOUSE_"))}
    environment = kept | {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": api,
        "COUNTINGHOUSE_DATA_DIR": str(tmp_path / "data"),
        "COUNTINGHOUSE_SIMULATOR_URL": simulator,
        "COUNTINGHOUSE_SOURCES": two_sources(tmp_path, simulator),
        "SCHEDULE_CRON": "15 3 * * *",
        "COUNTINGHOUSE_DRAIN_CRON": "*/2 * * * *",
        "COUNTINGHOUSE_PRIVACY_CRON": "45 4 * * *",
    }

    def prefect(*arguments: str) -> str:
        done = subprocess.run(
            [PREFECT, "--no-prompt", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def inspect(*arguments: str) -> Any:
        return json.loads(prefect(*arguments, "--output", "json"))

    logs = {name: (tmp_path / f"{name}.log").open("wb") for name in ("server", "worker")}
    server = running(
        PREFECT, "server", "start", "--port", str(port), env=environment, stdout=logs["server"], stderr=logs["server"]
    )
    with server as process:
        wait_for(f"{api}/health", process)
        prefect("work-pool", "create", "countinghouse", "--type", "process")
        prefect("deploy", "--all")
        deployed = inspect("deployment", "inspect", "pipeline/daily")
        assert [entry["schedule"]["cron"] for entry in deployed["schedules"]] == ["15 3 * * *"]
        drain = inspect("deployment", "inspect", "drain/webhooks")
        assert [entry["schedule"]["cron"] for entry in drain["schedules"]] == ["*/2 * * * *"]
        requests = inspect("deployment", "inspect", "privacy/requests")
        assert [entry["schedule"]["cron"] for entry in requests["schedules"]] == ["45 4 * * *"]
        assert drain["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"

        worker = running(
            *(PREFECT, "worker", "start", "--pool", "countinghouse"),
            env=environment,
            stdout=logs["worker"],
            stderr=logs["worker"],
        )
        with worker:
            prefect("deployment", "run", "pipeline/daily")
            state = wait_for_the_run(inspect)
    for log in logs.values():
        log.close()

    said = (tmp_path / "worker.log").read_text()
    assert state == "COMPLETED", said
    assert "Publish   version 1" in said, "the plain lines of a run are its log"
    with read_published(tmp_path / "data" / "published" / "prod.duckdb") as copy:
        (orders,) = copy.execute("SELECT count(*) FROM marts.fact_orders").fetchall()
        assert copy.execute("SELECT status FROM ops.pipeline_runs").fetchall() == [("succeeded",)]
    assert orders[0] > 50


def wait_for_the_run(inspect: Any) -> str:
    """The state in which the run that was not made by the schedule ends."""
    deadline = time.monotonic() + RUN_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        ended = [
            run["state_type"]
            for run in inspect("flow-run", "ls", "--flow-name", "pipeline")
            if run["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
        ]
        if ended:
            return ended[0]
        time.sleep(2)
    return "STILL RUNNING"
