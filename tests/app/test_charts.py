"""Charts as specifications: what is drawn, in which slot, from which frame."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pytest

from app import charts
from app.charts.theme import SLOTS

ROOT = Path(__file__).resolve().parents[2]


def layers(chart: alt.TopLevelMixin) -> list[dict]:
    """Every unit of a chart, however deep its layers are."""

    def units(spec: dict) -> list[dict]:
        return [unit for layer in spec["layer"] for unit in units(layer)] if "layer" in spec else [spec]

    return units(chart.to_dict())


def mark(spec: dict) -> str:
    return spec["mark"]["type"] if isinstance(spec["mark"], dict) else spec["mark"]


def rows(chart: alt.TopLevelMixin, *columns: str) -> list[dict]:
    """The chart's data that has these columns."""
    return next(data for data in chart.to_dict()["datasets"].values() if set(columns) <= set(data[0]))


def steps(days: int = 5, **columns: Any) -> pd.DataFrame:
    first = [date(2026, 11, 1) + timedelta(days=day) for day in range(days)]
    frame = {"first": first, "step": [str(day) for day in first], "now": [Decimal(day) for day in range(days)]}
    frame |= {"before": [Decimal(1)] * days, "now_text": "a", "before_text": "b", "change_text": "c"}
    return pd.DataFrame(frame | columns)


def test_a_trend_draws_the_comparison_grey_and_dashed_under_the_period() -> None:
    marks = layers(charts.trend(steps(), currency="USD"))
    lines = [spec for spec in marks if mark(spec) == "line"]
    assert [spec["encoding"]["y"]["field"] for spec in lines] == ["before", "now"]
    assert lines[0]["mark"]["strokeDash"] == [4, 3]
    assert [spec["encoding"]["color"]["field"] for spec in lines] == ["slot_grey", "slot_accent"]


def test_a_trend_without_a_comparison_draws_one_line() -> None:
    marks = layers(charts.trend(steps(before=[None] * 5), currency="USD"))
    assert [spec["encoding"]["y"]["field"] for spec in marks if mark(spec) == "line"] == ["now"]


def test_what_is_not_known_is_not_drawn_as_zero() -> None:
    chart = charts.trend(steps(3, now=[Decimal(5), None, Decimal(0)]), currency="USD")
    assert [row["now"] for row in rows(chart, "now", "before")] == [5.0, None, 0.0]


def test_trends_begin_at_zero() -> None:
    for spec in layers(charts.trend(steps(), currency="USD")):
        if "scale" in spec["encoding"].get("y", {}):
            assert spec["encoding"]["y"]["scale"]["zero"] is True


def test_an_unusual_day_is_an_amber_band_as_wide_as_the_day() -> None:
    band = pd.DataFrame({"first": [date(2026, 11, 3)], "last": [date(2026, 11, 3)]})
    chart = charts.trend(steps(), currency="USD", bands=band)
    drawn = next(spec for spec in layers(chart) if mark(spec) == "rect")
    assert drawn["encoding"]["color"]["field"] == "slot_warn"
    assert rows(chart, "last") == [{"first": "2026-11-02T12:00:00", "last": "2026-11-03T12:00:00"}]


def test_store_lines_are_named_at_their_ends_and_apart() -> None:
    series = [("shop-us", 0), ("shop.de", 1), ("Other", 4)]
    frame = pd.concat([steps(series=name, rank=rank, now=[Decimal(10)] * 5) for name, rank in series])
    chart = charts.store_lines(frame, currency="USD", height=250)
    ends = sorted(row["label_y"] for row in rows(chart, "label_y"))
    assert all(later - earlier >= 10 * 16 / 250 - 1e-9 for earlier, later in pairwise(ends))
    slots = {row["series"]: row["slot"] for row in rows(chart, "series", "slot", "now")}
    assert slots == {"shop-us": "accent", "shop.de": "orange", "Other": "grey"}


def test_a_store_line_ends_where_its_data_end() -> None:
    frame = steps(3, now=[Decimal(4), Decimal(5), None], series="a", rank=0)
    assert rows(charts.store_lines(frame, currency="USD"), "label_y")[0]["label_y"] == 5.0


def test_row_bars_keep_their_order_and_two_of_one_name() -> None:
    frame = pd.DataFrame(
        {"name": ["Lamp", "Lamp", "Mug"], "value": [Decimal(9), Decimal(7), Decimal(-1)], "value_text": "x"}
    )
    chart = charts.row_bars(frame, value_title="Net sales", row_height=40)
    data = rows(chart, "row")
    assert [row["row"] for row in data] == [0, 1, 2]
    assert [row["bar"] for row in data] == [9.0, 7.0, 0.0]
    assert chart.to_dict()["height"] == 120


def test_a_donut_has_at_most_five_slices_with_their_words() -> None:
    frame = pd.DataFrame(
        [("Completed", "accent", 9, "9", "90.0%", ""), ("Refunded", "warn", 1, "1", "10.0%", "")],
        columns=["status", "slot", "orders", "orders_text", "share_text", "detail_text"],
    )
    arc = next(spec for spec in layers(charts.donut(frame)) if mark(spec) == "arc")
    assert "Completed · 9 · 90.0%" in arc["encoding"]["color"]["legend"]["labelExpr"]
    assert arc["encoding"]["color"]["legend"]["values"] == ["accent", "warn"]


def test_a_histogram_says_that_its_last_bin_is_open() -> None:
    bins = pd.DataFrame(
        {"low": [0, 25, 50], "high": [25, 50, 75], "number": [3, 2, 1], "is_open": [False, False, True]}
    ).assign(number_text="n", range_text="r", share_text="s")
    chart = charts.histogram(bins, currency="USD", count_title="Orders", rules=[(20.0, "Median $20")])
    bars = next(spec for spec in layers(chart) if mark(spec) == "rect")
    assert "datum.value==75.0" in bars["encoding"]["x"]["axis"]["labelExpr"]
    assert bars["encoding"]["x"]["scale"]["domain"] == [0.0, 75.0]


def test_items_stand_on_their_number() -> None:
    bins = pd.DataFrame({"low": [1, 2], "high": [2, 3], "number": [3, 2], "is_open": [False, False]}).assign(
        number_text="n", range_text="r", share_text="s"
    )
    chart = charts.histogram(bins, currency=None, count_title="Orders", rules=[], is_counted=True)
    assert [(row["low"], row["high"]) for row in rows(chart, "low")] == [(0.5, 1.5), (1.5, 2.5)]


def test_an_unfinished_day_is_an_outline() -> None:
    frame = pd.DataFrame({"day": ["Thu 19", "Fri 20"], "is_unfinished": [False, True]}).assign(
        step="s",
        now=[Decimal(2), Decimal(1)],
        before=[Decimal(1), None],
        now_text="n",
        before_text="b",
        change_text="c",
    )
    bars = next(spec for spec in layers(charts.week_columns(frame, currency="USD")) if mark(spec) == "bar")
    assert bars["encoding"]["fillOpacity"] == {"condition": {"test": "datum.is_unfinished", "value": 0.15}, "value": 1}


def test_a_bridge_leaves_room_for_its_amounts() -> None:
    frame = pd.DataFrame(
        [("Gross sales", Decimal(0), Decimal(100), "grey"), ("− Returns", Decimal(100), Decimal(90), "orange")],
        columns=["step", "start", "end", "slot"],
    ).assign(text="t", exact_text="e")
    chart = charts.bridge(frame)
    assert layers(chart)[0]["encoding"]["x"]["scale"]["domain"] == [0.0, 126.0]
    assert [(row["low"], row["high"]) for row in rows(chart, "low")] == [(0.0, 100.0), (90.0, 100.0)]


def test_cells_turn_their_text_at_half_of_the_scale() -> None:
    frame = pd.DataFrame(
        {"cohort": ["a", "a"], "months_since": [1, 2], "value": [Decimal("0.1"), Decimal("0.3")]}
    ).assign(text="t", cohort_text="c", active_text="a", size_text="s")
    chart = charts.cohorts(frame, top=0.4, text="Retention")
    assert [row["tone"] for row in rows(chart, "tone")] == ["ink", "page"]
    colour = layers(chart)[0]["encoding"]["color"]["scale"]
    assert (colour["type"], colour["domain"]) == ("quantize", [0, 0.4])


def test_the_grid_can_be_clicked() -> None:
    frame = pd.DataFrame([(r, f) for r in range(1, 6) for f in range(1, 6)], columns=["r_score", "f_score"]).assign(
        customers=3, customers_text="3", value_text="$1", segment="Champions", segment_text="Champions"
    )
    assert charts.recency_frequency(frame).to_dict()["params"][0]["name"] == "cell"


def test_dots_are_on_a_logarithmic_axis_with_powers_of_ten() -> None:
    frame = pd.DataFrame({"rating": [4.5, 2.0], "net_sales": [Decimal(20), Decimal(50000)], "label": [None, "Lamp"]})
    frame = frame.assign(name="n", net_text="t", rating_text="r", number_text="5")
    dots = layers(charts.sales_against_rating(frame, currency="USD"))[0]
    assert dots["encoding"]["y"]["scale"]["type"] == "log"
    assert dots["encoding"]["y"]["axis"]["values"] == [100.0, 1000.0, 10000.0]
    assert dots["encoding"]["y"]["axis"]["tickCount"] == 3


@pytest.mark.parametrize(("currency", "label"), [("USD", "'$'+"), ("EUR", "'€'+"), ("CHF", "+' CHF'")])
def test_axes_carry_their_currency(currency: str, label: str) -> None:
    spec = json.dumps(charts.trend(steps(), currency=currency).to_dict(), ensure_ascii=False)
    assert label in spec


def test_no_colour_is_written_in_python() -> None:
    hexes = re.compile(r"#[0-9A-Fa-f]{6}\b")
    assert [str(path) for path in (ROOT / "app").rglob("*.py") if hexes.search(path.read_text())] == []


def test_the_slots_are_the_themes_colours_in_both_modes() -> None:
    config = (ROOT / ".streamlit" / "config.toml").read_text()
    lists = re.findall(r"chartCategoricalColors = \[(.*?)\]", config)
    assert [len(found.split(",")) for found in lists] == [len(SLOTS)] * 2


def test_charts_know_no_streamlit() -> None:
    for path in (ROOT / "app" / "charts").glob("*.py"):
        assert "streamlit as st" not in path.read_text()
