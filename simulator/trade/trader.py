"""One shop from day to day."""

from bisect import insort
from datetime import date, timedelta
from itertools import count
from operator import attrgetter
from random import Random

from simulator.seasons import FIRST_DAY, poisson
from simulator.trade.aftermath import Aftermath
from simulator.trade.buyers import Buyer, Clientele
from simulator.trade.calendar import DAY, HOUR, at_local, keenness, midnight, moment, note
from simulator.trade.goods import Assortment, Ids
from simulator.trade.model import Cart, Order, Review, Shop
from simulator.trade.policies import Policy
from simulator.trade.residents import Residents
from simulator.trade.till import Till

SMALLEST = 48  # orders by November 2026, however small the scale
IMPORTED_ACCOUNTS = 70
MANY_LINES_AT, MANY_LINES_EVERY = 11, 600
COMES_BACK_AT, COMES_BACK_EVERY = 5, 12
COMES_BACK_AFTER, COMES_BACK_WITHIN = 30 * HOUR, 10 * DAY
NEED_SEVERAL_UNITS = ("partial_refund", "two_refunds", "edit_remove")
BULK_EDIT_EVERY_DAYS, BULK_EDIT_ORDERS = 130, 120
# Days of 23, 25 and 24 hours somewhere in the group, and the one that comes every four years.
MARKED_DAYS = {
    date(2024, 2, 29): (12, 0),
    date(2024, 3, 10): (3, 5),
    date(2024, 3, 31): (3, 5),
    date(2024, 10, 27): (2, 30),
    date(2024, 11, 3): (1, 30),
    date(2026, 10, 25): (2, 30),
    date(2026, 11, 1): (1, 30),
}
_COMMENTS = {
    1: "Broke within a week.",
    2: "Not what I expected.",
    3: "Does what it should.",
    4: "Good value.",
    5: "Would buy again!",
}


_created = attrgetter("created", "id")


class Trader:
    """Runs one shop. Days are made in order, each once."""

    def __init__(self, seed: int, scale: float, policy: Policy, residents: Residents) -> None:
        self._seed = seed
        self._scale = scale
        self.policy = policy
        self.shop = Shop(
            policy.name,
            policy.title,
            policy.currency,
            policy.decimals,
            policy.zone,
            policy.country,
            policy.prices_include_tax,
        )
        self._new_id = Ids(policy)
        self._assortment = Assortment(seed, policy, self.shop, self._new_id)
        self._clientele = Clientele(policy, self.shop, residents, self._new_id)
        self._till = Till(policy, self.shop, self._assortment, self._new_id)
        self._aftermath = Aftermath(policy, self._assortment, self._till, self._new_id)
        self._target = max(policy.orders * scale, SMALLEST)
        self._visits = count()

    def live(self, day: date) -> None:
        """Make a day of the shop's own calendar."""
        rng = Random(f"{self._seed}/{self.policy.name}/{day.isoformat()}")
        start = midnight(day, self.policy.zone)
        number = (day - FIRST_DAY).days
        before = [(things, len(things)) for things in (self.shop.customers, self.shop.carts)]
        self._assortment.open_day(day, rng)
        if number == 0:
            self._till.print_coupons()
            for _ in range(max(12, round(IMPORTED_ACCOUNTS * min(1.0, self._scale)))):
                self._clientele.open_account(start, rng)
        self._clientele.change_accounts(start, number, rng)
        for at in self._hours(day, rng):
            self._serve(at, start, rng)
        # Every day, not when somebody looks: whose turn it is to buy again depends on the order.
        for things, count_before in before:
            things[count_before:] = sorted(things[count_before:], key=_created)
        if number % BULK_EDIT_EVERY_DAYS == 90:
            self._edit_orders(midnight(day + timedelta(days=1), self.policy.zone) - 1)

    def _hours(self, day: date, rng: Random) -> list[int]:
        """Return the instants at which somebody buys."""
        zone = self.policy.zone
        visits = sorted(moment(rng, day, zone) for _ in range(poisson(rng, self._target * keenness(day))))
        for position in range(1, len(visits)):
            # Now and then two people press the button in the same second.
            if rng.random() < 0.06:
                visits[position] = visits[position - 1]
        # After sunset here and before it there: the day of the shop is not the day in UTC.
        if day.timetuple().tm_yday % 180 == 44:
            visits += [at_local(day, zone, 1, 30), at_local(day, zone, 23, 30)]
        if day in MARKED_DAYS:
            visits.append(at_local(day, zone, *MARKED_DAYS[day]))
        return sorted(visits)

    def _serve(self, at: int, start: int, rng: Random) -> None:
        number = next(self._visits)
        policy = self.policy
        has_many = number % MANY_LINES_EVERY == MANY_LINES_AT
        basket_case, life_case = policy.baskets.at(number), policy.lives.at(number)
        if basket_case == "gift_card_sold" or has_many:
            life_case = None
        if basket_case in ("fee", "tip") and life_case in ("full_refund", "cancelled_paid", "cancelled_unpaid"):
            basket_case = None
        if basket_case == "gift_card_redeemed" and life_case is not None:
            basket_case = None
        buyer_case = policy.buyers.at(number)
        buyer = self._clientele.buyer(at, start, buyer_case, rng)
        basket = self._till.fill(at, basket_case, policy.many_lines if has_many else None, rng)
        is_plain = basket_case is None and life_case is None and buyer_case is None and not has_many
        left = self._left_cart(at) if is_plain and number % COMES_BACK_EVERY == COMES_BACK_AT else None
        if left is not None and left.customer is not None:
            buyer = self._clientele.comes_back(left.customer, at)
            basket = [(variant, quantity) for variant, quantity, _ in left.lines]
        if life_case in NEED_SEVERAL_UNITS:
            basket[0] = (basket[0][0], max(basket[0][1], 3))
        late = rng.randint(20, 240) if number % 17 == 5 else 0
        order = self._till.ring_up(at, basket, buyer, basket_case, late, rng)
        self._aftermath.lead(order, life_case, buyer, rng)
        self._keep_cart(order, left, start, rng)
        if number % 3 == 1:
            self._leave_cart(at, buyer, rng)
        if number % 7 == 3 and order.is_sale:
            self._review(order, buyer, rng)

    def _left_cart(self, at: int) -> Cart | None:
        """Return the oldest basket some days old that its owner left at the checkout and could still buy."""
        offered = set(map(id, self._assortment.offered(at)))
        found = None
        for cart in reversed(self.shop.carts):
            if cart.created < at - COMES_BACK_WITHIN:
                break
            is_left = cart.order is None and cart.reached_checkout and cart.created < at - COMES_BACK_AFTER
            has_owner = cart.customer is not None and cart.customer.deleted is None
            if is_left and has_owner and all(id(variant.product) in offered for variant, _, _ in cart.lines):
                found = cart
        return found

    def _keep_cart(self, order: Order, left: Cart | None, start: int, rng: Random) -> None:
        if left is not None:
            left.order, order.cart_id = order, left.id
            note(left, order.created)
            return
        opened = max(start, order.created - rng.randint(60, 1800))
        cart = Cart(
            opened,
            self._new_id("cart"),
            order.customer,
            order.email,
            [(line.variant, line.quantity, line.listed_price) for line in order.placed_lines],
            order,
            True,
        )
        note(cart, order.created)
        self.shop.carts.append(cart)

    def _leave_cart(self, at: int, buyer: Buyer, rng: Random) -> None:
        """Let somebody fill a basket and go away."""
        lines = [
            (variant, quantity, int(variant.price.at(at))) for variant, quantity in self._till.fill(at, None, None, rng)
        ]
        reached = rng.random() < 0.6
        cart = Cart(at, self._new_id("cart"), buyer.customer, buyer.email if reached else None, lines, None, reached)
        if rng.random() < 0.3:
            note(cart, at + rng.randint(60, 6 * HOUR))
        self.shop.carts.append(cart)

    def _review(self, order: Order, buyer: Buyer, rng: Random) -> None:
        product = rng.choice(order.lines).product
        if product.is_gift_card:
            return
        at = order.created + rng.randint(8 * DAY, 40 * DAY)
        rating = rng.choices(range(1, 6), (4, 6, 14, 36, 40))[0]
        customer = buyer.customer
        author = f"{customer.first} {customer.last}" if customer else "Anonymous"
        email = buyer.email or "noemail@example.com"
        review = Review(at, self._new_id("review"), product, customer, author, email, rating, _COMMENTS[rating])
        insort(product.reviews, review, key=_created)
        note(product, at)

    def _edit_orders(self, at: int) -> None:
        """Touch the last orders in one second, as a bulk action does; not those that have come to an end."""
        for order in self.shop.orders[-BULK_EDIT_ORDERS:]:
            ended = order.cancelled or order.failed or order.trashed or order.deleted
            if not ended and not (self.policy.is_plain and order.refunds):
                note(order, at)
