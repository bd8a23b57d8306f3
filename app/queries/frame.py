"""What every page needs before its first number: the publication, the stores, the checks, the definitions."""

from dataclasses import dataclass
from datetime import datetime

from app.queries.published import ask
from app.view import Store, View


@dataclass(frozen=True)
class Publication:
    """What the copy says about itself. Instants are UTC; the as-of instant is by the sources' clock."""

    version: int
    published_at: datetime
    as_of_at: datetime
    reporting_currency: str
    definitions: str
    is_masked: bool
    checks_passed: int
    checks_warned: int
    checks_failed: int
    last_run_status: str | None
    last_run_at: datetime | None
    last_run_error: str | None


PUBLICATION = """
WITH last_run AS (
    SELECT status, finished_at, error FROM ops.pipeline_runs
    WHERE status <> 'running' AND finished_at > (SELECT published_at FROM ops.publication)
    ORDER BY finished_at DESC LIMIT 1
), checks AS (
    SELECT
        count(*) FILTER (WHERE is_success) AS checks_passed,
        count(*) FILTER (WHERE NOT is_success AND severity = 'warning') AS checks_warned,
        count(*) FILTER (WHERE NOT is_success AND severity <> 'warning') AS checks_failed
    FROM ops.validation_results
    WHERE run_id = (SELECT run_id FROM ops.publication)
)
SELECT
    version, published_at, coalesce(as_of_at, published_at) AS as_of_at, reporting_currency, definitions, is_masked,
    checks_passed, checks_warned, checks_failed,
    last_run.status AS last_run_status, last_run.finished_at AS last_run_at, last_run.error AS last_run_error
FROM ops.publication
CROSS JOIN checks
LEFT JOIN last_run ON TRUE
"""


def publication(copy: str) -> Publication:
    """The copy's own record, the checks of the run that made it, and any run that ended after it."""
    return Publication(**ask(copy, PUBLICATION).to_dict("records")[0])


STORES = """
SELECT
    store AS name,
    coalesce(dim_stores.platform, freshness.platform) AS platform,
    coalesce(timezone, 'UTC') AS timezone,
    coalesce(currency_code, publication.reporting_currency) AS currency,
    first_order_at, last_order_at,
    CASE WHEN freshness.store IS NULL THEN publication.as_of_at ELSE freshness.as_of_at END AS as_of_at,
    coalesce(freshness.last_loaded_at, dim_stores.last_loaded_at) AS last_loaded_at,
    coalesce(freshness.status, 'current') AS status,
    freshness.last_error
FROM marts.dim_stores
FULL JOIN ops.freshness USING (store)
CROSS JOIN ops.publication
ORDER BY store
"""
# Stripe moves money and fx knows rates: they make no orders, so they are sources of the numbers, never shops to choose.
NOT_SHOPS = frozenset({"stripe", "fx"})


def sources(copy: str) -> tuple[Store, ...]:
    """Every connection by name, shops and payment accounts alike, with where its data ends."""
    return tuple(Store(**row) for row in ask(copy, STORES).to_dict("records"))


def shops(copy: str) -> tuple[Store, ...]:
    """The connections that make orders."""
    return tuple(store for store in sources(copy) if store.has_orders or store.platform not in NOT_SHOPS)


SAMPLE_DATES = """
SELECT count(*) AS orders, count(*) FILTER (WHERE is_synthetic_date) AS sample_dates
FROM marts.fact_orders
WHERE store IN (SELECT unnest($stores)) AND order_date BETWEEN $first AND $last
"""


def orders_in_period(view: View) -> tuple[int, int]:
    """Orders of the period, and how many of them carry a date we made up because the source has none."""
    row = ask(view.copy, SAMPLE_DATES, stores=view.store_names, first=view.period.first, last=view.period.last).iloc[0]
    return int(row["orders"]), int(row["sample_dates"])


DEFINITIONS = """
SELECT table_name, column_name, comment
FROM duckdb_columns()
WHERE schema_name = 'marts' AND comment IS NOT NULL
"""


def definitions(copy: str) -> dict[tuple[str, str], str]:
    """What each column of the marts means, as its model describes it: (table, column) → text."""
    rows = ask(copy, DEFINITIONS)
    return {(table, column): comment for table, column, comment in rows.itertuples(index=False)}
