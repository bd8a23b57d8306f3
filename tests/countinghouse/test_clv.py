"""The models of what customers will buy against simulated people, printed results, and other ways to reckon."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from countinghouse.clv import (
    BuyingModel,
    Histories,
    NotFittedError,
    SpendModel,
    discounted,
    fit_buying,
    fit_spend,
    step_ends,
)

SEED = 20261130
CDNOW = BuyingModel(r=0.243, alpha=4.414, a=0.793, b=2.426)  # Fader, Hardie, Lee 2005, table 2; time in weeks
TRUTH = BuyingModel(r=0.6, alpha=60.0, a=0.8, b=2.5)


def one(x: float, recency: float, age: float) -> Histories:
    return Histories(np.array([x]), np.array([recency]), np.array([age]))


def lives(model: BuyingModel, people: int, days: float, ahead: float = 0) -> tuple[Histories, np.ndarray]:
    """People who live as the model's story says: their histories until the data end, and purchases in `ahead` days."""
    random = np.random.default_rng(SEED)
    rate = random.gamma(model.r, 1 / model.alpha, people)
    chance = random.beta(model.a, model.b, people)
    age = random.uniform(days / 2, days, people)
    repeats, recency, later, now = (np.zeros(people) for _ in range(4))
    alive = np.ones(people, dtype=bool)
    while alive.any():
        now = now + random.exponential(1 / np.maximum(rate, 1e-300))
        alive &= now <= age + ahead
        is_seen = alive & (now <= age)
        repeats[is_seen] += 1
        recency[is_seen] = now[is_seen]
        later[alive & ~is_seen] += 1
        alive &= random.random(people) >= chance
    return Histories(repeats, recency, age), later


def standard_errors(scores: np.ndarray) -> np.ndarray:
    """Of estimates, by the spread of each person's slopes (Berndt, Hall, Hall, Hausman 1974)."""
    return np.sqrt(np.diag(np.linalg.inv(scores @ scores.T)))


def slopes(model: type, parameters: tuple[float, ...], *seen: object) -> np.ndarray:
    """Of each person's log likelihood along the logarithm of each parameter, by small steps."""
    rows = []
    for place in range(len(parameters)):
        ends = []
        for step in (-1e-4, 1e-4):
            moved = list(parameters)
            moved[place] *= math.exp(step)
            ends.append(model(*moved).log_likelihood(*seen))
        rows.append((ends[1] - ends[0]) / 2e-4)
    return np.array(rows)


def test_parameters_of_simulated_customers_are_found_again() -> None:
    """20,000 people over two years: each parameter within three standard errors, and those are small."""
    seen, _ = lives(TRUTH, 20_000, 730)
    found = fit_buying(seen)
    off = np.log(astuple(found)) - np.log(astuple(TRUTH))
    errors = standard_errors(slopes(BuyingModel, astuple(found), seen))
    print(f"seed {SEED}: {found}, off by {off / errors} standard errors of {errors}")
    assert np.all(np.abs(off) < 3 * errors)
    # Relative errors: 3 % of rates, 8 % of the chances to leave.
    assert np.all(errors < [0.03, 0.03, 0.08, 0.08])


def test_expected_purchases_are_those_the_simulated_people_make() -> None:
    """In all and tenth by tenth, within three standard errors, four for one of ten, of what 20,000 people do."""
    seen, later = lives(TRUTH, 20_000, 730, ahead=365)
    expected = TRUTH.expected_purchases(seen, 365)
    deviation = later.std() * math.sqrt(len(later))
    assert expected.sum() == pytest.approx(later.sum(), abs=3 * deviation)
    assert deviation < 0.02 * later.sum()
    quiet = TRUTH.no_purchase(seen, 365)
    assert quiet.mean() == pytest.approx((later == 0).mean(), abs=3 * 0.5 / math.sqrt(len(later)))
    for tenth in np.array_split(np.argsort(-expected), 10):
        error = later[tenth].std() / math.sqrt(len(tenth))
        assert expected[tenth].mean() == pytest.approx(later[tenth].mean(), abs=4 * error)


def test_values_of_simulated_purchases_are_found_again() -> None:
    random = np.random.default_rng(SEED)
    truth = SpendModel(p=6.0, q=4.0, v=15.0)
    purchases = random.geometric(0.4, 40_000).astype(float)
    mean = random.gamma(truth.p * purchases, 1 / random.gamma(truth.q, 1 / truth.v, 40_000)) / purchases
    found = fit_spend(purchases, mean)
    off = np.log(astuple(found)) - np.log(astuple(truth))
    errors = standard_errors(slopes(SpendModel, astuple(found), purchases, mean))
    print(f"seed {SEED}: {found}, off by {off / errors} standard errors of {errors}")
    assert np.all(np.abs(off) < 3 * errors)
    assert np.all(errors < 0.05)
    # Everybody's mean is p v / (q - 1) = 6 × 15 / 3 = 30.
    assert found.common_value == pytest.approx(30, rel=0.02)


def test_printed_numbers_of_single_customers() -> None:
    """The papers' own customer 0001: bought twice again, last in week 30.43 of 38.86, for 22.35 on average.

    1.226: Fader, Hardie, Implementing the BG/NBD Model in Excel, 2005. 24.66 and 35.17: their Gamma-Gamma note, where
    6.25 × (15.44 + 2 × 22.35) / (6.25 × 2 + 3.74 − 1) = 375.875 / 15.24 = 24.66 and 6.25 × 15.44 / 2.74 = 35.22.
    """
    assert CDNOW.expected_purchases(one(2, 30.43, 38.86), 39)[0] == pytest.approx(1.226, abs=5e-4)
    spend = SpendModel(p=6.25, q=3.74, v=15.44)
    weight = spend.own_weight(np.array([2.0, 0.0]))
    assert weight[0] * 22.35 + (1 - weight[0]) * spend.common_value == pytest.approx(24.664, abs=1e-3)
    assert (weight[1], spend.common_value) == (0, pytest.approx(35.219, abs=1e-3))


@pytest.mark.parametrize(("x", "recency", "age"), [(0, 0, 38.86), (2, 30.43, 38.86), (7, 12.0, 30.0), (0, 0, 0)])
def test_likelihood_is_the_integral_over_everybody_the_customer_could_be(x: float, recency: float, age: float) -> None:
    """The story itself (equation 3 of the paper) over all rates and chances to leave, by Gauss and Legendre."""

    places, weights = np.polynomial.legendre.leggauss(200)
    side, weight = (places + 1) / 2, weights / 2
    # Over quantiles, since the rates have no upper end and a peak at 0; s⁴ spreads those at the upper end.
    rate = stats.gamma.isf(side**4, CDNOW.r, scale=1 / CDNOW.alpha)[:, np.newaxis]
    chance = stats.beta.ppf(side, CDNOW.a, CDNOW.b)
    of_one = (1 - chance) ** x * rate**x * np.exp(-rate * age)
    if x:
        of_one += chance * (1 - chance) ** (x - 1) * rate**x * np.exp(-rate * recency)
    total = (4 * side**3 * weight) @ of_one @ weight
    assert CDNOW.log_likelihood(one(x, recency, age))[0] == pytest.approx(math.log(total), abs=2e-4)


@pytest.mark.parametrize("model", [CDNOW, TRUTH, BuyingModel(2, 30, 3, 5), BuyingModel(1, 10, 1, 3)], ids=str)
@pytest.mark.parametrize(("x", "recency", "age"), [(0, 0, 0), (0, 0, 300), (3, 100, 120), (40, 300, 350)])
def test_expected_purchases_are_the_papers_closed_form(model: BuyingModel, x: int, recency: int, age: int) -> None:
    """Equation 10 with 2F1, where SciPy can reckon it; where a = 1 the form has a gap, filled from both sides."""
    days = 90.0

    def closed(a: float) -> float:
        z = days / (model.alpha + age + days)
        series = special.hyp2f1(model.r + x, model.b + x, a + model.b + x - 1, z)
        return (a + model.b + x - 1) / (a - 1) * (1 - (1 - z) ** (model.r + x) * series)

    alive = closed(model.a) if model.a != 1 else (closed(1 - 1e-5) + closed(1 + 1e-5)) / 2
    seen = one(x, recency, age)
    assert model.expected_purchases(seen, days) == pytest.approx(alive * model.p_alive(seen), rel=1e-7)


def test_a_customer_of_a_thousand_purchases_is_reckoned_too() -> None:
    """Here 2F1 overflows. Three years of daily purchases go on: all but 365 a year, less those who leave on the way."""
    seen = one(1000, 1094, 1095)
    assert 150 < CDNOW_DAYS.expected_purchases(seen, 365)[0] < 365 * 1000 / 1095
    by_quadrature, _ = integrate.quad(
        lambda u: (
            -np.expm1(-(CDNOW_DAYS.r + 1000) * np.log1p(u * 365 / (CDNOW_DAYS.alpha + 1095)))
            / u
            * stats.beta.pdf(u, CDNOW_DAYS.a, CDNOW_DAYS.b + 1000)
        ),
        1e-12,
        0.05,
        limit=500,
    )
    assert CDNOW_DAYS.expected_purchases(seen, 365)[0] == pytest.approx(
        by_quadrature * CDNOW_DAYS.p_alive(seen)[0], rel=1e-4
    )


CDNOW_DAYS = BuyingModel(CDNOW.r, CDNOW.alpha * 7, CDNOW.a, CDNOW.b)

models = st.builds(
    BuyingModel, r=st.floats(0.05, 20), alpha=st.floats(1, 1000), a=st.floats(0.05, 20), b=st.floats(0.05, 20)
)
histories = st.tuples(st.integers(0, 300), st.floats(0.01, 1), st.floats(1, 1500)).map(
    lambda drawn: one(drawn[0], drawn[1] * drawn[2] if drawn[0] else 0.0, drawn[2])
)


@settings(deadline=None)
@given(models, histories, st.floats(1, 800))
def test_chances_are_chances_and_more_days_bring_no_less(model: BuyingModel, seen: Histories, days: float) -> None:
    assert 0 <= model.p_alive(seen)[0] <= 1
    assert 0 <= model.no_purchase(seen, days)[0] <= 1
    assert model.no_purchase(seen, days * 1.5)[0] <= model.no_purchase(seen, days)[0] + 1e-12
    expected = model.expected_by(seen, np.array([days, days * 1.5]))[:, 0]
    assert 0 <= expected[0] <= expected[1] * (1 + 1e-9)
    # Whoever may buy at all is expected to buy at least with the chance that they do.
    assert expected[0] >= (1 - model.no_purchase(seen, days)[0]) * (1 - 1e-6) - 1e-12
    reached = model.expected_by(seen, step_ends(days))
    today = discounted(reached, days, 0.0)[0]
    assert today == pytest.approx(expected[0], rel=1e-9, abs=1e-12)
    assert discounted(reached, days, 0.1)[0] <= today


@settings(deadline=None)
@given(models, st.integers(1, 300), st.floats(10, 1500), st.floats(0.01, 0.98))
def test_who_bought_later_is_no_less_alive(model: BuyingModel, x: int, age: float, share: float) -> None:
    earlier, later = one(x, share * age, age), one(x, (share + 0.01) * age, age)
    assert model.p_alive(later)[0] >= model.p_alive(earlier)[0]


@settings(deadline=None)
@given(models, histories, st.sampled_from([1 / 7, 24.0]))
def test_weeks_and_hours_say_the_same_as_days(model: BuyingModel, seen: Histories, unit: float) -> None:
    other = BuyingModel(model.r, model.alpha * unit, model.a, model.b)
    scaled = Histories(seen.repeats, seen.recency * unit, seen.age * unit)
    assert other.p_alive(scaled) == pytest.approx(model.p_alive(seen), rel=1e-9)
    assert other.expected_purchases(scaled, 90 * unit) == pytest.approx(
        model.expected_purchases(seen, 90), rel=1e-9, abs=1e-15
    )


def test_fits_do_not_depend_on_the_unit_or_on_the_order_of_the_rows() -> None:
    seen, _ = lives(TRUTH, 3_000, 730)
    found = fit_buying(seen)
    weeks = fit_buying(Histories(seen.repeats, seen.recency / 7, seen.age / 7))
    assert astuple(weeks) == pytest.approx((found.r, found.alpha / 7, found.a, found.b), rel=1e-4)
    back = fit_buying(Histories(seen.repeats[::-1], seen.recency[::-1], seen.age[::-1]))
    assert astuple(back) == astuple(found)


def test_a_customer_seen_once_is_alive_for_sure_and_may_still_never_come_back() -> None:
    seen = one(0, 0, 700)
    assert TRUTH.p_alive(seen)[0] == 1
    # (alpha + T) / (alpha + T + 365) to the power r: (760 / 1125) ^ 0.6 = 0.7903.
    assert TRUTH.no_purchase(seen, 365)[0] == pytest.approx(0.7903, abs=1e-4)


def test_what_tells_too_little_is_not_fitted() -> None:
    seen, _ = lives(TRUTH, 200, 730)
    repeating = int((seen.repeats > 0).sum())
    with pytest.raises(NotFittedError, match=f"more than one day: {repeating}; at least {repeating + 1}"):
        fit_buying(seen, repeating + 1)
    assert fit_buying(seen, repeating).r > 0
    nobody = Histories(np.zeros(0), np.zeros(0), np.zeros(0))
    with pytest.raises(NotFittedError, match="more than one day: 0; at least 1"):
        fit_buying(nobody)
    with pytest.raises(NotFittedError, match="worth the same"):
        fit_spend(np.ones(100), np.full(100, 5.0))
    with pytest.raises(NotFittedError, match="is known: 1; at least 2"):
        fit_spend(np.array([1.0, 0.0]), np.array([5.0, 0.0]))


def test_values_without_a_mean_are_not_fitted() -> None:
    """Means of people spread as 1 / Gamma(0.5), which has no mean: any estimate would be the largest purchase's."""
    random = np.random.default_rng(SEED)
    mean = random.gamma(2.0, 1 / random.gamma(0.5, 1.0, 5_000))
    with pytest.raises(NotFittedError, match="have no mean"):
        fit_spend(np.ones(5_000), mean)


@pytest.mark.parametrize(("x", "recency", "age"), [(1, 0, 10), (1, 11, 10), (-1, 1, 10), (0, -1, 10)])
def test_a_history_that_cannot_be_is_refused(x: float, recency: float, age: float) -> None:
    with pytest.raises(ValueError, match=r"history|customer"):
        one(x, recency, age)
