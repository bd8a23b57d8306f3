"""Data health: may these numbers be trusted."""

from datetime import datetime

import pandas as pd

from app.queries.published import ask

CHECKS = """
WITH failures AS (
    SELECT layer, table_name, rule, min(checked_at) AS first_seen
    FROM ops.validation_results WHERE NOT is_success
    GROUP BY ALL
)
SELECT
    layer, table_name, rule, severity, is_success, checked_rows, failing_rows, examples,
    CASE WHEN NOT is_success THEN first_seen END AS first_seen
FROM ops.validation_results
LEFT JOIN failures USING (layer, table_name, rule)
WHERE run_id = (SELECT run_id FROM ops.publication)
ORDER BY is_success, severity = 'warning', failing_rows DESC, layer, table_name, rule
"""


def checks(copy: str) -> pd.DataFrame:
    """The checks of the run that made the copy, failed ones first.

    returns  layer, table_name, rule, severity, is_success, checked_rows, failing_rows, examples, first_seen (the first
             failure on record)
    """
    return ask(copy, CHECKS)


RUNS = """
SELECT
    run_id, status, started_at, finished_at, rows_loaded, checks_passed, checks_failed, checks_warned, sources_failed,
    error
FROM ops.pipeline_runs
WHERE started_at > (SELECT max(started_at) FROM ops.pipeline_runs) - INTERVAL 14 DAY AND status <> 'running'
ORDER BY started_at
"""


def runs(copy: str) -> pd.DataFrame:
    """The runs of the fourteen days before the newest one, oldest first."""
    return ask(copy, RUNS)


LOADS = """
SELECT
    connection, resource, max(loaded_at) AS loaded_at, arg_max(mode, loaded_at) AS mode,
    arg_max(row_count, loaded_at) AS row_count, arg_max(rows_inserted, loaded_at) AS rows_inserted,
    arg_max(rows_updated, loaded_at) AS rows_updated, arg_max(rows_unchanged, loaded_at) AS rows_unchanged,
    arg_max(rows_deleted, loaded_at) AS rows_deleted
FROM ops.batches
WHERE loaded_at IS NOT NULL
GROUP BY ALL
ORDER BY connection, resource
"""


def loads(copy: str) -> pd.DataFrame:
    """What the newest batch of each resource brought."""
    return ask(copy, LOADS)


REJECTS = """
SELECT connection, resource, reason, count(*) AS number, min(rejected_at) AS first_at, max(rejected_at) AS last_at
FROM ops.rejects
WHERE rejected_at > $published::TIMESTAMP - INTERVAL 30 DAY
GROUP BY ALL
ORDER BY number DESC, last_at DESC
"""


def rejects(copy: str, published_at: datetime) -> pd.DataFrame:
    """Rows that broke their source's contract in the last 30 days, by reason."""
    return ask(copy, REJECTS, published=published_at)


DRIFTS = """
SELECT
    connection, resource, path, change, type_before, type_after, is_used,
    min(noticed_at) AS first_at, max(noticed_at) AS last_at
FROM ops.schema_drift
WHERE noticed_at > $published::TIMESTAMP - INTERVAL 30 DAY
GROUP BY ALL
ORDER BY is_used DESC, change, last_at DESC, connection, resource, path
"""


def drifts(copy: str, published_at: datetime) -> pd.DataFrame:
    """Fields of the last 30 days that were new, missing or of another type, those that models use first."""
    return ask(copy, DRIFTS, published=published_at)


WEBHOOKS = """
FROM ops.webhooks
ORDER BY set_aside_count > 0 DESC, waiting_count > 0 DESC, connection, topic
"""


def webhooks(copy: str) -> pd.DataFrame:
    """How the events that were pushed stand, by connection and topic, what is not done first."""
    return ask(copy, WEBHOOKS)


WEBHOOKS_SET_ASIDE = """
FROM ops.webhooks_set_aside
ORDER BY received_at DESC, event_id
"""


def webhooks_set_aside(copy: str) -> pd.DataFrame:
    """The newest events that were tried as often as they are, with what went wrong the last time."""
    return ask(copy, WEBHOOKS_SET_ASIDE)


RESTATEMENTS = """
SELECT
    noticed_at, store, date_key, reason, order_number, order_count,
    coalesce(net_sales_after, 0) - coalesce(net_sales_before, 0) AS change,
    coalesce(net_sales_native_after, 0) - coalesce(net_sales_native_before, 0) AS change_native,
    (SELECT any_value(currency_code) FROM marts.dim_stores WHERE dim_stores.store = restatements.store) AS currency_code
FROM ops.restatements
WHERE noticed_at > $published::TIMESTAMP - INTERVAL 30 DAY
    AND environment = (SELECT environment FROM ops.publication)
ORDER BY noticed_at DESC, abs(change) DESC NULLS LAST, store, date_key, order_number
"""


def restatements(copy: str, published_at: datetime) -> pd.DataFrame:
    """Past days that the runs of the last 30 days changed, order by order, the newest first.

    returns  noticed_at, store, date_key, reason, order_number (None for several), order_count, change (of net sales, in
             the reporting currency), change_native, currency_code (the store's)
    """
    return ask(copy, RESTATEMENTS, published=published_at)


MATCHES = """
SELECT
    store, match_status, is_mismatch, count(*) AS number, sum(abs(difference)) AS difference,
    arg_max(reason, (event_date, reconciliation_key)) AS example, max(event_date) AS newest
FROM marts.payment_reconciliation
GROUP BY ALL
ORDER BY is_mismatch DESC, difference DESC NULLS LAST, store, match_status
"""


def matches(copy: str) -> pd.DataFrame:
    """How the money of orders and payments matches what was asked for, by store; what does not match comes first.

    returns  store, match_status, is_mismatch, number, difference (in the reporting currency, without sign), example (in
             words, the newest), newest (day)
    """
    return ask(copy, MATCHES)


PRIVACY_REQUESTS = """
FROM ops.privacy_requests
ORDER BY done_at IS NOT NULL, requested_at DESC, request_id
"""


def privacy_requests(copy: str) -> pd.DataFrame:
    """What people asked about their own data, what is not done first."""
    return ask(copy, PRIVACY_REQUESTS)
