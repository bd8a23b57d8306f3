"""What exists is documented, and what is documented exists."""

import re
from pathlib import Path

import pytest

from countinghouse.sources import SOURCES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

MAKE_TARGETS = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
ENVIRONMENT_NAMES = set(
    re.findall(
        r"\"((?:COUNTINGHOUSE_[A-Z_]+)|SCHEDULE_CRON|BATCH_SIZE)\"", (ROOT / "countinghouse/settings.py").read_text()
    )
)
MARTS = {path.stem for path in (ROOT / "sqlmesh_project/models/marts").rglob("*.sql")}


def test_there_is_something_to_check() -> None:
    assert {"run", "test", "pipeline"} <= MAKE_TARGETS
    assert "COUNTINGHOUSE_DATA_DIR" in ENVIRONMENT_NAMES
    assert "fact_sales_ledger" in MARTS


@pytest.mark.parametrize("name", sorted(ENVIRONMENT_NAMES))
def test_every_setting_is_in_the_readme_and_in_the_example(name: str) -> None:
    assert name in README.read_text()
    assert name in (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("mart", sorted(MARTS))
def test_every_mart_is_in_the_data_dictionary(mart: str) -> None:
    assert f"\n## {mart}\n" in (ROOT / "docs/data_dictionary.md").read_text()


def test_every_test_that_a_trap_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/traps.md").read_text()))
    python = (re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE) for path in (ROOT / "tests").rglob("*.py"))
    models = (
        re.findall(r"^(test_\w+):", path.read_text(), re.MULTILINE)
        for path in (ROOT / "sqlmesh_project/tests").glob("*.yaml")
    )
    assert len(named) >= 20
    assert named - {name for names in (*python, *models) for name in names} == set()


def test_every_source_has_a_page() -> None:
    assert {path.stem for path in (ROOT / "docs/sources").glob("*.md")} == set(SOURCES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_targets_named_in_the_docs_exist(page: Path) -> None:
    named = set(re.findall(r"`make ((?:[a-z-]+)(?: [a-z-]+)*)(?: [A-Z_]+=\S+)?`", page.read_text()))
    assert {target for words in named for target in words.split()} - MAKE_TARGETS == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    dead = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert dead == []


def test_no_committed_text_names_a_registry_or_this_machine() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert not (ROOT / "uv.lock").exists()
