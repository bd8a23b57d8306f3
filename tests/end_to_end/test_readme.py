"""What the README tells people to type does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from road import ROOT, Road

from countinghouse.settings import load_settings
from countinghouse.sources import SOURCES

README = (ROOT / "README.md").read_text()
COMMANDS = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))


def test_the_example_of_a_sources_file_is_valid() -> None:
    assert "cp sources.example.toml sources.toml" in COMMANDS
    settings = load_settings({"COUNTINGHOUSE_SOURCES": str(ROOT / "sources.example.toml")})
    assert {connection.kind for connection in settings.connections} == set(SOURCES)
    assert [connection.name for connection in settings.connections if connection.kind == "shopify"] == [
        "shop-us",
        "shop-ca",
    ]


@pytest.mark.slow
def test_the_readmes_query_runs_over_the_published_copy(published_road: Road) -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
    days = published_road.query(query)
    assert (
        sum(sales for _, sales in days) == published_road.query("SELECT sum(net_sales) FROM marts.daily_revenue")[0][0]
    )


@pytest.mark.slow
def test_a_changed_model_is_planned_in_dev_and_published_apart(published_road: Road) -> None:
    assert "sqlmesh plan dev" in COMMANDS
    assert "python -m flows.pipeline --environment dev" in COMMANDS
    planned = subprocess.run(
        [str(Path(sys.executable).with_name("sqlmesh")), "plan", "dev", "--auto-apply", "--no-prompts"],
        cwd=ROOT / "sqlmesh_project",
        env=published_road.environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert planned.returncode == 0, planned.stdout + planned.stderr

    prod_before = published_road.published.resolve()
    ran = subprocess.run(
        [sys.executable, "-m", "flows.pipeline", "--environment", "dev"],
        cwd=ROOT,
        env=published_road.environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert published_road.published.resolve() == prod_before
    dev = published_road.published.with_name("dev.duckdb").resolve()
    with duckdb.connect(str(dev), read_only=True) as connection:
        (dev_total,) = connection.execute("SELECT sum(amount) FROM marts.fact_sales_ledger").fetchall()
    assert dev_total == published_road.query("SELECT sum(amount) FROM marts.fact_sales_ledger")[0]


@pytest.mark.slow
def test_the_data_dictionary_is_what_the_published_tables_say(published_road: Road) -> None:
    checked = subprocess.run(
        [sys.executable, "scripts/data_dictionary.py", "--check"],
        cwd=ROOT,
        env=published_road.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stderr
