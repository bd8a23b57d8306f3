"""What every test shares: programs that may be missing, the real data set, generated cases that repeat."""

import gc
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SHARED_DUMMYJSON = ROOT.parent / "shared" / "data" / "dummyjson"

# The machine is shared: a slow example is no failure, and a found one is repeated from its printed seed.
settings.register_profile("countinghouse", deadline=None, print_blob=True)
settings.load_profile("countinghouse")

# SQLMesh makes millions of small objects that stay: counting them again as often as Python does takes a fifth of the
# time of the tests that run models.
gc.set_threshold(1_000_000, 10, 100)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, then with the models, whose project is read for half a minute.

    So no processor waits at the end for another's last slow test.
    """
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, "sqlmesh_project" not in item.path.parts))


def missing(what: str, how_to_get_it: str) -> None:
    """Skip with a reason on a user's machine; on CI, where it must be there, fail."""
    sentence = f"{what} is missing: {how_to_get_it}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's Chromium."""
    path = shutil.which("chromium")
    if path is None:
        missing("chromium", "apt-get install chromium")
    assert path is not None
    return path


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """Folder of the newest PostgreSQL server's programs, where Debian puts them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        missing("PostgreSQL's server", "apt-get install postgresql")
    return found[-1].parent


@pytest.fixture(scope="session")
def real_dummyjson() -> Path:
    """Folder of DummyJSON's own data files, which lies beside the repository where it is to be had."""
    if not SHARED_DUMMYJSON.is_dir():
        pytest.skip(f"DummyJSON's data set is not at {SHARED_DUMMYJSON}; get it from github.com/Ovi/DummyJSON")
    return SHARED_DUMMYJSON
