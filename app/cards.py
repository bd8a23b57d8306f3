"""The building blocks of a page: the card, the row of headline numbers, the chart and the table in the house's form."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import wording
from app.charts.theme import PADDING
from app.queries.published import QueryFailed
from app.wording import Change

KPI_MIN_WIDTH = 160
ROW_HEIGHT = 36
HEADER_HEIGHT = 34


@dataclass(frozen=True)
class Switch:
    """The one switch a card may have, at the right of its title."""

    key: str
    options: tuple[str, ...]
    label: str = "Show"


@dataclass(frozen=True)
class Kpi:
    """A headline number and what it was.

    good    "up", "down" or "neither": which way is better
    detail  beside the change, such as `from $866K`; without a change it stands alone
    spark   the course over the period, drawn under the number
    """

    label: str
    value: str
    change: Change | None = None
    detail: str | None = None
    good: str = "up"
    help: str | None = None
    spark: Sequence[float] | None = None


@contextmanager
def card(
    title: str, subtitle: str = "", *, where: Any = st, switch: Switch | None = None, height: int = 200
) -> Iterator[str]:
    """A bordered card: bold title, unit in small grey, at most one switch. Yields the switch's choice.

    A question that cannot be answered ends only this card: it keeps its title, and `height` keeps its row whole.
    """
    with where.container(border=True, height="stretch", gap="small"), inside(title, subtitle, switch, height) as chosen:
        yield chosen


def live_card(body: Callable[..., None], *arguments: Any, where: Any = st) -> None:
    """A card with a switch that reruns this card alone; `body` fills it through `inside`.

    The border is drawn out here, because a fragment's own wrapper does not stretch to the height of its row.
    """
    with where.container(border=True, height="stretch", gap="small"):
        st.fragment(body)(*arguments)


@contextmanager
def inside(title: str, subtitle: str = "", switch: Switch | None = None, height: int = 200) -> Iterator[str]:
    """A card's head and content without its border; see `card`."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", gap="xsmall"):
        st.markdown(heading(title, subtitle), width="content")
        chosen = ""
        if switch:
            chosen = st.segmented_control(
                switch.label,
                switch.options,
                default=switch.options[0],
                required=True,
                key=switch.key,
                label_visibility="collapsed",
            )
    with guarded(height):
        yield chosen or ""


@contextmanager
def guarded(height: int = 200) -> Iterator[None]:
    """Let a question that cannot be answered end this block only, and say so in its place."""
    try:
        yield
    except QueryFailed as failure:
        failed(str(failure), height)


def heading(title: str, subtitle: str) -> str:
    """A card's title and, on a line of its own in small grey, its unit and how to read it."""
    return f"**{title}**" + (f"  \n:gray[:small[{subtitle}]]" if subtitle else "")


def failed(reason: str, height: int = 200) -> None:
    """What a card shows in place of numbers it could not get."""
    nothing("This could not be read", f"{wording.plain(reason)} The other cards are not affected.", "error", height)


def nothing(title: str, text: str = "", icon: str = "inbox", height: int = 200) -> None:
    """What a card shows when there is nothing to show: never a blank chart."""
    with st.container(
        height=max(height, 120),
        border=False,
        horizontal_alignment="center",
        vertical_alignment="center",
        gap="xxsmall",
    ):
        st.markdown(f":material/{icon}: **{title}**", width="content", text_alignment="center")
        if text:
            st.caption(text, width="content", text_alignment="center")


def kpis(labels: Sequence[str], build: Callable[[], Sequence[Kpi]]) -> None:
    """A row of four headline numbers; where they cannot be read, the same cards with a dash."""
    try:
        numbers = build()
        note = None
    except QueryFailed as failure:
        numbers = [Kpi(label, wording.UNKNOWN, detail="could not be read") for label in labels]
        note = str(failure)
    with st.grid(4, min_column_width=KPI_MIN_WIDTH, gap="small"):
        for number in numbers:
            metric(number)
    if note:
        st.caption(f":red[:material/error:] {wording.plain(note)}")


def metric(number: Kpi) -> None:
    """One headline number in its border."""
    step = number.change
    has_direction = step is not None and step.direction != 0
    colour = {"up": "normal", "down": "inverse"}.get(number.good, "off") if has_direction else "off"
    st.metric(
        number.label,
        number.value,
        step.for_metric if step else None,
        delta_color=colour,
        delta_arrow="auto" if has_direction else "off",
        delta_description=number.detail,
        help=number.help,
        border=True,
        height="stretch",
        chart_data=list(number.spark) if number.spark is not None and len(number.spark) > 1 else None,
    )


def compared(
    label: str,
    now: Any,
    before: Any,
    text: Callable[[Any], str],
    *,
    good: str = "up",
    change: Callable[[Any, Any], Change] = wording.change,
    text_before: Callable[[Any], str] | None = None,
    help: str | None = None,
    spark: Sequence[float] | None = None,
) -> Kpi:
    """A headline number with its change and what it was before; with nothing to compare, the number alone."""
    if before is None:
        return Kpi(label, text(now), good=good, help=help, spark=spark)
    return Kpi(label, text(now), change(now, before), f"from {(text_before or text)(before)}", good, help, spark)


def draw(chart: alt.TopLevelMixin, alt_text: str, key: str | None = None, **options: Any) -> Any:
    """Draw a chart with its sentence for those who cannot see it; without padding, Streamlit leaves 20 px blank."""
    return st.altair_chart(chart.properties(padding=PADDING), width="stretch", alt=alt_text, key=key, **options)


def reading_table(
    frame: pd.DataFrame,
    formats: dict[str, Callable[[Any], str]] | None = None,
    *,
    alt: str,
) -> None:
    """Up to a dozen rows to read: hairlines and badges.

    formats  how numbers become text; through the styler, or they would be left-aligned like text
    """
    # A heading of two words would break on a phone and make its row three lines high.
    frame = frame.rename(columns=wording.unbroken)
    formats = {wording.unbroken(column): text for column, text in (formats or {}).items()}
    # One call: each further one would undo the formats of the columns it does not name.
    styled = frame.style.format(
        {column: lambda value, text=text: text(value) for column, text in formats.items()},
        na_rep=wording.UNKNOWN,
    )
    st.table(styled, border="horizontal", hide_index=True, alt=alt)


def compared_money(label: str, now: Any, before: Any, currency: str, **options: Any) -> Kpi:
    """A headline amount with its change and, shorter, what it was."""
    return compared(
        label,
        now,
        before,
        lambda amount: wording.money(amount, currency),
        text_before=lambda amount: wording.money_before(amount, currency),
        **options,
    )


def exploring_table(
    frame: pd.DataFrame, columns: dict[str, Any] | None = None, *, alt: str, rows: int = 10, **options: Any
) -> DeltaGenerator | Any:
    """A table to sort, search and take away; at most `rows` of its rows show before it scrolls."""
    return st.dataframe(
        frame,
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=HEADER_HEIGHT + ROW_HEIGHT * min(len(frame), rows),
        placeholder=wording.UNKNOWN,
        column_config=columns or {},
        alt=alt,
        **options,
    )


def money_column(title: str, currency: str, *, cents: bool = False, help: str | None = None) -> Any:
    """A column of money in one currency, as plain numbers that sort and export."""
    decimals = wording.DECIMALS.get(currency, 2) if cents else 0
    symbol = wording.SYMBOLS.get(currency)
    digits = f"%,.{decimals}f"
    return st.column_config.NumberColumn(
        title, format=f"{symbol}{digits}" if symbol else f"{digits} {currency}", help=help
    )


def share_column(title: str) -> Any:
    """A column of shares of one whole (0–100) as a small bar with its figure."""
    return st.column_config.ProgressColumn(title, format="%.0f%%", min_value=0, max_value=100)


def change_column(title: str = "Change") -> Any:
    """A column of changes in percent (0–100), signed."""
    return st.column_config.NumberColumn(title, format="%+.1f%%")


def course_column(title: str) -> Any:
    """A small line over the period, from 0."""
    return st.column_config.LineChartColumn(title, y_min=0)


def percent_changes(now: Sequence[Any], before: Sequence[Any]) -> list[float | None]:
    """Changes in percent (0–100) for a sortable column; None where there is nothing to compare with."""
    return [
        None if then is None or then <= 0 else float((value / then - 1) * 100)
        for value, then in zip(now, before, strict=True)
    ]


def row_height(rows: int, height: int) -> int:
    """How high each of a ranking's rows is, so that it fills the card beside another one."""
    return min(54, max(34, height // max(rows, 1)))


def floats(values: Sequence[Any]) -> list[float | None]:
    """Exact numbers as points of a small line or cells of a sortable column."""
    return [None if value is None else float(value) for value in values]
