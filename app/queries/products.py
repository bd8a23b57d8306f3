"""Products: what sells, what is running out, what disappoints."""

import pandas as pd

from app.queries.published import ask
from app.queries.trends import before, during, span
from app.view import View

NET = "measure IN ('gross_sales', 'discounts', 'returns')"
# Events of products, each with what one unit of its line cost the shop when it was sold.
BOOKED_WITH_COST = f"""
    SELECT
        ledger.product_key, event_date, measure, ledger.quantity, ledger.amount, ledger.amount_native,
        items.unit_cost, items.unit_cost_native, items.is_cost_estimated
    FROM marts.fact_sales_ledger AS ledger
    LEFT JOIN marts.fact_order_items AS items ON items.order_item_key = ledger.order_item_key
    WHERE ledger.store IN (SELECT unnest($stores)) AND {NET} AND ledger.product_key IS NOT NULL
"""
LOW = "('Out of Stock', 'Critical', 'Low')"


def totals(view: View) -> pd.Series:
    """What was sold, now and before, and what the shelf looks like today.

    returns  products, units, each also `_before`; net_sales, costed_sales (the part whose cost is known),
             estimated_sales (the part of that sold before its cost was first told), cost (what the units kept cost
             when they were sold); half (how few products made half of the net sales); stocked, out_of_stock,
             running_out, sellers_out (bestsellers and popular ones among those out of stock)
    """
    # Rates have no currency: the reporting one serves, in which costs are kept.
    sql = f"""
WITH booked AS (
    {BOOKED_WITH_COST}
), sold AS (
    SELECT
        product_key,
        coalesce(sum(quantity) FILTER (WHERE measure = 'gross_sales' AND {during("event_date")}), 0) AS units,
        coalesce(sum(quantity) FILTER (WHERE measure = 'gross_sales' AND {before("event_date")}), 0) AS units_before,
        coalesce(sum(amount) FILTER (WHERE {during("event_date")}), 0) AS net_sales,
        sum(amount) FILTER (WHERE {during("event_date")} AND unit_cost IS NOT NULL) AS costed_sales,
        sum(amount) FILTER (WHERE {during("event_date")} AND is_cost_estimated) AS estimated_sales,
        sum(quantity * unit_cost) FILTER (WHERE {during("event_date")}) AS cost
    FROM booked
    GROUP BY product_key
), ranked AS (
    SELECT
        *,
        sum(net_sales) OVER (ORDER BY net_sales DESC, product_key) AS running,
        sum(net_sales) OVER () AS total
    FROM sold WHERE units > 0
), counted AS (
    SELECT
        count(*) FILTER (WHERE units > 0) AS products, count(*) FILTER (WHERE units_before > 0) AS products_before,
        coalesce(sum(units), 0) AS units, coalesce(sum(units_before), 0) AS units_before,
        coalesce(sum(net_sales), 0) AS net_sales,
        coalesce(sum(costed_sales), 0) AS costed_sales, coalesce(sum(estimated_sales), 0) AS estimated_sales,
        sum(cost) AS cost
    FROM sold
), concentrated AS (
    SELECT count(*) FILTER (WHERE running - net_sales < total / 2) AS half FROM ranked
), shelf AS (
    SELECT
        count(*) FILTER (WHERE stock_level IS NOT NULL) AS stocked,
        count(*) FILTER (WHERE stock_level = 'Out of Stock') AS out_of_stock,
        count(*) FILTER (WHERE stock_level IN ('Critical', 'Low')) AS running_out,
        count(*) FILTER (WHERE stock_level = 'Out of Stock' AND performance.sales_category <> 'regular') AS sellers_out
    FROM marts.product_performance AS performance
    JOIN marts.dim_products USING (product_key)
    WHERE dim_products.store IN (SELECT unnest($stores)) AND is_deleted IS NOT TRUE
)
SELECT * FROM counted CROSS JOIN concentrated CROSS JOIN shelf
"""
    row = ask(view.copy, sql, **span(view)).iloc[0].copy()
    if view.comparison is None:
        row[["products_before", "units_before"]] = None
    return row


RUNNING_OUT = f"""
SELECT
    dim_products.store, product_name, category_name, performance.stock_quantity, stock_level, days_of_cover,
    recent_units, recent_units / nullif(selling_days, 0) AS units_per_day
FROM marts.product_performance AS performance
JOIN marts.dim_products USING (product_key)
WHERE dim_products.store IN (SELECT unnest($stores)) AND is_deleted IS NOT TRUE AND stock_level IN {LOW}
ORDER BY
    CASE stock_level WHEN 'Out of Stock' THEN 0 WHEN 'Critical' THEN 1 ELSE 2 END, days_of_cover NULLS LAST,
    coalesce(recent_units, 0) DESC, performance.stock_quantity, product_name
LIMIT 200
"""


def running_out(view: View) -> pd.DataFrame:
    """Products out of stock, critical or low, most urgent first, as of the newest data.

    returns  store, product_name, category_name, stock_quantity, stock_level, days_of_cover, recent_units, units_per_day
    """
    return ask(view.copy, RUNNING_OUT, stores=view.store_names)


FEW_RATINGS = 5


def rated(view: View) -> pd.DataFrame:
    """Products sold in the period against their rating, largest first.

    returns  store, product_name, net_sales (above 0), rating, number (of ratings), is_enough (5 or more of them)
    """
    sql = f"""
WITH sold AS (
    SELECT product_key, sum(amount{view.money_suffix}) AS net_sales
    FROM marts.fact_sales_ledger
    WHERE store IN (SELECT unnest($stores)) AND {NET} AND {during("event_date")}
    GROUP BY product_key
)
SELECT
    dim_products.store, product_name, sold.net_sales, avg_rating AS rating,
    performance.rating_count AS number,
    coalesce(performance.rating_count, 0) >= $few AS is_enough
FROM sold
JOIN marts.dim_products USING (product_key)
JOIN marts.product_performance AS performance USING (product_key)
WHERE sold.net_sales > 0
ORDER BY sold.net_sales DESC, product_name
LIMIT 1000
"""
    return ask(view.copy, sql, few=FEW_RATINGS, first=view.period.first, last=view.period.last, stores=view.store_names)


def by_category(view: View, limit: int = 8) -> pd.DataFrame:
    """Categories by net sales: name, place (0 ranked, 1 Other), products, net_sales, units, rating, ratings."""
    sql = f"""
WITH sold AS (
    SELECT product_key, sum(amount{view.money_suffix}) AS net_sales
    FROM marts.fact_sales_ledger
    WHERE store IN (SELECT unnest($stores)) AND {NET} AND {during("event_date")}
    GROUP BY product_key
), grouped AS (
    SELECT
        coalesce(category_name, 'Without category') AS name, count(*) AS products,
        coalesce(sum(sold.net_sales), 0) AS net_sales, avg(performance.avg_rating)::DOUBLE AS rating,
        sum(performance.rating_count) AS ratings
    FROM marts.dim_products
    JOIN marts.product_performance AS performance USING (product_key)
    LEFT JOIN sold USING (product_key)
    WHERE dim_products.store IN (SELECT unnest($stores)) AND is_deleted IS NOT TRUE
    GROUP BY name
), ranked AS (
    SELECT *, (row_number() OVER (ORDER BY net_sales DESC, name) > $limit)::INTEGER AS place FROM grouped
)
SELECT
    CASE place WHEN 1 THEN 'Other' ELSE name END AS name, place, count(*) AS members, sum(products) AS products,
    sum(net_sales) AS net_sales, sum(rating * products) / nullif(sum(products) FILTER (WHERE rating IS NOT NULL), 0)
        AS rating, sum(ratings) AS ratings
FROM ranked
GROUP BY 1, 2
ORDER BY place, net_sales DESC
"""
    return ask(view.copy, sql, limit=limit, first=view.period.first, last=view.period.last, stores=view.store_names)


REVIEWS = """
SELECT round(rating)::INTEGER AS rating, count(*) AS number
FROM marts.fact_reviews
WHERE store IN (SELECT unnest($stores)) AND rating BETWEEN 1 AND 5
GROUP BY 1
"""


def reviews(view: View) -> dict[int, int]:
    """Reviews of all time by their rating."""
    rows = ask(view.copy, REVIEWS, stores=view.store_names)
    return {int(rating): int(number) for rating, number in rows.itertuples(index=False)}


SALES_CATEGORIES = """
SELECT
    performance.sales_category AS name, count(*) AS products, coalesce(sum(net_sales), 0) AS net_sales,
    coalesce(sum(units_sold), 0) AS units
FROM marts.product_performance AS performance
JOIN marts.dim_products USING (product_key)
WHERE dim_products.store IN (SELECT unnest($stores)) AND performance.sales_category IS NOT NULL
GROUP BY 1
"""


def sales_categories(view: View) -> pd.DataFrame:
    """Bestseller, popular and regular, over all time: name, products, net_sales (reporting currency), units."""
    return ask(view.copy, SALES_CATEGORIES, stores=view.store_names)


def best_sellers(view: View, limit: int = 20) -> pd.DataFrame:
    """The products that sold most units in the period.

    returns  store, product_name, category_name, units, net_sales, rating, stock_level, health_score, sales_category,
             costed_sales, cost (of the units kept, where it is known)
    """
    amount, cost = f"amount{view.money_suffix}", f"unit_cost{view.money_suffix}"
    sql = f"""
WITH booked AS (
    {BOOKED_WITH_COST}
), sold AS (
    SELECT
        product_key, sum(quantity) FILTER (WHERE measure = 'gross_sales') AS units, sum({amount}) AS net_sales,
        sum({amount}) FILTER (WHERE {cost} IS NOT NULL) AS costed_sales, sum(quantity * {cost}) AS cost
    FROM booked
    WHERE {during("event_date")}
    GROUP BY product_key
)
SELECT
    dim_products.store, product_name, category_name, units, sold.net_sales,
    avg_rating::DOUBLE AS rating,
    stock_level, health_score::DOUBLE AS health_score, performance.sales_category, sold.costed_sales, sold.cost
FROM sold
JOIN marts.dim_products USING (product_key)
JOIN marts.product_performance AS performance USING (product_key)
WHERE units > 0
ORDER BY units DESC, sold.net_sales DESC, product_name
LIMIT $limit
"""
    return ask(view.copy, sql, limit=limit, first=view.period.first, last=view.period.last, stores=view.store_names)
