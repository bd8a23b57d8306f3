"""Heat maps and the strip of runs."""

import altair as alt
import numpy as np
import pandas as pd

from app.charts.theme import MUTED_BY_STROKE, NARROW, by_slot, painted, plotted, tooltips


def cohorts(cells: pd.DataFrame, *, top: float, text: str) -> alt.LayerChart:
    """Rows are first months, columns months since, a cell what came back.

    cells  cohort (its label), months_since, value, text, and texts for the tooltip: cohort_text, active_text, size_text
    top    the value from which the colour no longer deepens (the 95th percentile)
    text   what the value is called in the tooltip
    """
    drawn = plotted(cells, "value")
    order = drawn["cohort"].drop_duplicates().tolist()
    return _cells(
        drawn,
        top=top,
        x=alt.X("months_since:O", axis=alt.Axis(orient="top", labelAngle=0, grid=False, labelColor=MUTED_BY_STROKE)),
        y=alt.Y("cohort:N", sort=order, axis=alt.Axis(labelLimit=160, grid=False, labelColor=MUTED_BY_STROKE)),
        tips=tooltips(
            cohort_text="First order",
            months_since="Months since",
            active_text="Ordered again",
            size_text="Customers",
            text=text,
        ),
        labels=[("text:N", {"fontSize": alt.ExprRef(f"{NARROW}?0:11")})],
        height=26 * len(order) + 28,
    )


def recency_frequency(cells: pd.DataFrame, *, height: int = 290) -> alt.LayerChart:
    """A grid of the scores 1–5: right ordered recently, up orders often.

    cells  r_score, f_score, customers, segment, and texts: customers_text, value_text, segment_text (short)
    """
    drawn = plotted(cells, "customers")
    # A click lists the customers behind a cell; the frame's other layers must not take part in the selection.
    picked = alt.selection_point(name="cell", fields=["r_score", "f_score"], toggle=False)
    scores = [1, 2, 3, 4, 5]
    return _cells(
        drawn,
        top=float(drawn["customers"].max() or 1),
        x=alt.X(
            "r_score:O",
            scale=alt.Scale(domain=scores),
            axis=alt.Axis(labelAngle=0, grid=False, labelColor=MUTED_BY_STROKE),
        ),
        y=alt.Y(
            "f_score:O",
            sort="descending",
            axis=alt.Axis(grid=False, labelColor=MUTED_BY_STROKE),
        ),
        tips=tooltips(
            segment="Segment",
            r_score="Recency",
            f_score="Frequency",
            customers_text="Customers",
            value_text="Average value",
        ),
        labels=[
            ("customers_text:N", {"fontSize": 13, "fontWeight": 600, "dy": alt.ExprRef(f"{NARROW}?0:-7")}),
            ("segment_text:N", {"fontSize": alt.ExprRef(f"{NARROW}?0:10.5"), "dy": 9}),
        ],
        height=height,
        selection=picked,
        value="customers",
    )


def _cells(
    drawn: pd.DataFrame,
    *,
    top: float,
    x: alt.X,
    y: alt.Y,
    tips: list[alt.Tooltip],
    labels: list[tuple[str, dict]],
    height: int,
    selection: alt.Parameter | None = None,
    value: str = "value",
) -> alt.LayerChart:
    drawn = drawn.assign(tone=np.where(drawn[value] >= top / 2, "page", "ink"))
    cells = painted(alt.Chart(drawn).mark_rect(cornerRadius=3, strokeWidth=2, aria=False), "page", "stroke").encode(
        x,
        y,
        color=alt.Color(f"{value}:Q", scale=alt.Scale(type="quantize", domain=[0, top]), legend=None),
        tooltip=tips,
    )
    if selection is not None:
        cells = cells.add_params(selection)
    texts = [
        alt.Chart(drawn).mark_text(**mark).encode(x, y, text=field, color=by_slot("tone")) for field, mark in labels
    ]
    return alt.layer(cells, alt.layer(*texts)).resolve_scale(color="independent").properties(height=height)


# A strip of few runs keeps the room of a fortnight's, or one run would be a beam across the page.
FORTNIGHT = 14


def run_strip(runs: pd.DataFrame, *, height: int = 64) -> alt.Chart:
    """One small rectangle per pipeline run, in order of time.

    runs  number (position), slot (good, warn, bad), and texts: when_text, status_text, detail_text
    """
    return (
        alt.Chart(runs)
        .mark_rect(cornerRadius=2, strokeWidth=3)
        .encode(
            x=alt.X("number:O", axis=None, scale=alt.Scale(domain=list(range(max(len(runs), FORTNIGHT))))),
            color=by_slot("slot"),
            tooltip=tooltips(when_text="Started", status_text="Result", detail_text="Checks"),
        )
        .properties(height=height)
    )
