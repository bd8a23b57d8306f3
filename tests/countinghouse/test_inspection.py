import time
from pathlib import Path

import httpx
import pytest
from running_simulator import RunningSimulator
from scripted_source import Heard, Reply, ScriptedSource

from countinghouse.connections import Connection, connection_of
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


def test_rows_are_counted_of_the_list_that_a_run_reads(simulator: RunningSimulator) -> None:
    woo = next(one for one in simulator_connections(simulator.url) if one.kind == "woocommerce")
    found = report(woo)
    keys = httpx.BasicAuth("ck_simulator", "cs_simulator")
    everybody = httpx.get(f"{woo.url}/wp-json/wc/v3/customers?role=all&per_page=1", auth=keys)
    assert found.rows["customers"] == int(everybody.headers["X-WP-Total"])
    # Asked for are the products they lie beneath, and how many those are says nothing of them.
    assert found.rows["product_variations"] is None
    assert found.findings.version == "11.0.1"


def test_a_list_that_hangs_does_not_hide_what_the_others_said(source: ScriptedSource, shop: Connection) -> None:
    def script(heard: Heard) -> Reply:
        if heard.path == "/carts":
            time.sleep(3)
        return Reply({heard.path.strip("/"): [{"id": 1}], "total": 7, "skip": 0, "limit": 1})

    source.script = script
    found = report(shop, deadline=1.5)
    assert found.problems == ["it did not answer within 1.5 seconds; try again, or check its url."]
    assert found.rows == {"products": 7, "users": 7}


def test_a_table_that_cannot_be_read_is_a_problem_and_the_others_are_counted(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("id,ordered_at,total\n1,2026-01-01,2.50\n2,2026-01-02,3.50\n")
    (tmp_path / "products.csv").write_text("id,product_name\n1,Hat\n")
    options = {"tables": {name: {"enabled": False} for name in ("reviews", "product_categories", "order_items")}}
    tables = connection_of("a test", 1, {"name": "legacy", "kind": "tables", "url": str(tmp_path), **options})
    found = report(tables)
    assert found.rows == {"products": 1, "orders": 2}
    (problem,) = found.problems
    assert problem.startswith("customers: the folder")


def test_a_place_that_is_not_there_is_said_once(tmp_path: Path) -> None:
    tables = connection_of("a test", 1, {"name": "legacy", "kind": "tables", "url": str(tmp_path / "nowhere")})
    assert report(tables).problems == [
        f"there is no file or folder {tmp_path / 'nowhere'}; correct the connection's url."
    ]


@pytest.mark.parametrize(("key", "is_wide"), [("sk_live_x1", True), ("rk_live_x1", False), ("sk_test_x1", False)])
def test_a_stripe_key_that_may_do_anything_is_warned_of(
    source: ScriptedSource, payments: Connection, monkeypatch: pytest.MonkeyPatch, key: str, is_wide: bool
) -> None:
    monkeypatch.setenv("THE_STRIPE_KEY", key)
    source.script = lambda heard: Reply({"object": "list", "data": [], "has_more": False})
    assert bool(report(payments).warnings) is is_wide
