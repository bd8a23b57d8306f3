"""Serves a simulator on the loopback interface: from the command line, or inside a test."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.app import Simulator
from simulator.clock import parse_instant

HOST = "127.0.0.1"


class Protocol(H11Protocol):
    """uvicorn's protocol, with its transport in the request's scope, so that a fault can hang up."""

    def connection_made(self, transport: Any) -> None:
        """Take a connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Server(uvicorn.Server):
    """A quiet server that says when it is ready."""

    def __init__(self, simulator: Simulator, on_ready: Callable[[], object]) -> None:
        super().__init__(
            uvicorn.Config(
                simulator,
                http=Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._on_ready()


def listen(port: int = 0) -> socket.socket:
    """Take a port on the loopback interface; 0 takes a free one. Raises OSError when it is taken."""
    # asyncio switches Nagle's delay off only where the protocol is named: 40 ms a request otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


@contextmanager
def running(
    *,
    seed: int = 7,
    scale: float = 0.05,
    now: datetime | str | None = "2026-11-20T09:40:00Z",
    data: Path | None = None,
    tables: Path | None = None,
    rate_limit: bool = False,
) -> Iterator[str]:
    """Serve a simulator from a thread while the block runs; yield its base URL.

    now     where the frozen clock stands; None lets it run with the wall's
    tables  a folder for the shop that has only tables
    """
    instant = parse_instant(now) if isinstance(now, str) else now
    simulator = Simulator(seed=seed, scale=scale, now=instant, data=data, tables=tables, is_limited=rate_limit)
    ready = threading.Event()
    server = Server(simulator, ready.set)
    listener = listen()
    thread = threading.Thread(target=server.run, args=([listener],), name="simulator", daemon=True)
    thread.start()
    try:
        if not ready.wait(20):
            raise RuntimeError("The simulator did not start within 20 seconds.")
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
