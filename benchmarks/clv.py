"""How long do the models of what customers will buy take for 100,000 customers? A run with news pays it twice.

Customers are simulated by the model's own story over three years, in whole days as the warehouse counts them. Results:
`benchmarks/results/clv.json`.

    python -m benchmarks.clv [--customers 100000]
"""

import argparse
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from countinghouse.clv import BuyingModel, Histories
from countinghouse.valuation import estimated, fitted

RESULTS = Path(__file__).resolve().parent / "results" / "clv.json"
SEED = 20261130
TRUTH = BuyingModel(r=0.4, alpha=50.0, a=0.8, b=3.0)
DAYS = 1095


def simulated(people: int) -> dict[str, Any]:
    """Columns of `int_buying_histories`."""
    random = np.random.default_rng(SEED)
    rate = random.gamma(TRUTH.r, 1 / TRUTH.alpha, people)
    chance = random.beta(TRUTH.a, TRUTH.b, people)
    age = np.floor(random.uniform(1, DAYS, people))
    repeats, recency, now = (np.zeros(people) for _ in range(3))
    alive = np.ones(people, dtype=bool)
    while alive.any():
        now = now + random.exponential(1 / np.maximum(rate, 1e-300))
        alive &= now < age
        is_another_day = alive & (np.ceil(now) > recency)
        repeats[is_another_day] += 1
        recency[is_another_day] = np.ceil(now[is_another_day])
        alive &= random.random(people) >= chance
    mean = random.gamma(1.5 * np.maximum(repeats, 1), 1 / random.gamma(4.0, 1 / 300.0, people))
    return {"repeat_days": repeats, "recency_days": recency, "age_days": age, "repeat_sales": mean * (repeats > 0)}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time, and what came of it: the time by the clock is the neighbours' too."""
    began = time.process_time()
    done = work()
    return round(time.process_time() - began, 2), done


def main() -> None:
    """Fit once and estimate once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=100_000)
    people = parser.parse_args().customers
    seen = simulated(people)
    Histories(seen["repeat_days"], seen["recency_days"], seen["age_days"])
    fit_seconds, fit = timed(lambda: fitted(seen, None, 50))
    estimate_seconds, _ = timed(lambda: estimated(seen, fit, 365.0, 0.1))
    found = {
        "customers": people,
        "repeat_customers": fit["repeat_customers"],
        "fit_cpu_seconds": fit_seconds,
        "estimate_cpu_seconds": estimate_seconds,
        "parameters": {name: round(fit[name], 4) for name in ("r", "alpha", "a", "b", "p", "q", "v")},
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
