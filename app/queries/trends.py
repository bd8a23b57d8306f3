"""The course of the main measures over the period, and the days in it that are not like their weekday."""

from datetime import timedelta
from typing import Any

import pandas as pd

from app.queries.published import ask
from app.view import View, first_order_day, grain_of

# A week is seven days counted back from the end of the period, not from Monday: so the last step is always whole, and
# the comparison's steps cover the same days of the week.
STEP = {
    "day": "day",
    "week": "$last::DATE - (7 * (($last::DATE - day) // 7) + 6)::INTEGER",
    "month": "date_trunc('month', day)::DATE",
}
IS_WHOLE = {"day": "TRUE", "week": "days = 7", "month": "days = day(last_day(first))"}


def calendar(grain: str) -> str:
    """SQL of two CTEs: `calendar` (day, first) and `steps` (first, last, days) of the period."""
    return f"""
calendar AS (
    SELECT day, ({STEP[grain]})::DATE AS first
    FROM (SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day)
), steps AS (
    SELECT first, max(day) AS last, count(*) AS days FROM calendar GROUP BY first
)"""


def span(view: View) -> dict[str, Any]:
    """The parameters that every question about a period binds."""
    before = view.comparison
    return {
        "first": view.period.first,
        "last": view.period.last,
        "before_first": before.first if before else None,
        "before_last": before.last if before else None,
        "stores": view.store_names,
    }


def during(column: str) -> str:
    """SQL condition: this column's day is in the period."""
    return f"{column} BETWEEN $first::DATE AND $last::DATE"


def before(column: str) -> str:
    """SQL condition: this column's day is in the period compared with; never true without a comparison."""
    return f"{column} BETWEEN $before_first::DATE AND $before_last::DATE"


def course(view: View) -> pd.DataFrame:
    """One row per day, week or month: first, last, net_sales, order_value, orders, customers, and each as `_before`.

    None stands where nothing is known: after the stores' data ends, and before their first order.
    """
    money, value = f"net_sales{view.money_suffix}", f"order_value{view.money_suffix}"
    grain = grain_of(view.period)
    shift = (view.period.first - view.comparison.first).days if view.comparison else None
    sql = f"""
WITH {calendar(grain)}, booked AS (
    SELECT first, sum({money}) AS net_sales, sum({value}) AS order_value, sum(orders) AS orders
    FROM calendar JOIN marts.daily_revenue ON date_key = day
    WHERE store IN (SELECT unnest($stores)) GROUP BY first
), booked_before AS (
    SELECT first, sum({money}) AS net_sales, sum({value}) AS order_value, sum(orders) AS orders
    FROM calendar JOIN marts.daily_revenue ON date_key = day - $shift::INTEGER
    WHERE store IN (SELECT unnest($stores)) GROUP BY first
), people AS (
    SELECT first, count(DISTINCT customer_key) AS customers
    FROM calendar JOIN marts.fact_orders ON order_date = day
    WHERE store IN (SELECT unnest($stores)) AND is_sale GROUP BY first
), known AS (
    SELECT
        *,
        last <= $known_until::DATE AND last >= $known_from::DATE AS is_known,
        coalesce(last - $shift::INTEGER >= $known_from::DATE, FALSE) AS is_known_before
    FROM steps WHERE {IS_WHOLE[grain]}
)
SELECT
    first, last,
    CASE WHEN is_known THEN coalesce(booked.net_sales, 0) END AS net_sales,
    CASE WHEN is_known THEN coalesce(booked.order_value, 0) END AS order_value,
    CASE WHEN is_known THEN coalesce(booked.orders, 0) END AS orders,
    CASE WHEN is_known THEN coalesce(customers, 0) END AS customers,
    CASE WHEN is_known_before THEN coalesce(booked_before.net_sales, 0) END AS net_sales_before,
    CASE WHEN is_known_before THEN coalesce(booked_before.order_value, 0) END AS order_value_before,
    CASE WHEN is_known_before THEN coalesce(booked_before.orders, 0) END AS orders_before
FROM known
LEFT JOIN booked USING (first)
LEFT JOIN booked_before USING (first)
LEFT JOIN people USING (first)
ORDER BY first
"""
    return ask(
        view.copy,
        sql,
        first=view.period.first,
        last=view.period.last,
        shift=shift,
        stores=view.store_names,
        known_from=view.known_from,
        known_until=view.known_until,
    )


# Eight weeks of the same weekday say what is usual; nine weeks before the period give the first day its eight.
HISTORY = timedelta(days=63)


def unusual(view: View) -> pd.DataFrame:
    """The largest stretches of days on which one store sold far more or less than on that weekday before.

    A day counts beyond 3 median absolute deviations of its store's last eight same weekdays, and a quarter away from
    their median; a stretch is two such days in a row in one direction, or one day beyond 6 deviations. Stores that
    usually sell fewer than five orders a day are left out: there every day is unlike the others.
    returns  at most two rows, largest first: store, first, last, sold, usual
    """
    if grain_of(view.period) != "day":
        return pd.DataFrame(columns=["store", "first", "last", "sold", "usual"])
    money = f"net_sales{view.money_suffix}"
    sql = f"""
WITH shops AS (
    SELECT unnest($stores) AS store, unnest($first_days)::DATE AS first_day, unnest($last_days)::DATE AS last_day
), days AS (
    SELECT unnest(generate_series($history::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day
), sold AS (
    SELECT shops.store, day, coalesce({money}, 0)::DOUBLE AS sold, coalesce(orders, 0) AS orders
    FROM shops
    JOIN days ON day BETWEEN first_day AND last_day
    LEFT JOIN marts.daily_revenue ON daily_revenue.store = shops.store AND date_key = day
), usual AS (
    SELECT
        *, median(sold) OVER weekday AS usual, mad(sold) OVER weekday AS deviation, count(*) OVER weekday AS weeks,
        median(orders) OVER weekday AS usual_orders
    FROM sold
    WINDOW weekday AS (PARTITION BY store, isodow(day) ORDER BY day ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING)
), odd AS (
    SELECT *, sign(sold - usual) AS direction, abs(sold - usual) / deviation AS deviations
    FROM usual
    WHERE weeks = 8 AND deviation > 0 AND usual > 0 AND usual_orders >= 5 AND day >= $first::DATE
        AND abs(sold - usual) > 3 * deviation AND abs(sold - usual) > usual / 4
), stretches AS (
    SELECT *, day - row_number() OVER (PARTITION BY store, direction ORDER BY day)::INTEGER AS stretch FROM odd
)
SELECT store, min(day) AS first, max(day) AS last, sum(sold) AS sold, sum(usual) AS usual
FROM stretches
GROUP BY store, direction, stretch
HAVING count(*) >= 2 OR max(deviations) > 6
ORDER BY abs(sum(sold) - sum(usual)) DESC
LIMIT 2
"""
    return ask(
        view.copy,
        sql,
        first=view.period.first,
        last=view.period.last,
        history=view.period.first - HISTORY,
        stores=view.store_names,
        first_days=tuple(first_order_day((store,)) for store in view.stores),
        last_days=view.known_until_by_store,
    )
