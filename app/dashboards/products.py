"""Products: what sells, what is running out, what disappoints."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from app import cards, charts, frame, sentences, wording
from app.cards import Kpi
from app.drawing import margins, product_names
from app.queries import products as queries
from app.queries.frame import definitions
from app.view import View

KPIS = ("Products sold", "Units", "Margin", "Out of stock")
LEVELS = {"Out of Stock": "red", "Critical": "orange", "Low": "orange", "Normal": "green", "Overstock": "gray"}
PAIR_HEIGHT = 290
NAMED = 5


def sentence(view: View) -> str:
    """The answer to the page's question."""
    totals = queries.totals(view)
    return sentences.products(
        sold=int(totals.products),
        half=int(totals.half),
        out_of_stock=int(totals.out_of_stock),
        sellers_out=int(totals.sellers_out),
        running_out=int(totals.running_out),
    )


def headline(view: View) -> list[Kpi]:
    """What was sold in the period, what it left, and what is missing on the shelf now."""
    totals, means = queries.totals(view), definitions(view.copy)
    costed = wording.ratio(totals.costed_sales, totals.net_sales) or Decimal(0)
    margin = None
    if totals.cost is not None and totals.costed_sales > 0:
        margin = 1 - totals.cost / totals.costed_sales
    stocked = int(totals.stocked)
    return [
        cards.compared(
            "Products sold",
            int(totals.products),
            totals.products_before,
            wording.count,
            help="Different products of which at least one was ordered in the period.",
        ),
        cards.compared(
            "Units",
            int(totals.units),
            totals.units_before,
            wording.count,
            help=means.get(("daily_revenue", "units")),
        ),
        Kpi(
            "Margin",
            wording.rate(margin) + (" est." if margin is not None and totals.estimated_sales > 0 else ""),
            detail=f"cost known for {wording.rate(costed, 0)} of sales",
            help="Net sales less what the goods cost the shop when they were sold, as a share of net sales; where the "
            "cost is known. Estimated where something was sold before its cost was first told.",
        ),
        Kpi(
            "Out of stock",
            wording.count(int(totals.out_of_stock)) if stocked else wording.UNKNOWN,
            detail=f"of {wording.counted(stocked, 'product')}" if stocked else "no stock on record",
            help=means.get(("product_performance", "stock_level")),
        ),
    ]


def running_out_card(view: View, where) -> None:
    """What is running out, most urgent first; shown even when nothing is."""
    with cards.card(
        "Running out",
        "Most urgent first · days of cover at the rate of the last 30 days",
        where=where,
        height=PAIR_HEIGHT,
    ):
        rows = queries.running_out(view)
        if rows.empty:
            cards.nothing("Nothing is running out", "Every product on record has stock.", "check_circle", PAIR_HEIGHT)
            return
        cards.exploring_table(
            pd.DataFrame(
                {
                    "Product": product_names(view, rows),
                    "Stock": rows.stock_quantity.astype("Int64"),
                    "Level": rows.stock_level,
                    "Days of cover": cards.floats(rows.days_of_cover),
                    "Units per day": cards.floats(rows.units_per_day),
                }
            ),
            {
                "Product": st.column_config.TextColumn("Product", width=180),
                "Stock": st.column_config.NumberColumn("Stock", width=56),
                "Level": st.column_config.MultiselectColumn(
                    "Level", options=list(LEVELS), color=list(LEVELS.values()), width=100
                ),
                "Days of cover": st.column_config.NumberColumn(
                    format="%.0f", width=100, help=definitions(view.copy).get(("product_performance", "days_of_cover"))
                ),
                "Units per day": st.column_config.NumberColumn(format="%.1f", width=100),
            },
            alt="Table of products that are running out, most urgent first.",
            rows=8,
        )
        counts = rows.stock_level.value_counts()
        said = [f"{wording.count(int(counts[level]))} {level.lower()}" for level in LEVELS if level in counts]
        st.caption(f"{', '.join(said).capitalize()}, as of the newest data.")


def ratings_against_sales_card(view: View, where) -> None:
    """Which products sell well or badly for how they are liked."""
    with cards.card(
        "Sales against rating",
        f"One dot per product · right: rated higher · up: net sales, {view.currency}, in powers of ten",
        where=where,
        height=PAIR_HEIGHT,
    ):
        rows = queries.rated(view)
        dots = rows[rows.is_enough.astype(bool)].reset_index(drop=True)
        if dots.empty:
            cards.nothing(
                f"No product sold has {queries.FEW_RATINGS} ratings yet",
                f"{wording.counted(len(rows), 'product')} sold with fewer.",
                "star",
                PAIR_HEIGHT,
            )
            return
        dots["name"] = product_names(view, dots)
        dots["label"] = [name if row in extremes(dots) else None for row, name in enumerate(dots.name)]
        dots["net_text"] = [wording.exact(amount, view.currency) for amount in dots.net_sales]
        dots["rating_text"] = [wording.decimal(Decimal(str(rating))) for rating in dots.rating]
        dots["number_text"] = [wording.count(int(number)) for number in dots.number]
        cards.draw(
            charts.sales_against_rating(dots, currency=view.currency, height=PAIR_HEIGHT + 22),
            f"Dot plot of {wording.counted(len(dots), 'product')} by rating and net sales.",
        )
        rest = len(rows) - len(dots)
        if rest:
            st.caption(
                f"{wording.counted(rest, 'product')} sold with fewer than {queries.FEW_RATINGS} ratings not drawn."
            )


def extremes(dots: pd.DataFrame) -> set[int]:
    """The rows worth a name: best sold, best and worst rated among the well sold, at most five and well apart."""
    by_sales = dots.sort_values("net_sales", ascending=False).index
    rating = dots.rating.astype(float)
    candidates = [
        *by_sales[:2],
        *rating.sort_values(kind="stable").index[:2],
        *by_sales[-1:],
    ]
    chosen: list[int] = []
    for row in candidates:
        # Two names at nearly the same height would be written over each other.
        level = dots.net_sales[row].ln()
        spread = max(dots.net_sales).ln() - min(dots.net_sales).ln() or Decimal(1)
        if all(abs(level - dots.net_sales[other].ln()) / spread > Decimal("0.06") for other in chosen):
            chosen.append(row)
    return set(chosen[:NAMED])


def categories_card(view: View, where) -> None:
    """Categories by sales, with how they are rated."""
    with cards.card(
        "By category", f"Net sales, {view.currency} · average rating of its products", where=where, height=PAIR_HEIGHT
    ):
        rows = queries.by_category(view)
        bars = pd.DataFrame(
            {
                "name": [
                    f"{category_name(row)} · {wording.counted(int(row.products), 'product')}"
                    for row in rows.itertuples(index=False)
                ],
                "value": rows.net_sales,
                "value_text": [wording.money_at_mark(amount, view.currency) for amount in rows.net_sales],
                "second_text": [
                    wording.UNKNOWN if rating is None else f"{wording.decimal(Decimal(str(rating)), 1)} ★"
                    for rating in rows.rating
                ],
                "tone": "muted",
                "exact_text": [wording.exact(amount, view.currency) for amount in rows.net_sales],
                "ratings_text": [wording.count(int(number or 0)) for number in rows.ratings],
            }
        )
        cards.draw(
            charts.row_bars(
                bars,
                value_title="Net sales",
                second_title="Average rating",
                row_height=cards.row_height(len(bars), 436),
                tips={"exact_text": "Exactly", "ratings_text": "Ratings"},
            ),
            f"Row bars of net sales by category, first {rows.name[0]}.",
        )


def category_name(row) -> str:
    """A category's name; how many Other stands for."""
    return f"Other, {wording.counted(row.members, 'category', 'categories')}" if row.place == 1 else row.name


def ratings_card(view: View, where) -> None:
    """How many reviews gave how many stars."""
    counts = queries.reviews(view)
    total = sum(counts.values())
    mean = wording.ratio(sum(stars * number for stars, number in counts.items()), total)
    with cards.card(
        "Ratings",
        f"Share of {wording.counted(total, 'rating')} · average {wording.decimal(mean, 1)}"
        if total
        else "All ratings on record",
        where=where,
        height=PAIR_HEIGHT,
    ):
        if not total:
            cards.nothing("No product is rated yet", icon="star", height=PAIR_HEIGHT)
            return
        rows = pd.DataFrame(
            {
                "rating": range(1, 6),
                "number": [counts.get(stars, 0) for stars in range(1, 6)],
                "number_text": [wording.count(counts.get(stars, 0)) for stars in range(1, 6)],
                "share_text": [wording.rate(wording.ratio(counts.get(stars, 0), total)) for stars in range(1, 6)],
            }
        )
        cards.draw(
            charts.ratings(rows, height=190),
            f"Columns of {wording.counted(total, 'rating')} from 1 to 5 stars, {wording.decimal(mean, 1)} on average.",
        )


def sales_categories_card(view: View, where) -> None:
    """Bestsellers, popular and regular products: how many they are, and what they make."""
    with cards.card(
        "Bestseller, popular, regular",
        "Products in each, by units of all time · share of all net sales",
        where=where,
        height=160,
    ):
        rows = queries.sales_categories(view)
        if rows.empty:
            cards.nothing("No product was ever sold", height=140)
            return
        total = rows.net_sales.sum()
        rows["place"] = [("bestseller", "popular", "regular").index(name) for name in rows.name]
        rows = rows.sort_values("place", ignore_index=True)
        bars = pd.DataFrame(
            {
                "name": [name.capitalize() for name in rows.name],
                "value": rows.products,
                "value_text": [wording.count(int(number)) for number in rows.products],
                "second_text": [wording.rate(wording.ratio(amount, total)) for amount in rows.net_sales],
                "tone": "muted",
                "exact_text": [wording.exact(amount, view.reporting_currency) for amount in rows.net_sales],
                "units_text": [wording.count(int(units)) for units in rows.units],
            }
        )
        cards.draw(
            charts.row_bars(
                bars,
                value_title="Products",
                second_title="Share of net sales",
                tips={"exact_text": "Net sales", "units_text": "Units"},
            ),
            f"Row bars of products by sales category, {bars.value_text[0]} {rows.name[0]}.",
        )


def best_sellers_card(view: View) -> None:
    """The products of which most units were sold."""
    with cards.card("Best sellers", f"By units sold in the period · money in {view.currency}", height=400):
        top = queries.best_sellers(view)
        if top.empty:
            cards.nothing("No product was sold in this period", height=160)
            return
        columns = {
            "#": range(1, len(top) + 1),
            "Product": product_names(view, top),
            "Units": top.units.astype(int),
            "Net sales": cards.floats(top.net_sales),
            "Stock": top.stock_level,
            "Rating": cards.floats(top.rating),
            "Health": cards.floats(top.health_score),
            "Sells as": top.sales_category,
            "Category": top.category_name,
            "Margin": margins(top),
        }
        if top.cost.isna().all():
            del columns["Margin"]
        cards.exploring_table(
            pd.DataFrame(columns),
            {
                "#": st.column_config.NumberColumn("#", width=40),
                "Product": st.column_config.TextColumn("Product", width=190),
                "Units": st.column_config.NumberColumn(format="localized"),
                "Net sales": cards.money_column("Net sales", view.currency, cents=True),
                "Margin": st.column_config.NumberColumn(format="%.1f%%"),
                "Rating": st.column_config.NumberColumn(format="%.1f ★"),
                "Stock": st.column_config.MultiselectColumn(
                    "Stock", options=list(LEVELS), color=list(LEVELS.values())
                ),
                "Health": st.column_config.ProgressColumn(
                    "Health, 0–10", format="%.1f", min_value=0, max_value=10,
                    help=definitions(view.copy).get(("product_performance", "health_score")),
                ),
            },
            alt="Table of the products with most units sold.",
            rows=20,
            key="products.best",
        )  # fmt: skip


found = frame.page("Products", explains=KPIS)
frame.status_line(found)
frame.stop_when_empty(found)
view = found.view
frame.say(lambda: sentence(view))
cards.kpis(KPIS, lambda: headline(view))
left, right = st.columns(2)
running_out_card(view, left)
ratings_against_sales_card(view, right)
left, right = st.columns(2)
categories_card(view, left)
with right:
    ratings_card(view, st)
    sales_categories_card(view, st)
best_sellers_card(view)
