"""What real servers were recorded answering, and how to read a list to its end."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
KEY = {"Authorization": "Bearer sk_test_simulator"}


def recordings(folder: str) -> list[Any]:
    """Return one parameter for each recorded exchange, or a skip that says what is missing."""
    files = sorted((SHARED / "recorded" / folder).glob("[0-9]*.json"))
    if not files:
        missing = pytest.mark.skip(reason=f"no recordings in {SHARED / 'recorded' / folder}")
        return [pytest.param(None, marks=missing, id="missing")]
    return [pytest.param(json.loads(file.read_text()), id=file.stem) for file in files]


def everything(client: httpx.Client, path: str, **parameters: str | int) -> list[dict[str, Any]]:
    """Page through a Stripe list to its end, newest first."""
    rows: list[dict[str, Any]] = []
    query = {"limit": 100} | parameters
    while True:
        answer = client.get(path, params=query | ({"starting_after": rows[-1]["id"]} if rows else {}))
        assert answer.status_code == 200, answer.text
        rows += answer.json()["data"]
        if not answer.json()["has_more"]:
            return rows
