"""What is true: sums over the world's own event lists, in decimals, never over the JSON it serves.

A refund counts from its own instant on, on its own day, while it is succeeded, pending or requires_action; one that
failed later counts no more.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from simulator.billing import CURRENCIES
from simulator.payments import Refund
from simulator.seasons import local_day
from simulator.shop import FileShop
from simulator.world import World

Money = dict[str, str]


@dataclass(slots=True)
class Sums:
    """Sales of something: a day, a product, a customer, everything. Refunds and discounts are positive."""

    orders: int = 0
    units: int = 0
    gross: Decimal = Decimal(0)
    discounts: Decimal = Decimal(0)
    refunds: Decimal = Decimal(0)
    refunded_units: int = 0
    order_ids: set[int] = field(default_factory=set)

    def sell(self, order_id: int, units: int, gross: Decimal, discount: Decimal) -> None:
        """Add a line."""
        self.order_ids.add(order_id)
        self.units += units
        self.gross += gross
        self.discounts += discount

    def give_back(self, amount: Decimal, units: int = 0) -> None:
        """Add a refund."""
        self.refunds += amount
        self.refunded_units += units

    def shown(self) -> dict[str, Any]:
        """Return the sums with money as text."""
        return {
            "orders": len(self.order_ids),
            "units": self.units,
            "gross": _text(self.gross),
            "discounts": _text(self.discounts),
            "refunds": _text(self.refunds),
            "refunded_units": self.refunded_units,
            "net": _text(self.gross - self.discounts - self.refunds),
        }


class Ledger:
    """Collects sales and refunds under several headings at once."""

    def __init__(self) -> None:
        self.total = Sums()
        self.by_day: defaultdict[str, Sums] = defaultdict(Sums)
        self.by_product: defaultdict[str | None, Sums] = defaultdict(Sums)
        self.by_customer: defaultdict[str, Sums] = defaultdict(Sums)

    def shown(self) -> dict[str, Any]:
        """Return everything; goodwill without a product stands under "null"."""
        products = {("null" if key is None else key): sums.shown() for key, sums in self.by_product.items()}
        return {
            "totals": self.total.shown(),
            "by_day": {day: sums.shown() for day, sums in sorted(self.by_day.items())},
            "by_product": products,
            "by_customer": {key: sums.shown() for key, sums in self.by_customer.items()},
        }


def of_world(world: World, now: int, zone: ZoneInfo) -> dict[str, Any]:
    """Return the truth as of an instant, with days of a time zone."""
    world.advance(now)
    ledger = Ledger()
    for order in world.orders:
        if order.at > now:
            break
        day = local_day(order.at, zone).isoformat()
        for line in order.lines:
            gross, discount = _cents(line.total), _cents(line.total - line.discounted)
            for sums in (
                *(ledger.total, ledger.by_day[day]),
                *(ledger.by_product[str(line.product.id)], ledger.by_customer[str(order.person.id)]),
            ):
                sums.sell(order.id, line.quantity, gross, discount)
    for refund in world.shelves["refunds"].visible(now):
        if refund.charge.intent.order is not None and refund.status(now) != "failed":
            _give_back(ledger, refund, local_day(refund.created, zone).isoformat())
    return (
        {"now": now, "timezone": zone.key}
        | ledger.shown()
        | {"payments": _payments(world, now), "customers": _customers(world, now)}
    )


def orders(world: World, now: int, zone: ZoneInfo) -> dict[str, Any]:
    """Return every order placed by an instant, with what is given back of it so far."""
    sums: dict[int, Sums] = {}
    shown: dict[str, Any] = {}
    for order in world.orders:
        if order.at > now:
            break
        sums[order.id] = Sums()
        sums[order.id].sell(order.id, order.units, _cents(order.total), _cents(order.total - order.discounted))
    for refund in world.shelves["refunds"].visible(now):
        order = refund.charge.intent.order
        if order is not None and refund.status(now) != "failed":
            sums[order.id].give_back(_cents(refund.amount), _units(refund))
    for order in world.orders[: len(sums)]:
        head = {"date": local_day(order.at, zone).isoformat(), "placed_at": order.at, "user": order.person.id}
        shown[str(order.id)] = head | sums[order.id].shown()
    return shown


def of_files(shop: FileShop, now: int, zone: ZoneInfo) -> dict[str, Any]:
    """Return plain sums over DummyJSON's data files: no dates, no refunds, no payments."""
    ledger = Ledger()
    rounding = Decimal(0)
    for row in shop.rows("carts", now):
        value = row.value
        lines = Decimal(0)
        for line in value["products"]:
            gross, paid = _rounded(line["total"]), _rounded(line["discountedTotal"])
            lines += paid
            for sums in (ledger.total, ledger.by_product[str(line["id"])], ledger.by_customer[str(value["userId"])]):
                sums.sell(value["id"], line["quantity"], gross, gross - paid)
        rounding += _rounded(value["discountedTotal"]) - lines
    shown = ledger.shown()
    shown["totals"]["rounding"] = _text(rounding)
    return {"now": now, "timezone": zone.key} | shown | {"payments": None, "customers": {}}


def _give_back(ledger: Ledger, refund: Refund, day: str) -> None:
    order = refund.charge.intent.order
    assert order is not None
    amount = _cents(refund.amount)
    if refund.kind == "full":
        parts = [(str(line.product.id), _cents(line.discounted), line.quantity) for line in order.lines]
    elif refund.kind == "line" and refund.line is not None:
        parts = [(str(order.lines[refund.line - 1].product.id), amount, refund.quantity or 0)]
    else:
        parts = [(None, amount, 0)]
    for product, part, units in parts:
        for sums in (
            ledger.total,
            ledger.by_day[day],
            ledger.by_product[product],
            ledger.by_customer[str(order.person.id)],
        ):
            sums.give_back(part, units)


def _units(refund: Refund) -> int:
    order = refund.charge.intent.order
    return order.units if refund.kind == "full" and order is not None else refund.quantity or 0


def _payments(world: World, now: int) -> dict[str, Any]:
    charges = world.shelves["charges"].visible(now)
    counts = Counter("failed" if charge.failure else "succeeded" for charge in charges)
    captured = [charge for charge in charges if charge.captured is not None and charge.captured <= now]
    by_currency: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for charge in charges:
        by_currency[charge.intent.currency]["failed" if charge.failure else "succeeded"] += charge.amount
    for charge in captured:
        by_currency[charge.intent.currency]["captured"] += charge.amount
    refunds = world.shelves["refunds"].visible(now)
    for refund in refunds:
        if refund.status(now) != "failed":
            by_currency[refund.charge.intent.currency]["refunded"] += refund.amount
    movements = world.shelves["balance_transactions"].visible(now)
    return {
        "payment_intents": dict(
            Counter(intent.status(now) for intent in world.shelves["payment_intents"].visible(now))
        ),
        "charges": {"succeeded": counts["succeeded"], "failed": counts["failed"], "captured": len(captured)},
        "refunds": dict(Counter(refund.status(now) for refund in refunds)),
        "disputes": dict(Counter(dispute.status(now) for dispute in world.shelves["disputes"].visible(now))),
        "by_currency": {currency: _major(currency, amounts) for currency, amounts in sorted(by_currency.items())},
        "settled": {
            "currency": "usd",
            "amount": _text(
                _cents(
                    sum(movement.amount for movement in movements if movement.kind not in ("payout", "payout_failure"))
                )
            ),
            "fees": _text(_cents(sum(movement.fee for movement in movements))),
            "paid_out": _text(
                _cents(-sum(movement.amount for movement in movements if movement.kind in ("payout", "payout_failure")))
            ),
        },
    }


def _major(currency: str, amounts: Counter[str]) -> Money:
    """Write amounts in whole units of the currency, with the decimals Stripe counts in."""
    per_unit = CURRENCIES[currency][0]
    return {name: str(Decimal(amounts[name]) / per_unit) for name in ("succeeded", "failed", "captured", "refunded")}


def _customers(world: World, now: int) -> dict[str, Any]:
    wrong = {}
    for person in world.people:
        if person.registered <= now and person.address(now).is_wrong:
            address = person.address(now)
            wrong[str(person.id)] = {
                "city": address.city.name,
                "state": address.city.state,
                "state_code": address.city.code,
                "served_state": address.state,
                "served_state_code": address.state_code,
            }
    return wrong


def _cents(amount: int) -> Decimal:
    return Decimal(amount) / 100


def _rounded(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _text(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01")))
