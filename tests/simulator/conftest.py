"""Servers for the simulator's own tests."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from recorded import KEY, SHARED

from simulator.server import running

NOW = "2026-11-20T09:40:00Z"


@pytest.fixture(scope="session")
def data_folder() -> Path:
    folder = SHARED / "data" / "dummyjson"
    if not folder.is_dir():
        pytest.skip(f"DummyJSON's own data files are not at {folder}")
    return folder


@pytest.fixture(scope="session")
def real_data(data_folder: Path) -> Iterator[httpx.Client]:
    """DummyJSON's own data, served by the simulator."""
    with running(data=data_folder) as url, httpx.Client(base_url=f"{url}/dummyjson") as client:
        yield client


@pytest.fixture(scope="session")
def small_url() -> Iterator[str]:
    """A small world with a frozen clock; tests that share it leave it as it was."""
    with running(scale=0.05, now=NOW) as url:
        yield url


@pytest.fixture
def shop(small_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{small_url}/dummyjson") as client:
        yield client


@pytest.fixture
def stripe(small_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{small_url}/stripe/v1", headers=KEY) as client:
        yield client


@pytest.fixture
def own_url() -> Iterator[str]:
    """A small world of this test's own, to be moved and broken."""
    with running(scale=0.05, now=NOW) as url:
        yield url


@pytest.fixture
def own(own_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=own_url, headers=KEY) as client:
        yield client
