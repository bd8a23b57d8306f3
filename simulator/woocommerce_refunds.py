"""How WooCommerce shows refunds: the amount positive, everything inside negative, by order or all together."""

from __future__ import annotations

from collections import Counter
from typing import Any

from simulator.trade.model import Order, Refund, RefundLine
from simulator.woocommerce_orders import (
    is_by_status,
    item_id,
    line_row,
    order_total,
    past,
    shipping_lines,
    standard_rate,
    tax_line,
    visible_orders,
)
from simulator.woocommerce_site import Site

_ITEMS_FROM = 1_000_000_000  # a refund has items of its own, in the same number space as those of orders


def visible_refunds(site: Site) -> list[Refund]:
    """Return all refunds of the orders that are not in the trash. One the bank sent back is taken out again."""
    return [
        refund
        for order in visible_orders(site)
        if isinstance(order, Order) and not past(order.trashed, site.now)
        for refund in order.refunds_at(site.now)
    ]


def refund_row(site: Site, refund: Refund, with_parent: bool = False) -> dict[str, Any]:
    """Return a refund: the amount positive, all inside negative. Only `/refunds` names the order."""
    order = refund.order
    so_far = sum(one.total for one in order.refunds_at(refund.created + refund.late))
    is_bare = is_by_status(refund)
    path = f"orders/{order.id}/refunds"
    links = site.links(path, refund.id, up=f"orders/{order.id}")
    links["self"][0]["targetHints"] = {"allow": ["GET", "DELETE"]}
    return {
        "id": refund.id,
        **({"parent_id": order.id} if with_parent else {}),
        **site.dates("date_created", refund.created),
        "amount": site.money(refund.total),
        "reason": refund.reason,
        "refunded_by": 1,
        "refunded_payment": order.method == "card",
        "meta_data": [
            {
                "id": refund.id * 10,
                "key": "_refund_type",
                "value": "full" if so_far >= order_total(order, refund.created) else "partial",
            }
        ],
        "line_items": []
        if is_bare
        else [_refund_line(site, refund, position) for position in range(len(refund.lines))],
        "shipping_lines": [] if is_bare else _refund_shipping(site, refund),
        "tax_lines": [] if is_bare else _refund_taxes(site, refund),
        "fee_lines": [],
        "_links": links,
    }


def _refund_line(site: Site, refund: Refund, position: int) -> dict[str, Any]:
    given: RefundLine = refund.lines[position]
    item = item_id(refund.id, position) + _ITEMS_FROM
    amount, tax, line = site.money(-given.amount), site.money(-given.tax), given.line
    return line_row(site, line, line.variant) | {
        "id": item,
        "quantity": -given.quantity,
        "subtotal": amount,
        "subtotal_tax": tax,
        "total": amount,
        "total_tax": tax,
        "taxes": [{"id": line.tax_per_mille, "total": tax, "subtotal": tax}] if given.tax else [],
        "price": site.amount(given.amount, given.quantity or 1),
        "meta_data": [
            {
                "id": item * 10,
                "key": "_refunded_item_id",
                "value": str(line.id),
                "display_key": "_refunded_item_id",
                "display_value": str(line.id),
            }
        ],
    }


def _refund_shipping(site: Site, refund: Refund) -> list[dict[str, Any]]:
    if not refund.shipping:
        return []
    [shown] = shipping_lines(site, refund.order) or [{}]
    tax = site.money(-refund.shipping_tax)
    rate = standard_rate(refund.order.lines)
    return [
        shown
        | {
            "id": item_id(refund.id, 19) + _ITEMS_FROM,
            "total": site.money(-refund.shipping),
            "total_tax": tax,
            "taxes": [{"id": rate, "total": tax, "subtotal": ""}],
            "meta_data": [
                {
                    "id": item_id(refund.id, 19) * 10,
                    "key": "_refunded_item_id",
                    "value": str(item_id(refund.order.id, 1)),
                    "display_key": "_refunded_item_id",
                    "display_value": str(item_id(refund.order.id, 1)),
                }
            ],
        }
    ]


def _refund_taxes(site: Site, refund: Refund) -> list[dict[str, Any]]:
    by_rate: Counter[int] = Counter()
    for given in refund.lines:
        by_rate[given.line.tax_per_mille] += given.tax
    standard = standard_rate(refund.order.lines)
    by_rate[standard] += 0
    return [
        tax_line(site, refund.id, rate, -tax, -refund.shipping_tax if rate == standard else 0)
        for rate, tax in sorted(by_rate.items(), reverse=True)
        if rate and (tax or (rate == standard and refund.shipping_tax))
    ]
