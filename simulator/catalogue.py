"""The products through time: launches and withdrawals, prices, promotions, stock and refills, reviews.

Everything that changes is kept as a list of (instant, value), so a product can be shown as it was at any second.
Money is in cents.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from random import Random

from simulator import names
from simulator.assortment import CATEGORIES, RETURNS, SHIPPING, SPARE_WORDS, WARRANTIES, Category
from simulator.people import Person
from simulator.seasons import FIRST_DAY, midnight, sale_depth

DAY = 86400
OPENING_PRODUCTS = 98
PRODUCTS_AT_THE_END = 142
LAUNCH_EVERY_DAYS = 24
WITHDRAWAL_DAYS = (412, 867)


class Steps:
    """A value that changes at known instants."""

    __slots__ = ("instants", "values")

    def __init__(self, at: int, value: float) -> None:
        self.instants = [at]
        self.values = [value]

    def set(self, at: int, value: float) -> None:
        """Change the value from an instant on."""
        self.instants.append(at)
        self.values.append(value)

    def at(self, now: int) -> float:
        """Return the value that held at an instant; before the first one, the first."""
        return self.values[max(0, bisect_right(self.instants, now) - 1)]


@dataclass(slots=True, frozen=True)
class Review:
    """What a customer wrote about a product."""

    at: int
    rating: int
    comment: str
    author: Person


@dataclass(slots=True, eq=False)
class Product:
    """One thing the shop sells.

    popularity      its share of demand inside the category
    cost_cents      what the shop pays for one; known to the world only, no API shows it
    supplier_days   how long a refill takes
    reviews_wanted  how many reviews it will get in its life
    """

    id: int
    category: int
    title: str
    brand: str | None
    launched: int
    popularity: float
    cost_cents: int
    quality: float
    supplier_days: int
    reviews_wanted: int
    price: Steps
    discount: Steps
    stock: Steps
    withdrawn: int | None = None
    refill_day: date | None = None
    refill_size: int = 0
    reviews: list[Review] = field(default_factory=list)
    buyers: list[tuple[int, Person]] = field(default_factory=list)
    next_review: int = 0
    sold: int = 0
    details: dict[str, object] = field(default_factory=dict)

    def is_offered(self, now: int) -> bool:
        """Whether the shop shows it at an instant."""
        return self.launched <= now and (self.withdrawn is None or now < self.withdrawn)

    def left(self) -> int:
        """Return the units in stock after everything generated so far."""
        return int(self.stock.values[-1])

    def sell(self, at: int, quantity: int, buyer: Person) -> None:
        """Take units off the shelf."""
        self.stock.set(at, self.left() - quantity)
        self.sold += quantity
        if len(self.reviews) < self.reviews_wanted:
            self.buyers.append((at, buyer))


class Catalogue:
    """All products ever offered, in the order of their ids."""

    def __init__(self, seed: int, scale: float) -> None:
        self._seed = seed
        self._size = min(1.0, max(0.2, scale**0.5))
        self._scale = scale
        shelf = [(position, title) for position, category in enumerate(CATEGORIES) for title in category.titles]
        Random(f"{seed}/assortment").shuffle(shelf)
        # Every category opens with something, whatever the shuffle brings.
        seen: set[int] = set()
        first = [entry for entry in shelf if entry[0] not in seen and not seen.add(entry[0])]
        self._waiting = first + [entry for entry in shelf if entry not in first]
        self.products: list[Product] = []
        self._by_category: list[list[Product]] = []
        self._weights: list[list[float]] = []
        self._pull: list[float] = []

    def open_day(self, day: date, rng: Random) -> None:
        """Do the work of local midnight, before the first order: launches, withdrawals, refills, prices, promotions."""
        number = (day - FIRST_DAY).days
        start = midnight(day)
        if number == 0:
            for _ in range(max(len(CATEGORIES) + 4, round(OPENING_PRODUCTS * self._size))):
                self._launch(start)
        elif number % LAUNCH_EVERY_DAYS == 0 and len(self.products) < round(PRODUCTS_AT_THE_END * self._size):
            self._launch(start)
        if number in WITHDRAWAL_DAYS:
            self._withdraw(start, rng)
        offered = [product for product in self.products if product.withdrawn is None]
        for product in offered:
            self._restock(product, day, start, rng)
        self._reprice(offered, start, rng)
        self._promote(offered, day, start, rng)
        self._shelve(offered, day)

    def pick(self, rng: Random, favourites: tuple[int, ...]) -> Product | None:
        """Choose what a customer looks at; None when it is sold out."""
        if rng.random() < 0.5:
            category = rng.choice(favourites)
        else:
            category = rng.choices(range(len(CATEGORIES)), cum_weights=self._pull)[0]
        products = self._by_category[category]
        if not products:
            return None
        product = rng.choices(products, cum_weights=self._weights[category])[0]
        return product if product.left() > 0 else None

    def write_reviews(self, day: date, rng: Random) -> None:
        """Let people who bought a product more than a week ago say what they think of it."""
        start = midnight(day)
        for product in self.products:
            if (
                len(product.reviews) >= product.reviews_wanted
                or start < product.next_review
                or product.withdrawn is not None
            ):
                continue
            ready = [entry for entry in product.buyers if entry[0] < start - 7 * DAY]
            if not ready:
                continue
            entry = rng.choice(ready)
            product.buyers.remove(entry)
            rating = min(5, max(1, round(rng.gauss(product.quality, 0.9))))
            at = start + rng.randint(8 * 3600, 22 * 3600)
            product.reviews.append(Review(at, rating, rng.choice(names.REVIEWS[rating]), entry[1]))
            product.next_review = start + rng.randint(10, 120) * DAY

    def _launch(self, at: int) -> None:
        number = len(self.products) + 1
        rng = Random(f"{self._seed}/product/{number}")
        if self._waiting:
            position, title = self._waiting.pop(0)
        else:
            position = rng.randrange(len(CATEGORIES))
            title = f"{rng.choice(SPARE_WORDS)} {rng.choice(CATEGORIES[position].titles)} {number}"
        category = CATEGORIES[position]
        price = _price(rng, category)
        popularity = rng.lognormvariate(0, 1.15)
        target = self._expected_monthly(category, popularity)
        product = Product(
            id=number,
            category=position,
            title=title,
            brand=rng.choice(category.brands) if category.brands and rng.random() < 0.85 else None,
            launched=at,
            popularity=popularity,
            cost_cents=round(price * category.cost_share * rng.uniform(0.85, 1.15)),
            quality=min(4.9, max(1.9, rng.gauss(4.0, 0.6))),
            supplier_days=rng.choice((3, 5, 7, 7, 10, 14, 24)),
            reviews_wanted=rng.choice((0, 1, 2, 3, 3, 4, 5, 6, 8, 9, 12)),
            price=Steps(at, price),
            discount=Steps(at, _promotion(rng)),
            stock=Steps(at, target * 2 + rng.randint(4, 30)),
            next_review=at + rng.randint(14, 60) * DAY,
        )
        product.details = _details(rng, product, category)
        self.products.append(product)

    def _expected_monthly(self, category: Category, popularity: float) -> int:
        return max(4, round(16 * self._scale / self._size * category.pull * popularity))

    def _withdraw(self, at: int, rng: Random) -> None:
        candidates = sorted(
            (product for product in self.products if product.withdrawn is None), key=lambda p: (p.popularity, p.id)
        )
        shelf = [candidate for candidate in candidates if sum(p.category == candidate.category for p in candidates) > 1]
        if len(shelf) > 8:
            rng.choice(shelf[: len(shelf) // 3]).withdrawn = at

    def _restock(self, product: Product, day: date, start: int, rng: Random) -> None:
        if product.refill_day is not None:
            if day >= product.refill_day:
                product.stock.set(start, product.left() + product.refill_size)
                product.refill_day = None
            return
        monthly = self._expected_monthly(CATEGORIES[product.category], product.popularity)
        if product.left() <= max(2, monthly // 3):
            # Now and then the supplier is late: that is how shelves become empty.
            delay = product.supplier_days + (rng.randint(10, 30) if rng.random() < 0.25 else rng.randint(0, 3))
            product.refill_day = date.fromordinal(day.toordinal() + delay)
            product.refill_size = monthly * 2 + rng.randint(2, 12)

    def _reprice(self, offered: list[Product], start: int, rng: Random) -> None:
        for product in offered:
            if rng.random() < 1 / 260:
                price = int(product.price.values[-1] * rng.choice((0.92, 0.95, 1.04, 1.06, 1.09)))
                product.price.set(start, _shop_price(max(199, price)))

    def _promote(self, offered: list[Product], day: date, start: int, rng: Random) -> None:
        depth = sale_depth(day)
        before = sale_depth(date.fromordinal(day.toordinal() - 1))
        for product in offered:
            if depth != before:
                if depth == 0:
                    product.discount.set(start, _promotion(rng))
                elif rng.random() < 0.8:
                    # Half price brings totals of half a cent: rounding is seen.
                    half = rng.random() < 0.08
                    product.discount.set(start, 50 if half else round(rng.uniform(10, 18 + 22 * depth), 2))
            elif depth == 0 and rng.random() < 1 / 45:
                product.discount.set(start, _promotion(rng))

    def _shelve(self, offered: list[Product], day: date) -> None:
        """Lay out today's weights, so that picking is one draw."""
        festive = {11: 0.5, 12: 1.0}.get(day.month, 0.0)
        pull = []
        self._by_category = [[] for _ in CATEGORIES]
        self._weights = [[] for _ in CATEGORIES]
        for product in offered:
            self._by_category[product.category].append(product)
        for position, category in enumerate(CATEGORIES):
            shelf = self._by_category[position]
            draw = [p.popularity * (1 + p.discount.values[-1] / 40) for p in shelf]
            self._weights[position] = list(accumulate(draw))
            pull.append(category.pull * (1 + (category.november - 1) * festive) if shelf else 0.0)
        self._pull = list(accumulate(pull))


def _price(rng: Random, category: Category) -> int:
    spread = category.high / category.low
    return _shop_price(int(category.low * spread ** min(1.0, rng.betavariate(1.7, 2.2)) * 100))


def _shop_price(cents: int) -> int:
    """Bend a price to what a shop writes: 4.49, 19.99, 249.99."""
    if cents < 1000:
        return cents // 50 * 50 + 49
    return cents // 100 * 100 + 99 if cents < 20000 else cents // 1000 * 1000 + 999


def _promotion(rng: Random) -> float:
    """Draw a standing discount in percent; a third of the products have none, some a round one."""
    if rng.random() < 0.33:
        return 0
    return rng.choice((5, 10, 15, 20)) if rng.random() < 0.2 else round(rng.uniform(0.5, 19.9), 2)


def _details(rng: Random, product: Product, category: Category) -> dict[str, object]:
    """Invent the rest of a DummyJSON product: nothing here ever changes."""
    slug = product.title.lower().replace(" ", "-")
    pictures = f"https://cdn.dummyjson.com/product-images/{category.slug}/{slug}"
    brand = product.brand or "Generic"
    maker = "a shop favourite" if product.brand is None else f"made by {product.brand}"
    return {
        "description": f"{product.title}, {maker}. Tested by our own people in the {category.slug} team.",
        "tags": [category.slug, product.title.split()[-1].lower()],
        "sku": f"{category.slug[:3]}-{brand[:3]}-{product.title[:3]}-{product.id:03d}".upper().replace(" ", ""),
        "weight": rng.randint(1, 12),
        "dimensions": {key: round(rng.uniform(4, 40), 2) for key in ("width", "height", "depth")},
        "warrantyInformation": rng.choice(WARRANTIES),
        "shippingInformation": rng.choice(SHIPPING),
        "returnPolicy": rng.choice(RETURNS),
        "minimumOrderQuantity": rng.choice((1, 1, 1, 2, 4, 6)),
        "barcode": f"{rng.randint(10**12, 10**13 - 1)}",
        "images": [f"{pictures}/{number}.webp" for number in range(1, rng.randint(2, 4))],
        "thumbnail": f"{pictures}/thumbnail.webp",
    }
