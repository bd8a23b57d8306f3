"""The customers: who they are, where they live, how often they buy.

A person is fixed at registration, except for the address, of which all versions are kept with the instant they hold
from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from typing import TYPE_CHECKING

from simulator import names
from simulator.places import CITIES, CITY_WEIGHTS, STATES, City

if TYPE_CHECKING:
    from simulator.payments import Account

# DummyJSON's own people carry the wrong state for their city; here about one in eight does.
WRONG_STATE = 0.12


@dataclass(slots=True, frozen=True)
class Address:
    """A postal address as the customer typed it: `state` may not be where `city` lies."""

    street: str
    city: City
    state: str
    state_code: str
    postal: str
    lat: float
    lng: float

    @property
    def is_wrong(self) -> bool:
        """Whether the state is not the city's."""
        return self.state != self.city.state


@dataclass(slots=True, eq=False)
class Person:
    """A registered customer of the shop.

    rate        orders a day while the customer is interested
    fading      chance to lose interest for good after each order
    favourites  category positions this customer prefers
    is_guest    pays without becoming a customer at Stripe
    """

    id: int
    registered: int
    first: str
    last: str
    maiden: str
    gender: str
    born: date
    email: str
    username: str
    phone: str
    rate: float
    fading: float
    favourites: tuple[int, ...]
    is_guest: bool
    addresses: list[tuple[int, Address]] = field(default_factory=list)
    is_active: bool = True
    orders: int = 0
    account: Account | None = None

    def address(self, now: int) -> Address:
        """Return the address on file at an instant."""
        return next(address for since, address in reversed(self.addresses) if since <= now or since == self.registered)

    def age(self, now: int) -> int:
        """Return the years lived, as of the UTC day."""
        today = datetime.fromtimestamp(now, UTC).date()
        return today.year - self.born.year - ((today.month, today.day) < (self.born.month, self.born.day))


def random_address(rng: Random) -> Address:
    """Invent an address in one of the large cities."""
    city = rng.choices(CITIES, CITY_WEIGHTS)[0]
    state, code = city.state, city.code
    if rng.random() < WRONG_STATE:
        state, code = rng.choice([other for other in STATES if other[1] != city.code])
    return Address(
        street=f"{rng.randint(12, 9899)} {rng.choice(names.STREETS)} {rng.choice(names.STREET_KINDS)}",
        city=city,
        state=state,
        state_code=code,
        postal=f"{city.postal}{rng.randint(1, 99):02d}",
        lat=round(city.lat + rng.uniform(-0.2, 0.2), 6),
        lng=round(city.lng + rng.uniform(-0.2, 0.2), 6),
    )


class Population:
    """All people ever registered, in the order of their ids."""

    def __init__(self, seed: int, pull: list[float]) -> None:
        self._seed = seed
        self._pull = pull
        self._taken: set[str] = set()
        self.people: list[Person] = []

    def register(self, at: int) -> Person:
        """Add a person at an instant. What the person is like depends on the seed and the id only."""
        number = len(self.people) + 1
        rng = Random(f"{self._seed}/person/{number}")
        gender = rng.choice(("female", "male"))
        first = rng.choice(names.FEMALE if gender == "female" else names.MALE)
        last = rng.choice(names.SURNAMES)
        handle = self._handle(first, last, rng)
        address = random_address(rng)
        person = Person(
            id=number,
            registered=at,
            first=first,
            last=last,
            maiden=rng.choice(names.SURNAMES) if gender == "female" and rng.random() < 0.4 else "",
            gender=gender,
            born=self._birthday(rng),
            email=f"{handle}@{rng.choice(names.MAIL_HOSTS)}",
            username=handle.replace(".", ""),
            phone=f"+1 {address.city.area}-555-{rng.randint(0, 9999):04d}",
            rate=rng.gammavariate(1.1, 1) / 62,
            fading=min(0.97, rng.betavariate(1.1, 3.6)),
            favourites=tuple(rng.choices(range(len(self._pull)), self._pull, k=3)),
            is_guest=rng.random() < 0.14,
            addresses=[(at, address)],
        )
        self.people.append(person)
        return person

    def _handle(self, first: str, last: str, rng: Random) -> str:
        plain = f"{first}.{last}".lower().replace("'", "").replace("ü", "ue").replace("ñ", "n")
        handle = plain
        while handle.replace(".", "") in self._taken:
            handle = f"{plain}{rng.randint(2, 9999)}"
        self._taken.add(handle.replace(".", ""))
        return handle

    @staticmethod
    def _birthday(rng: Random) -> date:
        age = min(82.0, max(18.0, rng.gauss(41, 14)))
        return date.fromordinal(date(2023, 11, 1).toordinal() - int(age * 365.25) - rng.randint(0, 364))
