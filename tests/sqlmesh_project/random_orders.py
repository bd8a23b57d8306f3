"""Orders with random lives, told as their platform would tell them, and what the ledger must make of each.

An order lives through happenings: it is placed, edited, given back in part, cancelled. After each it has a version: the
raw rows as the platform shows them from then on, and the events the books must hold, worked out here from the numbers
the order was made of and not from any payload. Amounts are whole smallest units of the currency throughout.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

FIRST_DAY = datetime(2026, 2, 2, tzinfo=UTC).replace(tzinfo=None)  # UTC, unsaid, as the warehouse keeps it
DAYS = 40
DIGITS = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3}


@dataclass(frozen=True)
class Shop:
    name: str
    kind: str
    currency: str
    timezone: str

    def day(self, instant: datetime) -> date:
        return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone)).date()

    def money(self, units: int) -> Decimal:
        return Decimal(units).scaleb(-DIGITS[self.currency])

    def text(self, units: int) -> str:
        return f"{self.money(units):f}"


@dataclass(frozen=True)
class Row:
    """A raw row as it would be read; `payload` None where it is no more."""

    table: str
    id: str
    updated_at: datetime | None
    payload: str | None


def row(table: str, id: object, updated_at: datetime | None, payload: dict[str, Any] | None) -> Row:
    return Row(table, str(id), updated_at, None if payload is None else json.dumps(payload))


@dataclass
class Line:
    """Some units of a product; price, discount and tax of each of them, so that any part of them is exact too."""

    id: int
    product: int
    quantity: int
    price: int
    discount: int
    tax: int
    left: int = 0  # units not taken back
    is_gift_card: bool = False

    @property
    def net(self) -> int:
        return self.price - self.discount


Event = tuple[datetime, str, str, int, int]  # when, action, measure, units, amount


@dataclass
class Version:
    rows: list[Row]
    events: list[Event]


@dataclass
class Order:
    """What all platforms' orders share; a platform says how its rows look and what may happen."""

    shop: Shop
    number: int
    random: Random
    at: datetime = FIRST_DAY
    lines: list[Line] = field(default_factory=list)
    shipping: int = 0
    shipping_tax: int = 0
    events: list[Event] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    is_counted: bool = True  # whether the books hold it: no test, not deleted, a sale
    has_more_back: bool = False  # whether more was given back than goods: goodwill

    def live(self) -> "Order":
        """Be placed, then live through up to five happenings."""
        self.at = self.placed_at = FIRST_DAY + timedelta(seconds=self.random.randrange(DAYS * 86_400))
        self.happen("place")
        for _ in range(self.random.randrange(6)):
            self.at += timedelta(seconds=self.random.randrange(90, 6 * 86_400))
            possible = list(self.possible())
            if not possible:
                break
            self.happen(self.random.choice(possible))
        return self

    def happen(self, name: str) -> None:
        self.story.append(f"{self.at:%m-%d %H:%M} {name}")
        getattr(self, name)()
        self.versions.append(Version(list(self.rows()), list(self.events) if self.is_counted else []))

    def possible(self) -> Iterator[str]:
        """What may happen next, by the names of methods; weightier things more than once."""
        raise NotImplementedError

    def rows(self) -> Iterator[Row]:
        """The platform's rows of the order as it stands."""
        raise NotImplementedError

    def place(self) -> None:
        raise NotImplementedError

    def write(self, action: str, measure: str, amount: int, units: int = 0, at: datetime | None = None) -> None:
        if amount or units:
            self.events.append((at or self.at, action, measure, units, amount))

    def write_line(self, action: str, line: Line, units: int) -> None:
        """Units of a line sold (positive, by an order or edit) or taken back (negative)."""
        if line.is_gift_card:
            self.write(action, "gift_cards", units * line.net)
            return
        if action in ("order", "edit"):
            self.write(action, "gross_sales", units * line.price, units)
            self.write(action, "discounts", -units * line.discount)
        else:
            self.write(action, "returns", units * line.net, units)
        self.write(action, "taxes", units * line.tax)
        line.left += units

    def total(self) -> int:
        return sum(line.quantity * (line.net + line.tax) for line in self.lines) + self.shipping + self.shipping_tax

    def some_line(self) -> Line:
        return self.random.choice([line for line in self.lines if line.left > 0 and not line.is_gift_card])

    def has_goods(self) -> bool:
        return any(line.left > 0 and not line.is_gift_card for line in self.lines)

    def expected(self, events: Iterable[Event]) -> dict[tuple[str, date, str, str], tuple[Decimal, int]]:
        """Amount and units by order, day of the shop, action and measure; what comes to nothing is left out."""
        sums: dict[tuple[str, date, str, str], list[int]] = {}
        for at, action, measure, units, amount in events:
            one = sums.setdefault((str(self.number), self.shop.day(at), action, measure), [0, 0])
            one[0] += amount
            one[1] += units
        return {key: (self.shop.money(amount), units) for key, (amount, units) in sums.items() if amount or units}


def some_lines(random: Random, number: int, step: int, tax_of: Callable[[int], int], most: int = 4) -> list[Line]:
    """One to four lines, prices and discounts in multiples of `step`."""
    lines = []
    for position in range(1, random.randint(1, most) + 1):
        price = step * random.choice((1, 2, random.randint(1, 2500), random.randint(1, 2500)))
        discount = random.choice((0, 0, 0, price, step * random.randint(0, price // step)))
        quantity = random.choice((1, 1, 2, 3, 7))
        lines.append(
            Line(number * 10 + position, random.randint(1, 9), quantity, price, discount, tax_of(price - discount))
        )
    return lines


def iso(at: datetime) -> str:
    return f"{at.isoformat()}Z"
