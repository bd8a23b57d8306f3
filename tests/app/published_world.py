"""A small seeded trading world as plain lists: what the dashboards' tests count by hand.

Every order, line, return and payment is an object with its own amounts, so that a test can add up the very numbers a
page must show without asking the database that the page reads.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from zoneinfo import ZoneInfo

AS_OF = datetime.fromisoformat("2026-11-20 09:40")
CENT = Decimal("0.01")
NAMES = (
    "Ada Okafor",
    "Mia Lindqvist",
    "Jun Tanaka",
    "Sofia Moreau",
    "Petr Novak",
    "Lina Haddad",
    "Rui Silva",
    "Karl Weber",
)
CITIES = (
    ("Austin", "Texas"),
    ("Denver", "Colorado"),
    ("Chicago", "Illinois"),
    ("Portland", "Oregon"),
    ("Boston", None),
)
CATEGORIES = ("Beauty", "Groceries", "Kitchen accessories", "Laptops", "Sports accessories", "Womens dresses")
GOODS = (
    ("Velvet Lipstick", 0, "18.99"), ("Rose Face Serum", 0, "42.50"), ("Powder Canister", 0, "14.99"),
    ("Acacia Honey, 500 g", 1, "6.99"), ("Green Olive Oil", 1, "12.49"), ("Wild Rice", 1, "4.49"),
    ("Cold Brew Coffee", 1, "8.25"),
    ("Steel Whisk", 2, "9.99"), ("Oak Chopping Board", 2, "34.00"), ("Ceramic Pour-Over Set", 2, "58.00"),
    ("Citrus Squeezer", 2, "7.99"),
    ("Aero 14 Laptop", 3, "1199.00"), ("Studio 16 Laptop, 32 GB memory, silver aluminium", 3, "1849.00"),
    ("Match Football", 4, "24.90"), ("Cricket Bat", 4, "39.90"), ("Tennis Racket", 4, "89.00"),
    ("Linen Summer Dress", 5, "74.00"), ("Black Evening Gown", 5, "149.00"), ("Corset with Black Skirt", 5, "89.99"),
)  # fmt: skip
BANDS = (("No discount", "0"), ("0–5%", "0.04"), ("5–10%", "0.08"), ("10–15%", "0.12"))


@dataclass(frozen=True)
class Shop:
    name: str
    platform: str = "dummyjson"
    timezone: str = "America/New_York"
    currency: str = "USD"
    rate: Decimal = Decimal(1)
    daily_orders: float = 1.2
    as_of_at: datetime | None = AS_OF
    status: str = "current"
    last_error: str | None = None

    @property
    def loaded_at(self) -> datetime | None:
        return self.as_of_at + timedelta(minutes=1) if self.as_of_at else None

    @property
    def sells(self) -> bool:
        return self.platform != "stripe"

    def day(self, at: datetime) -> date:
        return at.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(self.timezone)).date()

    def reporting(self, native: Decimal) -> Decimal:
        return (native * self.rate).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Product:
    key: str
    shop: str
    name: str
    category: str
    price: Decimal
    stock: int
    ratings: tuple[int, ...]


@dataclass(frozen=True)
class Customer:
    key: str
    name: str
    email: str
    gender: str | None
    age: int | None
    city: str | None
    state: str | None


@dataclass(frozen=True)
class Line:
    product: Product
    quantity: int
    gross: Decimal
    discount: Decimal


@dataclass
class Order:
    shop: Shop
    number: int
    at: datetime
    customer: Customer | None
    lines: list[Line]
    band: str
    is_synthetic: bool
    status: str = "completed"
    returned_at: datetime | None = None
    returned_line: int | None = None

    @property
    def key(self) -> str:
        return f"{self.shop.name}:{self.number}"

    @property
    def day(self) -> date:
        return self.shop.day(self.at)

    @property
    def returned_lines(self) -> list[int]:
        if self.returned_at is None:
            return []
        return [self.returned_line] if self.returned_line is not None else list(range(len(self.lines)))


@dataclass(frozen=True)
class Cart:
    """A cart of a shop that tells them: bought in the end, left behind, or opened within the last day."""

    shop: Shop
    key: str
    opened_at: datetime
    native: Decimal
    order: Order | None
    has_checkout: bool

    @property
    def day(self) -> date:
        return self.shop.day(self.opened_at)

    def is_left(self, as_of_at: datetime) -> bool:
        return self.order is None and self.opened_at + timedelta(days=1) <= as_of_at

    @property
    def hours(self) -> float | None:
        return None if self.order is None else (self.order.at - self.opened_at) / timedelta(hours=1)

    @property
    def is_paid(self) -> bool:
        return self.order is not None and self.order.status != "cancelled"


@dataclass(frozen=True)
class Event:
    """One ledger event; amounts signed as the ledger signs them."""

    order: Order
    line: int | None
    at: datetime
    day: date
    action: str
    measure: str
    quantity: int
    native: Decimal
    amount: Decimal


@dataclass
class World:
    shops: list[Shop]
    customers: list[Customer] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    as_of_at: datetime = AS_OF

    def carts(self) -> Iterator[Cart]:
        """One for every order of the Shopify shops, every tenth opened two days before; one more after every third."""
        for order in self.orders:
            if order.shop.platform != "shopify":
                continue
            before = timedelta(days=2) if order.number % 10 == 0 else timedelta(minutes=20)
            gross = sum((line.gross for line in order.lines), Decimal(0))
            yield Cart(order.shop, f"{order.key}:bought", order.at - before, gross, order, True)
            if order.number % 3 == 0:
                has_checkout = order.shop.name != "shop-uk" or order.number % 2 == 0
                yield Cart(order.shop, f"{order.key}:left", order.at, order.lines[0].gross, None, has_checkout)

    def events(self) -> Iterator[Event]:
        for order in self.orders:
            for position, line in enumerate(order.lines):
                yield event(order, position, order.at, "order", "gross_sales", line.quantity, line.gross)
                if line.discount:
                    yield event(order, position, order.at, "order", "discounts", 0, -line.discount)
            for position in order.returned_lines:
                line = order.lines[position]
                action = "cancel" if order.status == "cancelled" else "return"
                yield event(
                    order, position, order.returned_at, action, "returns", -line.quantity, line.discount - line.gross
                )


def event(order: Order, line: int, at: datetime, action: str, measure: str, quantity: int, native: Decimal) -> Event:
    return Event(order, line, at, order.shop.day(at), action, measure, quantity, native, order.shop.reporting(native))


def make_world(
    shops: list[Shop] | None = None,
    *,
    seed: int = 7,
    days: int = 430,
    people: int = 260,
    synthetic: bool = False,
    sells: bool = True,
) -> World:
    """A world that traded for `days` days until its as-of instant; with `sells=False` its shops are open and empty."""
    random = Random(seed)
    world = World(shops if shops is not None else [Shop("practice")])
    for shop in filter(lambda shop: shop.sells, world.shops):
        for index, (name, category, price) in enumerate(GOODS):
            ratings = tuple(random.choice((5, 4, 4, 5, 3, 2, 5, 1, 4)) for _ in range(random.choice((0, 3, 6, 9, 14))))
            stock = random.choice((0, 3, 8, 24, 60, 140, 400))
            world.products.append(
                Product(f"{shop.name}:p{index}", shop.name, name, CATEGORIES[category], Decimal(price), stock, ratings)
            )
    if not sells:
        return world
    world.customers = [person(random, number) for number in range(people)]
    number = 1000
    known: list[Customer] = []
    shelves = {shop.name: [product for product in world.products if product.shop == shop.name] for shop in world.shops}
    for day_before in range(days, -1, -1):
        for shop in filter(lambda shop: shop.sells, world.shops):
            shelf = shelves[shop.name]
            midnight = datetime.combine(AS_OF.date() - timedelta(days=day_before), datetime.min.time())
            season = 1 + 0.25 * math.sin(day_before / 58) + (0.3 if midnight.month in (11, 12) else 0)
            growth = 1.35 - 0.35 * day_before / max(days, 1)
            weekday = (1, 0.95, 0.95, 1.05, 1.2, 1.15, 0.9)[midnight.weekday()]
            expected = shop.daily_orders * season * growth * weekday
            for _ in range(poisson(random, expected)):
                at = midnight + timedelta(minutes=random.randrange(1440), seconds=random.randrange(60))
                if at < shop.as_of_at:
                    number += 1
                    world.orders.append(order_of(random, shop, number, at, world.customers, known, shelf, synthetic))
    return world


def person(random: Random, number: int) -> Customer:
    city, state = random.choice(CITIES)
    known = random.random() > 0.06
    return Customer(
        f"c{number}",
        f"{random.choice(NAMES).split()[0]} {chr(65 + number % 26)}{chr(97 + number // 26 % 26)}rne",
        f"{chr(97 + number % 26)}…@example.com",
        random.choice(("female", "male")) if known else None,
        random.randrange(19, 74) if known else None,
        city if known else None,
        state if known else None,
    )


def order_of(
    random: Random,
    shop: Shop,
    number: int,
    at: datetime,
    people: list[Customer],
    known: list[Customer],
    shelf: list[Product],
    synthetic: bool,
) -> Order:
    band, share = random.choices(BANDS, weights=(5, 2, 3, 2))[0]
    lines = []
    for product in random.sample(shelf, random.choice((1, 1, 2, 2, 3, 4))):
        quantity = 1 if product.price > 500 else random.choice((1, 1, 2, 3))
        gross = product.price * quantity
        lines.append(Line(product, quantity, gross, (gross * Decimal(share)).quantize(CENT, ROUND_HALF_UP)))
    customer = buyer(random, people, known) if random.random() > 0.05 else None
    order = Order(shop, number, at, customer, lines, band, synthetic)
    if random.random() < 0.08:
        returned_at = at + timedelta(days=random.randrange(1, 20), minutes=random.randrange(600))
        if returned_at < shop.as_of_at:
            order.returned_at = returned_at
            order.returned_line = None if random.random() < 0.5 else random.randrange(len(lines))
            order.status = "refunded" if len(order.returned_lines) == len(lines) else "partially_refunded"
    elif shop.platform != "dummyjson":
        is_new = at > AS_OF - timedelta(days=3)
        order.status = random.choices(("completed", "processing", "cancelled"), weights=(90, 40 if is_new else 0, 2))[0]
        if order.status == "cancelled":
            order.returned_at = at
    return order


def buyer(random: Random, people: list[Customer], known: list[Customer]) -> Customer:
    """Somebody new while there is anyone, else one of those known, rather a recent one."""
    if not known or (len(known) < len(people) and random.random() < 0.45):
        known.append(people[len(known)])
        return known[-1]
    return known[-1 - int(len(known) * random.random() ** 2.2)]


def poisson(random: Random, expected: float) -> int:
    limit, product, drawn = math.exp(-expected), random.random(), 0
    while product > limit:
        product *= random.random()
        drawn += 1
    return drawn


def three_shops(**change: object) -> list[Shop]:
    """A shop in New York, one in Berlin and one in London; `change` replaces fields of the Berlin one."""
    berlin = Shop("shop-de", "woocommerce", "Europe/Berlin", "EUR", Decimal("1.10"), 0.8)
    return [
        Shop("shop-us", "shopify"),
        replace(berlin, **change),
        Shop("shop-uk", "shopify", "Europe/London", "GBP", Decimal("1.25"), 0.6),
    ]
