"""An order of the shop: what DummyJSON calls a cart. Money in cents, discounts in hundredths of a percent."""

from dataclasses import dataclass
from random import Random

from simulator.catalogue import Catalogue, Product
from simulator.people import Person

_LINES = (45, 25, 15, 8, 4.5, 2.5)
_QUANTITIES = (78, 14, 5, 2, 1)


@dataclass(slots=True, frozen=True)
class Line:
    """One row of a cart. Price and title are copies: the product may change later."""

    product: Product
    price: int
    quantity: int
    discount: int

    @property
    def total(self) -> int:
        """Price times quantity."""
        return self.price * self.quantity

    @property
    def discounted(self) -> int:
        """What the customer pays for the line: rounded half up to the cent."""
        return (self.total * (10000 - self.discount) + 5000) // 10000


@dataclass(slots=True, frozen=True, eq=False)
class Order:
    """A placed order; its id is the cart's."""

    id: int
    at: int
    person: Person
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """The lines before discounts."""
        return sum(line.total for line in self.lines)

    @property
    def discounted(self) -> int:
        """What was asked of the customer."""
        return sum(line.discounted for line in self.lines)

    @property
    def units(self) -> int:
        """How many things were bought."""
        return sum(line.quantity for line in self.lines)


def fill_basket(catalogue: Catalogue, person: Person, at: int, rng: Random) -> tuple[Line, ...]:
    """Choose what a customer buys and take it off the shelf; empty when everything looked at was sold out."""
    wanted = rng.choices(range(1, 7), _LINES)[0]
    lines: list[Line] = []
    for _ in range(wanted):
        again = lines and rng.random() < 0.012
        product = rng.choice(lines).product if again else catalogue.pick(rng, person.favourites)
        if product is None or (not again and any(line.product is product for line in lines)):
            continue
        quantity = min(product.left(), rng.choices(range(1, 6), _QUANTITIES)[0])
        if quantity < 1:
            continue
        product.sell(at, quantity, person)
        lines.append(Line(product, int(product.price.at(at)), quantity, round(product.discount.at(at) * 100)))
    return tuple(lines)
