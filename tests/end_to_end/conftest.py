"""Roads that end with the session, and the first run that most of them share."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from road import Road, small_world


@pytest.fixture(scope="session")
def make_road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Road]]:
    """Build roads that end with the session; each starts its own simulator."""
    roads: list[Road] = []

    def make(name: str, *simulator_arguments: str, **settings: str) -> Road:
        road = Road(tmp_path_factory.mktemp(name), simulator_arguments, settings=settings)
        roads.append(road)
        road.start_simulator()
        return road

    yield make
    for road in roads:
        road.close()


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory, make_road: Callable[..., Road]) -> Path:
    """The data directory after one run over the small world, made once for all processes of a test session."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "first-run"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            road = small_world(make_road, "first")
            road.run_pipeline()
            road.close()
            shutil.copytree(road.folder / "data", shared.with_suffix(".new"), symlinks=True)
            shared.with_suffix(".new").rename(shared)
    return shared


@pytest.fixture(scope="session")
def after_first_run(first_run: Path, make_road: Callable[..., Road]) -> Callable[[str], Road]:
    """Build a road of its own that stands where the first run ended."""

    def make(name: str) -> Road:
        road = small_world(make_road, name)
        shutil.copytree(first_run, road.folder / "data", symlinks=True, dirs_exist_ok=True)
        return road

    return make


@pytest.fixture(scope="session")
def published_road(after_first_run: Callable[[str], Road]) -> Road:
    """A road after one run, for tests that only read what it published."""
    return after_first_run("published")
