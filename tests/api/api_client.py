"""The API of a data folder, asked in this process as its callers ask it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from api.main import create_app
from countinghouse.settings import Settings, load_settings


def settings_of(data_dir: Path, **variables: str) -> Settings:
    """Settings of a data folder; keyword arguments are the ends of the variables' names."""
    environment = {f"COUNTINGHOUSE_{name.upper()}": value for name, value in variables.items()}
    return load_settings({"COUNTINGHOUSE_DATA_DIR": str(data_dir), **environment})


@asynccontextmanager
async def asking(app: FastAPI, host: str = "127.0.0.1", **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application in this process."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers) as client,
    ):
        yield client


class Api:
    """The API of a data folder, asked one thing after another without `await`."""

    def __init__(self, data_dir: Path, **variables: str) -> None:
        self.app = create_app(settings_of(data_dir, **variables))
        self.door = self.app.state.door
        self._runner = asyncio.Runner()

    def get(
        self, path: str, /, *, host: str = "127.0.0.1", method: str = "GET", headers: Any = None, **query: Any
    ) -> httpx.Response:
        return self._runner.run(self._ask(method, path, host, headers or {}, query))

    async def _ask(self, method: str, path: str, host: str, headers: dict[str, str], query: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers) as client:
            return await client.request(method, path, params=query or None)

    def close(self) -> None:
        self.app.state.copies.close()
        self.door.ring.close()
        self._runner.close()
