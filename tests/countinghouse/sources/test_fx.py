"""Reference rates, read by year, against a table of our own."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from running_simulator import HURRIED
from scripted_source import Heard, Reply, ScriptedSource

from countinghouse.connections import connection_of
from countinghouse.errors import SettingsError, SourceError
from countinghouse.extraction import extract
from countinghouse.landing import Manifest
from countinghouse.settings import Connection

# Two euro rates of the European Central Bank, and 2023's last: a span from New Year's Day begins with it.
KNOWN = {"2023-12-29": {"USD": 1.105}, "2024-01-02": {"USD": 1.0956, "GBP": 0.86645}}


class Bank:
    """Frankfurter's answers over a table that has a rate on each working day."""

    def __init__(self, newest: date) -> None:
        self.newest = newest
        self.changed: dict[str, dict[str, float]] = {}

    def __call__(self, heard: Heard) -> Reply:
        assert heard.query["base"] == "EUR"
        if heard.path == "/v1/latest":
            return Reply({"amount": 1.0, "base": "EUR", "date": str(self.newest), "rates": {"USD": 1.1}})
        first, last = (date.fromisoformat(text) for text in heard.path.removeprefix("/v1/").split(".."))
        while first.weekday() > 4 or str(first) == "2024-01-01":
            first -= timedelta(days=1)
        days = (first + timedelta(days=number) for number in range((min(last, self.newest) - first).days + 1))
        table = KNOWN | self.changed
        rates = {str(day): table.get(str(day), {"USD": 1.5}) for day in days if day.weekday() < 5}
        rates.pop("2024-01-01", None)
        return Reply({"amount": 1.0, "base": "EUR", "start_date": str(first), "end_date": str(last), "rates": rates})


@pytest.fixture
def bank(source: ScriptedSource, monkeypatch: pytest.MonkeyPatch) -> Bank:
    monkeypatch.setattr("countinghouse.sources.session.throttles", lambda url, rates, what: [])
    source.script = bank = Bank(date(2024, 1, 5))
    return bank


def fx(source: ScriptedSource, **more: Any) -> Connection:
    return connection_of("x", 1, {"name": "fx", "kind": "fx", "url": source.url, "since": "2023-12-28", **more})


def read(connection: Connection, folder: Path, cursor: str | None = None) -> Manifest:
    return extract(connection, "rates", cursor, folder, "run", patience=HURRIED)


def rates(manifest: Manifest) -> dict[str, str]:
    rows = [json.loads(line) for line in manifest.pages_path.read_text().splitlines()]
    payloads = [json.loads(row["payload"], parse_float=str, parse_int=str) for row in rows]
    found = {row["id"]: payload["rate"] for row, payload in zip(rows, payloads, strict=True)}
    assert len(found) == len(rows)
    assert all(one["id"] == f"{one['date']}/{one['currency']}" and one["base"] == "EUR" for one in payloads)
    return found


def test_each_year_is_one_answer_and_each_day_and_currency_one_row(
    bank: Bank, source: ScriptedSource, tmp_path: Path
) -> None:
    manifest = read(fx(source), tmp_path)
    assert [heard.path for heard in source.heard] == [
        "/v1/latest",
        "/v1/2023-12-28..2023-12-31",
        "/v1/2024-01-01..2024-01-05",
    ]
    assert rates(manifest) == {
        "2023-12-28/USD": "1.5",
        "2023-12-29/USD": "1.105",
        "2024-01-02/USD": "1.0956",
        "2024-01-02/GBP": "0.86645",
        "2024-01-03/USD": "1.5",
        "2024-01-04/USD": "1.5",
        "2024-01-05/USD": "1.5",
    }
    assert not manifest.is_snapshot


def test_the_week_before_the_newest_day_known_is_read_again(bank: Bank, source: ScriptedSource, tmp_path: Path) -> None:
    cursor = read(fx(source), tmp_path).cursor_to
    bank.newest = date(2024, 1, 9)
    bank.changed = {"2024-01-04": {"USD": 1.4999}}
    source.heard.clear()
    later = read(fx(source), tmp_path, cursor)
    assert [heard.path for heard in source.heard][1:] == ["/v1/2023-12-29..2023-12-31", "/v1/2024-01-01..2024-01-09"]
    assert rates(later)["2024-01-04/USD"] == "1.4999"
    assert "2024-01-09/USD" in rates(later)
    assert later.mode == "incremental"
    # The source's clock stands on 20 November 2026: what was last read whole on the 12th is read whole again.
    old = json.dumps({"day": "2024-01-05", "whole_at": "2026-11-12T09:00:00Z"})
    assert read(fx(source), tmp_path, old).mode == "full"


def test_wanted_currencies_are_asked_for_by_name(bank: Bank, source: ScriptedSource, tmp_path: Path) -> None:
    read(fx(source, symbols=["USD", "EUR", "JPY"]), tmp_path)
    assert {heard.query["symbols"] for heard in source.heard} == {"USD,JPY"}
    with pytest.raises(SettingsError, match="symbols"):
        fx(source, symbols=["dollar"])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"base": "USD", "rates": {"2023-12-04": {"USD": 1}}}, "not for one EUR"),
        ({"base": "EUR", "amount": 10, "rates": {"2023-12-04": {"USD": 1}}}, "not for one EUR"),
        ({"base": "EUR", "rates": []}, "should be an object of days"),
        ({"base": "EUR", "rates": {"2023-12-04": 1}}, "should be an object of currencies"),
        ({"base": "EUR", "rates": {"yesterday": {"USD": 1}}}, "should be a day"),
        ({"base": "EUR", "rates": {"2023-12-04": {"USD": "1"}}}, "a number above zero"),
        ({"base": "EUR", "rates": {"2023-12-04": {"USD": 0}}}, "a number above zero"),
        ({"base": "EUR", "rates": {}}, "no rates between 2023-12-01 and 2023-12-31"),
    ],
)
def test_answer_of_another_shape_is_refused(
    bank: Bank, source: ScriptedSource, tmp_path: Path, body: Any, words: str
) -> None:
    source.script = lambda heard: bank(heard) if heard.path == "/v1/latest" else Reply(body)
    with pytest.raises(SourceError, match=words):
        read(fx(source, since="2023-12-01"), tmp_path)
