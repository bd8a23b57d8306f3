"""A studio of a few rows, made by hand: every number in it can be checked without running anything."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from simulator.catalogue import Steps
from simulator.trade.model import (
    Address,
    Cart,
    Category,
    Customer,
    Line,
    Order,
    Payment,
    Product,
    Refund,
    RefundLine,
    Shop,
    Variant,
)

HOUR, DAY = 3600, 86400
OPENED = int(datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp())
FIRST_ORDER = OPENED + 10 * DAY
LONDON = Address("1 High Street", "London", "England", "ENG", "E1 6AN", "GB")


def studio(currency: str = "GBP", decimals: int = 2) -> Shop:
    """Two products (a print, and a shirt in two sizes), Ada with eleven orders, Bo who leaves, and two guests.

    Ada's orders 1 to 11 are one print for 20.00 each, an hour apart. Order 12 is a guest's: two shirts M for 15.00, the
    second guest's payment failed (13), Bo's order 14 of a mug that is deleted later, 15 was made by hand.
    """
    shop = Shop("studio", "Studio", currency, decimals, ZoneInfo("Europe/London"), "GB", False)
    category = Category(1, "Goods", "goods", None, OPENED)
    prints = _product(1, "Print", category, {1: ({}, 2000)})
    shirt = _product(2, "Shirt", category, {2: ({"Size": "M"}, 1500), 3: ({"Size": "L"}, 1500)})
    mug = _product(3, "Mug", category, {4: ({}, 900)})
    shop.categories, shop.products = [category], [prints, shirt, mug]
    ada = _customer(1, "Ada", "Byron")
    bo = _customer(2, "Bo", "Field")
    shop.customers = [ada, bo]
    shop.orders = [_order(number, ada, prints.variants[0], 1) for number in range(1, 12)]
    shop.orders.append(_order(12, None, shirt.variants[0], 2))
    shop.orders.append(_order(13, None, shirt.variants[1], 1))
    shop.orders.append(_order(14, bo, mug.variants[0], 1))
    shop.orders.append(_order(15, ada, prints.variants[0], 1))
    shop.orders[12].failed = shop.orders[12].created
    shop.orders[14].is_test = True
    for order in shop.orders:
        status = "failure" if order.failed else "success"
        order.payments = [_payment(100 + order.id, order, status)]
    shop.carts = [
        Cart(order.created - HOUR, 200 + order.id, order.customer, order.email, _in_cart(order), order, True)
        for order in shop.orders[:12]
    ]
    shop.carts.append(Cart(FIRST_ORDER, 300, ada, None, [(mug.variants[0], 3, 900)], None, False))
    return shop


def refund(order: Order, at: int, amount: int) -> None:
    """Give money back at the provider; the row of the order is touched at that moment."""
    line = order.lines[0]
    order.refunds.append(Refund(at, order.id, order, (RefundLine(line, 0, amount, 0, False),), 0, 0, 0, "unhappy"))
    order.changes.append(at)


def _product(id: int, title: str, category: Category, variants: dict[int, tuple[dict[str, str], int]]) -> Product:
    product = Product(OPENED, id, title, title.lower(), "House", category, f"A {title.lower()}.", (), 0)
    product.variants = [
        Variant(
            OPENED, number, product, f"SKU-{number}", options, Steps(OPENED, price), Steps(OPENED, 0), None, _stock()
        )
        for number, (options, price) in variants.items()
    ]
    return product


def _stock() -> Steps:
    return Steps(OPENED, 7)


def _customer(id: int, first: str, last: str) -> Customer:
    since = OPENED + id * HOUR
    email = f"{first.lower()}@example.com"
    return Customer(since, id, id, first, last, email, None, None, None, "en", [(since, LONDON)], Steps(since, 0))


def _order(id: int, customer: Customer | None, variant: Variant, quantity: int) -> Order:
    at = FIRST_ORDER + id * HOUR
    price = int(variant.price.at(at))
    line = Line(
        id, 1, variant.product, variant, variant.product.title, variant.sku, quantity, price, 0, 0, 0, False, at
    )
    email = customer.email if customer else f"guest{id}@example.net"
    return Order(
        at,
        id,
        f"S-{id}",
        customer,
        email,
        None,
        LONDON,
        [line],
        (),
        0,
        0,
        0,
        0,
        0,
        0,
        "card",
        "web",
        completed=at + DAY,
        changes=[at + DAY],
    )


def _payment(id: int, order: Order, status: str) -> Payment:
    return Payment(order.created, id, order, "sale", status, order.placed_total, "card", f"pi_{id}")  # pyright: ignore


def _in_cart(order: Order) -> list[tuple[Variant, int, int]]:
    return [(line.variant, line.quantity, line.listed_price) for line in order.lines]
