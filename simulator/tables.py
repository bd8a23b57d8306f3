"""The shop that has only tables: CSV and Parquet files in a folder, as another system would export them every hour.

orders.csv              order_id, order_number, order_date, updated_at, status (pending, processing, completed,
                        cancelled, refunded), customer_id (empty for a guest), customer_email, channel (web, pos,
                        phone), payment_method, ship_city, ship_state, ship_country, currency, subtotal, discount,
                        shipping, total
order_items.csv         order_item_id, order_id, line_number, product_id, sku, product_name, quantity, unit_price,
                        discount, line_total
customers.csv           customer_id, email, first_name, last_name, phone, city, state, country, birth_date, gender
                        (female, male), created_at, updated_at
products.parquet        product_id, product_name, slug, brand, category_id, unit_price, unit_cost, stock_quantity,
                        is_active, created_at, updated_at
product_categories.parquet   category_id, category_name, slug, parent_category_id
reviews.parquet         review_id, product_id, customer_id, rating, review_text, created_at

Times are UTC without a zone: `2026-11-20 09:40:00`, in Parquet TIMESTAMP. Money is text with two decimals in CSV,
DECIMAL(12,2) in Parquet, in the order's currency. Empty in CSV is unknown. The shop knows no tax.
An order: subtotal is the sum of quantity x unit_price of its items, discount that of theirs, total = subtotal -
discount + shipping; none of them changes afterwards. An order that was given back keeps its amounts and gets the
status `refunded`, a cancelled one `cancelled`; the day of either is that of updated_at, for nothing changes later.
Deleted products and customers are no longer in their tables; orders and items that name them stay as they are. A
product's price is that of its first variant, its stock the sum over all.
"""

import csv
import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from simulator.trade.model import Customer, Line, Order, Product, Shop

Row = dict[str, Any]

# A CSV file shows names only; the types are those of the Parquet files.
_ID, _TEXT, _MONEY, _TIME = "BIGINT", "VARCHAR", "DECIMAL(12,2)", "TIMESTAMP"
_CSV = {
    "orders": (
        *("order_id", "order_number", "order_date", "updated_at", "status", "customer_id", "customer_email", "channel"),
        *("payment_method", "ship_city", "ship_state", "ship_country", "currency", "subtotal", "discount", "shipping"),
        "total",
    ),
    "order_items": (
        *("order_item_id", "order_id", "line_number", "product_id", "sku", "product_name", "quantity", "unit_price"),
        *("discount", "line_total"),
    ),
    "customers": (
        *("customer_id", "email", "first_name", "last_name", "phone", "city", "state", "country", "birth_date"),
        *("gender", "created_at", "updated_at"),
    ),
}
_PARQUET = {
    "products": {
        "product_id": _ID,
        "product_name": _TEXT,
        "slug": _TEXT,
        "brand": _TEXT,
        "category_id": _ID,
        "unit_price": _MONEY,
        "unit_cost": _MONEY,
        "stock_quantity": "INTEGER",
        "is_active": "BOOLEAN",
        "created_at": _TIME,
        "updated_at": _TIME,
    },
    "product_categories": {"category_id": _ID, "category_name": _TEXT, "slug": _TEXT, "parent_category_id": _ID},
    "reviews": {
        "review_id": _ID,
        "product_id": _ID,
        "customer_id": _ID,
        "rating": "INTEGER",
        "review_text": _TEXT,
        "created_at": _TIME,
    },
}


def write_tables(shop: Shop, now: int, folder: Path) -> None:
    """Write all tables as of an instant. A reader sees each file as it was or as it is now, never half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables(shop, now).items():
        unfinished = folder / f"{name}.writing"
        unfinished.write_text(_csv(tuple(_CSV.get(name) or _PARQUET[name]), rows), encoding="utf-8")
        if name in _PARQUET:
            _to_parquet(unfinished, _PARQUET[name])
        # A file's own time is when it was exported, by the world's clock.
        os.utime(unfinished, (now, now))
        unfinished.replace(folder / f"{name}.{'parquet' if name in _PARQUET else 'csv'}")


def tables(shop: Shop, now: int) -> dict[str, list[Row]]:
    """Return the rows of every table as of an instant."""
    orders = [order for order in shop.orders if order.is_there(now) and not order.is_deleted(now)]
    products = [product for product in shop.products if product.is_there(now) and not _is_past(product.deleted, now)]
    return {
        "orders": [_order(shop, order, now) for order in orders],
        "order_items": [_item(shop, order, line) for order in orders for line in order.placed_lines],
        "customers": [
            _customer(one, now) for one in shop.customers if one.is_there(now) and not _is_past(one.deleted, now)
        ],
        "products": [_product(shop, product, now) for product in products],
        "product_categories": [
            {
                "category_id": one.id,
                "category_name": one.title,
                "slug": one.slug,
                "parent_category_id": one.parent.id if one.parent else None,
            }
            for one in shop.categories
            if one.created <= now
        ],
        "reviews": list(_reviews(products, now)),
    }


def status(order: Order, now: int) -> str:
    """Return the state of an order in the shop's words."""
    if _is_past(order.cancelled, now):
        return "cancelled"
    if order.refunds_at(now):
        return "refunded"
    if _is_past(order.completed, now):
        return "completed"
    return "processing" if _is_past(order.paid, now) else "pending"


def _order(shop: Shop, order: Order, now: int) -> Row:
    subtotal = sum(line.gross for line in order.placed_lines)
    discount = sum(line.discounts for line in order.placed_lines)
    return {
        "order_id": order.id,
        "order_number": order.number,
        "order_date": _time(order.created),
        "updated_at": _time(order.updated(now)),
        "status": status(order, now),
        "customer_id": None if order.customer is None else order.customer.id,
        "customer_email": order.email,
        "channel": order.channel,
        "payment_method": order.method,
        "ship_city": order.address.city,
        "ship_state": order.address.region,
        "ship_country": order.address.country,
        "currency": shop.currency,
        "subtotal": _money(shop, subtotal),
        "discount": _money(shop, discount),
        "shipping": _money(shop, order.shipping),
        "total": _money(shop, order.placed_total),
    }


def _item(shop: Shop, order: Order, line: Line) -> Row:
    return {
        "order_item_id": line.id,
        "order_id": order.id,
        "line_number": line.position,
        "product_id": line.product.id,
        "sku": line.sku,
        "product_name": line.title,
        "quantity": line.quantity,
        "unit_price": _money(shop, line.listed_price),
        "discount": _money(shop, line.discounts),
        "line_total": _money(shop, line.net),
    }


def _customer(customer: Customer, now: int) -> Row:
    address = customer.address(now)
    return {
        "customer_id": customer.id,
        "email": customer.email,
        "first_name": customer.first,
        "last_name": customer.last,
        "phone": customer.phone,
        "city": address.city,
        "state": address.region,
        "country": address.country,
        "birth_date": customer.born,
        "gender": customer.gender,
        "created_at": _time(customer.created),
        "updated_at": _time(customer.updated(now)),
    }


def _product(shop: Shop, product: Product, now: int) -> Row:
    first = product.variants[0]
    changes = (product.updated(now), *(variant.updated(now) for variant in product.variants))
    return {
        "product_id": product.id,
        "product_name": product.title,
        "slug": product.slug,
        "brand": product.brand,
        "category_id": product.category.id,
        "unit_price": _money(shop, int(first.price.at(now))),
        "unit_cost": None if first.cost is None else _money(shop, first.cost),
        "stock_quantity": sum(int(variant.stock.at(now)) for variant in product.variants),
        "is_active": True,
        "created_at": _time(product.created),
        "updated_at": _time(max(changes)),
    }


def _reviews(products: list[Product], now: int) -> Iterator[Row]:
    reviews = [review for product in products for review in product.reviews if review.is_there(now)]
    for review in sorted(reviews, key=lambda one: one.id):
        yield {
            "review_id": review.id,
            "product_id": review.product.id,
            "customer_id": None if review.customer is None else review.customer.id,
            "rating": review.rating,
            "review_text": review.text,
            "created_at": _time(review.created),
        }


def _csv(columns: tuple[str, ...], rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _to_parquet(path: Path, types: dict[str, str]) -> None:
    """Turn a CSV file into a Parquet file of the same name."""
    written = path.with_suffix(".parquet.writing")
    with duckdb.connect() as memory:
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
        shape = f"header = true, auto_detect = false, delim = ',', quote = '\"', columns = {{{columns}}}"
        rows = memory.sql(f"FROM read_csv($path, {shape})", params={"path": str(path)})
        rows.write_parquet(str(written))
    written.replace(path)


def _money(shop: Shop, amount: int) -> str:
    return str(Decimal(amount).scaleb(-shop.decimals))


def _time(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _is_past(instant: int | None, now: int) -> bool:
    return instant is not None and instant <= now
