"""A run evaluates no model when nothing has happened, and every model when anything has."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hand_fed_warehouse import SHOP, FailedModelsError, Warehouse, cart, line, user

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory, known_models: Path) -> tuple[Path, datetime]:
    """Where a warehouse stands after its first run, and when."""
    with pytest.MonkeyPatch.context() as patch:
        warehouse = Warehouse(tmp_path_factory.mktemp("news") / "first", patch, known_models=known_models)
        warehouse.put("dummyjson__users", 1, user(1))
        warehouse.put("dummyjson__carts", 1, cart(1, 1, [line(3, 10, 1, 10, 10)]))
        warehouse.run()
        warehouse.close()
    return warehouse.folder, warehouse.now


@pytest.fixture
def warehouse(make_warehouse: Callable[..., Warehouse], first_run: tuple[Path, datetime], tmp_path: Path) -> Warehouse:
    folder, now = first_run
    shutil.copytree(folder, tmp_path / "warehouse", symlinks=True)
    warehouse = make_warehouse("warehouse")
    warehouse.now = now
    return warehouse


def test_nothing_new_is_nothing_done_and_what_is_new_is_seen(warehouse: Warehouse) -> None:
    warehouse.later(minutes=30)
    warehouse.run()
    warehouse.later(hours=2)
    warehouse.run()
    assert warehouse.notes.evaluated == []

    warehouse.put("dummyjson__carts", 2, cart(2, 1, [line(3, 10, 2, 20, 20)]))
    warehouse.run()
    assert warehouse.one("SELECT sum(net_sales) FROM marts.fact_orders") == 30
    assert warehouse.one("SELECT order_count FROM marts.dim_customers") == 2


def test_a_new_day_of_the_data_counts_days_again(warehouse: Warehouse) -> None:
    before = warehouse.one("SELECT recency_days FROM marts.customer_segmentation")
    # 00:20 UTC is 19:20 of the day before in New York: eight hours later it is the next day there too.
    warehouse.later(hours=8)
    warehouse.run()
    assert warehouse.one("SELECT recency_days FROM marts.customer_segmentation") == before + 1


def test_a_changed_setting_computes_its_store_again(warehouse: Warehouse) -> None:
    before = warehouse.one("SELECT ordered_at FROM marts.fact_orders")
    warehouse.later(hours=2)
    warehouse.connect(SHOP, "dummyjson", "Asia/Tokyo")
    warehouse.run()
    # The made-up time of day is the shop's own: New York is five hours behind UTC or four, Tokyo nine ahead.
    hours = (before - warehouse.one("SELECT ordered_at FROM marts.fact_orders")).total_seconds() / 3600
    assert hours in (13, 14)
    assert warehouse.one("SELECT timezone FROM marts.dim_stores WHERE platform = 'dummyjson'") == "Asia/Tokyo"

    warehouse.later(hours=2)
    # Nobody tells a rate of the dinar.
    warehouse.execute("UPDATE ops.settings SET reporting_currency = 'KWD'")
    warehouse.run()
    assert warehouse.one("SELECT net_sales, net_sales_native FROM marts.fact_orders") == (None, 10)
    assert warehouse.one("SELECT net_sales, events_without_rate FROM marts.daily_revenue WHERE orders > 0") == (None, 1)


def test_a_model_that_failed_is_run_again_though_nothing_is_new(warehouse: Warehouse) -> None:
    warehouse.later(hours=2)
    warehouse.put("dummyjson__carts", 2, {"id": 2, "userId": 1, "products": []})
    for _ in range(2):
        with pytest.raises(FailedModelsError, match="stg_dummyjson__carts"):
            warehouse.run()
    warehouse.put("dummyjson__carts", 2, cart(2, 1, []))
    warehouse.run()
    assert warehouse.one("SELECT count(*), sum(net_sales) FROM marts.fact_orders") == (2, 10)
