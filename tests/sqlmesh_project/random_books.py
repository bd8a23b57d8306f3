"""A merchant of random orders on every platform: raw rows to load, in any order, and what the books must then say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import duckdb
from random_commercetools import CommercetoolsOrder
from random_orders import DAYS, DIGITS, FIRST_DAY, Order, Row, Shop, row
from random_shopify import ShopifyOrder
from random_small_shops import CartOrder, PayloadOrder, TablesOrder, payload_products
from random_woocommerce import WooCommerceOrder

KINDS: dict[str, type[Order]] = {
    "shopify": ShopifyOrder,
    "woocommerce": WooCommerceOrder,
    "commercetools": CommercetoolsOrder,
    "payload": PayloadOrder,
    "tables": TablesOrder,
    "dummyjson": CartOrder,
}
SHOPS = (
    Shop("shop-us", "shopify", "USD", "America/New_York"),
    Shop("shop-jp", "shopify", "JPY", "Asia/Tokyo"),
    Shop("woo-de", "woocommerce", "EUR", "Europe/Berlin"),
    Shop("woo-kw", "woocommerce", "KWD", "Asia/Kuwait"),
    Shop("tools-nz", "commercetools", "EUR", "Pacific/Auckland"),
    Shop("tools-kw", "commercetools", "KWD", "Asia/Kuwait"),
    Shop("studio", "payload", "GBP", "Europe/London"),
    Shop("legacy", "tables", "USD", "America/Toronto"),
    Shop("practice", "dummyjson", "USD", "America/New_York"),
)
PAYMENTS = Shop("payments", "stripe", "USD", "UTC")
FX = Shop("rates", "fx", "EUR", "UTC")
LAST_DAY = (FIRST_DAY + timedelta(days=DAYS + 40)).date()


@dataclass(frozen=True)
class Delivery:
    """A row of a shop, ready to be loaded."""

    shop: Shop
    row: Row


class Books:
    """Orders of every shop, whole lives, and the rates of the working days they fall into."""

    def __init__(self, seed: int, orders_per_shop: int) -> None:
        self.random = Random(seed)
        self.orders: dict[Shop, list[Order]] = {
            shop: [KINDS[shop.kind](shop, number, self.random).live() for number in range(1, orders_per_shop + 1)]
            for shop in SHOPS
        }
        self.rates: dict[tuple[str, date], float] = {}
        day = FIRST_DAY.date() - timedelta(days=7)
        while day <= LAST_DAY:
            if day.weekday() < 5:
                for currency, near in (("USD", 1.1), ("JPY", 160.0), ("GBP", 0.85), ("KWD", 0.34)):
                    self.rates[currency, day] = round(near * self.random.uniform(0.95, 1.05), 5)
            day += timedelta(days=1)

    def products(self) -> list[Delivery]:
        """What is there before any order: Payload's lines take their prices from there."""
        studio = next(shop for shop in SHOPS if shop.kind == "payload")
        return [Delivery(studio, row) for row in payload_products()]

    def told_rates(self) -> list[Delivery]:
        return [
            Delivery(FX, row("fx__rates", f"{day}/{currency}", None, _rate(day, currency, units)))
            for (currency, day), units in self.rates.items()
        ]

    def lasts(self) -> list[Delivery]:
        """Every order as it ended, and all rates."""
        orders = [(shop, order) for shop, orders in self.orders.items() for order in orders]
        rows = [Delivery(_home(shop, each), each) for shop, order in orders for each in order.versions[-1].rows]
        return rows + self.told_rates()

    def some(self, share: float) -> list[Delivery]:
        """Rows of any time, late ones, early ones and ones that came before, shuffled."""
        orders = [(shop, order) for shop, orders in self.orders.items() for order in orders]
        chosen = [
            Delivery(_home(shop, each), each)
            for shop, order in orders
            if self.random.random() < share
            for each in self.random.choice(order.versions).rows
            if self.random.random() < 0.8
        ]
        chosen += [each for each in self.told_rates() if self.random.random() < share]
        self.random.shuffle(chosen)
        return chosen

    def expected(self) -> dict[tuple[str, str, date, str, str], tuple[Any, int]]:
        """Amount and units of the ledger by store, order, day, action and measure."""
        return {
            (shop.name, *key): value
            for shop, orders in self.orders.items()
            for order in orders
            for key, value in order.expected(order.versions[-1].events).items()
        }

    def rate(self, currency: str, day: date) -> float:
        """Dollars for one unit by the last rates known on a day."""

        def of_euro(code: str) -> float:
            if code == "EUR":
                return 1.0
            known = day
            while (code, known) not in self.rates:
                known -= timedelta(days=1)
            return self.rates[code, known]

        return of_euro("USD") / of_euro(currency)


class Loader:
    """Puts rows into raw as the load would: new ones, changed ones in place, and nothing where nothing changed."""

    def __init__(self, con: Any) -> None:
        self.con = con
        self.known: dict[tuple[str, str, str], tuple[str, bool]] = {}

    def connect(self, now: datetime) -> None:
        for shop in (*SHOPS, PAYMENTS, FX):
            settles = "practice" if shop is PAYMENTS else None
            self.con.execute(
                "INSERT OR REPLACE INTO ops.connections VALUES (?, ?, ?, ?, ?, DATE '2025-03-01', 365, TRUE, ?)",
                [shop.name, shop.kind, shop.timezone, shop.currency, settles, now],
            )

    def load(self, deliveries: Iterable[Delivery], now: datetime) -> int:
        """How many rows were touched."""
        changed: dict[tuple[str, str, str], tuple[Row, str, bool]] = {}
        for delivery in deliveries:
            row, key = delivery.row, (delivery.row.table, delivery.shop.name, delivery.row.id)
            before = self.known.get(key)
            if row.payload is None and before is None:
                continue
            now_known = (row.payload or before[0], row.payload is None) if before else (row.payload, False)
            if now_known != before:
                self.known[key] = now_known
                changed[key] = (row, *now_known)
        for table in sorted({key[0] for key in changed}):
            of_table = [(key[1], key[2], *change) for key, change in changed.items() if key[0] == table]
            connections, ids, rows, payloads, deleted = map(list, zip(*of_table, strict=True))
            self.con.execute(
                f"DELETE FROM raw.{table} WHERE (connection, id) IN (SELECT (unnest(?), unnest(?)))", [connections, ids]
            )
            self.con.execute(
                f"INSERT INTO raw.{table} SELECT c, i, u, p, md5(p), 'batch', $now, $now, d FROM (SELECT "
                "unnest($c) c, unnest($i) i, unnest($u::TIMESTAMP[]) u, unnest($p) p, unnest($d) d)",
                {
                    "c": connections,
                    "i": ids,
                    "u": [row.updated_at for row in rows],
                    "p": payloads,
                    "d": deleted,
                    "now": now,
                },
            )
        return len(changed)

    def note_run(self, now: datetime) -> None:
        self.con.execute(
            "INSERT INTO ops.batches SELECT 'b' || count(*), 'run', 'practice', 'dummyjson', 'carts', 'full', 0, 0, "
            "'', NULL, NULL, $now, $now, $now, 0, 0, 0, 0, 0 FROM ops.batches",
            {"now": now},
        )


def _home(shop: Shop, row: Row) -> Shop:
    return PAYMENTS if row.table.startswith("stripe") else shop


def _rate(day: date, currency: str, units: float) -> dict[str, Any]:
    return {"date": str(day), "base": "EUR", "currency": currency, "rate": units}


def in_memory() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    return con


assert DIGITS.keys() >= {shop.currency for shop in SHOPS}
