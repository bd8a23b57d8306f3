"""The published books against the simulator's own: to the cent, once, and after time has passed."""

from collections.abc import Callable
from decimal import Decimal

import duckdb
import pytest
from books import (
    assert_books_equal_truth,
    assert_carts_equal_truth,
    assert_people_equal_truth,
    assert_shop_equals_truth,
    snapshot,
)
from road import Road

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def road(after_first_run: Callable[[str], Road]) -> Road:
    return after_first_run("truth")


SHOPS = ("shop-us", "shop-eu", "shop-jp", "studio", "legacy")
TELLING_CARTS = ("shop-us", "shop-jp", "studio")


# Rows made of an order: their table, what tells one from another, and the age of the order that theirs is.
ROWS_OF_ORDERS = (
    ("intermediate.int_shopify__sales", "sale_key", "told_at"),
    ("intermediate.int_shopify__order_lines", "order_item_key", "told_at"),
    ("intermediate.int_shopify__order_events", "(rows.order_key, action, measure, cause)", "told_at"),
    ("intermediate.int_order_events", "event_key", "told_at"),
    ("intermediate.int_platform_orders", "rows.order_key", "told_at"),
    ("intermediate.int_order_lines", "order_item_key", "loaded_at"),
    ("marts.fact_order_items", "order_item_key", "loaded_at"),
    ("marts.fact_sales_ledger", "event_key", "loaded_at"),
)


def assert_all_equal_truth(road: Road) -> None:
    assert_books_equal_truth(road)
    for shop in SHOPS:
        assert_shop_equals_truth(road, shop)
    assert_people_equal_truth(road, SHOPS)
    for shop in TELLING_CARTS:
        assert_carts_equal_truth(road, shop)
    stores = road.query("SELECT DISTINCT store FROM marts.fact_carts ORDER BY 1")
    assert [store for (store,) in stores] == sorted(TELLING_CARTS)


def test_every_step_of_time_ends_in_the_simulators_own_numbers(road: Road) -> None:
    assert_all_equal_truth(road)
    first = snapshot(road)
    assert len(first["fact_orders"]) > 100

    output = road.run_pipeline()
    assert snapshot(road) == first, "a second run over an unchanged world changed the books"
    assert "unchanged" in output

    before = road.truth()["totals"]
    for days in (1, 9):
        road.ask("/_simulator/clock", {"advance_days": days})
        road.run_pipeline()
        assert_all_equal_truth(road)
    assert Decimal(road.truth()["totals"]["orders"]) > Decimal(before["orders"]), "time passed and nothing happened"


@pytest.mark.parametrize(("table", "key", "age"), ROWS_OF_ORDERS)
def test_rows_of_an_order_are_there_once_and_as_new_as_it_is(road: Road, table: str, key: str, age: str) -> None:
    """What changed is looked for by age as well as by key: a row of another age would be passed over."""
    query = f"""
        SELECT count(*), count(DISTINCT {key}), count(*) FILTER (rows.loaded_at IS DISTINCT FROM orders.{age})
        FROM {table} AS rows LEFT JOIN intermediate.int_orders AS orders ON orders.order_key = rows.order_key
    """
    with duckdb.connect(str(road.folder / "data" / "warehouse.duckdb"), read_only=True) as con:
        count, different, of_another_age = con.execute(query).fetchall()[0]
    assert count > 100
    assert (different, of_another_age) == (count, 0)


def test_the_published_copy_names_no_customer(road: Road) -> None:
    (readable,) = road.query("SELECT count(*) FROM marts.dim_customers WHERE email NOT LIKE '_…@%'")[0]
    assert readable == 0
