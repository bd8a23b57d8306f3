"""A receiver that is killed while deliveries come in: whatever it had answered with 200 is there."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from random import Random

import httpx
import pytest
from receiving import PLATFORMS, free_port, kept, started, write_sources

SENDERS = 8


@pytest.mark.parametrize(
    ("deliveries", "kills"),
    [pytest.param(600, 3, marks=pytest.mark.slow), pytest.param(10_000, 25, marks=pytest.mark.soak)],
)
def test_no_event_that_was_answered_is_lost(tmp_path: Path, deliveries: int, kills: int) -> None:
    seed = Random().randrange(10**9)
    print(f"seed {seed}")
    rng = Random(seed)
    write_sources(tmp_path)
    port = free_port()
    numbers, answered, is_over = count(1), set(), threading.Event()
    numbering = threading.Lock()

    def send() -> None:
        """Deliver one after another, each until it is answered, as the platforms do."""
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            while not is_over.is_set():
                with numbering:
                    number = next(numbers)
                if number > deliveries:
                    return
                delivery = PLATFORMS[number % 3](number)
                while not is_over.is_set():
                    try:
                        answer = client.post(delivery.path, content=delivery.body, headers=delivery.headers)
                        break
                    except httpx.TransportError:
                        time.sleep(0.02)
                else:
                    return
                assert answer.status_code == 200, answer.text
                answered.add(number)

    with (tmp_path / "receiver.log").open("wb") as log, ThreadPoolExecutor(SENDERS) as pool:
        process = started(port, tmp_path, log)
        try:
            senders = [pool.submit(send) for _ in range(SENDERS)]
            for kill in range(1, kills + 1):
                goal = deliveries * kill // (kills + 1)
                while len(answered) < goal and not all(sender.done() for sender in senders):
                    time.sleep(0.005)
                time.sleep(rng.uniform(0, 0.05))
                process.send_signal(signal.SIGKILL)
                process.wait()
                process = started(port, tmp_path, log)
            for sender in senders:
                sender.result(timeout=300)
        finally:
            is_over.set()
            process.kill()
            process.wait()

    events = kept(tmp_path / "data" / "inbox.sqlite")
    assert answered == set(range(1, deliveries + 1))
    # Each has a name of its own, so as many names as deliveries means that none is missing and none came twice.
    assert len({(event["connection"], event["event_id"]) for event in events}) == len(events) == deliveries
    assert {event["status"] for event in events} == {"waiting"}
