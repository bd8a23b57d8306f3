"""Sales: what made the revenue."""

import pandas as pd

from app.queries.products import BOOKED_WITH_COST
from app.queries.published import ask
from app.queries.steps import in_steps
from app.queries.trends import IS_WHOLE, before, calendar, during, span
from app.view import View, grain_of

LINES = 4
NET = "measure IN ('gross_sales', 'discounts', 'returns')"


def measures(view: View) -> pd.DataFrame:
    """What the ledger booked, by measure: measure, amount, amount_before (both signed); gift cards are no revenue."""
    amount = f"amount{view.money_suffix}"
    sql = f"""
SELECT
    measure,
    coalesce(sum({amount}) FILTER (WHERE {during("event_date")}), 0) AS amount,
    coalesce(sum({amount}) FILTER (WHERE {before("event_date")}), 0) AS amount_before
FROM marts.fact_sales_ledger
WHERE store IN (SELECT unnest($stores)) AND measure <> 'gift_cards'
GROUP BY measure
"""
    return ask(view.copy, sql, **span(view))


def course_by_store(view: View) -> pd.DataFrame:
    """The four largest stores and Other: first, last, series, rank, net_sales (None after the store's data ends)."""
    grain = grain_of(view.period)
    sql = f"""
WITH {calendar(grain)}, shops AS (
    SELECT unnest($stores) AS store, unnest($known_until)::DATE AS known_until
), sold AS (
    SELECT store, coalesce(sum(net_sales), 0) AS net_sales
    FROM shops LEFT JOIN marts.daily_revenue USING (store)
    WHERE {during("date_key")} OR date_key IS NULL
    GROUP BY store
), ranked AS (
    SELECT store, row_number() OVER (ORDER BY coalesce(net_sales, 0) DESC, store) - 1 AS place
    FROM shops LEFT JOIN sold USING (store)
), daily AS (
    SELECT store, first, sum(net_sales) AS net_sales
    FROM calendar JOIN marts.daily_revenue ON date_key = day GROUP BY store, first
), drawn AS (
    SELECT
        first, last, known_until, net_sales, least(place, $lines) AS rank,
        CASE WHEN place < $lines THEN store ELSE 'Other' END AS series
    FROM steps
    CROSS JOIN shops
    JOIN ranked USING (store)
    LEFT JOIN daily USING (store, first)
    WHERE {IS_WHOLE[grain]}
)
SELECT
    first, last, series, rank,
    CASE WHEN max(known_until) >= last THEN coalesce(sum(net_sales), 0) END AS net_sales
FROM drawn
GROUP BY first, last, series, rank
ORDER BY rank, first
"""
    return ask(
        view.copy,
        sql,
        first=view.period.first,
        last=view.period.last,
        stores=view.store_names,
        known_until=view.known_until_by_store,
        lines=LINES,
    )


def categories(view: View, limit: int = 8) -> pd.DataFrame:
    """The largest categories, then Other, then what no product explains.

    returns  name, place (0 ranked, 1 Other, 2 no product), net_sales, net_sales_before, members (categories in the row)
    """
    amount = f"amount{view.money_suffix}"
    sql = f"""
WITH sold AS (
    SELECT
        CASE WHEN product_key IS NOT NULL THEN coalesce(category_name, 'Without category') END AS name,
        coalesce(sum({amount}) FILTER (WHERE {during("event_date")}), 0) AS net_sales,
        coalesce(sum({amount}) FILTER (WHERE {before("event_date")}), 0) AS net_sales_before
    FROM marts.fact_sales_ledger AS ledger
    LEFT JOIN marts.dim_products USING (product_key)
    WHERE ledger.store IN (SELECT unnest($stores)) AND {NET}
        AND ({during("event_date")} OR {before("event_date")})
    GROUP BY name
), ranked AS (
    SELECT
        *,
        CASE
            WHEN name IS NULL THEN 2
            WHEN row_number() OVER (ORDER BY name IS NULL, net_sales DESC, name) > $limit THEN 1
            ELSE 0
        END AS place
    FROM sold
)
SELECT
    CASE place WHEN 0 THEN name WHEN 1 THEN 'Other' ELSE 'Not tied to a product' END AS name,
    place, sum(net_sales) AS net_sales, sum(net_sales_before) AS net_sales_before, count(*) AS members
FROM ranked
GROUP BY 1, 2
HAVING sum(net_sales) <> 0 OR sum(net_sales_before) <> 0
ORDER BY place, net_sales DESC
"""
    return ask(view.copy, sql, limit=limit, **span(view))


def order_sizes(view: View, by: str = "value") -> pd.DataFrame:
    """Orders of the period in equal steps of their value (gross less discounts) or of their number of items.

    by  `value` or `items`; the frame is that of `steps.in_steps`
    """
    suffix = view.money_suffix
    size = "item_count" if by == "items" else f"gross_sales{suffix} - discounts{suffix}"
    sizes = f"""
    SELECT ({size})::DOUBLE AS size
    FROM marts.fact_orders
    WHERE store IN (SELECT unnest($stores)) AND is_sale AND {during("order_date")} AND {size} > 0"""
    sql = in_steps(sizes, whole=by == "items")
    return ask(view.copy, sql, first=view.period.first, last=view.period.last, stores=view.store_names)


def discounts(view: View) -> pd.DataFrame:
    """What each band of discount did to the orders placed in the period, none first, then by size.

    returns  band, orders, discounts, gross_sales, net_sales, new_customers, is_none
    """
    suffix = view.money_suffix
    sql = f"""
SELECT
    coalesce(discount_band, 'Unknown') AS band, count(*) AS orders,
    sum(discounts{suffix}) AS discounts, sum(gross_sales{suffix}) AS gross_sales, sum(net_sales{suffix}) AS net_sales,
    count(*) FILTER (WHERE is_first_order) AS new_customers, max(discounts{suffix}) = 0 AS is_none
FROM marts.fact_orders
WHERE store IN (SELECT unnest($stores)) AND is_sale AND {during("order_date")}
GROUP BY band
ORDER BY is_none DESC, sum(discounts{suffix}) / nullif(sum(gross_sales{suffix}), 0)
"""
    return ask(view.copy, sql, first=view.period.first, last=view.period.last, stores=view.store_names)


def products(view: View, category: str | None = None, limit: int = 20) -> pd.DataFrame:
    """The products that sold most.

    returns  store, product_name, category_name, units, net_sales, net_sales_before, costed_sales, cost (of the units
             kept, where it is known), course (net sales by step, a list)
    """
    amount, cost = f"amount{view.money_suffix}", f"unit_cost{view.money_suffix}"
    grain = grain_of(view.period)
    sql = f"""
WITH {calendar(grain)}, booked AS (
    SELECT product_key, event_date, measure, quantity, {amount} AS amount, {cost} AS unit_cost
    FROM ({BOOKED_WITH_COST})
    WHERE {during("event_date")} OR {before("event_date")}
), sold AS (
    SELECT
        product_key,
        coalesce(sum(quantity) FILTER (WHERE measure = 'gross_sales' AND {during("event_date")}), 0) AS units,
        sum(amount) FILTER (WHERE {during("event_date")} AND unit_cost IS NOT NULL) AS costed_sales,
        sum(quantity * unit_cost) FILTER (WHERE {during("event_date")}) AS cost,
        coalesce(sum(amount) FILTER (WHERE {during("event_date")}), 0) AS net_sales,
        coalesce(sum(amount) FILTER (WHERE {before("event_date")}), 0) AS net_sales_before
    FROM booked GROUP BY product_key
), top AS (
    SELECT sold.*, store, product_name, category_name
    FROM sold JOIN marts.dim_products USING (product_key)
    WHERE (units > 0 OR net_sales <> 0)
        AND ($category IS NULL OR coalesce(category_name, 'Without category') = $category)
    ORDER BY net_sales DESC, product_name
    LIMIT $limit
), daily AS (
    SELECT product_key, first, sum(amount) AS amount
    FROM booked JOIN calendar ON day = event_date
    WHERE product_key IN (SELECT product_key FROM top) GROUP BY ALL
), courses AS (
    SELECT top.product_key, list(coalesce(amount, 0)::DOUBLE ORDER BY steps.first) AS course
    FROM top CROSS JOIN steps
    LEFT JOIN daily ON daily.product_key = top.product_key AND daily.first = steps.first
    GROUP BY top.product_key
)
SELECT
    store, product_name, category_name, units, net_sales, costed_sales, cost, course,
    CASE WHEN $before_first IS NOT NULL THEN net_sales_before END AS net_sales_before
FROM top JOIN courses USING (product_key)
ORDER BY net_sales DESC, product_name
"""
    return ask(view.copy, sql, category=category, limit=limit, **span(view))
