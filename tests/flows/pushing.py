"""The simulator's platforms push, a receiver takes, and a drain reads: what the tests of the drain share."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import httpx
import uvicorn
from fastapi import FastAPI

from api.webhooks import webhooks
from countinghouse.landing import pending
from countinghouse.settings import Settings
from countinghouse.warehouse import cursors
from countinghouse.warehouse.connect import open_warehouse
from countinghouse.webhooks import registration
from countinghouse.webhooks.inbox import Books
from flows.drain import due, fetch, work_off
from flows.extract import jobs, land
from flows.load import note_loads
from flows.run import Run, opened

PUSHING = """
[[connection]]
name = "shop-us"
kind = "shopify"
url = "{url}/shopify"
timezone = "America/New_York"
auth = {{ access_token = "simulator" }}
webhook_secrets = ["simulator"]

[[connection]]
name = "shop-eu"
kind = "woocommerce"
url = "{url}/woocommerce"
timezone = "Europe/Berlin"
currency = "EUR"
auth = {{ consumer_key = "env:WOO_KEY", consumer_secret = "simulator" }}
webhook_secrets = ["simulator"]

[[connection]]
name = "practice"
kind = "dummyjson"
url = "{url}/dummyjson"

[[connection]]
name = "payments"
kind = "stripe"
url = "{url}/stripe"
auth = {{ api_key = "simulator" }}
webhook_secrets = ["simulator"]
settles = "practice"

[[connection]]
name = "cards"
kind = "stripe"
url = "{url}/stripe-cards"
auth = {{ api_key = "simulator" }}
webhook_secrets = ["simulator"]
"""
PLATFORMS = ("shop-us", "shop-eu", "payments", "cards")


class Future:
    """What a task runner gives, done already."""

    def __init__(self, call: Any, *arguments: Any) -> None:
        self._outcome: Any
        try:
            self._outcome = call(*arguments)
        except Exception as problem:
            self._outcome = problem

    def result(self, raise_on_failure: bool = True) -> Any:
        return self._outcome


@contextmanager
def receiver(settings: Settings) -> Iterator[str]:
    """A receiver for the settings' inbox, on a port of its own."""
    app = FastAPI()
    app.include_router(webhooks(settings))
    # asyncio switches the delay of small packets off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="on"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the receiver did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@dataclass
class Pushing:
    """The merchant's platforms, pushing to a receiver."""

    simulator: str
    settings: Settings
    receiver: str

    def address(self, name: str) -> str:
        return registration.address_of(self.settings.connection(name), self.receiver)

    def post(self, path: str, body: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.simulator}/_simulator/{path}", json=body, timeout=120)
        return answer.raise_for_status().json()

    def subscribe(self) -> None:
        for name in PLATFORMS:
            registration.register(self.settings.connection(name), self.receiver)

    def pass_time(self, seconds: int) -> None:
        self.post("clock", {"advance_seconds": seconds})

    def deliver(self, **plan: Any) -> dict[str, Any]:
        return self.post("webhooks/deliver", plan)

    def drain(self, settings: Settings | None = None) -> Run:
        """Everything a drain does to raw, without the models."""
        settings = settings or self.settings
        with Books(settings.inbox_path) as books, opened(settings) as run:
            while events := due(settings, books):
                work_off(run, books, events, lambda *arguments: Future(fetch, *arguments))
        return run


def poll(settings: Settings) -> Run:
    """Everything the pipeline does to raw, without the models."""
    run = Run(settings)
    with open_warehouse(settings) as con:
        work = jobs(settings, cursors.read(con))
    for job in work:
        land(job, settings, run.run_id)
    with open_warehouse(settings) as con:
        note_loads(con, run)
    assert pending(settings.landing_dir) == []
    return run


def raw_rows(settings: Settings) -> dict[str, dict[tuple[str, str], tuple[str, bool]]]:
    """Every row of every raw table: content and whether it is gone, by connection and id."""
    with open_warehouse(settings) as con:
        tables = con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'raw'").fetchall()
        return {table: rows_of(con, table) for (table,) in sorted(tables)}


def rows_of(con: duckdb.DuckDBPyConnection, table: str) -> dict[tuple[str, str], tuple[str, bool]]:
    rows = con.execute(f"SELECT connection, id, payload_hash, is_deleted FROM raw.{table}").fetchall()
    return {(connection, row): (content, is_deleted) for connection, row, content, is_deleted in rows}
