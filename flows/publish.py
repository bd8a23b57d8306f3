"""Publish: the checked copy, with the row of the very run that makes it."""

import duckdb

from countinghouse.warehouse.publish import publish
from countinghouse.webhooks.inbox import Books
from countinghouse.webhooks.report import note_inbox
from flows.progress import say
from flows.run import Run


def publish_copy(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Move readers to a new version, and close the run.

    The copy carries the run's last row before readers see it, the warehouse only after: a run killed in between has
    published and is said to have failed, never the other way round.
    """
    note_inbox(con, run.settings)
    publication = publish(
        run.settings, con, run.run_id, finish=lambda books, version: run.close(books, run.status, version)
    )
    run.publication = publication
    run.close(con, run.status, publication.version)
    if run.settings.inbox_path.exists():
        with Books(run.settings.inbox_path) as books:
            books.note_published()
    run.tell_readers(run.status, publication.as_of_at, None)
    same = ", the same as before" if publication.is_unchanged else ""
    rows = sum(publication.row_counts.values())
    as_of = f", data as of {publication.as_of_at:%Y-%m-%d %H:%M} UTC" if publication.as_of_at else ""
    say("Publish", f"version {publication.version}: {len(publication.row_counts)} tables, {rows:,} rows{same}{as_of}")
