"""Who buys: accounts of one shop, guests, people who have an account next door."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from simulator.catalogue import Steps
from simulator.trade.calendar import note
from simulator.trade.goods import Ids
from simulator.trade.model import Address, Customer, Shop
from simulator.trade.policies import Policy
from simulator.trade.residents import LANGUAGES, Person, Residents, address

PLACEHOLDERS = ("noemail@example.com", "none@none.com")
Channel = Literal["web", "pos", "phone"]


@dataclass(slots=True, frozen=True)
class Buyer:
    """Who stands at the till. A guest has no `customer`."""

    customer: Customer | None
    email: str | None
    phone: str | None
    address: Address
    channel: Channel


class Clientele:
    """The accounts of one shop, among the people of the whole group."""

    def __init__(self, policy: Policy, shop: Shop, residents: Residents, new_id: Ids) -> None:
        self._policy = policy
        self._shop = shop
        self._residents = residents
        self._new_id = new_id
        self._opened = 0
        self._elsewhere = 0

    def buyer(self, at: int, start: int, case: str | None, rng: Random) -> Buyer:
        """Choose who buys at an instant of the day that began at `start`."""
        channel: Channel = "web"
        if case is None:
            channel = rng.choice(self._policy.channels)  # pyright: ignore[reportAssignmentType]
            customer = self._regular(at, rng) or self.open_account(max(start, at - rng.randint(30, 900)), rng)
            note(customer, at)
            return Buyer(customer, customer.email, customer.phone, customer.address(at), channel)
        person = self._newcomer_from_next_door() if case == "guest_elsewhere" else None
        person = person or self._residents.move_in(self._land(rng))
        email: str | None = person.email
        if case == "placeholder":
            channel = "pos" if "pos" in self._policy.channels else "phone"
            email = PLACEHOLDERS[rng.randrange(2)] if rng.random() < 0.8 else PLACEHOLDERS[0]
        elif case == "guest_without_email":
            email = None
            channel = "pos" if "pos" in self._policy.channels else "web"
        return Buyer(None, email, person.phone if rng.random() < 0.5 else None, person.home, channel)

    def comes_back(self, customer: Customer, at: int) -> Buyer:
        """Let somebody return to what they left in their basket."""
        note(customer, at)
        return Buyer(customer, customer.email, customer.phone, customer.address(at), "web")

    def open_account(self, at: int, rng: Random) -> Customer:
        """Let somebody register: every seventh one is known in another shop already."""
        self._opened += 1
        person = self._newcomer_from_next_door() if self._opened % 7 == 3 else None
        email = None
        if person is None:
            person = self._residents.move_in(self._land(rng))
        elif self._opened % 14 == 3:
            email = _respelled(person.email)
        person.accounts.append(self._policy.name)
        customer = Customer(
            at,
            self._new_id("customer"),
            person.number,
            person.first,
            person.last,
            email or person.email,
            person.phone if rng.random() < 0.8 else None,
            person.born if rng.random() < 0.7 else None,
            person.gender if rng.random() < 0.8 else None,
            LANGUAGES[person.country],
            [(at, person.home)],
            Steps(at, 1 if rng.random() < 0.4 else 0),
        )
        self._shop.customers.append(customer)
        return customer

    def change_accounts(self, start: int, number: int, rng: Random) -> None:
        """Let people move house, change their mind about letters, and leave."""
        if number % 23 != 11 and number % 31 != 7 and number % 280 != 140:
            return
        there = [customer for customer in self._shop.customers if customer.created < start and customer.deleted is None]
        if number % 23 == 11 and there:
            customer = rng.choice(there)
            at = start + rng.randint(8 * 3600, 22 * 3600)
            customer.addresses.append((at, address(rng, customer.addresses[0][1].country)))
            note(customer, at)
        if number % 31 == 7 and there:
            customer = rng.choice(there)
            at = start + rng.randint(8 * 3600, 22 * 3600)
            customer.accepts_marketing.set(at, 1 - customer.accepts_marketing.values[-1])
            note(customer, at)
        if number % 280 == 140 and len(there) > 5:
            customer = rng.choice(there)
            customer.deleted = start + 9 * 3600
            note(customer, customer.deleted)

    def _regular(self, at: int, rng: Random) -> Customer | None:
        """Return a customer who comes again, or None where somebody new is to come."""
        if not self._shop.customers or rng.random() < 0.42:
            return None
        # A few people come often: the square of a uniform number favours the first ones.
        customer = self._shop.customers[int(len(self._shop.customers) * rng.random() ** 1.6)]
        return customer if customer.deleted is None and customer.created < at else None

    def _newcomer_from_next_door(self) -> Person | None:
        """Return the next person who has an account in another shop and none here."""
        people = self._residents.people
        for step in range(len(people)):
            person = people[(self._elsewhere + step) % len(people)]
            if person.accounts and self._policy.name not in person.accounts:
                self._elsewhere += step + 7
                return person
        return None

    def _land(self, rng: Random) -> str:
        lands, weights = zip(*self._policy.lands, strict=True)
        return rng.choices(lands, weights)[0]


def _respelled(email: str) -> str:
    """Write an email as its owner does elsewhere: Ann.Lee@Example.com."""
    name, host = email.split("@")
    return f"{'.'.join(part.capitalize() for part in name.split('.'))}@{host.capitalize()}"
