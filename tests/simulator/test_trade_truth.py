"""The truth of a shop: every sum below was done by hand on a few orders made for it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from simulator.catalogue import Steps
from simulator.trade.group import NAMES, Group
from simulator.trade.model import Address, Category, Line, Order, Product, Refund, RefundLine, Review, Shop, Variant
from simulator.trade.truth import of_shop


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


HOME = Address("1 Main Street", "New York", "New York", "NY", "10001", "US")
MONDAY, FRIDAY, LATER = instant("2026-03-02T15:00:00"), instant("2026-03-06T15:00:00"), instant("2026-04-01T00:00:00")
NOTHING = dict.fromkeys(("gross_sales", "discounts", "returns", "shipping", "taxes", "fees", "tips"), "0.00")


def shop(name: str, currency: str, zone: str, *, is_inside: bool = False, decimals: int = 2) -> Shop:
    made = Shop(name, name, currency, decimals, ZoneInfo(zone), "US", is_inside)
    category = Category(1, "Vases", "vases", None, 0)
    for number, is_gift_card in ((1, False), (2, False), (3, True)):
        product = Product(0, number, "Vase", "vase", "F", category, "", (), 0, is_gift_card=is_gift_card)
        product.variants.append(Variant(0, number, product, f"V{number}", {}, Steps(0, 1), Steps(0, 0), 1, Steps(0, 9)))
        made.products.append(product)
    return made


def line(of: Shop, product: int, quantity: int, price: int, per_mille: int, **more: Any) -> Line:
    sold = of.products[product - 1]
    values = {"listed_discount": 0, "listed_share": 0, "added": MONDAY} | more
    return Line(
        product * 10,
        1,
        sold,
        sold.variants[0],
        "Vase",
        "V",
        quantity,
        price,
        tax_per_mille=per_mille,
        prices_include_tax=of.prices_include_tax,
        **values,
    )


def place(of: Shop, *lines: Line, **more: Any) -> Order:
    values = {"shipping": 0, "shipping_tax": 0, "fee": 0, "fee_tax": 0, "tip": 0, "gift_card": 0, "paid": MONDAY + 2}
    number = len(of.orders) + 1
    order = Order(
        MONDAY,
        number,
        str(number),
        None,
        None,
        None,
        HOME,
        list(lines),
        (),
        **(values | {"method": "card", "channel": "web"} | more),
    )
    of.orders.append(order)
    return order


def give_back(order: Order, at: int, *lines: RefundLine, **more: Any) -> Refund:
    values = {"shipping": 0, "shipping_tax": 0, "goodwill": 0, "reason": ""} | more
    refund = Refund(at, len(order.refunds) + 1, order, lines, **values)
    order.refunds.append(refund)
    return refund


def sums(**money: str | int) -> dict[str, str | int]:
    return {"orders": 0, "units": 0, "returned_units": 0, "gift_cards": "0.00"} | NOTHING | money


@pytest.fixture
def us() -> Shop:
    return shop("shop-us", "USD", "America/New_York")


@pytest.fixture
def eu() -> Shop:
    return shop("shop-eu", "EUR", "Europe/Berlin", is_inside=True)


def test_order_with_everything_is_summed_on_its_day(us: Shop) -> None:
    # 3 x 20.00 - 6.00 - 3.00 = 51.00, tax 8 % = 4.08; 1 x 9.99, tax 0.7992 -> 0.80
    goods = [line(us, 1, 3, 2000, 80, listed_discount=600, listed_share=300), line(us, 2, 1, 999, 80)]
    place(us, *goods, shipping=500, tip=700)
    expected = sums(
        orders=1,
        units=4,
        gross_sales="69.99",
        discounts="9.00",
        net_sales="60.99",
        shipping="5.00",
        taxes="4.88",
        tips="7.00",
        total_sales="77.87",
    )
    truth = of_shop(us, LATER, with_orders=True)
    assert truth["totals"] == expected
    assert truth["by_day"] == {"2026-03-02": expected}
    assert truth["by_customer"] == {"null": expected}
    assert truth["orders"]["1"]["order_total"] == "77.87"
    # Shipping and tip are no product's.
    assert {key: (one["net_sales"], one["taxes"]) for key, one in truth["by_product"].items()} == {
        "1": ("51.00", "4.08"),
        "2": ("9.99", "0.80"),
    }


def test_refund_is_of_its_own_day_and_the_sale_of_its(us: Shop) -> None:
    sold = line(us, 1, 4, 1000, 100)
    order = place(us, sold, shipping=500)
    give_back(order, FRIDAY, RefundLine(sold, 1, 1000, 100, True), shipping=200, goodwill=50)
    days = of_shop(us, LATER)["by_day"]
    assert days["2026-03-02"] == sums(
        orders=1, units=4, gross_sales="40.00", net_sales="40.00", shipping="5.00", taxes="4.00", total_sales="49.00"
    )
    assert days["2026-03-06"] == sums(
        returned_units=1,
        returns="10.50",
        net_sales="-10.50",
        shipping="-2.00",
        taxes="-1.00",
        total_sales="-13.50",
    )
    products = of_shop(us, LATER)["by_product"]
    assert (products["1"]["returns"], products["null"]["returns"]) == ("10.00", "0.50")
    assert of_shop(us, FRIDAY - 1)["totals"]["returns"] == "0.00"


def test_refund_that_failed_never_happened(us: Shop) -> None:
    sold = line(us, 1, 1, 1000, 0)
    give_back(place(us, sold), FRIDAY, RefundLine(sold, 1, 1000, 0, True), failed=FRIDAY + 86400)
    assert of_shop(us, FRIDAY)["totals"]["returns"] == "10.00"
    assert of_shop(us, FRIDAY + 86400)["totals"]["returns"] == "0.00"


def test_edits_count_on_their_day_and_money_for_removed_units_only_once(us: Shop) -> None:
    # Two of three units at 10.00 less 1.00 in all: the last unit's net is 29.00 - floor(29.00 * 2 / 3) = 9.67.
    sold = line(us, 1, 3, 1000, 0, listed_discount=100, removed=[(FRIDAY, 1)])
    order = place(us, sold, line(us, 2, 1, 500, 0, added=FRIDAY))
    give_back(order, FRIDAY + 60, RefundLine(sold, 1, 967, 0, True), removes=True)
    days = of_shop(us, LATER)["by_day"]
    assert (days["2026-03-02"]["units"], days["2026-03-02"]["net_sales"]) == (3, "29.00")
    assert days["2026-03-06"] == sums(
        units=0, gross_sales="-5.00", discounts="-0.33", net_sales="-4.67", total_sales="-4.67"
    )


def test_gift_card_sold_is_no_revenue_and_redeemed_is_a_payment(us: Shop) -> None:
    place(us, line(us, 3, 1, 5000, 0), line(us, 1, 1, 1000, 0))
    place(us, line(us, 1, 1, 1000, 0), gift_card=1000)
    assert of_shop(us, LATER)["totals"] == sums(
        orders=2, units=2, gross_sales="20.00", net_sales="20.00", total_sales="20.00", gift_cards="50.00"
    )


def test_cancellation_takes_back_what_was_left(us: Shop) -> None:
    sold = line(us, 1, 2, 1000, 100)
    unpaid = place(us, sold, shipping=300, paid=None, cancelled=FRIDAY)
    give_back(unpaid, FRIDAY - 100, RefundLine(sold, 1, 1000, 100, True))
    assert of_shop(us, LATER)["by_day"]["2026-03-06"] == sums(
        returned_units=2, returns="20.00", net_sales="-20.00", shipping="-3.00", taxes="-2.00", total_sales="-25.00"
    )


def test_paid_cancellation_is_taken_back_once(us: Shop) -> None:
    sold = line(us, 1, 2, 1000, 100)
    order = place(us, sold, shipping=300, tip=150, cancelled=FRIDAY)
    # The tip has no place of its own in a refund.
    give_back(order, FRIDAY, RefundLine(sold, 2, 2000, 200, True), shipping=300, goodwill=150, is_cancellation=True)
    assert of_shop(us, LATER)["totals"]["total_sales"] == "0.00"
    assert of_shop(us, LATER)["totals"]["returned_units"] == 2


def test_tax_inside_prices_is_taken_out(eu: Shop) -> None:
    # 2 x 11.90 less 2.38 = 21.42 listed: 19 % inside is 3.42. Of the gross 23.80: 3.80. Fee 2.50: 2.10 + 0.40.
    place(eu, line(eu, 1, 2, 1190, 190, listed_share=238), fee=210, fee_tax=40)
    assert of_shop(eu, LATER)["totals"] == sums(
        orders=1,
        units=2,
        gross_sales="20.00",
        discounts="2.00",
        net_sales="18.00",
        taxes="3.82",
        fees="2.10",
        total_sales="23.92",
    )


@pytest.mark.parametrize(
    ("ends", "counted"),
    [
        ({}, 1),
        ({"paid": None}, 0),
        ({"paid": None, "on_hold": MONDAY + 2}, 1),
        ({"paid": None, "failed": MONDAY + 9}, 0),
        ({"cancelled": FRIDAY}, 0),
        ({"trashed": FRIDAY}, 0),
        ({"deleted": FRIDAY}, 0),
        ({"cancelled": LATER + 1}, 1),
    ],
)
def test_woocommerce_counts_by_the_status_of_now(eu: Shop, ends: dict[str, Any], counted: int) -> None:
    place(eu, line(eu, 1, 1, 1190, 190), **ends)
    assert of_shop(eu, LATER)["totals"]["orders"] == counted
    assert len(of_shop(eu, LATER)["by_day"]) == counted


@pytest.mark.parametrize(
    ("ends", "counted"),
    [({"paid": None}, 1), ({"is_test": True}, 0), ({"deleted": FRIDAY}, 0), ({"cancelled": FRIDAY}, 1)],
)
def test_others_count_every_order_but_tests_and_deleted_ones(us: Shop, ends: dict[str, Any], counted: int) -> None:
    place(us, line(us, 1, 1, 1000, 0), **ends)
    assert of_shop(us, LATER)["totals"]["orders"] == counted


def test_row_committed_late_counts_from_then_on_its_old_day(us: Shop) -> None:
    place(us, line(us, 1, 1, 1000, 0), late=120)
    assert of_shop(us, MONDAY + 119)["totals"]["orders"] == 0
    assert of_shop(us, MONDAY + 120)["by_day"]["2026-03-02"]["orders"] == 1


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("America/New_York", "2026-03-03T04:30:00", "2026-03-02"),
        ("Europe/Berlin", "2026-03-02T00:30:00", "2026-03-02"),
        ("Europe/Berlin", "2026-03-01T23:30:00", "2026-03-02"),
        ("Asia/Tokyo", "2024-02-28T15:00:00", "2024-02-29"),
    ],
)
def test_day_is_the_shops_own(zone: str, at: str, day: str) -> None:
    here = shop("shop-jp", "JPY", zone, decimals=0)
    sold = line(here, 1, 1, 1000, 0, added=instant(at))
    here.orders.append(replace(place(here, sold), created=instant(at)))
    del here.orders[0]
    truth = of_shop(here, LATER)
    assert list(truth["by_day"]) == [day]
    assert truth["totals"]["total_sales"] == "1000"


@pytest.mark.parametrize("name", NAMES)
def test_every_heading_comes_to_the_totals(name: str, group: Group) -> None:
    truth = of_shop(group.shop(name), instant("2026-11-20T09:40:00"), with_orders=True)
    names = ("gross_sales", "discounts", "returns", "shipping", "taxes", "fees", "tips", "net_sales", "total_sales")
    for heading in ("by_day", "by_customer", "orders"):
        for measure in (*names, "units", "returned_units", "orders"):
            parts = sum(Decimal(one[measure]) for one in truth[heading].values())
            assert parts == Decimal(truth["totals"][measure]), (heading, measure)
    for measure in ("gross_sales", "discounts", "returns", "units", "returned_units"):
        parts = sum(Decimal(one[measure]) for one in truth["by_product"].values())
        assert parts == Decimal(truth["totals"][measure]), measure


@pytest.fixture(scope="module")
def group() -> Group:
    made = Group(7, 0.05)
    made.advance(instant("2026-11-20T09:40:00"))
    return made


def test_shelf_shows_what_is_offered_with_its_stock_and_stars(us: Shop) -> None:
    """Of two sizes 9 and 4 are there; 5 and 2 stars are 7, a third is given later. The other vase is in the trash."""
    vase, other, _ = us.products
    vase.variants.append(replace(vase.variants[0], id=7, stock=Steps(0, 4)))
    stars = ((5, MONDAY), (2, FRIDAY), (1, LATER + 1))
    vase.reviews += [Review(at, at, vase, None, "A", "a@x.example", rating, "") for rating, at in stars]
    other.trashed = FRIDAY
    assert of_shop(us, LATER)["shelf"] == {
        "vase": {"product": "1", "stock": 13, "variants": 2, "ratings": 2, "stars": 7}
    }
