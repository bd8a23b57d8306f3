"""One answer, one version: the next one is noticed, 304 is right, and publishing under load fails and mixes nothing."""

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from api_client import Api, asking, settings_of

from api.main import create_app
from api.published import Copy


def next_version(folder: Path, version: int) -> None:
    """Publish a copy of version 1 under a new number, which stands in every day's sums, event and product name too."""
    versions = folder / "published" / "versions"
    fresh = versions / f"prod-{version:012d}.duckdb"
    part = fresh.with_suffix(".part")
    shutil.copy(versions / "prod-000000000001.duckdb", part)
    with duckdb.connect(str(part)) as con:
        con.execute("UPDATE ops.publication SET version = ?", [version])
        con.execute("UPDATE marts.daily_revenue SET orders = $1, net_sales = $1", [version])
        con.execute("UPDATE marts.fact_sales_ledger SET quantity = $1", [version])
        con.execute("UPDATE marts.dim_products SET product_name = 'v' || $1", [version])
    part.replace(fresh)
    link = folder / "published" / "prod.duckdb.new"
    link.symlink_to(Path("versions") / fresh.name)
    link.replace(folder / "published" / "prod.duckdb")


@pytest.fixture
def folder(trio_copy: Path, tmp_path: Path) -> Path:
    shutil.copytree(trio_copy, tmp_path / "data", symlinks=True)
    return tmp_path / "data"


def until_version(api: Api, version: int, path: str = "/api/stores") -> httpx.Response:
    """Ask until an answer is of this version; a handful of requests at most lie between."""
    for _ in range(50):
        answer = api.get(path)
        if answer.headers["Countinghouse-Version"] == str(version):
            return answer
        api._runner.run(asyncio.sleep(0.05))
    pytest.fail(f"version {version} was never noticed")


def test_every_answer_says_its_version_and_age(api: Api) -> None:
    for path in ("/api/stores", "/api/sales/summary", "/api/customers/top-customers", "/api/ledger", "/ready"):
        headers = api.get(path).headers
        assert (headers["Countinghouse-Version"], headers["Countinghouse-As-Of"]) == ("1", "2026-11-20T09:40:00Z")
    assert api.get("/api/stores").json()["published"] == {
        "version": 1,
        "published_at": "2026-11-20T09:44:00Z",
        "as_of_at": "2026-11-20T09:40:00Z",
        "reporting_currency": "USD",
        "definitions": "shopify",
    }


def test_a_new_version_is_noticed_and_so_is_the_way_back(api_of: Callable[..., Api], folder: Path) -> None:
    api = api_of(folder)
    before = api.get("/api/sales/summary", days=90).json()
    next_version(folder, 2)
    after = until_version(api, 2, "/api/sales/summary?days=90").json()
    assert after["total_orders"] == after["total_revenue"] != before["total_orders"]
    link = folder / "published" / "back"
    link.symlink_to("versions/prod-000000000001.duckdb")
    link.replace(folder / "published" / "prod.duckdb")
    until_version(api, 1)
    assert api.get("/api/sales/summary", days=90).json() == before


def test_an_unchanged_answer_is_not_sent_again(api_of: Callable[..., Api], folder: Path) -> None:
    api = api_of(folder)
    first = api.get("/api/sales/daily")
    again = api.get("/api/sales/daily", headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    since = api.get("/api/sales/daily", headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert since.status_code == 304
    # A tag decides where there is one, and belongs to one question.
    both = {"If-None-Match": '"other"', "If-Modified-Since": first.headers["Last-Modified"]}
    assert api.get("/api/sales/daily", headers=both).status_code == 200
    assert api.get("/api/stores", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    next_version(folder, 2)
    until_version(api, 2)
    assert api.get("/api/sales/daily", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_date_makes_no_unknown_thing_unchanged(api: Api) -> None:
    seen = {"If-Modified-Since": api.get("/api/stores").headers["Last-Modified"]}
    assert api.get("/api/products/none", headers=seen).status_code == 404
    assert api.get("/api/sales/summary", store="none", headers=seen).status_code == 404
    assert api.get("/api/stores", headers={"If-Modified-Since": "yesterday"}).status_code == 200


def test_what_was_seen_before_going_back_is_seen_as_changed(api_of: Callable[..., Api], folder: Path) -> None:
    """The older version was published earlier than what the caller has; the date is that of the link's move."""
    api = api_of(folder)
    next_version(folder, 2)
    seen = until_version(api, 2).headers["Last-Modified"]
    link = folder / "published" / "back"
    link.symlink_to("versions/prod-000000000001.duckdb")
    later = link.lstat().st_mtime + 5
    os.utime(link, (later, later), follow_symlinks=False)
    link.replace(folder / "published" / "prod.duckdb")
    until_version(api, 1)
    assert api.get("/api/stores", headers={"If-Modified-Since": seen}).status_code == 200


def test_answers_come_zipped_to_whom_can_read_it(api: Api) -> None:
    plain = api.get("/api/metrics", headers={"Accept-Encoding": "identity"})
    zipped = api.get("/api/metrics", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.content == plain.content
    assert int(zipped.headers["Content-Length"]) < int(plain.headers["Content-Length"]) == len(plain.content)


def test_nothing_published_is_said_with_what_to_do(api_of: Callable[..., Api], tmp_path: Path) -> None:
    api = api_of(tmp_path)
    for path in ("/api/stores", "/ready"):
        answer = api.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
        assert "make run" in answer.json()["detail"]
        assert answer.headers["Retry-After"]
    assert api.get("/health").status_code == 200


def test_a_broken_version_leaves_readers_with_the_one_before(api_of: Callable[..., Api], folder: Path) -> None:
    api = api_of(folder)
    assert api.get("/api/stores").status_code == 200
    (folder / "published" / "versions" / "prod-000000000002.duckdb").write_bytes(b"not a database")
    link = folder / "published" / "new"
    link.symlink_to("versions/prod-000000000002.duckdb")
    link.replace(folder / "published" / "prod.duckdb")
    for _ in range(5):
        answer = api.get("/api/metrics")
        assert (answer.status_code, answer.headers["Countinghouse-Version"]) == (200, "1")


async def publish_under_load(folder: Path, versions: range) -> list[tuple[str, httpx.Response]]:
    """Ask without a pause from six sides while versions are published; every answer."""
    answers: list[tuple[str, httpx.Response]] = []
    is_over = False

    async def ask(client: httpx.AsyncClient, path: str) -> None:
        number = 0
        while not is_over:
            number += 1
            # Every other question is new, so that it is asked of DuckDB; the others are remembered.
            url = path.format(number % 300 + 1 if number % 2 else 1)
            answers.append((path, await client.get(url)))

    async with asking(create_app(settings_of(folder))) as client:
        paths = ("/api/sales/summary?days={}", "/api/ledger?limit={}", "/api/sales/trends?months=2&store=shop-us")
        tasks = [asyncio.create_task(ask(client, path)) for path in paths * 2]
        for version in versions:
            await asyncio.to_thread(next_version, folder, version)
            while (await client.get("/ready")).json()["version"] != version:
                await asyncio.sleep(0.01)
            # As publishing prunes what is old, only sooner: requests in flight may still read it.
            (folder / "published" / "versions" / f"prod-{version - 1:012d}.duckdb").unlink()
        is_over = True
        await asyncio.gather(*tasks)
    return answers


def versions_told(path: str, body: Any) -> set[int]:
    """Which versions' numbers an answer holds, without its header: from several tables and several questions."""
    if path.startswith("/api/ledger"):
        events = {told for row in body["data"] for told in (row["quantity"], int(row["product_name"][1:]))}
        return events | {body["published"]["version"]}
    if path.startswith("/api/sales/trends"):
        return {told for row in body for told in (row["daily_orders"], int(row["daily_revenue"]))} - {0}
    days = body["total_orders"] // body["total_revenue"] if body["total_revenue"] else 1
    assert days == 1, "orders and sales of a day are both the version's number"
    return set()


def test_publishing_under_load_fails_no_request_and_mixes_no_versions(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = Copy.rows

    def slowly(copy: Copy, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """As long as a heavy question takes, so that some are being asked whenever a version comes."""
        time.sleep(0.02)
        return rows(copy, sql, **parameters)

    monkeypatch.setattr(Copy, "rows", slowly)
    next_version(folder, 2)  # version 1 has numbers of its own
    answers = asyncio.run(publish_under_load(folder, range(3, 11)))
    assert {answer.status_code for _, answer in answers} == {200}
    assert len({answer.headers["Countinghouse-Version"] for _, answer in answers}) >= 8
    for path, answer in answers:
        assert versions_told(path, answer.json()) <= {int(answer.headers["Countinghouse-Version"])}, path


def test_the_same_question_at_the_same_time_is_asked_once(trio_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from api import sales

    asked: list[int] = []
    summary_of = sales.summary_of
    monkeypatch.setattr(sales, "summary_of", lambda copy, wanted: asked.append(wanted.days) or summary_of(copy, wanted))

    async def many() -> list[httpx.Response]:
        async with asking(create_app(settings_of(trio_copy))) as client:
            return await asyncio.gather(*(client.get("/api/sales/summary?days=17") for _ in range(20)))

    answers = asyncio.run(many())
    assert {answer.content for answer in answers} == {answers[0].content}
    assert asked == [17]
