"""What raw promises: every row that was loaded is there once, whole, and can be traced to its batch.

Its tables are those of the declared sources; a new source is checked the day it is declared.
"""

from countinghouse.sources import SOURCES
from expectations.rules import Rule, Table, flat


def resource_rules(kind: str, resource: str) -> tuple[Rule, ...]:
    """The promises of one raw table."""
    rows = Table(f"{kind}__{resource}", ("connection", "id"))
    of_resource = f"kind = '{kind}' AND resource = '{resource}'"
    return flat(
        rows.identified(),
        rows.never("Every row has an id that is not empty.", "trim(id) = ''"),
        rows.never("Every payload is a whole JSON object.", "json_type(payload) IS DISTINCT FROM 'OBJECT'"),
        rows.no_rows(
            "Every row comes from a batch in the books.",
            "SELECT connection, id FROM {batch} ANTI JOIN ops.batches USING (batch_id)",
        ),
        Table(rows.name, ("connection",)).no_rows(
            "Each connection has as many rows as its batches brought in: none was lost, none came twice.",
            f"""
            SELECT connection FROM (SELECT connection, count(*) AS held FROM {{batch}} GROUP BY connection)
            FULL JOIN (
                SELECT connection, sum(rows_inserted) AS brought FROM ops.batches
                WHERE {of_resource} GROUP BY connection
            ) USING (connection)
            WHERE coalesce(held, 0) <> coalesce(brought, 0)
            """,
        ),
    )


RULES = flat(
    *(resource_rules(source.kind, resource.name) for source in SOURCES.values() for resource in source.resources)
)
