"""SQLMesh behind one function: plans when it must, runs when it can, and fails in a sentence."""

import itertools
import os
import time
import warnings
from pathlib import Path

import duckdb
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import sqlmesh  # noqa: F401

from flows.transform import Transformed, TransformFailedError, transform

pytestmark = pytest.mark.filterwarnings("ignore")

CONFIG = """
gateways:
  local:
    connection: {{type: duckdb, database: {folder}/warehouse.duckdb}}
    state_connection: {{type: duckdb, database: {folder}/state.duckdb}}
model_defaults: {{dialect: duckdb, start: 2025-01-01}}
disable_anonymized_analytics: true
"""
MODEL = """
MODEL (name marts.numbers, kind FULL, cron '@hourly', audits (not_null(columns := n)));
SELECT n::INT AS n FROM (VALUES {values}) AS t(n)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one model."""
    folder = tmp_path / "project"
    (folder / "models").mkdir(parents=True)
    (folder / "config.yaml").write_text(CONFIG.format(folder=tmp_path))
    write(folder, "(1), (2)")
    return folder


TICKS = itertools.count()


def write(project: Path, values: str) -> None:
    path = project / "models" / "numbers.sql"
    path.write_text(MODEL.format(values=values))
    # SQLMesh's cache goes by the newest file's time in seconds, and tests write faster than that.
    newer = time.time() + next(TICKS) + 1
    os.utime(path, (newer, newer))


def numbers(project: Path, schema: str = "marts") -> list[int]:
    with duckdb.connect(str(project.parent / "warehouse.duckdb"), read_only=True) as con:
        return [n for (n,) in con.execute(f"SELECT n FROM {schema}.numbers ORDER BY n").fetchall()]


def test_new_model_is_planned_once_and_then_only_run(project: Path) -> None:
    assert transform("prod", project) == Transformed(1, True)
    assert numbers(project) == [1, 2]
    assert not transform("prod", project).has_changed

    write(project, "(3)")
    assert transform("prod", project).has_changed
    assert numbers(project) == [3]


def test_environment_of_its_own_leaves_production_alone(project: Path) -> None:
    transform("prod", project)
    write(project, "(7)")
    transform("dev", project)
    assert (numbers(project), numbers(project, "marts__dev")) == ([1, 2], [7])


def test_failed_audit_names_the_model_and_the_rows(project: Path) -> None:
    write(project, "(1), (NULL), (NULL)")
    with pytest.raises(TransformFailedError, match=r"marts\.numbers: audit not_null found 2 rows"):
        transform("prod", project)


def test_query_that_breaks_is_one_sentence(project: Path) -> None:
    write(project, "('not a number')")
    with pytest.raises(TransformFailedError, match=r"marts\.numbers: Conversion Error: .*not a number") as raised:
        transform("prod", project)
    assert "\n" not in str(raised.value)


def test_model_that_cannot_be_read_is_one_sentence(project: Path) -> None:
    (project / "models" / "broken.sql").write_text("MODEL (name marts.broken); SELECT @nobody_wrote_this(1) AS x")
    with pytest.raises(TransformFailedError, match=r"broken\.sql.*nobody_wrote_this") as raised:
        transform("prod", project)
    assert "\n" not in str(raised.value)


def test_warehouse_is_free_again_also_after_a_failure(project: Path) -> None:
    write(project, "(NULL)")
    with pytest.raises(TransformFailedError):
        transform("prod", project)
    # A second way in with other settings is refused as long as anybody in this process has the file open.
    duckdb.connect(str(project.parent / "warehouse.duckdb"), config={"threads": 1}).close()
