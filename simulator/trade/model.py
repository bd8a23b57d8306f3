"""What happens in a shop, in no platform's words. The platforms' routers show it; `truth.py` sums it.

Instants are Unix seconds; money is whole minor units of the shop's currency (yen have none below the yen). `listed`
amounts are as the shop shows its prices: with the tax inside where `Shop.prices_include_tax`. All other amounts are
without tax, and the tax stands beside them. What lies after the clock is in these objects already; every method that
takes `now` leaves it out.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from simulator.catalogue import Steps


def tax_inside(listed: int, per_mille: int) -> int:
    """The tax in an amount that has it inside, rounded half up to the minor unit."""
    return (2 * listed * per_mille + 1000 + per_mille) // (2 * (1000 + per_mille))


def tax_on(net: int, per_mille: int) -> int:
    """The tax on top of an amount, rounded half up to the minor unit."""
    return (2 * net * per_mille + 1000) // 2000


@dataclass(slots=True, eq=False)
class Changing:
    """Something that changes at known instants. `late` is how long the row stays invisible after it was written."""

    created: int
    changes: list[int] = field(default_factory=list[int], kw_only=True)  # ascending, without `created`
    late: int = field(default=0, kw_only=True)  # seconds; a row committed late carries its old times

    def is_there(self, now: int) -> bool:
        """Whether an API shows it at an instant, deletions aside."""
        return self.created + self.late <= now

    def updated(self, now: int) -> int:
        """Return the last change by an instant."""
        position = bisect_right(self.changes, now)
        return self.changes[position - 1] if position else self.created


@dataclass(slots=True, frozen=True)
class Address:
    """Where goods go. `region` is a state or prefecture as people write it, `region_code` its ISO 3166-2 part."""

    street: str
    city: str
    region: str
    region_code: str
    postcode: str
    country: str  # ISO 3166-1, two letters


@dataclass(slots=True, eq=False)
class Customer(Changing):
    """An account in one shop. The same `person` may have one in several shops, under another spelling of the email."""

    id: int
    person: int
    first: str
    last: str
    email: str
    phone: str | None
    born: date | None
    gender: Literal["female", "male"] | None
    language: str
    addresses: list[tuple[int, Address]]  # since when; the first from the beginning
    accepts_marketing: Steps  # 0 or 1
    deleted: int | None = None

    def address(self, now: int) -> Address:
        """Return the address on file at an instant."""
        return next((address for since, address in reversed(self.addresses) if since <= now), self.addresses[0][1])


@dataclass(slots=True, frozen=True)
class Category:
    """A shelf of the shop."""

    id: int
    title: str
    slug: str
    parent: Category | None
    created: int


@dataclass(slots=True, eq=False)
class Variant(Changing):
    """What can be put into a basket. A simple product has exactly one, without options."""

    id: int
    product: Product
    sku: str
    options: dict[str, str]  # such as {"Size": "M", "Colour": "Navy"}; empty for a simple product
    price: Steps  # listed
    compare_at: Steps  # listed price before a markdown; 0 where there is none
    cost: int | None  # what the shop pays for one, where it keeps book of that
    stock: Steps


@dataclass(slots=True, eq=False)
class Product(Changing):
    """One thing the shop sells."""

    id: int
    title: str
    slug: str
    brand: str
    category: Category
    description: str
    tags: tuple[str, ...]
    tax_per_mille: int
    is_gift_card: bool = False
    variants: list[Variant] = field(default_factory=list["Variant"])
    reviews: list[Review] = field(default_factory=list["Review"])
    trashed: int | None = None  # gone from the lists, still there where a platform has a trash
    deleted: int | None = None  # gone for good


@dataclass(slots=True, eq=False)
class Review(Changing):
    """What somebody wrote about a product."""

    id: int
    product: Product
    customer: Customer | None
    author: str
    email: str
    rating: int
    text: str


@dataclass(slots=True, eq=False)
class Coupon(Changing):
    """A discount code."""

    id: int
    code: str
    kind: Literal["percent", "fixed", "shipping"]
    value: int  # percent, or listed minor units
    ends: int | None = None


@dataclass(slots=True, eq=False)
class Line:
    """A line of an order. Title, sku and price are copies: the product may change or go.

    listed_discount  markdown of this very line
    listed_share     its share of the order's coupons
    added            when it was put into the order, for a line of an order edit; else the order's own instant
    removed          later removals by an order edit: (instant, units taken out)
    """

    id: int
    position: int  # from 1
    product: Product
    variant: Variant
    title: str
    sku: str
    quantity: int
    listed_price: int
    listed_discount: int
    listed_share: int
    tax_per_mille: int
    prices_include_tax: bool
    added: int
    removed: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    @property
    def listed_gross(self) -> int:
        """Price times quantity."""
        return self.listed_price * self.quantity

    @property
    def listed_total(self) -> int:
        """After all discounts."""
        return self.listed_gross - self.listed_discount - self.listed_share

    @property
    def gross(self) -> int:
        """Price times quantity without tax."""
        return self.listed_gross - (tax_inside(self.listed_gross, self.tax_per_mille) if self.prices_include_tax else 0)

    @property
    def tax(self) -> int:
        """Tax on what is paid for the line."""
        of = tax_inside if self.prices_include_tax else tax_on
        return of(self.listed_total, self.tax_per_mille)

    @property
    def net(self) -> int:
        """What is paid for the line without tax."""
        return self.listed_total - (self.tax if self.prices_include_tax else 0)

    @property
    def discounts(self) -> int:
        """All discounts without tax: gross − net."""
        return self.gross - self.net

    def worth(self, first: int, count: int) -> tuple[int, int, int]:
        """Return gross, net and tax of `count` units from the `first` (0) on; the parts of a line add up to the line.

        Refunds give units back from the first on, order edits take them out from the last.
        """

        def part(whole: int) -> int:
            return whole * (first + count) // self.quantity - whole * first // self.quantity

        return part(self.gross), part(self.net), part(self.tax)

    def units(self, now: int) -> int:
        """Units in the order at an instant: 0 before it was added, less what edits took out; refunds change nothing."""
        return 0 if now < self.added else self.quantity - sum(units for at, units in self.removed if at <= now)


@dataclass(slots=True, frozen=True)
class RefundLine:
    """Units of a line given back; `amount` without tax."""

    line: Line
    quantity: int
    amount: int
    tax: int
    is_restocked: bool


@dataclass(slots=True, eq=False)
class Refund(Changing):
    """Money given back. `goodwill` is for no line; `removes` marks that it pays for units an order edit took out."""

    id: int
    order: Order
    lines: tuple[RefundLine, ...]
    shipping: int
    shipping_tax: int
    goodwill: int
    reason: str
    is_cancellation: bool = False
    removes: bool = False
    failed: int | None = None  # the bank sent it back: from then on it never happened

    @property
    def total(self) -> int:
        """All money given back, tax included."""
        return self.goodwill + self.shipping + self.shipping_tax + sum(one.amount + one.tax for one in self.lines)


@dataclass(slots=True, eq=False)
class Payment(Changing):
    """One movement of money at the payment provider. An authorization moves none; its capture names it as `parent`.

    `failed` is when the bank sent a refund back that had looked like a success.
    """

    id: int
    order: Order
    kind: Literal["authorization", "capture", "sale", "void", "refund"]
    status: Literal["success", "pending", "failure"]
    amount: int
    method: str  # card, paypal, invoice, bank_transfer, cash, gift_card
    reference: str  # the provider's id, such as pi_…
    parent: Payment | None = None
    refund: Refund | None = None
    failed: int | None = None

    def status_at(self, now: int) -> Literal["success", "pending", "failure"]:
        """Return the status as of an instant."""
        return "failure" if self.failed is not None and self.failed <= now else self.status


@dataclass(slots=True, eq=False)
class Order(Changing):
    """A placed order.

    customer       None for a guest, who may have left an email
    paid           when it was paid; None: not yet, or never
    fulfilled      when everything was sent
    completed      when the shop closed it
    on_hold, failed   Woo-like stops before payment; a failed order was never a sale
    trashed        in the trash from then on (where the platform has one; elsewhere it counts as deleted)
    """

    id: int
    number: str
    customer: Customer | None
    email: str | None
    phone: str | None
    address: Address
    lines: list[Line]
    coupons: tuple[tuple[Coupon, int], ...]  # each with the listed amount it took off (goods; of shipping for its kind)
    shipping: int  # without tax, after a shipping coupon
    shipping_tax: int
    fee: int  # a surcharge such as for paying on invoice, without tax
    fee_tax: int
    tip: int
    gift_card: int  # part of the total that a gift card paid
    method: str
    channel: Literal["web", "pos", "phone"]
    is_test: bool = False
    paid: int | None = None
    on_hold: int | None = None
    failed: int | None = None
    fulfilled: int | None = None
    completed: int | None = None
    cancelled: int | None = None
    cancel_reason: str | None = None
    trashed: int | None = None
    deleted: int | None = None
    cart_id: int | None = None  # the cart it was bought from, where that had been left behind before
    refunds: list[Refund] = field(default_factory=list["Refund"])
    payments: list[Payment] = field(default_factory=list["Payment"])

    @property
    def is_sale(self) -> bool:
        """Whether it ever counts as revenue: no test order, none whose payment failed for good."""
        return not self.is_test and self.failed is None

    @property
    def placed_lines(self) -> list[Line]:
        """The lines as of the moment of the order, without what edits added."""
        return [line for line in self.lines if line.added == self.created]

    @property
    def placed_total(self) -> int:
        """What was asked at the moment of the order, tax, shipping, fee and tip included."""
        goods = sum(line.net + line.tax for line in self.placed_lines)
        return goods + self.shipping + self.shipping_tax + self.fee + self.fee_tax + self.tip

    def is_deleted(self, now: int) -> bool:
        """Whether it is gone for good."""
        return self.deleted is not None and self.deleted <= now

    def refunds_at(self, now: int) -> list[Refund]:
        """Return the refunds given by an instant that have not failed by then, oldest first."""
        return [
            refund
            for refund in self.refunds
            if refund.is_there(now) and not (refund.failed is not None and refund.failed <= now)
        ]


@dataclass(slots=True, eq=False)
class Cart(Changing):
    """A basket or checkout: bought as `order`, at once or days after it was left, or left behind."""

    id: int
    customer: Customer | None
    email: str | None
    lines: list[tuple[Variant, int, int]]  # variant, quantity, listed price
    order: Order | None
    reached_checkout: bool

    @property
    def listed_subtotal(self) -> int:
        """Price times quantity over the lines."""
        return sum(quantity * price for _, quantity, price in self.lines)

    def is_bought(self, now: int) -> bool:
        """Whether it has become an order by an instant."""
        return self.order is not None and self.order.created <= now


@dataclass(slots=True, eq=False)
class Shop:
    """One shop with all that ever happens in it, each list in the order of creation."""

    name: str
    title: str
    currency: str
    decimals: int  # of the currency: 2, yen 0
    zone: ZoneInfo
    country: str
    prices_include_tax: bool
    categories: list[Category] = field(default_factory=list[Category])
    products: list[Product] = field(default_factory=list[Product])
    customers: list[Customer] = field(default_factory=list[Customer])
    coupons: list[Coupon] = field(default_factory=list[Coupon])
    orders: list[Order] = field(default_factory=list[Order])
    carts: list[Cart] = field(default_factory=list[Cart])

    @property
    def variants(self) -> list[Variant]:
        """All variants of all products."""
        return [variant for product in self.products for variant in product.variants]
