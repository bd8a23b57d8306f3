"""Every kind of rule, held against rows of which we know how many break it."""

import warnings
from collections.abc import Iterator

import duckdb
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import great_expectations
    from great_expectations.execution_engine import sqlalchemy_execution_engine as gx_sql

from expectations.rules import Rule, Table, flat
from expectations.run import CheckResult, Inspection

# key, second, word, amount, parent: eight rows, each defect known.
ROWS = """
    CREATE SCHEMA layer; CREATE SCHEMA layer__dev;
    CREATE TABLE layer.good AS SELECT * FROM (VALUES
        ('a', 1, 'red', 0.00, 'a'), ('b', 2, 'blue', 5.50, 'a'), ('c', 3, NULL, NULL, NULL)
    ) AS t(key, second, word, amount, parent);
    CREATE TABLE layer.bad AS SELECT * FROM (VALUES
        ('a', 1, 'red', 1.00, 'a'), ('a', 1, 'red', -1.00, 'a'),
        ('b', 2, 'mauve', -0.01, 'z'), (NULL, 4, 'mauve', 99, 'y')
    ) AS t(key, second, word, amount, parent);
    CREATE VIEW layer.looking_on AS SELECT * FROM layer.bad;
    CREATE TABLE layer__dev.good AS SELECT 'only here' AS key;
"""


def rules_of(name: str) -> tuple[Rule, ...]:
    one, two = Table(name, ("key",)), Table(name, ("key", "second"))
    return flat(
        one.identified(),
        two.identified()[0],
        one.not_negative("amount"),
        one.between("amount", 0, 50, severity="warning"),
        one.one_of("word", ("red", "blue"), severity="warning"),
        one.points_to("good", "parent", there="key"),
        one.never("No amount is ninety-nine.", "amount = 99"),
        one.keeps_rows(4, 0.20, "critical"),
    )


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as con:
        con.execute(ROWS)
        yield con


def check(con: duckdb.DuckDBPyConnection, *rules: Rule, schemas: tuple[str, ...] = ("layer",)) -> list[CheckResult]:
    return Inspection("run-1").check(con, "layer", rules, schemas)


def test_version_is_the_one_whose_private_list_is_known() -> None:
    assert great_expectations.__version__ == "1.24.1"
    assert "duckdb" in gx_sql._PERSISTED_CONNECTION_DIALECTS


def test_rows_that_keep_every_rule_break_none(con: duckdb.DuckDBPyConnection) -> None:
    results = check(con, *(rule for rule in rules_of("good") if "rows published" not in rule.words))
    assert [result.rule for result in results if not result.is_success] == []
    assert {result.checked_rows for result in results} == {3}


@pytest.mark.parametrize("table", ["bad", "looking_on"])
def test_each_rule_finds_the_rows_that_break_it(con: duckdb.DuckDBPyConnection, table: str) -> None:
    results = {result.rule: result for result in check(con, *rules_of(table))}
    found = {rule: (result.failing_rows, result.examples) for rule, result in results.items() if not result.is_success}
    assert found == {
        "Each key is there once.": (2, "a"),
        "key always has a value.": (1, "NULL"),
        "Each combination of key and second is there once.": (2, "a/1"),
        "amount is never below zero.": (2, "a, b"),
        "amount is between 0 and 50.": (3, "a, b, NULL"),
        "word is one of: red, blue.": (2, "b, NULL"),
        "Every parent is found in good.": (2, "b, NULL"),
        "No amount is ninety-nine.": (1, "NULL"),
    }
    assert {rule for rule, result in results.items() if result.severity == "warning"} == {
        "amount is between 0 and 50.",
        "word is one of: red, blue.",
    }


def test_table_that_shrank_is_found_and_says_by_how_much(con: duckdb.DuckDBPyConnection) -> None:
    (kept,) = check(con, Table("bad", ()).keeps_rows(5, 0.20, "critical"))
    assert kept.is_success, "4 of 5 rows are 80 %, which is the least allowed"
    (lost,) = check(con, Table("bad", ()).keeps_rows(6, 0.20, "critical"))
    assert (lost.is_success, lost.failing_rows, lost.examples) == (False, 1, "6 rows before, 4 now")


def test_no_more_than_five_examples_are_shown(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE layer.many AS SELECT i::TEXT AS key, -1 AS amount FROM range(1000) t(i)")
    (result,) = check(con, *Table("many", ("key",)).not_negative("amount"))
    assert result.failing_rows == 1000
    assert len(result.examples.split(", ")) == 5


def test_table_that_is_missing_fails_and_the_others_are_checked(con: duckdb.DuckDBPyConnection) -> None:
    results = check(con, *Table("nowhere", ("key",)).identified(), *Table("good", ("key",)).present("key"))
    assert [(result.table_name, result.rule, result.is_success) for result in results] == [
        ("nowhere", "The table exists.", False),
        ("good", "key always has a value.", True),
    ]


def test_rule_that_cannot_be_asked_fails_and_says_why(con: duckdb.DuckDBPyConnection) -> None:
    (result,) = check(con, Table("good", ("key",)).never("No ghosts.", "ghost = 1"))
    assert not result.is_success
    assert result.examples.startswith("Could not be checked: ")
    assert '"ghost" not found' in result.examples


def test_first_schema_that_has_a_table_wins(con: duckdb.DuckDBPyConnection) -> None:
    rules = [*Table("good", ("key",)).present("key"), *Table("bad", ("key",)).present("second")]
    checked = {result.table_name: result.checked_rows for result in check(con, *rules, schemas=("layer__dev", "layer"))}
    assert checked == {"good": 1, "bad": 4}
    checked = {
        result.table_name: result.checked_rows for result in check(con, *rules, schemas=("layer__gone", "layer"))
    }
    assert checked == {"good": 3, "bad": 4}


def test_same_rules_can_be_checked_again_in_the_same_process(con: duckdb.DuckDBPyConnection) -> None:
    rules = rules_of("good")
    assert [r.is_success for r in check(con, *rules)] == [r.is_success for r in check(con, *rules)]


def test_no_connection_stays_open(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("checked") / "w.duckdb"
    inspection = Inspection("run-1")  # a run keeps it, and with it whatever Great Expectations keeps
    with duckdb.connect(str(path)) as con:
        con.execute(ROWS)
        inspection.check(con, "layer", rules_of("bad"), ["layer"])
    # With anybody of this process still in the file, another configuration would be refused.
    duckdb.connect(str(path), config={"threads": 1}).close()
