"""Exchange rates: every event has that of its own day, and a correction is felt by the orders it touches alone."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hand_fed_warehouse import SHOP, Warehouse, cart, intent, line, rate, refund

pytestmark = pytest.mark.slow

EVENTS = (
    "SELECT event_date, measure, amount, amount_native, fx_rate, fx_rate_date FROM marts.fact_sales_ledger ORDER BY ALL"
)
FRIDAY, SATURDAY, MONDAY, TUESDAY = (date(2026, 2, day) for day in (6, 7, 9, 10))


def test_corrected_rate_computes_again_the_orders_of_its_day_and_no_others(
    make_warehouse: Callable[..., Warehouse],
) -> None:
    """Two orders of Saturday, one of them given back in part on Monday, and one of Tuesday: euro, kept in dollars."""
    warehouse = make_warehouse()
    warehouse.connect(SHOP, "dummyjson", "Europe/Berlin", currency="EUR")

    def tell(day: str, units: float) -> None:
        warehouse.put("fx__rates", day, rate(day, "USD", units), connection="rates")

    for day, units in (("2026-02-06", 1.1), ("2026-02-09", 1.2), ("2026-02-10", 1.25)):
        tell(day, units)
    for number, day in ((1, "07"), (2, "07"), (3, "10")):
        warehouse.put("dummyjson__carts", number, cart(number, 1, [line(3, 33.33, 1, 33.33, 33.33)]))
        paid = intent(f"pi_{number}", f"2026-02-{day}T12:00:00", 3333, number, "eur")
        warehouse.put("stripe__payment_intents", f"pi_{number}", paid)
    given_back = refund("re_1", "pi_1", "2026-02-09T12:00:00", 1000, currency="eur")
    warehouse.put("stripe__refunds", "re_1", given_back)
    warehouse.run()
    sold = Decimal("33.33")
    assert warehouse.rows(EVENTS) == [
        # No rate is told on a Saturday: Friday's holds. 33.33 × 1.1 = 36.663.
        (SATURDAY, "gross_sales", Decimal("36.663"), sold, Decimal("1.1"), FRIDAY),
        (SATURDAY, "gross_sales", Decimal("36.663"), sold, Decimal("1.1"), FRIDAY),
        (MONDAY, "returns", -12, -10, Decimal("1.2"), MONDAY),
        # 33.33 × 1.25 = 41.6625, to three places.
        (TUESDAY, "gross_sales", Decimal("41.663"), sold, Decimal("1.25"), TUESDAY),
    ]
    assert warehouse.one("SELECT amount, amount_native, currency_code FROM marts.fact_refunds") == (12, 10, "EUR")
    assert warehouse.one("SELECT fx_rate, fx_rate_date, net_sales FROM marts.fact_orders WHERE order_id = '1'") == (
        Decimal("1.1"),
        FRIDAY,
        Decimal("24.663"),
    )

    warehouse.pass_time()
    corrected_at = warehouse.now
    tell("2026-02-09", 1.3)
    warehouse.run()
    assert warehouse.rows(f"{EVENTS.split('ORDER')[0]} WHERE event_date = DATE '{MONDAY}'") == [
        (MONDAY, "returns", -13, -10, Decimal("1.3"), MONDAY)
    ]
    assert warehouse.one("SELECT amount FROM marts.fact_refunds") == 13
    assert warehouse.one("SELECT returns, net_sales FROM marts.daily_revenue WHERE returns > 0") == (13, -13)
    touched = f"SELECT order_id FROM marts.fact_orders WHERE loaded_at >= TIMESTAMP '{corrected_at}'"
    assert warehouse.rows(touched) == [("1",)]
