"""What a customer will buy: BG/NBD for when, Gamma-Gamma for how much.

Sources, whose symbols are kept:
    P. Fader, B. Hardie, K. L. Lee, "Counting Your Customers" the Easy Way, Marketing Science 24(2), 2005  (BG/NBD)
    P. Fader, B. Hardie, The Gamma-Gamma Model of Monetary Value, 2013, http://brucehardie.com/notes/025/
    P. Fader, B. Hardie, Computing P(alive) Using the BG/NBD Model, 2008, http://brucehardie.com/notes/021/

The story the models tell: while alive, a customer buys at random at a rate of their own, and after each purchase but
the first leaves for ever with a chance of their own; each purchase varies around a mean of their own. What surprises:
somebody who bought once is alive for sure, because leaving comes after a repeat purchase only. So `p_alive` tells
nothing about one-time customers, and `no_purchase` (the chance of silence over the days asked for) tells it of all.

Time is in days. No priors: where the data do not settle the parameters, fitting ends with NotFittedError.
SciPy takes half a second to import, so it is imported where it is used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# Logarithms of the parameters, with time counted in mean ages and money in mean values: beyond these a customer base
# is as good as uniform, or as good as never leaving, and the likelihood is flat.
BOUNDS = (-8.0, 8.0)
# Where the search begins: CDNOW's published shape, everybody alike, many who leave, few who leave.
BUYING_STARTS = ((0.25, 0.15, 0.8, 2.4), (1.0, 1.0, 1.0, 1.0), (0.5, 0.3, 3.0, 2.0), (2.0, 0.5, 0.1, 3.0))
SPEND_STARTS = ((6.0, 4.0, 0.5), (1.0, 2.0, 1.0), (20.0, 10.0, 0.5), (2.0, 30.0, 15.0))
# The slope of the mean log likelihood along a logarithm that still counts as level.
LEVEL = 1e-4
# Places at which an expectation over the chance to leave is taken; 64 leave it right to the ninth digit.
NODES = 64
# Into so many steps the time ahead is divided for discounting: by the month, for a year.
STEPS = 12


class NotFittedError(Exception):
    """The data do not settle the model; the message is a sentence for people."""


@dataclass(frozen=True)
class Histories:
    """What is known of each customer, in days.

    repeats  x: days with a purchase after the first such day
    recency  t_x: from the first such day to the last; 0 where there is no other
    age      T: from the first such day to the day the data end
    """

    repeats: Numbers
    recency: Numbers
    age: Numbers

    def __post_init__(self) -> None:
        if not self.repeats.shape == self.recency.shape == self.age.shape:
            raise ValueError("repeats, recency and age must be of the same customers")
        if np.any(self.repeats < 0) or np.any(self.recency < 0) or np.any(self.age < self.recency):
            raise ValueError("a history needs repeats >= 0 and 0 <= recency <= age")
        if np.any((self.repeats > 0) & (self.recency == 0)):
            raise ValueError("a customer with repeats has a last purchase later than the first")

    def __len__(self) -> int:
        return len(self.repeats)


@dataclass(frozen=True)
class BuyingModel:
    """BG/NBD: rates are Gamma(r, alpha), alpha in days; the chance to leave after a purchase is Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    def log_likelihood(self, seen: Histories) -> Numbers:
        """Of each customer's history (equation 6)."""
        values, _ = _buying_likelihood(np.log([self.r, self.alpha, self.a, self.b]), seen, with_slope=False)
        return values

    def p_alive(self, seen: Histories) -> Numbers:
        """The chance of not having left for ever by the end of the data; 1 for one-time customers, see above."""
        x, age = seen.repeats, seen.age
        odds_of_leaving = np.log(self.a) - np.log(np.where(x > 0, self.b + x - 1, 1.0))
        exponent = odds_of_leaving + (self.r + x) * np.log1p((age - seen.recency) / (self.alpha + seen.recency))
        return np.where(x > 0, 1 / (1 + np.exp(np.minimum(exponent, 700))), 1.0)

    def expected_purchases(self, seen: Histories, days: float) -> Numbers:
        """How many purchase days to expect in the next `days` days (equation 10)."""
        return self.expected_by(seen, np.array([days]))[0]

    def expected_by(self, seen: Histories, days: Numbers) -> Numbers:
        """The same up to each of some days to come: a row for each of them."""
        repeats, of = np.unique(seen.repeats, return_inverse=True)
        leaving, weights = _leaving_chances(self.a, self.b + repeats)
        of_the_living = np.empty((len(days), len(seen)))
        # Buying at a rate l and leaving with the chance u after each purchase makes (1 - exp(-l u t)) / u purchases in
        # t days; the rate of somebody alive is Gamma(r + x, alpha + T), their chance to leave Beta(a, b + x). Customers
        # as old, with as many purchases, are reckoned once.
        by_repeats = np.split(np.argsort(of, kind="stable"), np.cumsum(np.bincount(of))[:-1])
        for x, group, chance, weight in zip(repeats, by_repeats, leaving, weights, strict=True):
            ages, back = np.unique(seen.age[group], return_inverse=True)
            for row, ahead in enumerate(days):
                stays = np.log1p(np.outer(ahead / (self.alpha + ages), chance))
                of_the_living[row, group] = ((-np.expm1(-(self.r + x) * stays) / chance) @ weight)[back]
        return self.p_alive(seen) * of_the_living

    def no_purchase(self, seen: Histories, days: float) -> Numbers:
        """The chance of not buying in the next `days` days, be it that they left, be it that they wait."""
        waits = np.exp(-(self.r + seen.repeats) * np.log1p(days / (self.alpha + seen.age)))
        return 1 - self.p_alive(seen) * (1 - waits)


@dataclass(frozen=True)
class SpendModel:
    """Gamma-Gamma: a purchase is Gamma(p, nu) around a mean of the customer's own, nu is Gamma(q, v)."""

    p: float
    q: float
    v: float

    def log_likelihood(self, purchases: Numbers, mean: Numbers) -> Numbers:
        """Of each customer's mean over so many purchases (equation 1a)."""
        values, _ = _spend_likelihood(np.log([self.p, self.q, self.v]), purchases, mean, with_slope=False)
        return values

    @property
    def common_value(self) -> float:
        """What a purchase of somebody is worth of whom nothing is known: everybody's mean."""
        return self.p * self.v / (self.q - 1)

    def own_weight(self, purchases: Numbers) -> Numbers:
        """With which share a customer's own mean over so many purchases counts, 0 to 1; everybody's has the rest.

        What the next purchase is worth (equation 5): own_weight × own mean + (1 − own_weight) × common_value.
        """
        return self.p * purchases / (self.p * purchases + self.q - 1)


def fit_buying(seen: Histories, fewest_repeat_customers: int = 1) -> BuyingModel:
    """The BG/NBD model under which these histories are most likely; NotFittedError where there is none."""
    repeating, needed = int(np.count_nonzero(seen.repeats)), max(fewest_repeat_customers, 1)
    if repeating < needed:
        raise NotFittedError(f"customers who bought on more than one day: {repeating}; at least {needed} are needed")
    unit = float(seen.age.mean())
    # Equal histories are reckoned once, and in an order of their own: the last digits of a sum depend on it, and on the
    # number of threads if BLAS makes it.
    rows, counts = np.unique(
        np.column_stack([seen.repeats, seen.recency / unit, seen.age / unit]), axis=0, return_counts=True
    )
    grouped, weights = Histories(rows[:, 0], rows[:, 1], rows[:, 2]), counts / len(seen)

    def loss(logs: Numbers) -> tuple[float, Numbers]:
        values, slopes = _buying_likelihood(logs, grouped)
        return -float((weights * values).sum()), -(weights * slopes).sum(axis=1)

    r, alpha, a, b = _most_likely(loss, BUYING_STARTS, "how often customers buy")
    return BuyingModel(r, alpha * unit, a, b)


def fit_spend(purchases: Numbers, mean: Numbers, fewest_repeat_customers: int = 1) -> SpendModel:
    """The Gamma-Gamma model under which these means are most likely; customers without a purchase tell nothing."""
    told = (purchases > 0) & (mean > 0)
    if np.count_nonzero(told) < max(fewest_repeat_customers, 2):
        raise NotFittedError(
            f"customers of whom the value of a repeat purchase is known: {np.count_nonzero(told)}; "
            f"at least {max(fewest_repeat_customers, 2)} are needed"
        )
    order = np.lexsort((mean[told], purchases[told]))
    x, z = purchases[told][order], mean[told][order]
    unit = float(z.mean())
    if np.ptp(z) <= 1e-9 * unit:
        raise NotFittedError("every customer's purchases are worth the same, so their spread tells nothing")

    def loss(logs: Numbers) -> tuple[float, Numbers]:
        values, slopes = _spend_likelihood(logs, x, z / unit)
        return -float(values.mean()), -slopes.mean(axis=1)

    p, q, v = _most_likely(loss, SPEND_STARTS, "how much customers spend")
    if q <= 1:
        raise NotFittedError("the values of purchases are spread so widely that they have no mean")
    return SpendModel(p, q, v * unit)


def step_ends(days: float) -> Numbers:
    """The days ahead at which the steps end in which purchases of the next `days` days are discounted."""
    return np.linspace(0, days, STEPS + 1)[1:]


def discounted(reached: Numbers, days: float, yearly_rate: float) -> Numbers:
    """Purchases of the next `days` days, each at its worth today: that of the middle of its step.

    reached  purchases expected by the end of each step: a row for each of `step_ends`, a column for each customer
    """
    worth = (1 + yearly_rate) ** (-(step_ends(days) - days / STEPS / 2) / 365)
    return worth @ np.diff(reached, axis=0, prepend=0.0)


def _most_likely(
    loss: Callable[[Numbers], tuple[float, Numbers]], starts: tuple[tuple[float, ...], ...], what: str
) -> list[float]:
    minimize: Any = _scipy("optimize").minimize
    ends = [
        minimize(
            loss,
            np.log(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[BOUNDS] * len(start),
            options={"maxiter": 1000, "ftol": 1e-14, "gtol": 1e-8},
        )
        for start in starts
    ]
    best = min((end for end in ends if np.isfinite(end.fun)), key=lambda end: float(end.fun), default=None)
    if best is None:
        raise NotFittedError(f"the model of {what} has no likelihood over these data")
    logs: Numbers = best.x
    is_bound = (logs <= BOUNDS[0] + 1e-6) | (logs >= BOUNDS[1] - 1e-6)
    if np.max(np.abs(np.where(is_bound, 0.0, best.jac))) > LEVEL:
        raise NotFittedError(f"the model of {what} did not settle")
    return [float(value) for value in np.exp(logs)]


def _buying_likelihood(logs: Numbers, seen: Histories, *, with_slope: bool = True) -> tuple[Numbers, Numbers]:
    special: Any = _scipy("special")
    r, alpha, a, b = np.exp(logs)
    x, recency, age = seen.repeats, seen.recency, seen.age
    # The costly functions are asked once for each count of repeats, of which there are few.
    counts, of = np.arange(int(x.max(initial=0)) + 1), x.astype(np.intp)
    again = x > 0
    # b + x - 1 is 0 or less only where x = 0, whose customers cannot have left.
    leaves = np.where(again, b + x - 1, 1.0)
    front = special.gammaln(r + counts) - special.gammaln(r) + r * np.log(alpha)
    front += special.gammaln(a + b) + special.gammaln(b + counts) - special.gammaln(b) - special.gammaln(a + b + counts)
    log_age, log_recency = np.log(alpha + age), np.log(alpha + recency)
    stays = -(r + x) * log_age
    gone = np.where(again, np.log(a) - np.log(leaves) - (r + x) * log_recency, -np.inf)
    either = np.logaddexp(stays, gone)
    values: Numbers = front[of] + either
    if not with_slope:
        return values, np.empty(0)
    of_stays, of_gone = np.exp(stays - either), np.exp(gone - either)
    psi: Callable[[Any], Any] = special.psi
    joint = psi(a + b) - psi(a + b + counts)
    slopes = [
        (psi(r + counts) - psi(r) + np.log(alpha))[of] - of_stays * log_age - of_gone * log_recency,
        r / alpha - (r + x) * (of_stays / (alpha + age) + of_gone / (alpha + recency)),
        joint[of] + of_gone / a,
        (joint + psi(b + counts) - psi(b))[of] - of_gone / leaves,
    ]
    return values, np.array(slopes) * np.array([[r], [alpha], [a], [b]])


def _leaving_chances(a: float, b: Numbers) -> tuple[Numbers, Numbers]:
    """Places and weights of Gauss and Jacobi's rule for Beta(a, b): a row of each for every b.

    By the eigenvalues of the Jacobi matrix (Golub and Welsch 1969). The paper's closed form is the same number, but
    SciPy's 2F1 overflows for a customer of some hundred purchases, and the form has gaps at a = 1 and a + b = 1.
    """
    total, k = (a + b)[:, np.newaxis], np.arange(1, NODES)
    matrix = np.zeros((len(b), NODES, NODES))
    down, side = np.arange(NODES), np.arange(NODES - 1)
    matrix[:, 0, 0] = (a - b) / (a + b)
    middles = (a - b)[:, np.newaxis] * (total - 2) / ((2 * k + total - 2) * (2 * k + total))
    matrix[:, down[1:], down[1:]] = middles
    k = k[1:]
    rest = 4 * k * (k + b[:, np.newaxis] - 1) * (k + a - 1) * (k + total - 2)
    rest = rest / ((2 * k + total - 2) ** 2 * (2 * k + total - 1) * (2 * k + total - 3))
    sides = np.sqrt(np.column_stack([4 * a * b / ((a + b) ** 2 * (a + b + 1)), rest]))
    matrix[:, side, side + 1] = matrix[:, side + 1, side] = sides
    places, vectors = np.linalg.eigh(matrix)
    return np.maximum((1 + places) / 2, 1e-30), vectors[:, 0, :] ** 2


def _spend_likelihood(
    logs: Numbers, purchases: Numbers, mean: Numbers, *, with_slope: bool = True
) -> tuple[Numbers, Numbers]:
    special: Any = _scipy("special")
    p, q, v = np.exp(logs)
    x, z = purchases, mean
    shape = p * x
    values: Numbers = special.gammaln(shape + q) - special.gammaln(shape) - special.gammaln(q) + q * np.log(v)
    values = values + (shape - 1) * np.log(z) + shape * np.log(x) - (shape + q) * np.log(v + x * z)
    if not with_slope:
        return values, np.empty(0)
    psi: Callable[[Any], Any] = special.psi
    slopes = [
        x * (psi(shape + q) - psi(shape) + np.log(x * z) - np.log(v + x * z)),
        psi(shape + q) - psi(q) + np.log(v) - np.log(v + x * z),
        q / v - (shape + q) / (v + x * z),
    ]
    return values, np.array(slopes) * np.array([[p], [q], [v]])


def _scipy(part: str) -> Any:
    """A part of SciPy, which brings no types of its own."""
    return import_module(f"scipy.{part}")
