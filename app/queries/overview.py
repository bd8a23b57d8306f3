"""Overview: whether the business does better than before, and where that comes from."""

import pandas as pd

from app.queries.published import ask
from app.queries.trends import before, calendar, during, span
from app.view import View, grain_of


def totals(view: View) -> pd.Series:
    """The sums of the period; customers are different people.

    returns  net_sales, order_value, orders, customers, and each as `_before`
    """
    sql = f"""
WITH booked AS (
    SELECT
        coalesce(sum(net_sales{view.money_suffix}) FILTER (WHERE {during("date_key")}), 0) AS net_sales,
        coalesce(sum(order_value{view.money_suffix}) FILTER (WHERE {during("date_key")}), 0) AS order_value,
        coalesce(sum(orders) FILTER (WHERE {during("date_key")}), 0) AS orders,
        coalesce(sum(net_sales{view.money_suffix}) FILTER (WHERE {before("date_key")}), 0) AS net_sales_before,
        coalesce(sum(order_value{view.money_suffix}) FILTER (WHERE {before("date_key")}), 0) AS order_value_before,
        coalesce(sum(orders) FILTER (WHERE {before("date_key")}), 0) AS orders_before
    FROM marts.daily_revenue
    WHERE store IN (SELECT unnest($stores))
), people AS (
    SELECT
        count(DISTINCT customer_key) FILTER (WHERE {during("order_date")}) AS customers,
        count(DISTINCT customer_key) FILTER (WHERE {before("order_date")}) AS customers_before
    FROM marts.fact_orders
    WHERE store IN (SELECT unnest($stores)) AND is_sale
)
SELECT * FROM booked CROSS JOIN people
"""
    row = ask(view.copy, sql, **span(view)).iloc[0].copy()
    if view.comparison is None:
        row[["net_sales_before", "order_value_before", "orders_before", "customers_before"]] = None
    return row


def by_store(view: View) -> pd.DataFrame:
    """Every store of the copy, in the reporting currency, largest first.

    returns  store, platform, net_sales, order_value, orders, net_sales_before, last_order_at, course (net sales by
             step, a list)
    """
    sql = f"""
WITH {calendar(grain_of(view.period))}, daily AS (
    SELECT store, first, sum(net_sales) AS net_sales
    FROM calendar JOIN marts.daily_revenue ON date_key = day GROUP BY ALL
), courses AS (
    SELECT dim_stores.store, list(coalesce(net_sales, 0)::DOUBLE ORDER BY steps.first) AS course
    FROM marts.dim_stores
    CROSS JOIN steps
    LEFT JOIN daily ON daily.store = dim_stores.store AND daily.first = steps.first
    GROUP BY ALL
), booked AS (
    SELECT
        store,
        sum(net_sales) FILTER (WHERE {during("date_key")}) AS net_sales,
        sum(order_value) FILTER (WHERE {during("date_key")}) AS order_value,
        sum(orders) FILTER (WHERE {during("date_key")}) AS orders,
        sum(net_sales) FILTER (WHERE {before("date_key")}) AS net_sales_before
    FROM marts.daily_revenue GROUP BY store
)
SELECT
    store, platform, coalesce(net_sales, 0) AS net_sales, coalesce(order_value, 0) AS order_value,
    coalesce(orders, 0) AS orders,
    CASE WHEN $before_first IS NOT NULL THEN coalesce(net_sales_before, 0) END AS net_sales_before,
    last_order_at, course
FROM marts.dim_stores
LEFT JOIN booked USING (store)
LEFT JOIN courses USING (store)
WHERE store IN (SELECT unnest($stores))
ORDER BY net_sales DESC, store
"""
    shops = tuple(store.name for store in view.all_stores)
    return ask(view.copy, sql, **(span(view) | {"stores": shops}))


def statuses(view: View) -> dict[str, int]:
    """Orders of the period by status."""
    sql = f"""
SELECT order_status, count(*) AS orders
FROM marts.fact_orders
WHERE store IN (SELECT unnest($stores)) AND {during("order_date")}
GROUP BY order_status
"""
    rows = ask(view.copy, sql, first=view.period.first, last=view.period.last, stores=view.store_names)
    return dict(rows.itertuples(index=False, name=None))


def top_products(view: View, limit: int = 5) -> pd.DataFrame:
    """The products that sold most: store, product_name, category_name, net_sales, net_sales_before, all_net_sales."""
    sql = f"""
WITH sold AS (
    SELECT
        product_key,
        sum(amount{view.money_suffix}) FILTER (WHERE {during("event_date")}) AS net_sales,
        sum(amount{view.money_suffix}) FILTER (WHERE {before("event_date")}) AS net_sales_before
    FROM marts.fact_sales_ledger
    WHERE store IN (SELECT unnest($stores)) AND measure IN ('gross_sales', 'discounts', 'returns')
    GROUP BY product_key
)
SELECT
    dim_products.store, product_name, category_name, net_sales,
    CASE WHEN $before_first IS NOT NULL THEN coalesce(net_sales_before, 0) END AS net_sales_before,
    (SELECT sum(net_sales) FROM sold) AS all_net_sales
FROM sold
JOIN marts.dim_products USING (product_key)
WHERE net_sales > 0
ORDER BY net_sales DESC, product_name
LIMIT $limit
"""
    return ask(view.copy, sql, limit=limit, **span(view))


SEGMENTS = """
SELECT rfm_segment AS segment, count(*) AS customers, sum(monetary) AS net_sales
FROM marts.customer_segmentation
WHERE recency_days <= 365
    AND customer_key IN (SELECT customer_key FROM marts.fact_orders WHERE store IN (SELECT unnest($stores)))
GROUP BY segment
"""


def segments(view: View) -> pd.DataFrame:
    """People with an order in the last 12 months, by segment: segment, customers, net_sales (all time, reporting)."""
    return ask(view.copy, SEGMENTS, stores=view.store_names)
