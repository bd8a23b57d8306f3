"""Invoices the shop's owner writes to firms abroad: money at Stripe that has nothing to do with the shop's orders.

They bring the currencies Stripe counts oddly: no decimals (JPY), three (KWD), two where life has none (ISK, UGX).
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from simulator.cashier import Cashier
from simulator.payments import DAY, Account, Charge, Ids, Intent
from simulator.seasons import midnight

# currency: (smallest units in one, step of an amount in smallest units, dollars for one, typical line in whole units)
CURRENCIES: dict[str, tuple[int, int, Decimal, int]] = {
    "usd": (100, 1, Decimal(1), 180),
    "eur": (100, 1, Decimal("1.0832"), 160),
    "jpy": (1, 1, Decimal("0.0066"), 24000),
    "kwd": (1000, 10, Decimal("3.2514"), 55),
    "isk": (100, 100, Decimal("0.0072"), 25000),
    "ugx": (100, 100, Decimal("0.00027"), 640000),
}
FIRMS = (
    ("Café Linden GmbH", "orders@linden.example.org", "DE", "Berlin", "eur"),
    ("Maison Perrault SARL", "achats@perrault.example.org", "FR", "Lyon", "eur"),
    ("Aozora Trading KK", "buy@aozora.example.net", "JP", "Osaka", "jpy"),
    ("Gulf Home Stores", "office@gulfhome.example.net", "KW", "Kuwait City", "kwd"),
    ("Norðurljós ehf", "post@nordurljos.example.org", "IS", "Reykjavik", "isk"),
    ("Kampala Corner Shops", "hello@kcs.example.com", "UG", "Kampala", "ugx"),
    ("Bright Hotels Inc", "supply@brighthotels.example.com", "US", "Chicago", "usd"),
    ("Osprey Gifts LLC", "ap@ospreygifts.example.com", "US", "Denver", "usd"),
)
GOODS = (
    "Carton of candles",
    "Carton of mugs",
    "Display stand",
    "Mixed pallet",
    "Sample box",
    "Gift sets",
    "Delivery",
    "Spring range",
    "Tote bags",
)


@dataclass(slots=True, frozen=True)
class InvoiceLine:
    """One row of an invoice."""

    id: str
    description: str
    quantity: int
    amount: int


@dataclass(slots=True, eq=False)
class InvoicePayment:
    """The link between an invoice and what paid it; made when the invoice is finalized."""

    id: str
    created: int
    invoice: "Invoice | None" = None


@dataclass(slots=True, eq=False)
class Invoice:
    """A bill and its life. `paid_elsewhere` marks one settled by bank transfer, outside Stripe."""

    id: str
    number: str
    created: int
    account: Account
    lines: tuple[InvoiceLine, ...]
    finalized: int
    due: int
    payment: "InvoicePayment"
    paid: int | None = None
    voided: int | None = None
    written_off: int | None = None
    is_paid_elsewhere: bool = False
    intent: Intent | None = None

    @property
    def total(self) -> int:
        """The sum of the lines."""
        return sum(line.amount for line in self.lines)

    def status(self, now: int) -> str:
        """Return the status as of an instant."""
        if self.paid is not None and now >= self.paid:
            return "paid"
        if self.voided is not None and now >= self.voided:
            return "void"
        if self.written_off is not None and now >= self.written_off:
            return "uncollectible"
        return "open" if now >= self.finalized else "draft"


@dataclass(slots=True)
class Office:
    """Writes the month's invoices."""

    ids: Ids
    cashier: Cashier
    firms: list[Account] = field(default_factory=list)
    written: int = 0

    def open(self, at: int) -> list[Account]:
        """Enter the firms as Stripe customers, all in one second."""
        self.firms = [
            Account(self.ids.new("cus"), at, name, email, country=country, city=city, currency=currency)
            for name, email, country, city, currency in FIRMS
        ]
        return self.firms

    def write(self, day: date, rng: Random) -> list[Invoice]:
        """Write invoices on the 3rd of a month, in one second; on other days none."""
        if day.day != 3:
            return []
        at = midnight(day) + 10 * 3600
        chosen = rng.sample(self.firms, 4)
        return [self._invoice(firm, at, self._size(day, position, rng), rng) for position, firm in enumerate(chosen)]

    def _size(self, day: date, position: int, rng: Random) -> int:
        if position == 0 and day.month in (2, 5, 8, 11):
            return 27 if day.month == 11 else 14
        return rng.randint(1, 6)

    def _invoice(self, firm: Account, at: int, size: int, rng: Random) -> Invoice:
        per_unit, step, rate, typical = CURRENCIES[firm.currency]
        self.written += 1
        lines = []
        for _ in range(size):
            quantity = rng.randint(1, 8)
            each = round(typical * per_unit * rng.uniform(0.4, 1.8) / quantity / step) * step
            lines.append(InvoiceLine(self.ids.new("il"), rng.choice(GOODS), quantity, each * quantity))
        finalized = at + 3600
        invoice = Invoice(
            id=self.ids.new("in"),
            number=f"CH-{self.written:05d}",
            created=at,
            account=firm,
            lines=tuple(lines),
            finalized=finalized,
            due=finalized + 30 * DAY,
            payment=InvoicePayment(self.ids.new("inpay"), finalized),
        )
        invoice.payment.invoice = invoice
        end = rng.choices(("paid", "late", "elsewhere", "void", "uncollectible", "open"), (55, 12, 8, 9, 4, 12))[0]
        if end in ("paid", "late"):
            self._pay(
                invoice,
                finalized + (rng.randint(3600, 25 * DAY) if end == "paid" else rng.randint(32 * DAY, 50 * DAY)),
                rate,
                rng,
            )
        elif end == "elsewhere":
            invoice.is_paid_elsewhere = True
            invoice.paid = finalized + rng.randint(5 * DAY, 28 * DAY)
        elif end == "void":
            invoice.voided = finalized + rng.randint(DAY, 10 * DAY)
        elif end == "uncollectible":
            invoice.written_off = finalized + 60 * DAY
        return invoice

    def _pay(self, invoice: Invoice, at: int, rate: Decimal, rng: Random) -> None:
        firm = invoice.account
        intent = Intent(
            self.ids.new("pi"), invoice.finalized, invoice.total, firm.currency, invoice=invoice, account=firm
        )
        if rng.random() < 0.1:
            self.cashier.fail(intent, at - rng.randint(600, 3000), rng)
        charge = Charge(self.ids.new("ch"), at, intent.amount, intent, ("visa", "4242"), captured=at)
        wobble = (
            rate
            if firm.currency == "usd"
            else (rate * Decimal(str(round(rng.uniform(0.97, 1.03), 4)))).quantize(Decimal("0.00000001"))
        )
        dollars = Decimal(invoice.total) / CURRENCIES[firm.currency][0] * wobble
        cents = int((dollars * 100).quantize(Decimal(1), ROUND_HALF_UP))
        charge.movement = self.cashier.income(charge, None if firm.currency == "usd" else float(wobble), cents)
        intent.charges.append(charge)
        invoice.intent = intent
        invoice.paid = at
