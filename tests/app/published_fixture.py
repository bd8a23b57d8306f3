"""Write a world as a published copy: the tables and columns that readers may count on, filled from plain lists.

Stands in for the pipeline only here: facts come from the lists, the summaries are made from the facts by the plainest
SQL there is, so that a page under test meets the shapes and types it will meet in a real copy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
from published_tables import COMMENTS, SUMMARIES, TABLES
from published_world import Event, Order, World

PUBLISHED_AT = timedelta(minutes=4)


@dataclass(frozen=True)
class Run:
    """One pipeline run, `ago` before the data's as-of instant (negative: after it)."""

    status: str
    ago: timedelta
    checks_failed: int = 0
    checks_warned: int = 0
    error: str | None = None


def publish(world: World, data_dir: Path, *, version: int = 1, runs: Iterable[Run] = ()) -> Path:
    """Write the next version and move the symlink to it, as a publication does. Returns the data directory."""
    versions = data_dir / "published" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    path = versions / f"prod-{version:012d}.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for statement in TABLES:
            connection.execute(statement)
        for table, rows in facts(world).items():
            insert(connection, table, rows)
        for table, rows in operations(world, version, list(runs) or default_runs()).items():
            insert(connection, table, rows)
        for statement in SUMMARIES:
            connection.execute(statement, {"today": world.as_of_at.date()} if "$today" in statement else None)
        for column, comment in COMMENTS.items():
            connection.execute(f"COMMENT ON COLUMN marts.{column} IS '{comment}'")
    link = data_dir / "published" / "prod.duckdb"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / path.name)
    return data_dir


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict]) -> None:
    if not rows:
        return
    frame = pd.DataFrame(rows, dtype=object)
    connection.register("incoming", frame)
    columns = ", ".join(frame.columns)
    connection.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM incoming")
    connection.unregister("incoming")


def facts(world: World) -> dict[str, list[dict]]:
    events = list(world.events())
    by_order: dict[str, list[Event]] = {}
    for event in events:
        by_order.setdefault(event.order.key, []).append(event)
    first: dict[str, str] = {}
    for order in sorted(world.orders, key=lambda order: order.at):
        if order.customer:
            first.setdefault(order.customer.key, order.key)
    return {
        "marts.dim_stores": [stores_row(world, shop) for shop in world.shops],
        "marts.dim_customers": [
            {
                "customer_key": person.key,
                "full_name": person.name,
                "email": person.email,
                "gender": person.gender,
                "age": person.age,
                "age_group": age_group(person.age),
                "city": person.city,
                "state": person.state,
                "country_code": "US",
            }
            for person in world.customers
        ],
        "marts.dim_products": [
            {
                "product_key": product.key,
                "store": product.shop,
                "product_id": product.key.split(":")[1],
                "product_name": product.name,
                "category_key": f"{product.shop}:{product.category}",
                "category_name": product.category,
                "unit_price": product.price,
                "unit_price_native": product.price,
                "stock_quantity": product.stock,
                "rating": Decimal(sum(product.ratings)) / len(product.ratings) if product.ratings else None,
                "rating_count": len(product.ratings),
                "is_deleted": False,
            }
            for product in world.products
        ],
        "marts.fact_orders": [order_row(order, by_order[order.key], first) for order in world.orders],
        "marts.fact_order_items": [row for order in world.orders for row in item_rows(order)],
        "marts.fact_sales_ledger": [ledger_row(number, event) for number, event in enumerate(events)],
        "marts.fact_refunds": [
            {
                "refund_key": f"r{order.key}",
                "store": order.shop.name,
                "order_key": order.key,
                "refunded_at": order.returned_at,
                "refund_date": order.shop.day(order.returned_at),
            }
            for order in world.orders
            if order.returned_at
        ],
        "marts.fact_carts": [
            {
                "cart_key": cart.key,
                "store": cart.shop.name,
                # Of London carts are known, of New York only what reached the checkout.
                "kind": "cart" if cart.shop.name == "shop-uk" else "checkout",
                "cart_date": cart.day,
                "has_checkout": cart.has_checkout,
                "is_purchased": cart.order is not None,
                "is_paid": cart.is_paid,
                "is_abandoned": cart.is_left(world.as_of_at),
                "hours_to_purchase": cart.hours,
                "subtotal": cart.shop.reporting(cart.native),
                "subtotal_native": cart.native,
            }
            for cart in world.carts()
        ],
        "marts.fact_reviews": [
            {"review_key": f"{product.key}:{n}", "store": product.shop, "product_key": product.key, "rating": rating}
            for product in world.products
            for n, rating in enumerate(product.ratings)
        ],
    }


def stores_row(world: World, shop) -> dict:
    times = [order.at for order in world.orders if order.shop.name == shop.name]
    return {
        "store": shop.name,
        "platform": shop.platform,
        "timezone": shop.timezone,
        "currency_code": shop.currency,
        "first_order_at": min(times, default=None),
        "last_order_at": max(times, default=None),
        "last_loaded_at": shop.loaded_at,
    }


def order_row(order: Order, events: list[Event], first: dict[str, str]) -> dict:
    row = {
        "order_key": order.key,
        "store": order.shop.name,
        "order_id": str(order.number),
        "order_number": str(order.number),
        "customer_key": order.customer.key if order.customer else None,
        "ordered_at": order.at,
        "order_date": order.day,
        "is_synthetic_date": order.is_synthetic,
        "order_status": order.status,
        "is_sale": True,
        "is_completed": order.status in ("completed", "partially_refunded"),
        "is_cancelled": order.status == "cancelled",
        "is_first_order": order.customer is not None and first[order.customer.key] == order.key,
        "currency_code": order.shop.currency,
        "item_count": sum(line.quantity for line in order.lines),
        "discount_band": order.band,
    }
    for suffix, amount in (("", "amount"), ("_native", "native")):
        sums = {m: sum((getattr(e, amount) for e in events if e.measure == m), Decimal(0)) for m in MEASURES}
        row |= {
            f"gross_sales{suffix}": sums["gross_sales"],
            f"discounts{suffix}": -sums["discounts"],
            f"returns{suffix}": -sums["returns"],
            f"net_sales{suffix}": sum(sums.values()),
            f"total_sales{suffix}": sum(sums.values()),
        }
    return row


MEASURES = ("gross_sales", "discounts", "returns")


def item_rows(order: Order) -> list[dict]:
    rows = []
    for position, line in enumerate(order.lines):
        gross, discount = order.shop.reporting(line.gross), order.shop.reporting(line.discount)
        returned = gross - discount if position in order.returned_lines else Decimal(0)
        rows.append(
            {
                "order_item_key": f"{order.key}:{position}",
                "order_key": order.key,
                "store": order.shop.name,
                "product_key": line.product.key,
                "product_name": line.product.name,
                "quantity": line.quantity,
                "gross_sales": gross,
                "discounts": discount,
                "line_total": gross - discount,
                "returned_quantity": line.quantity if returned else 0,
                "returns": returned,
                "net_sales": gross - discount - returned,
            }
        )
    return rows


def ledger_row(number: int, event: Event) -> dict:
    order = event.order
    return {
        "event_key": f"e{number}",
        "store": order.shop.name,
        "order_key": order.key,
        "order_item_key": f"{order.key}:{event.line}",
        "customer_key": order.customer.key if order.customer else None,
        "product_key": order.lines[event.line].product.key,
        "event_at": event.at,
        "event_date": event.day,
        "action": event.action,
        "measure": event.measure,
        "quantity": event.quantity or None,
        "amount": event.amount,
        "amount_native": event.native,
        "currency_code": order.shop.currency,
        "is_estimated": False,
    }


def age_group(age: int | None) -> str | None:
    if age is None:
        return None
    for last, name in ((24, "18–24"), (34, "25–34"), (44, "35–44"), (54, "45–54"), (64, "55–64")):
        if age <= last:
            return name
    return "65 and over"


def default_runs() -> list[Run]:
    return [Run("succeeded", timedelta(days=day)) for day in range(13, 0, -1)] + [Run("succeeded", timedelta(0))]


def operations(world: World, version: int, runs: list[Run]) -> dict[str, list[dict]]:
    published_at = world.as_of_at + PUBLISHED_AT
    run_rows = [run_row(world.as_of_at, number, run) for number, run in enumerate(runs)]
    published_run = [row for row in run_rows if row["status"] != "failed"][-1]
    return {
        "ops.publication": [
            {
                "version": version,
                "environment": "prod",
                "published_at": published_at,
                "as_of_at": world.as_of_at,
                "run_id": published_run["run_id"],
                "reporting_currency": "USD",
                "definitions": "shopify",
                "is_masked": True,
            }
        ],
        "ops.pipeline_runs": run_rows,
        "ops.validation_results": [row for run in run_rows for row in check_rows(run)],
        "ops.freshness": [
            {
                "store": shop.name,
                "platform": shop.platform,
                "last_loaded_at": shop.loaded_at,
                "as_of_at": shop.as_of_at,
                "status": shop.status,
                "last_error": shop.last_error,
                "last_error_at": world.as_of_at if shop.last_error else None,
            }
            for shop in world.shops
        ],
        "ops.restatements": [
            {
                "run_id": published_run["run_id"],
                "environment": "prod",
                "store": world.shops[0].name,
                "date_key": world.as_of_at.date() - timedelta(days=3),
                "order_key": None if number is None else f"order-{number}",
                "order_number": number,
                "reason": reason,
                "order_count": orders,
                "net_sales_before": before,
                "net_sales_after": after,
                "noticed_at": published_at,
            }
            for number, reason, orders, before, after in (
                ("1007", "changed", 1, 90, 75),
                ("1031", "arrived late", 1, None, 7),
                (None, "other orders", 2, 40, 41),
            )
        ],
        "ops.batches": [
            {
                "batch_id": f"b{number}{shop.name}{resource}",
                "run_id": published_run["run_id"],
                "connection": shop.name,
                "kind": shop.platform,
                "resource": resource,
                "mode": "full",
                "row_count": 200,
                "extracted_at": shop.as_of_at,
                "loaded_at": shop.loaded_at,
                "rows_inserted": 12,
                "rows_updated": 3,
                "rows_unchanged": 185,
                "rows_deleted": 0,
                "rows_rejected": 0,
            }
            for number, shop in enumerate(world.shops)
            if shop.as_of_at
            for resource in ("products", "users", "carts")
        ],
    }


def run_row(as_of_at: datetime, number: int, run: Run) -> dict:
    started_at = as_of_at - run.ago
    return {
        "run_id": f"run-{number}",
        "environment": "prod",
        "status": run.status,
        "started_at": started_at,
        "finished_at": started_at + timedelta(minutes=5),
        "rows_extracted": 610,
        "rows_loaded": 45,
        "checks_passed": CHECKS - run.checks_failed - run.checks_warned,
        "checks_failed": run.checks_failed,
        "checks_warned": run.checks_warned,
        "error": run.error,
        "sources_failed": 1 if run.status == "degraded" else 0,
    }


CHECKS = 24
RULES = ("is unique", "is never empty", "is not negative", "points to a known row")


def check_rows(run: dict) -> list[dict]:
    rows = []
    for number in range(CHECKS):
        table = (
            "raw.dummyjson__carts",
            "staging.stg_dummyjson__carts",
            "marts.fact_orders",
            "marts.fact_sales_ledger",
        )[number % 4]
        failed = number < run["checks_failed"]
        warned = not failed and number < run["checks_failed"] + run["checks_warned"]
        rows.append(
            {
                "run_id": run["run_id"],
                "layer": table.split(".")[0],
                "table_name": table.split(".")[1],
                "rule": f"Every {('key', 'day', 'amount', 'line', 'total', 'status')[number % 6]} {RULES[number // 6]}",
                "expectation": "expect_it",
                "severity": "warning" if warned else "critical",
                "is_success": not (failed or warned),
                "checked_rows": 1200,
                "failing_rows": 3 if failed or warned else 0,
                "examples": '["1007", "1031", "1188"]' if failed or warned else None,
                "checked_at": run["finished_at"],
            }
        )
    return rows
