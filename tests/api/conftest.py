"""A receiver on a port of its own, as a platform would reach it."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from receiving import Endpoint, free_port, started, write_sources


@pytest.fixture(scope="session")
def running_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("receiver")
    write_sources(folder)
    port = free_port()
    with (folder / "receiver.log").open("wb") as log:
        process = started(port, folder, log)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                yield Endpoint(client, folder / "data" / "inbox.sqlite", Path(log.name))
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def endpoint(running_endpoint: Endpoint) -> Endpoint:
    """A receiver that runs, its inbox empty."""
    with closing(sqlite3.connect(running_endpoint.inbox)) as con, con:
        con.execute("DELETE FROM events")
    return running_endpoint
