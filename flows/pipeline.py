"""The whole road, once: extract, load, check, transform, check, publish.

`python -m flows.pipeline` runs it here and says in plain words what it does; `prefect deployment run pipeline/daily`
runs it on a worker. Each step may be killed at any instant: the next run loads what was landed, closes the books of the
run that was cut off, and ends with the same numbers.
"""

import argparse
import gc
import sys
import threading
from datetime import timedelta
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from countinghouse.errors import WarehouseError
from countinghouse.settings import load_settings
from countinghouse.warehouse import cursors
from countinghouse.warehouse.connect import open_warehouse, writer_lock
from countinghouse.warehouse.publish import mart_row_counts
from flows.command import run_as_command
from flows.extract import extract_resource, jobs, note_readings, read_all
from flows.load import note_loads
from flows.progress import LOG, in_files, say, warn
from flows.publish import publish_copy
from flows.run import Outcome, Run, in_words, newest_data, opened
from flows.server import prefect_api
from flows.transform import transform
from flows.validate import check_layer

# Reading waits for the sources most of the time; their own limits hold across these threads.
READERS = 8
# A drain of the webhooks holds the warehouse for less than this; a run that started meanwhile waits for its end.
DRAIN_PATIENCE = timedelta(minutes=15)


@flow(name="pipeline", task_runner=ThreadPoolTaskRunner(max_workers=READERS), persist_result=False)
def pipeline(environment: str = "prod", publish_only: bool = False) -> Outcome:
    """Bring an environment up to date and publish it, or publish what its models hold now.

    raises  CountinghouseError when nothing was published; readers keep what they had
    """
    settings = load_settings().in_environment(environment)
    with in_files(settings.logs_dir), writer_lock(settings, DRAIN_PATIENCE), opened(settings) as run:
        names = ", ".join(connection.name for connection in settings.enabled_connections)
        say("Start", f"run {run.run_id} of environment {environment}, connections {names}")
        try:
            if not publish_only:
                renew(run)
            hand_over(run)
        finally:
            with run.clock.step("report"):
                report(run)
        if run.failed_sources:
            warn(
                "Degraded", f"published without what is new in {', '.join(run.failed_sources)}; the next run catches up"
            )
        say("Done", f"{run.status} in {run.clock.split()}")
        return run.outcome()


def renew(run: Run) -> None:
    """Bring the models up to date with the sources."""
    with run.clock.step("extract"):
        extract_all(run)
    with run.clock.step("load"):
        load_step(run)
    remodel(run)


def remodel(run: Run) -> None:
    """Bring the models up to date with what was loaded."""
    with run.clock.step("check"):
        check_step(run, "raw")
    with run.clock.step("transform"):
        transform_step(run)


def hand_over(run: Run) -> None:
    """Check what the models made, and give it to the readers."""
    with run.clock.step("check"):
        check_step(run, "staging")
        check_step(run, "marts")
    with run.clock.step("publish"):
        publish_step(run)


def report(run: Run) -> None:
    """Leave what was landed and checked where people look for it, whichever way the run ends."""
    try:
        if run.landed:
            create_table_artifact(key="rows-landed", table=run.landed, description="Rows landed, by resource")
        if run.drifts:
            create_table_artifact(key="schema-drift", table=run.drifts, description="Fields that are not as they were")
        if run.inspection is not None:
            from expectations.report import summary, write

            create_markdown_artifact(key="validation", markdown=summary(run.run_id, run.checks))
            write(run.settings.quality_dir, run.run_id, run.checks, run.inspection)
    except Exception as problem:
        # The disk, or Prefect's API: neither undoes what was published, nor may it hide why it was not.
        LOG.exception("the report could not be written")
        warn("Report", f"not written: {in_words(problem)}")


def step(name: str) -> Any:
    """A step of the road, as a task: it shows in Prefect, and is done once, by this process."""
    return task(name=name.split()[0], task_run_name=name, cache_policy=NO_CACHE, persist_result=False)


def extract_all(run: Run) -> None:
    """Land everything that is new; before that, load what a run that was stopped has landed: it moves the cursors."""
    with open_warehouse(run.settings) as con:
        note_loads(con, run)
        work = jobs(run.settings, cursors.read(con))
    readings = read_all(run.settings, run.run_id, work, extract_resource.submit)
    with open_warehouse(run.settings) as con:
        note_readings(con, run, readings)


@step("load")
def load_step(run: Run) -> None:
    """Merge every landed batch into raw."""
    with open_warehouse(run.settings) as con:
        note_loads(con, run)
        if newest_data(con) is None:
            raise WarehouseError("No source could be read and nothing was read before, so there is nothing to publish.")


@step("check {layer}")
def check_step(run: Run, layer: str) -> None:
    """Hold one layer against its rules."""
    with open_warehouse(run.settings) as con:
        check_layer(con, run, layer)


@step("transform")
def transform_step(run: Run) -> None:
    """Run the models."""
    say("Transform", "the models are being brought up to date")
    done = transform(run.settings.environment)
    with open_warehouse(run.settings) as con:
        run.rows_transformed = sum(mart_row_counts(con, run.settings.environment).values())
    plan = ", planned anew" if done.has_changed else ""
    say("Transform", f"{done.models} models{plan}: {run.rows_transformed:,} rows in the marts")


@step("publish")
def publish_step(run: Run) -> None:
    """Give readers the new copy."""
    with open_warehouse(run.settings) as con:
        publish_copy(con, run)


def import_tools() -> None:
    """Import what takes long while something else is waited for; the steps that need it import it again for nothing."""
    import sqlmesh  # noqa: F401

    import expectations.run  # noqa: F401


def run_here(environment: str | None, *, publish_only: bool) -> None:
    """One run in this process, with Prefect's API beside it."""
    settings = load_settings()
    if environment:
        settings = settings.in_environment(environment)
    # A warehouse in use is known at once, before anything is started.
    with writer_lock(settings):
        say("Start", "getting the tools ready, some seconds; a few more the very first time")
        threading.Thread(target=import_tools, daemon=True).start()
        with prefect_api(settings.logs_dir):
            pipeline(settings.environment, publish_only)


def main(arguments: list[str] | None = None) -> int:
    """Run the pipeline once; exit code 0 when it published, 1 with the reason when it did not."""
    parser = argparse.ArgumentParser(prog="python -m flows.pipeline", description=main.__doc__)
    parser.add_argument("--environment", help="publish this SQLMesh environment instead of prod, as in dev")
    parser.add_argument(
        "--publish-only",
        action="store_true",
        help="check and publish what the models hold now, without reading or running",
    )
    chosen = parser.parse_args(arguments)
    return run_as_command(lambda: run_here(chosen.environment, publish_only=chosen.publish_only), "the run")


if __name__ == "__main__":
    # Measured: looking for garbage among the tools' million living objects takes a tenth of the run, and at the end,
    # where all of it goes anyway, three seconds.
    gc.set_threshold(1_000_000, 10, 100)
    code = main()
    gc.freeze()
    sys.exit(code)
