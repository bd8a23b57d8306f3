"""The two cards about carts against what the world's own lists say of them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median

import pytest
from conftest import texts
from published_world import AS_OF, Cart, World
from streamlit.testing.v1 import AppTest
from test_asked_for import charts, drawn
from test_numbers import BEFORE, NOW

from app import wording

Read = Callable[..., AppTest]
TREND = "carts left behind by day"


def opened(world: World, days: tuple[date, date], *shops: str) -> list[Cart]:
    return [cart for cart in world.carts() if days[0] <= cart.day <= days[1] and cart.shop.name in shops]


def left(carts: list[Cart]) -> list[Cart]:
    return [cart for cart in carts if cart.is_left(AS_OF)]


def share(carts: list[Cart]) -> Decimal:
    return Decimal(len(left(carts))) / len(carts)


def test_share_and_value_left_behind_are_those_of_the_carts_opened_in_the_period(
    read: Read, trio: World, trio_copy: Path
) -> None:
    carts, earlier = opened(trio, NOW, "shop-us", "shop-uk"), opened(trio, BEFORE, "shop-us", "shop-uk")
    value = sum((cart.shop.reporting(cart.native) for cart in left(carts)), Decimal(0))
    shown = texts(read(trio_copy, "sales"))
    line = (
        f"**{wording.rate(share(carts))}** left behind ({wording.points(share(carts), share(earlier)).text}): "
        f"{len(left(carts))} carts, {wording.money(value, 'USD')}"
    )
    assert line in shown
    minutes = round(median(cart.hours for cart in carts if cart.hours is not None) * 60)
    assert f"Half of the purchases took less than {minutes} minutes" in shown
    late = sum(cart.hours is not None and cart.hours > 24 for cart in carts)
    assert f"{late} bought after more than a day" in shown
    assert late > 0


def test_each_day_of_the_line_is_the_share_of_its_carts(read: Read, trio: World, trio_copy: Path) -> None:
    carts, earlier = opened(trio, NOW, "shop-us", "shop-uk"), opened(trio, BEFORE, "shop-us", "shop-uk")
    rows = drawn(read(trio_copy, "sales"), TREND, "now")
    days = {row["first"].date(): row for row in rows}
    assert len(days) == 30
    for day in {cart.day for cart in carts}:
        assert days[day]["now"] == pytest.approx(float(100 * share([cart for cart in carts if cart.day == day])))
    for then in {cart.day for cart in earlier}:
        day = then + (NOW[0] - BEFORE[0])
        assert days[day]["before"] == pytest.approx(float(100 * share([cart for cart in earlier if cart.day == then])))


def test_funnel_counts_how_far_carts_came(read: Read, trio: World, trio_copy: Path) -> None:
    carts = opened(trio, NOW, "shop-us", "shop-uk")
    page = read(trio_copy, "sales")
    rows = {row["name"]: row["value"] for row in drawn(page, "by how far they came", "value")}
    assert rows == {
        "Carts or checkouts": len(carts),
        "Reached the checkout": sum(cart.has_checkout for cart in carts),
        "Ordered": sum(cart.order is not None for cart in carts),
        "Paid": sum(cart.is_paid for cart in carts),
    }
    assert rows["Carts or checkouts"] > rows["Reached the checkout"] > rows["Ordered"] > rows["Paid"] > 0
    assert (
        "Told by shop-uk and shop-us (from the checkout on). Not told by shop-de. "
        "A cart is left behind when nobody has touched it for a day."
    ) in texts(page)


def test_store_that_tells_only_checkouts_begins_there(read: Read, trio: World, trio_copy: Path) -> None:
    page = read(trio_copy, "sales", stores=["shop-us"])
    names = [row["name"] for row in drawn(page, "by how far they came", "value")]
    assert names == ["Checkouts", "Ordered", "Paid"]
    assert "Not told by" not in texts(page)


def test_value_of_one_store_is_in_its_own_currency(read: Read, trio: World, trio_copy: Path) -> None:
    value = sum((cart.native for cart in left(opened(trio, NOW, "shop-uk"))), Decimal(0))
    page = read(trio_copy, "sales", stores=["shop-uk"])
    assert f"carts, {wording.money(value, 'GBP')}" in texts(page)
    page.session_state["sales.carts"] = "Value"
    rows = drawn(page.run(), "goods in carts left behind by day", "now")
    assert sum(row["now"] for row in rows if row["now"] == row["now"]) == pytest.approx(float(value))


def test_store_that_tells_no_carts_has_no_such_cards(read: Read, trio_copy: Path) -> None:
    page = read(trio_copy, "sales", stores=["shop-de"])
    assert not page.exception
    assert "Carts left behind" not in texts(page)
    assert not any("how far they came" in alt for alt in charts(page))
