"""One sale told by its shop and by the payment provider, in whatever order the two arrive, run after run."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hand_fed_warehouse import Warehouse, epoch, intent, refund, user

pytestmark = pytest.mark.slow

STUDIO = "studio"
# What does not read money need not be built.
MODELS = ["+marts.payment_reconciliation", "+marts.fact_refunds"]
MONEY = """
    SELECT t.connection, t.transaction_id, o.order_id, t.is_counted, t.cash_native
    FROM marts.fact_transactions t LEFT JOIN marts.fact_orders o USING (order_key) ORDER BY ALL
"""
RECONCILED = """
    SELECT o.order_id, r.match_status, r.difference_native
    FROM marts.payment_reconciliation r LEFT JOIN marts.fact_orders o USING (order_key) ORDER BY ALL
"""
REFUNDS = "SELECT store, refund_id, order_key FROM marts.fact_refunds"
CASH = "SELECT sum(cash_native) FROM marts.fact_transactions"


def charge(number: int, amount: int, of: str, created: str = "2026-02-01T23:30:05") -> dict[str, Any]:
    taken = {"payment_intent": of, "captured": True, "amount_captured": amount}
    return {**intent(f"ch_{number}", created, amount), **taken, "payment_method_details": {"type": "card"}}


def kept(number: int, amount: int, fee: int) -> dict[str, Any]:
    """What the provider's balance says of a charge."""
    of = {"source": f"ch_{number}", "type": "charge", "status": "available", "created": epoch("2026-02-01T23:30:05")}
    return {"id": f"txn_{number}", "amount": amount, "fee": fee, "currency": "usd", **of}


def row(number: int, **fields: Any) -> dict[str, Any]:
    at = "2026-02-01T23:30:00.000Z"
    return {"id": number, "createdAt": at, "updatedAt": at, "currency": "USD", **fields}


def order(number: int, amount: int) -> dict[str, Any]:
    lines = [{"id": "a", "product": 1, "variant": None, "quantity": 1}]
    return row(number, items=lines, amount=amount, customerEmail="ada@example.com", status="processing")


def transaction(number: int, of: int, amount: int, reference: str) -> dict[str, Any]:
    paid = {"status": "succeeded", "paymentMethod": "stripe", "stripe": {"paymentIntentID": reference}}
    return row(number, order=of, amount=amount, **paid)


def pass_time(warehouse: Warehouse) -> None:
    """Hours and a run in which a stranger registers: what was loaded before is no longer read as new."""
    warehouse.later(hours=3)
    warehouse.put("dummyjson__users", "stranger", user(0))
    warehouse.run(only=MODELS)
    warehouse.later(hours=3)


def test_a_sale_is_counted_once_whichever_side_tells_it_first(
    make_warehouse: Callable[..., Warehouse], tmp_path: Path
) -> None:
    warehouse = make_warehouse(platforms=("dummyjson", "payload"))
    warehouse.connect(STUDIO, "payload", "Europe/London")

    def put(table: str, number: int, payload: dict[str, Any]) -> None:
        warehouse.put(f"payload__{table}", number, payload, connection=STUDIO)

    # The provider tells 50.00 of order 1, and 4.00 given back, before its shop does; order 2's shop tells 30.00 first.
    warehouse.put("stripe__charges", "ch_1", charge(1, 5000, "pi_1"))
    warehouse.put("stripe__refunds", "re_1", refund("re_1", "pi_1", "2026-02-02T12:00:00", 400))
    put("orders", 2, order(2, 3000))
    put("transactions", 12, transaction(12, 2, 3000, "pi_2"))
    warehouse.run(only=MODELS)
    assert warehouse.rows(MONEY) == [
        ("payments", "ch_1", None, True, 50),
        ("payments", "re_1", None, True, -4),
        (STUDIO, "12", "2", True, 30),
    ]
    assert warehouse.rows(RECONCILED) == [("2", "matched", 0), (None, "payment_without_order", 46)]
    assert warehouse.rows(REFUNDS) == [("payments", "re_1", None)]

    pass_time(warehouse)
    put("orders", 1, order(1, 5000))
    put("transactions", 11, transaction(11, 1, 5000, "pi_1"))
    warehouse.put("stripe__charges", "ch_2", charge(2, 3000, "pi_2"))
    warehouse.put("stripe__balance_transactions", "txn_2", kept(2, 3000, 117))
    warehouse.run(only=MODELS)
    both = [
        ("payments", "ch_1", "1", True, 50),
        ("payments", "ch_2", "2", True, 30),
        ("payments", "re_1", "1", True, -4),
        (STUDIO, "11", "1", False, 0),
        (STUDIO, "12", "2", False, 0),
    ]
    assert warehouse.rows(MONEY) == both
    assert warehouse.rows(RECONCILED) == [("1", "refund_not_booked", -4), ("2", "matched", 0)]
    assert warehouse.rows(REFUNDS) == [], "its shop tells refunds itself, and knows of none"
    assert warehouse.one("SELECT sum(fee) FROM marts.fact_transactions") == Decimal("1.170")

    # The provider gave 10.00 of order 2 back; its shop knows nothing of it. Days later the bank sent it back.
    pass_time(warehouse)
    warehouse.put("stripe__refunds", "re_2", refund("re_2", "pi_2", "2026-02-05T12:00:00", 1000))
    warehouse.run(only=MODELS)
    assert warehouse.one(CASH) == 66
    assert warehouse.rows(RECONCILED) == [("1", "refund_not_booked", -4), ("2", "refund_not_booked", -10)]
    pass_time(warehouse)
    warehouse.put("stripe__refunds", "re_2", refund("re_2", "pi_2", "2026-02-05T12:00:00", 1000, "failed"))
    warehouse.run(only=MODELS)
    assert warehouse.one(CASH) == 76
    assert warehouse.rows(RECONCILED) == [("1", "refund_not_booked", -4), ("2", "matched", 0)]

    # Order 1's transaction turns out to be order 2's, and order 2's own to be of another payment, told by no provider.
    pass_time(warehouse)
    put("transactions", 11, transaction(11, 2, 5000, "pi_1"))
    put("transactions", 12, transaction(12, 2, 3000, "pi_9"))
    warehouse.run(only=MODELS)
    assert warehouse.rows(MONEY) == [
        ("payments", "ch_1", "2", True, 50),
        ("payments", "ch_2", None, True, 30),
        ("payments", "re_1", "2", True, -4),
        ("payments", "re_2", None, False, 0),
        (STUDIO, "11", "2", False, 0),
        (STUDIO, "12", "2", True, 30),
    ]
    assert warehouse.rows(RECONCILED) == [
        ("1", "unpaid", -50),
        ("2", "overpaid", 46),
        (None, "payment_without_order", 30),
    ]

    # Order 2 and one of its transactions are deleted for good.
    pass_time(warehouse)
    warehouse.mark_deleted("payload__orders", 2)
    warehouse.mark_deleted("payload__transactions", 12)
    warehouse.run(only=MODELS)
    lived = warehouse.marts()
    assert warehouse.rows(RECONCILED) == [
        ("1", "unpaid", -50),
        (None, "payment_without_order", 30),
        (None, "payment_without_order", 46),
    ]
    assert warehouse.rows(REFUNDS) == [(STUDIO, "re_1", None)]

    again = warehouse.rebuilt(tmp_path / "rebuilt")
    try:
        again.run(only=MODELS)
        assert again.marts() == lived
    finally:
        again.close()
