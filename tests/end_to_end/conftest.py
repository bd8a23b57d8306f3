"""Roads that end with the session."""

from collections.abc import Callable, Iterator

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
def published_road(make_road: Callable[..., Road]) -> Road:
    """A road after one run, for tests that only read what it published."""
    road = small_world(make_road, "published")
    road.run_pipeline()
    return road
