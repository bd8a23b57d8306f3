"""Operations: is today normal, and what must be done now."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from app import cards, charts, frame, sentences, wording
from app.cards import Kpi
from app.frame import Page
from app.queries import operations as queries
from app.queries.frame import definitions
from app.view import View, last_finished_day

KPIS = ("Net sales today", "Orders today", "Average order value", "Customers today")
RATES = ("Completion rate", "Refund rate", "Items per order", "Hours to fulfil, median")
STATUS_COLOURS = {
    "completed": "green",
    "processing": "blue",
    "pending": "blue",
    "refunded": "orange",
    "partially_refunded": "orange",
    "cancelled": "gray",
    "failed": "red",
}
ROW_CHART = 250


@dataclass(frozen=True)
class Matter:
    """Something that waits for somebody: red is wrong, orange late, gray worth knowing."""

    number: int
    text: str
    colour: str
    page: str | None = None


def about(view: View) -> str:
    """What today means here: until which minute, against which day."""
    weekday = weekday_of(view)
    zones = {store.timezone for store in view.stores}
    if len(zones) == 1 and view.stores:
        local = view.stores[0].local(view.as_of_at)
        place = view.stores[0].timezone.split("/")[-1].replace("_", " ")
        time = f"{local:%H:%M}" + ("" if place == "UTC" else f" in {place}")
        return f"{wording.full_day(local.date())} until {time}, compared with last {weekday} until {local:%H:%M}"
    return (
        f"{wording.full_day(view.as_of_at.date())} until {view.as_of_at:%H:%M} UTC, "
        f"compared with last {weekday} until the same minute"
    )


def weekday_of(view: View) -> str:
    """The name of today's weekday, in the first store's calendar."""
    at = view.stores[0].local(view.as_of_at) if view.stores else view.as_of_at
    return wording.WEEKDAYS[at.weekday()]


def sentence(page: Page) -> str:
    """The answer to the page's question."""
    view = page.view
    today = queries.today(view)
    return sentences.operations(
        net=None if today is None else today.net_sales,
        net_before=today.net_sales_before if today is not None and covers_last_week(view) else None,
        absent=absent(view),
        currency=view.currency,
        weekday=weekday_of(view),
        waiting=[clause(matter) for matter in matters(page) if matter.colour != "gray"],
    )


def absent(view: View) -> list[str]:
    """The chosen stores that have sent nothing of today."""
    present = {clock.store for clock in queries.clocks(view)}
    return [name for name in view.store_names if name not in present]


def current_day(view: View) -> date:
    """The day it is in most of the chosen stores, the earlier one where they are even."""
    days = Counter(store.local(view.as_of_at).date() for store in view.stores)
    return min(days, key=lambda day: (-days[day], day))


def covers_last_week(view: View) -> bool:
    """Whether the orders on record reach back to the day that today is compared with."""
    return view.known_from <= view.as_of_at.date() - queries.WEEK


def clause(matter: Matter) -> str:
    """A matter as a part of the sentence."""
    return f"{wording.count(matter.number)} {matter.text}"


def headline(view: View) -> list[Kpi]:
    """Today, against the same weekday until the same minute."""
    row, means = queries.today(view), definitions(view.copy)
    if row is None:
        return [Kpi(label, wording.UNKNOWN, detail="nothing sent yet") for label in KPIS]
    compares = covers_last_week(view)

    def before(value):
        return value if compares else None

    return [
        cards.compared_money(
            "Net sales today",
            row.net_sales,
            before(row.net_sales_before),
            view.currency,
            help=means.get(("daily_revenue", "net_sales")),
        ),
        cards.compared("Orders today", int(row.orders), before(int(row.orders_before)), wording.count),
        cards.compared_money(
            "Average order value",
            wording.ratio(row.order_value, row.orders),
            before(wording.ratio(row.order_value_before, row.orders_before)),
            view.currency,
            help=means.get(("daily_revenue", "avg_order_value")),
        ),
        cards.compared("Customers today", int(row.customers), before(int(row.customers_before)), wording.count),
    ]


def rates(view: View) -> list[Kpi]:
    """How the orders of the last 30 finished days went."""
    found, means = queries.rates(view, last_finished_day(view.as_of_at, view.stores)), definitions(view.copy)
    now, before = found.get(True, {}), found.get(False, {})

    def share(name: str, row: dict):
        return wording.ratio(row.get(name), row.get("orders"))

    def help_of(column: str) -> str | None:
        return means.get(("operational_metrics", column))

    hours = now.get("hours")
    return [
        cards.compared(
            "Completion rate",
            share("completed", now),
            share("completed", before),
            wording.rate,
            change=wording.points,
            help=help_of("completion_rate"),
        ),
        cards.compared(
            "Refund rate",
            share("refunded", now),
            share("refunded", before),
            wording.rate,
            change=wording.points,
            good="down",
            help=help_of("refund_rate"),
        ),
        cards.compared(
            "Items per order",
            share("items", now),
            share("items", before),
            wording.decimal,
            change=wording.difference,
            good="neither",
            help=help_of("items_per_order"),
        ),
        Kpi(
            "Hours to fulfil, median",
            wording.UNKNOWN if hours is None else f"{hours:.1f}",
            detail="no platform tells it" if hours is None else "last 30 days",
            good="down",
            help=help_of("median_hours_to_fulfil"),
        ),
    ]


def week_card(view: View, where) -> None:
    """The last seven days, each with its day a week earlier."""
    with cards.card(
        "Last 7 days",
        f"Net sales, {view.currency} · line: same day a week earlier, whole · outline: the day is not over",
        where=where,
        height=ROW_CHART,
    ):
        days = []
        for row in queries.week(view, current_day(view)).itertuples():
            day = row.date_key
            weekday = wording.WEEKDAYS[day.weekday()][:3]
            days.append(
                {
                    "day": f"{weekday} {day.day}",
                    "step": f"{weekday} {wording.full_day(day)}" + (", so far" if row.is_unfinished else ""),
                    "now": row.net_sales,
                    "before": row.net_sales_before,
                    "is_unfinished": row.is_unfinished,
                    "now_text": wording.exact(row.net_sales, view.currency),
                    "before_text": wording.exact(row.net_sales_before, view.currency),
                    "change_text": wording.UNKNOWN
                    if row.is_unfinished
                    else wording.change(row.net_sales, row.net_sales_before).text,
                }
            )
        cards.draw(
            charts.week_columns(pd.DataFrame(days), currency=view.currency, height=ROW_CHART),
            "Columns of net sales of the last seven days, each with a line for the same day a week earlier.",
        )


def matters(page: Page) -> list[Matter]:
    """What waits for somebody, most urgent first."""
    view, publication = page.view, page.publication
    found = queries.attention(view, publication.published_at)

    def number(matter: str) -> int:
        return found.get(matter, (0, None))[0]

    def amount(matter: str) -> str:
        sum_of = found.get(matter, (0, None))[1]
        return "" if sum_of is None else f" ({wording.money(sum_of, view.reporting_currency)})"

    def plural(matter: str, one: str, many: str) -> str:
        return one if number(matter) == 1 else many

    stale = len(page.stale)
    listed = [
        Matter(1 if page.stopped_at else 0, "run failed, and publishing stopped", "red", "health"),
        Matter(publication.checks_failed, "critical checks failed", "red", "health"),
        Matter(
            number("disputes"),
            plural("disputes", "dispute waits", "disputes wait") + f" for an answer{amount('disputes')}",
            "red",
        ),
        Matter(
            number("unmatched"),
            plural("unmatched", "order or payment does", "orders or payments do") + f" not match{amount('unmatched')}",
            "red",
            "health",
        ),
        Matter(stale, "source is behind" if stale == 1 else "sources are behind", "orange", "health"),
        Matter(
            number("orders_waiting"),
            plural("orders_waiting", "order has", "orders have") + " been open for more than 48 h",
            "orange",
        ),
        Matter(
            number("refunds_waiting"),
            plural("refunds_waiting", "refund has", "refunds have")
            + f" not reached the customer{amount('refunds_waiting')}",
            "orange",
        ),
        Matter(
            number("sellers_out"),
            plural("sellers_out", "product that sold is", "products that sold are") + " out of stock",
            "orange",
            "products",
        ),
        Matter(
            number("running_out"),
            plural("running_out", "product runs", "products run") + " out within 7 days",
            "orange",
            "products",
        ),
        Matter(
            number("rejected"), plural("rejected", "row was", "rows were") + " rejected in 30 days", "orange", "health"
        ),
        Matter(
            number("disliked"),
            plural("disliked", "product with 20+ sold is", "products with 20+ sold are") + " rated below 3",
            "gray",
            "products",
        ),
        Matter(
            publication.checks_warned,
            "check found something to look at"
            if publication.checks_warned == 1
            else "checks found something to look at",
            "gray",
            "health",
        ),
    ]
    return [matter for matter in listed if matter.number]


def attention_card(page: Page, where) -> None:
    """What must be done now, each with the way to it."""
    with cards.card("Needs attention", "Most urgent first", where=where, height=ROW_CHART):
        listed = matters(page)
        if not listed:
            cards.nothing("Nothing waits for you", icon="check_circle", height=ROW_CHART)
            return
        for matter in listed:
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
                st.badge(wording.count(matter.number), color=matter.colour, width=44)
                st.markdown(matter.text, width="stretch")
                if matter.page:
                    st.page_link(f"dashboards/{matter.page}.py", label="Open", width="content")


def recent_card(view: View) -> None:
    """The newest orders."""
    one_store = len(view.all_stores) == 1
    with cards.card("Recent orders", f"Store’s own time · totals in {view.currency}", height=400):
        rows = queries.recent(view)
        stores = {store.name: store for store in view.stores}
        placed = [
            f"{wording.short_instant(stores[store].local(at))}" + (" (sample)" if is_sample else "")
            for store, at, is_sample in zip(rows.store, rows.ordered_at, rows.is_synthetic_date, strict=True)
        ]
        columns = {
            "Order": [wording.unbroken(f"#{str(number).removeprefix('#')}") for number in rows.order_number],
            "Total": rows.total,
            "Status": [status_badge(status) for status in rows.order_status],
            "Placed": [wording.unbroken(text) for text in placed],
            "Customer": [customer_of(row) for row in rows.itertuples()],
            "Items": rows["items"],
            "Store": [wording.unbroken(store) for store in rows.store],
        }
        if one_store:
            del columns["Store"]
        cards.reading_table(
            pd.DataFrame(columns),
            {"Total": lambda amount: wording.exact(amount, view.currency), "Items": wording.count},
            alt="Table of the twelve newest orders.",
        )


def status_badge(status: str) -> str:
    """A status as a badge with its word."""
    word = status.replace("_", " ").capitalize()
    return f":{STATUS_COLOURS.get(status, 'gray')}-badge[{wording.unbroken(word)}]"


def customer_of(row) -> str:
    """Who ordered, as far as the copy shows it."""
    if row.customer_key is None:
        return "Guest"
    return wording.unbroken(wording.plain(row.full_name or row.email or "Unnamed"))


found = frame.page("Operations", explains=KPIS, has_period=False)
view = found.view
frame.status_line(found, about(view))
frame.stop_without_orders(found)
frame.say(lambda: sentence(found))
cards.kpis(KPIS, lambda: headline(view))
if 0 < len(absent(view)) < len(view.stores):
    st.caption(
        f":orange[:material/schedule:] {sentences.nothing_of_today(absent(view))}; it is left out on both sides."
    )
left, right = st.columns([2, 1])
week_card(view, left)
attention_card(found, right)
cards.kpis(RATES, lambda: rates(view))
st.caption("Rates of the orders placed in the last 30 finished days, against the 30 days before.")
recent_card(view)
