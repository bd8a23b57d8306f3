"""The control, and the command."""

import socket
import subprocess
import sys
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from simulator.clock import Clock
from simulator.server import listen, running

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "simulator", *arguments]


# The clock


def test_every_answer_is_dated_by_the_simulated_clock(own: httpx.Client) -> None:
    own.post("/_simulator/clock", json={"now": "2025-02-03T04:05:06Z"})
    for path in ("/dummyjson/products?limit=1", "/stripe/v1/charges", "/_simulator/health", "/dummyjson/nosuch"):
        dates = own.get(path).headers.get_list("Date")
        assert dates == ["Mon, 03 Feb 2025 04:05:06 GMT"]


def test_frozen_clock_stands_and_moves_when_told(own: httpx.Client) -> None:
    start = own.get("/_simulator/clock").json()
    assert start == {"now": "2026-11-20T09:40:00Z", "unix": 1795167600, "frozen": True}
    moved = own.post("/_simulator/clock", json={"advance_days": 1, "advance_seconds": 5}).json()
    assert moved["now"] == "2026-11-21T09:40:05Z"


def test_clock_runs_with_the_walls_until_it_is_frozen() -> None:
    with running(scale=0.02, now=None) as url, httpx.Client(base_url=url) as client:
        clock = client.get("/_simulator/clock").json()
        assert clock["frozen"] is False
        assert abs(clock["unix"] - time.time()) < 3
        ahead = client.post("/_simulator/clock", json={"advance_days": 2}).json()
        assert (ahead["frozen"], abs(ahead["unix"] - time.time() - 2 * 86400) < 3) == (False, True)
        still = client.post("/_simulator/clock", json={"frozen": True}).json()
        time.sleep(1.1)
        assert client.get("/_simulator/clock").json() == still


def test_released_clock_runs_on_from_where_it_stood() -> None:
    clock = Clock()
    clock.freeze(True)
    clock.set(1700000000)
    clock.freeze(False)
    assert abs(clock.now() - 1700000000) <= 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"now": "yesterday"}, "is not an instant"),
        ({"now": "2026-11-20T09:40:00"}, "has no time zone"),
        ({"now": "2019-01-01T00:00:00Z"}, "cannot be put outside"),
        ({"advance_days": 40000}, "cannot be put outside"),
    ],
)
def test_impossible_instant_is_explained(body: dict[str, object], words: str, own: httpx.Client) -> None:
    answer = own.post("/_simulator/clock", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert own.get("/_simulator/clock").json()["unix"] == 1795167600


def test_unknown_time_zone_is_explained(own: httpx.Client) -> None:
    answer = own.get("/_simulator/truth?timezone=Mars/Olympus")
    assert (answer.status_code, "is no time zone" in answer.json()["detail"]) == (400, True)


# The log of requests


def test_requests_are_noted_without_the_key(own: httpx.Client) -> None:
    own.delete("/_simulator/requests")
    own.get("/stripe/v1/charges?limit=2")
    httpx.get(str(own.base_url) + "/dummyjson/nosuch?a=b")
    log = own.get("/_simulator/requests").json()
    assert [(entry["path"], entry["query"], entry["has_authorization"], entry["status"]) for entry in log] == [
        ("/stripe/v1/charges", "limit=2", True, 200),
        ("/dummyjson/nosuch", "a=b", False, 404),
    ]
    assert {entry["at"] for entry in log} == {"2026-11-20T09:40:00.000Z"}
    assert "sk_test" not in own.get("/_simulator/requests").text
    assert own.delete("/_simulator/requests").json() == {"forgotten": 2}


def test_rate_limits_can_be_switched_on_and_off() -> None:
    with running(scale=0.02, rate_limit=True) as url, httpx.Client(base_url=url) as client:
        codes = [client.get("/dummyjson/carts?limit=1").status_code for _ in range(102)]
        assert codes[-1] == 429
        assert client.post("/_simulator/limits", json={"enabled": False}).json() == {"enabled": False}
        assert client.get("/dummyjson/carts?limit=1").status_code == 200


# The command


def test_command_says_when_it_is_ready_and_stops_when_interrupted() -> None:
    port = _free_port()
    with subprocess.Popen(
        command("--port", str(port), "--scale", "0.02"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Simulator ready at http://127.0.0.1:{port}\n"
        assert httpx.get(f"http://127.0.0.1:{port}/_simulator/health").json()["status"] == "ok"
        process.terminate()
        out, err = process.communicate(timeout=10)
    assert (out, err) == ("", "")


def test_taken_port_is_one_sentence_and_exit_code_1() -> None:
    with listen() as listener:
        port = listener.getsockname()[1]
        done = subprocess.run(
            command("--port", str(port)), cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"Port {port} cannot be used" in done.stderr
    assert "--port" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scale", "0"], "choose one above 0"),
        (["--now", "noon"], "is not an instant"),
        (["--data", "/nosuch"], "needs all three files"),
    ],
)
def test_bad_argument_is_one_sentence(arguments: list[str], words: str) -> None:
    port = str(_free_port())
    done = subprocess.run(
        command("--port", port, *arguments), cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_api_and_the_key() -> None:
    done = subprocess.run(command("--help"), cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    for word in ("/dummyjson", "/stripe", "/_simulator", "sk_test_simulator", "--no-rate-limit", "--data"):
        assert word in done.stdout


def test_only_the_loopback_interface_is_listened_on() -> None:
    with listen() as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_date_header_is_a_date(small_url: str) -> None:
    date = httpx.get(f"{small_url}/dummyjson/products/1").headers["Date"]
    assert parsedate_to_datetime(date).isoformat() == "2026-11-20T09:40:00+00:00"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
