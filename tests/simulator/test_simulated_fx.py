"""The simulator's reference rates: the shape of Frankfurter, the bank's calendar, the hour of publication."""

import json
from datetime import datetime
from typing import Any

import pytest

from simulator.clock import Clock
from simulator.fx import Fx
from simulator.web import Request


def ask(path: str, query: str = "", now: str = "2026-11-20T09:40:00Z") -> tuple[int, dict[str, Any]]:
    answer = Fx(Clock(datetime.fromisoformat(now))).answer(Request("GET", path, query, {}))
    return answer.status, json.loads(answer.body)


def test_span_leaves_out_weekends_and_holidays() -> None:
    """Good Friday 2026 is 3 April, Easter Monday 6 April; the span begins on the Thursday before."""
    _, told = ask("/v1/2026-04-03..2026-04-08", "base=EUR&symbols=USD,GBP")
    assert (told["base"], told["start_date"], told["end_date"]) == ("EUR", "2026-04-02", "2026-04-08")
    assert list(told["rates"]) == ["2026-04-02", "2026-04-07", "2026-04-08"]
    assert all(list(rates) == ["GBP", "USD"] for rates in told["rates"].values())


def test_rates_are_out_at_four_in_frankfurt() -> None:
    """Friday 20 November 2026, 16:00 CET is 15:00 UTC."""
    assert ask("/v1/latest", now="2026-11-20T14:59:59Z")[1]["date"] == "2026-11-19"
    assert ask("/v1/latest", now="2026-11-20T15:00:00Z")[1]["date"] == "2026-11-20"
    assert ask("/v1/latest", now="2026-11-22T20:00:00Z")[1]["date"] == "2026-11-20"


def test_rates_stay_the_same_and_cross() -> None:
    _, euro = ask("/v1/2026-10-01")
    assert ask("/v1/2026-10-01", now="2027-03-01T00:00:00Z")[1] == euro
    _, dollar = ask("/v1/2026-10-01", "base=USD&symbols=JPY,EUR")
    assert dollar["rates"]["JPY"] == pytest.approx(euro["rates"]["JPY"] / euro["rates"]["USD"], rel=1e-4)
    assert dollar["rates"]["EUR"] == pytest.approx(1 / euro["rates"]["USD"], rel=1e-4)


def test_rates_are_sensible_over_years() -> None:
    _, told = ask("/v1/2023-11-01..", now="2029-11-20T09:40:00Z")
    for code, low, high in (("USD", 0.9, 1.4), ("GBP", 0.7, 1.05), ("JPY", 120, 210), ("KWD", 0.25, 0.45)):
        assert all(low < rates[code] < high for rates in told["rates"].values()), code


@pytest.mark.parametrize("path", ["/v1/2026-13-01", "/v1/soon", "/v1/1999-01-04", "/v1/latest?"])
def test_what_is_not_there_is_not_found(path: str) -> None:
    path, _, wants_unknown = path.partition("?")
    query = "symbols=XXX" if path == "/v1/latest" else wants_unknown
    assert ask(path, query) == (404, {"message": "not found"})
