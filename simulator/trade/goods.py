"""A shop's assortment through time: launches and withdrawals, prices and markdowns, stock, bulk edits.

What is made by the same maker has the same sku in every shop that sells it; each shop has its own ids and prices.
"""

from datetime import date
from random import Random

from simulator.assortment import CATEGORIES
from simulator.catalogue import Steps
from simulator.seasons import FIRST_DAY, sale_depth
from simulator.trade.calendar import DAY, HOUR, midnight, move, note
from simulator.trade.model import Category, Product, Shop, Variant
from simulator.trade.policies import REDUCED, STANDARD, Policy

BULK_EDIT_EVERY_DAYS = 190
WITHDRAWAL_DAYS = (260, 610, 930)
_SHELVES = {category.slug: category for category in CATEGORIES}
_PARENTS = {
    "Fashion": ("mens-shirts", "mens-shoes", "sunglasses", "womens-bags", "womens-dresses"),
    "Home": ("furniture", "groceries", "home-decoration", "kitchen-accessories"),
    "Care": ("beauty", "fragrances", "skin-care"),
    "Leisure": ("mobile-accessories", "sports-accessories"),
}
_SIZES, _SHOES = ("S", "M", "L", "XL"), ("38", "39", "40", "41", "42", "43", "44")
_COLOURS = ("Navy", "Ecru", "Rust", "Black", "Sage")
_OPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "mens-shirts": {"Size": _SIZES, "Colour": _COLOURS[:3]},
    "womens-dresses": {"Size": _SIZES, "Colour": _COLOURS[1:4]},
    "mens-shoes": {"Size": _SHOES},
    "womens-bags": {"Colour": _COLOURS[:4]},
    "sunglasses": {"Colour": _COLOURS[2:]},
    "fragrances": {"Volume": ("30 ml", "50 ml", "100 ml")},
    "home-decoration": {"Colour": _COLOURS[1:4]},
}


class Assortment:
    """Everything a shop ever sells, and the work of its mornings."""

    def __init__(self, seed: int, policy: Policy, shop: Shop, new_id: "Ids") -> None:
        self._seed = seed
        self._policy = policy
        self._shop = shop
        self._new_id = new_id
        self._waiting = self._chosen()
        self._shelves: dict[str, Category] = {}
        self._pull: dict[int, float] = {}
        self.sold: dict[int, int] = {}

    def offered(self, now: int) -> list[Product]:
        """Return the products that can be bought at an instant, gift cards aside."""
        return [
            product
            for product in self._shop.products
            if not product.is_gift_card and product.trashed is None and product.deleted is None
        ]

    @property
    def gift_card(self) -> Product | None:
        """The gift card, where the shop has one."""
        return next((product for product in self._shop.products if product.is_gift_card), None)

    def pick(self, rng: Random, products: list[Product]) -> Variant:
        """Choose what a customer takes: a well-liked product, any of its variants that is there."""
        weights = [self._pull[product.id] for product in products]
        product = rng.choices(products, weights)[0]
        there = [variant for variant in product.variants if variant.stock.values[-1] > 0]
        return rng.choice(there or product.variants)

    def sell(self, variant: Variant, quantity: int, at: int) -> None:
        """Take units off the shelf; late restocking of earlier ones stays."""
        self.shift(variant, -quantity, at)
        self.sold[variant.product.id] = self.sold.get(variant.product.id, 0) + 1

    def shift(self, variant: Variant, units: int, at: int) -> None:
        """Move the stock; a simple product shows it in its own row."""
        move(variant.stock, at, units)
        note(variant, at)
        if not variant.options:
            note(variant.product, at)

    def open_day(self, day: date, rng: Random) -> None:
        """Do the work of the morning, before the first order."""
        start = midnight(day, self._policy.zone)
        number = (day - FIRST_DAY).days
        if number == 0:
            self._open(start)
        elif number % 60 == 0 and self._waiting:
            self._launch(start)
        if number in WITHDRAWAL_DAYS:
            self._withdraw(start + 2 * HOUR + 17)
        self._reprice(day, start, rng)
        self._refill(start + HOUR, rng)
        if number % BULK_EDIT_EVERY_DAYS == 75:
            self._edit_all(start + 3 * HOUR)

    def _chosen(self) -> list[tuple[str, int]]:
        goods = [(slug, number) for slug in self._policy.categories for number in range(len(_SHELVES[slug].titles))]
        Random(f"{self._seed}/goods/{self._policy.name}").shuffle(goods)
        # One of each category first, so that each is sold from the first day.
        first = {slug: number for slug, number in reversed(goods)}
        rest = [one for one in goods if first[one[0]] != one[1]]
        return [*first.items(), *rest][: self._policy.products]

    def _open(self, start: int) -> None:
        for title, slugs in _PARENTS.items():
            here = [slug for slug in slugs if slug in self._policy.categories]
            if here:
                parent = self._shelve(title, title.lower(), None, start)
                for slug in here:
                    self._shelves[slug] = self._shelve(slug.replace("-", " ").capitalize(), slug, parent, start)
        while len(self._shop.products) < round(self._policy.products * 0.85):
            self._launch(start)
        if "gift_card_sold" in self._policy.baskets.cases:
            self._issue_gift_card(start)

    def _shelve(self, title: str, slug: str, parent: Category | None, at: int) -> Category:
        category = Category(self._new_id("category"), title, slug, parent, at)
        self._shop.categories.append(category)
        return category

    def _launch(self, at: int) -> None:
        slug, number = self._waiting.pop(0)
        shelf = _SHELVES[slug]
        title = shelf.titles[number]
        # The same in every shop: what it is, who makes it, what it costs to make.
        rng = Random(f"{self._seed}/article/{slug}/{number}")
        brand = rng.choice(shelf.brands) if shelf.brands else "Countinghouse"
        dollars = shelf.low * (shelf.high / shelf.low) ** rng.betavariate(1.7, 2.2)
        cost = dollars * shelf.cost_share * rng.uniform(0.9, 1.1)
        pull = rng.lognormvariate(0, 0.9) * shelf.pull
        is_priced, has_options = rng.random() < 0.85, rng.random() < 0.8
        code = f"{slug[:3]}-{title[:3]}-{number + 1:02d}".upper().replace(" ", "")
        product = self._add(title, brand, self._shelves[slug], at, self._tax(slug))
        self._pull[product.id] = pull
        for options in _combinations(_OPTIONS.get(slug, {}) if has_options else {}):
            suffix = "".join(f"-{value[:4].strip()}" for value in options.values()).upper().replace(" ", "")
            price = self._priced(dollars * (1.6 if options.get("Volume") == "100 ml" else 1))
            in_shop = round(cost * self._policy.per_dollar) if is_priced else None
            stock = 12 + rng.randint(0, 40)
            self._put(product, f"{code}{suffix}", options, price, in_shop, stock, at)

    def _issue_gift_card(self, at: int) -> None:
        category = self._shelve("Gift cards", "gift-cards", None, at)
        product = self._add("Gift Card", self._shop.title, category, at, 0, is_gift_card=True)
        for value in (25, 50, 100):
            self._put(product, f"GIFT-{value}", {"Value": f"{value}"}, value * self._policy.per_dollar, None, 1000, at)

    def _add(
        self, title: str, brand: str, category: Category, at: int, tax: int, *, is_gift_card: bool = False
    ) -> Product:
        slug = title.lower().replace(" ", "-")
        text = f"{title} by {brand}."
        tags = (category.slug, brand.lower().replace(" ", "-"))
        product = Product(
            at, self._new_id("product"), title, slug, brand, category, text, tags, tax, is_gift_card=is_gift_card
        )
        self._shop.products.append(product)
        return product

    def _put(
        self, product: Product, sku: str, options: dict[str, str], price: int, cost: int | None, stock: int, at: int
    ) -> None:
        variant = Variant(
            at,
            self._new_id("variant"),
            product,
            sku,
            options,
            Steps(at, price),
            Steps(at, 0),
            cost,
            Steps(at, stock),
        )
        product.variants.append(variant)

    def _tax(self, slug: str) -> int:
        name = self._policy.name
        return (REDUCED if slug == "groceries" else STANDARD).get(name, 0)

    def _priced(self, dollars: float) -> int:
        """Bend a price to what a shop writes: 19.99, 1,980 yen."""
        amount = int(dollars * self._policy.per_dollar)
        return amount // 100 * 100 + (80 if self._policy.decimals == 0 else 99)

    def _withdraw(self, at: int) -> None:
        """Take a product away that has been sold: into the trash where the platform has one, for good a month later."""
        candidates = [product for product in self.offered(at) if self.sold.get(product.id)]
        if len(candidates) < 3:
            return
        product = min(candidates, key=lambda one: (self.sold[one.id], one.id))
        if self._policy.name in ("shop-eu", "studio"):
            product.trashed, product.deleted = at, at + 30 * DAY
        else:
            product.deleted = at
        note(product, at)

    def _reprice(self, day: date, start: int, rng: Random) -> None:
        depth, before = sale_depth(day), sale_depth(date.fromordinal(day.toordinal() - 1))
        for product in self.offered(start):
            if bool(depth) != bool(before):
                if product.id % 3 == 0:
                    self._mark_down(product, start) if depth else self._mark_up(product, start)
            elif not depth and rng.random() < 1 / 260:
                factor = rng.choice((0.93, 0.96, 1.04, 1.07))
                for variant in product.variants:
                    dollars = variant.price.values[-1] * factor / self._policy.per_dollar
                    self._set_price(variant, max(99, self._priced(dollars)), 0, start)

    def _mark_down(self, product: Product, at: int) -> None:
        for variant in product.variants:
            before = int(variant.price.values[-1])
            self._set_price(variant, max(99, self._priced(before * 0.8 / self._policy.per_dollar)), before, at)

    def _mark_up(self, product: Product, at: int) -> None:
        for variant in product.variants:
            if variant.compare_at.values[-1]:
                self._set_price(variant, int(variant.compare_at.values[-1]), 0, at)

    @staticmethod
    def _set_price(variant: Variant, price: int, compare_at: int, at: int) -> None:
        variant.price.set(at, price)
        variant.compare_at.set(at, compare_at)
        note(variant, at)
        note(variant.product, at)

    def _refill(self, at: int, rng: Random) -> None:
        for product in self.offered(at):
            for variant in product.variants:
                if variant.stock.values[-1] <= 2 and rng.random() < 0.2:
                    self.shift(variant, rng.randint(12, 40), at)

    def _edit_all(self, at: int) -> None:
        """Touch every product in one second, as a bulk editor does."""
        for product in self.offered(at):
            note(product, at)
            for variant in product.variants:
                note(variant, at)


class Ids:
    """Numbers for new things: of one common row, or of one row for each kind."""

    def __init__(self, policy: Policy) -> None:
        self._is_common = policy.name == "shop-eu"
        self._first = policy.first_id
        self._last: dict[str, int] = {}

    def __call__(self, kind: str) -> int:
        """Return the next number of a kind."""
        # WooCommerce keeps orders, refunds, products and coupons in one table.
        row = "post" if self._is_common and kind in ("order", "refund", "product", "variant", "coupon") else kind
        self._last[row] = self._last.get(row, self._first - 1) + 1
        return self._last[row]


def _combinations(options: dict[str, tuple[str, ...]]) -> list[dict[str, str]]:
    combined: list[dict[str, str]] = [{}]
    for name, values in options.items():
        combined = [{**one, name: value} for one in combined for value in values]
    return combined
