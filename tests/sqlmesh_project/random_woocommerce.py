"""WooCommerce's orders: refunds are rows of their own, and a cancelled order was never a sale."""

from collections.abc import Iterator
from typing import Any

from random_orders import Line, Order, Row, row, some_lines


class WooCommerceOrder(Order):
    def place(self) -> None:
        rate = self.random.choice((0, 7, 19))
        self.lines = some_lines(self.random, self.number, 1, lambda net: net * rate // 100)
        self.shipping = self.random.choice((0, self.random.randint(1, 2000)))
        self.shipping_tax = self.shipping * rate // 100
        self.fee = self.random.choice((0, 0, self.random.randint(1, 500)))
        # WooCommerce rounds each part and the total by themselves: they may be one apart.
        self.apart = self.random.choice((0, 0, 0, 1, -1))
        self.status = self.random.choice(("processing", "on-hold", "completed"))
        self.refunds: dict[str, dict[str, Any] | None] = {}
        self.back_by: dict[str, list[Any]] = {}
        self.shipping_left = bool(self.shipping)
        for line in self.lines:
            self.write_line("order", line, line.quantity)
        self.write("order", "shipping", self.shipping)
        self.write("order", "taxes", self.shipping_tax)
        self.write("order", "fees", self.fee)
        self.write("order", "rounding", self.apart)

    def total(self) -> int:
        return super().total() + self.fee + self.apart

    def given_back(self) -> int:
        return sum(refund["units"] for refund in self.refunds.values() if refund)

    def possible(self) -> Iterator[str]:
        if self.status in ("cancelled", "refunded", "trash"):
            return
        yield "move_on"
        if self.has_goods():
            yield from ("take_back",) * 4
        if self.shipping_left:
            yield "give_shipping_back"
        if self.given_back() + 500 < self.total():
            yield "give_goodwill"
        if self.given_back() < self.total():
            yield "give_all_back"
        if any(self.refunds.values()):
            yield "delete_refund"
        if not self.refunds:
            yield from ("cancel", "throw_away")

    def move_on(self) -> None:
        self.status = "completed"

    def refund(self, amount: int, lines: list[dict[str, Any]], shipping: list[dict[str, Any]], before: int) -> None:
        id = str(self.number * 100 + len(self.refunds))
        self.refunds[id] = {
            "units": amount,
            "parent_id": self.number,
            "date_created_gmt": self.at.isoformat(),
            "amount": self.shop.text(amount),
            "line_items": lines,
            "shipping_lines": shipping,
        }
        self.back_by[id] = self.events[before:]

    def returned(self, line: Line, units: int) -> dict[str, Any]:
        return {
            "id": line.id * 1000 + len(self.refunds),
            "product_id": line.product,
            "quantity": -units,
            "total": self.shop.text(-units * line.net),
            "total_tax": self.shop.text(-units * line.tax),
            "meta_data": [{"key": "_refunded_item_id", "value": str(line.id)}],
        }

    def take_back(self) -> None:
        before, line = len(self.events), self.some_line()
        units = self.random.randint(1, line.left)
        self.write_line("return", line, -units)
        self.refund(units * (line.net + line.tax), [self.returned(line, units)], [], before)

    def give_shipping_back(self) -> None:
        before = len(self.events)
        self.shipping_left = False
        self.write("return", "shipping", -self.shipping)
        self.write("return", "taxes", -self.shipping_tax)
        told = {"total": self.shop.text(-self.shipping), "total_tax": self.shop.text(-self.shipping_tax)}
        self.refund(self.shipping + self.shipping_tax, [], [{"id": self.number, **told}], before)

    def give_goodwill(self) -> None:
        before, amount = len(self.events), self.random.randint(1, 499)
        self.has_more_back = True
        self.write("return", "returns", -amount)
        self.refund(amount, [], [], before)

    def give_all_back(self) -> None:
        """By one click: nothing is named, and the status says it."""
        before, rest = len(self.events), self.total() - self.given_back()
        goodwill = sum(
            -event[4]
            for id, events in self.back_by.items()
            if self.refunds[id] and not (self.refunds[id]["line_items"] or self.refunds[id]["shipping_lines"])
            for event in events
        )
        for line in self.lines:
            self.write_line("return", line, -line.left)
        if self.shipping_left:
            self.write("return", "shipping", -self.shipping)
            self.write("return", "taxes", -self.shipping_tax)
        self.shipping_left = False
        self.write("return", "fees", -self.fee)
        self.write("return", "rounding", -self.apart)
        # What was given for nothing before is part of the sum, and is not given a second time.
        self.write("return", "returns", goodwill)
        self.status = "refunded"
        self.refund(rest, [], [], before)

    def delete_refund(self) -> None:
        """Somebody struck a refund out: the order no longer names it."""
        id = self.random.choice([id for id, refund in self.refunds.items() if refund])
        refund = self.refunds[id]
        assert refund is not None
        for event in self.back_by[id]:
            self.events.remove(event)
        for told in refund["line_items"]:
            (line,) = (
                line for line in self.lines if line.product == told["product_id"] and str(line.id) == _item(told)
            )
            line.left -= told["quantity"]
        self.shipping_left = self.shipping_left or bool(refund["shipping_lines"])
        self.refunds[id] = None

    def cancel(self) -> None:
        self.status, self.is_counted = "cancelled", False

    def throw_away(self) -> None:
        self.status, self.is_counted = "trash", False

    def rows(self) -> Iterator[Row]:
        items = [
            {
                "id": line.id,
                "name": f"Product {line.product}",
                "product_id": line.product,
                "variation_id": 0,
                "quantity": line.quantity,
                "subtotal": self.shop.text(line.quantity * line.price),
                "total": self.shop.text(line.quantity * line.net),
                "total_tax": self.shop.text(line.quantity * line.tax),
            }
            for line in self.lines
        ]
        standing = [{"id": int(id)} for id, refund in self.refunds.items() if refund]
        payload = {
            "number": str(self.number),
            "status": self.status,
            "currency": self.shop.currency,
            "customer_id": self.number % 7,
            "billing": {"email": f"w{self.number % 7}@x.example", "country": "DE"},
            "date_created_gmt": self.placed_at.isoformat(),
            "date_modified_gmt": self.at.isoformat(),
            "total": self.shop.text(self.total()),
            "shipping_total": self.shop.text(self.shipping),
            "shipping_tax": self.shop.text(self.shipping_tax),
            "line_items": items,
            "fee_lines": [{"id": 1, "name": "Fee", "total": self.shop.text(self.fee), "total_tax": "0"}]
            * bool(self.fee),
            "coupon_lines": [],
            "refunds": standing,
        }
        yield row("woocommerce__orders", str(self.number), self.at, payload)
        for id, refund in self.refunds.items():
            yield row("woocommerce__refunds", id, None, refund)


def _item(told: dict[str, Any]) -> str:
    return told["meta_data"][0]["value"]
