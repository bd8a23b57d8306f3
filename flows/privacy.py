"""Privacy: what people ask about their own data, carried out in every place that keeps it.

`prefect deployment run privacy/requests` runs every night: erasing rewrites whole files, which costs by what the books
hold and not by what is asked, so that all requests of a day are one rewriting. A data request becomes a file for the
merchant to hand on. Shopify's `customers/redact` is carried out unasked; `shop/redact` waits for a person's word
(`make privacy ARGS="carry-out --shop NAME"`), since its topic is not signed and it erases much.

A redaction is done when nothing is found any more. Interrupted at any instant, the next run goes on with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from prefect import flow

from countinghouse import landing
from countinghouse.errors import CountinghouseError
from countinghouse.privacy.export import drop_exports, sweep_exports, write_export
from countinghouse.privacy.inboxed import DATA_REQUEST, REDACT, REDACT_SHOP, asked_by, of_topic
from countinghouse.privacy.redaction import begin
from countinghouse.privacy.remains import clean_logs, remains
from countinghouse.privacy.requests import Origin, close_requests, new_id, note_place, open_request, unfinished
from countinghouse.privacy.subject import Asked, everywhere, find
from countinghouse.privacy.tombstones import secret_key
from countinghouse.privacy.traces import Traces
from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse.connect import open_warehouse, writer_lock
from countinghouse.warehouse.rewrite import rewrite
from countinghouse.warehouse.transactions import naive
from countinghouse.webhooks.inbox import Books, Waiting
from flows.pipeline import DRAIN_PATIENCE, check_step, publish_step, report, transform_step
from flows.progress import in_files, say, warn
from flows.run import opened
from flows.transform import forget_environments


@dataclass
class Carried:
    """What one run did, and what keeps the rest from being done."""

    done: list[str] = field(default_factory=list[str])
    left: dict[str, int] = field(default_factory=dict[str, int])


@flow(name="privacy", persist_result=False)
def privacy(shops: Sequence[str] = ()) -> Carried:
    """Answer and redact whoever is waiting, and end what was begun.

    shops   connections of which a person has said that `shop/redact` is to be carried out
    raises  CountinghouseError where the models or their checks stop it; what was begun stays begun
    """
    settings = load_settings().in_environment("prod")
    with in_files(settings.logs_dir), writer_lock(settings, DRAIN_PATIENCE):
        sweep_exports(exports_dir(settings))
        begin_waiting(settings, shops)
        return finish(settings)


def exports_dir(settings: Settings) -> Path:
    """Where answers to data requests lie until they are handed on."""
    return settings.privacy_dir / "exports"


def traces_of(settings: Settings) -> Traces:
    """What to look for, of requests in progress."""
    return Traces(settings.privacy_dir / "work")


def waiting(settings: Settings) -> list[Waiting]:
    """Requests that came by webhook and that nobody has carried out."""
    if not settings.inbox_path.exists():
        return []
    with Books(settings.inbox_path) as books:
        return books.private()


def request_id(one: Waiting) -> str:
    """The name of a request in the record: an event's name counts within its connection."""
    return f"{one.event.connection}:{one.event.id}"


def begin_waiting(settings: Settings, shops: Sequence[str]) -> None:
    """Begin what came by webhook."""
    events = waiting(settings)
    for one in of_topic(events, DATA_REQUEST):
        export(settings, [asked_by(one.event)], request_id(one), "webhook", one.received_at)
        with Books(settings.inbox_path) as books:
            books.finish([one.event], is_loaded=False)
    for one in of_topic(events, REDACT, REDACT_SHOP):
        if one.event.topic == REDACT_SHOP and one.event.connection not in shops:
            say("Privacy", f"{one.event.connection}: shop/redact waits for your word, see make privacy")
            continue
        redact(settings, [asked_by(one.event)], request_id(one), "webhook", one.received_at)


def redact(
    settings: Settings,
    asked: Sequence[Asked],
    name: str | None = None,
    origin: Origin = "command",
    requested_at: datetime | None = None,
) -> str:
    """Erase from the books whom a request names; the rest is `finish`'s. Returns the request's name."""
    name, at = name or new_id(), requested_at or datetime.now(UTC)
    key = secret_key(settings.data_dir)
    with open_warehouse(settings) as con:
        rows = begin(con, key, name, asked, origin, at, traces_of(settings))
    say("Privacy", f"{asked[0].connection}: redacting, {rows:,} rows of theirs")
    return name


def export(
    settings: Settings,
    asked: Sequence[Asked],
    name: str | None = None,
    origin: Origin = "command",
    requested_at: datetime | None = None,
) -> Path:
    """Write what the books have of whom a request names."""
    name, at = name or new_id(), requested_at or datetime.now(UTC)
    with open_warehouse(settings) as con:
        found = [find(con, one) for one in asked]
        path = write_export(con, exports_dir(settings), found)
        rows = sum(one.count for one in found)
        open_request(con, name, asked[0].connection, "export", origin, naive(at), rows)
        note_place(con, [name], "files written", 1)
        close_requests(con, [name])
    say("Privacy", f"{asked[0].connection}: {rows:,} rows written to {path}")
    return path


def extended(settings: Settings, asked: Asked) -> list[Asked]:
    """A request with the same person's accounts in every other connection."""
    with open_warehouse(settings) as con:
        others: list[tuple[str, str]] = con.execute(
            "SELECT connection, kind FROM ops.connections ORDER BY connection"
        ).fetchall()
        return [asked, *(one for one in everywhere(con, find(con, asked), others) if not one.is_empty)]


def finish(settings: Settings) -> Carried:
    """Bring every place up to what the books say, look for what is left, and only then call requests done."""
    with open_warehouse(settings) as con:
        ids = unfinished(con)
        names = redacted_connections(con, ids)
    if not ids:
        traces_of(settings).forget([])
        say("Privacy", "nothing is to be redacted")
        return Carried()
    texts = traces_of(settings).read(ids)
    try:
        places = everywhere_else(settings, names, texts)
        left = remains(settings, texts)
    except CountinghouseError as problem:
        with open_warehouse(settings) as con:
            close_requests(con, ids, f"Not yet done, the next run goes on with it: {problem}")
        raise
    return close(settings, ids, places, left)


def everywhere_else(settings: Settings, connections: set[str], texts: set[str]) -> dict[str, int]:
    """Every place but the books themselves, in the order in which they are made of each other; what was done where."""
    places = {"landed batches": discard_landed(settings, connections)}
    places |= publish_anew(settings)
    say("Privacy", "the warehouse is being written anew, so that its free blocks hold nothing of them")
    rewrite(settings, settings.warehouse_path)
    return places | {
        "warehouse rewritten": 1,
        "answers to data requests": drop_exports(exports_dir(settings), texts),
        "logs and reports": clean_logs(settings, texts),
    }


def redacted_connections(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> set[str]:
    """The connections that requests reach."""
    rows = con.execute(
        "SELECT DISTINCT connection FROM ops.privacy_tombstones WHERE list_contains(?::TEXT[], request_id)", [list(ids)]
    ).fetchall()
    return {name for (name,) in rows}


def discard_landed(settings: Settings, connections: set[str]) -> int:
    """Remove batches not yet loaded, and what extractions that were cut off have left.

    No cursor has moved by them, and no event counts as done: the next run reads the same rows again, and strips them.
    """
    batches = [one for one in landing.pending(settings.landing_dir) if one.connection in connections]
    for manifest in batches:
        landing.discard(manifest)
    for name in connections:
        landing.sweep(settings.landing_dir / name)
    return len(batches)


def publish_anew(settings: Settings) -> dict[str, int]:
    """Run the models over what was redacted, publish, and leave no older copy to go back to."""
    with opened(settings) as run:
        try:
            with run.clock.step("transform"):
                forget_environments()
                transform_step(run)
            with run.clock.step("check"):
                check_step(run, "staging")
                check_step(run, "marts")
            with run.clock.step("publish"):
                publish_step(run)
        finally:
            with run.clock.step("report"):
                report(run)
    return {"published copies": drop_older_copies(settings)}


def drop_older_copies(settings: Settings) -> int:
    """Remove every published version but the one just made, of every environment."""
    current = settings.published_path.resolve()
    old = [path for path in (settings.published_dir / "versions").glob("*.duckdb*") if path.resolve() != current]
    for path in old:
        path.unlink(missing_ok=True)
    for link in settings.published_dir.glob("*.duckdb"):
        if link.is_symlink() and not link.exists():
            link.unlink()
    return len(old)


def close(settings: Settings, ids: list[str], places: dict[str, int], left: dict[str, int]) -> Carried:
    """Write the record: done, or what is left where."""
    where = ", ".join(f"{place} ({count})" for place, count in sorted(left.items())[:10])
    error = f"Something of theirs is still in {where}; see docs/privacy.md." if left else None
    with open_warehouse(settings) as con:
        for place, count in places.items():
            note_place(con, ids, place, count)
        close_requests(con, ids, error)
    if error:
        warn("Privacy", error)
        return Carried(left=left)
    if settings.inbox_path.exists():
        with Books(settings.inbox_path) as books:
            books.finish([one.event for one in books.private() if request_id(one) in ids], is_loaded=False)
    traces_of(settings).forget([])
    say("Privacy", f"{len(ids):,} {'request' if len(ids) == 1 else 'requests'} carried out; nothing of theirs is left")
    return Carried(done=ids)
