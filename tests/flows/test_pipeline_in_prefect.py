"""The flow itself, in Prefect, over a small simulated world: it publishes, degrades, refuses, and always says so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from prefect import flow, get_client
from prefect.testing.utilities import prefect_test_harness
from processes import two_sources

from countinghouse.errors import PublishRefused, SourceError
from countinghouse.settings import Settings, load_settings
from countinghouse.sources.patience import TroubleError
from countinghouse.warehouse.connect import open_warehouse, read_published
from countinghouse.warehouse.status import read_status, status_path
from flows import extract
from flows.extract import Job, extract_resource
from flows.pipeline import pipeline

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module", autouse=True)
def _prefect() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="module")
def world(simulator: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of one data folder for all of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNTINGHOUSE_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.setenv("COUNTINGHOUSE_SIMULATOR_URL", simulator)
        patch.setenv("COUNTINGHOUSE_SOURCES", two_sources(tmp_path_factory.mktemp("sources"), simulator))
        yield load_settings()


@pytest.fixture(scope="module")
def published(world: Settings) -> Settings:
    """The same after a first run."""
    assert pipeline().status == "succeeded"
    return world


def in_copy(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with read_published(settings.published_path) as copy:
        return copy.execute(sql).fetchall()


def artifact(key: str) -> Any:
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(sort="CREATED_DESC")  # type: ignore[call-arg]
    return next(artifact.data for artifact in found if artifact.key == key)


def test_run_publishes_and_its_books_say_what_it_did(published: Settings) -> None:
    first = "(SELECT min(run_id) FROM ops.pipeline_runs)"
    run = in_copy(
        published,
        "SELECT status, rows_extracted, rows_loaded, rows_transformed > 0, checks_failed, sources_failed "
        f"FROM ops.pipeline_runs WHERE run_id = {first}",
    )
    landed = in_copy(published, f"SELECT sum(row_count), sum(rows_inserted) FROM ops.batches WHERE run_id = {first}")
    assert run == [("succeeded", *landed[0], True, 0, 0)]
    assert landed[0][0] > 500
    status = read_status(status_path(published))
    assert status is not None
    assert [(status.published_version,)] == in_copy(published, "SELECT version FROM ops.publication")
    assert (published.quality_dir / "index.html").exists()


def test_prefect_shows_rows_by_resource_and_the_validation(published: Settings) -> None:
    assert "practice.carts" in artifact("rows-landed")
    assert "| marts |" in artifact("validation")


def test_source_that_fails_degrades_the_run_and_the_rest_is_published(
    published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text(f"""
        [[connection]]
        name = "practice"
        kind = "dummyjson"
        url = "{published.simulator_url}/dummyjson"
        timezone = "America/New_York"
        [[connection]]
        name = "payments"
        kind = "stripe"
        url = "{published.simulator_url}/stripe"
        settles = "practice"
        auth = {{ api_key = "env:A_KEY_NOBODY_SET" }}
    """)
    monkeypatch.setenv("COUNTINGHOUSE_SOURCES", str(sources))
    before = in_copy(published, "SELECT count(*), sum(net_sales) FROM marts.fact_orders")

    outcome = pipeline()

    assert (outcome.status, outcome.sources_failed) == ("degraded", ("payments",))
    assert in_copy(published, "SELECT count(*), sum(net_sales) FROM marts.fact_orders") == before
    assert dict(in_copy(published, "SELECT store, status FROM ops.freshness")) == {
        "practice": "current",
        "payments": "behind",
    }


def test_wrong_number_stops_publishing_and_readers_keep_the_last_good_copy(published: Settings) -> None:
    (version,) = in_copy(published, "SELECT version FROM ops.publication")[0]
    with open_warehouse(published) as con:
        con.execute("CREATE TABLE main.lost AS SELECT * FROM raw.dummyjson__carts LIMIT 1")
        con.execute("DELETE FROM raw.dummyjson__carts WHERE id = (SELECT id FROM main.lost)")
    try:
        state = pipeline(return_state=True)
    finally:
        with open_warehouse(published) as con:
            # As it was, where the next extraction has not brought it back by itself.
            con.execute("DELETE FROM raw.dummyjson__carts WHERE id = (SELECT id FROM main.lost)")
            con.execute("INSERT INTO raw.dummyjson__carts SELECT * FROM main.lost; DROP TABLE main.lost")
            con.execute("UPDATE ops.batches SET rows_inserted = 0 WHERE run_id = (SELECT max(run_id) FROM ops.batches)")

    assert state.is_failed()
    with pytest.raises(PublishRefused, match="rule that keeps the numbers right does not hold in raw"):
        state.result()
    assert in_copy(published, "SELECT version FROM ops.publication") == [(version,)]
    status = read_status(status_path(published))
    assert status is not None
    assert status.has_stopped_publishing
    assert [check.table_name for check in status.failed_checks] == ["dummyjson__carts"]
    assert pipeline().status == "succeeded"


def test_environment_is_published_beside_production(published: Settings) -> None:
    prod = in_copy(published, "SELECT count(*) FROM marts.fact_orders")
    assert pipeline("dev").status == "succeeded"
    assert in_copy(published.in_environment("dev"), "SELECT count(*) FROM marts.fact_orders") == prod
    with duckdb.connect(str(published.warehouse_path), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM marts__dev.fact_orders").fetchall() == prod


def test_publish_only_reads_no_source(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTINGHOUSE_SIMULATOR_URL", "http://127.0.0.1:9")
    outcome = pipeline(publish_only=True)
    assert outcome.status == "succeeded"
    assert in_copy(published, f"SELECT count(*) FROM ops.extractions WHERE run_id = '{outcome.run_id}'") == [(0,)]


def passing_trouble() -> SourceError:
    error = SourceError("payments", "charges: answers with 502.")
    error.__cause__ = TroubleError("answers with 502", "wait")
    return error


@pytest.mark.parametrize(
    ("error", "attempts"),
    [(passing_trouble(), 2), (SourceError("payments", "the key was refused."), 1)],
    ids=["what may pass is begun again", "what will not pass is not"],
)
def test_resource_is_begun_again_once(
    world: Settings, monkeypatch: pytest.MonkeyPatch, error: SourceError, attempts: int
) -> None:
    begun: list[str] = []

    def land(job: Job, settings: Settings, run_id: str) -> None:
        begun.append(job.name)
        raise error

    monkeypatch.setattr(extract, "land", land)
    quick = extract_resource.with_options(retry_delay_seconds=0.1, retry_jitter_factor=None)

    @flow
    def only() -> Any:
        job = Job(world.connection("payments"), "charges", None)
        return quick.submit(job, world, "run-1").result(raise_on_failure=False)

    assert only() is error
    assert begun == ["payments.charges"] * attempts
