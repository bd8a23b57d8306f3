"""What there is, how fresh it is, whether it was checked, and what each number means."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api.answers import AtDesk, no_parameters, version_headers
from api.published import NOT_STORES, Copy
from api.schemas import Answer, Told, problems, published, responses
from countinghouse.settings import Settings
from countinghouse.warehouse.status import read_status, status_path

router = APIRouter(prefix="/api", tags=["about"], dependencies=[Depends(no_parameters)])
open_router = APIRouter(tags=["service"], dependencies=[Depends(no_parameters)])


class Store(Told):
    """A shop."""

    store: str
    platform: str | None
    timezone: str | None
    currency_code: str | None
    first_order_at: datetime | None
    last_order_at: datetime | None
    order_count: int | None
    last_loaded_at: datetime | None
    status: str | None = Field(description="`current`, or how it stands behind.")


class Metric(Told):
    """What a number means."""

    metric: str
    title: str
    unit: str
    table_name: str
    column_name: str
    meaning: str | None
    formula: str | None
    includes: str | None
    excludes: str | None
    definitions: str | None = Field(description="By whose words it is counted here.")
    counted_as: str | None = Field(description="What these definitions say of it.")


class Check(Told):
    """A rule, and whether it held in the run that made this version."""

    layer: str
    table_name: str
    rule: str
    severity: str | None
    is_success: bool | None
    checked_rows: int | None
    failing_rows: int | None
    checked_at: datetime | None


class Quality(Told):
    """The checks of the run that made this version, those that failed first."""

    passed: int
    warned: int
    failed: int
    checks: list[Check]


class Source(Told):
    """How far the data of a connection reach."""

    store: str
    platform: str | None
    status: str | None
    as_of_at: datetime | None
    last_loaded_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None


class LastRun(Told):
    """How the last run ended, whether or not it published."""

    status: str
    started_at: datetime | None
    finished_at: datetime | None
    published_version: int | None
    error: str | None
    sources_failed: list[str]


class Freshness(Told):
    """Every connection, and the last run. After a run that failed, the version is the last good one."""

    sources: list[Source]
    last_run: LastRun | None


class Service(Told):
    """The service is up; whether it has data is `/ready`."""

    status: str = Field(examples=["ok"])


class Ready(Service):
    """The service can answer."""

    version: int
    as_of_at: datetime


class Welcome(Told):
    """Where to go from here."""

    name: str
    description: str
    documentation: list[str]
    endpoints: list[str]


STORES = """
SELECT store, coalesce(dim_stores.platform, freshness.platform) AS platform, timezone, currency_code, first_order_at,
    last_order_at, order_count, coalesce(freshness.last_loaded_at, dim_stores.last_loaded_at) AS last_loaded_at,
    coalesce(freshness.status, 'current') AS status
FROM marts.dim_stores
FULL JOIN ops.freshness USING (store)
WHERE first_order_at IS NOT NULL OR coalesce(dim_stores.platform, freshness.platform) NOT IN (SELECT unnest($others))
ORDER BY store
"""
METRICS = """
SELECT metric, title, unit, table_name, column_name, comment AS meaning, formula, includes, excludes,
    (SELECT definitions FROM ops.publication) AS definitions, counted_as
FROM marts.metrics
LEFT JOIN (
    SELECT table_name, column_name, comment FROM duckdb_columns() WHERE schema_name = 'marts'
) USING (table_name, column_name)
ORDER BY place::INTEGER
"""
CHECKS = """
SELECT layer, table_name, rule, severity, is_success, checked_rows, failing_rows, checked_at
FROM ops.validation_results
WHERE run_id = (SELECT run_id FROM ops.publication)
ORDER BY is_success, severity = 'warning', failing_rows DESC, layer, table_name, rule
"""
SOURCES = """
SELECT store, platform, status, as_of_at, last_loaded_at, last_error, last_error_at FROM ops.freshness ORDER BY store
"""


def quality_of(copy: Copy) -> dict[str, Any]:
    """The checks and how many of each outcome."""
    checks = copy.rows(CHECKS)
    warned = sum(not check["is_success"] and check["severity"] == "warning" for check in checks)
    passed = sum(bool(check["is_success"]) for check in checks)
    told = {"passed": passed, "warned": warned, "failed": len(checks) - passed - warned, "checks": checks}
    return {"published": published(copy), "data": told}


@router.get("/stores", response_model=Answer[list[Store]], responses=responses())
async def stores(desk: AtDesk) -> Response:
    """Every shop, with its platform, time zone, currency and how far its orders reach."""
    return await desk.answer(lambda copy: {"published": published(copy), "data": copy.rows(STORES, others=NOT_STORES)})


@router.get("/metrics", response_model=Answer[list[Metric]], responses=responses())
async def metrics(desk: AtDesk) -> Response:
    """What each number means, how it is computed, what is in and out: the same words as on the dashboards."""
    return await desk.answer(lambda copy: {"published": published(copy), "data": copy.rows(METRICS)})


@router.get("/quality", response_model=Answer[Quality], responses=responses())
async def quality(desk: AtDesk) -> Response:
    """The checks of the run that made this version, those that failed first."""
    return await desk.answer(quality_of)


@router.get("/freshness", response_model=Answer[Freshness], responses=responses())
async def freshness(request: Request, desk: AtDesk) -> Response:
    """How far each connection's data reach, and how the last run ended, also where it published nothing."""
    settings: Settings = request.app.state.settings
    status = read_status(status_path(settings))
    run = None
    if status:
        run = {
            name: getattr(status, name)
            for name in ("status", "started_at", "finished_at", "published_version", "error", "sources_failed")
        }
    return await desk.answer(
        lambda copy: {"published": published(copy), "data": {"sources": copy.rows(SOURCES), "last_run": run}},
        beside=repr(run),
    )


@open_router.get("/", response_model=Welcome, responses=problems(422))
async def welcome(request: Request) -> dict[str, Any]:
    """What this is, and where to go from here."""
    paths = sorted(path for path in request.app.openapi()["paths"] if path.startswith("/api"))
    return {
        "name": "Countinghouse",
        "description": "The books of every shop: every sale counted once, to the cent.",
        "documentation": ["/docs", "/redoc", "/openapi.json"],
        "endpoints": paths,
    }


@open_router.get("/health", response_model=Service, responses=problems(422))
async def health() -> dict[str, str]:
    """Whether the service is up."""
    return {"status": "ok"}


@open_router.get("/ready", response_model=Ready, responses=problems(422, 503))
async def ready(request: Request, response: Response) -> dict[str, Any]:
    """Whether the service has a published version to answer from, and which."""
    copy = await request.app.state.copies.newest()
    response.headers.update(version_headers(copy))
    return {"status": "ok", "version": copy.version, "as_of_at": copy.as_of_at}
