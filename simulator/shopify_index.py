"""Finds what a shop has by its id, and keeps lists in their order. The shop's own lists only ever grow."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any

from simulator.shopify_paging import Key
from simulator.shopify_sales import refund_number
from simulator.trade.model import Cart, Category, Customer, Line, Order, Payment, Product, Shop, Variant

_LISTS_KEPT = 12


class Index:
    """One shop, looked up by number."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.orders: dict[int, Order] = {}
        self.lines: dict[int, tuple[Order, Line]] = {}
        self.refunded: dict[int, Order] = {}  # by the refund's number
        self.payments: dict[int, Payment] = {}
        self.customers: dict[int, Customer] = {}
        self.products: dict[int, Product] = {}
        self.variants: dict[int, Variant] = {}
        self.carts: dict[int, Cart] = {}
        self.collections: dict[int, Category] = {}
        self.orders_of: defaultdict[int, list[Order]] = defaultdict(list)
        self._seen: defaultdict[str, int] = defaultdict(int)
        self._lists: OrderedDict[Any, tuple[int, list[Key], list[Any]]] = OrderedDict()
        self.grow()

    def grow(self) -> None:
        """Take in what was added to the shop."""
        shop = self.shop
        for order in self._news("orders", shop.orders):
            self.orders[order.id] = order
            if order.customer is not None:
                self.orders_of[order.customer.id].append(order)
        self.customers.update((one.id, one) for one in self._news("customers", shop.customers))
        self.carts.update((one.id, one) for one in self._news("carts", shop.carts))
        self.collections.update((one.id, one) for one in self._news("categories", shop.categories))
        self.products.update((one.id, one) for one in self._news("products", shop.products))
        variants = shop.variants
        if len(variants) != len(self.variants):
            self.variants = {one.id: one for one in variants}

    def line(self, number: int) -> tuple[Order, Line] | None:
        """Return a line with its order."""
        if number not in self.lines:
            self._look_inside_orders()
        return self.lines.get(number)

    def order_of_refund(self, number: int) -> Order | None:
        """Return the order that has a refund, or had one that failed."""
        if number not in self.refunded:
            self._look_inside_orders()
        return self.refunded.get(number)

    def payment(self, number: int) -> Payment | None:
        """Return a payment."""
        if number not in self.payments:
            self._look_inside_orders()
        return self.payments.get(number)

    def _look_inside_orders(self) -> None:
        # Done late, and again where a number is unknown: orders get new lines, refunds and payments.
        for order in self.shop.orders:
            self.lines.update((line.id, (order, line)) for line in order.lines)
            self.payments.update((payment.id, payment) for payment in order.payments)
            self.refunded.update((refund.id, order) for refund in order.refunds)
            if order.cancelled is not None:
                self.refunded[refund_number(None, order)] = order

    def listed(
        self, name: Any, now: int, rows: Callable[[], list[Any]], key: Callable[[Any], Key]
    ) -> tuple[list[Key], list[Any]]:
        """Return a list with its keys in order, worked out once for each name while the clock stands at `now`."""
        held = self._lists.get(name)
        if held is None or held[0] != now:
            pairs = sorted(((key(row), row) for row in rows()), key=lambda pair: pair[0])
            held = (now, [pair[0] for pair in pairs], [pair[1] for pair in pairs])
            self._lists[name] = held
            if len(self._lists) > _LISTS_KEPT:
                self._lists.popitem(last=False)
        self._lists.move_to_end(name)
        return held[1], held[2]

    def _news(self, name: str, rows: list[Any]) -> list[Any]:
        first = self._seen[name]
        self._seen[name] = len(rows)
        return rows[first:]
