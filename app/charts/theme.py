"""What all charts share: the colour slots, the geometry theme, axes, and the step from Decimal to a plotted point."""

import altair as alt
import pandas as pd

from app.wording import SYMBOLS

# The order is that of `chartCategoricalColors` in .streamlit/config.toml: a nominal scale without a range takes the
# theme's colours by position, in the browser, for light and dark alike.
SLOTS = ("accent", "orange", "teal", "plum", "grey", "ink", "muted", "good", "bad", "warn", "page", "line")
SCALE = alt.Scale(domain=list(SLOTS))
MUTED = alt.ExprRef("scale('color','muted')")
LINE = alt.ExprRef("scale('color','line')")
# In a heat map the colour scale is the cells' own, and the slots hang on the stroke scale.
MUTED_BY_STROKE = alt.ExprRef("scale('stroke','muted')")
NARROW = "width<430"
TREND_HEIGHT = 250
PADDING = {"left": 0, "right": 4, "top": 4, "bottom": 2}


@alt.theme.register("countinghouse", enable=True)
def geometry() -> alt.theme.ThemeConfig:
    """Geometry only: Streamlit merges its colours and its font under it."""
    return alt.theme.ThemeConfig(
        {
            "config": {
                "axis": {"title": None, "labelFontSize": 11, "labelPadding": 6, "domain": False, "ticks": False},
                "axisY": {"tickCount": 4, "labelFlush": False},
                "axisX": {"labelOverlap": "greedy"},
                "legend": {
                    "orient": "top",
                    "title": None,
                    "labelFontSize": 12,
                    "symbolType": "circle",
                    "symbolSize": 90,
                    "symbolStrokeWidth": 0,
                    "padding": 0,
                    "offset": 8,
                },
                "line": {"strokeWidth": 2, "strokeCap": "round", "strokeJoin": "round"},
                "bar": {"cornerRadiusEnd": 2},
                "text": {"fontSize": 12, "aria": False},
            }
        }
    )


def painted(chart: alt.Chart, slot: str, channel: str = "color") -> alt.Chart:
    """Give a whole mark one slot: by a constant field, because Altair's datum channels take no scale."""
    kind = {"color": alt.Color, "stroke": alt.Stroke}[channel]
    field = f"slot_{slot}"
    return chart.transform_calculate(**{field: f"'{slot}'"}).encode(
        **{channel: kind(f"{field}:N", scale=SCALE, legend=None)}
    )


def by_slot(field: str) -> alt.Color:
    """Colour each row by the slot that a field names."""
    return alt.Color(f"{field}:N", scale=SCALE, legend=None)


def axis(**options: object) -> alt.Axis:
    """An axis whose labels have the contrast that Streamlit's own chart theme lacks."""
    return alt.Axis(**{"labelColor": MUTED, "gridColor": LINE, **options})


def amount_axis(currency: str | None, **options: object) -> alt.Axis:
    """An axis of money (or of counts, without currency) in K, M and B, as the headline numbers write them."""
    # d3 writes k and G, and 0.5 as 500m.
    digits = "(abs(datum.value)<1?format(datum.value,'~g'):replace(replace(format(datum.value,'~s'),'G','B'),'k','K'))"
    if currency is None:
        return axis(labelExpr=digits, tickMinStep=1, **options)
    symbol = SYMBOLS.get(currency)
    return axis(labelExpr=f"'{symbol}'+{digits}" if symbol else f"{digits}+' {currency}'", **options)


def plotted(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Turn exact numbers into points; the unknown stays unknown, so that it is not drawn as zero."""
    frame = frame.copy()
    for column in columns:
        frame[column] = pd.to_numeric(frame[column].map(lambda value: None if value is None else float(value)))
    return frame


def tooltips(**titles: str) -> list[alt.Tooltip]:
    """Tooltip lines from text columns: `tooltips(day="Day", now_text="This period")`."""
    return [alt.Tooltip(f"{column}:N", title=title) for column, title in titles.items()]
