"""Reading as the tests of the contract do it, and what was read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running_simulator import HURRIED

from countinghouse.connections import Connection
from countinghouse.extraction import extract
from countinghouse.landing import Manifest
from countinghouse.sources import SOURCES
from countinghouse.sources.base import Resource


def read(
    connection: Connection, resource: str, folder: Path, cursor: str | None = None, page_size: int | None = None
) -> Manifest:
    return extract(connection, resource, cursor, folder, "run", page_size=page_size, patience=HURRIED)


def lines(manifest: Manifest) -> Iterator[dict[str, Any]]:
    for line in manifest.pages_path.read_text().splitlines():
        yield json.loads(line)


def contents(manifest: Manifest) -> dict[str, str | None]:
    """The last copy of each row, by id."""
    return {line["id"]: None if line["is_deleted"] else line["payload_hash"] for line in lines(manifest)}


def main_resource(connection: Connection) -> Resource:
    """The one with the money."""
    resources = SOURCES[connection.kind].resources
    wanted = ("orders", "carts", "charges", "rates")
    return next(one for name in wanted for one in resources if one.name == name)


def prefix(connection: Connection) -> str:
    """The path below which the simulator serves a connection."""
    if not connection.url.startswith("http"):
        pytest.skip(f"{connection.kind} is read from files or a database: there is no answer to break")
    return "/" + connection.url.split("/", 3)[3]
