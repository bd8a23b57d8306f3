"""Warehouses that end with their test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hand_fed_warehouse import Warehouse


@pytest.fixture
def make_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Warehouse]]:
    """Build warehouses, each in a folder of its own, with the models of the platforms that are named."""
    made: list[Warehouse] = []

    def make(name: str = "warehouse", platforms: tuple[str, ...] = ("dummyjson",)) -> Warehouse:
        made.append(Warehouse(tmp_path / name, monkeypatch, platforms))
        return made[-1]

    yield make
    for warehouse in made:
        warehouse.close()
