"""The side file that tells readers why there is no newer copy."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse.status import FailedCheck, RunStatus, read_status, status_path, write_status

FAILED = RunStatus(
    run_id="run-7",
    environment="prod",
    status="failed",
    started_at=datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
    finished_at=datetime(2026, 11, 20, 2, 1, 30, 250000, tzinfo=UTC),
    as_of_at=None,
    published_version=None,
    error="A check failed.",
    sources_failed=("payments",),
    failed_checks=(FailedCheck("marts", "fact_orders", "Each order_key is there once.", "critical", 2, "a, b"),),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"COUNTINGHOUSE_DATA_DIR": str(tmp_path), "COUNTINGHOUSE_ENVIRONMENT": "dev"})


def test_what_is_written_is_what_is_read(settings: Settings) -> None:
    write_status(settings, FAILED)
    assert status_path(settings) == settings.published_dir / "dev.status.json"
    assert read_status(status_path(settings)) == FAILED
    assert [path.name for path in settings.published_dir.iterdir()] == ["dev.status.json"]


def test_only_a_failed_run_has_stopped_publishing(settings: Settings) -> None:
    stopped = {
        status: RunStatus(**(FAILED.__dict__ | {"status": status})).has_stopped_publishing
        for status in ("succeeded", "degraded", "failed")
    }
    assert stopped == {"succeeded": False, "degraded": False, "failed": True}


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"status": "failed"}'])
def test_no_status_is_no_error(settings: Settings, text: str | None) -> None:
    path = status_path(settings)
    path.parent.mkdir(parents=True)
    if text is not None:
        path.write_text(text)
    assert read_status(path) is None
