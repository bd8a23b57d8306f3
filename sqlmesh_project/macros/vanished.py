"""Rows that are no more. A merge by key adds and replaces; that a row is gone has to be said apart.

Both run after a model's own merge and can be killed before: the run is then not recorded as done, and the next one repeats both.
"""

from sqlglot import exp
from sqlmesh import macro


def _delete(evaluator, condition: str) -> exp.Expression | None:
    if evaluator.runtime_stage == "loading":
        return None
    start = evaluator.locals["start_ts"]
    since = f"loaded_at >= CAST('{start}' AS TIMESTAMP)"
    table = exp.to_table(evaluator.locals["this_model"], dialect="duckdb").sql("duckdb")
    return exp.maybe_parse(f"DELETE FROM {table} WHERE {condition.format(since=since)}", dialect="duckdb")


@macro()
def forget_earlier_shapes(evaluator) -> exp.Expression | None:
    """Delete rows of changed orders that do not carry the order's last loaded_at: lines and events it no longer has."""
    return _delete(
        evaluator,
        "order_key IN (SELECT order_key FROM intermediate.int_orders WHERE {since}) "
        "AND NOT (order_key, loaded_at) IN (SELECT (order_key, loaded_at) FROM intermediate.int_orders WHERE {since})",
    )


@macro()
def forget_gone_orders(evaluator) -> exp.Expression | None:
    """Delete orders that are no orders any more."""
    return _delete(evaluator, "order_key IN (SELECT order_key FROM intermediate.int_orders WHERE is_gone AND {since})")


@macro()
def forget_uncounted_refunds(evaluator) -> exp.Expression | None:
    """Delete refunds that have failed or been canceled since."""
    return _delete(
        evaluator,
        "refund_key IN (SELECT refund_key FROM staging.stg_stripe__refunds WHERE {since} "
        "AND (is_deleted OR NOT status IN ('succeeded', 'pending', 'requires_action')))",
    )


@macro()
def forget_empty_rows(evaluator) -> exp.Expression | None:
    """Delete rows that count no order any more."""
    return _delete(evaluator, "orders = 0 AND {since}")
