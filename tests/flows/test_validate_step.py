"""Checking a layer within a run: recorded first, then decided."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from countinghouse.errors import PublishRefused
from countinghouse.settings import Settings
from countinghouse.warehouse.connect import open_warehouse
from countinghouse.warehouse.publish import publish
from expectations.rules import Rule, Table
from flows import validate
from flows.run import Run
from flows.validate import check_layer, layer_rules, layer_schemas

NUMBERS = Table("numbers", ("n",))
IS_SMALL = NUMBERS.between("n", 0, 9)
IS_EVEN = NUMBERS.never("Every n is even.", "n % 2 = 1", severity="warning")


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(settings) as con:
        con.execute("CREATE SCHEMA marts; CREATE TABLE marts.numbers AS SELECT i AS n FROM range(8) t(i)")
        yield con


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    def rules(run: Run, layer: str) -> tuple[Rule, ...]:
        return (IS_SMALL, IS_EVEN)

    monkeypatch.setattr(validate, "layer_rules", rules)
    return Run(settings)


def recorded(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute(
        "SELECT run_id, table_name, rule, severity, is_success, checked_rows, failing_rows, examples "
        "FROM ops.validation_results ORDER BY severity"
    ).fetchall()


def test_warning_is_shown_and_the_run_goes_on(con: duckdb.DuckDBPyConnection, run: Run, said: Any) -> None:
    check_layer(con, run, "marts")
    assert recorded(con) == [
        (run.run_id, "numbers", "n is between 0 and 9.", "critical", True, 8, 0, ""),
        (run.run_id, "numbers", "Every n is even.", "warning", False, 8, 4, "1, 3, 5, 7"),
    ]
    assert said.messages == [
        f"Check     {'marts':<32} 1 of 2 rules hold over 8 rows",
        "Check     warning: marts.numbers: Every n is even. (4 of 8 rows do not: 1, 3, 5, 7)",
    ]


def test_critical_rule_stops_the_run_after_it_is_recorded(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    con.execute("INSERT INTO marts.numbers VALUES (99)")
    with pytest.raises(PublishRefused, match=r"^Nothing was published: 1 rule .* not hold in marts\. Readers keep"):
        check_layer(con, run, "marts")
    assert [row[4] for row in recorded(con)] == [False, False]
    run.close(con, "failed", error="x")
    assert con.execute("SELECT checks_passed, checks_failed, checks_warned FROM ops.pipeline_runs").fetchall() == []
    assert [(c.severity, c.failing_rows) for c in run.checks] == [("critical", 1), ("warning", 5)]


def test_environment_is_checked_where_its_models_are(settings: Settings) -> None:
    dev = Run(settings.in_environment("dev"))
    assert layer_schemas(dev, "marts") == ["marts__dev", "marts"]
    assert layer_schemas(dev, "raw") == ["raw"]
    assert layer_schemas(Run(settings), "staging") == ["staging"]


def test_shrinking_is_critical_unless_a_connection_says_rows_are_gone(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        con.execute("CREATE SCHEMA marts; CREATE VIEW marts.fact_orders AS SELECT i AS order_key FROM range(100) t(i)")
        publish(settings, con, "r")

    def severities(chosen: Settings) -> list[str]:
        return [rule.severity for rule in layer_rules(Run(chosen), "marts") if "rows published last" in rule.words]

    assert severities(settings) == ["critical", "warning"]
    practice = settings.connection("practice").model_copy(update={"options": {"allow_shrink": True}})
    assert severities(settings.model_copy(update={"connections": (practice,)})) == ["warning", "warning"]
