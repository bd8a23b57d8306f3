"""What is true of a shop as of an instant: sums over the world's own objects, never over what an API shows of them.

Every sum is one over the order's events: placed, edited, given back, cancelled, each on its own day in the shop's zone.

Which orders count
  never            a test order, one deleted or in the trash by then, one not yet visible
  shop-eu          WooCommerce: processing, on-hold, completed, refunded. An order counts on the day it was placed once
                   it is on hold or paid; a cancelled one leaves the books wholly, its day included; failed and unpaid
                   ones were never in
  the others       every order, unpaid ones too. A cancellation takes back on its own day what is left of the order

What the words mean
  gross_sales      price times quantity of what was placed and what edits added, less what edits took out
  discounts        of those, positive
  returns          goods given back at what was paid for them, goodwill, and what a cancellation takes back; positive
  net_sales        gross_sales - discounts - returns
  shipping, taxes, fees, tips      as asked, less what was given back of them
  total_sales      net_sales + shipping + taxes + fees + tips
  units            put into orders; returned_units came back

Amounts are without tax; the tax is in `taxes`. A gift card sold is no revenue: its line is in no sum but `gift_cards`,
which is no part of total_sales. One redeemed is a way to pay and changes nothing. A refund that failed by then never
happened. A refund for units that an edit took out is only money: the edit has taken them out of the sales already.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from simulator.seasons import iso, local_day
from simulator.trade.buyers import PLACEHOLDERS
from simulator.trade.carts import carts_by_day
from simulator.trade.model import Line, Order, Product, Refund, Shop
from simulator.trade.money import of_order as of_money

WOOCOMMERCE_SHOPS = ("shop-eu",)
Measure = Literal["gross_sales", "discounts", "returns", "shipping", "taxes", "fees", "tips", "gift_cards"]
_MEASURES: tuple[Measure, ...] = (
    *("gross_sales", "discounts", "returns", "shipping", "taxes", "fees", "tips"),
    "gift_cards",
)
_GOODS: tuple[Measure, ...] = ("gross_sales", "discounts", "returns")


@dataclass(slots=True, frozen=True)
class Event:
    """One effect on total sales, signed: a sale is positive, its discount and its return are negative."""

    at: int
    action: Literal["order", "edit", "return", "cancel"]
    measure: Measure
    amount: int
    units: int = 0
    product: Product | None = None


@dataclass(slots=True)
class Sums:
    """Sales of something: a day, a product, a customer, everything."""

    orders: set[int] = field(default_factory=set[int])
    units: int = 0
    returned_units: int = 0
    amounts: dict[Measure, int] = field(default_factory=lambda: dict.fromkeys(_MEASURES, 0))

    def add(self, order: Order, event: Event) -> None:
        """Add an event. An order is one where it was placed, not where something comes back."""
        if event.action == "order":
            self.orders.add(order.id)
        if event.measure == "gross_sales":
            self.units += event.units
        else:
            self.returned_units -= event.units
        self.amounts[event.measure] += event.amount

    def shown(self, decimals: int) -> dict[str, Any]:
        """Return the sums in decimals of the currency; discounts and returns as what they take away."""
        net = sum(self.amounts[measure] for measure in _GOODS)
        total = net + sum(self.amounts[measure] for measure in ("shipping", "taxes", "fees", "tips"))
        money = self.amounts | {"discounts": -self.amounts["discounts"], "returns": -self.amounts["returns"]}
        money |= {"net_sales": net, "total_sales": total}
        counts = {"orders": len(self.orders), "units": self.units, "returned_units": self.returned_units}
        return counts | {name: _text(amount, decimals) for name, amount in money.items()}


def of_shop(shop: Shop, now: int, *, with_orders: bool = False) -> dict[str, Any]:
    """Return the truth as of an instant; `null` stands for guests and for what has no product."""
    total = Sums()
    by_day, by_product, by_customer, by_person = (defaultdict[str, Sums](Sums) for _ in range(4))
    shown_orders: dict[str, Any] = {}
    for place, order in enumerate(shop.orders):
        if not is_counted(shop, order, now):
            continue
        of_order = Sums()
        customer = "null" if order.customer is None else str(order.customer.id)
        person = person_of(order) or "null"
        for event in events(order, now):
            day = local_day(event.at, shop.zone).isoformat()
            product = "null" if event.product is None else str(event.product.id)
            for sums in (total, of_order, by_day[day], by_customer[customer], by_person[person]):
                sums.add(order, event)
            # Shipping, fees and tips are no product's; goodwill is a return without one.
            if event.product is not None or event.measure == "returns":
                by_product[product].add(order, event)
        if with_orders:
            money = {"money": of_money(shop, order, place, now)}
            shown_orders[str(order.id)] = _head(shop, order, now) | of_order.shown(shop.decimals) | money
    shown = {
        "shop": shop.name,
        "as_of": iso(now),
        "timezone": shop.zone.key,
        "currency": shop.currency,
        "totals": total.shown(shop.decimals),
        "by_day": _each(by_day, shop.decimals),
        "by_product": _each(by_product, shop.decimals),
        "by_customer": _each(by_customer, shop.decimals),
        "by_person": _each(by_person, shop.decimals),
        "people_deleted": sorted({_address(one.email) for one in shop.customers if _by(one.deleted, now)}),
        "carts_by_day": carts_by_day(shop, now),
        "rows": rows(shop, now),
        "shelf": shelf(shop, now),
    }
    return shown | ({"orders": shown_orders} if with_orders else {})


def person_of(order: Order) -> str | None:
    """Who bought, across all shops: the email address as it is, whatever its spelling; None where nobody can know.

    Everybody has one address and one phone number, which nobody else has: who shares one is the same person. A guest
    who left no address, or one that stands for nobody, is nobody.
    """
    address = order.email if order.customer is None else order.customer.email
    return None if address is None or address in PLACEHOLDERS else _address(address)


def is_counted(shop: Shop, order: Order, now: int) -> bool:
    """Whether an order is in the books as of an instant, by its platform's rule."""
    is_gone = order.is_deleted(now) or _by(order.trashed, now)
    if order.is_test or is_gone or not order.is_there(now):
        return False
    if shop.name not in WOOCOMMERCE_SHOPS:
        return True
    is_stopped = _by(order.cancelled, now) or _by(order.failed, now)
    return not is_stopped and (_by(order.on_hold, now) or _by(order.paid, now))


def events(order: Order, now: int) -> Iterator[Event]:
    """Yield what happened to an order by an instant."""
    yield from _placed(order)
    yield from _edited(order, now)
    refunds = [refund for refund in order.refunds_at(now) if not refund.removes]
    for refund in refunds:
        yield from _given_back(refund)
    if order.cancelled is not None and order.cancelled <= now:
        yield from _taken_back(order, refunds, order.cancelled)


def rows(shop: Shop, now: int) -> dict[str, int]:
    """Return how many rows there are to be read of each kind: test orders too, not what is deleted or in a trash."""

    def is_listed(thing: Any) -> bool:
        return thing.is_there(now) and not any(_by(getattr(thing, end, None), now) for end in ("deleted", "trashed"))

    orders = [order for order in shop.orders if is_listed(order)]
    products = [product for product in shop.products if is_listed(product)]
    return {
        "customers": sum(map(is_listed, shop.customers)),
        "products": len(products),
        "variants": sum(variant.is_there(now) for product in products for variant in product.variants),
        "reviews": sum(review.is_there(now) for product in products for review in product.reviews),
        "coupons": sum(map(is_listed, shop.coupons)),
        "orders": len(orders),
        "lines": sum(line.added <= now for order in orders for line in order.lines),
        "refunds": sum(len(order.refunds_at(now)) for order in orders),
        "payments": sum(payment.is_there(now) for order in orders for payment in order.payments),
        "carts": sum(map(is_listed, shop.carts)),
    }


def shelf(shop: Shop, now: int) -> dict[str, Any]:
    """Return what is offered, by its name in addresses: its number in `by_product`, stock, and the stars it was given.

    A gift card is no goods; what is in the trash or deleted is not offered.
    """
    shown: dict[str, Any] = {}
    for product in shop.products:
        is_gone = _by(product.trashed, now) or _by(product.deleted, now)
        if product.is_gift_card or is_gone or not product.is_there(now):
            continue
        stars = [review.rating for review in product.reviews if review.is_there(now)]
        shown[product.slug] = {
            "product": str(product.id),
            "stock": sum(int(one.stock.at(now)) for one in product.variants if one.is_there(now)),
            "variants": sum(one.is_there(now) for one in product.variants),
            "ratings": len(stars),
            "stars": sum(stars),
        }
    return shown


def _placed(order: Order) -> Iterator[Event]:
    for line in order.placed_lines:
        yield from _moved(line, order.created, "order", 0, line.quantity, 1)
    yield Event(order.created, "order", "shipping", order.shipping)
    yield Event(order.created, "order", "taxes", order.shipping_tax + order.fee_tax)
    yield Event(order.created, "order", "fees", order.fee)
    yield Event(order.created, "order", "tips", order.tip)


def _edited(order: Order, now: int) -> Iterator[Event]:
    for line in order.lines:
        if order.created < line.added <= now:
            yield from _moved(line, line.added, "edit", 0, line.quantity, 1)
        left = line.quantity
        for at, units in line.removed:
            left -= units
            if at <= now:
                yield from _moved(line, at, "edit", left, units, -1)


def _moved(line: Line, at: int, action: Literal["order", "edit"], first: int, units: int, sign: int) -> Iterator[Event]:
    """Put units of a line into the order, or take them out."""
    gross, net, tax = line.worth(first, units)
    if line.product.is_gift_card:
        yield Event(at, action, "gift_cards", sign * net)
        return
    yield Event(at, action, "gross_sales", sign * gross, sign * units, line.product)
    yield Event(at, action, "discounts", sign * (net - gross), 0, line.product)
    yield Event(at, action, "taxes", sign * tax, 0, line.product)


def _given_back(refund: Refund) -> Iterator[Event]:
    action = "cancel" if refund.is_cancellation else "return"
    for one in refund.lines:
        product = one.line.product
        if product.is_gift_card:
            yield Event(refund.created, action, "gift_cards", -one.amount)
            continue
        yield Event(refund.created, action, "returns", -one.amount, -one.quantity, product)
        yield Event(refund.created, action, "taxes", -one.tax, 0, product)
    if refund.goodwill:
        yield Event(refund.created, action, "returns", -refund.goodwill)
    if refund.shipping or refund.shipping_tax:
        yield Event(refund.created, action, "shipping", -refund.shipping)
        yield Event(refund.created, action, "taxes", -refund.shipping_tax)


def _taken_back(order: Order, refunds: list[Refund], at: int) -> Iterator[Event]:
    """Take back at a cancellation whatever of the order has not been given back by refunds."""
    returned = [one for refund in refunds for one in refund.lines]
    for line in order.lines:
        first = sum(one.quantity for one in returned if one.line is line)
        units = line.units(at) - first
        if units > 0:
            _, net, tax = line.worth(first, units)
            measure: Measure = "gift_cards" if line.product.is_gift_card else "returns"
            product = None if line.product.is_gift_card else line.product
            yield Event(at, "cancel", measure, -net, 0 if product is None else -units, product)
            yield Event(at, "cancel", "taxes", -tax, 0, product)
    is_whole = any(refund.is_cancellation for refund in refunds)
    if not is_whole:
        shipping_tax = order.shipping_tax - sum(refund.shipping_tax for refund in refunds)
        yield Event(at, "cancel", "shipping", sum(refund.shipping for refund in refunds) - order.shipping)
        yield Event(at, "cancel", "taxes", -(shipping_tax + order.fee_tax))
        yield Event(at, "cancel", "fees", -order.fee)
        yield Event(at, "cancel", "tips", -order.tip)


def _head(shop: Shop, order: Order, now: int) -> dict[str, Any]:
    return {
        "number": order.number,
        "date": local_day(order.created, shop.zone).isoformat(),
        "placed_at": iso(order.created),
        "customer": None if order.customer is None else str(order.customer.id),
        "email": order.email,
        "is_cancelled": _by(order.cancelled, now),
        "order_total": _text(_total(order, now), shop.decimals),
    }


def _total(order: Order, now: int) -> int:
    """What the order comes to with the edits so far, gift cards inside, refunds and cancellation left aside."""
    signed = [*_placed(order), *_edited(order, now)]
    return sum(event.amount for event in signed)


def _each(sums: dict[str, Sums], decimals: int) -> dict[str, Any]:
    return {key: one.shown(decimals) for key, one in sorted(sums.items())}


def _address(email: str) -> str:
    return email.strip().lower()


def _by(at: int | None, now: int) -> bool:
    return at is not None and at <= now


def _text(amount: int, decimals: int) -> str:
    return str(Decimal(amount).scaleb(-decimals))
