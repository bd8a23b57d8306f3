"""Answers recorded from running servers: those of `recorded/`, and those that lie beside the repository."""

import json
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent / "recorded"
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "recorded"


def folder_of(server: str) -> Path:
    """Where the recordings of a server are, or would be."""
    return HERE / server if (HERE / server).is_dir() else BESIDE / server


def recordings(server: str) -> list[Any]:
    """Return one parameter for each recorded exchange, or a skip that says what is missing."""
    files = sorted(folder_of(server).glob("[0-9]*.json"))
    if not files:
        return [pytest.param(None, marks=pytest.mark.skip(reason=_absent(server)), id="missing")]
    return [pytest.param(json.loads(file.read_text()), id=file.stem) for file in files]


def recording(server: str, name: str) -> Any:
    """One recorded exchange, by its name or its number."""
    file = next(iter(sorted(folder_of(server).glob(f"{name}*.json"))), None)
    if file is None:
        # What belongs to the repository is there; what lies beside it may not be.
        assert not (HERE / server).is_dir(), f"no recording {name} of {server}"
        pytest.skip(_absent(server))
    return json.loads(file.read_text())


def _absent(server: str) -> str:
    return f"no recordings of {server} in {BESIDE}; they lie beside the repository where they are to be had"
