"""The numbers on the pages against sums made here from the world's own lists."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import metrics, sentence, texts
from published_world import AS_OF, Event, Order, World
from streamlit.testing.v1 import AppTest

from app import wording

Read = Callable[..., AppTest]
# As of 09:40 UTC it is the 20th in all three zones, so the last finished day is the 19th everywhere.
NOW = (date(2026, 10, 21), date(2026, 11, 19))
BEFORE = (date(2026, 9, 21), date(2026, 10, 20))
LAST_YEAR = (date(2025, 10, 21), date(2025, 11, 19))


def placed(world: World, days: tuple[date, date], shop: str | None = None) -> list[Order]:
    return [
        order for order in world.orders if days[0] <= order.day <= days[1] and (shop is None or order.shop.name == shop)
    ]


def booked(world: World, days: tuple[date, date], shop: str | None = None) -> Iterator[Event]:
    for event in world.events():
        if days[0] <= event.day <= days[1] and (shop is None or event.order.shop.name == shop):
            yield event


def total(events: Iterator[Event], measure: str | None = None, *, native: bool = False) -> Decimal:
    amounts = ((event.native if native else event.amount) for event in events if measure in (None, event.measure))
    return sum(amounts, Decimal(0))


def people(orders: list[Order]) -> set[str]:
    return {order.customer.key for order in orders if order.customer}


def money(amount: Decimal, currency: str = "USD") -> str:
    return wording.money(amount, currency)


def changed(now: Decimal | int, before: Decimal | int) -> str:
    return wording.change(now, before).for_metric


def test_overview_counts_sales_orders_and_people(read: Read, trio: World, trio_copy: Path) -> None:
    net, net_before = total(booked(trio, NOW)), total(booked(trio, BEFORE))
    orders, orders_before = placed(trio, NOW), placed(trio, BEFORE)
    # An order is worth what it came to when it was placed, whatever comes back later.
    worth, worth_before = (
        sum((event.amount for event in booked(trio, days) if event.action == "order"), Decimal(0))
        for days in (NOW, BEFORE)
    )
    assert metrics(read(trio_copy)) == {
        "Net sales": (money(net), changed(net, net_before)),
        "Orders": (f"{len(orders):,}", changed(len(orders), len(orders_before))),
        "Average order value": (
            money(worth / len(orders)),
            changed(worth / len(orders), worth_before / len(orders_before)),
        ),
        "Customers": (f"{len(people(orders)):,}", changed(len(people(orders)), len(people(orders_before)))),
    }


def test_one_store_is_shown_in_its_own_currency(read: Read, trio: World, trio_copy: Path) -> None:
    page = read(trio_copy, stores=["shop-de"])
    net = total(booked(trio, NOW, "shop-de"), native=True)
    assert metrics(page)["Net sales"][0] == money(net, "EUR")
    assert metrics(page)["Net sales"][0].startswith("€")
    assert " · EUR · " in texts(page)


def test_two_stores_are_added_in_the_reporting_currency_only(read: Read, trio: World, trio_copy: Path) -> None:
    net = total(booked(trio, NOW, "shop-de")) + total(booked(trio, NOW, "shop-uk"))
    assert metrics(read(trio_copy, stores=["shop-de", "shop-uk"]))["Net sales"][0] == money(net)


def test_last_year_compares_the_same_days_of_the_calendar(read: Read, trio: World, trio_copy: Path) -> None:
    net, before = total(booked(trio, NOW)), total(booked(trio, LAST_YEAR))
    page = read(trio_copy, compare="Same period last year")
    assert metrics(page)["Net sales"] == (money(net), changed(net, before))
    assert "compared with 21 Oct – 19 Nov 2025" in texts(page)


def test_nothing_to_compare_leaves_the_level_alone(read: Read, trio_copy: Path) -> None:
    page = read(trio_copy, compare="Nothing")
    assert {delta for _, delta in metrics(page).values()} == {""}
    assert sentence(page).startswith("Net sales came to ")


def test_a_custom_period_counts_its_own_days(read: Read, trio: World, trio_copy: Path) -> None:
    days = (date(2026, 6, 3), date(2026, 6, 9))
    page = read(trio_copy, period="Custom", days=[day.isoformat() for day in days])
    assert metrics(page)["Orders"][0] == str(len(placed(trio, days)))
    assert "3–9 Jun 2026, compared with 27 May – 2 Jun" in texts(page)


def test_sales_satisfy_their_formula_to_the_cent(read: Read, trio: World, trio_copy: Path) -> None:
    def formula(days: tuple[date, date]) -> dict[str, Decimal]:
        gross, discounts, returns = (
            total(booked(trio, days), name) for name in ("gross_sales", "discounts", "returns")
        )
        return {
            "Gross sales": gross,
            "Discounts": -discounts,
            "Returns": -returns,
            "Net sales": gross + discounts + returns,
        }

    now, before = formula(NOW), formula(BEFORE)
    assert now["Gross sales"] - now["Discounts"] - now["Returns"] == total(booked(trio, NOW))
    assert metrics(read(trio_copy, "sales")) == {
        label: (money(now[label]), changed(now[label], before[label])) for label in now
    }


def test_a_return_counts_on_its_own_day(read: Read, trio: World, trio_copy: Path) -> None:
    elsewhere = next(
        order
        for order in trio.orders
        if order.returned_at and order.status != "cancelled" and order.shop.day(order.returned_at) != order.day
    )
    returned = elsewhere.shop.day(elsewhere.returned_at)
    back = -total(booked(trio, (returned, returned)), "returns")
    page = read(trio_copy, "sales", period="Custom", days=[returned.isoformat()] * 2)
    if not placed(trio, (returned, returned)):
        pytest.skip("the drawn day has no order, so its page is the empty one")
    assert metrics(page)["Returns"][0] == money(back)
    assert back > 0


def test_customers_are_counted_once_and_come_back(read: Read, trio: World, trio_copy: Path) -> None:
    def activity(days: tuple[date, date]) -> tuple[int, Decimal]:
        active = people(placed(trio, days))
        so_far = Counter(order.customer.key for order in trio.orders if order.customer and order.day <= days[1])
        return len(active), Decimal(sum(so_far[key] >= 2 for key in active)) / len(active)

    (now, repeat), (before, repeat_before) = activity(NOW), activity(BEFORE)
    worth = Counter()
    for event in trio.events():
        if event.order.customer:
            worth[event.order.customer.key] += event.amount
    shown = metrics(read(trio_copy, "customers"))
    assert shown["Active customers"] == (f"{now:,}", changed(now, before))
    assert shown["Repeat rate"] == (wording.rate(repeat), wording.points(repeat, repeat_before).for_metric)
    # The copy's estimates are a quarter of what everybody has brought, to the thousandth.
    estimates = [(amount / 4).quantize(Decimal("0.001"), ROUND_HALF_UP) for amount in worth.values()]
    page = read(trio_copy, "customers")
    assert metrics(page)["Expected 12-month value"][0] == money(sum(estimates) / len(estimates))
    estimate = next(metric for metric in page.metric if metric.label == "Expected 12-month value")
    assert estimate.proto.delta_description == "estimate · +12.5% off"


def test_products_and_units_are_those_ordered(read: Read, trio: World, trio_copy: Path) -> None:
    def sold(days: tuple[date, date]) -> Counter:
        units: Counter = Counter()
        for order in placed(trio, days):
            for line in order.lines:
                units[line.product.key] += line.quantity
        return units

    now, before = sold(NOW), sold(BEFORE)
    shown = metrics(read(trio_copy, "products"))
    assert shown["Products sold"] == (str(len(now)), changed(len(now), len(before)))
    assert shown["Units"] == (f"{now.total():,}", changed(now.total(), before.total()))
    assert shown["Out of stock"][0] == str(sum(product.stock == 0 for product in trio.products))


def test_an_unknown_cost_makes_no_margin(read: Read, trio_copy: Path) -> None:
    page = read(trio_copy, "products")
    assert metrics(page)["Margin"][0] == "—"
    margin = next(metric for metric in page.metric if metric.label == "Margin")
    assert margin.proto.delta_description == "cost known for 0% of sales"


@pytest.mark.parametrize(("is_estimated", "ending"), [(False, ""), (True, " est.")])
def test_margin_is_of_what_was_sold_with_a_cost_and_says_that_it_is_estimated(
    read: Read, trio: World, trio_copy: Path, tmp_path: Path, is_estimated: bool, ending: str
) -> None:
    """A unit of the first line of each order cost 2.00 when it was sold; what other lines cost is not known."""
    folder = tmp_path / "costed"
    shutil.copytree(trio_copy, folder, symlinks=True)
    with duckdb.connect(str((folder / "published" / "prod.duckdb").resolve())) as con:
        cost = f"unit_cost = 2, unit_cost_native = 2, is_cost_estimated = {is_estimated}"
        con.execute(f"UPDATE marts.fact_order_items SET {cost} WHERE order_item_key LIKE '%:0'")

    costed = [event for event in booked(trio, NOW) if event.line == 0]
    units, sales = sum(event.quantity or 0 for event in costed), total(iter(costed))
    page = read(folder, "products")
    assert metrics(page)["Margin"][0] == wording.rate(1 - 2 * units / sales) + ending
    margin = next(metric for metric in page.metric if metric.label == "Margin")
    share = sales / total(booked(trio, NOW))
    assert margin.proto.delta_description == f"cost known for {wording.rate(share, 0)} of sales"


def test_today_is_compared_until_the_same_minute_of_last_week(read: Read, trio: World, trio_copy: Path) -> None:
    # All three zones left summer time before the 13th, so a week is the same number of hours in each.
    def until(day: date, minute: datetime) -> tuple[Decimal, list[Order]]:
        sales = sum((event.amount for event in booked(trio, (day, day)) if event.at <= minute), Decimal(0))
        return sales, [order for order in placed(trio, (day, day)) if order.at <= minute]

    net, orders = until(date(2026, 11, 20), AS_OF)
    net_before, orders_before = until(date(2026, 11, 13), AS_OF - timedelta(days=7))
    shown = metrics(read(trio_copy, "operations"))
    assert shown["Net sales today"] == (money(net), changed(net, net_before))
    assert shown["Orders today"] == (str(len(orders)), changed(len(orders), len(orders_before)))
    assert shown["Customers today"][0] == str(len(people(orders)))


def test_rates_of_thirty_days_are_shares_of_the_orders_placed(read: Read, trio: World, trio_copy: Path) -> None:
    def rates(days: tuple[date, date]) -> tuple[Decimal, Decimal, Decimal]:
        orders = placed(trio, days)
        completed = sum(order.status in ("completed", "partially_refunded") for order in orders)
        given_back = sum(order.returned_at is not None for order in orders)
        items = sum(line.quantity for order in orders for line in order.lines)
        return tuple(Decimal(number) / len(orders) for number in (completed, given_back, items))

    (completed, refunded, items), before = rates(NOW), rates(BEFORE)
    shown = metrics(read(trio_copy, "operations"))
    assert shown["Completion rate"] == (wording.rate(completed), wording.points(completed, before[0]).for_metric)
    assert shown["Refund rate"] == (wording.rate(refunded), wording.points(refunded, before[1]).for_metric)
    assert shown["Items per order"] == (
        wording.decimal(items),
        wording.difference(items, before[2]).for_metric,
    )
    assert shown["Hours to fulfil, median"] == ("—", "")


def test_twelve_months_count_a_year_of_days(read: Read, practice: World, practice_copy: Path) -> None:
    year = (date(2025, 11, 20), date(2026, 11, 19))
    assert metrics(read(practice_copy, period="12M"))["Orders"][0] == f"{len(placed(practice, year)):,}"
