"""Explain: every headline number in two steps more.

First its definition as the model states it; then the formula with its real amounts from the ledger, each held against
the summary the page reads, and the events behind them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import streamlit as st

from app import cards, charts, wording
from app.queries import customers as customer_queries
from app.queries import explain as queries
from app.queries import products as product_queries
from app.queries.frame import definitions
from app.queries.published import QueryFailed
from app.view import View

GOOD, BAD = ":green[:material/check:]", ":red[:material/close:]"
NET = ("gross_sales", "discounts", "returns")
NAMES = {"gross_sales": "Gross sales", "discounts": "− Discounts", "returns": "− Returns"}


@dataclass(frozen=True)
class Explanation:
    """How one headline number is explained.

    column  where its definition is kept, as (table, column)
    words   how it is counted, for what the definition does not say
    body    draws the formula with its amounts
    """

    column: tuple[str, str]
    words: str
    body: Callable[[View], None]


def dialog(view: View, label: str) -> None:
    """Open the explanation of a headline number."""

    @st.dialog(f"How {label[0].lower()}{label[1:]} is counted", width="large")
    def show() -> None:
        explanation = EXPLANATIONS[label]
        stores = (
            wording.counted(len(view.stores), "store") if len(view.stores) > 1 else wording.plain(view.store_names[0])
        )
        st.caption(f"{wording.span(view.period.first, view.period.last)} · {stores} · {view.currency}")
        try:
            st.markdown(explanation.words)
            defined = definitions(view.copy).get(explanation.column)
            if defined:
                st.markdown(f":gray[The model’s own words, `{'.'.join(explanation.column)}`:] {wording.plain(defined)}")
            explanation.body(view)
        except QueryFailed as failure:
            cards.failed(str(failure))

    show()


def ledger_amounts(view: View) -> dict[str, tuple[int, Decimal]]:
    """Events and signed amount of each measure of net sales, zero where it has none."""
    found = {row.measure: (int(row.events), row.amount) for row in queries.ledger(view).itertuples()}
    return {measure: found.get(measure, (0, Decimal(0))) for measure in NET}


def net_sales(view: View) -> None:
    """Gross to net, drawn and in a table, with the events."""
    amounts = ledger_amounts(view)
    gross, discounts, returns = (amounts[measure][1] for measure in NET)
    net = gross + discounts + returns

    def step(name: str, start: Decimal, end: Decimal, slot: str, amount: Decimal) -> dict:
        return {
            "step": name,
            "start": start,
            "end": end,
            "slot": slot,
            "text": wording.money_at_mark(amount, view.currency),
            "exact_text": wording.exact(amount, view.currency),
        }

    bars = [
        step("Gross sales", Decimal(0), gross, "grey", gross),
        step("− Discounts", gross, gross + discounts, "orange", discounts),
        step("− Returns", gross + discounts, net, "orange", returns),
        step("= Net sales", Decimal(0), net, "accent", net),
    ]
    cards.draw(
        charts.bridge(pd.DataFrame(bars)),
        f"Bridge from gross sales to net sales of {wording.exact(net, view.currency)}.",
    )
    steps_table(view, amounts, net)
    show_events(view, NET)


def one_measure(measure: str) -> Callable[[View], None]:
    """A measure that is a plain sum over its events."""

    def body(view: View) -> None:
        amounts = ledger_amounts(view)
        steps_table(view, {measure: amounts[measure]}, None)
        show_events(view, (measure,))

    return body


def steps_table(view: View, amounts: dict[str, tuple[int, Decimal]], net: Decimal | None) -> None:
    """Each step of the formula: its amount in the ledger, how many events, and whether the summary agrees."""
    summary = queries.summary(view)
    rows = []
    for measure, (events, amount) in amounts.items():
        sign = 1 if measure == "gross_sales" else -1
        rows.append((NAMES[measure], amount, check(amount, sign * summary[measure], view.currency), events))
    if net is not None:
        total = sum(events for events, _ in amounts.values())
        rows.append(("**= Net sales**", net, check(net, summary["net_sales"], view.currency), total))
    cards.reading_table(
        pd.DataFrame(
            [(wording.unbroken(step), amount, wording.unbroken(said), events) for step, amount, said, events in rows],
            columns=["Step", "Amount", "Check", "Ledger events"],
        ),
        {"Ledger events": wording.count, "Amount": lambda amount: wording.exact(amount, view.currency)},
        alt="The formula's steps with their amounts.",
    )


def check(ledger: Decimal, summary: Decimal, currency: str) -> str:
    """Whether the summary that the page reads says what the ledger says."""
    if ledger == summary:
        return f"{GOOD} equals daily revenue"
    return f"{BAD} daily revenue has {wording.exact(summary, currency)}"


def show_events(view: View, measures: tuple[str, ...]) -> None:
    """The newest events behind the number, and the SQL that finds them."""
    st.space("xsmall")
    if st.toggle("Show the events", key="explain.events"):
        events = queries.events(view, measures)
        # The unit stands in the heading, because a sign before a symbol is what this table's formats cannot write.
        amount = f"Amount, {view.currency}"
        columns = {
            "When, UTC": pd.to_datetime(events.event_at),
            amount: cards.floats(events.amount),
            "Measure": [measure.replace("_", " ") for measure in events.measure],
            "Action": events.action,
            "Order": events.order_number,
            "Product": events.product_name,
            "Quantity": pd.to_numeric(events.quantity),
            "Store": events.store,
        }
        if events.is_estimated.any():
            columns["Estimated"] = events.is_estimated.astype(bool)
        decimals = wording.DECIMALS.get(view.currency, 2)
        cards.exploring_table(
            pd.DataFrame(columns),
            {
                "When, UTC": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
                amount: st.column_config.NumberColumn(format=f"%,.{decimals}f"),
            },
            alt="The newest ledger events.",
            rows=6,
        )
        st.caption(f"The newest {len(events)} events of the period; the table’s toolbar takes them away as CSV.")
        st.code(queries.events_sql(view), language="sql")


def formula(rows: list[tuple[str, str]]) -> None:
    """A formula whose steps are not all money: name and value in words."""
    cards.reading_table(pd.DataFrame(rows, columns=["Step", "Value"]), alt="The formula's steps with their values.")


def orders(view: View) -> None:
    """Orders, as the fact table and as the daily summary count them."""
    placed, summary = queries.people(view), queries.summary(view)
    agrees = placed.orders == summary.orders
    formula(
        [
            ("Orders placed, counted one by one", wording.count(int(placed.orders))),
            ("of them by guests without an account", wording.count(int(placed.guest_orders))),
            (
                "Daily revenue, its orders added up",
                f"{GOOD if agrees else BAD} {wording.count(int(summary.orders))}",
            ),
        ]
    )
    show_events(view, ("gross_sales",))


def average_order_value(view: View) -> None:
    """Net sales divided by orders."""
    summary = queries.summary(view)
    value = wording.ratio(summary.net_sales, int(summary.orders))
    formula(
        [
            ("Net sales", wording.exact(summary.net_sales, view.currency)),
            ("÷ Orders", wording.count(int(summary.orders))),
            ("**= Average order value**", f"**{wording.exact(value, view.currency)}**"),
        ]
    )
    st.caption(
        "Returns of earlier orders lower the net sales of the day they come back, so a day of many returns shows here."
    )
    show_events(view, NET)


def customers(view: View) -> None:
    """Different people, however often they ordered."""
    bought = queries.people(view)
    named = int(bought.orders) - int(bought.guest_orders)
    formula(
        [
            ("Orders placed", wording.count(int(bought.orders))),
            ("− Orders by guests who cannot be told apart", wording.count(int(bought.guest_orders))),
            ("= Orders by known people", wording.count(named)),
            ("**Different people among them**", f"**{wording.count(int(bought.customers))}**"),
        ]
    )


def repeat_rate(view: View) -> None:
    """Who ordered more than once, by the end of the period."""
    bought = queries.people(view)
    share = wording.ratio(int(bought.repeat_customers), int(bought.customers))
    formula(
        [
            ("Customers with two or more orders by the period’s last day", wording.count(int(bought.repeat_customers))),
            ("÷ Customers with an order in the period", wording.count(int(bought.customers))),
            ("**= Repeat rate**", f"**{wording.rate(share)}**"),
        ]
    )


def lifetime_value(view: View) -> None:
    """The average over everybody who ever bought."""
    row = customer_queries.activity(view)
    known = int(row.known_customers)
    formula(
        [
            ("Net sales of all their orders so far", wording.exact(row.lifetime_value, view.reporting_currency)),
            ("÷ Customers with an order", wording.count(known)),
            (
                "**= Lifetime value, average**",
                f"**{wording.exact(wording.ratio(row.lifetime_value, known), view.reporting_currency)}**",
            ),
        ]
    )


def at_risk(view: View) -> None:
    """Two segments, added up."""
    row = customer_queries.activity(view)
    formula(
        [
            ("Customers in the segments At Risk and Cannot Lose", wording.count(int(row.at_risk))),
            ("of customers with an order", wording.count(int(row.known_customers))),
        ]
    )


def products_sold(view: View) -> None:
    """Products and units, from the ledger's sales."""
    row = product_queries.totals(view)
    formula(
        [
            ("Different products ordered", wording.count(int(row.products))),
            ("Units ordered; returns are not taken off", wording.count(int(row.units))),
            ("Products that made half of the net sales", wording.count(int(row.half))),
        ]
    )
    show_events(view, ("gross_sales",))


def margin(view: View) -> None:
    """Margin, of the products whose cost is known."""
    row = product_queries.totals(view)
    known = row.cost is not None and row.costed_sales > 0
    share = wording.ratio(row.costed_sales, row.net_sales)
    formula(
        [
            ("Net sales of products", wording.exact(row.net_sales, view.reporting_currency)),
            (
                "of them with a known cost",
                f"{wording.exact(row.costed_sales, view.reporting_currency)}, {wording.rate(share)}",
            ),
            (
                "of these sold before their cost was first told, which stands for it",
                wording.exact(row.estimated_sales, view.reporting_currency),
            ),
            ("− Cost of the units kept, when they were sold", wording.exact(row.cost, view.reporting_currency)),
            (
                "**= Margin**",
                f"**{wording.rate(1 - row.cost / row.costed_sales)}**" if known else f"**{wording.UNKNOWN}**",
            ),
        ]
    )


def out_of_stock(view: View) -> None:
    """Products by how their stock stands."""
    row = product_queries.totals(view)
    formula(
        [
            ("Products listed whose stock is known", wording.count(int(row.stocked))),
            ("of them low or critical", wording.count(int(row.running_out))),
            ("**of them out of stock**", f"**{wording.count(int(row.out_of_stock))}**"),
        ]
    )


NET_SALES = Explanation(
    ("daily_revenue", "net_sales"),
    "Sales on the day they happened, less discounts given, less goods returned **on the day of the return**. Taxes, "
    "shipping, tips and gift cards are not in it.",
    net_sales,
)
ORDERS = Explanation(("daily_revenue", "orders"), "Orders placed in the period, whatever became of them.", orders)
CUSTOMERS = Explanation(
    ("fact_orders", "customer_key"), "Different people with an order in the period, counted once.", customers
)
EXPLANATIONS = {
    "Net sales": NET_SALES,
    "Net sales today": NET_SALES,
    "Gross sales": Explanation(
        ("daily_revenue", "gross_sales"), "Goods sold, at their price before any discount.", one_measure("gross_sales")
    ),
    "Discounts": Explanation(
        ("daily_revenue", "discounts"),
        "What was taken off the price when the order was placed.",
        one_measure("discounts"),
    ),
    "Returns": Explanation(
        ("daily_revenue", "returns"),
        "Goods and money given back, on the day it happened and not on the day of the order.",
        one_measure("returns"),
    ),
    "Orders": ORDERS,
    "Orders today": ORDERS,
    "Average order value": Explanation(
        ("daily_revenue", "avg_order_value"), "Net sales of the period divided by its orders.", average_order_value
    ),
    "Customers": CUSTOMERS,
    "Customers today": CUSTOMERS,
    "Active customers": CUSTOMERS,
    "Repeat rate": Explanation(
        ("dim_customers", "order_count"),
        "Of the customers of the period, those for whom it was not the first order ever.",
        repeat_rate,
    ),
    "Lifetime value": Explanation(
        ("dim_customers", "lifetime_value"),
        "What a customer has brought so far, on average; not a forecast. All stores, as of the newest data.",
        lifetime_value,
    ),
    "At risk": Explanation(
        ("customer_segmentation", "rfm_segment"),
        "Customers who bought often or much, but not lately, as of the newest data.",
        at_risk,
    ),
    "Products sold": Explanation(
        ("fact_sales_ledger", "product_key"), "Products with at least one unit ordered in the period.", products_sold
    ),
    "Units": Explanation(("daily_revenue", "units"), "Units ordered in the period.", products_sold),
    "Margin": Explanation(
        ("fact_order_items", "unit_cost"),
        "Net sales less what the goods cost the shop when they were sold. Where no cost is known there is no margin.",
        margin,
    ),
    "Out of stock": Explanation(
        ("product_performance", "stock_level"),
        "Listed products without a unit in stock, as of the newest data.",
        out_of_stock,
    ),
}
