"""Shopify's orders: every change is an agreement with its sales."""

from collections.abc import Iterator
from typing import Any

from random_orders import Line, Order, Row, iso, row, some_lines


def bag(text: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": text}}


class ShopifyOrder(Order):
    def place(self) -> None:
        rate = self.random.choice((0, 8, 19))
        self.lines = some_lines(self.random, self.number, 1, lambda net: net * rate // 100)
        if self.random.random() < 0.2:
            card = Line(self.number * 10 + 8, 99, self.random.randint(1, 2), self.random.randint(1, 9) * 1000, 0, 0)
            card.is_gift_card = True
            self.lines.append(card)
        self.shipping = self.random.choice((0, 0, self.random.randint(1, 2000)))
        self.shipping_tax = self.shipping * rate // 100
        self.tip = self.random.choice((0, 0, 0, self.random.randint(1, 999)))
        self.is_test = self.random.random() < 0.05
        self.is_deleted = False
        self.is_counted = not self.is_test
        self.cancelled_at = None
        self.agreements: list[dict[str, Any]] = []
        self.refunds: dict[str, dict[str, Any]] = {}
        self.shipping_left = (self.shipping, self.shipping_tax)
        self.given_back_by: dict[str, list[tuple[Any, ...]]] = {}
        for line in self.lines:
            self.write_line("order", line, line.quantity)
        self.write("order", "shipping", self.shipping)
        self.write("order", "taxes", self.shipping_tax)
        self.write("order", "tips", self.tip)
        sales = [self.sale(line, line.quantity) for line in self.lines]
        if self.shipping:
            sales.append(self.sold("SHIPPING", self.shipping + self.shipping_tax, self.shipping_tax))
        if self.tip:
            sales.append(self.sold("TIP", self.tip, 0))
        self.agree("OrderAgreement", sales)
        self.first_total = self.total() + self.tip

    def possible(self) -> Iterator[str]:
        if self.is_deleted:
            return
        if self.cancelled_at is None:
            if self.has_goods():
                yield from ("take_back",) * 4
                yield from ("remove", "cancel_with_refund")
            yield from ("add", "give_goodwill", "cancel_without_refund")
            if self.shipping_left[0]:
                yield "give_shipping_back"
        if self.cancelled_at is None and any(not self.refunds[id]["failed"] for id in self.given_back_by):
            yield "let_refund_fail"
        yield "delete"

    def sold(self, kind: str, total: int, tax: int, **more: Any) -> dict[str, Any]:
        count = sum(len(each["sales"]["nodes"]) for each in self.agreements)
        self.sales_made = getattr(self, "sales_made", count) + 1
        return {
            "id": f"gid://shopify/ProductSale/{self.number * 1000 + self.sales_made}",
            "actionType": more.pop("action", "ORDER"),
            "lineType": kind,
            "totalAmount": bag(self.shop.text(total)),
            "totalTaxAmount": bag(self.shop.text(tax)),
            "totalDiscountAmountBeforeTaxes": bag(self.shop.text(more.pop("discount", 0))),
            **more,
        }

    def sale(self, line: Line, units: int) -> dict[str, Any]:
        """A sale of units of a line; negative ones are a return, whose discount Shopify signs either way."""
        discount = units * line.discount
        return self.sold(
            "GIFT_CARD" if line.is_gift_card else "PRODUCT",
            units * (line.net + line.tax),
            units * line.tax,
            action="ORDER" if units > 0 else "RETURN",
            discount=discount if units > 0 else self.random.choice((discount, -discount)),
            quantity=units,
            lineItem={"id": f"gid://shopify/LineItem/{line.id}"},
        )

    def agree(self, kind: str, sales: list[dict[str, Any]], refund: str | None = None) -> None:
        self.agreements.append(
            {
                "__typename": kind,
                "id": f"gid://shopify/{kind}/{self.number * 100 + len(self.agreements)}",
                # The order's own agreement is made seconds after it was processed: the order's time counts.
                "happenedAt": iso(self.at.replace(microsecond=0)),
                "refund": {"id": f"gid://shopify/Refund/{refund}"} if refund else None,
                "sales": {"nodes": sales},
            }
        )

    def refund(self, sales: list[dict[str, Any]], money: int, kind: str = "RefundAgreement") -> str:
        id = str(self.number * 100 + len(self.refunds))
        self.refunds[id] = {"at": self.at, "money": money, "failed": False}
        self.agree(kind, sales, id)
        return id

    def back(self, action: str) -> tuple[list[dict[str, Any]], int]:
        """Some units of a line."""
        line = self.some_line()
        units = self.random.randint(1, line.left)
        self.write_line(action, line, -units)
        return [self.sale(line, -units)], units * (line.net + line.tax)

    def take_back(self) -> None:
        before = len(self.events)
        sales, money = self.back("return")
        id = self.refund(sales, money)
        self.given_back_by[id] = self.events[before:]

    def give_goodwill(self) -> None:
        amount = self.random.randint(1, 500)
        self.has_more_back = True
        before = len(self.events)
        self.write("return", "returns", -amount)
        id = self.refund([self.sold("ADJUSTMENT", -amount, 0, action="RETURN")], amount)
        self.given_back_by[id] = self.events[before:]

    def give_shipping_back(self) -> None:
        amount, tax = self.shipping_left
        self.shipping_left = (0, 0)
        self.write("return", "shipping", -amount)
        self.write("return", "taxes", -tax)
        self.refund([self.sold("SHIPPING", -amount - tax, -tax, action="RETURN")], amount + tax)

    def let_refund_fail(self) -> None:
        """The bank sent the money of a line or of goodwill back: what it had given back was never given."""
        for id, events in self.given_back_by.items():
            if not self.refunds[id]["failed"]:
                self.refunds[id]["failed"] = True
                for event in events:
                    self.events.remove(event)
                # Units stay with the customer's parcel: they are not taken back once more.
                return

    def add(self) -> None:
        line = some_lines(self.random, self.number, 1, lambda net: net * 8 // 100, most=1)[0]
        line.id = self.number * 10_000 + 100 + len(self.agreements)
        self.lines.append(line)
        self.write_line("edit", line, line.quantity)
        self.agree("OrderEditAgreement", [self.sale(line, line.quantity)])

    def remove(self) -> None:
        line = self.some_line()
        units = self.random.randint(1, line.left)
        self.write_line("edit", line, -units)
        self.agree("OrderEditAgreement", [self.sale(line, -units)])

    def cancel_with_refund(self) -> None:
        self.cancelled_at = self.at
        sales, money = [], 0
        for line in self.lines:
            if line.left > 0 and not line.is_gift_card:
                sales.append(self.sale(line, -line.left))
                money += line.left * (line.net + line.tax)
                self.write_line("cancel", line, -line.left)
        self.refund(sales, money)

    def cancel_without_refund(self) -> None:
        """Nobody gave money back: what the order came to until then is taken back on the day."""
        self.cancelled_at = self.at
        for measure, into in (("gross_sales", "returns"), ("discounts", "returns"), ("returns", "returns")):
            told = [event for event in self.events if event[2] == measure and event[1] != "cancel"]
            self.write("cancel", into, -sum(event[4] for event in told), -sum(event[3] for event in told))
        for measure in ("taxes", "shipping", "tips", "gift_cards"):
            told = [event for event in self.events if event[2] == measure and event[1] != "cancel"]
            self.write("cancel", measure, -sum(event[4] for event in told))

    def delete(self) -> None:
        self.is_deleted = True
        self.is_counted = False

    def rows(self) -> Iterator[Row]:
        id = f"gid://shopify/Order/{self.number}"
        if self.is_deleted:
            yield row("shopify__orders", id, self.at, None)
            return
        nodes = [
            {
                "id": f"gid://shopify/LineItem/{line.id}",
                "name": f"Product {line.product}",
                "quantity": line.quantity,
                "isGiftCard": line.is_gift_card,
                "product": {"id": f"gid://shopify/Product/{line.product}"},
                "originalUnitPriceSet": bag(self.shop.text(line.price)),
            }
            for line in self.lines
        ]
        refunds = [
            {
                "id": f"gid://shopify/Refund/{id}",
                "createdAt": iso(refund["at"]),
                "totalRefundedSet": bag(self.shop.text(refund["money"])),
                "transactions": {"nodes": [{"kind": "REFUND", "status": "FAILURE" if refund["failed"] else "SUCCESS"}]},
            }
            for id, refund in self.refunds.items()
        ]
        payload = {
            "id": id,
            "name": str(self.number),
            "createdAt": iso(self.placed_at),
            "processedAt": iso(self.placed_at),
            "updatedAt": iso(self.at),
            "cancelledAt": iso(self.cancelled_at) if self.cancelled_at else None,
            "test": self.is_test,
            "email": f"c{self.number % 7}@x.example",
            "currencyCode": self.shop.currency,
            "taxesIncluded": self.number % 2 == 0,
            "displayFinancialStatus": "PAID",
            "totalPriceSet": bag(self.shop.text(self.first_total)),
            "originalTotalPriceSet": bag(self.shop.text(self.first_total)),
            "lineItems": {"nodes": nodes},
            "agreements": {"nodes": self.agreements},
            "refunds": refunds,
        }
        yield row("shopify__orders", id, self.at, payload)
