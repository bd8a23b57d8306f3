"""The parameters under which what customers have bought is most likely, or the reason why there are none."""

import typing as t

import pandas as pd
from sqlglot import exp
from sqlmesh import ExecutionContext, model

WINDOWS, HISTORIES = "intermediate.int_value_windows", "intermediate.int_buying_histories"


@model(
    "intermediate.int_value_fits",
    kind="FULL",
    grain="fit",
    depends_on={WINDOWS, HISTORIES},
    audits=[("not_null", {"columns": [exp.column("fit"), exp.column("customers"), exp.column("repeat_customers")]})],
    description=(
        "One row per fit: parameters of BG/NBD (how often, time in days) and Gamma-Gamma (how much, in the reporting "
        "currency) as countinghouse/clv.py fits them, to at most most_fitted_customers, or why there are none."
    ),
    columns={
        "fit": "text",
        "customers": "int",
        "repeat_customers": "int",
        "r": "double",
        "alpha": "double",
        "a": "double",
        "b": "double",
        "log_likelihood": "double",
        "p": "double",
        "q": "double",
        "v": "double",
        "value_correlation": "double",
        "buying_reason": "text",
        "spend_reason": "text",
    },
)
def fits(context: ExecutionContext, **_: t.Any) -> pd.DataFrame:
    """Both models for each window of time."""
    from countinghouse.valuation import fitted

    fewest = int(context.var("fewest_repeat_customers", 50))
    most = int(context.var("most_fitted_customers", 20_000))
    windows = context.fetchdf(f"SELECT fit, reason FROM {context.resolve_table(WINDOWS)} ORDER BY fit")
    rows = []
    for window in windows.to_dict("records"):
        seen = context.fetchdf(
            f"""
            SELECT repeat_days, recency_days, age_days, repeat_sales::DOUBLE AS repeat_sales
            FROM {context.resolve_table(HISTORIES)} WHERE fit = '{window["fit"]}' ORDER BY ALL
            """
        )
        rows.append({"fit": window["fit"], **fitted(columns_of(seen), window["reason"], fewest, most)})
    return pd.DataFrame(rows)


def columns_of(seen: pd.DataFrame) -> dict[str, t.Any]:
    """What the models are fitted to, as floats; NaN where a sum is not known."""
    names = ("repeat_days", "recency_days", "age_days", "repeat_sales")
    return {name: seen[name].to_numpy(dtype=float, na_value=float("nan")) for name in names}
