"""A shop in Albany, made by hand: every amount below can be worked out on paper. Tax comes on top of its prices."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from graphql import is_required_argument

from simulator.catalogue import Steps
from simulator.clock import Clock
from simulator.shopify import Shopify
from simulator.trade.model import (
    Address,
    Cart,
    Category,
    Coupon,
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
from simulator.web import Answer, Request


def at(text: str) -> int:
    """Return an instant of UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


OPENED, NOW = at("2026-01-05T08:00:00"), at("2026-11-20T09:40:00")
HOME = Address("12 Elm St", "Albany", "New York", "NY", "12207", "US")


def product(number: int, category: Category, title: str, price: int, options: list[str], cost: int | None) -> Product:
    made = Product(OPENED, number, title, f"thing-{number}", "Maker", category, "A thing", ("new",), 80)
    for place, option in enumerate(options or [""]):
        variant = Variant(
            *(OPENED, number * 10 + place, made, f"SKU-{number}-{place}", {"Size": option} if option else {}),
            *(Steps(OPENED, price), Steps(OPENED, 0), cost, Steps(OPENED, 7)),
        )
        made.variants.append(variant)
    return made


def line(number: int, variant: Variant, quantity: int, added: int, discount: int = 0, share: int = 0) -> Line:
    of, price = variant.product, int(variant.price.at(added))
    return Line(
        *(number, number % 100, of, variant, of.title, variant.sku, quantity, price, discount, share),
        *(of.tax_per_mille, False, added),
    )


def order(number: int, created: str, lines: list[Line], customer: Customer | None, **more: Any) -> Order:
    """Return a paid order by card; its lines are taken as placed with it."""
    instant = at(created)
    for one in lines:
        one.added = instant
    fields = dict(shipping=0, shipping_tax=0, fee=0, fee_tax=0, tip=0, gift_card=0, method="card", channel="web")
    made = Order(
        *(instant, number, f"#{number}", customer, customer.email if customer else None, None, HOME, lines),
        coupons=more.pop("coupons", ()),
        **(fields | more),
    )
    made.paid = instant + 1
    made.payments.append(Payment(instant + 1, number * 10, made, "sale", "success", made.placed_total, "card", "pi_1"))
    made.changes.append(instant + 1)
    return made


def refund(number: int, of: Order, when: str, lines: tuple[RefundLine, ...] = (), **more: Any) -> Refund:
    """Give money back, and note it everywhere."""
    fields = dict(shipping=0, shipping_tax=0, goodwill=0, reason="Too small")
    made = Refund(at(when), number, of, lines, **(fields | more))
    of.refunds.append(made)
    paid = Payment(made.created, number * 10, of, "refund", "success", made.total, "card", "pi_1")
    paid.parent, paid.refund, paid.failed = of.payments[0], made, made.failed
    of.payments.append(paid)
    of.changes.append(made.created)
    return made


def albany_shop() -> Shop:
    """Return a fresh shop; the orders are named in the tests by their ids."""
    shop = Shop("shop-us", "Albany Goods", "USD", 2, ZoneInfo("America/New_York"), "US", prices_include_tax=False)
    home = Category(1, "Home", "home", None, OPENED)
    mugs = Category(2, "Mugs", "mugs", home, OPENED)
    shop.categories += [home, mugs]
    mug, shirt = product(3, mugs, "Mug", 1000, [], 400), product(4, home, "Shirt", 2500, ["S", "M"], None)
    gone, card = product(5, mugs, "Old jug", 800, [], 300), product(6, home, "Gift card", 5000, [], None)
    gone.deleted, card.is_gift_card, card.tax_per_mille = at("2026-07-01T00:00:00"), True, 0
    shop.products += [mug, shirt, gone, card]
    for number in (1, 2, 3):
        shop.customers.append(
            Customer(
                *(OPENED + number, number, number, "Ann", f"Lee {number}", f"ann{number}@example.com", "+15185550100"),
                *(None, None, "en", [(0, HOME)], Steps(0, 0)),
            )
        )
    kept, left, _ = shop.customers
    left.deleted = at("2026-08-01T00:00:00")
    ten = Coupon(OPENED, 11, "TEN", "percent", 10)
    free = Coupon(OPENED, 12, "FREESHIP", "shipping", 0)
    shop.coupons += [ten, free]
    cup, small, jug, voucher = mug.variants[0], shirt.variants[0], gone.variants[0], card.variants[0]

    # Two shirts, 10 % off by a code: 50.00 - 5.00 = 45.00, tax 8 % 3.60. Three mugs, 3.00 marked down and 2.70 by the
    # code: 30.00 - 5.70 = 24.30, tax 1.94. Shipping 5.00, tax 0.40; tip 2.00. In all 82.24.
    full = order(
        *(1001, "2026-10-01T10:00:00", [line(100101, small, 2, 0, share=500), line(100102, cup, 3, 0, 300, 270)], kept),
        **dict(coupons=((ten, 770),), shipping=500, shipping_tax=40, tip=200),
    )
    # One shirt comes back: half of 45.00 and of 3.60. It came through a return, as 3 divides the refund's number.
    refund(
        5001,
        full,
        "2026-10-10T10:00:00",
        (RefundLine(full.lines[0], 1, 2250, 180, True),),
        shipping=500,
        shipping_tax=40,
    )
    # 1.50 out of kindness, without a line.
    refund(5002, full, "2026-10-12T10:00:00", goodwill=150)

    # Two mugs; a third day later a shirt more (25.00 + 2.00) and one mug less (10.00 + 0.80), given back a minute on.
    edited = order(1002, "2026-10-02T10:00:00", [line(100201, cup, 2, 0)], None)
    more = line(100202, small, 1, at("2026-10-03T10:00:00"))
    edited.lines.append(more)
    edited.lines[0].removed.append((at("2026-10-03T10:00:00"), 1))
    edited.changes.append(at("2026-10-03T10:00:00"))
    refund(5003, edited, "2026-10-03T10:01:00", (RefundLine(edited.lines[0], 1, 1000, 80, True),), removes=True)

    unpaid = order(1003, "2026-10-04T10:00:00", [line(100301, cup, 1, 0)], left, shipping=500, shipping_tax=40)
    unpaid.paid, unpaid.payments = None, []
    unpaid.cancelled, unpaid.cancel_reason = at("2026-10-06T10:00:00"), "customer"
    unpaid.changes.append(unpaid.cancelled)

    cancelled = order(1004, "2026-10-05T10:00:00", [line(100401, cup, 1, 0)], kept)
    cancelled.cancelled, cancelled.cancel_reason = at("2026-10-07T10:00:00"), "fraud"
    one = RefundLine(cancelled.lines[0], 1, 1000, 80, True)
    refund(5004, cancelled, "2026-10-07T10:00:00", (one,), is_cancellation=True)

    # The bank sends the refund back two days later: from then on it never happened.
    failed = order(1005, "2026-10-06T10:00:00", [line(100501, cup, 1, 0)], kept)
    one = RefundLine(failed.lines[0], 1, 1000, 80, True)
    refund(5005, failed, "2026-10-08T10:00:00", (one,), failed=at("2026-10-10T10:00:00"))
    failed.changes.append(at("2026-10-10T10:00:00"))

    test = order(1006, "2026-10-07T10:00:00", [line(100601, cup, 1, 0)], kept, channel="pos")
    test.is_test = True
    mixed = order(1007, "2026-10-08T10:00:00", [line(100701, voucher, 1, 0), line(100702, jug, 1, 0)], None)
    mixed.coupons, mixed.fulfilled, mixed.completed = (
        ((free, 500),),
        at("2026-10-09T10:00:00"),
        at("2026-10-10T10:00:00"),
    )
    mixed.changes += [mixed.fulfilled, mixed.completed]
    deleted = order(1008, "2026-10-08T11:00:00", [line(100801, cup, 1, 0)], kept)
    deleted.deleted = at("2026-10-20T10:00:00")
    old = order(1009, "2026-06-01T10:00:00", [line(100901, cup, 1, 0)], kept)
    abroad = order(1040, "2026-10-08T12:00:00", [line(104001, cup, 1, 0)], kept)  # 40 divides it: see PRESENTED
    shop.orders += [old, full, edited, unpaid, cancelled, failed, test, mixed, deleted, abroad]
    for number in range(1010, 1022):  # twelve of the very same second
        shop.orders.append(order(number, "2026-11-01T10:00:00", [line(number * 100 + 1, cup, 1, 0)], kept))
    shop.orders.append(order(1022, "2027-01-01T10:00:00", [line(102201, cup, 1, 0)], kept))
    shop.carts += [
        Cart(at("2026-11-18T09:00:00"), 1, kept, None, [(small, 2, 2500), (cup, 1, 1000)], None, True),
        Cart(at("2026-11-18T09:00:00"), 2, kept, None, [(small, 1, 2500)], None, False),
        Cart(full.created - 60, 3, kept, None, [(small, 1, 2500)], full, True),
        Cart(full.created - 7200, 4, kept, None, [(small, 1, 2500)], full, True),
    ]
    return shop


@dataclass
class Client:
    """Asks the pretended shop without a network."""

    shop: Shop = field(default_factory=albany_shop)
    token: str = "shpat_simulator"
    is_limited: bool = False
    clock: Clock = field(default_factory=lambda: Clock(datetime.fromtimestamp(NOW, UTC)))

    def __post_init__(self) -> None:
        self.api = Shopify(lambda now: self.shop, self.clock, self.is_limited)

    def send(self, body: Any, path: str = "/admin/api/2026-10/graphql.json", **headers: str) -> Answer:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        standard = {"host": "127.0.0.1:8080", "content-type": "application/json", "x-shopify-access-token": self.token}
        return self.api.answer(Request("POST", path, "", standard | headers, content))

    def ask(self, query: str, /, **variables: Any) -> Any:
        """Return the whole answer, errors and extensions beside the data."""
        answer = self.send({"query": query, "variables": variables})
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def data(self, query: str, /, **variables: Any) -> Any:
        """Return the data of an answer without errors."""
        answer = self.ask(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def order(self, number: int, wanted: str) -> Any:
        return self.data(f'{{ order(id: "gid://shopify/Order/{number}") {{ {wanted} }} }}')["order"]


def number_of(gid: str) -> int:
    return int(gid.rpartition("/")[2])


def every_field(type_: Any, depth: int, seen: tuple[str, ...] = ()) -> str:
    """Write a selection of all fields without compulsory arguments, two rows of every list."""
    parts = ["__typename"]
    for name, of in type_.fields.items():
        named = of.type
        while hasattr(named, "of_type"):
            named = named.of_type
        if any(map(is_required_argument, of.args.values())):
            continue
        arguments = "(first: 2)" if "first" in of.args else ""
        if not hasattr(named, "fields"):
            if not hasattr(named, "types"):
                parts.append(name + arguments)
        elif depth and named.name not in seen:
            parts.append(f"{name}{arguments} {{ {every_field(named, depth - 1, (*seen, named.name))} }}")
    return " ".join(parts)
