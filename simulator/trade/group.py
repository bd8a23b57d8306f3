"""The five shops of one merchant through time, and the people who buy in them.

The same seed and scale make the same shops, however the clock is moved: days are made one after another from the
first, every shop's own day from its own random numbers, and nothing looks at the clock. What follows from an event
(the refund of next week) is in the objects at once; the methods of `model` that take `now` leave it out.
"""

from datetime import timedelta

from simulator.seasons import FIRST_DAY, local_day
from simulator.trade.model import Shop
from simulator.trade.policies import POLICIES
from simulator.trade.residents import Residents
from simulator.trade.trader import Trader

NAMES = tuple(policy.name for policy in POLICIES)


class Group:
    """All shops of the merchant."""

    names = NAMES

    def __init__(self, seed: int = 7, scale: float = 1.0) -> None:
        residents = Residents(seed)
        self.traders = {policy.name: Trader(seed, scale, policy, residents) for policy in POLICIES}
        self._next_day = FIRST_DAY

    def advance(self, now: int) -> None:
        """Make all days that have begun in some shop by `now`. Days once made stay."""
        # Where it is tomorrow already, the others' tomorrow is made too: they share their people.
        today = max(local_day(now, trader.policy.zone) for trader in self.traders.values())
        while self._next_day <= today:
            for trader in self.traders.values():
                trader.live(self._next_day)
            self._next_day += timedelta(days=1)

    def shop(self, name: str) -> Shop:
        """Return a shop by its name; KeyError for another."""
        return self.traders[name].shop
