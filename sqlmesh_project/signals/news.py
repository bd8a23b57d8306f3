"""Whether anything has happened that the models do not know yet. If nothing has, a run evaluates none of them.

The answer is one for the whole project: were it asked of each source apart, SQLMesh would hold back whatever has only
some of its parents ready. Declared on the models at the roots; the others follow them.
"""

from sqlmesh import ExecutionContext, signal
from sqlmesh.core.snapshot import Snapshot
from sqlmesh.utils.date import DatetimeRanges, to_ts


@signal()
def news(batch: DatetimeRanges, context: ExecutionContext) -> bool:
    """Ready when a raw row, a setting, the newest data's day or what it leaves behind is not what it was last time."""
    if context.is_restatement:
        return True
    known_until = _known_until(context)
    if known_until is None:
        return True
    # Every root asks the same, and the questions cost more with every model: the run's first answer is kept on what all
    # of them share, for this set of models and as long as none has been run. A signal has no globals of its own.
    asked = vars(context.engine_adapter).setdefault("_news", {})
    if asked.get("of") is not context.snapshots or asked["known_until"] != known_until:
        known = f"TIMESTAMP '{to_ts(known_until)}'"
        is_news = any(context.engine_adapter.fetchone(query)[0] for query in _questions(context, known))
        asked.update(of=context.snapshots, known_until=known_until, is_news=is_news)
    return asked["is_news"]


def _known_until(context: ExecutionContext) -> int | None:
    """When the model that is furthest behind was last run, in milliseconds; None where one never was.

    The furthest behind, not the one that asks: a model that failed is run again though its parents have nothing new.
    """
    ends = []
    for snapshot in context.snapshots.values():
        if snapshot.is_model and snapshot.model.allow_partials and not snapshot.is_external and not snapshot.is_seed:
            deployed = context.deployability_index is None or context.deployability_index.is_representative(snapshot)
            intervals = snapshot.intervals if deployed else snapshot.dev_intervals
            ends.append(intervals[-1][1] if intervals else None)
    return None if None in ends else min(ends, default=None)


def _questions(context: ExecutionContext, known: str) -> list[str]:
    names = {_name(snapshot) for snapshot in context.snapshots.values()}
    raw = sorted(name for name in names if name.startswith("raw."))
    rows = " UNION ALL ".join(f"SELECT MAX(loaded_at) AS loaded_at FROM {name}" for name in raw)
    shapes = "timezone, currency_code, settles, synthetic_start, synthetic_days"
    return [
        f"SELECT COALESCE(MAX(loaded_at) > {known}, FALSE) FROM ({rows})",
        # A merchant's word about who is who, also one that was taken back.
        f"SELECT COALESCE(MAX(changed_at) > {known}, FALSE) FROM ops.customer_links",
        # Segments and stock covers count days to the newest data: a new day changes them though no row has changed.
        f"""
        SELECT COUNT(*) > 0
        FROM ops.connections
        CROSS JOIN (
            SELECT MAX(extracted_at) AS now, MAX(extracted_at) FILTER (loaded_at <= {known}) AS before FROM ops.batches
        ) AS newest
        WHERE (now AT TIME ZONE 'UTC' AT TIME ZONE timezone)::DATE
            IS DISTINCT FROM (before AT TIME ZONE 'UTC' AT TIME ZONE timezone)::DATE
        """,
        f"""
        SELECT COUNT(*) > 0
        FROM (
            SELECT connection, kind, {shapes}, (SELECT MAX(reporting_currency) FROM ops.settings) FROM ops.connections
            EXCEPT
            SELECT store, platform, {shapes}, reporting_currency FROM {context.resolve_table("intermediate.int_stores")}
        )
        """,
        *(_left_behind(context) for name in names if name == "marts.fact_carts"),
    ]


def _left_behind(context: ExecutionContext) -> str:
    """A cart is left behind by time alone. An environment of some models may not have carts."""
    return f"""
        SELECT COUNT(*) > 0
        FROM {context.resolve_table("marts.fact_carts")}
        WHERE NOT is_abandoned AND abandoned_at <= (SELECT MAX(extracted_at) FROM ops.batches)
        """


def _name(snapshot: Snapshot) -> str:
    return ".".join(part.strip('"') for part in snapshot.name.split(".")[-2:])
