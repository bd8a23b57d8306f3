"""A Japanese shop of three orders, made by hand, so that every amount can be checked by hand."""

from datetime import UTC, date, datetime
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

DAY = 86_400
OPENED = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
NOON = OPENED + 9 * DAY + 43_200  # 10 November 2026, 12:00 UTC
TOKYO = Address("1-2-3 Ginza", "Chuo", "Tokyo", "13", "104-0061", "JP")


def product(shop: Shop, number: int, title: str, price: int, per_mille: int, sizes: tuple[str, ...] = ("",)) -> Product:
    slug = title.lower().replace(" ", "-")
    made = Product(OPENED, number, title, slug, "Hinode", shop.categories[1], f"{title}.", ("new",), per_mille)
    for position, size in enumerate(sizes):
        made.variants.append(
            Variant(
                OPENED,
                number * 10 + position,
                made,
                f"SKU-{number}-{position}",
                {"Size": size} if size else {},
                Steps(OPENED, price),
                Steps(OPENED, 0),
                price // 2,
                Steps(OPENED, 100),
            )
        )
    shop.products.append(made)
    return made


def line(order: Order, number: int, of: Product, quantity: int, *, markdown: int = 0, share: int = 0) -> Line:
    variant = of.variants[0]
    price = int(variant.price.values[0])
    made = Line(
        number,
        len(order.lines) + 1,
        of,
        variant,
        of.title,
        variant.sku,
        quantity,
        price,
        markdown,
        share,
        of.tax_per_mille,
        True,
        order.created,
    )
    order.lines.append(made)
    return made


def order(shop: Shop, number: int, created: int, customer: Customer | None, **more: object) -> Order:
    fields: dict[str, object] = {
        "coupons": (),
        "shipping": 500,
        "shipping_tax": 50,
        "fee": 0,
        "fee_tax": 0,
        "tip": 0,
        "gift_card": 0,
        "method": "card",
        "channel": "web",
    }
    email = customer.email if customer else "guest@example.com"
    made = Order(created, number, f"JP-{number:04d}", customer, email, None, TOKYO, [], **(fields | more))  # type: ignore[arg-type]
    shop.orders.append(made)
    return made


def pay(
    order: Order, number: int, at: int, kind: str, status: str, amount: int, parent: Payment | None = None
) -> Payment:
    made = Payment(at, number, order, kind, status, amount, order.method, f"pi_{number}", parent)  # type: ignore[arg-type]
    order.payments.append(made)
    return made


def small_shop() -> Shop:
    """Build the shop.

    1001, a customer: two teas of 1,080 with a coupon of 10 % (216), one pot of 3,300 marked down by 300; card, held,
    then taken; one tea given back two days later. Its id divides by neither 19, 7 with rest 3, nor 5 with rest 2.
    1006, a guest at the counter in Ginza: three teas with a coupon of 1,000 yen on the whole; pays by invoice later.
    1026, which is 54 times 19 and so has no `taxedPrice`: one pot; cancelled, then deleted a day later.
    """
    shop = Shop("shop-jp", "Hinode", "JPY", 0, ZoneInfo("Asia/Tokyo"), "JP", True)
    top = Category(1, "All", "all", None, OPENED)
    shop.categories += [top, Category(2, "Tea", "tea", top, OPENED)]
    tea = product(shop, 1, "Green Tea", 1080, 80, ("S", "L"))
    pot = product(shop, 5, "Tea Pot", 3300, 100)
    buyer = Customer(
        *(OPENED + DAY, 1, 1, "Aiko", "Sato", "aiko@example.com", None, date(1990, 5, 1), "female", "ja"),
        [(OPENED + DAY, TOKYO)],
        Steps(OPENED, 0),
    )
    shop.customers.append(buyer)
    ten = Coupon(OPENED, 1, "TEN", "percent", 10)
    flat = Coupon(OPENED, 2, "FLAT1000", "fixed", 1000)
    shop.coupons += [ten, flat]

    first = order(shop, 1001, NOON, buyer, coupons=((ten, 216),))
    teas = line(first, 1, tea, 2, share=216)
    line(first, 2, pot, 1, markdown=300)
    first.paid = NOON + DAY
    first.changes += [NOON + 60, NOON + DAY, NOON + 2 * DAY]
    held = pay(first, 1, NOON, "authorization", "success", 5494)
    taken = pay(first, 2, NOON + DAY, "capture", "success", 5494, held)
    refund = Refund(NOON + 2 * DAY, 1, first, (RefundLine(teas, 1, 900, 72, True),), 0, 0, 0, "Too much")
    first.refunds.append(refund)
    back = pay(first, 3, NOON + 2 * DAY, "refund", "success", 972, taken)
    back.refund = refund

    second = order(shop, 1006, NOON + 60, None, coupons=((flat, 1000),), channel="pos", shipping=0, shipping_tax=0)
    line(second, 3, tea, 3, share=1000)
    second.method, second.late = "invoice", 600
    asked = pay(second, 4, NOON + 60, "sale", "pending", 2240)
    pay(second, 5, NOON + 3 * DAY, "sale", "success", 2240, asked)

    third = order(shop, 1026, NOON + 60, buyer)
    line(third, 4, pot, 1)
    third.cancelled, third.deleted = NOON + DAY, NOON + 2 * DAY
    third.changes.append(NOON + DAY)

    shop.carts.append(Cart(NOON - 600, 1, buyer, buyer.email, [(tea.variants[0], 2, 1080)], first, True))
    shop.carts.append(Cart(NOON - 500, 2, None, None, [(tea.variants[1], 1, 1080)], None, False))
    tea.reviews.append(Review(NOON + DAY, 1, tea, buyer, "Aiko", buyer.email, 4, "Good."))
    return shop
