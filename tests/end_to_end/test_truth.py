"""The published books against the simulator's own: to the cent, once, and after time has passed."""

from collections.abc import Callable
from decimal import Decimal

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


def test_the_published_copy_names_no_customer(road: Road) -> None:
    (readable,) = road.query("SELECT count(*) FROM marts.dim_customers WHERE email NOT LIKE '_…@%'")[0]
    assert readable == 0
