"""The world: one shop through time.

The same seed and scale make the same world, however its clock is moved: days are made one after another from the
first, each from its own random numbers, and nothing looks at the clock. What lies after the clock is made too, where
it follows from something before it (a refund of next week), but `visible` hides it until its second has come.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from operator import attrgetter
from random import Random
from typing import Any

from simulator.assortment import CATEGORIES
from simulator.billing import Invoice, Office
from simulator.cashier import Cashier
from simulator.catalogue import Catalogue
from simulator.events import events_of_account, events_of_intent, events_of_invoice, events_of_payout
from simulator.orders import Order, fill_basket
from simulator.payments import DAY, Account, Ids, Intent, Movement, Payout
from simulator.people import Person, Population, random_address
from simulator.seasons import FIRST_DAY, demand, local_day, midnight, moment, poisson

IMPORTED_ACCOUNTS = 130


class Shelf:
    """Objects of one kind in the order of their creation; those of one second in the order they were made."""

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._created: list[int] = []
        self._is_sorted = True
        self.by_id: dict[str, Any] = {}

    def add(self, item: Any) -> None:
        """Put an object in; it may have been created in the future."""
        self._items.append(item)
        self.by_id[item.id] = item
        self._is_sorted = False

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def visible(self, now: int) -> list[Any]:
        """Return what has been created by an instant, oldest first."""
        return self._items[: self.position(now)]

    def position(self, now: int) -> int:
        """Return how many objects have been created by an instant."""
        self._sort()
        return bisect_right(self._created, now)

    def index(self, item: Any) -> int:
        """Return the position of an object that is on the shelf."""
        self._sort()
        return self._items.index(item, bisect_left(self._created, item.created))

    def between(self, first: int, last: int) -> list[Any]:
        """Return the objects at positions first to last - 1, oldest first."""
        self._sort()
        return self._items[first:last]

    def _sort(self) -> None:
        if not self._is_sorted:
            self._items.sort(key=attrgetter("created"))
            self._created = [item.created for item in self._items]
            self._is_sorted = True


class World:
    """Everything that happened, and the part of the future that is already decided."""

    def __init__(self, seed: int = 7, scale: float = 1.0) -> None:
        self.seed = seed
        self.scale = scale
        self.catalogue = Catalogue(seed, scale)
        self.population = Population(seed, [category.pull for category in CATEGORIES])
        self.orders: list[Order] = []
        ids = Ids(seed)
        self._ids = ids
        self._cashier = Cashier(ids)
        self._office = Office(ids, self._cashier)
        self._unpaid: list[Movement] = []
        self.shelves: dict[str, Shelf] = {
            kind: Shelf()
            for kind in (
                *("payment_intents", "charges", "refunds", "balance_transactions", "customers"),
                *("invoices", "invoice_payments", "disputes", "payouts", "events"),
            )
        }
        self._next_day = FIRST_DAY
        self._lost = 0

    @property
    def people(self) -> list[Person]:
        """All people, in the order of their ids; the last ones may register later today."""
        return self.population.people

    def advance(self, now: int) -> None:
        """Make the days up to and including the shop's day at `now`. Days once made stay."""
        today = local_day(now)
        while self._next_day <= today:
            self._live(self._next_day)
            self._next_day += timedelta(days=1)

    def _live(self, day: date) -> None:
        rng = Random(f"{self.seed}/{day.isoformat()}")
        self.catalogue.open_day(day, rng)
        if day == FIRST_DAY:
            self._open(midnight(day))
        self._register(day, rng)
        self._move_house(day, rng)
        for at, person in self._shoppers(day, rng):
            self._order(at, person, rng)
        self._stray_intents(day, rng)
        for invoice in self._office.write(day, rng):
            self._file_invoice(invoice)
        if day.weekday() == 0:
            self._pay_out(midnight(day) + 4 * 3600)
        self.catalogue.write_reviews(day, rng)

    def _open(self, at: int) -> None:
        """Start with customers brought over from an earlier shop: one second, more than a page of a hundred."""
        for _ in range(max(12, round(IMPORTED_ACCOUNTS * self.scale))):
            person = self.population.register(at)
            self._open_account(person, at)
        for firm in self._office.open(at):
            self._file_account(firm)

    def _register(self, day: date, rng: Random) -> None:
        age = (day - FIRST_DAY).days
        mean = self.scale * (1.36 + 0.0011 * age) * (0.55 + 0.45 * demand(day))
        for at in sorted(moment(rng, day) for _ in range(poisson(rng, mean))):
            self.population.register(at)

    def _move_house(self, day: date, rng: Random) -> None:
        for _ in range(poisson(rng, len(self.people) / 1600)):
            person = rng.choice(self.people)
            at = moment(rng, day)
            if at > person.addresses[-1][0]:
                person.addresses.append((at, random_address(rng)))
                if person.account is not None:
                    for event in events_of_account(self._ids, person.account, moved=at):
                        self.shelves["events"].add(event)

    def _shoppers(self, day: date, rng: Random) -> list[tuple[int, Person]]:
        keen = demand(day)
        start = midnight(day)
        visits = []
        for person in self.people:
            if not person.is_active:
                continue
            if person.registered > start:
                # Most people register because they are about to buy.
                if rng.random() < 0.72:
                    visits.append((person.registered + rng.randint(20, 1500), person))
            elif rng.random() < person.rate * keen * (1.0 if person.orders else 0.6):
                visits.append((moment(rng, day), person))
        end = midnight(day + timedelta(days=1)) - 1
        visits = sorted(((min(at, end), person) for at, person in visits), key=lambda visit: (visit[0], visit[1].id))
        for position in range(1, len(visits)):
            # Now and then two people press the button in the same second.
            if rng.random() < 0.04 and visits[position][1].registered < visits[position - 1][0]:
                visits[position] = (visits[position - 1][0], visits[position][1])
        return visits

    def _order(self, at: int, person: Person, rng: Random) -> None:
        lines = fill_basket(self.catalogue, person, at, rng)
        if not lines:
            return
        if person.account is None and not person.is_guest:
            self._open_account(person, max(midnight(local_day(at)), at - rng.randint(0, 2)))
        order = Order(len(self.orders) + 1, at, person, lines)
        self.orders.append(order)
        person.orders += 1
        if rng.random() < person.fading:
            person.is_active = False
            self._perhaps_delete(person, at, rng)
        self._file_intent(self._cashier.charge_order(order, self._account_of(person, at), rng))

    def _account_of(self, person: Person, at: int) -> Account | None:
        account = person.account
        return None if account is None or (account.deleted is not None and account.deleted <= at) else account

    def _perhaps_delete(self, person: Person, at: int, rng: Random) -> None:
        """Let a few people who lost interest have themselves deleted at Stripe."""
        account = person.account
        self._lost += 1
        # By count, not by chance, so that a small world has one too.
        if account is not None and self._lost % 60 == 25:
            account.deleted = at + rng.randint(3 * DAY, 90 * DAY)
            for event in events_of_account(self._ids, account, deleted=account.deleted):
                self.shelves["events"].add(event)

    def _open_account(self, person: Person, at: int) -> None:
        person.is_guest = False
        person.account = Account(self._ids.new("cus"), at, f"{person.first} {person.last}", person.email, person)
        self._file_account(person.account)

    def _stray_intents(self, day: date, rng: Random) -> None:
        for _ in range(poisson(rng, 0.035 * demand(day) * self.scale * (4 + (day - FIRST_DAY).days / 110))):
            at, person = moment(rng, day), rng.choice(self.people)
            if at > person.registered:
                amount = rng.randint(900, 24000)
                self._file_intent(self._cashier.stray(at, amount, self._account_of(person, at), person, rng))

    def _file_account(self, account: Account) -> None:
        self.shelves["customers"].add(account)
        for event in events_of_account(self._ids, account):
            self.shelves["events"].add(event)

    def _file_intent(self, intent: Intent) -> None:
        self.shelves["payment_intents"].add(intent)
        for charge in intent.charges:
            self.shelves["charges"].add(charge)
            self._file_movement(charge.movement)
            for refund in charge.refunds:
                self.shelves["refunds"].add(refund)
                self._file_movement(refund.movement)
                self._file_movement(refund.reversal)
            if charge.dispute is not None:
                self.shelves["disputes"].add(charge.dispute)
                for movement in charge.dispute.movements:
                    self._file_movement(movement)
        for event in events_of_intent(self._ids, intent):
            self.shelves["events"].add(event)

    def _file_invoice(self, invoice: Invoice) -> None:
        self.shelves["invoices"].add(invoice)
        self.shelves["invoice_payments"].add(invoice.payment)
        if invoice.intent is not None:
            self._file_intent(invoice.intent)
        for event in events_of_invoice(self._ids, invoice):
            self.shelves["events"].add(event)

    def _file_movement(self, movement: Movement | None) -> None:
        if movement is not None:
            self.shelves["balance_transactions"].add(movement)
            self._unpaid.append(movement)

    def _pay_out(self, at: int) -> None:
        """Send what has become available since the last payout to the bank."""
        ready = [movement for movement in self._unpaid if movement.available <= at]
        amount = sum(movement.amount - movement.fee for movement in ready)
        if amount <= 0:
            return
        self._unpaid = [movement for movement in self._unpaid if movement.available > at]
        payout_id = self._ids.new("po")
        movement = Movement(self._ids.new("txn"), at, "payout", "payout", -amount, 0, payout_id, "STRIPE PAYOUT")
        payout = Payout(payout_id, at, amount, at - at % DAY + 2 * DAY, movement)
        for paid in (*ready, movement):
            paid.payout = payout
        rng = Random(f"{self.seed}/payout/{at}")
        if rng.random() < 0.025:
            payout.failed = payout.arrival + rng.randint(DAY, 4 * DAY)
            payout.reversal = Movement(
                self._ids.new("txn"),
                payout.failed,
                "payout_failure",
                "payout_reversal",
                amount,
                0,
                payout_id,
                "STRIPE PAYOUT FAILURE",
            )
            self._file_movement(payout.reversal)
        self.shelves["balance_transactions"].add(movement)
        self.shelves["payouts"].add(payout)
        for event in events_of_payout(self._ids, payout):
            self.shelves["events"].add(event)
