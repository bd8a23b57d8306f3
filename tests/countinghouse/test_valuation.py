"""The warehouse's columns through the models: what is not known stays unknown, and only for whom it is not known."""

import numpy as np
import pytest

from countinghouse.valuation import expected, fitted

SEED = 20261130


def customers(people: int = 3_000) -> dict[str, np.ndarray]:
    """Columns as the warehouse has them, in whole days."""
    random = np.random.default_rng(SEED)
    rate, chance = random.gamma(0.6, 1 / 60, people), random.beta(0.8, 2.5, people)
    age = np.floor(random.uniform(365, 730, people))
    repeats, recency, now = (np.zeros(people) for _ in range(3))
    alive = np.ones(people, dtype=bool)
    while alive.any():
        now = now + random.exponential(1 / np.maximum(rate, 1e-300))
        alive &= now < age
        is_another_day = alive & (np.ceil(now) > recency)
        repeats[is_another_day] += 1
        recency[is_another_day] = np.ceil(now[is_another_day])
        alive &= random.random(people) >= chance
    sales = random.gamma(2.0 * np.maximum(repeats, 1), 1 / random.gamma(4.0, 1 / 60.0, people)) * (repeats > 0)
    return {"repeat_days": repeats, "recency_days": recency, "age_days": age, "repeat_sales": sales}


def sales_of(seen: dict[str, np.ndarray], found: dict[str, np.ndarray]) -> np.ndarray:
    """What each customer is expected to spend."""
    own = np.where(seen["repeat_days"] > 0, seen["repeat_sales"] / np.maximum(seen["repeat_days"], 1), 0.0)
    value = found["own_weight"] * own + (1 - found["own_weight"]) * found["common_value"]
    return found["expected_purchases"] * value


def test_a_missing_rate_leaves_the_worth_of_its_customer_open_and_no_others() -> None:
    seen = customers()
    whole = fitted(seen, None, 50)
    which = int(np.argmax(seen["repeat_days"]))
    seen["repeat_sales"][which] = np.nan
    fit = fitted(seen, None, 50)
    assert fit["buying_reason"] is None
    assert fit["spend_reason"] is None
    # How often people buy has nothing to do with rates; how much, with one customer of a thousand less.
    assert (fit["r"], fit["alpha"]) == (whole["r"], whole["alpha"])
    assert fit["p"] == pytest.approx(whole["p"], rel=0.02)
    found = expected(seen, fit, 365.0, 0.1)
    assert not np.isnan(found["expected_purchases"]).any()
    assert np.flatnonzero(np.isnan(sales_of(seen, found))).tolist() == [which]


def test_the_order_of_the_rows_does_not_matter() -> None:
    seen = customers(1_000)
    assert fitted({name: values[::-1] for name, values in seen.items()}, None, 50) == fitted(seen, None, 50)


def test_a_sample_of_many_customers_expects_nearly_the_same_of_all_of_them() -> None:
    seen = customers(20_000)
    order = np.lexsort([seen[name] for name in ("repeat_sales", "age_days", "recency_days", "repeat_days")])
    seen = {name: values[order] for name, values in seen.items()}
    whole, sample = fitted(seen, None, 50), fitted(seen, None, 50, most_customers=5_000)
    assert sample["customers"] == whole["customers"] == 20_000
    assert sample["repeat_customers"] == whole["repeat_customers"]
    # A fourth of the customers has a fourth of the likelihood.
    assert sample["log_likelihood"] == pytest.approx(whole["log_likelihood"] / 4, rel=0.02)
    sales = [sales_of(seen, expected(seen, fit, 365.0, 0.1)).sum() for fit in (whole, sample)]
    assert sales[1] == pytest.approx(sales[0], rel=0.02)
    assert fitted(seen, None, 50, most_customers=20_000) == whole


def test_a_year_ahead_discounted_by_a_tenth_is_worth_some_twentieth_less() -> None:
    """Spread evenly over a year the mean delay is half of one: 1.1 ** -0.5 = 0.953; who may leave buys rather early."""
    seen = customers()
    found = expected(seen, fitted(seen, None, 50), 365.0, 0.1)
    assert 0.953 < found["discounted_purchases"].sum() / found["expected_purchases"].sum() < 0.96


def test_amounts_that_tell_nothing_leave_how_often_people_buy() -> None:
    seen = customers(1_000)
    seen["repeat_sales"] = seen["repeat_days"] * 20.0
    fit = fitted(seen, None, 50)
    assert fit["buying_reason"] is None
    assert "worth the same" in fit["spend_reason"]
    # As the warehouse gives it back: what is null there is NaN here.
    found = expected(seen, fit | {"p": float("nan")}, 365.0, 0.1)
    assert np.isnan(found["own_weight"]).all()
    assert np.isnan(found["common_value"]).all()
    assert (found["expected_purchases"] > 0).all()


def test_what_is_known_before_to_be_impossible_is_not_tried() -> None:
    fit = fitted({name: np.zeros(0) for name in customers(10)}, "no customer has bought yet", 50)
    assert (fit["customers"], fit["r"], fit["p"]) == (0, None, None)
    assert fit["buying_reason"] == fit["spend_reason"] == "no customer has bought yet"
