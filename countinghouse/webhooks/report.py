"""The inbox in the warehouse's books, so that every published copy says how the webhooks stand."""

import duckdb

from countinghouse.settings import Settings
from countinghouse.warehouse.transactions import naive, transaction, utc_now
from countinghouse.webhooks.inbox import Books

# A thousand events that failed for one reason are read as one.
_MOST_SHOWN = 200


def note_inbox(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Replace what the books say of the inbox; where there is none, they say nothing."""
    if not settings.inbox_path.exists():
        return
    with Books(settings.inbox_path) as books:
        standings, aside = books.standings(), books.aside()
    now = utc_now()
    with transaction(con):
        con.execute("DELETE FROM ops.webhooks")
        con.execute("DELETE FROM ops.webhooks_set_aside")
        for one in standings:
            oldest = naive(one.oldest_waiting_at) if one.oldest_waiting_at else None
            con.execute(
                "INSERT INTO ops.webhooks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *(one.connection, one.topic, one.waiting, one.done, one.set_aside),
                    *(oldest, naive(one.last_received_at), now),
                ],
            )
        for event in aside[:_MOST_SHOWN]:
            con.execute(
                "INSERT INTO ops.webhooks_set_aside VALUES (?, ?, ?, ?, ?, ?)",
                [event.connection, event.topic, event.event_id, naive(event.received_at), event.tries, event.error],
            )
