"""Warehouses that end with their test, and the models as SQL to run bare."""

import fcntl
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hand_fed_warehouse import PLATFORMS, Warehouse

from benchmarks.bare import Step, steps_of


@pytest.fixture(scope="session")
def known_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all processes of a test session keep what SQLMesh made of the models."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "known-models"


@pytest.fixture
def make_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known_models: Path
) -> Iterator[Callable[..., Warehouse]]:
    """Build warehouses, each in a folder of its own, with the models of the platforms that are named."""
    made: list[Warehouse] = []

    def make(name: str = "warehouse", platforms: tuple[str, ...] = ("dummyjson",)) -> Warehouse:
        made.append(Warehouse(tmp_path / name, monkeypatch, platforms, known_models))
        return made[-1]

    yield make
    for warehouse in made:
        warehouse.close()


@pytest.fixture(scope="session")
def bare_steps(tmp_path_factory: pytest.TempPathFactory, known_models: Path) -> list[Step]:
    """Every model as plain SQL, written out once for all processes of a test session."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "bare-steps"
    with shared.with_suffix(".lock").open("w") as lock, pytest.MonkeyPatch.context() as patch:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            warehouse = Warehouse(tmp_path_factory.mktemp("bare"), patch, PLATFORMS, known_models)
            assert warehouse.context is not None
            shared.write_bytes(pickle.dumps(steps_of(warehouse.context, "2026-12-01 00:00:00")))
            warehouse.close()
    return pickle.loads(shared.read_bytes())
