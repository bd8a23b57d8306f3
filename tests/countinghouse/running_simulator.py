"""The simulator as a test talks to it, and the patience of a test."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from countinghouse.sources.patience import Patience

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = "2026-03-20T09:40:00Z"
# As patient as in life, but in a hurry.
HURRIED = Patience(first=0.005, longest=0.05)


@dataclass
class RunningSimulator:
    """The simulator, and what a test tells it."""

    url: str
    folder: Path = Path()  # holds what it writes to disk

    def post(self, path: str, body: Any) -> None:
        httpx.post(f"{self.url}/_simulator/{path}", json=body).raise_for_status()

    def break_down(self, path: str, kind: str, **how: Any) -> None:
        self.post("faults", [{"path": path, "kind": kind, **how}])

    def heard(self) -> list[dict[str, Any]]:
        return httpx.get(f"{self.url}/_simulator/requests").raise_for_status().json()

    def recover(self) -> None:
        httpx.delete(f"{self.url}/_simulator/faults").raise_for_status()
        httpx.delete(f"{self.url}/_simulator/requests").raise_for_status()
