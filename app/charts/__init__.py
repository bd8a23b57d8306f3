"""Charts as pure functions: a frame in, an Altair chart out. No Streamlit, and no colour values.

Colours are slots of the theme's categorical list, resolved in the browser, because switching between light and dark
does not rerun the page. Frames bring their own texts for marks and tooltips, made by `app.wording` from exact
Decimals; only what is plotted becomes a float here.
"""

from app.charts.bars import bridge, histogram, ratings, row_bars, week_columns
from app.charts.cells import cohorts, recency_frequency, run_strip
from app.charts.lines import store_lines, trend
from app.charts.points import donut, sales_against_rating

__all__ = [
    "bridge",
    "cohorts",
    "donut",
    "histogram",
    "ratings",
    "recency_frequency",
    "row_bars",
    "run_strip",
    "sales_against_rating",
    "store_lines",
    "trend",
    "week_columns",
]
