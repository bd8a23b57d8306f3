"""The Stripe account that takes the cards of two shops: it tells the sales they tell, and what they do not know."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

from simulator.app import Simulator
from simulator.stripe_objects import WRITERS
from simulator.trade.card_account import RESOURCES, CardAccount, special_case
from simulator.trade.group import Group
from simulator.trade.model import Shop

NOW = int(datetime(2025, 9, 30, 12, tzinfo=UTC).timestamp())
DAY = 86_400


def account(*instants: int) -> tuple[CardAccount, dict[str, Shop]]:
    """The account after its clock was moved from instant to instant."""
    group = Group(7, 0.05)

    def shop(name: str, now: int) -> Shop:
        group.advance(now)
        return group.shop(name)

    made = CardAccount(shop, 7)
    for instant in instants:
        made.advance(instant)
    return made, {name: group.shop(name) for name in ("studio", "shop-eu")}


def shown(made: CardAccount) -> dict[str, list[str]]:
    return {
        resource: sorted(str(WRITERS[resource](row, NOW)) for row in made.shelves[resource].visible(NOW))
        for resource in RESOURCES
    }


def test_it_is_the_same_in_whatever_steps_the_clock_was_moved() -> None:
    at_once, _ = account(NOW)
    in_steps, _ = account(*range(NOW - 400 * DAY, NOW, 37 * DAY), NOW)
    assert shown(at_once) == shown(in_steps)
    ids = [row.id for resource in RESOURCES for row in at_once.shelves[resource].visible(NOW)]
    assert len(ids) == len(set(ids))


def test_its_charges_less_refunds_and_disputes_are_what_the_truth_says_came() -> None:
    simulator = Simulator(scale=0.05, now=datetime.fromtimestamp(NOW, UTC))
    made, shops = account(NOW)
    # The money of every order of the studio, which takes cards only; a deleted order is not in the truth, its money is.
    truth = simulator.shop_truth("studio", with_orders=True)["orders"]
    kept = {
        str(order.id): Decimal(sum(_kept(made, payment.reference) for payment in order.payments)) / 100
        for order in shops["studio"].orders
        if str(order.id) in truth
    }
    assert len(kept) > 20
    assert kept == {
        key: Decimal(row["money"]["received"]) - Decimal(row["money"]["given_back"]) - Decimal(row["money"]["disputed"])
        for key, row in truth.items()
    }


def test_a_small_world_has_each_thing_that_only_the_account_knows() -> None:
    made, shops = account(NOW)
    cases = Counter(special_case(order, place) for shop in shops.values() for place, order in enumerate(shop.orders))
    assert len(cases) > 3, cases
    named = {payment.reference for shop in shops.values() for order in shop.orders for payment in order.payments}
    strays = [intent for intent in made.shelves["payment_intents"].visible(NOW) if intent.id not in named]
    assert strays
    assert all(intent.status(NOW) == "succeeded" for intent in strays)


def _kept(made: CardAccount, reference: str) -> int:
    """What is left of a payment in the account's own objects, in pence."""
    left = 0
    for charge in made.shelves["charges"].visible(NOW):
        if charge.intent.id == reference and charge.failure is None:
            row = WRITERS["charges"](charge, NOW)
            left += row["amount_captured"] - row["amount_refunded"]
            if charge.dispute is not None and charge.dispute.created <= NOW:
                left -= 0 if charge.dispute.status(NOW) == "won" else charge.dispute.amount
    return left
