"""Small stories of a shop, told in raw rows and read in the marts; every number worked out by hand."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hand_fed_warehouse import PAYMENTS, Warehouse, cart, intent, line, refund, user

pytestmark = pytest.mark.slow

LEDGER = "SELECT event_date, action, measure, quantity, amount FROM marts.fact_sales_ledger ORDER BY ALL"
DAYS = """
    SELECT date_key, orders, units, gross_sales, returns, net_sales
    FROM marts.daily_revenue
    WHERE orders > 0 OR net_sales <> 0
    ORDER BY date_key
"""


def money(text: str) -> Decimal:
    return Decimal(text)


def test_a_paid_order_through_refund_failure_and_deletion(make_warehouse: Callable[..., Warehouse]) -> None:
    """Monday's order, half given back on Friday; the refund fails; the cart is deleted."""
    warehouse = make_warehouse()
    warehouse.put("dummyjson__users", 1, user(1))
    warehouse.put("dummyjson__carts", 5, cart(5, 1, [line(3, 50, 2, 100, 90), line(4, 30, 1, 30, 30)]))
    # 04:30 UTC on 3 February is 23:30 on Monday the 2nd in New York.
    warehouse.put("stripe__payment_intents", "pi_1", intent("pi_1", "2026-02-03T04:30:00", 12000, 5))
    warehouse.put("stripe__refunds", "re_1", refund("re_1", "pi_1", "2026-02-06T18:00:00", 4500, line=1, quantity=1))
    warehouse.run()
    monday, friday = date(2026, 2, 2), date(2026, 2, 6)
    assert warehouse.rows(LEDGER) == [
        (monday, "order", "discounts", None, -10),
        (monday, "order", "gross_sales", 1, 30),
        (monday, "order", "gross_sales", 2, 100),
        (friday, "return", "returns", -1, -45),
    ]
    assert warehouse.rows(DAYS) == [(monday, 1, 3, 130, 0, 120), (friday, 0, 0, 0, 45, -45)]
    assert warehouse.one("SELECT order_status, is_completed, net_sales, is_synthetic_date FROM marts.fact_orders") == (
        "partially_refunded",
        True,
        75,
        False,
    )
    assert warehouse.one("SELECT order_key IS NOT NULL, amount, refund_date FROM marts.fact_refunds") == (
        True,
        45,
        friday,
    )
    assert warehouse.one("SELECT refund_rate FROM marts.operational_metrics WHERE orders = 1") == 1

    warehouse.pass_time()
    warehouse.put(
        "stripe__refunds", "re_1", refund("re_1", "pi_1", "2026-02-06T18:00:00", 4500, "failed", line=1, quantity=1)
    )
    warehouse.run()
    assert warehouse.rows(DAYS) == [(monday, 1, 3, 130, 0, 120)]
    assert warehouse.one("SELECT order_status, net_sales FROM marts.fact_orders") == ("completed", 120)
    assert warehouse.rows("SELECT * FROM marts.fact_refunds") == []
    assert warehouse.one("SELECT kind, status, amount FROM marts.fact_transactions") == ("refund", "failed", 45)
    assert warehouse.one("SELECT refund_rate FROM marts.operational_metrics WHERE orders = 1") == 0

    warehouse.pass_time()
    warehouse.mark_deleted("dummyjson__carts", 5)
    warehouse.run()
    for table in ("fact_orders", "fact_order_items", "fact_sales_ledger", "daily_revenue", "customer_segmentation"):
        assert warehouse.rows(f"SELECT * FROM marts.{table}") == [], table
    assert warehouse.one("SELECT sum(order_count), sum(lifetime_value) FROM marts.dim_customers") == (0, 0)
    assert warehouse.one("SELECT order_key FROM marts.fact_transactions") is None


def test_a_made_up_date_gives_way_to_the_payments(make_warehouse: Callable[..., Warehouse]) -> None:
    warehouse = make_warehouse()
    warehouse.put("dummyjson__carts", 5, cart(5, 1, [line(3, 10, 1, 10, 10)]))
    warehouse.run()

    # The same draw, made here with Python's own MD5: the day, and the second of that day, in the shop's time.
    def draw(what: str, below: int) -> int:
        key = hashlib.md5(b"practice|5").hexdigest()
        return int.from_bytes(hashlib.md5(f"{key}{what}".encode()).digest()[8:], "little") % below

    day = date(2025, 3, 1) + timedelta(days=draw("day", 365))
    local = datetime.combine(day, datetime.min.time(), ZoneInfo("America/New_York")) + timedelta(
        seconds=draw("second", 86400)
    )
    ordered_at, order_date, is_synthetic = warehouse.one(
        "SELECT ordered_at, order_date, is_synthetic_date FROM marts.fact_orders"
    )
    assert (ordered_at, order_date, is_synthetic) == (local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None), day, True)

    warehouse.pass_time()
    warehouse.put("stripe__payment_intents", "pi_2", intent("pi_2", "2026-02-04T12:00:00", 1000, 5))
    warehouse.put("stripe__payment_intents", "pi_1", intent("pi_1", "2026-02-03T04:30:00", 1000, 5, status="canceled"))
    warehouse.run()
    assert warehouse.rows(DAYS) == [(date(2026, 2, 2), 1, 1, 10, 0, 10)]
    assert warehouse.one("SELECT is_synthetic_date FROM marts.fact_orders") is False

    warehouse.pass_time()
    warehouse.put("stripe__payment_intents", "pi_1", intent("pi_1", "2026-02-03T04:30:00", 1000, 6))
    warehouse.run()
    assert warehouse.rows(DAYS) == [(date(2026, 2, 4), 1, 1, 10, 0, 10)]


def test_first_place_passes_from_order_to_order(make_warehouse: Callable[..., Warehouse]) -> None:
    """New customers are counted on the day of the first order that still stands, however it came to be the first."""
    warehouse = make_warehouse()
    first = "SELECT date_key, new_customers FROM marts.daily_revenue WHERE new_customers > 0 ORDER BY 1"
    for number, day in ((1, "05"), (2, "09")):
        warehouse.put("dummyjson__carts", number, cart(number, 1, [line(3, 10, 1, 10, 10)]))
        paid = intent(f"pi_{number}", f"2026-02-{day}T18:00:00", 1000, number)
        warehouse.put("stripe__payment_intents", f"pi_{number}", paid)
    warehouse.run()
    assert warehouse.rows(first) == [(date(2026, 2, 5), 1)]

    # An earlier order comes in late; nothing else happens to order 1, and yet it is no longer the first.
    warehouse.pass_time()
    warehouse.put("dummyjson__carts", 3, cart(3, 1, [line(3, 10, 1, 10, 10)]))
    warehouse.put("stripe__payment_intents", "pi_3", intent("pi_3", "2026-02-03T18:00:00", 1000, 3))
    warehouse.run()
    assert warehouse.rows(first) == [(date(2026, 2, 3), 1)]
    assert warehouse.rows("SELECT order_id FROM marts.fact_orders WHERE is_first_order") == [("3",)]

    # The earlier order turns out to be somebody else's: now each has a first one.
    warehouse.pass_time()
    warehouse.put("dummyjson__carts", 3, cart(3, 2, [line(3, 10, 1, 10, 10)]))
    warehouse.run()
    assert warehouse.rows(first) == [(date(2026, 2, 3), 1), (date(2026, 2, 5), 1)]

    # Order 1 is deleted: order 2, to which nothing happened, moves up.
    warehouse.pass_time()
    warehouse.mark_deleted("dummyjson__carts", 1)
    warehouse.run()
    assert warehouse.rows(first) == [(date(2026, 2, 3), 1), (date(2026, 2, 9), 1)]
    assert warehouse.rows("SELECT discount_code, orders, new_customers FROM marts.discount_effectiveness") == [
        ("No discount", 2, 2)
    ]


def test_a_full_refund_of_an_order_with_rounding_leaves_nothing(make_warehouse: Callable[..., Warehouse]) -> None:
    """The same product twice, and a total that is a cent more than its lines."""
    warehouse = make_warehouse()
    warehouse.put("dummyjson__carts", 5, cart(5, 1, [line(3, 10, 1, 10, 10), line(3, 10, 2, 20, 18)], discounted=28.01))
    warehouse.put("stripe__payment_intents", "pi_1", intent("pi_1", "2026-02-03T18:00:00", 2801, 5))
    warehouse.put("stripe__refunds", "re_1", refund("re_1", "pi_1", "2026-02-10T18:00:00", 2801, "pending"))
    warehouse.run()
    assert warehouse.rows(LEDGER) == [
        (date(2026, 2, 3), "order", "discounts", None, -2),
        (date(2026, 2, 3), "order", "gross_sales", 1, 10),
        (date(2026, 2, 3), "order", "gross_sales", 2, 20),
        (date(2026, 2, 3), "order", "rounding", None, money("0.01")),
        (date(2026, 2, 10), "return", "returns", -2, -18),
        (date(2026, 2, 10), "return", "returns", -1, -10),
        (date(2026, 2, 10), "return", "rounding", None, money("-0.01")),
    ]
    assert warehouse.one(
        "SELECT order_status, is_completed, net_sales, rounding, total_sales FROM marts.fact_orders"
    ) == (
        "refunded",
        False,
        0,
        0,
        0,
    )
    assert warehouse.rows("SELECT quantity, returned_quantity, net_sales FROM marts.fact_order_items ORDER BY 1") == [
        (1, 1, 0),
        (2, 2, 0),
    ]
    assert warehouse.one("SELECT units_sold, units_returned, net_sales FROM marts.product_performance") == (3, 3, 0)


def test_payments_of_nobodys_orders_are_the_connections_own(make_warehouse: Callable[..., Warehouse]) -> None:
    warehouse = make_warehouse()
    warehouse.put("stripe__payment_intents", "pi_1", intent("pi_1", "2026-02-03T04:30:00", 1000, 99))
    warehouse.put("stripe__payment_intents", "pi_2", intent("pi_2", "2026-02-03T04:30:00", 1000, currency="jpy"))
    for number in (1, 2):
        charge = {
            **intent(f"ch_{number}", "2026-02-03T04:30:00", 1000),
            "payment_intent": f"pi_{number}",
            "captured": True,
        }
        warehouse.put("stripe__charges", f"ch_{number}", {**charge, "currency": "jpy" if number == 2 else "usd"})
    warehouse.run()
    assert warehouse.rows(
        "SELECT transaction_id, store, order_key, amount, amount_native, currency_code, transaction_date "
        "FROM marts.fact_transactions ORDER BY 1"
    ) == [
        ("ch_1", "practice", None, 10, 10, "USD", date(2026, 2, 2)),
        # On 2 February a euro was 1.184 dollars and 183.59 yen, the last that is told: 1000 × 1.184 / 183.59.
        ("ch_2", PAYMENTS, None, money("6.449"), 1000, "JPY", date(2026, 2, 3)),
    ]

    # The order the first payment names arrives a load later.
    warehouse.pass_time()
    warehouse.put("dummyjson__carts", 99, cart(99, 1, [line(3, 10, 1, 10, 10)]))
    warehouse.run()
    linked = "SELECT transaction_id FROM marts.fact_transactions JOIN marts.fact_orders USING (order_key, customer_key)"
    assert warehouse.rows(linked) == [("ch_1",)]


def test_a_database_rebuilt_from_the_same_rows_is_the_same(
    make_warehouse: Callable[..., Warehouse], tmp_path: Path
) -> None:
    warehouse = make_warehouse("first")
    for number in range(1, 9):
        warehouse.put("dummyjson__users", number, user(number, "Phoenix", "Idaho", "ID"))
        warehouse.put("dummyjson__carts", number, cart(number, number % 3 + 1, [line(number, 9.99, 3, 29.97, 27.5)]))
    warehouse.run()
    first = warehouse.marts()
    second = warehouse.rebuilt(tmp_path / "second")
    try:
        second.run()
        assert second.marts() == first
    finally:
        second.close()
    assert len(first["fact_orders"]) == 8
