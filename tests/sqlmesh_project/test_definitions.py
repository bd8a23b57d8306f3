"""One shop's week by each set of definitions; every number worked out by hand.

            placed  paid    sent    comes to               given back on 7 February
  order 1   2 Feb   3 Feb   5 Feb   2 × 50 − 10 = 90       all of it: 90
  order 2   4 Feb   4 Feb   6 Feb   40                     –
  order 3   5 Feb   –       –       30                     –
  order 4   6 Feb   6 Feb   –       20                     5

Orders 1 and 2 are one customer's.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hand_fed_warehouse import Warehouse

pytestmark = pytest.mark.slow

DAYS = """
    SELECT day(date_key), orders, new_customers, gross_sales, discounts, returns, net_sales, order_value
    FROM marts.daily_revenue WHERE store = 'eu' AND (orders > 0 OR net_sales <> 0) ORDER BY date_key
"""
BY = {
    "shopify": [
        (2, 1, 1, 100, 10, 0, 90, 90),
        (4, 1, 0, 40, 0, 0, 40, 40),
        (5, 1, 1, 30, 0, 0, 30, 30),
        (6, 1, 1, 20, 0, 0, 20, 20),
        (7, 0, 0, 0, 0, 95, -95, 0),  # 90 + 5 come back, and no order is placed
    ],
    # Order 3 was never paid; what came back on a day counts against that day's orders, of which there were none.
    "woocommerce": [
        (3, 1, 1, 100, 10, 0, 90, 90),
        (4, 1, 0, 40, 0, 0, 40, 40),
        (6, 1, 1, 20, 0, 0, 20, 20),
        (7, 0, 0, 0, 0, 95, -95, -95),
    ],
    # Orders 3 and 4 were not sent, so nothing of them is in the books. Order 1 kept 90 − 90 = 0 and won nobody: its
    # customer is new with order 2.
    "finance": [
        (5, 1, 0, 100, 10, 0, 90, 0),
        (6, 1, 1, 40, 0, 0, 40, 40),
        (7, 0, 0, 0, 0, 90, -90, 0),
    ],
}


def order(number: int, customer: int, status: str, days: tuple[int, int | None, int | None], *amounts: float) -> Any:
    """An order of one line: its days (placed, paid, sent) in February, its price before and after the coupon."""
    placed, paid, sent = (None if day is None else f"2026-02-{day:02}T12:00:00" for day in days)
    before, after = amounts
    line = {"id": 10 * number, "product_id": 1, "variation_id": 0, "quantity": 2, "total_tax": "0"}
    return {
        "id": number,
        "status": status,
        "currency": "USD",
        "customer_id": customer,
        "date_created_gmt": placed,
        "date_modified_gmt": placed,
        "date_paid_gmt": paid,
        "date_completed_gmt": sent,
        "total": str(after),
        "total_tax": "0",
        "line_items": [line | {"subtotal": str(before), "total": str(after)}],
        "refunds": [{"id": 100 + number}] if number in (1, 4) else [],
    }


def refund(number: int, amount: float) -> Any:
    line = {"id": 1000 + number, "product_id": 1, "quantity": -1, "total": str(-amount), "total_tax": "0"}
    line["meta_data"] = [{"key": "_refunded_item_id", "value": str(10 * number)}]
    return {
        "id": 100 + number,
        "parent_id": number,
        "amount": str(amount),
        "date_created_gmt": "2026-02-07T12:00:00",
        "line_items": [line],
    }


def test_one_setting_changes_date_value_and_newness_everywhere(make_warehouse: Callable[..., Warehouse]) -> None:
    warehouse = make_warehouse(platforms=("dummyjson", "woocommerce"))
    warehouse.connect("eu", "woocommerce", "UTC")
    for one in (
        order(1, 7, "refunded", (2, 3, 5), 100, 90),
        order(2, 7, "completed", (4, 4, 6), 40, 40),
        order(3, 8, "on-hold", (5, None, None), 30, 30),
        order(4, 9, "processing", (6, 6, None), 20, 20),
    ):
        warehouse.put("woocommerce__orders", one["id"], one, connection="eu")
    for one in (refund(1, 90), refund(4, 5)):
        warehouse.put("woocommerce__refunds", one["id"], one, connection="eu")
    warehouse.run()
    assert warehouse.rows(DAYS) == BY["shopify"]

    for definitions in ("woocommerce", "finance", "shopify"):
        assert warehouse.count_by(definitions), "the models do not see the setting"
        warehouse.run()
        assert warehouse.rows(DAYS) == BY[definitions], definitions
        assert not warehouse.count_by(definitions), "nothing is left to plan"

    assert warehouse.one("SELECT order_date FROM marts.fact_orders WHERE order_id = '1'") == date(2026, 2, 2)
