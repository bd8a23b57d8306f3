"""Products: what sells, what is running out, what disappoints."""

import pandas as pd

from app.queries.published import ask
from app.queries.trends import before, during, span
from app.view import View

NET = "measure IN ('gross_sales', 'discounts', 'returns')"
LOW = "('Out of Stock', 'Critical', 'Low')"


def totals(view: View) -> pd.Series:
    """What was sold, now and before, and what the shelf looks like today.

    returns  products, units, each also `_before`; net_sales, costed_sales (net sales of products whose cost is known),
             cost (of the units kept); half (how few products made half of the net sales); stocked, out_of_stock,
             running_out, sellers_out (bestsellers and popular ones among those out of stock)
    """
    # Rates have no currency: the reporting one serves, in which costs are kept.
    sql = f"""
WITH sold AS (
    SELECT
        product_key,
        coalesce(sum(quantity) FILTER (WHERE measure = 'gross_sales' AND {during("event_date")}), 0) AS units,
        coalesce(sum(quantity) FILTER (WHERE measure = 'gross_sales' AND {before("event_date")}), 0) AS units_before,
        coalesce(sum(quantity) FILTER (WHERE {during("event_date")}), 0) AS kept_units,
        coalesce(sum(amount) FILTER (WHERE {during("event_date")}), 0) AS net_sales
    FROM marts.fact_sales_ledger
    WHERE store IN (SELECT unnest($stores)) AND {NET} AND product_key IS NOT NULL
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
        coalesce(sum(net_sales) FILTER (WHERE unit_cost IS NOT NULL), 0) AS costed_sales,
        sum(kept_units * unit_cost) AS cost
    FROM sold LEFT JOIN marts.dim_products USING (product_key)
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
    recent_units
FROM marts.product_performance AS performance
JOIN marts.dim_products USING (product_key)
WHERE dim_products.store IN (SELECT unnest($stores)) AND is_deleted IS NOT TRUE AND stock_level IN {LOW}
ORDER BY
    CASE stock_level WHEN 'Out of Stock' THEN 0 WHEN 'Critical' THEN 1 ELSE 2 END,
    coalesce(recent_units, 0) DESC, performance.stock_quantity, product_name
LIMIT 200
"""


def running_out(view: View) -> pd.DataFrame:
    """Products out of stock, critical or low, most urgent first, as of the newest data.

    returns  store, product_name, category_name, stock_quantity, stock_level, days_of_cover, recent_units
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
    dim_products.store, product_name, sold.net_sales, coalesce(avg_rating, rating) AS rating,
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
        coalesce(sum(net_sales), 0) AS net_sales, avg(rating)::DOUBLE AS rating, sum(rating_count) AS ratings
    FROM marts.dim_products LEFT JOIN sold USING (product_key)
    WHERE store IN (SELECT unnest($stores)) AND is_deleted IS NOT TRUE
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
SELECT rating::INTEGER AS rating, count(*) AS number
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
             unit_cost, kept_units
    """
    amount = f"amount{view.money_suffix}"
    sql = f"""
WITH sold AS (
    SELECT
        product_key, sum(quantity) FILTER (WHERE measure = 'gross_sales') AS units,
        coalesce(sum(quantity), 0) AS kept_units, sum({amount}) AS net_sales
    FROM marts.fact_sales_ledger
    WHERE store IN (SELECT unnest($stores)) AND {NET} AND {during("event_date")} AND product_key IS NOT NULL
    GROUP BY product_key
)
SELECT
    dim_products.store, product_name, category_name, units, sold.net_sales,
    coalesce(avg_rating, rating)::DOUBLE AS rating,
    stock_level, health_score::DOUBLE AS health_score, performance.sales_category, unit_cost, kept_units
FROM sold
JOIN marts.dim_products USING (product_key)
JOIN marts.product_performance AS performance USING (product_key)
WHERE units > 0
ORDER BY units DESC, sold.net_sales DESC, product_name
LIMIT $limit
"""
    return ask(view.copy, sql, limit=limit, first=view.period.first, last=view.period.last, stores=view.store_names)
