"""The HTTP API over a copy that the pipeline made: it answers everything, and says what the dashboards say."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from api.main import create_app
from app.queries import frame, overview
from app.view import Period, View, last_finished_day
from countinghouse.settings import load_settings

pytestmark = pytest.mark.slow


async def with_api(data_dir: Path, check: Any) -> None:
    app = create_app(load_settings({"COUNTINGHOUSE_DATA_DIR": str(data_dir)}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:

        async def get(path: str, **query: Any) -> Any:
            answer = await client.get(path, params=query or None)
            assert answer.status_code == 200, (path, answer.text)
            return json.loads(answer.text, parse_float=Decimal)

        await check(get)
    app.state.copies.close()


async def everything_is_answered(get: Any) -> None:
    """Every documented address without a parameter in its path, then those with one."""
    for path, operations in (await get("/openapi.json"))["paths"].items():
        if "{" not in path and path != "/metrics":
            assert "get" in operations
            await get(path)
    person = (await get("/api/customers/top-customers", limit=1))[0]
    assert (await get(f"/api/customers/{person['customer_id']}"))["data"]["total_revenue"] == person["total_revenue"]
    product = (await get("/api/products/best-sellers", limit=1))[0]
    assert (await get(f"/api/products/{product['product_id']}"))["data"]["total_profit"] == product["total_profit"]


def test_everything_is_answered_over_real_marts(first_run: Path) -> None:
    asyncio.run(with_api(first_run, everything_is_answered))


def test_sums_are_those_of_the_dashboards(first_run: Path) -> None:
    copy = str((first_run / "published" / "prod.duckdb").resolve())
    publication, shops = frame.publication(copy), frame.shops(copy)
    last = last_finished_day(publication.as_of_at, shops)

    def on_the_dashboard(stores: tuple[frame.Store, ...], days: int, *, is_native: bool) -> tuple[Decimal, int]:
        period = Period(last - timedelta(days=days - 1), last)
        currency = publication.reporting_currency
        view = View(
            copy, publication.as_of_at, period, None, "Nothing", stores, shops, currency, currency, is_native
        )  # fmt: skip
        told = overview.totals(view)
        return told.net_sales, told.orders

    async def agree(get: Any) -> None:
        for days in (7, 30, 365):
            told = await get("/api/sales/summary", days=days)
            assert (told["total_revenue"], told["total_orders"]) == on_the_dashboard(shops, days, is_native=False)
            for dimension in ("store", "channel", "country", "segment", "weekday"):
                query = {"from": last - timedelta(days=days - 1), "to": last, "limit": 1000}
                rows = (await get(f"/api/sales/by/{dimension}", **query))["data"]
                assert sum(row["net_sales"] for row in rows) == told["total_revenue"], dimension
                assert sum(row["orders"] for row in rows) == told["total_orders"], dimension
        for shop in shops:
            ends = last_finished_day(publication.as_of_at, (shop,))
            told = await get("/api/sales/daily", store=shop.name, currency="native", **{"from": ends, "to": ends})
            period = Period(ends, ends)
            view = View(
                copy, publication.as_of_at, period, None, "Nothing", (shop,), shops, shop.currency, "USD", True
            )  # fmt: skip
            assert sum(row["net_sales"] for row in told["data"]) == overview.totals(view).net_sales

    asyncio.run(with_api(first_run, agree))


def test_pages_of_the_ledger_hold_all_of_it_once(first_run: Path) -> None:
    with duckdb.connect(str((first_run / "published" / "prod.duckdb").resolve()), read_only=True) as con:
        keys = [key for (key,) in con.execute("SELECT event_key FROM marts.fact_sales_ledger").fetchall()]

    async def walk(get: Any) -> None:
        found: list[str] = []
        page = await get("/api/ledger", limit=1000)
        while True:
            found += [row["event_key"] for row in page["data"]]
            if page["next_cursor"] is None:
                break
            page = await get("/api/ledger", limit=1000, cursor=page["next_cursor"])
        assert len(found) == len(set(found))
        assert set(found) == set(keys)

    asyncio.run(with_api(first_run, walk))
