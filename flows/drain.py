"""The drain: read again what the webhooks named, and bring it to the readers.

`prefect deployment run drain/webhooks` runs every minute. It takes the events that wait, reads the objects
they name through the sources' own APIs, lands and loads them like any extraction, and goes the pipeline's road from
there. An event is done once its objects are in the warehouse. Nothing here replaces the daily run: no cursor moves, so
what was never told, or was set aside, is found by polling as if there were no webhooks.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from countinghouse.errors import WarehouseInUseError
from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse.connect import open_warehouse, writer_lock
from countinghouse.warehouse.runs import record_extraction
from countinghouse.webhooks.errands import Errand, Fetched, errands, key, names_of, run_errand
from countinghouse.webhooks.inbox import Books, Waiting
from countinghouse.webhooks.topics import UNINSTALLED, Event
from flows.command import run_as_command
from flows.load import note_loads
from flows.pipeline import READERS, hand_over, remodel, report
from flows.progress import LOG, in_files, say, warn
from flows.run import Outcome, Run, in_words, opened
from flows.server import prefect_api

# Oldest first; what is left comes with the next drain. More than this is faster polled.
MOST_EVENTS = 2_000
# A publication that was refused is tried again, but not by every drain: what stands against it seldom goes by itself.
PUBLISH_AGAIN = timedelta(minutes=10)

Submit = Callable[[Errand, Settings, str], Any]


@task(task_run_name="{errand.name}", cache_policy=NO_CACHE, persist_result=False)
def fetch_objects(errand: Errand, settings: Settings, run_id: str) -> Fetched:
    """Read the objects of one errand again and land them."""
    return fetch(errand, settings, run_id)


def fetch(errand: Errand, settings: Settings, run_id: str) -> Fetched:
    """Read the objects of one errand again and land them, saying how many came."""
    fetched = run_errand(errand, settings.landing_dir, run_id)
    rows = sum(manifest.rows for manifest, _ in fetched.batches)
    say("Extract", f"{errand.name:<32} {rows:>9,} {'row' if rows == 1 else 'rows'} by name")
    return fetched


@flow(name="drain", task_runner=ThreadPoolTaskRunner(max_workers=READERS), persist_result=False)
def drain(environment: str = "prod") -> Outcome | None:
    """Work off the events that wait and publish; None where there is nothing to do, or the pipeline is at work.

    raises  CountinghouseError when nothing was published; readers keep what they had, and what was loaded stays
    """
    settings = load_settings().in_environment(environment)
    if not settings.inbox_path.exists():
        say("Drain", "there is no inbox: no webhook has ever come in")
        return None
    with in_files(settings.logs_dir), Books(settings.inbox_path) as books, ExitStack() as held:
        try:
            held.enter_context(writer_lock(settings))
        except WarehouseInUseError:
            say("Drain", "another run is at work; the events wait for the next drain")
            return None
        return drained(settings, books, fetch_objects.submit)


def drained(settings: Settings, books: Books, submit: Submit) -> Outcome | None:
    """Do the work of one drain, as the one writer."""
    events = due(settings, books)
    if not events and not books.claim_unpublished(PUBLISH_AGAIN):
        say("Drain", "no event is due")
        return None
    with opened(settings) as run:
        say("Start", f"drain {run.run_id} of environment {settings.environment}, {len(events):,} events")
        try:
            work_off(run, books, events, submit)
            remodel(run)
            hand_over(run)
        finally:
            with run.clock.step("report"):
                report(run)
        say("Done", f"{run.status} in {run.clock.split()}")
        return run.outcome()


def due(settings: Settings, books: Books) -> list[Waiting]:
    """The events to work off now. A connection that was never polled waits for that: it reads everything anyway."""
    books.sweep()
    waiting = books.take(MOST_EVENTS)
    if not waiting:
        return []
    known = {connection.name for connection in settings.enabled_connections}
    with open_warehouse(settings) as con:
        rows = con.execute("SELECT DISTINCT connection FROM ops.batches WHERE mode <> 'named'").fetchall()
    polled = {name for (name,) in rows}
    for one in waiting:
        name = one.event.connection
        if name not in known:
            books.set_aside(one.event, f"There is no connection '{name}' any more, or it is not enabled.")
        elif name not in polled:
            unread = f"{name} was not read before; the pipeline's first run reads all of it."
            books.fail(one.event, unread, counts=False)
    return [one for one in waiting if one.event.connection in known & polled]


def work_off(run: Run, books: Books, events: Sequence[Waiting], submit: Submit) -> None:
    """Read, load, and settle every event: done, waiting again, or set aside."""
    settings = run.settings
    with open_warehouse(settings) as con:
        # What a run that was stopped has landed is older than what is read now.
        note_loads(con, run)
    with run.clock.step("extract"):
        todo = errands(settings.enabled_connections, [one.event for one in events])
        futures = [submit(errand, settings, run.run_id) for errand in todo]
        fetched = [
            seen(errand, future.result(raise_on_failure=False)) for errand, future in zip(todo, futures, strict=True)
        ]
    with run.clock.step("load"), open_warehouse(settings) as con:
        refused = note_loads(con, run)
        note_fetched(run, fetched)
        note_uninstalled(con, run, [one.event for one in events])
        settle(run, books, events, problems(fetched, refused))


def seen(errand: Errand, result: Fetched | BaseException) -> Fetched:
    """How an errand went, also where something went wrong that nobody expected."""
    if isinstance(result, Fetched):
        return result
    LOG.error("%s", errand.name, exc_info=result)
    return Fetched(errand, failed=dict.fromkeys(errand.names, result))


def note_fetched(run: Run, fetched: Sequence[Fetched]) -> None:
    """Count what was read, and remember the sources that could not be."""
    for one in fetched:
        rows = sum(manifest.rows for manifest, _ in one.batches)
        run.rows_extracted += rows
        error = next((in_words(problem) for problem in one.failed.values()), None)
        run.landed.append({"resource": one.errand.name, "rows": rows, "error": error})
        if error:
            run.note_failed_source(one.errand.connection.name, error)
            warn("Extract", f"not read: {len(one.failed):,} of {one.errand.name}: {error}")


Problem = tuple[str, bool]  # the sentence, and whether it counts as a try of the event
Wanted = tuple[str, str, str, str | None]  # connection, resource, id, what narrows


def problems(fetched: Sequence[Fetched], refused: dict[str, str]) -> dict[Wanted, Problem]:
    """Why objects are not in the warehouse as they are now, for those that are not.

    A source of which nothing at all could be read is in trouble as a whole, which is no fault of an event.
    """
    found: dict[Wanted, Problem] = {}
    for one in fetched:
        errand, name = one.errand, one.errand.connection.name
        theirs = [other for other in fetched if other.errand.connection.name == name]
        asked = sum(len(other.errand.names) for other in theirs)
        is_down = one.is_source_down or (asked > 1 and asked == sum(len(other.failed) for other in theirs))
        for failed, error in one.failed.items():
            found[name, *key(errand.resource, failed)] = (in_words(error), not is_down)
        for manifest, names in one.batches:
            if manifest.batch_id in refused:
                sentence = refused[manifest.batch_id]
                found |= {(name, *key(errand.resource, refusal)): (sentence, True) for refusal in names}
    return found


def note_uninstalled(con: duckdb.DuckDBPyConnection, run: Run, events: Sequence[Event]) -> None:
    """A shop that took the app away is behind until it can be read again."""
    for event in events:
        if event.topic == UNINSTALLED:
            at = f" on {event.happened_at:%Y-%m-%d %H:%M} UTC" if event.happened_at else ""
            error = f"{event.connection}: the app was uninstalled{at}; install it again, or disable the connection."
            started_at = datetime.now(UTC)
            record_extraction(con, run.run_id, event.connection, "shop", "failed", started_at=started_at, error=error)
            run.note_failed_source(event.connection, error)


def settle(run: Run, books: Books, events: Sequence[Waiting], problems: dict[Wanted, Problem]) -> None:
    """Mark the events whose objects are all loaded as done, and let the others wait or go aside."""
    done: list[Event] = []
    aside = 0
    for event in (one.event for one in events):
        hit = [problem for wanted in names_of(event) if (problem := problems.get((event.connection, *wanted)))]
        if not hit:
            done.append(event)
            continue
        sentence, counts = next((problem for problem in hit if problem[1]), hit[0])
        aside += books.fail(event, sentence, counts=counts)
    books.finish(done)
    waits = len(events) - len(done) - aside
    rest = [f"{waits:,} wait for another try"] if waits else []
    rest += [f"{aside:,} set aside: see Data health"] if aside else []
    say("Webhooks", ", ".join([f"{len(done):,} events done", *rest]))


def drain_here(environment: str | None) -> None:
    """One drain in this process, with Prefect's API beside it."""
    settings = load_settings()
    if environment:
        settings = settings.in_environment(environment)
    with prefect_api(settings.logs_dir):
        drain(settings.environment)


def main(arguments: list[str] | None = None) -> int:
    """Drain the inbox once; exit code 0 when that went well, 1 with the reason when it did not."""
    parser = argparse.ArgumentParser(prog="python -m flows.drain", description=main.__doc__)
    parser.add_argument("--environment", help="publish this SQLMesh environment instead of prod, as in dev")
    chosen = parser.parse_args(arguments)
    return run_as_command(lambda: drain_here(chosen.environment), "the drain")


if __name__ == "__main__":
    sys.exit(main())
