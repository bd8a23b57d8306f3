"""commercetools' orders: money moves in payments, returns name lines and no amounts, all in whole smallest units.

Prices are multiples of four and the tax is a quarter, so that it is whole inside and on top of them. Lines are then
worth multiples of five, shipping three more than one and goodwill two: what a refund is for shows in its amount.
"""

from collections.abc import Iterator
from typing import Any

from random_orders import DIGITS, Line, Order, Row, iso, row, some_lines

RATE = 0.25


class CommercetoolsOrder(Order):
    def place(self) -> None:
        self.lines = some_lines(self.random, self.number, 4, lambda net: net // 4)
        self.has_tax_inside = self.random.random() < 0.5
        self.shipping, self.shipping_tax = self.random.choice(((0, 0), (7, 1), (400, 103)))
        self.movements: list[dict[str, Any]] = []
        self.returns: list[dict[str, Any]] = []
        self.is_cancelled = self.is_deleted = False
        self.order_at, self.given, self.goodwill = self.at, 0, 0
        for line in self.lines:
            self.write_line("order", line, line.quantity)
        self.write("order", "shipping", self.shipping)
        self.write("order", "taxes", self.shipping_tax)
        self.move("Authorization", self.total())
        self.move("Charge", self.total())

    def possible(self) -> Iterator[str]:
        if self.is_deleted or self.given >= self.total():
            return
        yield "try_to_give_back"
        if not self.is_cancelled:
            if any(line.left and line.net for line in self.lines):
                yield from ("take_back",) * 4
            if self.given + 2 < self.total():
                yield "give_goodwill"
            if not self.given:
                yield "give_all_back"
            yield from ("cancel", "delete")

    def move(self, kind: str, units: int, state: str = "Success") -> None:
        self.movements.append(
            {
                "id": f"t{self.number}-{len(self.movements)}",
                "timestamp": iso(self.at),
                "type": kind,
                "state": state,
                "amount": {"centAmount": units},
            }
        )

    def try_to_give_back(self) -> None:
        self.move("Refund", self.total(), self.random.choice(("Pending", "Failure", "Initial")))

    def take_back(self) -> None:
        """Goods that cost nothing stay with the customer: no money would tell that they came back."""
        line = self.random.choice([line for line in self.lines if line.left and line.net])
        units = self.random.randint(1, line.left)
        self.write_line("return", line, -units)
        self.returns.append({"items": [{"lineItemId": str(line.id), "quantity": units}]})
        self.order_at = self.at
        self.given += units * (line.net + line.tax)
        self.move("Refund", units * (line.net + line.tax))

    def give_goodwill(self) -> None:
        self.has_more_back = True
        self.write("return", "returns", -2)
        self.move("Refund", 2)
        self.given += 2
        self.goodwill += 2

    def give_all_back(self) -> None:
        for line in self.lines:
            self.write_line("return", line, -line.left)
        self.write("return", "shipping", -self.shipping)
        self.write("return", "taxes", -self.shipping_tax)
        self.given = self.total()
        if self.given:
            self.move("Refund", self.given)

    def cancel(self) -> None:
        self.is_cancelled, self.order_at = True, self.at
        for line in self.lines:
            self.write_line("cancel", line, -line.left)
        self.write("cancel", "shipping", -self.shipping)
        self.write("cancel", "taxes", -self.shipping_tax)
        self.write("cancel", "returns", self.goodwill)

    def delete(self) -> None:
        self.is_deleted, self.is_counted = True, False

    def rows(self) -> Iterator[Row]:
        id, payment = f"order-{self.number}", f"payment-{self.number}"
        digits, net = DIGITS[self.shop.currency], sum(line.quantity * line.net for line in self.lines) + self.shipping
        shown = net if not self.has_tax_inside else self.total()
        money = {"currencyCode": self.shop.currency, "fractionDigits": digits}
        payload = {
            "id": id,
            "orderNumber": str(self.number),
            "customerId": str(self.number % 7),
            "customerEmail": f"t{self.number % 7}@x.example",
            "orderState": "Cancelled" if self.is_cancelled else "Open",
            "createdAt": iso(self.placed_at),
            "lastModifiedAt": iso(self.order_at),
            "totalPrice": {"centAmount": shown, **money},
            "taxedPrice": {"totalNet": {"centAmount": net}, "totalGross": {"centAmount": self.total()}},
            "lineItems": [self.item(line, digits) for line in self.lines],
            "shippingInfo": self.sending() if self.shipping else None,
            "paymentInfo": {"payments": [{"id": payment}]},
            "returnInfo": self.returns,
        }
        yield row("commercetools__orders", id, self.order_at, None if self.is_deleted else payload)
        planned = {
            "id": payment,
            "createdAt": iso(self.placed_at),
            "lastModifiedAt": iso(self.at),
            "amountPlanned": {"centAmount": self.total(), **money},
            "transactions": self.movements,
        }
        yield row("commercetools__payments", payment, self.at, planned)

    def item(self, line: Line, digits: int) -> dict[str, Any]:
        gross = line.net + line.tax
        listed = line.price * 5 // 4 if self.has_tax_inside else line.price
        return {
            "id": str(line.id),
            "productId": str(line.product),
            "name": {"en": f"Product {line.product}"},
            "quantity": line.quantity,
            "price": {"value": {"centAmount": listed, "fractionDigits": digits}},
            "totalPrice": {"centAmount": line.quantity * (gross if self.has_tax_inside else line.net)},
            "taxedPrice": _taxed(line.quantity * line.net, line.quantity * gross),
            "taxRate": {"amount": RATE, "includedInPrice": self.has_tax_inside},
        }

    def sending(self) -> dict[str, Any]:
        gross = self.shipping + self.shipping_tax
        return {
            "price": {"centAmount": gross if self.has_tax_inside else self.shipping},
            "taxedPrice": _taxed(self.shipping, gross),
            "taxRate": {"amount": RATE, "includedInPrice": self.has_tax_inside},
        }


def _taxed(net: int, gross: int) -> dict[str, Any]:
    return {"totalNet": {"centAmount": net}, "totalGross": {"centAmount": gross}}
