"""The pages' sentences over numbers made by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app import sentences
from app.sentences import Cause

D = Decimal


def overview(net: str, before: str | None, *, orders: int = 100, orders_before: int | None = 100, **other) -> str:
    return sentences.overview(
        net=D(net),
        net_before=None if before is None else D(before),
        orders=orders,
        orders_before=orders_before if before is not None else None,
        currency="USD",
        stores=other.pop("stores", []),
        **other,
    )


@pytest.mark.parametrize(
    ("net", "before", "text"),
    [
        ("991000", "866000", "Net sales rose 14.4% to $991K."),
        ("880", "1000", "Net sales fell 12.0% to $880.00."),
        ("1005", "1000", "Net sales held at $1,005."),
        ("1006", "1000", "Net sales rose 0.6% to $1,006."),
        ("12000", "1000", "Net sales grew 12 times to $12,000."),
        ("500", "0", "Net sales came to $500.00, after none in the period before."),
        ("500", None, "Net sales came to $500.00."),
        ("500", "-20", "Net sales came to $500.00."),
    ],
)
def test_the_first_words_are_direction_and_size(net: str, before: str | None, text: str) -> None:
    scale = {"orders_before": 100, "orders": 100}
    assert overview(net, before, **scale).startswith(text)


def test_a_store_is_named_when_it_made_two_fifths_of_the_change() -> None:
    stores = [Cause("shop-us", D(600), D(540)), Cause("shop-de", D(440), D(400)), Cause("b2b", D(100), D(100))]
    assert "shop-us brought 60% of the increase" in overview("1140", "1040", stores=stores)


def test_below_two_fifths_the_change_is_spread_over_the_stores() -> None:
    stores = [Cause(name, D(110), D(100)) for name in ("a", "b", "c")]
    assert "The increase is spread over 3 stores" in overview("330", "300", stores=stores)


def test_no_store_is_named_when_they_pull_in_two_directions() -> None:
    stores = [Cause("a", D(200), D(100)), Cause("b", D(90), D(100))]
    text = overview("290", "200", stores=stores)
    assert "1 store rose and 1 fell" in text
    assert "brought" not in text


def test_a_decrease_has_a_cause_too() -> None:
    stores = [Cause("a", D(50), D(100)), Cause("b", D(95), D(100))]
    assert "a made 91% of the decrease" in overview("145", "200", stores=stores)


@pytest.mark.parametrize(
    ("net", "orders", "text"),
    [
        ("1300", 120, "Orders grew faster than their value."),
        ("1300", 105, "Order values grew faster than their number."),
        ("1050", 120, "There were more orders, each worth less."),
        ("1050", 80, "There were fewer orders, each worth more."),
        ("1200", 120, "The number of orders rose and their value held."),
        ("1200", 100, "The number of orders held and their value rose."),
    ],
)
def test_one_store_says_whether_number_or_value_moved(net: str, orders: int, text: str) -> None:
    assert overview(net, "1000", orders=orders, orders_before=100).endswith(text)


def test_there_are_never_more_than_two_sentences() -> None:
    stores = [Cause("a", D(300), D(200)), Cause("b", D(110), D(100))]
    text = overview("410", "300", orders=120, stores=stores, exception="shop-de is without data since 00:31")
    assert (
        text
        == "Net sales rose 36.7% to $410.00. a brought 91% of the increase, and shop-de is without data since 00:31."
    )


def test_without_a_comparison_no_cause_is_named() -> None:
    stores = [Cause("a", D(300), D(0)), Cause("b", D(110), D(0))]
    assert overview("410", None, stores=stores) == "Net sales came to $410.00."


def test_sales_say_what_went_in_discounts_and_returns() -> None:
    text = sentences.sales(
        gross=D(1000),
        discounts=D(83),
        returns=D(54),
        net=D(863),
        net_before=D(800),
        currency="USD",
        categories=[Cause("Beauty", D(560), D(500)), Cause("Laptops", D(303), D(300))],
    )
    assert text == (
        "Net sales rose 7.9% to $863.00. Beauty brought 95% of the increase, and of $1,000 gross, "
        "8.3% was given in discounts and 5.4% came back in returns."
    )


def test_customers_say_who_came_back() -> None:
    known = {"top_segment": "Champions", "top_share_of_customers": D("0.13"), "top_share_of_sales": D("0.41")}
    text = sentences.customers(active=1204, repeat_rate=D("0.413"), repeat_rate_before=D("0.395"), **known)
    assert text == (
        "1,204 customers ordered, 41.3% of them not for the first time, up from 39.5%. "
        "Champions are 13% of customers and 41% of their sales."
    )
    fewer = sentences.customers(active=3, repeat_rate=D("0.3"), repeat_rate_before=D("0.395"), **known)
    assert fewer.startswith("3 customers ordered, 30.0% of them not for the first time, down from 39.5%. ")
    assert sentences.customers(active=2, repeat_rate=D("0.5"), repeat_rate_before=D("0.5"), **known).startswith(
        "2 customers ordered, 50.0% of them not for the first time."
    )
    assert sentences.customers(active=0, repeat_rate=None, repeat_rate_before=None, **known).startswith("Nobody")


def test_products_say_what_sells_and_what_is_missing() -> None:
    text = sentences.products(sold=57, half=4, out_of_stock=9, sellers_out=3, running_out=1)
    assert text == (
        "4 of 57 products sold made half of the net sales. "
        "9 products are out of stock, 3 of them good sellers, and 1 product runs low."
    )
    calm = sentences.products(sold=1, half=1, out_of_stock=0, sellers_out=0, running_out=0)
    assert calm == "One product made all of the net sales. Nothing is out of stock."


def test_operations_compare_with_the_same_weekday() -> None:
    def say(net: str, before: str | None, waiting: list[str]) -> str:
        before_amount = None if before is None else D(before)
        return sentences.operations(
            net=D(net), net_before=before_amount, currency="USD", weekday="Friday", waiting=waiting, absent=[]
        )

    assert say("106", "100", ["14 orders have been open for more than 48 h", "b", "c"]) == (
        "Today runs 6.0% ahead of last Friday at $106.00. 14 orders have been open for more than 48 h, and b."
    )
    assert say("94", "100", []) == "Today runs 6.0% behind last Friday at $94.00. Nothing waits for you."
    assert say("100.2", "100", []).startswith("Today runs level with last Friday at $100.20.")
    assert say("0", "70.22", []).startswith("Nothing sold today so far, where last Friday had $70.22 by this time.")
    assert say("50", "0", []).startswith("$50.00 sold today, where last Friday had nothing by this time.")
    assert say("50", None, []).startswith("$50.00 sold today so far.")


def test_health_begins_with_the_verdict() -> None:
    def say(**changed: object) -> str:
        return sentences.health(
            **({"stopped_on": None, "because": None, "missing": [], "warnings": 0, "checks": 212} | changed)
        )

    assert say() == "The numbers are safe to use. All 212 checks passed."
    assert say(warnings=3) == "The numbers are safe to use. 3 checks found something to look at."
    assert say(missing=["shop-de"]) == "The numbers are complete except shop-de. All 212 checks passed."
    assert say(stopped_on="19 Nov 2026", because="1 critical check failed.") == (
        "The numbers are as of 19 Nov 2026: publishing stopped. 1 critical check failed."
    )
    assert say(checks=0) == "The numbers were published without a check on record."


def test_an_unusual_stretch_is_a_percentage_or_a_multiple() -> None:
    assert sentences.against_usual(35, 100) == "65% less than"
    assert sentences.against_usual(150, 100) == "50% more than"
    assert sentences.against_usual(224.8, 100) == "2.2 times as much as"


TRIED = sentences.Backtest(
    fitted_until=date(2025, 11, 20),
    holdout_days=365,
    customers=1,
    predicted_sales=Decimal(1125),
    actual_sales=Decimal(1000),
    error=Decimal("0.125"),
    naive_error=Decimal("-0.4"),
    reason=None,
    current_reason=None,
)


def test_an_estimate_says_how_far_it_was_off() -> None:
    assert sentences.estimate_and_error(TRIED) == "estimate · +12.5% off"
    assert sentences.estimate_and_error(replace(TRIED, error=None)) == "estimate, not tried yet"
    assert sentences.estimate_and_error(replace(TRIED, current_reason="too few")) == "no estimate yet"
    assert sentences.estimate_and_error(None) == "no estimate yet"


def test_a_back_test_says_what_was_expected_and_what_came() -> None:
    assert sentences.tried_on_the_past(TRIED, "USD") == (
        " Back-test, all stores: of 1 customer known on 20 Nov 2025 it expected $1,125 in the 365 days since, "
        "$1,000 came: +12.5%; buying as before would be −40.0%."
    )
    short = replace(TRIED, error=None, reason="the orders on record go back 41 days")
    assert sentences.tried_on_the_past(short, "USD") == " Not tried on the past: the orders on record go back 41 days."
    assert sentences.tried_on_the_past(None, "USD") == ""
