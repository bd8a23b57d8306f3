"""Carts of the stores that tell them: what was left behind, and how far the others came."""

import pandas as pd

from app.queries.published import ask
from app.queries.trends import IS_WHOLE, before, calendar, during, span
from app.view import View, grain_of


def settled(view: View) -> pd.Series:
    """What became of the carts opened in the period, by now.

    returns  total, checkouts, orders, paid, abandoned, open, recovered, value (None where an amount is not known),
             hours (median until the purchase); total_before and abandoned_before of the comparison; tellers (the chosen
             stores of which any cart is known, on whatever day), from_cart (those of them that tell carts before the
             checkout)
    """
    value = f"value_left_behind{view.money_suffix}"
    sql = f"""
WITH days AS (
    SELECT *, {during("cart_date")} AS is_now, {before("cart_date")} AS was_before
    FROM marts.cart_abandonment JOIN marts.conversion_funnel USING (store, cart_date)
    WHERE store IN (SELECT unnest($stores))
), sums AS (
    SELECT
        list_sort(list(DISTINCT store)) AS tellers,
        list_sort(list(DISTINCT store) FILTER (carts IS NOT NULL)) AS from_cart,
        coalesce(sum(total_carts) FILTER (is_now), 0)::BIGINT AS total,
        coalesce(sum(checkouts) FILTER (is_now), 0)::BIGINT AS checkouts,
        coalesce(sum(orders) FILTER (is_now), 0)::BIGINT AS orders,
        coalesce(sum(paid_orders) FILTER (is_now), 0)::BIGINT AS paid,
        coalesce(sum(abandoned_carts) FILTER (is_now), 0)::BIGINT AS abandoned,
        coalesce(sum(open_carts) FILTER (is_now), 0)::BIGINT AS open,
        coalesce(sum(recovered_carts) FILTER (is_now), 0)::BIGINT AS recovered,
        CASE WHEN count({value}) FILTER (is_now) = count(*) FILTER (is_now)
            THEN coalesce(sum({value}) FILTER (is_now), 0) END AS value,
        coalesce(sum(total_carts) FILTER (was_before), 0)::BIGINT AS total_before,
        coalesce(sum(abandoned_carts) FILTER (was_before), 0)::BIGINT AS abandoned_before
    FROM days
), bought AS (
    SELECT median(hours_to_purchase) AS hours
    FROM marts.fact_carts
    WHERE store IN (SELECT unnest($stores)) AND {during("cart_date")}
)
SELECT * FROM sums CROSS JOIN bought
"""
    return ask(view.copy, sql, **span(view)).iloc[0]


def course(view: View) -> pd.DataFrame:
    """One row per step: first, last, total, abandoned, value, and each as `_before`; None where no cart was opened."""
    value = f"value_left_behind{view.money_suffix}"
    grain = grain_of(view.period)
    shift = (view.period.first - view.comparison.first).days if view.comparison else None

    def counted(name: str, day: str) -> str:
        return f"""{name} AS (
    SELECT first, sum(total_carts)::BIGINT AS total, sum(abandoned_carts)::BIGINT AS abandoned,
        CASE WHEN count({value}) = count(*) THEN sum({value}) END AS value
    FROM calendar JOIN marts.cart_abandonment ON cart_date = {day}
    WHERE store IN (SELECT unnest($stores)) GROUP BY first
)"""

    sql = f"""
WITH {calendar(grain)}, {counted("now", "day")}, {counted("earlier", "day - $shift::INTEGER")}
SELECT
    first, last, now.total, now.abandoned, now.value, earlier.total AS total_before,
    earlier.abandoned AS abandoned_before, earlier.value AS value_before
FROM steps
LEFT JOIN now USING (first)
LEFT JOIN earlier USING (first)
WHERE {IS_WHOLE[grain]}
ORDER BY first
"""
    return ask(view.copy, sql, first=view.period.first, last=view.period.last, shift=shift, stores=view.store_names)
