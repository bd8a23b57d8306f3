"""Every metric that was asked for (D6 to D10) is on its page, with the number that the world's own lists give."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median

import duckdb
import pandas as pd
import pyarrow.ipc
import pytest
from conftest import metrics, texts
from published_world import Shop, World, make_world, three_shops
from streamlit.testing.v1 import AppTest
from test_numbers import NOW, booked, placed, total

from app import wording

Read = Callable[..., AppTest]

# What was asked for, the page it was asked for, and where it is found: a headline number, a card, a chart's words, a
# column of a table, or a line of text.
ASKED_FOR = [
    ("D6 total revenue", "overview", "metric", "Net sales"),
    ("D6 orders", "overview", "metric", "Orders"),
    ("D6 average order value", "overview", "metric", "Average order value"),
    ("D6 customers", "overview", "metric", "Customers"),
    ("D6 revenue trend line", "overview", "chart", "Line chart of Net sales by day"),
    ("D6 orders by status, as a pie", "overview", "chart", "Donut of"),
    ("D6 top 5 products by revenue", "overview", "card", "Top 5 products"),
    ("D6 customer segment distribution", "overview", "card", "Customers by segment"),
    ("D7 revenue by product category", "sales", "card", "Revenue by category"),
    ("D7 daily revenue trend", "sales", "card", "Net sales by day"),
    ("D7 order size distribution", "sales", "chart", "Histogram of"),
    ("D7 top 20 products table", "sales", "column", "Product"),
    ("D7 discount effectiveness", "sales", "column", "Against no discount"),
    ("P5 cart abandonment per day", "sales", "chart", "the share of carts left behind by day"),
    ("P6 abandonment rate", "sales", "card", "Carts left behind"),
    ("P6 funnel from cart to order", "sales", "card", "From cart to payment"),
    ("P6 time to purchase", "sales", "text", "Half of the purchases took less than"),
    ("D8 lifetime value distribution", "customers", "card", "Lifetime value of customers"),
    ("M5 simple, predictive and expected value", "customers", "switch", "Simple"),
    ("M7 the error of the estimates beside them", "customers", "metric", "Expected 12-month value"),
    ("D8 top 10 customers by spend", "customers", "card", "Top 10 customers"),
    ("D8 demographics: age group, gender, location", "customers", "card", "Who they are"),
    ("D8 segments one-time, occasional, frequent", "customers", "chart", "one-time, occasional and frequent"),
    ("D8 repeat against one-time", "customers", "card", "Repeat against one-time"),
    ("D9 products by category with ratings", "products", "card", "By category"),
    ("D9 best sellers table", "products", "card", "Best sellers"),
    ("D9 low-stock alerts", "products", "card", "Running out"),
    ("D9 rating distribution", "products", "chart", "from 1 to 5 stars"),
    ("D9 sales categories", "products", "card", "Bestseller, popular, regular"),
    ("D10 today's revenue", "operations", "metric", "Net sales today"),
    ("D10 today's orders", "operations", "metric", "Orders today"),
    ("D10 today's customers", "operations", "metric", "Customers today"),
    ("D10 today's average order value", "operations", "metric", "Average order value"),
    ("D10 7-day trend", "operations", "chart", "last seven days"),
    ("D10 completion rate", "operations", "metric", "Completion rate"),
    ("D10 recent orders table", "operations", "card", "Recent orders"),
    ("D10 average items per order", "operations", "metric", "Items per order"),
]


def charts(page: AppTest) -> dict[str, dict]:
    """The page's charts by their sentence."""
    return {chart.proto.alt: json.loads(chart.proto.spec) for chart in page.get("vega_lite_chart")}


def drawn(page: AppTest, sentence: str, column: str) -> list[dict]:
    """The rows that the chart with this in its sentence draws, of its data with this column."""
    chart = next(chart for chart in page.get("vega_lite_chart") if sentence in chart.proto.alt)
    frames = [pyarrow.ipc.open_stream(data.data.data).read_pandas() for data in chart.proto.datasets]
    return next(frame for frame in frames if column in frame).to_dict("records")


def columns(page: AppTest) -> set[str]:
    frames = [*page.dataframe, *page.table]
    return {column.replace("\u00a0", " ") for frame in frames for column in frame.value.columns}


def table_with(page: AppTest, column: str) -> pd.DataFrame:
    for frame in [*page.dataframe, *page.table]:
        value = frame.value.rename(columns=lambda name: name.replace("\u00a0", " "))
        if column in value.columns:
            return value
    raise AssertionError(f"no table has a column {column}")


@pytest.fixture(scope="module")
def pages(trio_copy: Path) -> dict[str, AppTest]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNTINGHOUSE_DATA_DIR", str(trio_copy))
        app = Path(__file__).resolve().parents[2] / "app" / "streamlit_app.py"
        opened = {}
        for page in ("overview", "sales", "customers", "products", "operations"):
            test = AppTest.from_file(str(app), default_timeout=60)
            opened[page] = (test if page == "overview" else test.switch_page(f"dashboards/{page}.py")).run()
    return opened


@pytest.mark.parametrize(("asked", "page", "kind", "named"), ASKED_FOR, ids=[row[0] for row in ASKED_FOR])
def test_what_was_asked_for_is_there(pages: dict[str, AppTest], asked: str, page: str, kind: str, named: str) -> None:
    shown = pages[page]
    found = {
        "metric": lambda: named in metrics(shown),
        "card": lambda: f"**{named}**" in texts(shown),
        "chart": lambda: any(named in alt for alt in charts(shown)),
        "column": lambda: named in columns(shown),
        "text": lambda: named in texts(shown),
        "switch": lambda: any(named in switch.options for switch in shown.segmented_control),
    }
    assert found[kind](), f"{asked} is not on {page}"


def test_the_donut_has_the_share_of_each_status(pages: dict[str, AppTest], trio: World) -> None:
    counts = Counter(order.status for order in placed(trio, NOW))
    back = counts["refunded"] + counts["partially_refunded"]
    alt = next(alt for alt in charts(pages["overview"]) if alt.startswith("Donut"))
    assert f"Completed {counts['completed']:,} (" in alt
    assert f"Refunded {back:,} ({Decimal(100 * back) / counts.total():.1f}%)" in alt
    assert '"arc"' in json.dumps(next(spec for name, spec in charts(pages["overview"]).items() if name == alt))


def test_the_best_product_is_the_one_that_sold_most(pages: dict[str, AppTest], trio: World) -> None:
    sold = Counter()
    for event in booked(trio, NOW):
        sold[event.order.lines[event.line].product.key] += event.amount
    (best, amount), *_ = sold.most_common(1)
    product = next(product for product in trio.products if product.key == best)
    alt = next(alt for alt in charts(pages["overview"]) if "best-selling" in alt)
    assert f"first {product.name}" in alt
    assert table_with(pages["sales"], "Product")["Net sales"][0] == pytest.approx(float(amount))
    assert len(table_with(pages["sales"], "Product")) == 20


def test_categories_add_up_to_net_sales(pages: dict[str, AppTest], trio: World) -> None:
    sold = Counter()
    for event in booked(trio, NOW):
        sold[event.order.lines[event.line].product.category] += event.amount
    assert sum(sold.values()) == total(booked(trio, NOW))
    (name, amount), *_ = sold.most_common(1)
    alt = next(alt for alt in charts(pages["sales"]) if "by category" in alt)
    assert alt == f"Row bars of net sales by category, first {name} with {wording.money_at_mark(amount, 'USD')}."


def test_discount_bands_count_every_order_once(pages: dict[str, AppTest], trio: World) -> None:
    bands = Counter(order.band for order in placed(trio, NOW))
    shown = table_with(pages["sales"], "Against no discount")
    assert dict(zip(shown["Discount"].str.replace("\u00a0", " "), shown["Orders"], strict=True)) == dict(bands)
    assert sum(shown["Given"]) == -total(booked(trio, NOW), "discounts")


def test_top_customers_are_those_who_spent_most(pages: dict[str, AppTest], trio: World) -> None:
    spent = Counter()
    for event in trio.events():
        if event.order.customer:
            spent[event.order.customer.key] += event.amount
    shown = table_with(pages["customers"], "Last order")
    assert list(shown["Net sales"]) == [amount for _, amount in spent.most_common(10)]


def test_everybody_has_an_age_group_and_the_unknown_are_shown(pages: dict[str, AppTest], trio: World) -> None:
    buyers = {order.customer.key: order.customer for order in trio.orders if order.customer}
    unknown = sum(person.age is None for person in buyers.values())
    rows = drawn(pages["customers"], "by age.", "value")
    assert sum(row["value"] for row in rows) == len(buyers)
    assert (rows[-1]["name"], rows[-1]["value"]) == ("Unknown", unknown)


def test_order_sizes_count_every_order_in_its_step(pages: dict[str, AppTest], trio: World) -> None:
    sizes = [
        sum(order.shop.reporting(line.gross) - order.shop.reporting(line.discount) for line in order.lines)
        for order in placed(trio, NOW)
    ]
    bars = drawn(pages["sales"], "Histogram of", "number")
    for bar in bars[:-1]:
        assert bar["number"] == sum(bar["low"] <= size < bar["high"] for size in sizes), bar
    assert sum(bar["number"] for bar in bars) == len(sizes)
    assert bars[-1]["is_open"]
    alt = next(alt for alt in charts(pages["sales"]) if alt.startswith("Histogram"))
    assert wording.money(Decimal(str(round(median(map(float, sizes)), 2))), "USD") in alt


@pytest.mark.parametrize(("way", "times"), [("So far", 1), ("Simple", 3), ("Predictive", 0.5), ("Expected", 0.25)])
def test_worth_counts_every_customer_in_their_step_by_each_way(
    read: Read, trio: World, trio_copy: Path, way: str, times: float
) -> None:
    """The copy's values are those multiples of what a customer has brought."""
    spent = Counter()
    for event in trio.events():
        if event.order.customer:
            spent[event.order.customer.key] += event.amount
    worth = [float(amount) * times for amount in spent.values() if amount > 0]
    shown = read(trio_copy, "customers")
    shown.segmented_control(key="customers.worth").set_value(way).run()
    bars = drawn(shown, f"lifetime value, {way.lower()}", "number")
    assert sum(bar["number"] for bar in bars) == len(worth)
    inner = bars[1]
    # Rounding to the thousandth moves nobody across an edge by more than that.
    assert inner["number"] == pytest.approx(sum(inner["low"] <= size < inner["high"] for size in worth), abs=1)
    tried = "known on 20 Nov 2025 it expected $1,125 in the 365 days since, $1,000 came: +12.5%"
    assert (tried in texts(shown)) == (way == "Expected")


def test_margin_of_cohorts_says_how_much_of_it_is_known(read: Read, trio_copy: Path) -> None:
    """The copy's profit is a quarter of all sales, and the cost of four fifths is known: 0.25 / 0.8 = 31.25 %."""
    shown = read(trio_copy, "customers")
    shown.segmented_control(key="customers.cohorts").set_value("Margin").run()
    assert not shown.exception
    assert {cell["text"] for cell in drawn(shown, "Heat map of margin", "cohort")} == {"31%"}
    assert "Cost known for " in texts(shown)


def test_repeat_and_one_time_are_everybody(pages: dict[str, AppTest], trio: World) -> None:
    orders = Counter(order.customer.key for order in trio.orders if order.customer)
    again = sum(number > 1 for number in orders.values())
    assert any(f"{again:,} repeat and {len(orders) - again:,} one-time" in alt for alt in charts(pages["customers"]))


def test_low_stock_lists_what_has_least(pages: dict[str, AppTest], trio: World) -> None:
    shown = table_with(pages["products"], "Days of cover")
    levels = Counter(shown["Level"])
    assert levels["Out of Stock"] == sum(product.stock == 0 for product in trio.products)
    assert levels["Critical"] == sum(0 < product.stock < 5 for product in trio.products)
    assert shown["Level"].iloc[0] == "Out of Stock"


def test_ratings_count_every_review(pages: dict[str, AppTest], trio: World) -> None:
    stars = Counter(star for product in trio.products for star in product.ratings)
    alt = next(alt for alt in charts(pages["products"]) if "stars" in alt)
    mean = Decimal(sum(star * number for star, number in stars.items())) / stars.total()
    assert alt.startswith(f"Columns of {stars.total():,} ratings from 1 to 5 stars, {mean:.1f} on average")


def test_recent_orders_are_the_newest_twelve(pages: dict[str, AppTest], trio: World) -> None:
    newest = sorted(trio.orders, key=lambda order: (order.at, order.key), reverse=True)[:12]
    shown = table_with(pages["operations"], "Placed")
    assert len(shown) == 12
    assert shown["Order"].iloc[0] == f"#{newest[0].number}"


def test_the_last_seven_days_add_up(pages: dict[str, AppTest], trio: World) -> None:
    rows = drawn(pages["operations"], "last seven days", "is_unfinished")
    week = total(booked(trio, (date(2026, 11, 14), date(2026, 11, 20))))
    assert sum(row["now"] for row in rows) == pytest.approx(float(week))
    assert [row["is_unfinished"] for row in rows] == [False] * 6 + [True]


def test_the_last_seven_days_are_the_same_in_every_shop(copies: Callable[..., Path], read: Read) -> None:
    """On 20 November, 09:40 UTC, it is the 20th in three shops, and on Samoa twenty to eleven at night of the 19th."""
    world = make_world([*three_shops(), Shop("shop-as", timezone="Pacific/Pago_Pago")], people=200, days=40)
    rows = drawn(read(copies(world), "operations"), "last seven days", "is_unfinished")
    days = [date(2026, 11, day) for day in range(14, 21)]
    assert [row["day"] for row in rows] == ["Sat 14", "Sun 15", "Mon 16", "Tue 17", "Wed 18", "Thu 19", "Fri 20"]
    assert [row["now"] for row in rows] == [pytest.approx(float(total(booked(world, (day, day))))) for day in days]
    assert [row["is_unfinished"] for row in rows] == [False] * 5 + [True] * 2


@pytest.mark.parametrize("page", ["overview", "sales", "customers", "products", "operations", "health"])
def test_a_page_stays_within_its_budget(
    monkeypatch: pytest.MonkeyPatch, read: Read, trio_copy: Path, tmp_path: Path, page: str
) -> None:
    from app.queries import published

    asked: list[str] = []

    class Counted:
        """A connection whose cursors count what they are asked."""

        def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
            self.connection = connection

        def cursor(self) -> "Counted":
            return Counted(self.connection.cursor())

        def __enter__(self) -> "Counted":
            return self

        def __exit__(self, *_: object) -> None:
            self.connection.close()

        def execute(self, sql: str, parameters: object) -> duckdb.DuckDBPyConnection:
            asked.append(sql)
            return self.connection.execute(sql, parameters)

        def close(self) -> None:
            self.connection.close()

    original = published.read_published
    monkeypatch.setattr(published, "read_published", lambda path: Counted(original(path)))
    # A path of its own, so that no other test has filled the cache.
    shown = read(shutil.copytree(trio_copy, tmp_path / "data", symlinks=True), page)
    assert not shown.exception
    assert 0 < len(asked) <= 12, len(asked)
    assert len(shown.get("vega_lite_chart")) <= 8
    asked.clear()
    shown.run()
    assert asked == []
