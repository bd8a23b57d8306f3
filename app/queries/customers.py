"""Customers: who buys, who returns, who is leaving."""

from dataclasses import fields

import pandas as pd

from app.queries.published import ask
from app.queries.steps import in_steps
from app.queries.trends import before, during, span
from app.sentences import Backtest
from app.view import View

# Customers belong to no store; those of a choice of stores are the ones who ordered there.
BOUGHT_HERE = "customer_key IN (SELECT customer_key FROM marts.fact_orders WHERE store IN (SELECT unnest($stores)))"


def activity(view: View) -> pd.Series:
    """Who ordered in the period, and who of them not for the first time, now and before.

    returns  customers, repeat_customers (two or more orders by the last day of the period), each also `_before`;
             as of the newest data at_risk, known_customers, valued_customers (with an expected value) and
             expected_value (of all of them, reporting currency); and what `backtest` makes of
    """
    sql = f"""
WITH bought AS (
    SELECT
        customer_key,
        count(*) FILTER (WHERE {during("order_date")}) AS now,
        count(*) FILTER (WHERE order_date <= $last::DATE) AS so_far,
        count(*) FILTER (WHERE {before("order_date")}) AS before,
        count(*) FILTER (WHERE order_date <= $before_last::DATE) AS so_far_before
    FROM marts.fact_orders
    WHERE store IN (SELECT unnest($stores)) AND is_sale AND customer_key IS NOT NULL
    GROUP BY customer_key
), counted AS (
    SELECT
        count(*) FILTER (WHERE now > 0) AS customers,
        count(*) FILTER (WHERE now > 0 AND so_far >= 2) AS repeat_customers,
        count(*) FILTER (WHERE before > 0) AS customers_before,
        count(*) FILTER (WHERE before > 0 AND so_far_before >= 2) AS repeat_customers_before
    FROM bought
), standing AS (
    SELECT
        count(*) FILTER (WHERE rfm_segment IN ('At Risk', 'Cannot Lose')) AS at_risk,
        count(*) AS known_customers, count(clv_expected) AS valued_customers, sum(clv_expected) AS expected_value
    FROM marts.customer_segmentation LEFT JOIN marts.customer_metrics USING (customer_key)
    WHERE {BOUGHT_HERE}
)
SELECT
    counted.*, standing.*, fitted_until, holdout_days, holdout.customers AS tried_customers, predicted_sales,
    actual_sales, (sales_error_pct / 100)::DECIMAL(18, 6) AS error,
    (naive_sales_error_pct / 100)::DECIMAL(18, 6) AS naive_error, reason,
    (SELECT reason FROM marts.clv_backtest WHERE fit = 'current') AS current_reason
FROM counted CROSS JOIN standing
LEFT JOIN marts.clv_backtest AS holdout ON fit = 'holdout'
"""
    row = ask(view.copy, sql, **span(view)).iloc[0].copy()
    if view.comparison is None:
        row[["customers_before", "repeat_customers_before"]] = None
    return row


def backtest(view: View) -> Backtest | None:
    """How far expected values were off when tried on the past, all stores; of the query that `activity` has asked."""
    row = activity(view)
    if row.tried_customers is None:
        return None
    told = {field.name: row.get(field.name) for field in fields(Backtest)}
    return Backtest(**(told | {"customers": row.tried_customers}))


COHORTS = """
WITH this_month AS (
    SELECT date_trunc('month', $as_of::DATE)::DATE AS month
), recent AS (
    SELECT cohort_month, max(customers) AS customers
    FROM marts.customer_cohorts CROSS JOIN this_month
    WHERE cohort_month >= month - INTERVAL 12 MONTH AND cohort_month < month
    GROUP BY cohort_month
), cells AS (
    -- The month that is not over is left out: it would read as a collapse.
    SELECT cohort_month, customers, unnest(range(1, datediff('month', cohort_month, month))) AS months_since
    FROM recent CROSS JOIN this_month
)
SELECT
    cohort_month, months_since, cells.customers,
    coalesce(active_customers, 0) AS active_customers, coalesce(net_sales, 0) AS net_sales,
    CASE WHEN coalesce(orders, 0) = 0 THEN 0 ELSE profit END AS profit,
    net_sales * cost_coverage::DECIMAL(9, 6) AS costed_sales
FROM cells
LEFT JOIN marts.customer_cohorts USING (cohort_month, months_since)
ORDER BY cohort_month, months_since
"""


def cohorts(view: View) -> pd.DataFrame:
    """The last twelve whole months, all stores.

    returns  cohort_month, months_since, customers, active_customers, net_sales, profit (of the lines with a known cost;
             None where none is) and costed_sales, the net sales it was made on
    """
    return ask(view.copy, COHORTS, as_of=view.as_of_at.date())


GRID = f"""
WITH cells AS (
    SELECT
        r_score, f_score, count(*) AS customers, avg(monetary)::DOUBLE AS value, mode(rfm_segment) AS segment
    FROM marts.customer_segmentation WHERE {BOUGHT_HERE}
    GROUP BY ALL
), scores AS (
    SELECT r.score AS r_score, f.score AS f_score
    FROM (SELECT unnest(range(1, 6)) AS score) AS r CROSS JOIN (SELECT unnest(range(1, 6)) AS score) AS f
)
SELECT r_score, f_score, coalesce(customers, 0) AS customers, value, segment
FROM scores LEFT JOIN cells USING (r_score, f_score)
ORDER BY f_score DESC, r_score
"""


def grid(view: View) -> pd.DataFrame:
    """All 25 cells of recency and frequency: r_score, f_score, customers, value (average), segment (the commonest)."""
    return ask(view.copy, GRID, stores=view.store_names)


CELL = f"""
SELECT full_name, email, dim_customers.last_order_date, order_count, lifetime_value
FROM marts.customer_segmentation
JOIN marts.dim_customers USING (customer_key)
WHERE r_score = $r AND f_score = $f AND {BOUGHT_HERE}
ORDER BY lifetime_value DESC
LIMIT 200
"""


def cell(view: View, r: int, f: int) -> pd.DataFrame:
    """The customers of one cell, largest first; at most 200."""
    return ask(view.copy, CELL, r=r, f=f, stores=view.store_names)


WORTH = {
    "So far": "dim_customers.lifetime_value",
    "Simple": "clv_simple",
    "Predictive": "clv_predictive",
    "Expected": "clv_expected",
}


def values(view: View, way: str) -> pd.DataFrame:
    """Customers by what they are worth, one of the ways of `WORTH`; the frame is that of `steps.in_steps`."""
    sizes = f"""
    SELECT {WORTH[way]}::DOUBLE AS size
    FROM marts.dim_customers LEFT JOIN marts.customer_metrics USING (customer_key)
    WHERE order_count > 0 AND {WORTH[way]} > 0 AND {BOUGHT_HERE}"""
    return ask(view.copy, in_steps(sizes), stores=view.store_names)


FREQUENCY = f"""
SELECT frequency_segment AS segment, count(*) AS customers, sum(monetary) AS net_sales, min(frequency) AS fewest,
    max(frequency) AS most
FROM marts.customer_segmentation WHERE {BOUGHT_HERE}
GROUP BY segment
ORDER BY fewest
"""


def frequency(view: View) -> pd.DataFrame:
    """One-time, occasional and frequent customers: segment, customers, net_sales, fewest and most orders in it."""
    return ask(view.copy, FREQUENCY, stores=view.store_names)


TOP = f"""
SELECT
    full_name, email, segmentation.rfm_segment AS segment, dim_customers.last_order_date, order_count, lifetime_value
FROM marts.dim_customers
LEFT JOIN marts.customer_segmentation AS segmentation USING (customer_key)
WHERE order_count > 0 AND {BOUGHT_HERE}
ORDER BY lifetime_value DESC, customer_key
LIMIT 10
"""


def top(view: View) -> pd.DataFrame:
    """The ten customers who spent most, all time, in the reporting currency."""
    return ask(view.copy, TOP, stores=view.store_names)


CUTS = {
    "Age": "coalesce(age_group, 'Unknown')",
    "Gender": "coalesce(gender, 'Unknown')",
    "City": "coalesce(city || coalesce(', ' || state, ''), 'Unknown')",
    "State": "coalesce(state, 'Unknown')",
}


def demographics(view: View, cut: str) -> pd.DataFrame:
    """Customers with an order by age group, gender, city or state: the largest eight, Other, Unknown last.

    returns  name, customers, net_sales, members (values in the row), place (0 named, 1 Other, 2 Unknown), youngest
    """
    limit = 99 if cut in ("Age", "Gender") else 8
    sql = f"""
WITH people AS (
    SELECT {CUTS[cut]} AS name, count(*) AS customers, sum(lifetime_value) AS net_sales, min(age) AS youngest
    FROM marts.dim_customers
    WHERE order_count > 0 AND {BOUGHT_HERE}
    GROUP BY name
), ranked AS (
    SELECT
        *,
        CASE
            WHEN name = 'Unknown' THEN 2
            WHEN row_number() OVER (ORDER BY name = 'Unknown', customers DESC, name) > $limit THEN 1
            ELSE 0
        END AS place
    FROM people
)
SELECT
    CASE WHEN place = 1 THEN 'Other' ELSE name END AS name, place, sum(customers) AS customers,
    sum(net_sales) AS net_sales, count(*) AS members, min(youngest) AS youngest
FROM ranked
GROUP BY 1, 2
ORDER BY place, customers DESC, name
"""
    return ask(view.copy, sql, limit=limit, stores=view.store_names)
