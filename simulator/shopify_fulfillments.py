"""What was sent of an order."""

from collections.abc import Callable

from simulator.shopify_graphql import Row
from simulator.shopify_lines import line_row
from simulator.shopify_paging import nested
from simulator.shopify_parts import View, gid, instant, money_text, purse_of
from simulator.shopify_standing import Standing
from simulator.trade.model import Order


def fulfillment_rows(order: Order, standing: Standing, view: View, owner: Callable[[Row], Row]) -> list[Row]:
    """Write the parcels of an order: none or one with everything."""
    if standing.fulfillment_status(view.now) != "FULFILLED" or order.fulfilled is None:
        return []
    units = sum(line.quantity for line in standing.lines)
    return [
        {
            "__typename": "Fulfillment",
            "id": gid("Fulfillment", order.id),
            "legacyResourceId": str(order.id),
            "name": f"#{order.number.lstrip('#')}.1",
            "createdAt": instant(order.fulfilled),
            "updatedAt": instant(order.fulfilled),
            "deliveredAt": None,
            "estimatedDeliveryAt": None,
            "inTransitAt": None,
            "displayStatus": "FULFILLED",
            "status": "SUCCESS",
            "order": owner,
            "requiresShipping": True,
            "totalQuantity": units,
            "trackingInfo": [],
            "fulfillmentLineItems": nested("FulfillmentLineItemConnection", lambda: _sent_lines(order, standing, view)),
        }
    ]


def _sent_lines(order: Order, standing: Standing, view: View) -> list[Row]:
    bag, bare = purse_of(order, view.shop).bag, view.shop.decimals
    return [
        {
            "__typename": "FulfillmentLineItem",
            "id": gid("FulfillmentLineItem", line.id),
            "quantity": line.quantity,
            "lineItem": lambda _, line=line: line_row(order, line, standing, view),
            "originalTotalSet": bag(line.listed_gross),
            "originalTotal": money_text(line.listed_gross, bare),
            "discountedTotalSet": bag(line.listed_gross - line.listed_discount),
            "discountedTotal": money_text(line.listed_gross - line.listed_discount, bare),
        }
        for line in standing.lines
    ]
