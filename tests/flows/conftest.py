"""Prefect without a trace: its home is a folder that goes when the tests do."""

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import free_port, running, two_sources, wait_for

from countinghouse.settings import Settings, load_settings

# Prefect reads its settings as it is imported, so this cannot wait for a fixture.
HOME = tempfile.mkdtemp(prefix="prefect-")
os.environ["PREFECT_HOME"] = HOME
os.environ["PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW"] = "ignore"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import flows.pipeline  # noqa: F401


@pytest.fixture(scope="session", autouse=True)
def _prefect_home() -> Iterator[None]:
    yield
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty data folder, for this process and those it starts; nobody answers at the sources' address."""
    monkeypatch.setenv("COUNTINGHOUSE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COUNTINGHOUSE_SIMULATOR_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("COUNTINGHOUSE_SOURCES", two_sources(tmp_path, "http://127.0.0.1:9"))
    monkeypatch.chdir(tmp_path)
    return load_settings()


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    """Address of a fiftieth of the simulated world, its clock standing still."""
    port = free_port()
    world = ("--scale", "0.02", "--now", "2026-11-20T09:40:00Z", "--no-rate-limit")
    with running(sys.executable, "-m", "simulator", "--port", str(port), *world, stdout=subprocess.DEVNULL) as process:
        wait_for(f"http://127.0.0.1:{port}/_simulator/health", process)
        yield f"http://127.0.0.1:{port}"


class Said:
    """The lines of the run, and of nobody else."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    @property
    def messages(self) -> list[str]:
        return [record.getMessage() for record in self._caplog.records if record.name == "countinghouse.run"]


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[Said]:
    """What a run says, line by line."""
    with caplog.at_level("INFO", logger="countinghouse.run"):
        yield Said(caplog)
