"""The sales agreements of an order as rows."""

from collections.abc import Callable

from simulator import shopify_refunds as refunds
from simulator.shopify_graphql import Row
from simulator.shopify_lines import line_row, shipping_rows, tax_line
from simulator.shopify_paging import nested
from simulator.shopify_parts import View, derived, gid, instant, purse_of
from simulator.shopify_sales import Agreement, Sale, agreements, refund_number
from simulator.shopify_standing import Standing
from simulator.trade.model import Order


def agreement_rows(order: Order, view: View, order_of: Callable[[Row], Row]) -> list[Row]:
    """Write what was agreed by now, oldest first."""
    return [_agreement_row(one, order, view, order_of) for one in agreements(order, view.shop, view.now)]


def _agreement_row(agreement: Agreement, order: Order, view: View, order_of: Callable[[Row], Row]) -> Row:
    row: Row = {
        "__typename": agreement.type,
        "id": gid("SalesAgreement", agreement.id),
        "happenedAt": instant(agreement.at),
        "reason": agreement.reason,
        "sales": nested(
            "SaleConnection",
            lambda: [_sale_row(sale, agreement, place, order, view) for place, sale in enumerate(agreement.sales)],
        ),
    }
    if agreement.type == "OrderAgreement":
        row["order"] = order_of
    elif agreement.type == "RefundAgreement":
        wanted = refund_number(agreement.refund, order)
        row["refund"] = lambda _: next(
            one for one in refunds.refund_rows(order, view, order_of) if one["id"] == gid("Refund", wanted)
        )
    elif agreement.type == "ReturnAgreement" and agreement.refund is not None:
        wanted = gid("Return", agreement.refund.id)
        row["return"] = lambda _: next(one for one in refunds.return_rows(order, view, order_of) if one["id"] == wanted)
    return row


def _sale_row(sale: Sale, agreement: Agreement, place: int, order: Order, view: View) -> Row:
    bag = purse_of(order, view.shop).bag
    number = derived("sale", agreement.id, place)
    row: Row = {
        "__typename": sale.type,
        "id": gid("Sale", number),
        "actionType": sale.action,
        "lineType": sale.line_type,
        "quantity": sale.quantity,
        "totalAmount": bag(sale.total),
        "totalTaxAmount": bag(sale.tax),
        "totalDiscountAmountBeforeTaxes": bag(sale.discount),
        "totalDiscountAmountAfterTaxes": bag(sale.discount_with_tax),
        "taxes": lambda _: _taxes(sale, number, order, view),
    }
    line = sale.line
    if line is not None:
        row["lineItem"] = lambda _: line_row(order, line, Standing(order, view.now), view)
    elif sale.type == "TipSale":
        row["lineItem"] = lambda _: _tip_line(order, view)
    elif sale.type == "ShippingLineSale":
        row["shippingLine"] = lambda _: next(iter(shipping_rows(order, Standing(order, view.now), view)), None)
    return row


def _taxes(sale: Sale, number: int, order: Order, view: View) -> list[Row]:
    if not sale.tax:
        return []
    bag = purse_of(order, view.shop).bag
    per_mille = sale.line.tax_per_mille if sale.line is not None else 0
    line = tax_line(abs(sale.tax), per_mille, order, view.shop.decimals, bag)
    return [
        {
            "__typename": "SaleTax",
            "id": gid("SaleTax", derived("tax", number)),
            "amount": bag(sale.tax),
            "taxLine": line,
        }
    ]


def _tip_line(order: Order, view: View) -> Row:
    """Write the line of a tip: it names no product, and is not among the order's lines."""
    first = order.lines[0]
    bag = purse_of(order, view.shop).bag
    row = line_row(order, first, Standing(order, view.now), view, [])
    for name in ("originalUnitPriceSet", "originalTotalSet", "discountedTotalSet", "discountedUnitPriceSet"):
        row[name] = bag(order.tip)
    return row | {
        "id": gid("LineItem", derived("tip", order.id)),
        "title": "Tip",
        "name": "Tip",
        "sku": None,
        "vendor": None,
        "variantTitle": None,
        "quantity": 1,
        "currentQuantity": 1,
        "isGiftCard": False,
        "requiresShipping": False,
        "taxable": False,
        "taxLines": [],
        "totalDiscountSet": bag(0),
        "product": None,
        "variant": None,
    }
