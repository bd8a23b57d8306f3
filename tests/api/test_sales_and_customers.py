"""What the API says against sums made here from the world's own lists."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from api_client import Api
from published_world import Event, Order, World

# As of 09:40 UTC it is the 20th in all three zones, so the last finished day is the 19th everywhere.
LAST = date(2026, 11, 19)
CENTS = Decimal("0.001")
CUSTOMER_FIELDS = [
    *("customer_id", "name", "email", "city", "country", "age_group", "customer_lifetime_stage", "total_orders"),
    *("total_revenue", "avg_order_value", "customer_segment", "customer_lifetime_value"),
]
PRODUCT_FIELDS = [
    *("product_id", "product_name", "category", "brand", "current_price", "current_stock", "total_units_sold"),
    *("total_revenue", "total_profit", "sales_performance", "avg_rating", "product_health_score"),
]


def read(answer: httpx.Response) -> Any:
    """The body, its numbers exact."""
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_float=Decimal)


def booked(world: World, first: date, last: date = LAST, shop: str | None = None) -> Iterator[Event]:
    for event in world.events():
        if first <= event.day <= last and shop in (None, event.order.shop.name):
            yield event


def placed(world: World, first: date, last: date = LAST, shop: str | None = None) -> list[Order]:
    return [order for order in world.orders if first <= order.day <= last and shop in (None, order.shop.name)]


def total(events: Iterator[Event], measure: str | None = None, *, native: bool = False) -> Decimal:
    amounts = ((event.native if native else event.amount) for event in events if measure in (None, event.measure))
    return sum(amounts, Decimal(0)).quantize(CENTS)


def test_summary_is_the_net_sales_of_the_last_finished_days(api: Api, trio: World) -> None:
    first = LAST - timedelta(days=29)
    orders = len(placed(trio, first))
    worth = sum((event.amount for event in booked(trio, first) if event.action == "order"), Decimal(0))
    assert read(api.get("/api/sales/summary", days=30)) == {
        "days_analyzed": 30,
        "total_revenue": total(booked(trio, first)),
        "total_orders": orders,
        "avg_daily_revenue": (total(booked(trio, first)) / 30).quantize(CENTS),
        "avg_order_value": (worth / orders).quantize(CENTS),
    }


def test_two_questions_at_one_address_have_two_answers(api: Api, trio: World) -> None:
    for days in (1, 40, 1):
        told = read(api.get("/api/sales/summary", days=days))
        assert told["total_orders"] == len(placed(trio, LAST - timedelta(days=days - 1)))


def test_one_store_may_be_read_in_its_own_currency(api: Api, trio: World) -> None:
    first = LAST - timedelta(days=6)
    told = read(api.get("/api/sales/summary", days=7, store="shop-de", currency="native"))
    assert told["total_revenue"] == total(booked(trio, first, shop="shop-de"), native=True)
    assert told["total_revenue"] != total(booked(trio, first, shop="shop-de"))


def test_currencies_are_never_added(api: Api) -> None:
    answer = api.get("/api/sales/summary", currency="native")
    assert answer.status_code == 409
    assert "shop-de sells in EUR" in answer.json()["detail"]


def test_trends_tell_every_day_and_the_growth_of_its_month(api: Api, trio: World) -> None:
    rows = read(api.get("/api/sales/trends", months=2))
    assert [row["sale_date"] for row in rows] == [
        (date(2026, 10, 1) + timedelta(days=number)).isoformat() for number in range(31 + 19)
    ]
    months = {
        month: total(booked(trio, date(2026, month, 1), min(LAST, date(2026, month + 1, 1) - timedelta(days=1))))
        for month in (9, 10, 11)
    }
    for row in rows:
        day = date.fromisoformat(row["sale_date"])
        growth = 100 * (months[day.month] - months[day.month - 1]) / months[day.month - 1]
        assert set(row) == {
            *("sale_date", "daily_revenue", "daily_orders", "monthly_revenue", "mom_revenue_growth_percent")
        }
        assert row["daily_revenue"] == total(booked(trio, day, day))
        assert row["daily_orders"] == len(placed(trio, day, day))
        assert row["monthly_revenue"] == months[day.month]
        assert float(row["mom_revenue_growth_percent"]) == pytest.approx(float(growth), abs=0.006)


def test_days_add_up_and_people_are_counted_once(api: Api, trio: World) -> None:
    told = read(api.get("/api/sales/daily", **{"from": "2026-11-01", "to": "2026-11-10"}))
    assert told["scope"] == {
        "first_date": "2026-11-01",
        "last_date": "2026-11-10",
        "stores": ["shop-de", "shop-uk", "shop-us"],
        "currency_code": "USD",
    }
    for row in told["data"]:
        day = date.fromisoformat(row["date"])
        assert row["gross_sales"] == total(booked(trio, day, day), "gross_sales")
        assert row["discounts"] == -total(booked(trio, day, day), "discounts")
        assert row["returns"] == -total(booked(trio, day, day), "returns")
        assert row["net_sales"] == row["gross_sales"] - row["discounts"] - row["returns"]
        assert row["customers"] == len({order.customer.key for order in placed(trio, day, day) if order.customer})
    everything = total(booked(trio, date(2026, 11, 1), date(2026, 11, 10)))
    assert sum(row["net_sales"] for row in told["data"]) == everything


def test_parts_come_to_the_whole_whatever_they_are_split_by(api: Api, trio: World) -> None:
    first = LAST - timedelta(days=29)
    whole, orders = total(booked(trio, first)), len(placed(trio, first))
    names = ("store", "platform", "currency", "category", "brand", "product", "channel", "country", "segment", "month")
    for dimension in (*names, "weekday"):
        rows = read(api.get(f"/api/sales/by/{dimension}", limit=1000))["data"]
        assert sum(row["net_sales"] for row in rows) == whole, dimension
        if dimension not in ("category", "brand", "product"):  # an order of two products is one of each
            assert sum(row["orders"] for row in rows) == orders, dimension


def test_a_category_has_what_was_sold_of_its_products(api: Api, trio: World) -> None:
    first = LAST - timedelta(days=29)
    sold: Counter[str] = Counter()
    for event in booked(trio, first):
        sold[event.order.lines[event.line].product.category] += event.amount  # type: ignore[assignment]
    rows = read(api.get("/api/sales/by/category"))["data"]
    assert {row["name"]: row["net_sales"] for row in rows} == {
        name: Decimal(amount).quantize(CENTS) for name, amount in sold.items()
    }
    assert [row["net_sales"] for row in rows] == sorted((row["net_sales"] for row in rows), reverse=True)


def spent(world: World) -> Counter[str]:
    """Net sales of each person."""
    amounts: Counter[str] = Counter()
    for event in world.events():
        if event.order.customer:
            amounts[event.order.customer.key] += event.amount  # type: ignore[assignment]
    return amounts


def test_top_customers_are_who_spent_most(api: Api, trio: World) -> None:
    rows = read(api.get("/api/customers/top-customers", limit=5))
    amounts = sorted(spent(trio).items(), key=lambda item: (-item[1], item[0]))[:5]
    assert [(row["customer_id"], row["total_revenue"]) for row in rows] == [
        (key, Decimal(amount).quantize(Decimal("0.01"))) for key, amount in amounts
    ]
    assert list(rows[0]) == CUSTOMER_FIELDS


def test_customers_of_a_store_are_who_ordered_there(api: Api, trio: World) -> None:
    rows = read(api.get("/api/customers/top-customers", limit=1000, store="shop-uk"))
    there = {order.customer.key for order in trio.orders if order.customer and order.shop.name == "shop-uk"}
    assert {row["customer_id"] for row in rows} == there


def test_a_segment_has_its_people_and_no_others(api: Api, trio: World) -> None:
    orders = Counter(order.customer.key for order in trio.orders if order.customer)
    for name in ("VIP", "vip"):
        rows = read(api.get(f"/api/customers/segments/{name}", limit=1000))
        assert {row["customer_id"] for row in rows} == {key for key, number in orders.items() if number >= 3}
    assert list(rows[0]) == CUSTOMER_FIELDS


def test_an_unknown_segment_is_named_with_those_there_are(api: Api) -> None:
    answer = api.get("/api/customers/segments/Champion")
    assert answer.status_code == 404
    assert "VIP, Loyal, New, Regular, At Risk, Lost" in answer.json()["detail"]


def test_a_person_has_their_orders_worth_and_accounts(api: Api, trio: World) -> None:
    key, amount = max(spent(trio).items(), key=lambda item: item[1])
    person = read(api.get(f"/api/customers/{key}"))["data"]
    orders = [order for order in trio.orders if order.customer and order.customer.key == key]
    assert person["total_orders"] == len(orders)
    assert person["first_order_date"] == min(order.day for order in orders).isoformat()
    # The copy's estimates are three times, half and a quarter of what they brought.
    assert person["customer_lifetime_value"] == 3 * Decimal(amount).quantize(CENTS)
    assert person["clv_expected"] == (Decimal(amount) / 4).quantize(CENTS)
    assert [account["store"] for account in person["accounts"]] == ["shop-us"]


def test_best_sellers_are_the_products_of_most_units(api: Api, trio: World) -> None:
    units: Counter[str] = Counter()
    for order in trio.orders:
        for line in order.lines:
            units[line.product.key] += line.quantity
    rows = read(api.get("/api/products/best-sellers", limit=8))
    assert [row["total_units_sold"] for row in rows] == sorted(units.values(), reverse=True)[:8]
    assert all(units[row["product_id"]] == row["total_units_sold"] for row in rows)
    assert list(rows[0]) == PRODUCT_FIELDS


def test_low_stock_names_what_is_short_most_urgent_first(api: Api, trio: World) -> None:
    rows = read(api.get("/api/products/low-stock"))
    assert {row["product_id"] for row in rows} == {product.key for product in trio.products if product.stock < 20}
    empty = [row["current_stock"] == 0 for row in rows]
    assert empty == sorted(empty, reverse=True)
    assert list(rows[0]) == PRODUCT_FIELDS


def test_a_product_tells_its_store_and_price(api: Api, trio: World) -> None:
    product = trio.products[0]
    told = read(api.get(f"/api/products/{product.key}"))["data"]
    assert (told["store"], told["current_price"]) == (product.shop, product.price)
    assert api.get("/api/products/none").status_code == 404


def test_cohorts_count_who_came_first_in_a_month(api: Api, trio: World) -> None:
    first: dict[str, date] = {}
    for order in trio.orders:
        if order.customer:
            first[order.customer.key] = min(order.day, first.get(order.customer.key, order.day))
    months = Counter(day.replace(day=1).isoformat() for day in first.values())
    rows = read(api.get("/api/customers/cohorts", months=120))["data"]
    assert {row["cohort_month"]: row["customers"] for row in rows} == months


def test_definitions_are_those_of_the_dashboards(api: Api) -> None:
    rows = {row["metric"]: row for row in read(api.get("/api/metrics"))["data"]}
    assert rows["net_sales"]["formula"] == "gross_sales − discounts − returns"
    assert rows["net_sales"]["meaning"] == "Gross sales less discounts less returns, each on the day it happened."


def test_quality_counts_the_checks_of_the_run_that_made_the_version(api: Api) -> None:
    told = read(api.get("/api/quality"))["data"]
    assert (told["passed"], told["warned"], told["failed"], len(told["checks"])) == (24, 0, 0, 24)


def test_stores_and_freshness_name_every_shop(api: Api) -> None:
    stores = read(api.get("/api/stores"))["data"]
    assert [(row["store"], row["currency_code"]) for row in stores] == [
        ("shop-de", "EUR"),
        ("shop-uk", "GBP"),
        ("shop-us", "USD"),
    ]
    sources = read(api.get("/api/freshness"))["data"]["sources"]
    assert [row["status"] for row in sources] == ["current"] * 3
