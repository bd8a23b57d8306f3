"""What each customer is expected to buy, by the parameters that were fitted."""

import typing as t
from collections.abc import Iterator

import pandas as pd
from sqlglot import exp
from sqlmesh import ExecutionContext, model

WINDOWS, HISTORIES = "intermediate.int_value_windows", "intermediate.int_buying_histories"
FITS = "intermediate.int_value_fits"


@model(
    "intermediate.int_value_estimates",
    kind="FULL",
    grain=["fit", "customer_key"],
    depends_on={WINDOWS, HISTORIES, FITS},
    audits=[
        (
            "not_null",
            {
                "columns": [
                    exp.column("fit"),
                    exp.column("customer_key"),
                    exp.column("p_alive"),
                    exp.column("no_purchase"),
                    exp.column("expected_purchases"),
                ]
            },
        ),
        ("unique_combination_of_columns", {"columns": [exp.column("fit"), exp.column("customer_key")]}),
    ],
    description=(
        "One row per person and fit that has parameters: what is expected of them in the days ahead of the fit. The "
        "values are null where only the model of how often could be fitted, or a purchase has no exchange rate yet."
    ),
    columns={
        "fit": "text",
        "customer_key": "text",
        "p_alive": "double",
        "no_purchase": "double",
        "expected_purchases": "double",
        "expected_value": "decimal(18, 3)",
        "expected_sales": "decimal(18, 3)",
        "discounted_sales": "decimal(18, 3)",
    },
)
def estimates(context: ExecutionContext, **_: t.Any) -> Iterator[pd.DataFrame]:
    """Every customer of each fit that worked."""
    from countinghouse.valuation import estimated

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
            SELECT customer_key, repeat_days, recency_days, age_days, repeat_sales::DOUBLE AS repeat_sales
            FROM {context.resolve_table(HISTORIES)} WHERE fit = '{fit["fit"]}' ORDER BY customer_key
            """
        )
        found = estimated(columns_of(seen), fit, float(fit["days_ahead"]), rate)
        yield pd.DataFrame({"fit": fit["fit"], "customer_key": seen["customer_key"], **found})
    yield from ()


def columns_of(seen: pd.DataFrame) -> dict[str, t.Any]:
    """What the models are fitted to, as floats; NaN where a sum is not known."""
    names = ("repeat_days", "recency_days", "age_days", "repeat_sales")
    return {name: seen[name].to_numpy(dtype=float, na_value=float("nan")) for name in names}
