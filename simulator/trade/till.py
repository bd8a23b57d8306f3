"""What is put into a basket and what it comes to: lines, coupons, shipping, tax, fees, tips."""

from random import Random

from simulator.seasons import FIRST_DAY
from simulator.trade.buyers import Buyer
from simulator.trade.calendar import DAY, midnight
from simulator.trade.goods import Assortment, Ids
from simulator.trade.model import Coupon, Line, Order, Shop, Variant, tax_inside
from simulator.trade.policies import SALES_TAX, Policy

_LINES, _QUANTITIES = (45, 28, 15, 8, 4), (80, 13, 5, 2)
_SPRING_ENDS = 577 * DAY


class Till:
    """Rings up one shop's orders."""

    def __init__(self, policy: Policy, shop: Shop, assortment: Assortment, new_id: Ids) -> None:
        self._policy = policy
        self._shop = shop
        self._assortment = assortment
        self._new_id = new_id

    def print_coupons(self) -> None:
        """Make the shop's codes; a shop whose platform has none gets none."""
        if "coupon_percent" not in self._policy.baskets.cases:
            return
        at = midnight(FIRST_DAY, self._policy.zone)
        for code, kind, value, ends in (
            ("SPRING15", "percent", 15, at + _SPRING_ENDS),
            ("WELCOME10", "percent", 10, None),
            ("TENOFF", "fixed", 10 * self._policy.per_dollar, None),
            ("FREESHIP", "shipping", 0, None),
        ):
            self._shop.coupons.append(Coupon(at, self._new_id("coupon"), code, kind, value, ends))

    def fill(self, at: int, case: str | None, line_count: int | None, rng: Random) -> list[tuple[Variant, int]]:
        """Choose what is bought; no variant twice, unless more lines are asked for than there are variants."""
        products = self._assortment.offered(at)
        if line_count is not None:
            variants = [variant for product in products for variant in product.variants]
            rng.shuffle(variants)
            return [(variant, 1) for variant in (variants * 4)[:line_count]]
        basket: dict[int, tuple[Variant, int]] = {}
        for _ in range(rng.choices(range(1, 6), _LINES)[0]):
            variant = self._assortment.pick(rng, products)
            basket[variant.id] = (variant, rng.choices(range(1, 5), _QUANTITIES)[0])
        gift_card = self._assortment.gift_card
        if case == "gift_card_sold" and gift_card is not None:
            variant = rng.choice(gift_card.variants)
            basket[variant.id] = (variant, 1)
        return list(basket.values())

    def ring_up(
        self, at: int, basket: list[tuple[Variant, int]], buyer: Buyer, case: str | None, late: int, rng: Random
    ) -> Order:
        """Make the order. Nothing has come of it yet."""
        lines = [
            self.line(at, position, variant, quantity, buyer) for position, (variant, quantity) in enumerate(basket, 1)
        ]
        if case == "line_discount":
            lines[0].listed_discount = lines[0].listed_gross * rng.choice((10, 15, 25)) // 100
        listed_shipping = 0 if buyer.channel == "pos" else rng.choice(self._policy.shipping)
        if case == "coupon_shipping":
            listed_shipping = self._policy.shipping[0]
        coupons = self._redeem(at, case, lines, listed_shipping)
        listed_shipping -= sum(amount for coupon, amount in coupons if coupon.kind == "shipping")
        shipping_tax = self._inside(listed_shipping, self._policy.shipping_per_mille)
        listed_fee = 250 if case == "fee" else 0
        fee_tax = self._inside(listed_fee, self._policy.shipping_per_mille)
        number = self._new_id("order")
        order = Order(
            at,
            number,
            self._number(number),
            buyer.customer,
            buyer.email,
            buyer.phone,
            buyer.address,
            lines,
            coupons,
            shipping=listed_shipping - shipping_tax,
            shipping_tax=shipping_tax,
            fee=listed_fee - fee_tax,
            fee_tax=fee_tax,
            tip=sum(line.net for line in lines) * 15 // 100 if case == "tip" else 0,
            gift_card=0,
            method="invoice" if case == "fee" else rng.choice(self._policy.methods),
            channel=buyer.channel,
            late=late,
        )
        if case == "gift_card_redeemed":
            order.gift_card = min(order.placed_total, 25 * self._policy.per_dollar)
        for line in lines:
            self._assortment.sell(line.variant, line.quantity, at)
        self._shop.orders.append(order)
        return order

    def line(self, at: int, position: int, variant: Variant, quantity: int, buyer: Buyer) -> Line:
        """Make one line at today's price."""
        product = variant.product
        options = " / ".join(variant.options.values())
        return Line(
            self._new_id("line"),
            position,
            product,
            variant,
            f"{product.title} - {options}" if options else product.title,
            variant.sku,
            quantity,
            int(variant.price.at(at)),
            0,
            0,
            self._tax(variant, buyer),
            self._policy.prices_include_tax,
            at,
        )

    def _tax(self, variant: Variant, buyer: Buyer) -> int:
        if self._policy.name != "shop-us":
            return variant.product.tax_per_mille
        if variant.product.is_gift_card or buyer.address.country != "US":
            return 0
        return SALES_TAX.get(buyer.address.region_code, 0)

    def _inside(self, listed: int, per_mille: int) -> int:
        return tax_inside(listed, per_mille) if self._policy.prices_include_tax else 0

    def _number(self, number: int) -> str:
        match self._policy.name:
            case "shop-us":
                return f"#{number - self._policy.first_id + 1001}"
            case "shop-jp":
                return f"JP-{number:06d}"
            case _:
                return str(number)

    def _redeem(self, at: int, case: str | None, lines: list[Line], shipping: int) -> tuple[tuple[Coupon, int], ...]:
        """Take the codes off: the percentage first, then the fixed amount of what is left."""
        kinds = {
            "coupon_percent": ("percent",),
            "coupon_fixed": ("fixed",),
            "coupon_shipping": ("shipping",),
            "two_codes": ("percent", "fixed"),
        }.get(case or "", ())
        goods = [line for line in lines if not line.product.is_gift_card]
        left = before = sum(line.listed_gross - line.listed_discount for line in goods)
        taken: list[tuple[Coupon, int]] = []
        for kind in kinds:
            coupon = next(one for one in self._shop.coupons if one.kind == kind and (one.ends is None or at < one.ends))
            if kind == "shipping":
                taken.append((coupon, shipping))
                continue
            amount = (left * coupon.value + 50) // 100 if kind == "percent" else min(coupon.value, left)
            taken.append((coupon, amount))
            left -= amount
        _share(before - left, goods)
        return tuple(taken)


def _share(amount: int, lines: list[Line]) -> None:
    """Share an amount over lines by what is paid for them; the parts add up to it."""
    weights = [line.listed_gross - line.listed_discount for line in lines]
    whole, so_far = sum(weights), 0
    for line, weight in zip(lines, weights, strict=True):
        if whole:
            line.listed_share = amount * (so_far + weight) // whole - amount * so_far // whole
        so_far += weight
