"""The simulator's key of Stripe, what lies beside the repository, and how to read a list to its end."""

from pathlib import Path
from typing import Any

import httpx

SHARED = Path(__file__).resolve().parents[3] / "shared"
KEY = {"Authorization": "Bearer sk_test_simulator"}


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
