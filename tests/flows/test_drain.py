"""From a platform's push to the warehouse: doubled, lost and out of order, and the books come out the same."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pushing import PUSHING, Pushing, poll, raw_rows, receiver

from countinghouse.settings import Settings, load_settings
from simulator.server import running

DAY = 86_400


@pytest.fixture
def pushing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pushing]:
    """The platforms of a small world, all of it polled once and everything from then on pushed."""
    # The simulator takes whatever comes; our own pace would only make the tests long.
    monkeypatch.setattr("countinghouse.sources.patience.Throttle.wait", lambda throttle: None)
    monkeypatch.setenv("WOO_KEY", "ck_simulator_manager")
    with running(now="2026-03-20T09:40:00Z", scale=0.1) as url:
        (tmp_path / "sources.toml").write_text(PUSHING.format(url=url))
        monkeypatch.setenv("COUNTINGHOUSE_SOURCES", str(tmp_path / "sources.toml"))
        monkeypatch.setenv("COUNTINGHOUSE_DATA_DIR", str(tmp_path / "pushed"))
        settings = load_settings()
        with receiver(settings) as address:
            pushing = Pushing(url, settings)
            poll(settings)
            pushing.subscribe(address)
            yield pushing


@pytest.fixture
def polled(pushing: Pushing, tmp_path: Path) -> Settings:
    """The same books, which hear of nothing."""
    shutil.copytree(tmp_path / "pushed", tmp_path / "polled", ignore=shutil.ignore_patterns("inbox*"))
    return load_settings({"COUNTINGHOUSE_DATA_DIR": str(tmp_path / "polled"), "WOO_KEY": "ck_simulator_manager",
                          "COUNTINGHOUSE_SOURCES": str(tmp_path / "sources.toml")})  # fmt: skip


def differences(one: Settings, other: Settings) -> dict[str, Any]:
    ours, theirs = raw_rows(one), raw_rows(other)
    assert ours.keys() == theirs.keys()
    found = {
        table: {key: (ours[table].get(key), theirs[table].get(key)) for key in ours[table].keys() | theirs[table].keys()
                if ours[table].get(key) != theirs[table].get(key)}
        for table in ours
    }  # fmt: skip
    return {table: rows for table, rows in found.items() if rows}


def test_pushed_and_then_polled_books_are_those_of_polling_alone(pushing: Pushing, polled: Settings) -> None:
    for seed in (1, 2):
        pushing.pass_time(DAY + 3_600)
        report = pushing.deliver(seed=seed, doubled=0.2, dropped=0.15, is_shuffled=True)
        assert min(report["taken"], report["doubled"], report["dropped"]) > 0
        assert report["failed"] == 0
        pushing.drain()
    poll(pushing.settings)
    poll(polled)
    assert differences(pushing.settings, polled) == {}


def test_dbg(pushing: Pushing, polled: Settings) -> None:
    pushing.pass_time(2 * DAY)
    print(pushing.deliver(seed=5, doubled=0.3, is_shuffled=True))
    pushing.drain()
    poll(polled)
    for t, r in differences(pushing.settings, polled).items():
        print(t, len(r), list(r.items())[:3])
    with Books(pushing.settings.inbox_path) as b:
        for x in b.standings(): print(x.connection,x.topic,x.waiting,x.done,x.set_aside)
