"""What a unit cost when it was sold, and what lay on the shelf: remembered, run after run, whatever is told later."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hand_fed_warehouse import Warehouse

pytestmark = pytest.mark.slow

LEGACY = "legacy"
# The rest of the core is told elsewhere; building it would take most of the time.
RESTATED = [
    *("staging.stg_tables__products", "intermediate.int_order_lines", "intermediate.int_unit_costs"),
    *("marts.fact_order_items", "marts.fact_inventory_daily"),
]
MODELS = ["+marts.dim_products", "+marts.dim_variants"]
COSTS = """
    SELECT order_id, i.unit_cost, i.is_cost_estimated
    FROM marts.fact_order_items i JOIN marts.fact_orders USING (order_key) ORDER BY order_id
"""
PERFORMANCE = """
    SELECT product_id, p.net_sales, costed_sales, profit
    FROM marts.product_performance p JOIN marts.dim_products USING (product_key) ORDER BY product_id
"""
SHELF = """
    SELECT variant_id, inventory_date, i.stock_quantity
    FROM marts.fact_inventory_daily i JOIN marts.dim_variants USING (variant_key) ORDER BY ALL
"""


class Shop:
    """A shop that has tables, in Toronto; what it loads is read from it at that moment."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        warehouse.connect(LEGACY, "tables", "America/Toronto")

    def put(self, table: str, id: object, **fields: Any) -> None:
        self.warehouse.put(f"tables__{table}", id, fields, connection=LEGACY)

    def product(self, id: int, cost: str | None, stock: int) -> None:
        self.put("products", id, product_name=f"Product {id}", unit_price="10.00", unit_cost=cost, stock_quantity=stock)

    def order(self, id: int, at: str, product: int, quantity: int, **more: Any) -> None:
        total = f"{10 * quantity}.00"
        self.put("orders", id, ordered_at=at, status="completed", total=total, **more)
        line = {"order_id": str(id), "line_number": 1, "product_id": str(product)}
        self.put("order_items", id, **line, quantity=quantity, unit_price="10.00")

    def run(self) -> None:
        """Read the shop's products, load and transform."""
        now = self.warehouse.now
        self.warehouse.execute(
            f"INSERT INTO ops.batches SELECT 'p' || count(*), 'run', '{LEGACY}', 'tables', 'products', 'full', 0, 0, "
            f"'', NULL, NULL, TIMESTAMP '{now}', TIMESTAMP '{now}', TIMESTAMP '{now}', 0, 0, 0, 0, 0 FROM ops.batches"
        )
        self.warehouse.run(only=MODELS)


def test_profit_keeps_the_cost_of_its_day_and_the_shelf_its_days(make_warehouse: Callable[..., Warehouse]) -> None:
    warehouse = make_warehouse(platforms=("dummyjson", "tables"))
    shop = Shop(warehouse)

    # 00:10 UTC on 1 March is the evening of 28 February in Toronto. Nobody knows yet what product 2 costs.
    shop.product(1, "4.00", stock=9)
    shop.product(2, None, stock=1)
    shop.order(1, "2026-02-20T12:00:00Z", product=1, quantity=2)
    shop.order(2, "2026-02-21T12:00:00Z", product=2, quantity=1)
    shop.run()
    assert warehouse.rows(COSTS) == [("1", 4, True), ("2", None, None)]
    # 2 × 10 − 2 × 4 = 12.
    assert warehouse.rows(PERFORMANCE) == [("1", 20, 20, 12), ("2", 10, 0, None)]
    assert warehouse.rows(SHELF) == [("1", date(2026, 2, 28), 9), ("2", date(2026, 2, 28), 1)]

    # Later the same evening two are gone.
    warehouse.later(hours=1)
    shop.product(1, "4.00", stock=7)
    shop.run()
    assert warehouse.rows(SHELF) == [("1", date(2026, 2, 28), 7), ("2", date(2026, 2, 28), 1)]

    # Three days later, without a run in between, product 1 costs 6; what was sold before keeps its 4, and what order 2
    # sold has its first cost, though nothing happened to the order itself.
    warehouse.later(days=3)
    changed_at = warehouse.now
    assert changed_at == datetime.fromisoformat("2026-03-04T01:30:00")
    shop.product(1, "6.00", stock=3)
    shop.product(2, "2.50", stock=0)
    shop.order(3, "2026-03-04T01:29:59Z", product=1, quantity=1)
    shop.order(4, "2026-03-04T01:30:00Z", product=1, quantity=1)
    shop.run()
    sold = [("1", 4, True), ("2", Decimal("2.5"), True), ("3", 4, False), ("4", 6, False)]
    assert warehouse.rows(COSTS) == sold
    # 40 − (8 + 4 + 6) = 22, and 10 − 2.50.
    earned = [("1", 40, 40, 22), ("2", 10, 10, Decimal("7.5"))]
    assert warehouse.rows(PERFORMANCE) == earned
    shelf = [
        ("1", date(2026, 2, 28), 7),
        ("1", date(2026, 3, 3), 3),
        ("2", date(2026, 2, 28), 1),
        ("2", date(2026, 3, 3), 0),
    ]
    assert warehouse.rows(SHELF) == shelf

    # The oldest order is touched again: it is computed anew, and its cost is still that of its day.
    warehouse.later(hours=1)
    shop.order(1, "2026-02-20T12:00:00Z", product=1, quantity=2, channel="phone")
    shop.run()
    assert warehouse.rows(COSTS) == sold

    # Product 1 leaves the table. What it earned stays; nothing is noted of its stock any more.
    warehouse.later(days=1)
    warehouse.mark_deleted("tables__products", 1)
    shop.run()
    assert warehouse.rows(COSTS) == sold
    assert warehouse.rows(PERFORMANCE) == earned
    shelf.append(("2", date(2026, 3, 4), 0))
    assert warehouse.rows(SHELF) == sorted(shelf)

    # Everything is built again from raw, which knows only the last costs and stocks: what was remembered is there.
    warehouse.later(days=1)
    assert warehouse.context is not None
    at = str(warehouse.now + timedelta(minutes=10))
    warehouse.context.plan(
        **{"auto_apply": True, "no_prompts": True, "no_diff": True, "skip_tests": True},
        **{"restate_models": RESTATED, "execution_time": at, "end": at, "select_models": MODELS},
    )
    assert warehouse.rows(COSTS) == sold
    assert warehouse.rows(PERFORMANCE) == earned
    assert warehouse.rows(SHELF) == sorted(shelf)
