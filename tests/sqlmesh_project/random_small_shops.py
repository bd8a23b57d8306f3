"""Orders of shops that tell little: Payload one amount, own tables a status, DummyJSON a cart and its payment."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from random_orders import DIGITS, FIRST_DAY, Order, Row, row, some_lines

PAYLOAD_PRICES = {product: 100 * product for product in range(1, 10)}


def no_tax(net: int) -> int:
    return 0


class PayloadOrder(Order):
    """Everything is in one amount; a cancellation and a refund are words, dated by the change that brought them."""

    def place(self) -> None:
        self.lines = some_lines(self.random, self.number, 100, no_tax)
        self.amount = max(1, self.random.choice((self.total(), self.random.randint(1, 90_000))))
        self.status, self.paid = "processing", "succeeded"
        self.order_at = self.at
        self.write("order", "gross_sales", self.amount, self.units())

    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    def possible(self) -> Iterator[str]:
        if self.status in ("processing", "completed") and self.paid == "succeeded":
            yield from ("complete", "cancel", "give_all_back", "give_payment_back")

    def complete(self) -> None:
        self.status, self.order_at = "completed", self.at

    def cancel(self) -> None:
        self.status, self.order_at = "cancelled", self.at
        self.write("cancel", "returns", -self.amount, -self.units())

    def give_all_back(self) -> None:
        self.status, self.order_at = "refunded", self.at
        self.write("return", "returns", -self.amount, -self.units())

    def give_payment_back(self) -> None:
        """One of two payments: money for no line, and never more than the order came to."""
        self.paid = "refunded"
        self.part = self.random.randint(1, self.amount)
        self.write("return", "returns", -self.part, -self.units() if self.part == self.amount else 0)

    def rows(self) -> Iterator[Row]:
        items = [{"id": str(line.id), "product": line.product, "quantity": line.quantity} for line in self.lines]
        payload = {
            "items": items,
            "customer": {"id": self.number % 7},
            "status": self.status,
            "amount": self.amount,
            "currency": self.shop.currency,
            "createdAt": _z(self.placed_at),
            "updatedAt": _z(self.order_at),
        }
        yield row("payload__orders", str(self.number), self.order_at, payload)
        payment = {
            "order": {"id": self.number},
            "status": self.paid,
            "paymentMethod": "stripe",
            "stripe": {"paymentIntentID": f"pi_studio_{self.number}"},
            "amount": getattr(self, "part", self.amount),
            "currency": self.shop.currency,
            "createdAt": _z(self.placed_at),
            "updatedAt": _z(self.at if self.paid == "refunded" else self.placed_at),
        }
        yield row("payload__transactions", str(self.number), self.at, payment)


def payload_products() -> Iterator[Row]:
    for product, price in PAYLOAD_PRICES.items():
        prices = {f"priceIn{currency}": price for currency in DIGITS}
        payload = {"id": product, "title": f"Product {product}", "createdAt": _z(FIRST_DAY), "updatedAt": _z(FIRST_DAY)}
        yield row("payload__products", str(product), FIRST_DAY, payload | prices)


class TablesOrder(Order):
    """An order and its lines are rows of two tables; a status takes all of it back."""

    def place(self) -> None:
        self.lines = some_lines(self.random, self.number, 1, no_tax)
        self.shipping, self.tax = self.random.choice((0, 500)), self.random.choice((0, 333))
        self.apart = self.random.choice((0, 0, 0, 1, -1))
        self.status, self.is_test = self.random.choice(("paid", "new", "delivered")), self.random.random() < 0.05
        self.is_counted, self.is_deleted = not self.is_test, False
        for line in self.lines:
            self.write_line("order", line, line.quantity)
        self.write("order", "shipping", self.shipping)
        self.write("order", "taxes", self.tax)
        self.write("order", "rounding", self.apart)

    def total(self) -> int:
        return super().total() + self.tax + self.apart

    def possible(self) -> Iterator[str]:
        if self.status in ("paid", "new", "delivered") and not self.is_deleted:
            yield from ("take_all_back", "cancel", "fail", "correct", "delete")

    def correct(self) -> None:
        """A line is changed in place: as of the order's first day, as the table knows no other."""
        line = self.some_line()
        self.write_line("order", line, -line.quantity)
        line.quantity += 1
        self.write_line("order", line, line.quantity)
        self.events = [(self.placed_at, *event[1:]) for event in self.events]

    def take_all_back(self) -> None:
        self.reverse("return", "refunded")

    def cancel(self) -> None:
        self.reverse("cancel", "cancelled")

    def reverse(self, action: str, status: str) -> None:
        self.status = status
        for line in self.lines:
            self.write_line(action, line, -line.quantity)
        self.write(action, "shipping", -self.shipping)
        self.write(action, "taxes", -self.tax)
        self.write(action, "rounding", -self.apart)

    def fail(self) -> None:
        self.status, self.is_counted = "declined", False

    def delete(self) -> None:
        self.is_deleted, self.is_counted = True, False

    def rows(self) -> Iterator[Row]:
        payload = {
            "order_number": str(self.number),
            "ordered_at": _z(self.placed_at),
            "status": self.status,
            "customer_id": str(self.number % 7),
            "currency_code": self.shop.currency,
            "shipping": self.shop.text(self.shipping),
            "tax": self.shop.text(self.tax),
            "total": self.shop.text(self.total()),
            "is_test": self.is_test,
        }
        yield row("tables__orders", str(self.number), self.at, None if self.is_deleted else payload)
        for position, line in enumerate(self.lines, 1):
            item = {
                "order_id": str(self.number),
                "line_number": position,
                "product_id": str(line.product),
                "product_name": f"Product {line.product}",
                "quantity": line.quantity,
                "unit_price": self.shop.text(line.price),
                "discount": self.shop.text(line.quantity * line.discount),
            }
            yield row("tables__order_items", str(line.id), self.at, item)


class CartOrder(Order):
    """A cart of DummyJSON, on the day of its payment at Stripe, whose refunds are its returns."""

    def place(self) -> None:
        self.lines = some_lines(self.random, self.number, 1, no_tax)
        self.refunds: dict[str, dict[str, Any]] = {}
        self.back_by: dict[str, list[Any]] = {}
        self.is_deleted = False
        for line in self.lines:
            self.write_line("order", line, line.quantity)

    def given(self) -> int:
        return sum(refund["amount"] for refund in self.refunds.values() if refund["status"] != "failed")

    def possible(self) -> Iterator[str]:
        if self.is_deleted:
            return
        if self.has_goods() and any(line.left and line.net for line in self.lines):
            yield from ("take_back",) * 3
        if self.given() + 3 < self.total():
            yield "give_goodwill"
        if not self.given() and self.total():
            yield "give_all_back"
        if self.given():
            yield "let_refund_fail"
        yield "delete"

    def give(self, amount: int, before: int, **metadata: object) -> None:
        id = f"re_{self.number}_{len(self.refunds)}"
        told = {key: str(value) for key, value in metadata.items()}
        self.refunds[id] = {"id": id, "amount": amount, "status": "succeeded", "metadata": told, "created": _s(self.at)}
        self.back_by[id] = self.events[before:]

    def take_back(self) -> None:
        before = len(self.events)
        line = self.random.choice([line for line in self.lines if line.left and line.net])
        units = self.random.randint(1, line.left)
        self.write_line("return", line, -units)
        self.give(units * line.net, before, line=self.lines.index(line) + 1, quantity=units)

    def give_goodwill(self) -> None:
        before = len(self.events)
        self.has_more_back = True
        self.write("return", "returns", -3)
        self.give(3, before)

    def give_all_back(self) -> None:
        before = len(self.events)
        for line in self.lines:
            self.write_line("return", line, -line.left)
        self.give(self.total(), before)

    def let_refund_fail(self) -> None:
        id = self.random.choice([id for id, refund in self.refunds.items() if refund["status"] != "failed"])
        self.refunds[id]["status"] = "failed"
        for event in self.back_by[id]:
            self.events.remove(event)
        told = self.refunds[id]["metadata"]
        if told:
            self.lines[int(told["line"]) - 1].left += int(told["quantity"])
        elif self.refunds[id]["amount"] == self.total():
            for line in self.lines:
                line.left = line.quantity

    def delete(self) -> None:
        self.is_deleted, self.is_counted = True, False

    def rows(self) -> Iterator[Row]:
        products = [
            {
                "id": line.product,
                "title": f"Product {line.product}",
                "price": float(self.shop.money(line.price)),
                "quantity": line.quantity,
                "total": float(self.shop.money(line.quantity * line.price)),
                "discountedTotal": float(self.shop.money(line.quantity * line.net)),
            }
            for line in self.lines
        ]
        total = float(self.shop.money(self.total()))
        payload = {"id": self.number, "userId": self.number % 7, "products": products, "discountedTotal": total}
        yield row("dummyjson__carts", str(self.number), None, None if self.is_deleted else payload)
        money = {"currency": self.shop.currency.lower()}
        intent = {"id": f"pi_{self.number}", "amount": self.total(), "status": "succeeded", **money}
        intent |= {"created": _s(self.placed_at), "metadata": {"order_id": str(self.number)}}
        yield row("stripe__payment_intents", f"pi_{self.number}", None, intent)
        for id, refund in self.refunds.items():
            yield row("stripe__refunds", id, None, {"payment_intent": f"pi_{self.number}", **refund, **money})


def _z(at: datetime) -> str:
    return f"{at.isoformat(timespec='milliseconds')}Z"


def _s(at: datetime) -> int:
    return int((at - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 - both are UTC, unsaid
