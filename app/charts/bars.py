"""Rankings, distributions and columns."""

import altair as alt
import pandas as pd

from app.charts.theme import TREND_HEIGHT, amount_axis, axis, by_slot, painted, plotted, tooltips

ROW = 38


def row_bars(
    rows: pd.DataFrame,
    *,
    value_title: str,
    second_title: str | None = None,
    row_height: int = ROW,
    tips: dict[str, str] | None = None,
) -> alt.LayerChart:
    """The house form for rankings: name left and numbers right on one line, a thin bar on a pale track beneath.

    rows  in the order to draw: name, value, value_text; second_text and tone (a slot) with `second_title`
    tips  further text columns for the tooltip, with their titles
    """
    bars = plotted(rows, "value").reset_index(drop=True)
    # The row's number, not its name, is its place: two products may share a name.
    bars["row"] = bars.index
    bars["bar"] = bars["value"].clip(lower=0)
    top = float(bars["bar"].max() or 0) or 1.0
    base = alt.Chart(bars).encode(y=alt.Y("row:O", sort=None, axis=None, scale=alt.Scale(padding=0)))
    track = {"height": 6, "yOffset": 9, "cornerRadius": 3}
    text = {"dy": -5, "fontSize": 12.5}
    shown = {"name": "Name", "value_text": value_title} | ({"second_text": second_title} if second_title else {})
    reserved = 124 if second_title else 74
    layers = [
        painted(base.mark_bar(aria=False, **track), "line").encode(x=alt.value(0), x2=alt.value("width")),
        painted(base.mark_bar(**track), "accent").encode(
            x=alt.X("bar:Q", axis=None, scale=alt.Scale(domain=[0, top], nice=False)),
            tooltip=tooltips(**shown, **(tips or {})),
        ),
        painted(base.mark_text(align="left", limit=alt.ExprRef(f"width-{reserved}"), **text), "ink").encode(
            x=alt.value(0), text="name:N"
        ),
        painted(
            base.mark_text(align="right", xOffset=-58 if second_title else 0, fontWeight=600, **text), "ink"
        ).encode(x=alt.value("width"), text="value_text:N"),
    ]
    if second_title:
        layers.append(
            base.mark_text(align="right", **text).encode(
                x=alt.value("width"), text="second_text:N", color=by_slot("tone")
            )
        )
    return alt.layer(*layers).properties(height=row_height * len(bars))


def histogram(
    bins: pd.DataFrame,
    *,
    currency: str | None,
    count_title: str,
    rules: list[tuple[float, str]],
    height: int = TREND_HEIGHT,
    is_counted: bool = False,
) -> alt.LayerChart:
    """A distribution in equal steps; the last bin holds everything beyond it.

    bins        low, high (edges), number, number_text, range_text, share_text; is_open on the last where it holds more
    rules       places worth naming, such as the median: (value, text)
    is_counted  the values are whole numbers, so a bar stands on its number and not between two edges
    """
    bars = plotted(bins, "low", "high", "number").assign(zero=0)
    step = float(bars["high"].iloc[0] - bars["low"].iloc[0])
    every = max(1, round(len(bars) / 6))
    ticks = bars["low"].tolist()[::every]
    if is_counted and step == 1:
        bars[["low", "high"]] -= 0.5
    elif not is_counted:
        ticks = [*bars["low"].tolist()[::every], float(bars["high"].iloc[-1])]
        ticks = ticks[:-2] + ticks[-1:] if ticks[-1] - ticks[-2] < every * step else ticks
    first, last = float(bars["low"].iloc[0]), float(bars["high"].iloc[-1])
    top = float(bars["number"].max()) or 1.0
    is_open = bool(bars["is_open"].iloc[-1])
    number = amount_axis(currency)["labelExpr"]
    x = alt.X(
        "low:Q",
        scale=alt.Scale(domain=[first, last], nice=False),
        axis=axis(
            grid=False,
            values=ticks,
            labelExpr=f"datum.value=={ticks[-1]}?({number})+'+':({number})" if is_open else number,
        ),
    )
    columns = painted(painted(alt.Chart(bars).mark_rect(strokeWidth=1.5), "accent"), "page", "stroke").encode(
        x,
        x2="high:Q",
        # Room above the bars, where the named places stand.
        y=alt.Y("number:Q", axis=amount_axis(None), scale=alt.Scale(domain=[0, top * 1.16], nice=False)),
        y2="zero:Q",
        tooltip=tooltips(range_text="Range", number_text=count_title, share_text="Share"),
    )
    return alt.layer(columns, *_named_places(rules, first, last)).properties(height=height)


def _named_places(rules: list[tuple[float, str]], first: float, last: float) -> list[alt.Chart]:
    """A dashed line and its name for each place; a name near the right end is written leftwards."""
    layers = []
    for line, (value, text) in enumerate(rules):
        place = alt.Chart(pd.DataFrame({"value": [min(max(value, first), last)], "text": [text]}))
        is_leftwards = value > first + 0.6 * (last - first)
        mark = place.mark_text(
            align="right" if is_leftwards else "left", dx=-5 if is_leftwards else 5, dy=2 + 16 * line, baseline="top"
        )
        layers.append(painted(place.mark_rule(strokeDash=[3, 3], strokeWidth=1.2), "ink").encode(x="value:Q"))
        layers.append(painted(mark, "ink").encode(x="value:Q", y=alt.value(0), text="text:N"))
    return layers


def ratings(rows: pd.DataFrame, *, height: int = TREND_HEIGHT) -> alt.LayerChart:
    """Columns for ratings 1 to 5.

    rows  rating (1–5), number, number_text, share_text
    """
    bars = plotted(rows, "number").assign(name=rows["rating"].map(lambda rating: f"{rating} ★"))
    base = alt.Chart(bars).encode(x=alt.X("name:N", sort=None, axis=axis(labelAngle=0, grid=False, labelFontSize=12)))
    return alt.layer(
        painted(base.mark_bar(width={"band": 0.6}), "accent").encode(
            y=alt.Y("number:Q", axis=amount_axis(None)),
            tooltip=tooltips(name="Rating", number_text="Ratings", share_text="Share"),
        ),
        painted(base.mark_text(dy=-8, fontWeight=600), "ink").encode(y="number:Q", text="share_text:N"),
    ).properties(height=height)


def week_columns(days: pd.DataFrame, *, currency: str | None, height: int = TREND_HEIGHT) -> alt.LayerChart:
    """One column per day with a short line for the same day a week earlier; a day that is not over is an outline.

    days  in order: day (short name), step (full date), now, before, is_unfinished, now_text, before_text, change_text
    """
    columns = plotted(days, "now", "before")
    base = alt.Chart(columns).encode(
        x=alt.X("day:N", sort=None, axis=axis(labelAngle=0, grid=False, labelOverlap=False))
    )
    tips = tooltips(step="Day", now_text="This day", before_text="A week earlier", change_text="Change")
    scale = alt.Scale(zero=True, nice=True)
    bars = painted(painted(base.mark_bar(width={"band": 0.5}, strokeWidth=1.5), "accent"), "accent", "stroke").encode(
        y=alt.Y("now:Q", axis=amount_axis(currency), scale=scale),
        fillOpacity=alt.condition("datum.is_unfinished", alt.value(0.15), alt.value(1)),
        tooltip=tips,
    )
    lines = painted(base.mark_tick(thickness=2.5, width={"band": 0.7}), "ink").encode(
        y=alt.Y("before:Q", scale=scale), tooltip=tips
    )
    return alt.layer(bars, lines).properties(height=height)


def bridge(steps: pd.DataFrame, *, height: int | None = None) -> alt.LayerChart:
    """From a first amount to a last one: grey start, orange or teal steps, blue result.

    steps  in order: step (its name), start, end (of the bar), slot, text (at the bar), exact_text (in the tooltip)
    """
    bars = plotted(steps, "start", "end")
    bars["low"], bars["high"] = bars[["start", "end"]].min(axis=1), bars[["start", "end"]].max(axis=1)
    low, high = min(0.0, float(bars["low"].min())), float(bars["high"].max()) or 1.0
    y = alt.Y("step:N", sort=None, axis=axis(labelFontSize=12.5, labelLimit=180))
    # Room to the right for the longest amount, which stands beside the longest bar.
    x = alt.Scale(domain=[low, high * 1.26], nice=False)
    base = alt.Chart(bars)
    return alt.layer(
        base.mark_bar(height={"band": 0.5}, cornerRadius=2).encode(
            y,
            x=alt.X("low:Q", axis=None, scale=x),
            x2="high:Q",
            color=by_slot("slot"),
            tooltip=tooltips(step="Step", exact_text="Amount"),
        ),
        painted(base.mark_text(align="left", dx=6), "ink").encode(
            y, x=alt.X("high:Q", scale=x, axis=None), text="text:N"
        ),
    ).properties(height=height or 34 * len(bars) + 6)
