"""What stands behind a number: its parts in the ledger, the same parts in the summary, and the events themselves."""

import pandas as pd

from app.queries.published import ask
from app.queries.trends import during
from app.view import View

# Signs as the ledger has them: a discount is negative.
MEASURES = ("gross_sales", "discounts", "returns", "shipping", "taxes", "duties", "fees", "tips", "rounding")


def parameters(view: View) -> dict:
    """What every question here binds."""
    return {"first": view.period.first, "last": view.period.last, "stores": view.store_names}


def ledger(view: View) -> pd.DataFrame:
    """The period's events by measure: measure, events, amount (signed)."""
    sql = f"""
SELECT measure, count(*) AS events, sum(amount{view.money_suffix}) AS amount
FROM marts.fact_sales_ledger
WHERE store IN (SELECT unnest($stores)) AND {during("event_date")}
GROUP BY measure
"""
    return ask(view.copy, sql, **parameters(view))


def summary(view: View) -> pd.Series:
    """The same sums as the daily summary has them.

    returns  gross_sales, discounts, returns (positive), net_sales, order_value, orders
    """
    columns = ", ".join(
        f"coalesce(sum({name}{view.money_suffix}), 0) AS {name}"
        for name in ("gross_sales", "discounts", "returns", "net_sales", "order_value")
    )
    sql = f"""
SELECT {columns}, coalesce(sum(orders), 0) AS orders
FROM marts.daily_revenue
WHERE store IN (SELECT unnest($stores)) AND {during("date_key")}
"""
    return ask(view.copy, sql, **parameters(view)).iloc[0]


def events_sql(view: View) -> str:
    """The events of the period, newest first: the SQL, shown to readers as it is run."""
    return f"""
SELECT event_at, store, order_number, action, measure, product_name, ledger.quantity,
    amount{view.money_suffix} AS amount, is_estimated
FROM marts.fact_sales_ledger AS ledger
LEFT JOIN marts.fact_orders USING (order_key, store)
LEFT JOIN marts.dim_products USING (product_key, store)
WHERE store IN (SELECT unnest($stores)) AND {during("event_date")}
    AND measure IN (SELECT unnest($measures))
ORDER BY event_at DESC, ledger.event_key
LIMIT 100
""".strip()


def events(view: View, measures: tuple[str, ...]) -> pd.DataFrame:
    """The newest hundred events of these measures."""
    return ask(view.copy, events_sql(view), measures=measures, **parameters(view))


def people(view: View) -> pd.Series:
    """Who ordered: orders, guest_orders, customers, repeat_customers (two or more orders by the period's end)."""
    sql = f"""
WITH bought AS (
    SELECT
        customer_key,
        count(*) FILTER (WHERE {during("order_date")}) AS in_period,
        count(*) FILTER (WHERE order_date <= $last::DATE) AS so_far
    FROM marts.fact_orders
    WHERE store IN (SELECT unnest($stores)) AND is_sale
    GROUP BY customer_key
)
SELECT
    coalesce(sum(in_period), 0) AS orders,
    coalesce(sum(in_period) FILTER (WHERE customer_key IS NULL), 0) AS guest_orders,
    count(*) FILTER (WHERE customer_key IS NOT NULL AND in_period > 0) AS customers,
    count(*) FILTER (WHERE customer_key IS NOT NULL AND in_period > 0 AND so_far >= 2) AS repeat_customers
FROM bought
"""
    return ask(view.copy, sql, **parameters(view)).iloc[0]


METRIC = """
SELECT title, formula, includes, excludes, counted_as, differs
FROM marts.metrics WHERE table_name = $table AND column_name = $column
"""


def metric(view: View, table: str, column: str) -> pd.Series | None:
    """The definition of the measure that stands in this column; None where it is no named measure.

    returns  title, formula, includes, excludes, counted_as (by the chosen definitions), differs; None what is not said
    """
    rows = ask(view.copy, METRIC, table=table, column=column)
    return None if rows.empty else rows.iloc[0]
