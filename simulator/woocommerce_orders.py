"""How WooCommerce shows orders and checkout drafts.

What is paid is on an order's lines twice, before (`subtotal`) and after (`total`) the discounts, without tax, and the
tax beside both. `total` of the order is before refunds. References to what was deleted since are 0: WooCommerce clears
them without a new date of modification.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from simulator.trade.model import Cart, Customer, Line, Order, Refund, Variant, tax_inside, tax_on
from simulator.web import to_json
from simulator.woocommerce_site import VERSION, Site, person

DAY = 86400
DRAFTS_FROM = 700_000_000  # carts at the checkout have ids of their own; the shop's orders stay far below
STATUSES = (
    *("any", "trash", "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded"),
    *("failed", "checkout-draft"),
)
_METHODS = {
    "card": ("stripe", "Kreditkarte (Stripe)"),
    "paypal": ("ppcp-gateway", "PayPal"),
    "invoice": ("invoice", "Rechnung"),
    "bank_transfer": ("bacs", "Überweisung"),
    "cash": ("cod", "Nachnahme"),
}
_CREATED_VIA = {"web": "checkout", "pos": "pos-rest-api", "phone": "admin"}
_NO_REFERENCE: dict[str, Any] = {"product_id": 0, "variation_id": 0, "sku": None}


def order_id(row: Order | Cart) -> int:
    """Return the id of an order or of a checkout draft."""
    return row.id if isinstance(row, Order) else DRAFTS_FROM + row.id


def visible_orders(site: Site) -> list[Order | Cart]:
    """Return every order there is, the trash included, and the drafts: carts at the checkout, kept for a day."""
    now = site.now
    orders: list[Order | Cart] = [
        order for order in site.shop.orders if order.is_there(now) and not order.is_deleted(now)
    ]
    return orders + [cart for cart in site.shop.carts if cart.reached_checkout and _is_draft(cart, now)]


def _is_draft(cart: Cart, now: int) -> bool:
    is_bought = cart.order is not None and cart.order.created <= now
    return cart.is_there(now) and not is_bought and now - cart.updated(now) < DAY


def status(row: Order | Cart, now: int) -> str:
    """Return the state of an order as of an instant."""
    if isinstance(row, Cart):
        return "checkout-draft"
    if past(row.trashed, now):
        return "trash"
    if past(row.cancelled, now):
        return "cancelled"
    if past(row.failed, now):
        return "failed"
    given_back = sum(refund.total for refund in row.refunds_at(now))
    if given_back and given_back >= order_total(row, now):
        return "refunded"
    if past(row.completed, now):
        return "completed"
    if past(row.paid, now):
        return "processing"
    return "on-hold" if past(row.on_hold, now) else "pending"


def past(instant: int | None, now: int) -> bool:
    """Tell whether something has happened by now."""
    return instant is not None and instant <= now


def lines_at(order: Order, now: int) -> list[Line]:
    """Return the lines as edits have left them; discounts shrink with the units."""
    kept = [(line, line.units(now)) for line in order.lines]
    return [line if units == line.quantity else _cut(line, units) for line, units in kept if units > 0]


def _cut(line: Line, units: int) -> Line:
    return replace(
        line,
        quantity=units,
        listed_discount=line.listed_discount * units // line.quantity,
        listed_share=line.listed_share * units // line.quantity,
    )


def order_total(order: Order, now: int) -> int:
    """Return what an order comes to, edits so far inside and refunds not subtracted."""
    goods = sum(line.net + line.tax for line in lines_at(order, now))
    return goods + order.shipping + order.shipping_tax + order.fee + order.fee_tax + order.tip


def order_row(site: Site, row: Order | Cart) -> dict[str, Any]:
    """Return an order or a draft."""
    return _draft_row(site, row) if isinstance(row, Cart) else _order_row(site, row)


def _order_row(site: Site, order: Order) -> dict[str, Any]:
    now, money = site.now, site.money
    lines = lines_at(order, now)
    taxed = [line.tax for line in lines]
    gone = order.customer is None or past(order.customer.deleted, now)
    method, method_title = _METHODS.get(order.method, (order.method, order.method.title()))
    first, last = _name(order)
    payment = next((p for p in order.payments if p.kind in ("sale", "capture") and p.created <= now), None)
    refunds = order.refunds_at(now)
    return _frame(site, order.id, status(order, now), order.customer if not gone else None) | {
        **site.dates("date_created", order.created),
        **site.dates("date_modified", order.updated(now)),
        "discount_total": money(sum(line.discounts for line in lines)),
        "discount_tax": money(sum(_tax_before(line) - line.tax for line in lines)),
        "shipping_total": money(order.shipping),
        "shipping_tax": money(order.shipping_tax),
        "cart_tax": money(sum(taxed) + order.fee_tax),
        "total": money(order_total(order, now)),
        "total_tax": money(sum(taxed) + order.fee_tax + order.shipping_tax),
        "billing": person(order.address, first, last, order.phone, order.email or ""),
        "shipping": person(order.address, first, last, None) if order.channel == "web" else person(None, "", "", None),
        "payment_method": method,
        "payment_method_title": method_title,
        "transaction_id": payment.reference if payment is not None else "",
        "created_via": _CREATED_VIA[order.channel],
        **site.dates("date_completed", order.completed),
        **site.dates("date_paid", order.paid),
        "number": order.number,
        "meta_data": _meta(order),
        "line_items": [line_row(site, line, line.variant) for line in lines],
        "tax_lines": _tax_lines(site, order, lines),
        "shipping_lines": shipping_lines(site, order),
        "fee_lines": _fee_lines(site, order),
        "coupon_lines": [_coupon_line(site, order, position) for position in range(len(order.coupons))],
        "refunds": [
            {
                "id": refund.id,
                "reason": refund.reason,
                "total": money(-refund.total),
                "total_tax": money(0 if is_by_status(refund) else -refunded_tax(refund)),
            }
            for refund in reversed(refunds)
        ],
    }


def _draft_row(site: Site, cart: Cart) -> dict[str, Any]:
    """Return a half-filled checkout: it has the shape of an order, and what it comes to is not sure yet."""
    money, per_mille = site.money, cart.lines[0][0].product.tax_per_mille if cart.lines else 0
    lines = [
        Line(
            *(DRAFTS_FROM + cart.id * 100 + position, position, variant.product, variant, variant.product.title),
            *(variant.sku, quantity, price, 0, 0, variant.product.tax_per_mille, site.shop.prices_include_tax),
            cart.created,
        )
        for position, (variant, quantity, price) in enumerate(cart.lines, 1)
    ]
    tax = sum(line.tax for line in lines)
    customer = cart.customer
    first, last = (customer.first, customer.last) if customer is not None else ("", "")
    return _frame(site, order_id(cart), "checkout-draft", customer) | {
        **site.dates("date_created", cart.created),
        **site.dates("date_modified", cart.updated(site.now)),
        "cart_tax": money(tax),
        "total": money(sum(line.net for line in lines) + tax),
        "total_tax": money(tax),
        "billing": person(None, first, last, None, cart.email or ""),
        "line_items": [line_row(site, line, line.variant) for line in lines],
        "tax_lines": [tax_line(site, order_id(cart), per_mille, tax, 0)] if tax else [],
    }


def _frame(site: Site, row: int, state: str, customer: Customer | None) -> dict[str, Any]:
    """Return all fields of an order, in WooCommerce's own sequence, those empty that the kinds of orders fill."""
    key = f"wc_order_{row * 2654435761 % 2**32:08x}Sim"
    customer_link = {} if customer is None else {"customer": f"customers/{customer.id}"}
    return {
        "id": row,
        "parent_id": 0,
        "status": state,
        "currency": site.shop.currency,
        "version": VERSION,
        "prices_include_tax": site.shop.prices_include_tax,
        "date_created": None,
        "date_modified": None,
        **dict.fromkeys(("discount_total", "discount_tax", "shipping_total", "shipping_tax"), site.money(0)),
        **dict.fromkeys(("cart_tax", "total", "total_tax"), site.money(0)),
        "customer_id": 0 if customer is None else customer.id,
        "order_key": key,
        "billing": None,
        "shipping": person(None, "", "", None),
        **dict.fromkeys(("payment_method", "payment_method_title", "transaction_id"), ""),
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "store-api",
        "customer_note": "",
        "date_completed": None,
        "date_paid": None,
        "cart_hash": "",
        "number": str(row),
        "meta_data": [],
        "line_items": [],
        "tax_lines": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        "payment_url": f"{site.url}/checkout/order-pay/{row}/?pay_for_order=true&key={key}",
        "is_editable": state in ("pending", "on-hold", "auto-draft"),
        "needs_payment": state in ("pending", "failed", "checkout-draft"),
        "needs_processing": True,
        "date_created_gmt": None,
        "date_modified_gmt": None,
        "date_completed_gmt": None,
        "date_paid_gmt": None,
        "currency_symbol": site.symbol,
        "_links": site.links("orders", row, email_templates=f"orders/{row}/actions/email_templates", **customer_link),
    }


def _name(order: Order) -> tuple[str, str]:
    """Return who is written on the parcel; what a guest typed is told by the email at most."""
    if order.customer is not None:
        return order.customer.first, order.customer.last
    words = [word for word in (order.email or "").partition("@")[0].replace("_", ".").split(".") if word.isalpha()]
    return (words[0].title(), words[-1].title()) if len(words) > 1 else ("", "")


def _meta(order: Order) -> list[dict[str, Any]]:
    """Return what plugins left: a value may be of any kind."""
    meta: list[dict[str, Any]] = [{"id": order.id * 10 + 1, "key": "_order_source", "value": order.channel}]
    if order.id % 5 == 0:
        meta.append({"id": order.id * 10 + 2, "key": "_attribution", "value": {"source": "newsletter", "visits": 3}})
    return meta


def _tax_before(line: Line) -> int:
    of = tax_inside if line.prices_include_tax else tax_on
    return of(line.listed_gross, line.tax_per_mille)


def line_row(site: Site, line: Line, variant: Variant) -> dict[str, Any]:
    """Return a line of goods."""
    money = site.money
    tax, before = money(line.tax), money(_tax_before(line))
    is_variation = bool(variant.options)
    is_gone = past(line.product.deleted, site.now)
    return {
        "id": line.id,
        "name": " - ".join((line.title, ", ".join(variant.options.values()))) if is_variation else line.title,
        "product_id": line.product.id,
        "variation_id": variant.id if is_variation else 0,
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": money(line.gross),
        "subtotal_tax": before,
        "total": money(line.net),
        "total_tax": tax,
        "taxes": [{"id": line.tax_per_mille, "total": tax, "subtotal": before}] if line.tax_per_mille else [],
        "meta_data": [
            {
                "id": line.id * 10 + position,
                "key": name.lower(),
                "value": value,
                "display_key": name,
                "display_value": value,
            }
            for position, (name, value) in enumerate(variant.options.items())
        ],
        "sku": line.sku,
        "global_unique_id": "",
        "price": site.amount(line.net, line.quantity),
        "image": {"id": 0 if is_variation else "", "src": ""},
        "parent_name": line.title if is_variation else None,
    } | (_NO_REFERENCE if is_gone else {})


def item_id(order: int, position: int) -> int:
    """Return the id of an order's item that is no line of goods."""
    return 1_000_000_000 + order * 20 + position


def standard_rate(lines: list[Line]) -> int:
    """Return the highest rate of the goods: shipping and fees bear it."""
    return max((line.tax_per_mille for line in lines), default=0)


def _tax_lines(site: Site, order: Order, lines: list[Line]) -> list[dict[str, Any]]:
    """Sum the taxes by rate."""
    standard = standard_rate(lines)
    by_rate: Counter[int] = Counter()
    for line in lines:
        by_rate[line.tax_per_mille] += line.tax
    by_rate[standard] += order.fee_tax
    return [
        tax_line(site, order.id, rate, tax, order.shipping_tax if rate == standard else 0)
        for rate, tax in sorted(by_rate.items(), reverse=True)
        if rate
    ]


def tax_line(site: Site, order: int, rate: int, tax: int, shipping_tax: int) -> dict[str, Any]:
    """Return what was taxed at one rate."""
    return {
        "id": item_id(order, 10 + rate % 10),
        "rate_code": f"{site.shop.country}-MWST.-{rate}",
        "rate_id": rate,
        "label": "MwSt.",
        "compound": False,
        "tax_total": site.money(tax),
        "shipping_tax_total": site.money(shipping_tax),
        "rate_percent": rate // 10 if rate % 10 == 0 else rate / 10,
        "meta_data": [],
    }


def shipping_lines(site: Site, order: Order) -> list[dict[str, Any]]:
    """Return the shipping: one line, or none where it cost nothing."""
    if not order.shipping:
        return []
    tax = site.money(order.shipping_tax)
    return [
        {
            "id": item_id(order.id, 1),
            "method_title": "DHL",
            "method_id": "flat_rate",
            "instance_id": "",
            "total": site.money(order.shipping),
            "total_tax": tax,
            "taxes": [{"id": standard_rate(order.lines), "total": tax, "subtotal": ""}],
            "tax_status": "taxable",
            "meta_data": [],
        }
    ]


def _fee_lines(site: Site, order: Order) -> list[dict[str, Any]]:
    """Return surcharges; a tip is a fee too, without tax, for WooCommerce knows no tips."""
    fees = [("Zuschlag", order.fee, order.fee_tax, "taxable"), ("Trinkgeld", order.tip, 0, "none")]
    return [
        {
            "id": item_id(order.id, 2 + position),
            "name": name,
            "tax_class": "",
            "tax_status": tax_status,
            "amount": "",
            "total": site.money(amount),
            "total_tax": site.money(tax),
            "taxes": [{"id": standard_rate(order.lines), "total": site.money(tax), "subtotal": ""}] if tax else [],
            "meta_data": [],
        }
        for position, (name, amount, tax, tax_status) in enumerate(fees)
        if amount
    ]


def _coupon_line(site: Site, order: Order, position: int) -> dict[str, Any]:
    coupon, listed = order.coupons[position]
    # A coupon for the shipping lowers the shipping; the line of it takes nothing off the goods.
    off = 0 if coupon.kind == "shipping" else listed
    tax = tax_inside(off, standard_rate(order.lines)) if site.shop.prices_include_tax else 0
    kind = "percent" if coupon.kind == "percent" else "fixed_cart"
    nominal = coupon.value if kind == "percent" else 0 if coupon.kind == "shipping" else site.amount(coupon.value)
    info = to_json([coupon.id, coupon.code, None if kind == "fixed_cart" else kind, nominal]).decode()
    return {
        "id": item_id(order.id, 4 + position),
        "code": coupon.code.lower(),
        "discount": site.plain(off - tax),
        "discount_tax": site.plain(tax),
        "meta_data": [
            {
                "id": item_id(order.id, 4 + position) * 10,
                "key": "coupon_info",
                "value": info,
                "display_key": "coupon_info",
                "display_value": info,
            }
        ],
        "discount_type": kind,
        "nominal_amount": nominal,
        "free_shipping": coupon.kind == "shipping",
    }


def is_by_status(refund: Refund) -> bool:
    """Tell whether the merchant just set the order to `refunded`: WooCommerce notes the whole amount, and no line.

    So it is with every second one that was given back in one go, and with those of cancelled orders.
    """
    is_whole = len(refund.order.refunds) == 1 and refund.total == order_total(refund.order, refund.created)
    return is_whole and (refund.is_cancellation or refund.id % 2 == 0)


def refunded_tax(refund: Refund) -> int:
    """Return all tax in a refund."""
    return refund.shipping_tax + sum(line.tax for line in refund.lines)
