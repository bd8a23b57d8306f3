"""Transform: the models, run by SQLMesh over what is new in raw.

A plan is applied where the models differ from what the environment runs, as on the first run; else they are only run.
SQLMesh opens the warehouse itself, so nobody else of this process has it open meanwhile.
"""

import gc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countinghouse.errors import WarehouseError
from flows.progress import LOG

PROJECT = Path(__file__).resolve().parent.parent / "sqlmesh_project"


LONGEST_REASON = 400


@dataclass(frozen=True)
class Transformed:
    """What was done: models evaluated, and whether there was a plan to apply because models had changed."""

    models: int
    has_changed: bool


class TransformFailedError(WarehouseError):
    """A model could not be run, or one of its audits failed."""


def transform(environment: str, project: Path = PROJECT) -> Transformed:
    """Bring every model of an environment up to date; TransformFailedError names the models that could not be."""
    # SQLMesh takes two seconds to import, which the rest of the flows need not wait for.
    from sqlmesh import Context
    from sqlmesh.core.console import NoopConsole, set_console
    from sqlmesh.utils.errors import SQLMeshError

    class Notes(NoopConsole):
        """Prints nothing; remembers which models were evaluated and which failed."""

        def __init__(self) -> None:
            super().__init__()
            self.evaluated: set[str] = set()
            self.failures: list[Any] = []

        def update_snapshot_evaluation_progress(self, snapshot: Any, *_: Any, **__: Any) -> None:
            self.evaluated.add(snapshot.name)

        def log_failed_models(self, errors: list[Any]) -> None:
            self.failures.extend(errors)

    notes = Notes()
    set_console(notes)
    try:
        with uncollected(), closing(Context(paths=[str(project)])) as context:
            is_new = context.state_reader.get_environment(environment) is None
            has_changed = is_new or context.diff(environment)
            if has_changed:
                context.plan(
                    environment,
                    auto_apply=True,
                    no_prompts=True,
                    no_diff=True,
                    skip_tests=True,
                    skip_linter=True,
                    # Else the plan counts only up to the full hour, and the next run computes all of it again.
                    ignore_cron=True,
                    include_unmodified=environment != "prod",
                )
            # The plan of a new environment has just computed all of it.
            if not is_new and context.run(environment, ignore_cron=True).is_failure:
                raise TransformFailedError(told(notes.failures, None))
    except SQLMeshError as problem:
        LOG.exception("the models could not be run")
        raise TransformFailedError(told(notes.failures, problem)) from problem
    return Transformed(len(notes.evaluated), has_changed)


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile.

    Measured: SQLMesh makes millions of small objects that stay, and looking through them again and
    again took a fifth of the processor's time. What is not looked for takes 200 MB.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def forget_environments(project: Path = PROJECT) -> list[str]:
    """Drop every environment but production, and all tables that production does not use; the names of those dropped.

    They hold what the models once made of people. `sqlmesh plan dev` makes an environment again.
    """
    from sqlmesh import Context
    from sqlmesh.core.console import NoopConsole, set_console

    set_console(NoopConsole())
    with closing(Context(paths=[str(project)])) as context:
        others = [one.name for one in context.state_reader.get_environments() if one.name != "prod"]
        for name in others:
            context.invalidate_environment(name)
        context.run_janitor(ignore_ttl=True)
    return others


def told(failures: list[Any], problem: Exception | None) -> str:
    """Which models failed, and of what: a sentence for each."""
    sentences = [f"{model_name(failure.node)}: {reason(failure.__cause__ or failure)}" for failure in failures]
    if not sentences:
        sentences = [ends_of(str(problem))] if problem else ["no model says why"]
    return f"The models could not be run. {'; '.join(sentences)}. What was published before is unchanged."


def ends_of(text: str) -> str:
    """First line and last two of an error that quotes a whole model in between."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no reason given"]
    told = dict.fromkeys([lines[0], *lines[1:][-2:]])
    return " ".join(told).rstrip(".:")[:LONGEST_REASON]


def model_name(node: Any) -> str:
    """`staging.stg_x` of SQLMesh's quoted name with its catalog."""
    name = getattr(node, "snapshot_name", None) or getattr(node, "name", None) or str(node)
    return ".".join(part.strip('"') for part in str(name).split(".")[-2:])


def reason(cause: BaseException) -> str:
    """Why one model failed; of audits, which, and by how many rows."""
    audits = getattr(cause, "errors", None)
    if audits:
        return ", ".join(f"audit {audit.audit_name} found {audit.count:,} rows" for audit in audits)
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0][:LONGEST_REASON]
