import time

import httpx
import pytest
from running_simulator import RunningSimulator
from scripted_source import Heard, Reply, ScriptedSource

from countinghouse.connections import Connection
from countinghouse.default_connections import simulator_connections
from countinghouse.inspection import Report, inspect_all


def report(connection: Connection, **how: float) -> Report:
    (only,) = inspect_all([connection], **how)
    return only


def test_every_connection_of_the_simulator_is_good_and_counted(simulator: RunningSimulator) -> None:
    connections = [one for one in simulator_connections(simulator.url) if one.kind != "tables"]
    began = time.monotonic()
    reports = inspect_all(connections)
    assert {one.connection.name: one.problems for one in reports} == {one.name: [] for one in connections}
    assert all(one.rows for one in reports)
    assert time.monotonic() - began < 10
    practice = next(one for one in reports if one.connection.name == "practice")
    truth = httpx.get(f"{simulator.url}/dummyjson/carts?limit=1").json()["total"]
    assert practice.rows["carts"] == truth


def test_wrong_credentials_name_the_variable_once(source: ScriptedSource, payments: Connection) -> None:
    source.replies(Reply({"error": {"message": "Invalid API Key provided"}}, status=401))
    (problem,) = report(payments).problems
    assert "correct the variable THE_STRIPE_KEY" in problem
    assert "sk_test_hush" not in problem


def test_a_missing_right_is_told_of_its_resource_and_the_others_are_counted(
    source: ScriptedSource, payments: Connection
) -> None:
    def script(heard: Heard) -> Reply:
        if heard.path == "/v1/payouts":
            return Reply({"error": {"message": "no right"}}, status=403)
        return Reply({"object": "list", "data": [{"id": "x_1"}], "has_more": False})

    source.script = script
    found = report(payments)
    (problem,) = found.problems
    assert problem.startswith("payouts: ")
    assert "read access" in problem
    assert "charges" in found.rows
    assert "payouts" not in found.rows


def test_a_source_that_never_answers_ends_in_time(source: ScriptedSource, shop: Connection) -> None:
    def script(heard: Heard) -> Reply:
        time.sleep(2)
        return Reply({})

    source.script = script
    began = time.monotonic()
    assert report(shop, deadline=0.5).problems == ["it did not answer within 0.5 seconds; try again, or check its url."]
    assert time.monotonic() - began < 1.5


def test_an_unset_variable_is_said_without_a_request(
    source: ScriptedSource, payments: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THE_STRIPE_KEY")
    assert "THE_STRIPE_KEY, which is not set" in report(payments).problems[0]
    assert source.heard == []
