"""Pushed, drained and published; then polled: the marts are those of a merchant who only polls."""

import json
import subprocess
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from books import snapshot
from road import ROOT, Road, free_port, wait_until_up

# Two first runs, a drain and two more runs, whatever else the machine is doing. The same over two small connections, in
# one process, is `tests/flows/test_drain.py`, which every run of the tests holds.
pytestmark = [pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(1500)]

RECEIVER = ROOT / "tests" / "api" / "receiver_app.py"
# Until then both shops have sold something in this small world.
DAYS = 19
# Of what platforms push: every order of a day, whichever way it became known.
ORDERS = "SELECT store, order_number, total_sales_native FROM marts.fact_orders ORDER BY ALL"
PUSHING = ("shop-us", "shop-eu")


def python(road: Road, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=road.environment, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout


def start_receiver(road: Road) -> None:
    """Take deliveries, and have the platforms deliver."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    road.settings |= {"COUNTINGHOUSE_PUBLIC_URL": address, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, str(RECEIVER), str(port)], cwd=ROOT, env=road.environment, text=True)
    road.processes.append(process)
    wait_until_up(f"{address}/up", process)
    for name in ("shop-us", "payments", "cards"):
        assert "added" in python(road, "scripts/webhooks.py", "register", "--connection", name)
    # The connection's own key may read only, as it should.
    for topic in ("order.created", "order.updated", "order.deleted", "product.updated", "customer.created"):
        add_woocommerce(road, topic, f"{address}/webhooks/woocommerce/shop-eu")


def add_woocommerce(road: Road, topic: str, address: str) -> None:
    request = urllib.request.Request(
        f"{road.simulator_url}/woocommerce/wp-json/wc/v3/webhooks",
        data=json.dumps({"topic": topic, "delivery_url": address, "secret": "whsec_simulator"}).encode(),
        headers={"Authorization": f"Basic {b64encode(b'ck_simulator_manager:cs_simulator').decode()}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert json.loads(answer.read())["status"] == "active"


def test_pushed_books_are_polled_books(after_first_run: Callable[[str], Road]) -> None:
    pushed, polled = after_first_run("pushed"), after_first_run("polled")
    start_receiver(pushed)
    for road in (pushed, polled):
        road.ask("/_simulator/clock", {"advance_days": DAYS})

    plan = {"seed": 3, "doubled": 0.2, "dropped": 0.1, "is_shuffled": True}
    report: dict[str, Any] = pushed.ask("/_simulator/webhooks/deliver", plan)
    assert min(report["taken"], report["doubled"], report["dropped"]) > 0
    known = set(pushed.query(ORDERS))
    said = python(pushed, "-m", "flows.drain")
    assert "Publish   version 2" in said
    news = set(pushed.query(ORDERS)) - known
    assert {store for store, *_ in news} == set(PUSHING), "the drain alone brings new sales to the readers"
    assert pushed.query("SELECT sum(waiting_count), sum(set_aside_count) FROM ops.webhooks") == [(0, 0)]
    assert "no event is due" in python(pushed, "-m", "flows.drain")

    for road in (pushed, polled):
        road.run_pipeline()
    ours, theirs = snapshot(pushed), snapshot(polled)
    assert news <= set(polled.query(ORDERS)), "and they are those that polling finds"
    assert {table for table in ours | theirs if ours[table] != theirs[table]} == set()
