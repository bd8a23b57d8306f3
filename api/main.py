"""The application: routes, documentation pages, who may ask, and what surrounds every request."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import fastapi_offline
from fastapi import Depends, FastAPI, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import PlainTextResponse
from starlette.middleware.cors import CORSMiddleware

from api import about, customers, ledger, products, sales
from api.answers import no_parameters
from api.callers import Door, caller
from api.frame import Frame, Observer
from api.problems import add_handlers
from api.published import Copies
from api.schemas import Problem, problems
from api.webhooks import webhooks
from countinghouse.errors import WarehouseError
from countinghouse.settings import Settings

# Questions asked of DuckDB at once; each uses all processors itself.
MOST_QUESTIONS_AT_ONCE = 4
# FastAPI can send traces where the environment says so; nothing here calls anybody.
NO_TELEMETRY = dict.fromkeys(("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False)
DESCRIPTION = """
The books of every shop, as the dashboards show them, from the same checked and published copy.

Every answer comes wholly from one published version and says which: `Countinghouse-Version`, `Countinghouse-As-Of`, and
`ETag` for asking again cheaply. Amounts are JSON numbers with exactly three decimals: read them as decimals. Instants
are UTC; days are the shop's own. Errors are RFC 9457 problem details. Send a key as `Authorization: Bearer <key>`.
"""


def create_app(settings: Settings) -> FastAPI:
    """The API over one data folder. SettingsError where these settings would open the books to strangers."""
    door, copies, observer = Door(settings), Copies(settings.published_path), Observer()
    door.check_settings()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        with suppress(WarehouseError):
            await copies.newest()
        yield
        copies.close()
        door.ring.close()

    app = fastapi_offline.FastAPIOffline(
        title="Countinghouse",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    app.state.settings, app.state.door, app.state.copies, app.state.observer = settings, door, copies, observer
    app.state.limiter = anyio.CapacityLimiter(MOST_QUESTIONS_AT_ONCE)
    for router in (about.open_router, about.router, customers.router, products.router, sales.router, ledger.router):
        app.include_router(router)
    # Deliveries prove themselves by their signatures and take no key.
    app.include_router(webhooks(settings))

    @app.get(
        "/metrics",
        tags=["service"],
        dependencies=[Depends(caller), Depends(no_parameters)],
        response_class=PlainTextResponse,
        responses=problems(401, 403, 422, 429),
    )
    async def prometheus() -> Response:
        """Counts for Prometheus, in its text form."""
        return Response(observer.text(copies), media_type="text/plain; version=0.0.4; charset=utf-8")

    add_handlers(app)
    _add_middleware(app, settings, observer)
    app.openapi = lambda: _openapi(app)
    return app


def _add_middleware(app: FastAPI, settings: Settings, observer: Observer) -> None:
    """CORS only where it was asked for; the frame is outermost, so that it counts everything."""
    if settings.api_cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.api_cors_origins),
            allow_methods=["GET"],
            allow_headers=["Authorization", "X-API-Key", "If-None-Match"],
            expose_headers=["Countinghouse-Version", "Countinghouse-As-Of", "ETag", "RateLimit", "Retry-After"],
        )
    app.add_middleware(Frame, observer=observer, host=settings.api_host, allowed=settings.api_hosts)


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own, and the one form that all errors have."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = schema["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = schema
    return app.openapi_schema
