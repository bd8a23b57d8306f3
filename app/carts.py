"""What became of carts: the two cards of the Sales page, for the stores that tell of carts."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from app import cards, charts, frame, wording
from app.cards import Switch
from app.charts.theme import TREND_HEIGHT
from app.queries import carts as queries
from app.view import View, grain_of


def row(view: View) -> None:
    """What was left behind and how far the other carts came; nothing where no chosen store tells of carts."""
    settled = queries.settled(view)
    if not settled.tellers:
        return
    left, right = st.columns([2, 1])
    cards.live_card(left_behind_card, view, told_by(view, settled), where=left)
    funnel_card(view, settled, right)


def left_behind_card(view: View, told: str) -> None:
    """The share of carts that nobody bought, or what was in them, over time."""
    switch = Switch("sales.carts", ("Share", "Value"), "Measure")
    grain = grain_of(view.period)
    is_value = st.session_state.get("sales.carts") == "Value"
    unit = f"Goods in them, {view.currency}" if is_value else f"% of the carts opened in the {grain}"
    key = f" · dashed: {frame.before_words(view)}" if view.comparison else ""
    with cards.inside("Carts left behind", f"{unit}{key}", switch, TREND_HEIGHT) as chosen:
        rows = queries.course(view)
        if not rows.total.notna().any():
            cards.nothing("No cart was opened in this period", height=TREND_HEIGHT)
            return
        cards.draw(
            charts.trend(
                left_behind_steps(rows, view.currency if chosen == "Value" else None),
                currency=view.currency if chosen == "Value" else None,
                before_name=frame.before_words(view).capitalize(),
                date_format="%-d %b" if grain == "day" else "%b %Y",
            ),
            f"Line chart of {'goods in carts' if chosen == 'Value' else 'the share of carts'} left behind by {grain}, "
            f"{frame.period_words(view)}.",
            key="sales.left_behind",
        )
        st.caption(told)


def left_behind_steps(rows: pd.DataFrame, currency: str | None) -> pd.DataFrame:
    """The trend's frame: the share in percent, or the value where there is a currency."""

    def measure(row: dict, end: str) -> Decimal | None:
        if currency:
            return row[f"value{end}"]
        return wording.ratio(known(row[f"abandoned{end}"]), known(row[f"total{end}"]))

    def text(value: Decimal | None) -> str:
        return wording.exact(value, currency) if currency else wording.rate(value)

    change = wording.change if currency else wording.points
    steps = []
    for row in rows.to_dict("records"):
        now, before = measure(row, ""), measure(row, "_before")
        steps.append(
            {
                "first": row["first"],
                "step": wording.span(row["first"], row["last"]),
                "now": now if currency or now is None else 100 * now,
                "before": before if currency or before is None else 100 * before,
                "now_text": text(now),
                "before_text": text(before),
                "change_text": change(now, before).text,
            }
        )
    return pd.DataFrame(steps)


def known(number: float | None) -> int | None:
    """A count out of a column that has gaps."""
    return None if number is None or pd.isna(number) else int(number)


def told_by(view: View, settled: pd.Series) -> str:
    """Whose carts these are, since not every platform tells of them."""
    whole = set(settled.from_cart or ())
    names = [name if name in whole else f"{name} (from the checkout on)" for name in settled.tellers]
    others = [name for name in view.store_names if name not in settled.tellers]
    silent = f" Not told by {wording.list_of(others)}." if 0 < len(others) <= 4 else ""
    return f"Told by {wording.list_of(names)}.{silent} A cart is left behind when nobody has touched it for a day."


def funnel_card(view: View, row: pd.Series, where) -> None:
    """How far the period's carts came, and what the rest was worth."""
    first = "Carts or checkouts" if row.from_cart else "Checkouts"
    if row.from_cart == row.tellers:
        first = "Carts"
    with cards.card(
        "From cart to payment", "Carts opened in the period · share of all of them", where=where, height=TREND_HEIGHT
    ):
        if not row.total:
            cards.nothing("No cart was opened in this period", height=TREND_HEIGHT)
            return
        counts = {first: row.total, "Reached the checkout": row.checkouts, "Ordered": row.orders, "Paid": row.paid}
        if first == "Checkouts":
            del counts["Reached the checkout"]
        steps = pd.DataFrame(
            {
                "name": counts.keys(),
                "value": counts.values(),
                "value_text": [wording.count(int(number)) for number in counts.values()],
                "second_text": [wording.rate(wording.ratio(int(number), int(row.total))) for number in counts.values()],
                "tone": "muted",
            }
        )
        cards.draw(
            charts.row_bars(steps, value_title="Carts", second_title="Share of all", row_height=46),
            f"Row bars of {wording.counted(int(row.total), 'cart')} by how far they came: "
            f"{wording.count(int(row.orders))} ordered, {wording.count(int(row.paid))} paid.",
        )
        st.markdown("  \n".join(left_behind_lines(view, row)))


def left_behind_lines(view: View, row: pd.Series) -> list[str]:
    """The numbers beside the funnel, as short lines."""
    rate = wording.ratio(int(row.abandoned), int(row.total))
    rate_before = wording.ratio(int(row.abandoned_before), int(row.total_before))
    change = wording.points(rate, rate_before)
    against = f" ({change.text})" if view.comparison and rate_before is not None else ""
    lines = [
        f"**{wording.rate(rate)}** left behind{against}: {wording.counted(int(row.abandoned), 'cart')}, "
        f"{wording.money(row.value, view.currency)}"
    ]
    if not pd.isna(row.hours):
        lines.append(f"Half of the purchases took less than {duration(row.hours)}")
    more = []
    if row.recovered:
        more.append(f"{wording.count(int(row.recovered))} bought after more than a day")
    if row.open:
        more.append(f"{wording.count(int(row.open))} still open")
    return [*lines, *([" · ".join(more)] if more else [])]


def duration(hours: float) -> str:
    """`17 minutes`, `5.2 hours` or `3.1 days`."""
    if hours < 1:
        return wording.counted(max(round(hours * 60), 1), "minute")
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"
