"""Worlds and their published copies, made once; and a page opened as a reader opens it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from published_fixture import Run, publish
from published_world import AS_OF, Shop, World, make_world, three_shops
from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "app" / "streamlit_app.py"


@pytest.fixture(scope="session")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Publish a world into a data folder of its own."""
    return lambda world, **options: publish(world, tmp_path_factory.mktemp("data"), **options)


@pytest.fixture(scope="session")
def trio() -> World:
    """Three shops in three zones and currencies, all current."""
    return make_world(three_shops(), people=900, days=460)


@pytest.fixture(scope="session")
def trio_copy(copies: Callable[..., Path], trio: World) -> Path:
    return copies(trio)


@pytest.fixture(scope="session")
def practice() -> World:
    """One shop whose orders all carry dates that were made up."""
    return make_world([Shop("practice")], people=300, days=364, synthetic=True)


@pytest.fixture(scope="session")
def practice_copy(copies: Callable[..., Path], practice: World) -> Path:
    return copies(practice)


@pytest.fixture(scope="session")
def empty_copy(copies: Callable[..., Path]) -> Path:
    """A shop that was read and has no order."""
    return copies(make_world(sells=False))


@pytest.fixture(scope="session")
def forty_copy(copies: Callable[..., Path]) -> Path:
    return copies(make_world([Shop(f"shop-{n:02d}", daily_orders=0.2) for n in range(40)], days=90, people=400))


@pytest.fixture(scope="session")
def stale_copy(copies: Callable[..., Path]) -> Path:
    """The Berlin shop's data end two and a half days early, inside every period."""
    late = AS_OF - timedelta(days=2, hours=12)
    shops = three_shops(as_of_at=late, status="behind", last_error="HTTP 503, retried 12 times")
    return copies(make_world(shops, people=400, days=120), runs=[Run("degraded", timedelta(0), checks_warned=2)])


@pytest.fixture(scope="session")
def stopped_copy(copies: Callable[..., Path]) -> Path:
    """A run failed after the copy was made."""
    runs = [Run("succeeded", timedelta(0)), Run("failed", -timedelta(hours=3), error="1 critical check failed.")]
    return copies(make_world([replace(Shop("practice"), daily_orders=2)], days=100), runs=runs)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a page over a copy; keyword arguments are the address's own: `period`, `stores`, `compare`, `days`."""

    def open_page(data_dir: Path, page: str = "overview", **address: str | list[str]) -> AppTest:
        monkeypatch.setenv("COUNTINGHOUSE_DATA_DIR", str(data_dir))
        app = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in address.items():
            app.query_params[name] = value
        if page != "overview":
            app.switch_page(f"dashboards/{page}.py")
        return app.run()

    return open_page


def metrics(page: AppTest) -> dict[str, tuple[str, str]]:
    """Headline numbers by their label: value and change."""
    assert not page.exception, page.exception
    return {metric.label: (metric.value, metric.delta) for metric in page.metric}


def texts(page: AppTest) -> str:
    """Everything the page says outside of charts and tables."""
    return "\n".join(
        element.value for kind in (page.title, page.markdown, page.caption, page.warning) for element in kind
    )


def sentence(page: AppTest) -> str:
    """The page's answer."""
    return next(text.value for text in page.markdown if text.value.startswith("#### ")).removeprefix("#### ")
