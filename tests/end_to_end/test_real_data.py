"""The same road over data nobody here made: DummyJSON's own, summed straight from its files."""

import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from road import NOW, Road

pytestmark = pytest.mark.slow

# The other shops of the pretended merchant sell beside it.
HERE = "store = 'practice'"


def cents(value: Any) -> Decimal:
    return Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_totals_equal_sums_over_the_files(make_road: Callable[..., Road], real_dummyjson: Path) -> None:
    carts = json.loads((real_dummyjson / "carts.json").read_text(), parse_float=Decimal, parse_int=Decimal)
    products = json.loads((real_dummyjson / "products.json").read_text())
    users = json.loads((real_dummyjson / "users.json").read_text())

    road = make_road("real", "--now", NOW, "--data", str(real_dummyjson), "--no-rate-limit")
    road.run_pipeline()

    assert road.query(f"SELECT count(*), sum(item_count) FROM marts.fact_orders WHERE {HERE}") == [
        (len(carts), sum(cart["totalQuantity"] for cart in carts))
    ]
    assert road.query(f"SELECT count(*) FROM marts.fact_order_items WHERE {HERE}") == [
        (sum(len(c["products"]) for c in carts),)
    ]
    assert road.query(
        f"SELECT sum(gross_sales), sum(net_sales), sum(total_sales) FROM marts.fact_orders WHERE {HERE}"
    ) == [
        (
            sum(cents(cart["total"]) for cart in carts),
            sum(cents(cart["discountedTotal"]) for cart in carts),
            sum(cents(cart["discountedTotal"]) for cart in carts),
        )
    ]
    assert road.query(f"SELECT bool_and(is_synthetic_date) FROM marts.fact_orders WHERE {HERE}") == [(True,)]
    assert road.query(f"SELECT count(*) FROM marts.dim_products WHERE {HERE}") == [(len(products),)]
    assert road.query(f"SELECT count(*) FROM marts.dim_customers WHERE {HERE}") == [(len(users),)]

    units: dict[str, Decimal] = {}
    for line in (line for cart in carts for line in cart["products"]):
        units[str(line["id"])] = units.get(str(line["id"]), Decimal(0)) + line["quantity"]
    published = road.query(
        "SELECT product_id, units_sold FROM marts.product_performance JOIN marts.dim_products USING (product_key) "
        "WHERE units_sold > 0 AND dim_products.store = 'practice'"
    )
    assert {product: Decimal(sold) for product, sold in published} == units
