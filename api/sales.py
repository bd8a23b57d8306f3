"""Sales over time and by what they are made of: the same sums as the dashboards, from the same marts."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field

from api.answers import AtDesk
from api.filters import Asked, Currency, Days, Limit, Store, chosen_stores, last_day, money_of, scope_of
from api.published import Copy
from api.schemas import Answer, Money, Period, Told, published, responses

router = APIRouter(prefix="/api/sales", tags=["sales"])

OF_STORES = "store IN (SELECT unnest($stores))"
DURING = "BETWEEN $first::DATE AND $last::DATE"


class Summary(Told):
    """What the last days came to. The days end with the last that is over in every store."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "days_analyzed": 30,
                    "total_revenue": 100793.426,
                    "total_orders": 818,
                    "avg_daily_revenue": 3359.781,
                    "avg_order_value": 126.227,
                }
            ]
        },
    )

    days_analyzed: int
    total_revenue: Money = Field(description="Net sales.")
    total_orders: int
    avg_daily_revenue: Money
    avg_order_value: Money | None = Field(description="Null without orders.")


class Trend(Told):
    """A day, and the month it lies in."""

    sale_date: date
    daily_revenue: Money = Field(description="Net sales.")
    daily_orders: int
    monthly_revenue: Money = Field(description="Net sales of the month; of the newest one, so far.")
    mom_revenue_growth_percent: float | None = Field(
        description="Change against the whole month before; null where it had no sales or is not known."
    )


class Amounts(Told):
    """The parts of sales."""

    gross_sales: Money
    discounts: Money = Field(description="A positive number, subtracted.")
    returns: Money = Field(description="A positive number, subtracted, on the day of the return.")
    net_sales: Money


class Day(Amounts):
    """One day of the chosen stores together."""

    date: date
    orders: int
    customers: int = Field(description="Different people; days cannot be added up.")
    new_customers: int
    units: int
    shipping: Money
    taxes: Money
    total_sales: Money
    avg_order_value: Money | None


class Part(Amounts):
    """One value of a dimension."""

    name: str | None = Field(description="Null: not tied to any, or not known.")
    total_sales: Money
    orders: int = Field(description="Orders placed in the period; of products, those in which it was ordered.")


class DaysTold(Period):
    """What was counted."""

    stores: list[str]
    currency_code: str


class Daily(Answer[list[Day]]):
    """Days, and what they are of."""

    scope: DaysTold


class Parts(Answer[list[Part]]):
    """Values of a dimension, and what they are of."""

    scope: DaysTold


class AskedSummary(Asked):
    """How many days, of which stores, in which money."""

    days: Annotated[int, Field(ge=1, le=3660, description="The last so many days that are over.")] = 30
    store: Store
    currency: Currency = "reporting"


class AskedTrends(Asked):
    """How many months, of which stores, in which money."""

    months: Annotated[int, Field(ge=1, le=120, description="The last so many months, the present one included.")] = 6
    store: Store
    currency: Currency = "reporting"


SUMMARY = f"""
SELECT
    $days::INTEGER AS days_analyzed,
    coalesce(sum(net_sales{{money}}), 0)::DECIMAL(18, 3) AS total_revenue,
    coalesce(sum(orders), 0)::BIGINT AS total_orders,
    (coalesce(sum(net_sales{{money}}), 0) / $days)::DECIMAL(18, 3) AS avg_daily_revenue,
    (sum(order_value{{money}}) / nullif(sum(orders), 0))::DECIMAL(18, 3) AS avg_order_value
FROM marts.daily_revenue
WHERE {OF_STORES} AND date_key BETWEEN $last::DATE - ($days - 1)::INTEGER AND $last::DATE
"""


def summary_of(copy: Copy, asked: AskedSummary) -> dict[str, Any]:
    """The sums of the last finished days."""
    stores = chosen_stores(copy, asked.store)
    _, money = money_of(copy, stores, asked.currency)
    (row,) = copy.rows(SUMMARY.format(money=money), days=asked.days, stores=stores, last=last_day(copy, stores))
    return row


@router.get("/summary", response_model=Summary, responses=responses(404, 409))
async def summary(asked: Annotated[AskedSummary, Query()], desk: AtDesk) -> Response:
    """What the last days came to: revenue is net sales, as on the dashboards."""
    return await desk.answer(lambda copy: summary_of(copy, asked))


# The same rule as in monthly_sales, for any choice of stores: growth is against the month before, where it sold.
TRENDS = f"""
WITH days AS (
    SELECT day::DATE AS sale_date, date_trunc('month', day)::DATE AS month_date
    FROM generate_series(
        greatest(date_trunc('month', $last::DATE) - to_months($months - 1), date_trunc('month', $known_from::DATE)),
        $last::DATE::TIMESTAMP, INTERVAL 1 DAY
    ) AS days(day)
), daily AS (
    SELECT date_key AS sale_date, sum(net_sales{{money}}) AS revenue, sum(orders) AS orders
    FROM marts.daily_revenue WHERE {OF_STORES} AND date_key <= $last::DATE GROUP BY date_key
), monthly AS (
    SELECT date_trunc('month', sale_date)::DATE AS month_date, sum(revenue) AS revenue FROM daily GROUP BY ALL
)
SELECT
    sale_date, coalesce(daily.revenue, 0)::DECIMAL(18, 3) AS daily_revenue, coalesce(orders, 0)::BIGINT AS daily_orders,
    coalesce(monthly.revenue, 0)::DECIMAL(18, 3) AS monthly_revenue,
    CASE WHEN former.revenue > 0
        THEN round(100 * (coalesce(monthly.revenue, 0) - former.revenue) / former.revenue, 2)::DOUBLE END
        AS mom_revenue_growth_percent
FROM days
LEFT JOIN daily USING (sale_date)
LEFT JOIN monthly USING (month_date)
LEFT JOIN monthly AS former ON former.month_date = days.month_date - INTERVAL 1 MONTH
WHERE sale_date >= $known_from::DATE
ORDER BY sale_date
"""
FIRST_DAY = f"SELECT min(date_key) AS day FROM marts.daily_revenue WHERE {OF_STORES}"


def trends_of(copy: Copy, asked: AskedTrends) -> list[dict[str, Any]]:
    """Every day of the last months from the first sale on; days without sales are 0."""
    stores = chosen_stores(copy, asked.store)
    _, money = money_of(copy, stores, asked.currency)
    (first,) = copy.rows(FIRST_DAY, stores=stores)
    if first["day"] is None:
        return []
    bound = {"months": asked.months, "stores": stores, "last": last_day(copy, stores), "known_from": first["day"]}
    return copy.rows(TRENDS.format(money=money), **bound)


@router.get("/trends", response_model=list[Trend], responses=responses(404, 409))
async def trends(asked: Annotated[AskedTrends, Query()], desk: AtDesk) -> Response:
    """Day by day over the last months, with each month's revenue and its growth on the month before."""
    return await desk.answer(lambda copy: trends_of(copy, asked))


DAILY = f"""
WITH booked AS (
    SELECT date_key AS date, sum(orders)::BIGINT AS orders, sum(new_customers)::BIGINT AS new_customers,
        sum(units)::BIGINT AS units,
        {", ".join(f"coalesce(sum({name}{{money}}), 0)::DECIMAL(18, 3) AS {name}" for name in
                   ("gross_sales", "discounts", "returns", "net_sales", "shipping", "taxes", "total_sales"))},
        (sum(order_value{{money}}) / nullif(sum(orders), 0))::DECIMAL(18, 3) AS avg_order_value
    FROM marts.daily_revenue
    WHERE {OF_STORES} AND date_key {DURING}
    GROUP BY date_key
), people AS (
    SELECT order_date AS date, count(DISTINCT customer_key) AS customers
    FROM marts.fact_orders
    WHERE {OF_STORES} AND is_sale AND order_date {DURING}
    GROUP BY order_date
)
SELECT booked.*, coalesce(customers, 0) AS customers FROM booked LEFT JOIN people USING (date) ORDER BY date
"""  # fmt: skip


def daily_of(copy: Copy, asked: Days) -> dict[str, Any]:
    """The days on which anything was booked."""
    scope = scope_of(copy, asked)
    rows = copy.rows(DAILY.format(money=scope.money), **scope.parameters)
    return {"published": published(copy), "scope": scope.told, "data": rows}


@router.get("/daily", response_model=Daily, responses=responses(404, 409))
async def daily(asked: Annotated[Days, Query()], desk: AtDesk) -> Response:
    """Each day on which anything was booked, the chosen stores together."""
    return await desk.answer(lambda copy: daily_of(copy, asked))


Dimension = Literal[
    "store", "platform", "currency", "category", "brand", "product", "channel", "country", "segment", "month", "weekday"
]
# What an event belongs to, and what has to be joined to know it. Stores and days are in the ledger itself.
NAMES: dict[str, tuple[str, str]] = {
    "store": ("ledger.store", ""),
    "platform": ("platform", "JOIN marts.dim_stores AS shops ON shops.store = ledger.store"),
    "currency": ("ledger.currency_code", ""),
    "category": ("category_name", "LEFT JOIN marts.dim_products AS goods USING (product_key)"),
    "brand": ("brand", "LEFT JOIN marts.dim_products AS goods USING (product_key)"),
    "product": (
        "coalesce(goods.product_name, product_key)",
        "LEFT JOIN marts.dim_products AS goods USING (product_key)",
    ),
    "channel": ("channel", "JOIN marts.fact_orders AS orders USING (order_key)"),
    "country": ("country_code", "JOIN marts.fact_orders AS orders USING (order_key)"),
    "segment": ("customer_segment", "LEFT JOIN marts.dim_customers AS people USING (customer_key)"),
    "month": ("strftime(ledger.event_date, '%Y-%m')", ""),
    "weekday": ("dayname(ledger.event_date)", ""),
}
ORDERS_OF_GOODS = "count(DISTINCT ledger.order_key) FILTER (WHERE action = 'order' AND measure = 'gross_sales')"
# Orders of the other dimensions, counted from the orders, which is how daily_revenue counts them.
ORDER_NAMES = {
    "store": "store",
    "platform": "platform",
    "currency": "placed.currency_code",
    "channel": "channel",
    "country": "country_code",
    "segment": "customer_segment",
    "month": "strftime(order_date, '%Y-%m')",
    "weekday": "dayname(order_date)",
}
BY = f"""
WITH booked AS (
    SELECT
        {{name}} AS name,
        coalesce(sum(amount{{money}}) FILTER (WHERE measure = 'gross_sales'), 0) AS gross_sales,
        -coalesce(sum(amount{{money}}) FILTER (WHERE measure = 'discounts'), 0) AS discounts,
        -coalesce(sum(amount{{money}}) FILTER (WHERE measure = 'returns'), 0) AS returns,
        coalesce(sum(amount{{money}}), 0) AS total_sales,
        {ORDERS_OF_GOODS} AS orders_of_goods
    FROM marts.fact_sales_ledger AS ledger {{join}}
    WHERE ledger.{OF_STORES} AND event_date {DURING} AND measure <> 'gift_cards'
    GROUP BY 1
){{placed}}
SELECT
    booked.name, gross_sales::DECIMAL(18, 3) AS gross_sales, discounts::DECIMAL(18, 3) AS discounts,
    returns::DECIMAL(18, 3) AS returns, (gross_sales - discounts - returns)::DECIMAL(18, 3) AS net_sales,
    total_sales::DECIMAL(18, 3) AS total_sales, coalesce({{orders}}, 0)::BIGINT AS orders
FROM booked {{join_placed}}
ORDER BY net_sales DESC, booked.name NULLS LAST
LIMIT $limit
"""
PLACED = f""", placed AS (
    SELECT {{name}} AS name, count(*) AS orders
    FROM marts.fact_orders AS placed
    JOIN (SELECT store, platform FROM marts.dim_stores) USING (store) {{join}}
    WHERE {OF_STORES} AND is_sale AND order_date {DURING}
    GROUP BY 1
)"""


class AskedParts(Days):
    """The same, and how many values."""

    limit: Limit = 50


def by_of(copy: Copy, dimension: str, asked: AskedParts) -> dict[str, Any]:
    """Sums by the values of a dimension, the largest first."""
    scope = scope_of(copy, asked)
    name, join = NAMES[dimension]
    placed = ORDER_NAMES.get(dimension)
    join_people = "LEFT JOIN marts.dim_customers USING (customer_key)" if dimension == "segment" else ""
    sql = BY.format(
        name=name,
        join=join,
        money=scope.money,
        placed=PLACED.format(name=placed, join=join_people) if placed else "",
        orders="placed.orders" if placed else "orders_of_goods",
        join_placed="LEFT JOIN placed ON placed.name IS NOT DISTINCT FROM booked.name" if placed else "",
    )
    rows = copy.rows(sql, **scope.parameters, limit=asked.limit)
    return {"published": published(copy), "scope": scope.told, "data": rows}


@router.get("/by/{dimension}", response_model=Parts, responses=responses(404, 409))
async def by(
    dimension: Annotated[Dimension, Path(description="What to split by.")],
    asked: Annotated[AskedParts, Query()],
    desk: AtDesk,
) -> Response:
    """Sales of a period split by a dimension, the largest value first."""
    return await desk.answer(lambda copy: by_of(copy, dimension, asked))
