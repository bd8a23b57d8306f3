"""What a run says, and to whom."""

import logging
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from flows import progress
from flows.progress import LOG, Stopwatch, in_files, on_terminal, row_counter, say, warn


def test_terminal_shows_plain_lines_and_nothing_that_libraries_log(capsys: pytest.CaptureFixture[str]) -> None:
    with on_terminal():
        say("Extract", "practice.carts 9,214 rows")
        warn("Check", "a warning")
        logging.getLogger("prefect.flow_runs").error("Finished in state Failed")
        logging.getLogger("sqlmesh").warning("something about a cache")
    assert capsys.readouterr() == ("Extract   practice.carts 9,214 rows\nCheck     a warning\n", "")


def test_traceback_goes_to_the_file_of_errors_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with on_terminal(), in_files(tmp_path):
        say("Load", "practice.carts 1 new")
        try:
            raise ZeroDivisionError("nobody expected this")
        except ZeroDivisionError:
            LOG.exception("it broke")
    everything, errors = (tmp_path / "pipeline.log").read_text(), (tmp_path / "errors.log").read_text()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO Load      practice.carts 1 new\n", everything)
    assert "ZeroDivisionError: nobody expected this" in errors
    assert "practice.carts" not in errors
    assert capsys.readouterr().out == "Load      practice.carts 1 new\n"


def test_handlers_are_gone_afterwards(tmp_path: Path) -> None:
    before = LOG.handlers[:], logging.getLogger().handlers[:], logging.getLogger("countinghouse").propagate
    with warnings.catch_warnings(), on_terminal(), in_files(tmp_path):
        say("Start", "x")
    assert (LOG.handlers[:], logging.getLogger().handlers[:], logging.getLogger("countinghouse").propagate) == before


def test_long_extraction_is_heard_of_now_and_then(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 2.9, 3.0, 3.0, 5.9, 6.1, 6.1])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    count = row_counter("practice.carts")
    for rows in (100, 200, 300, 400, 500):
        count(rows)
    assert [re.sub(" +", " ", message) for message in said.messages] == [
        "Extract practice.carts 300 rows so far",
        "Extract practice.carts 500 rows so far",
    ]


def test_stopwatch_adds_up_a_step_taken_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 3.0, 10.0, 10.5, 20.0, 21.0, 30.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    watch = Stopwatch()
    for name in ("check", "transform", "check"):
        with watch.step(name):
            pass
    assert watch.split() == "30.0 s (check 3.0, transform 0.5)"
