"""What every source is held to, over the same pretended merchant: one suite, whatever the platform."""

import sys
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "countinghouse"))

from running_simulator import RunningSimulator

from countinghouse.connections import Connection
from countinghouse.default_connections import simulator_connections
from simulator.server import running

NOW = "2025-03-20T09:40:00Z"
NAMES = [connection.name for connection in simulator_connections("http://127.0.0.1:1")]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningSimulator]:
    """A small world, its tables in a folder beside it."""
    folder = tmp_path_factory.mktemp("world")
    with ExitStack() as stack:
        url = stack.enter_context(running(scale=0.05, now=NOW, tables=folder / "simulator"))
        yield RunningSimulator(url, folder)


@pytest.fixture
def simulator(served: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> Generator[RunningSimulator]:
    """The same world at its first instant, in good health, its limits off."""
    monkeypatch.setattr("countinghouse.sources.patience._throttles", {})
    monkeypatch.setattr("countinghouse.sources.session._purses", {})
    served.post("clock", {"now": NOW})
    served.post("limits", {"enabled": False})
    served.recover()
    yield served
    served.recover()


@pytest.fixture(params=NAMES)
def connection(request: pytest.FixtureRequest, simulator: RunningSimulator) -> Connection:
    """Each connection of the pretended merchant in turn."""
    found = simulator_connections(simulator.url, simulator.folder)
    return next(one for one in found if one.name == request.param)


@pytest.fixture(autouse=True)
def no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pace that is kept has tests of its own; the others need not wait for it."""
    monkeypatch.setattr("countinghouse.sources.session.throttles", lambda url, rates, what: [])
