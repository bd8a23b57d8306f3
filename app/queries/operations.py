"""Operations: is today normal, and what must be done now."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from app.queries.published import ask
from app.view import Store, View

WEEK = timedelta(days=7)
NET = "measure IN ('gross_sales', 'discounts', 'returns')"


@dataclass(frozen=True)
class Clock:
    """One store's today, up to the minute its data reach, and the same stretch a week earlier. Instants are UTC."""

    store: str
    today: date
    until: datetime
    week_ago: date
    week_ago_until: datetime


def clocks(view: View) -> tuple[Clock, ...]:
    """The stores whose data reach into today; today is the day of the newest data in the store's own time zone."""
    return tuple(
        clock_of(store, view.as_of_at)
        for store in view.stores
        if store.as_of_at and store.local(store.as_of_at).date() >= store.local(view.as_of_at).date()
    )


def clock_of(store: Store, as_of_at: datetime) -> Clock:
    """A week earlier by the reading of the store's clock, so that a clock change moves no minute into another day."""
    until = min(store.as_of_at or as_of_at, as_of_at)
    local = store.local(until)
    return Clock(store.name, local.date(), until, local.date() - WEEK, store.utc(local - WEEK))


CLOCKS = """
WITH clocks AS (
    SELECT
        unnest($stores) AS store, unnest($todays)::DATE AS today, unnest($untils)::TIMESTAMP AS until,
        unnest($week_agos)::DATE AS week_ago, unnest($week_ago_untils)::TIMESTAMP AS week_ago_until
)"""


def bound(stores: tuple[Clock, ...]) -> dict:
    """The clocks as lists to bind."""
    return {
        "stores": tuple(clock.store for clock in stores),
        "todays": tuple(clock.today for clock in stores),
        "untils": tuple(clock.until for clock in stores),
        "week_agos": tuple(clock.week_ago for clock in stores),
        "week_ago_untils": tuple(clock.week_ago_until for clock in stores),
    }


def today(view: View) -> pd.Series | None:
    """Today until the data's minute, and the same weekday until the same minute.

    returns  net_sales, order_value, orders, customers, each also `_before`; None when no chosen store's data
             reach into today
    """
    present = clocks(view)
    if not present:
        return None
    amount = f"amount{view.money_suffix}"
    is_today, was_then = "{0}_date = today AND {1} <= until", "{0}_date = week_ago AND {1} <= week_ago_until"
    event, event_before = is_today.format("event", "event_at"), was_then.format("event", "event_at")
    placed, placed_before = is_today.format("order", "ordered_at"), was_then.format("order", "ordered_at")
    # What an order is worth today, as the definitions say: as it was placed, the day's net sales, or what it kept.
    worth = {"shopify": "placed_value", "woocommerce": "net_sales"}.get(view.definitions, "kept_value")
    sold = "action = 'order' AND measure <> 'returns'"
    sql = f"""{CLOCKS}, booked AS (
    SELECT
        coalesce(sum({amount}) FILTER (WHERE {event} AND {sold}), 0) AS placed_value,
        coalesce(sum({amount}) FILTER (WHERE {event_before} AND {sold}), 0) AS placed_value_before,
        coalesce(sum({amount}) FILTER (WHERE {event}), 0) AS net_sales,
        coalesce(sum({amount}) FILTER (WHERE {event_before}), 0) AS net_sales_before
    FROM clocks JOIN marts.fact_sales_ledger USING (store)
    WHERE {NET} AND event_date IN (today, week_ago)
), bought AS (
    SELECT
        coalesce(sum(net_sales{view.money_suffix}) FILTER (WHERE {placed}), 0) AS kept_value,
        coalesce(sum(net_sales{view.money_suffix}) FILTER (WHERE {placed_before}), 0) AS kept_value_before,
        count(*) FILTER (WHERE {placed}) AS orders,
        count(*) FILTER (WHERE {placed_before}) AS orders_before,
        count(DISTINCT customer_key) FILTER (WHERE {placed}) AS customers,
        count(DISTINCT customer_key) FILTER (WHERE {placed_before}) AS customers_before
    FROM clocks JOIN marts.fact_orders USING (store)
    WHERE is_sale AND order_date IN (today, week_ago)
)
SELECT *, {worth} AS order_value, {worth}_before AS order_value_before FROM booked CROSS JOIN bought
"""
    return ask(view.copy, sql, **bound(present)).iloc[0]


def week(view: View, last: date) -> pd.DataFrame:
    """The seven calendar days until `last`, oldest first.

    date_key, net_sales (None for a day no store has sent), net_sales_before of the same day a week earlier,
    is_unfinished where it is not over in every store.
    """
    sql = f"""
WITH shops AS (
    SELECT
        unnest($stores) AS store, unnest($todays)::DATE AS today, unnest($known_until)::DATE AS known_until,
        unnest($known_from)::DATE AS known_from
), days AS (
    SELECT $last::DATE - unnest(range(7))::INTEGER AS date_key
)
SELECT
    days.date_key,
    CASE WHEN bool_or(known_until >= days.date_key) THEN coalesce(sum(now.net_sales{view.money_suffix}), 0)
        END AS net_sales,
    CASE WHEN bool_or(known_from <= days.date_key - 7)
        THEN coalesce(sum(earlier.net_sales{view.money_suffix}), 0) END AS net_sales_before,
    bool_or(days.date_key >= today) AS is_unfinished
FROM shops
CROSS JOIN days
LEFT JOIN marts.daily_revenue AS now ON now.store = shops.store AND now.date_key = days.date_key
LEFT JOIN marts.daily_revenue AS earlier
    ON earlier.store = shops.store AND earlier.date_key = days.date_key - 7
GROUP BY days.date_key
ORDER BY days.date_key
"""
    return ask(
        view.copy,
        sql,
        stores=view.store_names,
        last=last,
        todays=tuple(store.local(view.as_of_at).date() for store in view.stores),
        known_until=view.known_until_by_store,
        known_from=tuple(
            store.local(store.first_order_at).date() if store.first_order_at else None for store in view.stores
        ),
    )


RATES = """
WITH days AS (
    SELECT *, date_key > $last::DATE - 30 AS is_now
    FROM marts.operational_metrics
    WHERE store IN (SELECT unnest($stores)) AND date_key > $last::DATE - 60 AND date_key <= $last::DATE
)
SELECT
    is_now, sum(orders) AS orders,
    -- A day's rate times its orders is a count again.
    round(sum(completion_rate * orders))::BIGINT AS completed,
    round(sum(refund_rate * orders))::BIGINT AS refunded,
    round(sum(items_per_order * orders))::BIGINT AS items,
    median(median_hours_to_fulfil) AS hours
FROM days
GROUP BY is_now
"""


def rates(view: View, last: date) -> dict[bool, dict]:
    """How the orders of the last 30 finished days went (True), and of the 30 days before (False)."""
    rows = ask(view.copy, RATES, stores=view.store_names, last=last)
    return {bool(row["is_now"]): row for row in rows.to_dict("records")}


ATTENTION = """
WITH products AS (
    SELECT units_sold, avg_rating, stock_level, days_of_cover
    FROM marts.product_performance AS performance
    JOIN marts.dim_products USING (product_key)
    WHERE dim_products.store IN (SELECT unnest($stores)) AND is_deleted IS NOT TRUE
), money AS (
    SELECT kind, status, amount, order_key, processed_at
    FROM marts.fact_transactions
    WHERE processed_at > $as_of::TIMESTAMP - INTERVAL 30 DAY AND matched_transaction_key IS NULL
)
SELECT 'disputes' AS matter, count(*) AS number, sum(amount) AS amount FROM money
WHERE kind = 'dispute' AND status IN ('needs_response', 'warning_needs_response')
UNION ALL
SELECT 'refunds_waiting', count(*), sum(amount) FROM money
WHERE kind = 'refund' AND status IN ('pending', 'requires_action')
UNION ALL
SELECT 'unmatched', count(*), sum(abs(difference)) FROM marts.payment_reconciliation
WHERE is_mismatch AND match_status <> 'disputed' AND event_date > $as_of::DATE - 30
    AND (order_key IS NULL OR store IN (SELECT unnest($stores)))
UNION ALL
SELECT 'orders_waiting', count(*), sum(total_sales) FROM marts.fact_orders
WHERE store IN (SELECT unnest($stores)) AND order_status IN ('pending', 'processing')
    AND ordered_at < $as_of::TIMESTAMP - INTERVAL 48 HOUR
UNION ALL
SELECT 'sellers_out', count(*), NULL FROM products WHERE stock_level = 'Out of Stock' AND units_sold > 0
UNION ALL
SELECT 'running_out', count(*), NULL FROM products WHERE days_of_cover <= 7 AND stock_level <> 'Out of Stock'
UNION ALL
SELECT 'disliked', count(*), NULL FROM products WHERE avg_rating < 3 AND units_sold >= 20
UNION ALL
SELECT 'rejected', count(*), NULL FROM ops.rejects WHERE rejected_at > $published::TIMESTAMP - INTERVAL 30 DAY
"""


def attention(view: View, published_at: datetime) -> dict[str, tuple[int, object]]:
    """What may need somebody: matter → (number, amount in reporting currency or None)."""
    rows = ask(view.copy, ATTENTION, stores=view.store_names, as_of=view.as_of_at, published=published_at)
    return {matter: (int(number), amount) for matter, number, amount in rows.itertuples(index=False)}


def recent(view: View, limit: int = 12) -> pd.DataFrame:
    """The newest orders.

    returns  order_number, total, order_status, ordered_at, store, full_name, email, customer_key, items,
             is_synthetic_date
    """
    sql = f"""
SELECT
    order_number, total_sales{view.money_suffix} AS total, order_status, ordered_at, fact_orders.store,
    full_name, email, customer_key, item_count AS items, is_synthetic_date
FROM marts.fact_orders
LEFT JOIN marts.dim_customers USING (customer_key)
WHERE fact_orders.store IN (SELECT unnest($stores))
ORDER BY ordered_at DESC, order_key
LIMIT $limit
"""
    return ask(view.copy, sql, stores=view.store_names, limit=limit)
