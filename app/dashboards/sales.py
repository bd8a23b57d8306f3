"""Sales: what made the revenue."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from app import cards, carts, charts, frame, sentences, wording
from app.cards import Switch
from app.drawing import margins, product_names, tone, trend_chart
from app.queries import sales as queries
from app.queries.frame import definitions
from app.view import View, grain_of

KPIS = ("Gross sales", "Discounts", "Returns", "Net sales")
OTHER_MEASURES = {
    "shipping": "+ Shipping",
    "taxes": "+ Taxes",
    "duties": "+ Duties",
    "fees": "+ Fees",
    "tips": "+ Tips",
    "rounding": "± Rounding",
}
PAIR_HEIGHT = 304


def booked(view: View) -> tuple[dict[str, Decimal], dict[str, Decimal] | None]:
    """Signed amounts of the ledger by measure, now and before."""
    rows = queries.measures(view)
    now = dict(zip(rows.measure, rows.amount, strict=True))
    return now, dict(zip(rows.measure, rows.amount_before, strict=True)) if view.comparison else None


def net_parts(amounts: dict[str, Decimal] | None) -> dict[str, Decimal | None]:
    """The four numbers of the formula as a reader knows them: discounts and returns positive."""
    if amounts is None:
        return dict.fromkeys(KPIS)
    gross, discounts, returns = (amounts.get(name, Decimal(0)) for name in ("gross_sales", "discounts", "returns"))
    return {
        "Gross sales": gross,
        "Discounts": -discounts,
        "Returns": -returns,
        "Net sales": gross + discounts + returns,
    }


def sentence(view: View) -> str:
    """The answer to the page's question."""
    now, before = (net_parts(amounts) for amounts in booked(view))
    rows = queries.categories(view)
    return sentences.sales(
        gross=now["Gross sales"],
        discounts=now["Discounts"],
        returns=now["Returns"],
        net=now["Net sales"],
        net_before=before["Net sales"],
        currency=view.currency,
        categories=[
            sentences.Cause(row.name, row.net_sales, row.net_sales_before) for row in rows.itertuples(index=False)
        ],
    )


def headline(view: View) -> list[cards.Kpi]:
    """Gross to net: the four satisfy the formula to the cent."""
    now, before = (net_parts(amounts) for amounts in booked(view))
    means = definitions(view.copy)
    good = {"Discounts": "neither", "Returns": "down"}
    return [
        cards.compared_money(
            label,
            now[label],
            before[label],
            view.currency,
            good=good.get(label, "up"),
            help=means.get(("daily_revenue", label.lower().replace(" ", "_"))),
        )
        for label in KPIS
    ]


def trend_card(view: View) -> None:
    """Net sales over time: the total against the comparison, or the stores beside each other."""
    grain = grain_of(view.period)
    switch = Switch("sales.split", ("Total", "By store"), "Split") if not view.is_one_store else None
    key = f" · solid: this period · dashed: {frame.before_words(view)}" if view.comparison else ""
    if st.session_state.get("sales.split") == "By store":
        key = " · the four largest stores, and Other"
    with cards.inside(f"Net sales by {grain}", f"{view.currency}{key}", switch, 290) as split:
        if split == "By store":
            draw_stores(view)
        else:
            trend_chart(view, "Net sales", "sales.trend")
        missing = frame.without_words(view)
        if missing:
            st.caption(f":orange[:material/schedule:] {missing[0].upper()}{missing[1:]}.")


def draw_stores(view: View) -> None:
    """Up to four lines and Other."""
    rows = queries.course_by_store(view)
    rows["now"] = rows.net_sales
    rows["now_text"] = [wording.exact(amount, view.currency) for amount in rows.net_sales]
    rows["step"] = [wording.span(first, last) for first, last in zip(rows["first"], rows["last"], strict=True)]
    cards.draw(
        charts.store_lines(
            rows, currency=view.currency, date_format="%-d %b" if grain_of(view.period) == "day" else "%b %Y"
        ),
        f"Lines of net sales of {wording.counted(rows.series.nunique(), 'store')}, {frame.period_words(view)}.",
        key="sales.stores",
    )


def bridge_card(view: View, where) -> None:
    """From gross to total, each step as it stands in the ledger."""
    with cards.card("From gross to total", f"{view.currency} · from the ledger", where=where, height=290):
        now, _ = booked(view)
        steps, level = [], Decimal(0)

        def add(name: str, amount: Decimal, slot: str, *, is_sum: bool = False) -> None:
            nonlocal level
            start = Decimal(0) if is_sum else level
            level = start + amount
            steps.append(
                {
                    "step": name,
                    "start": start,
                    "end": level,
                    "slot": slot,
                    "text": wording.money_at_mark(amount, view.currency),
                    "exact_text": wording.exact(amount, view.currency),
                }
            )

        add("Gross sales", now.get("gross_sales", Decimal(0)), "grey")
        add("− Discounts", now.get("discounts", Decimal(0)), "orange")
        add("− Returns", now.get("returns", Decimal(0)), "orange")
        net = level
        add("= Net sales", net, "accent", is_sum=True)
        others = [(name, now[measure]) for measure, name in OTHER_MEASURES.items() if now.get(measure)]
        for name, amount in others:
            add(name, amount, "teal" if amount > 0 else "orange")
        if others:
            total = level
            add("= Total sales", total, "accent", is_sum=True)
        said = f"Bridge from gross sales to {wording.exact(level, view.currency)}."
        cards.draw(charts.bridge(pd.DataFrame(steps), height=34 * len(steps) if others else 204), said)
        if not others:
            st.caption("No shipping, taxes, fees or tips are on record, so total sales equal net sales.")


def categories_card(view: View, where) -> None:
    """Which categories sold, and how that changed; a choice filters the table below."""
    subtitle = f"Net sales, {view.currency} · " + (
        f"change against {frame.against_words(view)}" if view.comparison else "share of all"
    )
    with cards.card("Revenue by category", subtitle, where=where, height=PAIR_HEIGHT):
        rows = queries.categories(view)
        height = pair_height(view)
        total = rows.net_sales.sum() if len(rows) else Decimal(0)
        changes = [wording.change(now, then) for now, then in zip(rows.net_sales, rows.net_sales_before, strict=True)]
        shares = [wording.rate(wording.ratio(amount, total)) for amount in rows.net_sales]
        bars = pd.DataFrame(
            {
                "name": [
                    f"Other, {wording.counted(row.members, 'category', 'categories')}" if row.place == 1 else row.name
                    for row in rows.itertuples(index=False)
                ],
                "value": rows.net_sales,
                "value_text": [wording.money_at_mark(amount, view.currency) for amount in rows.net_sales],
                "second_text": [change.text for change in changes] if view.comparison else shares,
                "tone": [tone(change) for change in changes] if view.comparison else "muted",
                "share_text": shares,
                "exact_text": [wording.exact(amount, view.currency) for amount in rows.net_sales],
            }
        )
        cards.draw(
            charts.row_bars(
                bars,
                value_title="Net sales",
                second_title="Change" if view.comparison else "Share of all",
                row_height=cards.row_height(len(bars), height),
                tips={"exact_text": "Exactly", "share_text": "Share"},
            ),
            f"Row bars of net sales by category, first {bars.name[0]} with {bars.value_text[0]}.",
        )


def pair_height(view: View) -> int:
    """The height of the two cards beside each other: as many categories as there are need room to be read."""
    return max(PAIR_HEIGHT, 36 * len(queries.categories(view)))


def sizes_card(view: View) -> None:
    """How large orders are."""
    switch = Switch("sales.size", ("Value", "Items"), "Size")
    with cards.inside("Order size", "Orders per step · as they were placed, before returns", switch, PAIR_HEIGHT) as by:
        items = by == "Items"
        bins = queries.order_sizes(view, "items" if items else "value")
        if items:
            # No order has no items: the bar of zero would be a gap.
            bins = bins[(bins.step > 1) | (bins.low > 0)].reset_index(drop=True)
        if bins.empty or not bins.number.sum():
            cards.nothing("No order has a size to show", height=PAIR_HEIGHT)
            return
        total, median, p90 = (bins[name].iloc[0] for name in ("total", "median", "p90"))
        currency = None if items else view.currency

        def text(value: float) -> str:
            return f"{value:g}" if items else wording.money(Decimal(str(round(value, 2))), view.currency)

        bins["range_text"] = [bin_words(row, text, items) for row in bins.itertuples()]
        bins["number_text"] = [wording.count(int(number)) for number in bins.number]
        bins["share_text"] = [wording.rate(wording.ratio(int(number), int(total))) for number in bins.number]
        rules = [(float(median), f"Median {text(median)}"), (float(p90), f"Top 10% from {text(p90)}")]
        cards.draw(
            charts.histogram(
                bins,
                currency=currency,
                count_title="Orders",
                rules=rules,
                height=pair_height(view) - 14,
                is_counted=items,
            ),
            f"Histogram of {wording.counted(int(total), 'order')} by {'items' if items else 'value'}: "
            f"half are below {text(median)}, a tenth above {text(p90)}.",
            key="sales.sizes",
        )


def bin_words(row, text, items: bool) -> str:
    """`$25 to $50`, `3 items`, `$600 and more`."""
    if row.is_open:
        return f"{text(row.low)} and more"
    if items and row.step == 1:
        return wording.counted(int(row.low), "item")
    return f"{text(row.low)} to {text(row.high - (1 if items else 0))}"


def discounts_card(view: View) -> None:
    """What discounts did to the orders they were given on."""
    with cards.card("Discounts", f"Orders of the period by the discount they were given · {view.currency}", height=220):
        rows = queries.discounts(view)
        values = [wording.ratio(net, orders) for net, orders in zip(rows.net_sales, rows.orders, strict=True)]
        without = values[0] if len(rows) and rows.is_none[0] else None
        table = pd.DataFrame(
            {
                "Discount": [wording.unbroken(band) for band in rows.band],
                "Net sales": rows.net_sales,
                "Orders": rows.orders,
                "Given": rows.discounts,
                "Share of gross": [
                    wording.ratio(given, gross) for given, gross in zip(rows.discounts, rows.gross_sales, strict=True)
                ],
                "AOV": values,
                # As a factor, because a column of texts would stand at the left.
                "Against no discount": [
                    None if is_none else wording.ratio(value, without)
                    for value, is_none in zip(values, rows.is_none, strict=True)
                ],
                "New customers": rows.new_customers,
            }
        )

        def money(amount: Decimal) -> str:
            return wording.exact(amount, view.currency)

        cards.reading_table(
            table,
            {
                "Net sales": money,
                "Given": money,
                "AOV": money,
                "Share of gross": wording.rate,
                "Against no discount": lambda factor: wording.change(factor, Decimal(1)).text,
                "Orders": wording.count,
                "New customers": wording.count,
            },
            alt="Table of discounts: orders, discounts given, net sales, order value and new customers.",
        )


def products_card(view: View) -> None:
    """The twenty products that sold most, of one category or of all."""
    rows = queries.categories(view)
    names = [row.name for row in rows.itertuples(index=False) if row.place == 0]
    with cards.inside("Top 20 products", f"Net sales of the period, {view.currency}", None, 400):
        category = (
            st.pills("Category", names, key="sales.category", label_visibility="collapsed") if len(names) > 1 else None
        )
        top = queries.products(view, category)
        if top.empty:
            cards.nothing("No product was sold in this period", height=160)
            return
        days = wording.counted(view.period.days, "day")
        columns = {
            "#": range(1, len(top) + 1),
            "Product": product_names(view, top),
            "Net sales": cards.floats(top.net_sales),
            "Change": cards.percent_changes(top.net_sales, top.net_sales_before),
            "Units": top.units.astype(int),
            "Category": top.category_name,
            "Margin": margins(top),
            days: top.course,
        }
        if top.cost.isna().all():
            del columns["Margin"]
        if view.comparison is None:
            del columns["Change"]
        cards.exploring_table(
            pd.DataFrame(columns),
            {
                "#": st.column_config.NumberColumn("#", width=40),
                "Product": st.column_config.TextColumn("Product", width=190),
                "Net sales": cards.money_column("Net sales", view.currency, cents=True),
                "Change": cards.change_column(),
                "Units": st.column_config.NumberColumn(format="localized"),
                "Margin": st.column_config.NumberColumn(format="%.1f%%"),
                days: cards.course_column(days),
            },
            alt="Table of the products that sold most.",
            rows=20,
            key="sales.products",
        )


found = frame.page("Sales", explains=KPIS)
frame.status_line(found)
frame.stop_when_empty(found)
view = found.view
frame.say(lambda: sentence(view))
cards.kpis(KPIS, lambda: headline(view))
left, right = st.columns([2, 1])
cards.live_card(trend_card, view, where=left)
bridge_card(view, right)
left, right = st.columns(2)
categories_card(view, left)
cards.live_card(sizes_card, view, where=right)
with cards.guarded():
    carts.row(view)
discounts_card(view)
cards.live_card(products_card, view)
