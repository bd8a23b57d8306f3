"""Rows that are no more. A merge by key adds and replaces; that a row is gone has to be said apart.

Each is a statement beside the one its model writes with, and a run may be killed between the two: it is then not
recorded as done, and the next one repeats both.
"""

from sqlglot import exp
from sqlmesh import macro


@macro()
def make_room(evaluator, source: exp.Expression, key: exp.Expression) -> exp.Expression | None:
    """Delete the rows of whatever has changed, before the model writes those that still stand.

    For the tables with most rows: they are looked through once, by the key of what their rows are made of, and not by
    their own key and again for what vanished. The model is of the kind INCREMENTAL_UNMANAGED, which adds rows and no
    more; whatever it writes has to be of the rows of `source` that are new.
    """
    if evaluator.runtime_stage != "evaluating":
        return None
    return _delete(evaluator, f"stale.{key.name} = changed.{key.name}", _changed(evaluator, source, key))


@macro()
def forget_vanished(evaluator, source: exp.Expression, key: exp.Expression) -> exp.Expression | None:
    """Delete the rows that are older than what they are made of.

    The run has just written again whatever still stands of a changed source row, with that row's loaded_at or a later
    one; a row that is left with an earlier one was not written, and so is no more: a line a cart has lost, the event of
    a refund that failed, a deleted order.
    """
    is_older = f"stale.{key.name} = changed.{key.name} AND stale.loaded_at < changed.loaded_at"
    return _delete(evaluator, is_older, _changed(evaluator, source, key))


@macro()
def forget_found(evaluator, transactions: exp.Expression) -> exp.Expression | None:
    """Delete the refunds without an order whose payment has found one: its shop tells them itself."""
    return _delete(
        evaluator,
        f"stale.order_key IS NULL AND EXISTS(SELECT 1 FROM {transactions.sql('duckdb')} AS found "
        "WHERE found.transaction_key = stale.refund_key AND NOT found.order_key IS NULL)",
    )


@macro()
def forget(evaluator, condition: exp.Expression) -> exp.Expression | None:
    """Delete the rows of which something is so; the condition calls the model's own row `stale`."""
    return _delete(evaluator, condition.sql("duckdb"))


@macro()
def forget_empty(evaluator, count: exp.Expression) -> exp.Expression | None:
    """Delete the rows that count nothing any more."""
    return _delete(evaluator, f"stale.{count.name} = 0 AND stale.loaded_at >= {_since(evaluator)}")


def _changed(evaluator, source: exp.Expression, key: exp.Expression) -> str:
    # Joined and not asked of each row, and grouped though keys may be unique: DuckDB then reads two columns once, and
    # knows the few changed rows for few.
    return (
        f"(SELECT {key.name}, MAX(loaded_at) AS loaded_at FROM {source.sql('duckdb')} "
        f"WHERE loaded_at >= {_since(evaluator)} GROUP BY {key.name}) AS changed"
    )


def _since(evaluator) -> str:
    return f"CAST('{evaluator.locals['start_ts']}' AS TIMESTAMP)"


def _delete(evaluator, condition: str, beside: str | None = None) -> exp.Expression | None:
    if evaluator.runtime_stage == "loading":
        return None
    table = exp.to_table(evaluator.locals["this_model"], dialect="duckdb").sql("duckdb")
    using = f" USING {beside}" if beside else ""
    return exp.maybe_parse(f"DELETE FROM {table} AS stale{using} WHERE {condition}", dialect="duckdb")
