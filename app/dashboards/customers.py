"""Customers: who buys, who returns, who is leaving."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from app import cards, charts, frame, sentences, wording
from app.cards import Kpi, Switch
from app.queries import customers as queries
from app.queries import overview
from app.queries.frame import definitions
from app.view import View

KPIS = ("Active customers", "Repeat rate", "Expected 12-month value", "At risk")
FEW = 20
SHORT_SEGMENTS = {
    "Loyal Customers": "Loyal",
    "Potential Loyalists": "Potential",
    "New Customers": "New",
    "Price Sensitive": "Price",
}
GOOD_SEGMENTS = ("Champions", "Loyal Customers", "Potential Loyalists", "New Customers")
PAIR_HEIGHT = 290


def sentence(view: View) -> str:
    """The answer to the page's question."""
    active, segments = queries.activity(view), overview.segments(view)
    best = segments.sort_values("net_sales", ascending=False).iloc[0] if len(segments) else None
    return sentences.customers(
        active=int(active.customers),
        repeat_rate=wording.ratio(active.repeat_customers, active.customers),
        repeat_rate_before=wording.ratio(active.repeat_customers_before, active.customers_before),
        top_segment=None if best is None else best.segment,
        top_share_of_customers=None if best is None else wording.ratio(best.customers, segments.customers.sum()),
        top_share_of_sales=None if best is None else wording.ratio(best.net_sales, segments.net_sales.sum()),
    )


def headline(view: View) -> list[Kpi]:
    """Who ordered in the period; and, as of the newest data, what customers are worth and who may leave."""
    active, means = queries.activity(view), definitions(view.copy)
    repeat = wording.ratio(active.repeat_customers, active.customers)
    repeat_before = wording.ratio(active.repeat_customers_before, active.customers_before)
    known = int(active.known_customers)
    return [
        cards.compared(
            "Active customers",
            int(active.customers),
            active.customers_before,
            wording.count,
            help="Different people with an order in the period.",
        ),
        cards.compared(
            "Repeat rate",
            repeat,
            repeat_before,
            lambda share: rate_with_count(share, active.repeat_customers, active.customers),
            change=wording.points,
            help="Of the customers of the period, those for whom it was not the first order ever.",
        )
        if repeat_before is not None
        else Kpi("Repeat rate", rate_with_count(repeat, active.repeat_customers, active.customers)),
        Kpi(
            "Expected 12-month value",
            wording.money(wording.ratio(active.expected_value, int(active.valued_customers)), view.reporting_currency),
            detail=sentences.estimate_and_error(queries.backtest(view)),
            help=f"Average of {wording.counted(int(active.valued_customers), 'customer')}. "
            f"{means.get(('customer_metrics', 'clv_expected'), '')}",
        ),
        Kpi(
            "At risk",
            wording.count(int(active.at_risk)),
            detail=f"{wording.rate(wording.ratio(int(active.at_risk), known))} of customers",
            help="Customers who bought often or much, but not lately: the segments At Risk and Cannot Lose.",
        ),
    ]


def rate_with_count(share: Decimal | None, part, whole) -> str:
    """A rate; under 30 cases with its count, since it says little alone."""
    if share is None or whole is None or whole >= 30:
        return wording.rate(share)
    return f"{wording.rate(share, 0)} ({part} of {whole})"


def cohorts_card(view: View) -> None:
    """Who comes back, by the month of the first order."""
    switch = Switch("customers.cohorts", ("Retention", "Net sales each", "Margin"), "Measure")
    stores = "" if len(view.stores) == len(view.all_stores) else " · all stores"
    subtitle = f"Share of each month’s new customers who ordered again · rows: first month and its customers{stores}"
    with cards.inside("Who comes back", subtitle, switch, PAIR_HEIGHT) as measure:
        rows = queries.cohorts(view)
        if rows.empty:
            cards.nothing(
                "No month is old enough yet",
                "A cohort shows here when the month after its first orders is over.",
                "calendar_month",
                PAIR_HEIGHT,
            )
            return
        known = rows if measure != "Margin" else rows[[bool(amount) for amount in rows.costed_sales]]
        if known.empty:
            cards.nothing(
                "No cost is known", "Margin shows where a shop tells what its goods cost.", height=PAIR_HEIGHT
            )
            return
        cells = pd.DataFrame([cohort_cell(row, measure, view) for row in known.itertuples()])
        top = max(float(pd.Series([float(value) for value in cells.value]).quantile(0.95)), 0.01)
        cards.draw(
            charts.cohorts(cells, top=top, text=measure),
            f"Heat map of {measure.lower()} by month of the first order and months since.",
            key="customers.cohort_map",
        )
        few = (
            f" Months with fewer than {FEW} new customers show how many came back."
            if rows.customers.min() < FEW
            else ""
        )
        cost = ""
        if measure == "Margin":
            sold = sum(amount for amount in rows.net_sales if amount is not None)
            share = wording.ratio(sum(amount for amount in rows.costed_sales if amount is not None), sold)
            cost = f" Cost known for {wording.rate(share, 0)} of these sales; the rest has no margin here."
        st.caption(f"Columns: months since the first order. Months that are not over are left out.{few}{cost}")


def cohort_cell(row, measure: str, view: View) -> dict:
    """One cell; a cohort of a few people shows how many, because a percentage of them says nothing."""
    share = wording.ratio(row.active_customers, row.customers)
    value, text = share, wording.rate(share, 0) if row.customers >= FEW else wording.count(row.active_customers)
    if measure == "Net sales each":
        value = wording.ratio(row.net_sales, row.customers)
        text = wording.money_at_mark(value.quantize(Decimal(1)), view.reporting_currency).removesuffix(".00")
    elif measure == "Margin":
        value = wording.ratio(row.profit, row.costed_sales)
        text = wording.rate(value, 0)
    return {
        "cohort": f"{wording.month(row.cohort_month)} · {wording.count(row.customers)}",
        "cohort_text": wording.month(row.cohort_month),
        "months_since": row.months_since,
        "value": value,
        "text": text,
        "active_text": wording.count(row.active_customers),
        "size_text": wording.count(row.customers),
    }


def grid_card(view: View) -> None:
    """How recently and how often customers order; a click lists them."""
    with cards.inside("Recency and frequency", "Customers per cell · right: ordered recently · up: order often", None):
        rows = queries.grid(view)
        if not rows.customers.sum():
            cards.nothing("No customer is known by name yet", height=PAIR_HEIGHT)
            return
        rows["customers_text"] = [wording.count(number) for number in rows.customers]
        rows["segment_text"] = [SHORT_SEGMENTS.get(name, name) or "" for name in rows.segment]
        rows["value_text"] = [
            wording.UNKNOWN if value is None else wording.money(Decimal(str(round(value, 2))), view.reporting_currency)
            for value in rows.value
        ]
        chosen = cards.draw(
            charts.recency_frequency(rows, height=PAIR_HEIGHT),
            "Grid of customers by recency score and frequency score, each 1 to 5.",
            key="customers.grid",
            on_select="rerun",
        )
        picked = (chosen.selection.get("cell") or [None])[0] if chosen and chosen.selection else None
        if not picked:
            return
        people = queries.cell(view, int(picked["r_score"]), int(picked["f_score"]))
        in_cell = rows[(rows.r_score == picked["r_score"]) & (rows.f_score == picked["f_score"])].customers.sum()
        some = f"The {len(people)} largest of " if len(people) < in_cell else ""
        st.caption(f"{some}{wording.counted(int(in_cell), 'customer')} of the chosen cell")
        cards.exploring_table(
            pd.DataFrame(
                {
                    "Customer": [name_of(row) for row in people.itertuples()],
                    "Net sales": cards.floats(people.lifetime_value),
                    "Orders": people.order_count.astype(int),
                    "Last order": pd.to_datetime(people.last_order_date),
                }
            ),
            {
                "Net sales": cards.money_column("Net sales", view.reporting_currency, cents=True),
                "Last order": st.column_config.DateColumn(format="D MMM YYYY"),
            },
            alt="Customers of the chosen cell.",
            rows=5,
        )


WORTH = {
    "So far": "Net sales of all their orders.",
    "Simple": "Average order × orders a year × a customer’s lifespan.",
    "Predictive": "A year’s sales, repeated by those who stay each year and discounted.",
    "Expected": "Estimate for the next 12 months, discounted: purchases by BG/NBD, their value by Gamma-Gamma.",
}


def value_card(view: View) -> None:
    """What customers have been worth, and three ways to say what they will be."""
    switch = Switch("customers.worth", tuple(WORTH), "Way to reckon")
    subtitle = f"Customers per step · net sales each, {view.reporting_currency}"
    with cards.inside("Lifetime value of customers", subtitle, switch, PAIR_HEIGHT) as way:
        bins = queries.values(view, way)
        if bins.empty or not bins.number.sum():
            nobody_is_valued(view, way)
            return
        total, median, p90 = (bins[name].iloc[0] for name in ("total", "median", "p90"))

        def text(value: float) -> str:
            return wording.money(Decimal(str(round(value, 2))), view.reporting_currency)

        bins["range_text"] = [
            f"{text(row.low)} and more" if row.is_open else f"{text(row.low)} to {text(row.high)}"
            for row in bins.itertuples()
        ]
        bins["number_text"] = [wording.count(int(number)) for number in bins.number]
        bins["share_text"] = [wording.rate(wording.ratio(int(number), int(total))) for number in bins.number]
        rules = [(float(median), f"Median {text(median)}"), (float(p90), f"Top 10% from {text(p90)}")]
        cards.draw(
            charts.histogram(
                bins,
                currency=view.reporting_currency,
                count_title="Customers",
                rules=rules,
                height=PAIR_HEIGHT - 60,
            ),
            f"Histogram of {wording.counted(int(total), 'customer')} by lifetime value, {way.lower()}: "
            f"half are below {text(median)}.",
            key="customers.worth_bars",
        )
        tried = queries.backtest(view) if way == "Expected" else None
        st.caption(WORTH[way] + sentences.tried_on_the_past(tried, view.reporting_currency))


def nobody_is_valued(view: View, way: str) -> None:
    """Why there is no bar to draw."""
    tried = queries.backtest(view) if way == "Expected" else None
    if tried is None or tried.current_reason is None:
        cards.nothing("No customer has bought yet", height=PAIR_HEIGHT)
    else:
        reason = f"{wording.plain(tried.current_reason[:1].upper() + tried.current_reason[1:])}."
        cards.nothing("There is no estimate yet", reason, "hourglass_empty", PAIR_HEIGHT)


def frequency_card(view: View, where) -> None:
    """One-time, occasional, frequent; and repeat against one-time, each as share of customers and of sales."""
    with cards.card(
        "How often they order",
        "Customers · share of customers; share of their sales in the tooltip",
        where=where,
        height=230,
    ):
        rows = queries.frequency(view)
        if rows.empty:
            cards.nothing("No customer has bought yet", height=200)
            return
        people, sales = int(rows.customers.sum()), rows.net_sales.sum()
        once = rows[rows.segment == "one-time"]
        again = rows[rows.segment != "one-time"]
        lines = [(frequency_name(row), int(row.customers), row.net_sales) for row in rows.itertuples(index=False)]
        bars = share_bars(lines, people, sales, view)
        cards.draw(
            charts.row_bars(
                bars, value_title="Customers", second_title="Share of customers", tips={"sales_text": "Their net sales"}
            ),
            "Row bars of one-time, occasional and frequent customers.",
        )
        st.markdown(cards.heading("Repeat against one-time", "Customers with two or more orders, and with one"))
        both = share_bars(
            [
                ("Repeat", int(again.customers.sum()), again.net_sales.sum()),
                ("One-time", int(once.customers.sum()), once.net_sales.sum()),
            ],
            people,
            sales,
            view,
        )
        cards.draw(
            charts.row_bars(
                both, value_title="Customers", second_title="Share of customers", tips={"sales_text": "Their net sales"}
            ),
            f"Row bars: {both.value_text[0]} repeat and {both.value_text[1]} one-time customers.",
        )
        repeat = wording.ratio(again.net_sales.sum(), sales) if sales else None
        st.caption(f"Repeat customers made {wording.rate(repeat)} of all net sales.")


def frequency_name(row) -> str:
    """`occasional, 2–4 orders`."""
    name = row.segment.capitalize()
    if row.fewest == row.most:
        return f"{name}, {wording.counted(int(row.fewest), 'order')}"
    return f"{name}, {row.fewest}–{row.most} orders"


def share_bars(lines: list[tuple[str, int, Decimal]], people: int, sales: Decimal, view: View) -> pd.DataFrame:
    """Rows of customers with their share, and their sales for the tooltip."""
    return pd.DataFrame(
        {
            "name": [name for name, _, _ in lines],
            "value": [number for _, number, _ in lines],
            "value_text": [wording.count(number) for _, number, _ in lines],
            "second_text": [wording.rate(wording.ratio(number, people)) for _, number, _ in lines],
            "tone": "muted",
            "sales_text": [
                f"{wording.exact(amount or Decimal(0), view.reporting_currency)}, "
                f"{wording.rate(wording.ratio(amount or Decimal(0), sales))} of all"
                for _, _, amount in lines
            ],
        }
    )


def top_card(view: View, *, is_masked: bool) -> None:
    """The ten customers who spent most."""
    subtitle = f"Net sales, all time, {view.reporting_currency}" + (" · names are masked" if is_masked else "")
    with cards.card("Top 10 customers", subtitle, height=400):
        rows = queries.top(view)
        if rows.empty:
            cards.nothing("No customer is known by name yet", height=300)
            return
        cards.reading_table(
            pd.DataFrame(
                {
                    "Customer": [wording.unbroken(name_of(row)) for row in rows.itertuples()],
                    "Net sales": rows.lifetime_value,
                    "Segment": [segment_badge(name) for name in rows.segment],
                    "Orders": rows.order_count,
                    "Last order": [wording.unbroken(wording.full_day(day)) for day in rows.last_order_date],
                }
            ),
            {
                "Net sales": lambda amount: wording.exact(amount, view.reporting_currency),
                "Orders": wording.count,
            },
            alt="Table of the ten customers who spent most.",
        )


def segment_badge(name: str | None) -> str:
    """A segment as a badge with its word."""
    if name is None:
        return wording.UNKNOWN
    return f":{'blue' if name in GOOD_SEGMENTS else 'gray'}-badge[{wording.unbroken(SHORT_SEGMENTS.get(name, name))}]"


def name_of(row) -> str:
    """A customer's name as the copy shows it, masked or not; the address where there is no name."""
    return row.full_name or row.email or "Unnamed"


def who_card(view: View) -> None:
    """Age, gender, city or state of the customers with an order."""
    switch = Switch("customers.cut", ("Age", "Gender", "City", "State"), "Cut")
    with cards.inside("Who they are", "Customers with an order · share", switch, 400) as cut:
        rows = queries.demographics(view, cut)
        if rows.empty:
            cards.nothing("No customer is known by name yet", height=300)
            return
        if cut == "Age":
            rows["order"] = [200 if row.place == 2 else row.youngest for row in rows.itertuples()]
            rows = rows.sort_values("order", ignore_index=True)
        people = int(rows.customers.sum())
        lines = [
            (
                f"Other, {wording.counted(row.members, 'place')}" if row.place == 1 else shown_name(row.name),
                int(row.customers),
                row.net_sales,
            )
            for row in rows.itertuples(index=False)
        ]
        bars = share_bars(lines, people, rows.net_sales.sum(), view)
        cards.draw(
            charts.row_bars(
                bars,
                value_title="Customers",
                second_title="Share",
                row_height=cards.row_height(len(bars), 300),
                tips={"sales_text": "Their net sales"},
            ),
            f"Row bars of {wording.counted(people, 'customer')} by {cut.lower()}.",
            key="customers.who",
        )


def shown_name(value: str) -> str:
    """A group's name as people write it: capital first, `18–24` with a dash between numbers."""
    return value[:1].upper() + value[1:].replace("-", "–") if value[:1].isdigit() else value[:1].upper() + value[1:]


found = frame.page("Customers", explains=KPIS)
frame.status_line(found)
frame.stop_when_empty(found)
view = found.view
frame.say(lambda: sentence(view))
cards.kpis(KPIS, lambda: headline(view))
cards.live_card(cohorts_card, view)
left, right = st.columns(2)
cards.live_card(grid_card, view, where=left)
cards.live_card(value_card, view, where=right)
left, right = st.columns(2)
frequency_card(view, left)
cards.live_card(who_card, view, where=right)
top_card(view, is_masked=found.publication.is_masked)
