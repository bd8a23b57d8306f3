"""The validation report: what people read, and what it must not do."""

import re
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from expectations.report import summary, verdict, write
from expectations.rules import Table, flat
from expectations.run import CheckResult, Inspection

SECRET = "emily.johnson@example.com"
SHOP = f"""
    CREATE SCHEMA marts;
    CREATE TABLE marts.people AS SELECT 'k' || i AS key, '{SECRET}' AS email, i AS age FROM range(9) t(i);
    CREATE TABLE marts.orders AS SELECT 'o1' AS key;
"""
# What makes a browser fetch something: not a link that a person may follow.
FETCHES = re.compile(r"(?:src|srcset)\s*=|<link\b[^>]*href\s*=|url\(|@import", re.IGNORECASE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quality")
    (folder / "data_docs").mkdir()
    (folder / "data_docs" / "of_an_earlier_run.html").write_text("old")
    people, orders = Table("people", ("key",)), Table("orders", ("key",))
    with duckdb.connect(":memory:") as con:
        con.execute(SHOP)
        rules = flat(
            people.identified(),
            people.between("age", 0, 5),
            people.never("No <b>Emily</b>.", "email LIKE 'emily%'", severity="warning"),
            orders.identified(),
        )
        inspection = Inspection("run-1")
        write(folder, "run-1", inspection.check(con, "marts", rules, ["marts"]), inspection)
    return folder


def test_page_names_what_does_not_hold_and_links_to_data_docs(folder: Path) -> None:
    page = (folder / "index.html").read_text()
    assert "1 critical rule of 6 not held: nothing was published." in page
    assert "age is between 0 and 5." in page
    assert "k6, k7, k8" in page
    assert "No &lt;b&gt;Emily&lt;/b&gt;." in page
    linked = [folder / href for href in re.findall(r'href="([^"]+)"', page)]
    assert len({path.parent.parent.parent for path in linked}) == 2
    assert all(path.is_file() for path in linked)


def test_data_docs_are_of_this_run_alone(folder: Path) -> None:
    assert not (folder / "data_docs" / "of_an_earlier_run.html").exists()
    validations = [
        path.relative_to(folder / "data_docs" / "validations") for path in folder.rglob("validations/**/*.html")
    ]
    assert {path.parts[:3] for path in validations} == {("marts", "people", "run-1"), ("marts", "orders", "run-1")}


def test_nothing_in_the_report_is_fetched_from_elsewhere(folder: Path) -> None:
    pages = [*folder.rglob("*.html"), *folder.rglob("*.css")]
    assert len(pages) > 4
    for path in pages:
        fetched = [line for line in path.read_text().splitlines() if FETCHES.search(line) and "http" in line]
        assert fetched == [], path
        assert "<script" not in path.read_text(), path


def test_nobodys_data_are_in_the_report(folder: Path) -> None:
    for path in [*folder.rglob("*.html"), folder / "summary.md"]:
        assert SECRET not in path.read_text(), path


def test_summary_is_a_table_for_a_page_of_ci(folder: Path) -> None:
    assert (folder / "summary.md").read_text().splitlines() == [
        "### Validation of run run-1",
        "",
        "1 critical rule of 6 not held: nothing was published.",
        "",
        "| layer | rules | held | rows checked |",
        "|---|---:|---:|---:|",
        "| marts | 6 | 4 | 10 |",
        "",
        "| severity | table | rule | failing rows | examples |",
        "|---|---|---|---:|---|",
        "| critical | marts.people | age is between 0 and 5. | 3 | k6, k7, k8 |",
        "| warning | marts.people | No <b>Emily</b>. | 9 | k0, k1, k2, k3, k4 |",
    ]


def result(severity: str, *, is_success: bool) -> CheckResult:
    at = datetime.fromisoformat("2026-11-20T10:00:00")
    return CheckResult("marts", "t", "a | b", "e", severity, is_success, 5, 0 if is_success else 1, "", at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([result("critical", is_success=True)] * 3, "All 3 rules held."),
        (
            [result("critical", is_success=True), result("warning", is_success=False)],
            "Every critical rule held; 1 warning among 2 rules.",
        ),
        (
            [result("critical", is_success=False)] * 2 + [result("warning", is_success=False)],
            "2 critical rules of 3 not held: nothing was published.",
        ),
    ],
)
def test_whole_report_is_a_sentence(results: list[CheckResult], expected: str) -> None:
    assert verdict(results) == expected


def test_bar_in_a_rule_does_not_break_the_table() -> None:
    assert r"a \| b" in summary("run-1", [result("warning", is_success=False)])
