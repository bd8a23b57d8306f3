"""Shares of one whole, and two measures against each other."""

import math

import altair as alt
import pandas as pd

from app.charts.theme import MUTED, SCALE, amount_axis, axis, painted, plotted, tooltips


def donut(slices: pd.DataFrame, *, height: int = 292) -> alt.LayerChart:
    """Orders by status, clockwise from twelve, with count and share written under the ring.

    slices  at most five rows in the order of an order's life: status, slot, orders, orders_text, share_text,
            detail_text
    """
    ring = plotted(slices, "orders")
    ring["rank"] = range(len(ring))
    total = int(ring["orders"].sum())
    names = "".join(
        f"datum.value=='{row.slot}'?'{row.status} · {row.orders_text} · {row.share_text}':" for row in ring.itertuples()
    )
    key = alt.Legend(
        orient="bottom",
        direction="vertical",
        columns=1,
        values=ring["slot"].tolist(),
        labelExpr=names + "''",
        rowPadding=5,
        labelLimit=280,
        offset=14,
        labelColor=MUTED,
    )
    arcs = (
        alt.Chart(ring)
        .mark_arc(innerRadius=54, outerRadius=80, padAngle=0.015 if len(ring) > 1 else 0, cornerRadius=2)
        .encode(
            theta=alt.Theta("orders:Q", stack=True, sort=None),
            order="rank:O",
            color=alt.Color("slot:N", scale=SCALE, legend=key),
            tooltip=tooltips(status="Status", orders_text="Orders", share_text="Share", detail_text="Made of"),
        )
    )
    return alt.layer(
        arcs,
        _centre(f"{total:,}", "ink", fontSize=20, fontWeight=600, dy=-6),
        _centre("order" if total == 1 else "orders", "muted", fontSize=11, dy=13),
    ).properties(height=height)


def _centre(text: str, slot: str, **mark: object) -> alt.Chart:
    return painted(alt.Chart(pd.DataFrame({"text": [text]})).mark_text(**mark), slot).encode(text="text:N")


def sales_against_rating(products: pd.DataFrame, *, currency: str, height: int = 290) -> alt.LayerChart:
    """One dot per product: rating to the right, net sales upwards in powers of ten.

    products  rating, net_sales (above 0), label (the name of the few to be named, else None), and texts: name,
              net_text, rating_text, number_text
    """
    dots = plotted(products, "rating", "net_sales")
    low = float(dots["rating"].min())
    first = max(1.0, min(low - 0.15, 4.0))
    span = [float(dots["net_sales"].min()) * 0.7, float(dots["net_sales"].max()) * 1.4]
    # With their count, because Vega thins out even given ticks to the theme's number of them.
    ticks = _powers(*span)
    x = alt.X(
        "rating:Q",
        scale=alt.Scale(domain=[first, 5.08], nice=False),
        axis=axis(grid=False, tickCount=5, format=".1f", labelExpr="datum.label+' ★'"),
    )
    y = alt.Y(
        "net_sales:Q",
        scale=alt.Scale(type="log", domain=span, nice=False),
        axis=amount_axis(currency, values=ticks, tickCount=len(ticks), labelOverlap=False),
    )
    named = dots[dots["label"].notna()]
    middle = (first + 5) / 2
    layers = [
        painted(alt.Chart(dots).mark_circle(size=64, opacity=0.62), "accent").encode(
            x,
            y,
            tooltip=tooltips(name="Product", rating_text="Rating", number_text="Ratings", net_text="Net sales"),
        )
    ]
    for rightwards in (True, False):
        side = named[(named["rating"] <= middle) == rightwards]
        if not side.empty:
            layers.append(
                painted(
                    alt.Chart(side).mark_text(
                        align="left" if rightwards else "right",
                        dx=8 if rightwards else -8,
                        fontSize=11,
                        limit=alt.ExprRef("width*0.42"),
                    ),
                    "ink",
                ).encode(x, y, text="label:N")
            )
    return alt.layer(*layers).properties(height=height)


def _powers(low: float, high: float) -> list[float]:
    """Where a logarithmic axis is labelled: powers of ten, and three times them where those alone are too few."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    tens = [10.0**exponent for exponent in exponents if low <= 10.0**exponent <= high]
    if len(tens) >= 3:
        return tens
    return [step * 10.0**exponent for exponent in exponents for step in (1, 3) if low <= step * 10.0**exponent <= high]
