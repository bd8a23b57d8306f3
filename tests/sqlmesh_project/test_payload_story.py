"""What a Payload site clears and changes behind its own back, and what the books remember of it, run after run."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hand_fed_warehouse import Warehouse

pytestmark = pytest.mark.slow

STUDIO = "studio"
# The core below these views is told elsewhere; building it would take most of the time.
VIEWS = [f"+intermediate.int_{rows}" for rows in ("payload__orders", "payload__order_events", "payload__products")]
VIEWS += ["+intermediate.int_payload__customers", "+intermediate.int_stores"]
EVENTS = """
    SELECT e.event_at, e.action, e.measure, p.product_name, e.quantity, e.amount_native, e.is_estimated
    FROM intermediate.int_payload__order_events e LEFT JOIN intermediate.int_payload__products p USING (product_id)
    ORDER BY ALL
"""


def row(number: int, changed: str, **fields: Any) -> dict[str, Any]:
    return {"id": number, "createdAt": "2026-02-01T23:30:00.000Z", "updatedAt": changed, **fields}


def order(changed: str, status: str, *, product: int | None, customer: int | None) -> dict[str, Any]:
    """One print and two shirts for 50.00."""
    lines = [
        {"id": "a", "product": product, "variant": None, "quantity": 1},
        {"id": "b", "product": 2, "variant": 21, "quantity": 2},
    ]
    address = {"country": "GB"}
    money = {"amount": 5000, "currency": "GBP", "shippingAddress": address}
    return row(1, changed, items=lines, customer=customer, customerEmail=None, status=status, **money)


def test_an_order_remembers_its_prices_its_references_and_when_it_was_cancelled(
    make_warehouse: Callable[..., Warehouse],
) -> None:
    warehouse = make_warehouse(platforms=("dummyjson", "payload"))
    warehouse.connect(STUDIO, "payload", "Europe/London", currency="GBP")

    def put(table: str, number: int, payload: dict[str, Any]) -> None:
        warehouse.put(f"payload__{table}", number, payload, connection=STUDIO)

    early = "2026-02-01T23:30:00.000Z"
    put("products", 1, row(1, early, title="Print", enableVariants=False, inventory=3, priceInGBP=2000))
    put("products", 2, row(2, early, title="Shirt", enableVariants=True, priceInGBP=None))
    put("variants", 21, row(21, early, title="Shirt — M", product=2, inventory=4, priceInGBP=1500))
    put("users", 7, row(7, early, name="Ada", email="ada@example.com", roles=["customer"]))
    put("orders", 1, order(early, "completed", product=1, customer=7))
    warehouse.run(only=VIEWS)
    # 20.00 + 2 × 15.00 is what was asked, so each line is its own price.
    at_first = datetime.fromisoformat("2026-02-01T23:30:00")
    placed = [
        (at_first, "order", "gross_sales", "Print", 1, 20, True),
        (at_first, "order", "gross_sales", "Shirt", 2, 30, True),
    ]
    assert warehouse.rows(EVENTS) == placed
    buyer = """
        SELECT c.full_name, c.is_deleted
        FROM intermediate.int_payload__orders o JOIN intermediate.int_payload__customers c USING (store, customer_id)
    """
    assert warehouse.one(buyer) == ("Ada", False)

    # The shirt's price rises, the print and Ada's account are deleted for good: the order shows null where they were
    # and keeps its updatedAt.
    warehouse.later(days=1)
    put("variants", 21, row(21, "2026-03-02T00:00:00.000Z", title="Shirt — M", product=2, inventory=4, priceInGBP=9000))
    put("orders", 1, order(early, "completed", product=None, customer=None))
    warehouse.mark_deleted("payload__products", 1)
    warehouse.mark_deleted("payload__users", 7)
    warehouse.run(only=VIEWS)
    assert warehouse.rows(EVENTS) == placed
    assert warehouse.one(buyer) == ("Ada", True)

    # Cancelled at half past eleven; two days later somebody corrects the address.
    warehouse.later(days=30)
    put("orders", 1, order("2026-04-03T23:30:00.000Z", "cancelled", product=None, customer=None))
    warehouse.run(only=VIEWS)
    warehouse.later(days=3)
    put("orders", 1, order("2026-04-06T12:00:00.000Z", "cancelled", product=None, customer=None))
    warehouse.run(only=VIEWS)
    at_last = datetime.fromisoformat("2026-04-03T23:30:00")
    assert warehouse.rows(EVENTS) == [
        *placed,
        (at_last, "cancel", "returns", "Print", -1, -20, True),
        (at_last, "cancel", "returns", "Shirt", -2, -30, True),
    ]
