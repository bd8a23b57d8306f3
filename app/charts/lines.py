"""Trends over time."""

import altair as alt
import pandas as pd

from app.charts.theme import TREND_HEIGHT, amount_axis, axis, by_slot, painted, plotted, tooltips

SERIES_SLOTS = ("accent", "orange", "teal", "plum")


def trend(
    steps: pd.DataFrame,
    *,
    currency: str | None,
    before_name: str = "Before",
    bands: pd.DataFrame | None = None,
    date_format: str = "%-d %b",
    height: int = TREND_HEIGHT,
) -> alt.LayerChart:
    """One measure over the period, and the comparison under it.

    steps  one row per day, week or month: first (date), step (its name in words), now, before (None where nothing is
           known), now_text, before_text, change_text
    bands  amber stretches worth a look: first, last (dates)
    """
    points = plotted(steps, "now", "before").assign(first=lambda frame: pd.to_datetime(frame["first"]))
    compares = points["before"].notna().any()
    hover = alt.selection_point(fields=["first"], nearest=True, on="pointermove", empty=False, clear="pointerout")
    x = alt.X("first:T", axis=_time_axis(points, date_format))
    base = alt.Chart(points)
    layers = []
    if bands is not None and not bands.empty:
        # Half a day on either side, or a band of one day would have no width.
        half = pd.Timedelta(hours=12)
        days = bands.assign(first=pd.to_datetime(bands["first"]) - half, last=pd.to_datetime(bands["last"]) + half)
        layers.append(painted(alt.Chart(days).mark_rect(opacity=0.14), "warn").encode(x="first:T", x2="last:T"))

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", axis=amount_axis(currency), scale=alt.Scale(zero=True, nice=True))

    layers.append(painted(base.mark_area(opacity=0.09), "accent").encode(x, y("now")))
    if compares:
        layers.append(painted(base.mark_line(strokeDash=[4, 3], strokeWidth=1.5), "grey").encode(x, y("before")))
    layers.append(painted(base.mark_line(strokeWidth=2.5), "accent").encode(x, y("now")))
    tips = {"step": "When", "now_text": "This period"}
    if compares:
        tips |= {"before_text": before_name, "change_text": "Change"}
    layers.append(
        painted(base.mark_rule(), "grey")
        .encode(x="first:T", opacity=alt.condition(hover, alt.value(0.7), alt.value(0)), tooltip=tooltips(**tips))
        .add_params(hover)
    )
    visible = alt.condition(hover, alt.value(1), alt.value(0))
    if compares:
        layers.append(painted(base.mark_circle(size=50), "grey").encode(x, y("before"), opacity=visible))
    layers.append(painted(base.mark_circle(size=60), "accent").encode(x, y("now"), opacity=visible))
    return alt.layer(*layers).properties(height=height)


def store_lines(
    steps: pd.DataFrame, *, currency: str | None, date_format: str = "%-d %b", height: int = TREND_HEIGHT
) -> alt.LayerChart:
    """Up to four stores and Other, each named where its line ends.

    steps  one row per step and series: first (date), step, series, rank (0 the largest; Other last), now (None after
           the store's data ends), now_text
    """
    points = plotted(steps, "now").assign(first=lambda frame: pd.to_datetime(frame["first"]))
    points["slot"] = [
        "grey" if series == "Other" else SERIES_SLOTS[int(rank) % len(SERIES_SLOTS)]
        for series, rank in zip(points["series"], points["rank"], strict=True)
    ]
    top = float(points["now"].max() or 1)
    hover = alt.selection_point(fields=["first"], nearest=True, on="pointermove", empty=False, clear="pointerout")
    x = alt.X("first:T", axis=_time_axis(points, date_format))
    y = alt.Y("now:Q", axis=amount_axis(currency), scale=alt.Scale(domain=[0, top * 1.04], nice=True))
    base = alt.Chart(points)
    wide = points.pivot_table(
        index=["first", "step"], columns="series", values="now_text", aggfunc="first"
    ).reset_index()
    # A dot in a series' name would read as a path inside the chart's data.
    wide.columns = [str(name).replace(".", "\u2024") for name in wide.columns]
    ranked = points.sort_values("rank")["series"].unique()
    tips = tooltips(step="When", **{str(name).replace(".", "\u2024"): str(name) for name in ranked})
    ends = _line_ends(points, gap=top * 16 / height)
    return alt.layer(
        base.mark_line(strokeWidth=2).encode(x, y, by_slot("slot"), detail="series:N"),
        painted(alt.Chart(wide).mark_rule(), "grey")
        .encode(x="first:T", opacity=alt.condition(hover, alt.value(0.7), alt.value(0)), tooltip=tips)
        .add_params(hover),
        base.mark_circle(size=45).encode(
            x, y, by_slot("slot"), opacity=alt.condition(hover, alt.value(1), alt.value(0)), detail="series:N"
        ),
        alt.Chart(ends)
        .mark_text(align="left", dx=8, limit=110, fontWeight=600)
        .encode(x=alt.value("width"), y=alt.Y("label_y:Q", scale=y["scale"]), text="series:N", color=by_slot("slot")),
    ).properties(height=height)


def _line_ends(points: pd.DataFrame, gap: float) -> pd.DataFrame:
    """Where to write each series' name: at its last value, pushed apart by at least `gap`."""
    ends = points.dropna(subset=["now"]).sort_values("first").groupby("series").tail(1).sort_values("now").copy()
    heights: list[float] = []
    for value in ends["now"]:
        heights.append(max(float(value), heights[-1] + gap) if heights else max(float(value), gap / 2))
    ends["label_y"] = heights
    return ends[["series", "slot", "label_y"]]


def _time_axis(points: pd.DataFrame, date_format: str) -> alt.Axis:
    return axis(format=date_format, tickCount=min(6, max(points["first"].nunique() - 1, 1)), grid=False)
