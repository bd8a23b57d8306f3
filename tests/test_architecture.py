"""Imports flow one way, and only the folder that owns a tool touches it."""

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("countinghouse", "flows", "expectations", "simulator", "app", "api", "sqlmesh_project", "scripts")

OWNERS = {
    "prefect": {"flows"},
    "streamlit": {"app"},
    "fastapi": {"api", "simulator"},
    "starlette": {"api", "simulator"},
    "fastapi_offline": {"api"},
    "prometheus_client": {"api"},
    "uvicorn": {"api", "flows", "simulator"},
    "great_expectations": {"expectations"},
    "sqlmesh": {"flows", "sqlmesh_project"},
    "altair": {"app"},
    "httpx": {"countinghouse"},
    "flows": {"flows", "scripts"},
    "app": {"app"},
    "api": {"api"},
    "simulator": {"simulator"},
    "expectations": {"expectations", "flows"},
}


def python_files() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")) if ".cache" not in path.parts]


def imported(path: Path) -> set[str]:
    """First name of every absolute import, wherever in the file it stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize(("package", "owners"), OWNERS.items(), ids=OWNERS)
def test_only_its_owner_imports(package: str, owners: set[str]) -> None:
    strangers = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if package in imported(path) and path.relative_to(ROOT).parts[0] not in owners
    ]
    assert strangers == []


def attributes(path: Path) -> set[str]:
    """Every `name.attribute` used in a file."""
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


def test_only_the_warehouse_opens_a_database() -> None:
    openers = {str(path.relative_to(ROOT)) for path in python_files() if "duckdb.connect" in attributes(path)}
    # The simulator's one lives in memory and writes Parquet files, as the system it plays would; a shop may keep its
    # tables in DuckDB or in files that DuckDB reads.
    others = {"simulator/tables.py", "countinghouse/sources/tables_duckdb.py"}
    assert {name for name in openers if not name.startswith("countinghouse/warehouse/")} == others
    assert openers, "the check itself found nothing: has the call another name now?"


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in python_files()
        if attributes(path) & {"os.environ", "os.getenv"}
        and path.relative_to(ROOT).parts[0] in ("countinghouse", "api")
    }
    # A secret is looked up at the moment of use, by the connection that names its variable.
    assert readers == {"countinghouse/settings.py", "countinghouse/connections.py"}


def test_no_file_outgrows_its_room() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files()
        if (lines := len(path.read_text().splitlines())) > 450
    }
    assert long == {}


def test_no_two_test_files_share_a_name() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []  # the second of them would not be collected
