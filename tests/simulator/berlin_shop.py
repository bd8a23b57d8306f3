"""A shop in Berlin, made by hand: every amount below can be worked out on paper. Prices have the tax inside."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from simulator.catalogue import Steps
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
    Review,
    Shop,
    Variant,
)


def at(text: str) -> int:
    """Return an instant of UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


OPENED, NOW = at("2026-01-05T08:00:00"), at("2026-11-20T09:40:00")
HOME = Address("Torstr. 1", "Berlin", "Berlin", "BE", "10119", "DE")


def product(number: int, category: Category, title: str, per_mille: int, options: list[str], price: int) -> Product:
    made = Product(OPENED, number, title, f"thing-{number}", "Marke", category, "A thing <3", ("new",), per_mille)
    for position, option in enumerate(options or [""]):
        variant = Variant(
            *(OPENED, number * 10 + position, made, f"SKU-{number}-{option or 0}", {"Size": option} if option else {}),
            *(Steps(OPENED, price), Steps(OPENED, 0), None, Steps(OPENED, 5)),
        )
        made.variants.append(variant)
    return made


def line(number: int, variant: Variant, quantity: int, created: int, share: int = 0) -> Line:
    of = variant.product
    price = int(variant.price.at(created))
    return Line(
        *(number, 1, of, variant, of.title, variant.sku, quantity, price, 0, share, of.tax_per_mille, True, created)
    )


def order(number: int, created: str, lines: list[tuple[Variant, int, int]], customer: Customer | None) -> Order:
    """Return an order: lines are variant, quantity and share of the coupons."""
    instant = at(created)
    email = customer.email if customer is not None else "anna.guest@example.net"
    return Order(
        *(instant, number, f"B-{number}", customer, email, None, HOME),
        [line(number * 100 + place, *one[:2], instant, one[2]) for place, one in enumerate(lines)],
        *((), 0, 0, 0, 0, 0, 0, "bank_transfer", "web"),
    )


def berlin_shop() -> Shop:
    """Return a fresh shop; the orders are named in the tests by their ids."""
    shop = Shop("shop-eu", "Laden", "EUR", 2, ZoneInfo("Europe/Berlin"), "DE", prices_include_tax=True)
    cups, shirts = Category(1, "Becher & Gläser", "becher", None, OPENED), Category(2, "Hemden", "hemden", None, OPENED)
    shop.categories += [cups, shirts]
    cup, tea = product(3, cups, "Becher", 190, [], 1190), product(4, cups, "Tee", 70, [], 535)
    shirt, stocked = (
        product(5, shirts, "Hemd", 190, ["S", "M"], 4999),
        product(7, shirts, "Hose", 190, ["S", "M"], 3570),
    )
    binned, gone = product(8, cups, "Alter Krug", 190, [], 100), product(9, cups, "Weg", 190, [], 238)
    binned.trashed, gone.deleted = at("2026-06-01T00:00:00"), at("2026-07-01T00:00:00")
    shop.products += [cup, tea, shirt, stocked, binned, gone, product(10, cups, "Kanne", 190, [], 2380)]
    cup.variants[0].compare_at.set(OPENED, 1490)
    shirt.variants[1].changes.append(at("2026-05-05T10:00:00"))
    cup.reviews += [
        Review(at("2026-03-01T10:00:00"), 1, cup, None, "Eva", "eva@example.net", 5, "Gut & schön"),
        Review(at("2026-03-02T10:00:00"), 2, cup, None, "Udo", "udo@example.net", 4, "Ja"),
        Review(at("2030-03-02T10:00:00"), 3, cup, None, "Uta", "uta@example.net", 1, "Nie"),
    ]
    for number in (1, 2, 3, 4):
        shop.customers.append(
            Customer(
                *(OPENED + number, number, number, "Björn", f"Nr {number}", f"kunde{number}@example.com", None, None),
                *(None, "de", [(0, HOME)], Steps(0, 0)),
            )
        )
    kept, left, unseen, _ = shop.customers
    left.deleted, unseen.created = at("2026-08-01T00:00:00"), at("2027-01-01T00:00:00")
    kept.changes.append(at("2026-02-02T12:00:00"))
    five = Coupon(OPENED, 11, "FUENF", "fixed", 500)
    ten = Coupon(OPENED, 12, "ZEHN", "percent", 10, ends=at("2027-01-01T00:00:00"))
    free = Coupon(OPENED, 13, "FREI", "shipping", 0)
    shop.coupons += [five, ten, free]
    small = shirt.variants[0]
    cup_itself, tea_itself, gone_itself = cup.variants[0], tea.variants[0], gone.variants[0]

    # 2 shirts (99.98) less the coupon's 5.00, one tea (5.35), shipping 4.90 + 0.93, surcharge 2.00 + 0.38.
    full = order(1001, "2026-10-01T10:00:00", [(small, 2, 500), (tea_itself, 1, 0)], kept)
    full.coupons, full.shipping, full.shipping_tax, full.fee, full.fee_tax = ((five, 500),), 490, 93, 200, 38
    full.method, full.paid, full.completed = "card", full.created + 60, at("2026-10-03T10:00:00")
    full.payments.append(Payment(full.created + 60, 1, full, "sale", "success", 10884, "card", "pi_1"))
    # One shirt back at half of what was paid for two, and the shipping.
    full.refunds.append(
        Refund(
            *(at("2026-10-10T10:00:00"), 5001, full, (RefundLine(full.lines[0], 1, 3991, 758, True),), 490, 93, 0),
            "zu klein",
        )
    )
    full.changes += [full.created + 60, at("2026-10-03T10:00:00"), at("2026-10-10T10:00:00")]

    held = order(1002, "2026-10-02T10:00:00", [(cup_itself, 1, 0)], None)
    held.on_hold = held.created
    failed = order(1003, "2026-10-02T11:00:00", [(cup_itself, 1, 0)], None)
    failed.failed = failed.created + 600
    cancelled = order(1004, "2026-10-02T12:00:00", [(cup_itself, 1, 0)], left)
    cancelled.cancelled = at("2026-10-04T12:00:00")
    # 11.90 given back as a whole, by no more than setting the order to refunded.
    back = order(1005, "2026-10-03T10:00:00", [(cup_itself, 1, 0)], kept)
    back.paid = back.created
    whole = (RefundLine(back.lines[0], 1, 1000, 190, True),)
    back.refunds.append(Refund(at("2026-10-05T10:00:00"), 5004, back, whole, 0, 0, 0, "storno"))
    back.changes.append(at("2026-10-05T10:00:00"))
    binned_order = order(1006, "2026-10-03T11:00:00", [(cup_itself, 1, 0)], kept)
    binned_order.trashed = at("2026-10-06T10:00:00")
    deleted = order(1007, "2026-10-03T12:00:00", [(cup_itself, 1, 0)], kept)
    deleted.deleted = at("2026-10-07T10:00:00")
    # The night the clocks go back: 00:30 and 01:30 UTC are both 02:30 in Berlin.
    early = order(1008, "2026-10-25T00:30:00", [(gone_itself, 1, 0)], kept)
    late = order(1009, "2026-10-25T01:30:00", [(cup_itself, 1, 0)], kept)
    late.refunds.append(Refund(at("2026-10-26T10:00:00"), 5002, late, (), 0, 0, 100, "Kulanz"))
    late.coupons = ((free, 490),)
    early.coupons = ((ten, 24),)
    shop.orders += [full, held, failed, cancelled, back, binned_order, deleted, early, late]
    for number in range(1010, 1022):  # twelve of the very same second
        one = order(number, "2026-11-01T10:00:00", [(cup_itself, 3, 0)], kept)
        one.paid = one.created
        shop.orders.append(one)
    shop.orders.append(order(1022, "2027-01-01T10:00:00", [(cup_itself, 1, 0)], kept))
    shop.carts += [
        Cart(at("2026-11-20T09:00:00"), 1, None, "anna@example.net", [(small, 1, 4999)], None, True),
        Cart(at("2026-11-20T09:00:00"), 2, kept, None, [(small, 1, 4999)], None, False),
        Cart(at("2026-11-18T09:00:00"), 3, kept, None, [(small, 1, 4999)], None, True),
        Cart(at("2026-10-01T09:00:00"), 4, kept, None, [(small, 1, 4999)], full, True),
    ]
    return shop
