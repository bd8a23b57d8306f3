"""The warehouse's columns through the models of `clv.py`: a row for each customer, what is not known as NaN.

Columns of customers are called as in `intermediate.int_buying_histories`: repeat_days, recency_days, age_days and
repeat_sales, the last NaN where an amount has no exchange rate yet.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from countinghouse.clv import (
    BuyingModel,
    Histories,
    NotFittedError,
    Numbers,
    SpendModel,
    discounted,
    fit_buying,
    fit_spend,
    step_ends,
)

Columns = Mapping[str, Numbers]

# More digits would be the machine's and not the data's, and two runs over the same rows could differ in them.
DECIMALS = 9


def fitted(
    seen: Columns, reason: str | None, fewest_repeat_customers: int, most_customers: int | None = None
) -> dict[str, Any]:
    """Parameters of both models, None where there are none, and then the reason in a sentence.

    reason          why there is nothing to fit, where that is known before
    most_customers  of more than so many, every n-th is fitted to, in the order in which they come: ordered by what they
                    bought, that is a sample of every kind of customer. The log likelihood is the sample's.
    """
    known = seen["repeat_days"]
    row: dict[str, Any] = dict.fromkeys(("r", "alpha", "a", "b", "log_likelihood", "p", "q", "v", "value_correlation"))
    row |= {"customers": len(known), "repeat_customers": int(np.count_nonzero(known))}
    row |= {"buying_reason": reason, "spend_reason": reason}
    if reason:
        return row
    step = -(-len(known) // most_customers) if most_customers else 1
    seen = {name: values[:: max(step, 1)] for name, values in seen.items()}
    repeats, sales = seen["repeat_days"], seen["repeat_sales"]
    try:
        histories = histories_of(seen)
        buying = fit_buying(histories, fewest_repeat_customers)
        row |= {"r": buying.r, "alpha": buying.alpha, "a": buying.a, "b": buying.b}
        row["log_likelihood"] = float(buying.log_likelihood(histories).sum())
    except NotFittedError as problem:
        return row | {"buying_reason": str(problem), "spend_reason": str(problem)}
    try:
        spend = fit_spend(repeats, mean_of(repeats, sales), fewest_repeat_customers)
        row |= {"p": spend.p, "q": spend.q, "v": spend.v, "value_correlation": correlation(repeats, sales)}
    except NotFittedError as problem:
        row["spend_reason"] = str(problem)
    return row


def expected(seen: Columns, fit: dict[str, Any], days: float, yearly_rate: float) -> dict[str, Numbers]:
    """What is expected in the next `days` days of whoever has bought as each row says, by one row of fits.

    seen     repeat_days, recency_days and age_days
    returns  columns p_alive, no_purchase, expected_purchases, discounted_purchases; and of what a purchase is worth,
             common_value (everybody's mean) and own_weight (the share with which the customer's own mean counts), NaN
             where there is no model of it
    """
    histories = histories_of(seen)
    buying = BuyingModel(fit["r"], fit["alpha"], fit["a"], fit["b"])
    reached = buying.expected_by(histories, step_ends(days))
    weight, value = np.full(len(histories), np.nan), np.nan
    if np.isfinite(fit["p"]):
        spend = SpendModel(fit["p"], fit["q"], fit["v"])
        weight, value = spend.own_weight(histories.repeats), spend.common_value
    return {
        "p_alive": buying.p_alive(histories).round(DECIMALS),
        "no_purchase": buying.no_purchase(histories, days).round(DECIMALS),
        "expected_purchases": reached[-1].round(DECIMALS),
        "discounted_purchases": discounted(reached, days, yearly_rate).round(DECIMALS),
        "own_weight": weight,
        "common_value": np.full(len(histories), value),
    }


def histories_of(seen: Columns) -> Histories:
    """The three numbers of each row that say when somebody bought."""
    return Histories(seen["repeat_days"], seen["recency_days"], seen["age_days"])


def mean_of(repeats: Numbers, sales: Numbers) -> Numbers:
    """What a repeat purchase was worth on average; 0 for who has none, NaN where a rate is missing."""
    return np.where(repeats > 0, sales / np.maximum(repeats, 1), 0.0)


def correlation(repeats: Numbers, sales: Numbers) -> float | None:
    """Of the number and the mean value of repeat purchases: Gamma-Gamma takes it to be near 0."""
    told = (repeats > 0) & (sales > 0)
    counts, means = repeats[told], mean_of(repeats, sales)[told]
    if np.ptp(counts) == 0 or np.ptp(means) == 0:
        return None
    return float(np.corrcoef(counts, means)[0, 1])
