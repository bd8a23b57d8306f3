"""What is expected of whoever has bought as somebody has, by the parameters that were fitted."""

import typing as t
from collections.abc import Iterator

import pandas as pd
from sqlglot import exp
from sqlmesh import ExecutionContext, model

WINDOWS, HISTORIES = "intermediate.int_value_windows", "intermediate.int_buying_histories"
FITS = "intermediate.int_value_fits"


@model(
    "intermediate.int_value_expectations",
    kind="FULL",
    grain=["fit", "repeat_days", "recency_days", "age_days"],
    depends_on={WINDOWS, HISTORIES, FITS},
    audits=[
        (
            "not_null",
            {
                "columns": [
                    exp.column("fit"),
                    exp.column("repeat_days"),
                    exp.column("recency_days"),
                    exp.column("age_days"),
                    exp.column("p_alive"),
                    exp.column("no_purchase"),
                    exp.column("expected_purchases"),
                    exp.column("discounted_purchases"),
                ]
            },
        ),
        (
            "unique_combination_of_columns",
            {
                "columns": [
                    exp.column("fit"),
                    exp.column("repeat_days"),
                    exp.column("recency_days"),
                    exp.column("age_days"),
                ]
            },
        ),
    ],
    description=(
        "One row per fit that has parameters and history that somebody has: what is expected of them in the days ahead "
        "of the fit. Of a purchase's worth it says how much the person's own mean counts (own_weight) and everybody's "
        "(common_value), both null where only the model of how often could be fitted."
    ),
    columns={
        "fit": "text",
        "repeat_days": "int",
        "recency_days": "int",
        "age_days": "int",
        "p_alive": "double",
        "no_purchase": "double",
        "expected_purchases": "double",
        "discounted_purchases": "double",
        "own_weight": "double",
        "common_value": "double",
    },
)
def expectations(context: ExecutionContext, **_: t.Any) -> Iterator[pd.DataFrame]:
    """Every history of each fit that worked."""
    from countinghouse.valuation import expected

    rate = float(context.var("yearly_discount_rate", 0.1))
    fits = context.fetchdf(
        f"""
        SELECT fits.*, windows.days_ahead
        FROM {context.resolve_table(FITS)} AS fits
        JOIN {context.resolve_table(WINDOWS)} AS windows ON windows.fit = fits.fit
        WHERE fits.r IS NOT NULL ORDER BY fits.fit
        """
    )
    for fit in fits.to_dict("records"):
        seen = context.fetchdf(
            f"""
            SELECT DISTINCT repeat_days, recency_days, age_days
            FROM {context.resolve_table(HISTORIES)} WHERE fit = '{fit["fit"]}' ORDER BY ALL
            """
        )
        columns = {name: seen[name].to_numpy(dtype=float) for name in seen}
        found = expected(columns, fit, float(fit["days_ahead"]), rate)
        yield seen.assign(fit=fit["fit"], **found)
    yield from ()
