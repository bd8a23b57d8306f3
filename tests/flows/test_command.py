"""`python -m flows.pipeline`: what it takes, and how it ends."""

import subprocess
import sys
from typing import Any

import pytest
from processes import ROOT

from countinghouse.errors import PublishRefused
from countinghouse.settings import Settings
from flows import pipeline
from flows.schedule import of_settings


def test_run_that_publishes_ends_with_zero(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        pipeline, "run_here", lambda environment, *, publish_only: asked.append((environment, publish_only))
    )
    assert pipeline.main([]) == 0
    assert pipeline.main(["--environment", "dev", "--publish-only"]) == 0
    assert asked == [(None, False), ("dev", True)]


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (PublishRefused("A rule does not hold."), "Stopped   A rule does not hold.\n"),
        (KeyboardInterrupt(), "Stopped   The run was stopped by hand.\n"),
        (
            ZeroDivisionError("division by zero"),
            "Stopped   An error nobody expected (ZeroDivisionError: division by zero); "
            "details are in logs/errors.log.\n",
        ),
    ],
)
def test_run_that_does_not_ends_with_one_and_a_sentence(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    problem: BaseException,
    sentence: str,
) -> None:
    def stop(environment: str | None, *, publish_only: bool) -> None:
        raise problem

    monkeypatch.setattr(pipeline, "run_here", stop)
    assert pipeline.main([]) == 1
    assert capsys.readouterr() == (sentence, "")


@pytest.mark.parametrize(
    ("arguments", "variable", "sentence"),
    [
        (["--environment", "Prod!"], {}, "COUNTINGHOUSE_ENVIRONMENT (or --environment) is 'Prod!'"),
        ([], {"BATCH_SIZE": "many"}, "BATCH_SIZE is 'many'"),
        ([], {"COUNTINGHOUSE_SOURCES": "nowhere.toml"}, "nowhere.toml, which does not exist"),
    ],
    ids=["environment", "setting", "sources file"],
)
def test_wrong_setting_is_one_line_before_anything_starts(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    variable: dict[str, str],
    sentence: str,
) -> None:
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    assert pipeline.main(arguments) == 1
    out, err = capsys.readouterr()
    assert sentence in out
    assert (out.count("\n"), err) == (1, "")
    assert not settings.data_dir.exists()


def test_warehouse_in_use_is_one_line_that_names_the_process(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    hold = (
        "from countinghouse.settings import load_settings\n"
        "from countinghouse.warehouse.connect import writer_lock\n"
        "with writer_lock(load_settings()):\n"
        "    print('held', flush=True)\n"
        "    input()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": ROOT, "text": True}
    with subprocess.Popen([sys.executable, "-c", hold], **pipes) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert pipeline.main([]) == 1
        out, err = capsys.readouterr()
        holder.communicate("\n")
    assert f"in use by process {holder.pid}" in out
    assert (out.count("\n"), err) == (1, "")


def test_deployments_run_when_the_settings_say(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = ("SCHEDULE_CRON", "COUNTINGHOUSE_DRAIN_CRON", "COUNTINGHOUSE_PRIVACY_CRON")
    for variable in variables:
        monkeypatch.delenv(variable, raising=False)
    assert of_settings() == {"cron": "0 2 * * *", "drain_cron": "* * * * *", "privacy_cron": "30 3 * * *"}
    for minute, variable in enumerate(variables):
        monkeypatch.setenv(variable, f"{minute} 5 * * *")
    assert of_settings() == {"cron": "0 5 * * *", "drain_cron": "1 5 * * *", "privacy_cron": "2 5 * * *"}
