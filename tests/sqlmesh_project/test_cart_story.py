"""What becomes of carts while time passes, run after run: nothing but the clock moves, and yet one is left behind."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hand_fed_warehouse import Warehouse

pytestmark = pytest.mark.slow

STUDIO = "studio"
MODELS = ["+marts.cart_abandonment", "+marts.conversion_funnel"]
DAY = """
    SELECT total_carts, completed_purchases, abandoned_carts, open_carts, recovered_carts, value_left_behind_native
    FROM marts.cart_abandonment WHERE cart_date = DATE '{}'
"""
TABLES = ("fact_carts", "cart_abandonment", "conversion_funnel")


def cart(number: int, created: str, changed: str, bought: str | None = None, *, units: int = 2) -> dict[str, Any]:
    """A cart with 49.99 in it, or an empty one."""
    return {
        "id": number,
        "items": [{"id": "a", "product": 1, "variant": None, "quantity": units}] if units else [],
        "customer": 7,
        "purchasedAt": bought,
        "subtotal": 4999 if units else 0,
        "currency": "GBP",
        "createdAt": created,
        "updatedAt": changed,
    }


def contents(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    columns = "COLUMNS(c -> c <> 'loaded_at')"
    return {table: sorted(warehouse.rows(f"SELECT {columns} FROM marts.{table}"), key=repr) for table in TABLES}


def test_a_cart_is_left_behind_comes_back_and_stays_bought(
    make_warehouse: Callable[..., Warehouse], tmp_path: Path
) -> None:
    warehouse = make_warehouse(platforms=("dummyjson", "payload"))
    warehouse.connect(STUDIO, "payload", "Europe/London", currency="GBP")

    def put(table: str, number: int, payload: dict[str, Any]) -> None:
        warehouse.put(f"payload__{table}", number, payload, connection=STUDIO)

    def run_at(instant: str) -> tuple[Any, ...]:
        warehouse.now = datetime.fromisoformat(instant)
        warehouse.run(only=MODELS)
        return warehouse.one(DAY.format("2026-02-28"))

    # Half past eleven in the evening in London, and one bought after twenty minutes.
    put("carts", 1, cart(1, "2026-02-28T23:30:00.000Z", "2026-02-28T23:30:00.000Z"))
    put("carts", 2, cart(2, "2026-02-28T10:00:00.000Z", "2026-02-28T10:20:00.000Z", "2026-02-28T10:20:00.000Z"))
    assert run_at("2026-03-01T00:10:00") == (2, 1, 0, 1, 0, 0)

    # A minute before a day is over nothing is new; a minute later the cart is left behind, though no row has changed.
    assert run_at("2026-03-01T23:29:00") == (2, 1, 0, 1, 0, 0)
    assert run_at("2026-03-01T23:31:00") == (2, 1, 1, 0, 0, Decimal("49.99"))
    assert any("fact_carts" in name for name in warehouse.notes.evaluated)
    run_at("2026-03-01T23:45:00")
    assert warehouse.notes.evaluated == []

    # Bought on the fourth day: 28 February changes, and half of its two purchases took (1/3 + 96) / 2 hours.
    warehouse.later(days=2)
    put("carts", 1, cart(1, "2026-02-28T23:30:00.000Z", "2026-03-04T23:30:00.000Z", "2026-03-04T23:30:00.000Z"))
    put("carts", 3, cart(3, "2026-03-04T09:00:00.000Z", "2026-03-04T09:00:00.000Z"))
    assert run_at("2026-03-04T23:40:00") == (2, 2, 0, 0, 1, 0)
    hours = "SELECT median_hours_to_purchase FROM marts.cart_abandonment WHERE cart_date = DATE '2026-02-28'"
    assert warehouse.one(hours) == pytest.approx((1 / 3 + 96) / 2)
    assert warehouse.one(DAY.format("2026-03-04")) == (1, 0, 0, 1, 0, 0)

    # Opened again: its order says that it was bought. The third is emptied, and its day has no cart any more.
    warehouse.later(days=1)
    order = {"id": 9, "items": [], "amount": 4999, "currency": "GBP", "status": "processing", "customer": 7}
    put("orders", 9, order | {"createdAt": "2026-03-04T23:30:00.000Z", "updatedAt": "2026-03-04T23:30:00.000Z"})
    paid = {"id": 5, "order": 9, "cart": 1, "status": "succeeded", "amount": 4999, "currency": "GBP"}
    put("transactions", 5, paid | {"createdAt": "2026-03-04T23:29:00.000Z", "updatedAt": "2026-03-04T23:30:00.000Z"})
    put("carts", 1, cart(1, "2026-02-28T23:30:00.000Z", "2026-03-05T20:00:00.000Z"))
    put("carts", 3, cart(3, "2026-03-04T09:00:00.000Z", "2026-03-05T09:00:00.000Z", units=0))
    assert run_at("2026-03-10T00:10:00") == (2, 2, 0, 0, 1, 0)
    assert warehouse.rows(DAY.format("2026-03-04")) == []
    assert warehouse.rows("SELECT cart_id, is_paid FROM marts.fact_carts ORDER BY 1") == [("1", True), ("2", False)]

    # Deleted at the site: what happened to it happened.
    warehouse.later(days=1)
    warehouse.mark_deleted("payload__carts", 2)
    assert run_at("2026-03-12T00:10:00") == (2, 2, 0, 0, 1, 0)

    lived = contents(warehouse)
    rebuilt = warehouse.rebuilt(tmp_path / "rebuilt")
    rebuilt.run(only=MODELS)
    assert contents(rebuilt) == lived
    rebuilt.close()
