"""Overview: whether the business does better than before, and where that comes from."""

import pandas as pd
import streamlit as st

from app import cards, charts, filters, frame, sentences, wording
from app.cards import Switch
from app.drawing import product_names, tone, trend_chart
from app.queries import overview as queries
from app.queries import trends
from app.queries.frame import definitions
from app.view import View, grain_of

KPIS = ("Net sales", "Orders", "Average order value", "Customers")
STATUSES = (
    ("Completed", "accent", ("completed",)),
    ("Open", "teal", ("pending", "processing")),
    ("Refunded", "warn", ("refunded", "partially_refunded")),
    ("Cancelled", "grey", ("cancelled",)),
    ("Failed", "plum", ("failed",)),
)
SEGMENT_ORDER = (
    "Champions",
    "Loyal Customers",
    "Potential Loyalists",
    "New Customers",
    "Price Sensitive",
    "At Risk",
    "Cannot Lose",
    "Hibernating",
)
RANKING_HEIGHT = 272
STATUS_HEIGHT = 292
NOTE_HEIGHT = 40


def sentence(view: View) -> str:
    """The answer to the page's question."""
    totals, stores = queries.totals(view), queries.by_store(view)
    chosen = stores[stores["store"].isin(view.store_names)]
    causes = [
        sentences.Cause(row.store, row.net_sales, row.net_sales_before)
        for row in chosen.itertuples()
        if row.net_sales_before is not None
    ]
    return sentences.overview(
        net=totals.net_sales,
        net_before=totals.net_sales_before,
        orders=totals.orders,
        orders_before=totals.orders_before,
        currency=view.currency,
        stores=[] if view.is_native else causes,
    )


def headline(view: View) -> list[cards.Kpi]:
    """The four numbers, each with its course over the period."""
    totals, course, means = queries.totals(view), trends.course(view), definitions(view.copy)
    known = course.dropna(subset=["net_sales"])
    value = [wording.ratio(worth, orders) for worth, orders in zip(known.order_value, known.orders, strict=True)]
    return [
        cards.compared_money(
            "Net sales",
            totals.net_sales,
            totals.net_sales_before,
            view.currency,
            help=means.get(("daily_revenue", "net_sales")),
            spark=[float(amount) for amount in known.net_sales],
        ),
        cards.compared(
            "Orders",
            totals.orders,
            totals.orders_before,
            wording.count,
            help=means.get(("daily_revenue", "orders")),
            spark=[int(orders) for orders in known.orders],
        ),
        cards.compared_money(
            "Average order value",
            wording.ratio(totals.order_value, totals.orders),
            wording.ratio(totals.order_value_before, totals.orders_before),
            view.currency,
            help=means.get(("daily_revenue", "avg_order_value")),
            spark=[float(amount) for amount in value if amount is not None],
        ),
        cards.compared(
            "Customers",
            totals.customers,
            totals.customers_before,
            wording.count,
            help="Different people with an order in the period, counted once however often they order.",
            spark=[int(people) for people in known.customers],
        ),
    ]


def trend_card(view: View) -> None:
    """The chosen measure over time against the comparison."""
    grain = grain_of(view.period)
    key = f"solid: this period · dashed: {frame.before_words(view)}" if view.comparison else "this period"
    switch = Switch("overview.measure", ("Net sales", "Orders", "AOV"), "Measure")
    # The switch stands beside the title that it changes, so the title asks for its state.
    title = st.session_state.get(switch.key) or switch.options[0]
    unit = {"Orders": "number of orders", "AOV": f"{view.currency} an order"}.get(title, view.currency)
    with cards.inside(f"{title} by {grain}", f"{unit} · {key}", switch, STATUS_HEIGHT) as measure:
        unusual = trends.unusual(view) if measure == "Net sales" else pd.DataFrame(columns=["store", "first", "last"])
        said = notes(view, unusual)
        # Each note takes its line from the chart, so that the card keeps its height.
        height = STATUS_HEIGHT - NOTE_HEIGHT * len(said)
        trend_chart(view, measure, "overview.trend", bands=unusual[["first", "last"]], height=height)
        for text in said:
            st.caption(text)


def notes(view: View, unusual: pd.DataFrame) -> list[str]:
    """What the reader must know about the line: unusual days by name, and stores that are missing from it."""
    said = []
    for row in unusual.itertuples():
        others = "" if view.is_native else f"{wording.plain(row.store)} "
        said.append(
            f":orange[:material/flag:] Shaded, {wording.short_span(row.first, row.last)}: {others}sold "
            f"{sentences.against_usual(row.sold, row.usual)} on the same weekdays before."
        )
    missing = frame.without_words(view)
    if missing:
        said.append(f":orange[:material/schedule:] {missing[0].upper()}{missing[1:]}.")
    return said


def status_card(view: View, where) -> None:
    """Orders by status as a share of all orders placed."""
    with cards.card("Orders by status", "Share of the orders placed in the period", where=where, height=STATUS_HEIGHT):
        counts = queries.statuses(view)
        total = sum(counts.values())
        slices = []
        for status, slot, members in STATUSES:
            orders = sum(counts.get(member, 0) for member in members)
            parts = [
                f"{member.replace('_', ' ')} {wording.count(counts[member])}" for member in members if member in counts
            ]
            if orders:
                slices.append(
                    {
                        "status": status,
                        "slot": slot,
                        "orders": orders,
                        "orders_text": wording.count(orders),
                        "share_text": wording.rate(wording.ratio(orders, total)),
                        "detail_text": ", ".join(parts),
                    }
                )
        if len(slices) == 1:
            # A ring of one slice says no more than its sentence.
            only = slices[0]["status"].lower()
            cards.nothing(f"All {wording.counted(total, 'order')} are {only}", "", "check_circle", STATUS_HEIGHT)
            return
        said = ", ".join(f"{part['status']} {part['orders_text']} ({part['share_text']})" for part in slices)
        cards.draw(charts.donut(pd.DataFrame(slices)), f"Donut of {wording.counted(total, 'order')} by status: {said}.")


def products_card(view: View, where) -> None:
    """Which five products sold most."""
    subtitle = f"Net sales, {view.currency} · " + (
        f"change against {frame.against_words(view)}" if view.comparison else "share of all"
    )
    with cards.card("Top 5 products", subtitle, where=where, height=RANKING_HEIGHT):
        rows = queries.top_products(view)
        if rows.empty:
            cards.nothing("No product was sold in this period", height=RANKING_HEIGHT)
            return
        changes = [wording.change(now, then) for now, then in zip(rows.net_sales, rows.net_sales_before, strict=True)]
        shares = [wording.ratio(net, total) for net, total in zip(rows.net_sales, rows.all_net_sales, strict=True)]
        bars = pd.DataFrame(
            {
                "name": product_names(view, rows),
                "value": rows.net_sales,
                "value_text": [wording.money_at_mark(amount, view.currency) for amount in rows.net_sales],
                "second_text": [change.text for change in changes]
                if view.comparison
                else [wording.rate(share, 0) for share in shares],
                "tone": [tone(change) for change in changes] if view.comparison else "muted",
                "exact_text": [wording.exact(amount, view.currency) for amount in rows.net_sales],
                "share_text": [wording.rate(share) for share in shares],
            }
        )
        cards.draw(
            charts.row_bars(
                bars,
                value_title="Net sales",
                second_title="Change" if view.comparison else "Share",
                row_height=cards.row_height(len(bars), RANKING_HEIGHT),
                tips={"exact_text": "Exactly", "share_text": "Share of all"},
            ),
            f"Row bars of the best-selling products, first {rows.product_name[0]} with {bars.value_text[0]}.",
        )


def segments_card(view: View, where) -> None:
    """How many customers are in which segment."""
    with cards.card(
        "Customers by segment",
        "People with an order in the last 12 months · share of all",
        where=where,
        height=RANKING_HEIGHT,
    ):
        rows = queries.segments(view)
        if rows.empty:
            cards.nothing("No customer is known by name yet", height=RANKING_HEIGHT)
            return
        rows["place"] = [SEGMENT_ORDER.index(s) if s in SEGMENT_ORDER else len(SEGMENT_ORDER) for s in rows.segment]
        rows = rows.sort_values(["place", "segment"], ignore_index=True)
        total = int(rows.customers.sum())
        bars = pd.DataFrame(
            {
                "name": rows.segment,
                "value": rows.customers,
                "value_text": [wording.count(number) for number in rows.customers],
                "second_text": [wording.rate(wording.ratio(number, total), 0) for number in rows.customers],
                "tone": "muted",
            }
        )
        cards.draw(
            charts.row_bars(
                bars,
                value_title="Customers",
                second_title="Share",
                row_height=cards.row_height(len(bars), RANKING_HEIGHT),
            ),
            f"Row bars of {wording.counted(total, 'customer')} by segment.",
        )


def stores_card(view: View) -> None:
    """Every store, to compare and to choose from."""
    currency = view.reporting_currency
    can_choose = len(view.all_stores) > 1
    subtitle = f"Net sales in {currency}, the reporting currency"
    if can_choose:
        subtitle += " · choose rows to look at these stores only"
    with cards.card("Stores", subtitle, height=160):
        rows = queries.by_store(view)
        total = rows.net_sales.sum()
        days = wording.counted(view.period.days, "day")
        stores = {store.name: store for store in view.all_stores}
        table = pd.DataFrame(
            {
                "Store": rows.store,
                "Net sales": cards.floats(rows.net_sales),
                "Change": cards.percent_changes(rows.net_sales, rows.net_sales_before),
                "Share": [float(amount / total * 100) if total else None for amount in rows.net_sales],
                "Orders": rows.orders.astype(int),
                "AOV": cards.floats(
                    [wording.ratio(worth, orders) for worth, orders in zip(rows.order_value, rows.orders, strict=True)]
                ),
                days: rows.course,
                "Last order": [
                    wording.UNKNOWN if at is None else wording.unbroken(wording.full_day(stores[name].local(at).date()))
                    for name, at in zip(rows.store, rows.last_order_at, strict=True)
                ],
                "Platform": [wording.platform(kind) for kind in rows.platform],
            }
        )
        cards.exploring_table(
            table,
            {
                "Net sales": cards.money_column("Net sales", currency),
                "Change": cards.change_column(),
                "Share": cards.share_column("Share"),
                "Orders": st.column_config.NumberColumn(format="localized"),
                "AOV": cards.money_column("AOV", currency, cents=True),
                days: cards.course_column(days),
            },
            alt="Table of the stores with net sales, change, share, orders and average order value.",
            on_select=(lambda: choose(tuple(rows.store))) if can_choose else "ignore",
            selection_mode="multi-row",
            key="overview.stores",
        )


def choose(names: tuple[str, ...]) -> None:
    """Filter the page by the rows the reader chose."""
    filters.choose_stores([names[row] for row in st.session_state["overview.stores"].selection.rows])


found = frame.page("Executive overview", explains=KPIS)
frame.status_line(found)
frame.stop_when_empty(found)
view = found.view
frame.say(lambda: sentence(view))
cards.kpis(KPIS, lambda: headline(view))
left, right = st.columns([2, 1])
cards.live_card(trend_card, view, where=left)
status_card(view, right)
left, right = st.columns(2)
products_card(view, left)
segments_card(view, right)
stores_card(view)
