"""Roads that end with the session."""

from collections.abc import Callable, Iterator

import pytest
from road import Road


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
