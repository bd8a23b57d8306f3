"""SIGKILL between and inside any two steps, then run again: the same books as an undisturbed run."""

import os
import signal
from collections.abc import Callable

import pytest
from books import assert_books_equal_truth, snapshot
from road import Road, small_world

pytestmark = pytest.mark.slow

# The first word of the progress line after which the run is killed: the step that line belongs to has begun or ended.
KILL_AFTER = ("Extract", "Load", "Check", "Transform", "Publish")


def kill_after(road: Road, step: str) -> None:
    """Start a run, and kill it with all its children as soon as it says that step."""
    process = road.start_pipeline()
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(step):
            os.killpg(process.pid, signal.SIGKILL)
            break
    else:
        raise AssertionError(f"the run ended without a line that begins with {step}")
    process.wait(10)


def test_books_survive_a_kill_at_every_step(make_road: Callable[..., Road], published_road: Road) -> None:
    road = small_world(make_road, "killed")
    for step in KILL_AFTER:
        kill_after(road, step)
    road.run_pipeline()

    assert snapshot(road) == snapshot(published_road)
    assert_books_equal_truth(road)
    dead = road.query("SELECT count(*) FROM ops.pipeline_runs WHERE status = 'running'")
    assert dead == [(0,)], "a run that was killed still counts as running"
