"""What more than one page draws in the same way."""

import pandas as pd

from app import cards, charts, frame, wording
from app.charts.theme import TREND_HEIGHT
from app.queries import trends
from app.view import View, grain_of


def trend_chart(
    view: View, measure: str, key: str, *, bands: pd.DataFrame | None = None, height: int = TREND_HEIGHT
) -> None:
    """Net sales, Orders or AOV over the period against the comparison."""
    steps, currency = trend_steps(view, measure)
    cards.draw(
        charts.trend(
            steps,
            currency=currency,
            before_name=frame.before_words(view).capitalize(),
            bands=bands,
            date_format="%-d %b" if grain_of(view.period) == "day" else "%b %Y",
            height=height,
        ),
        f"Line chart of {measure} by {grain_of(view.period)}, {frame.period_words(view)}.",
        key=key,
    )


def trend_steps(view: View, measure: str) -> tuple[pd.DataFrame, str | None]:
    """The trend's frame for one measure, and its currency where it is money."""
    currency = None if measure == "Orders" else view.currency

    def value(row: dict, suffix: str):
        orders, net = row[f"orders{suffix}"], row[f"net_sales{suffix}"]
        return {"Orders": orders, "AOV": wording.ratio(net, orders)}.get(measure, net)

    rows = []
    for row in trends.course(view).to_dict("records"):
        now, before = value(row, ""), value(row, "_before")
        step = wording.span(row["first"], row["last"])
        if row["first"] == row["last"]:
            step = f"{wording.WEEKDAYS[row['first'].weekday()][:3]} {step}"
        rows.append(
            {
                "first": row["first"],
                "step": step,
                "now": now,
                "before": before,
                "now_text": wording.exact(now, currency) if currency else wording.count(now),
                "before_text": wording.exact(before, currency) if currency else wording.count(before),
                "change_text": wording.change(now, before).text,
            }
        )
    return pd.DataFrame(rows), currency


def product_names(view: View, rows: pd.DataFrame) -> list[str]:
    """Names of products; the store's with it where two of them share one."""
    twice = rows.product_name.duplicated(keep=False)
    return [
        f"{row.product_name} · {row.store}" if shared and not view.is_one_store else row.product_name
        for row, shared in zip(rows.itertuples(), twice, strict=True)
    ]


def tone(change: wording.Change, *, is_rise_good: bool = True) -> str:
    """The colour slot of a change."""
    if change.direction == 0:
        return "muted"
    return "good" if (change.direction > 0) == is_rise_good else "bad"


def margins(top: pd.DataFrame) -> list[float | None]:
    """Margin in percent of the net sales whose cost is known."""
    found = []
    for row in top.itertuples():
        known = row.cost is not None and row.costed_sales is not None and row.costed_sales > 0
        found.append(float((1 - row.cost / row.costed_sales) * 100) if known else None)
    return found
