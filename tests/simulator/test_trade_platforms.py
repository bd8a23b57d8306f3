"""What each platform shows of its shop comes to the truth, order by order: no router invents or loses money."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from simulator.server import running

GRAPHQL = """query($after: String) { orders(first: 8, after: $after, sortKey: UPDATED_AT) {
  pageInfo { hasNextPage endCursor }
  nodes { name test currentTotalPriceSet { shopMoney { amount } } agreements(first: 6) { nodes { happenedAt
    sales(first: 110) { nodes {
      lineType totalAmount { shopMoney { amount } } totalTaxAmount { shopMoney { amount } } } }
  } } } } }"""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def world(tables: Path) -> Iterator[httpx.Client]:
    with running(scale=0.05, tables=tables) as url, httpx.Client(base_url=url) as client:
        yield client


def truth(world: httpx.Client, shop: str) -> dict[str, Any]:
    return world.get("/_simulator/truth", params={"shop": shop, "orders": True}).json()["orders"]


def test_woocommerce(world: httpx.Client) -> None:
    rows = world.get(
        "/woocommerce/wp-json/wc/v3/orders", params={"per_page": 100}, auth=("ck_simulator", "cs_simulator")
    ).json()
    sales = [row for row in rows if row["status"] in ("processing", "on-hold", "completed", "refunded")]
    assert {
        str(row["id"]): (row["total"], Decimal(row["total"]) + sum(Decimal(one["total"]) for one in row["refunds"]))
        for row in sales
    } == {key: (one["order_total"], Decimal(one["total_sales"])) for key, one in truth(world, "shop-eu").items()}
    assert {row["status"] for row in rows} > {"cancelled", "failed", "pending", "refunded"}


def test_shopify(world: httpx.Client) -> None:
    shown: dict[str, tuple[Decimal, Decimal]] = {}
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    tests = 0
    while page["hasNextPage"]:
        answer = world.post(
            "/shopify/admin/api/2026-10/graphql.json",
            json={"query": GRAPHQL, "variables": {"after": page["endCursor"]}},
            headers={"X-Shopify-Access-Token": "shpat_simulator"},
        ).json()
        page = answer["data"]["orders"]["pageInfo"]
        for row in answer["data"]["orders"]["nodes"]:
            tests += row["test"]
            if not row["test"]:
                sales = [sale for one in row["agreements"]["nodes"] for sale in one["sales"]["nodes"]]
                revenue = [sale for sale in sales if sale["lineType"] != "GIFT_CARD"]
                shown[row["name"]] = (amount(revenue, "totalAmount"), amount(sales, "totalTaxAmount"))
                assert amount(sales, "totalAmount") == amount([row], "currentTotalPriceSet")
    assert tests > 0
    assert shown == {
        one["number"]: (Decimal(one["total_sales"]), Decimal(one["taxes"])) for one in truth(world, "shop-us").values()
    }


def amount(rows: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(row[name]["shopMoney"]["amount"]) for row in rows), Decimal(0))


def test_commercetools(world: httpx.Client) -> None:
    token = world.post(
        "/commercetools-auth/oauth/token",
        auth=("simulator_client", "simulator_secret"),
        data={"grant_type": "client_credentials"},
    ).json()["access_token"]
    rows, payments = (
        world.get(
            f"/commercetools/simulator/{name}", params={"limit": 500}, headers={"Authorization": f"Bearer {token}"}
        ).json()["results"]
        for name in ("orders", "payments")
    )
    given_back = {
        payment["id"]: sum(
            one["amount"]["centAmount"]
            for one in payment["transactions"]
            if (one["type"], one["state"]) == ("Refund", "Success")
        )
        for payment in payments
    }
    shown = {
        row["orderNumber"]: (
            row["totalPrice"]["centAmount"],
            # What was cancelled unpaid is a sale taken back though no money was.
            0
            if row["orderState"] == "Cancelled"
            else row["totalPrice"]["centAmount"]
            - sum(given_back[one["id"]] for one in row.get("paymentInfo", {"payments": ()})["payments"]),
        )
        for row in rows
    }
    assert shown == {
        one["number"]: (int(one["order_total"]), int(one["total_sales"])) for one in truth(world, "shop-jp").values()
    }


def test_payload(world: httpx.Client) -> None:
    rows = world.get(
        "/payload/api/orders",
        params={"limit": 0, "depth": 0},
        headers={"Authorization": "users API-Key simulator_key"},
    ).json()["docs"]
    ended = ("refunded", "cancelled")
    assert {str(row["id"]): (row["amount"], 0 if row["status"] in ended else row["amount"]) for row in rows} == {
        key: tuple(int(Decimal(one[name]) * 100) for name in ("order_total", "total_sales"))
        for key, one in truth(world, "studio").items()
    }


# The shop that has only tables


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_come_to_the_truth(world: httpx.Client, tables: Path) -> None:
    orders, items = read(tables, "orders.csv"), read(tables, "order_items.csv")
    ended = ("refunded", "cancelled")
    assert {row["order_id"]: (row["total"], "0.00" if row["status"] in ended else row["total"]) for row in orders} == {
        key: (one["order_total"], one["total_sales"]) for key, one in truth(world, "legacy").items()
    }
    assert {row["status"] for row in orders} == {"pending", "processing", "completed", *ended}
    for row in orders:
        own = [item for item in items if item["order_id"] == row["order_id"]]
        subtotal = sum(Decimal(item["unit_price"]) * int(item["quantity"]) for item in own)
        discount = sum(Decimal(item["discount"]) for item in own)
        assert (subtotal, discount) == (Decimal(row["subtotal"]), Decimal(row["discount"]))
        assert subtotal - discount + Decimal(row["shipping"]) == Decimal(row["total"])
        assert sum(Decimal(item["line_total"]) for item in own) == subtotal - discount


@pytest.mark.usefixtures("world")
def test_tables_have_the_types_they_promise(tables: Path) -> None:
    products = duckdb.sql(f"DESCRIBE SELECT * FROM '{tables}/products.parquet'").fetchall()
    types = {name: kind for name, kind, *_ in products}
    assert (types["product_id"], types["unit_price"], types["updated_at"]) == ("BIGINT", "DECIMAL(12,2)", "TIMESTAMP")
    reviews = duckdb.sql(f"SELECT count(*), min(rating), max(rating) FROM '{tables}/reviews.parquet'").fetchone()
    assert reviews is not None
    assert reviews[0] > 0
    assert 1 <= reviews[1] <= reviews[2] <= 5
    categories = duckdb.sql(f"SELECT category_id, parent_category_id FROM '{tables}/product_categories.parquet'")
    known = dict(categories.fetchall())
    assert {parent for parent in known.values() if parent is not None} <= set(known)
    assert sorted(path.name for path in tables.iterdir()) == [
        *("customers.csv", "order_items.csv", "orders.csv"),
        *("product_categories.parquet", "products.parquet", "reviews.parquet"),
    ]


def test_tables_are_written_again_when_the_clock_is_moved(tmp_path: Path) -> None:
    with running(scale=0.05, now="2023-11-01T12:00:00Z", tables=tmp_path) as url:
        assert read(tmp_path, "orders.csv") == []
        httpx.post(f"{url}/_simulator/clock", json={"advance_days": 300})
        orders = read(tmp_path, "orders.csv")
        assert len(orders) > 5
        assert max(row["updated_at"] for row in orders) <= "2024-08-27 12:00:00"


# Truth on demand


def test_truth_of_an_earlier_instant_is_what_was_true_then(world: httpx.Client) -> None:
    then = world.get("/_simulator/truth", params={"shop": "shop-eu", "as_of": "2025-03-01T00:00:00+01:00"}).json()
    assert then["as_of"] == "2025-02-28T23:00:00.000Z"
    assert max(then["by_day"]) <= "2025-02-28"
    with running(scale=0.05, now="2025-02-28T23:00:00Z") as url:
        assert httpx.get(f"{url}/_simulator/truth", params={"shop": "shop-eu"}).json() == then


def test_practice_shop_can_be_asked_for_an_earlier_instant_too(world: httpx.Client) -> None:
    then = world.get("/_simulator/truth", params={"as_of": "2025-03-01T05:00:00Z"}).json()
    assert 0 < then["totals"]["orders"] < world.get("/_simulator/truth").json()["totals"]["orders"]


@pytest.mark.parametrize(
    ("asked", "told"), [({"shop": "shop-xx"}, "studio"), ({"shop": "studio", "as_of": "2025-03-01"}, "time zone")]
)
def test_question_without_an_answer_is_refused(world: httpx.Client, asked: dict[str, str], told: str) -> None:
    answer = world.get("/_simulator/truth", params=asked)
    assert answer.status_code == 400
    assert told in answer.json()["detail"]
