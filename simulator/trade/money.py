"""What money really came and went for an order, as of an instant, whoever tells of it."""

from decimal import Decimal
from typing import Any

from simulator.trade.card_account import LOST, SHOPS, SHORT, SHORT_BY, UNKNOWN, WON, special_case
from simulator.trade.model import Order, Shop

_DAY = 86400


def of_order(shop: Shop, order: Order, place: int, now: int) -> dict[str, Any]:
    """Return what was received, given back, and taken back by a bank; `place` is the order's among its shop's."""
    there = [payment for payment in order.payments if payment.created <= now and payment.status_at(now) == "success"]
    received = sum(payment.amount for payment in there if payment.kind in ("sale", "capture"))
    given_back = sum(payment.amount for payment in there if payment.kind == "refund")
    disputed = 0
    case = special_case(order, place) if shop.name in SHOPS else None
    if case is not None and order.paid is not None and order.paid <= now:
        if case == SHORT:
            received -= SHORT_BY
        if case == UNKNOWN and order.paid + 2 * _DAY <= now:
            given_back += received // 4
        is_held = order.paid + 6 * _DAY <= now < order.paid + 26 * _DAY
        if case in (LOST, WON) and (is_held or (case == LOST and order.paid + 6 * _DAY <= now)):
            disputed = received
    return {
        name: str(Decimal(amount).scaleb(-shop.decimals))
        for name, amount in (("received", received), ("given_back", given_back), ("disputed", disputed))
    }
