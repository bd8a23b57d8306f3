"""What is true of a shop's carts as of an instant, by the day they were opened in the shop's zone.

Whoever looks from outside can know of a cart only what the shop's platform tells:

  shop-us          Shopify: online checkouts. It lists one after ten minutes without an order; one that was bought
                   sooner is known by its order, unless that was a test or was deleted. What was bought at once before
                   the first checkout was listed is left out: nobody knows what was left behind then
  shop-jp, studio  every cart. Payload makes no order, and so no purchase, of a payment that failed
  shop-eu, legacy  nothing

A cart is left behind when it was not bought and has not been touched for a day.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from simulator.seasons import local_day
from simulator.trade.calendar import DAY
from simulator.trade.model import Cart, Shop

LEFT_AFTER = DAY
LISTED_AFTER = 600  # seconds until Shopify lists a checkout


def carts_by_day(shop: Shop, now: int) -> dict[str, dict[str, Any]]:
    """Return what became of each day's carts: opened, purchased, abandoned, and the goods in the abandoned ones."""
    days: dict[str, list[Cart]] = defaultdict(list)
    for cart in _told(shop, now):
        days[local_day(cart.created, shop.zone).isoformat()].append(cart)
    return {day: _summed(shop, carts, now) for day, carts in sorted(days.items())}


def is_purchased(shop: Shop, cart: Cart, now: int) -> bool:
    """Whether the platform calls it bought."""
    is_refused = shop.name == "studio" and cart.order is not None and cart.order.failed is not None
    return cart.is_bought(now) and not is_refused


def is_left_behind(shop: Shop, cart: Cart, now: int) -> bool:
    """Whether nobody bought it or came back to it within a day."""
    return not is_purchased(shop, cart, now) and cart.updated(now) + LEFT_AFTER <= now


def _summed(shop: Shop, carts: list[Cart], now: int) -> dict[str, Any]:
    left = [cart for cart in carts if is_left_behind(shop, cart, now)]
    return {
        "carts": len(carts),
        "purchased": sum(is_purchased(shop, cart, now) for cart in carts),
        "abandoned": len(left),
        "left_behind": str(Decimal(sum(cart.listed_subtotal for cart in left)).scaleb(-shop.decimals)),
    }


def _told(shop: Shop, now: int) -> Iterator[Cart]:
    there = [cart for cart in shop.carts if cart.is_there(now) and cart.lines]
    if shop.name in ("shop-jp", "studio"):
        yield from there
    if shop.name != "shop-us":
        return
    online = [cart for cart in there if cart.reached_checkout and (cart.order is None or cart.order.channel == "web")]
    first = min((cart.created for cart in online if _is_listed(cart, now)), default=now)
    for cart in online:
        order = cart.order
        if _is_listed(cart, now):
            # Its order, once there is one, says whether it was a test.
            is_told = not (order is not None and cart.is_bought(now) and order.is_test)
        else:
            is_sale = order is not None and order.is_there(now) and not (order.is_test or order.is_deleted(now))
            is_told = is_sale and order is not None and first <= order.created
        if is_told:
            yield cart


def _is_listed(cart: Cart, now: int) -> bool:
    is_slow = cart.order is None or cart.order.created - cart.created > LISTED_AFTER
    return is_slow and cart.created + LISTED_AFTER <= now
