"""How often a source is asked, and who hears the key: proved by what the simulator has heard, at the real pace."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from reading import main_resource, prefix, read
from running_simulator import RunningSimulator

from countinghouse.connections import Connection
from countinghouse.sources import SOURCES
from countinghouse.sources.base import Rate

pytestmark = pytest.mark.slow


@pytest.fixture
def no_pace() -> None:
    """Nothing is switched off here."""


def test_credentials_go_to_the_connections_own_host_and_no_request_is_refused(
    simulator: RunningSimulator, connection: Connection, tmp_path: Path
) -> None:
    simulator.post("limits", {"enabled": True})
    path = prefix(connection)
    read(connection, main_resource(connection).name, tmp_path)
    heard = simulator.heard()
    assert heard
    assert {one["status"] for one in heard} == {200}
    assert {one["host"] for one in heard} == {connection.url.split("/")[2]}
    for one in heard:
        if not one["path"].startswith(path):
            assert not one["has_credentials"], one["path"]


def test_two_readers_together_keep_the_pace_of_one_connection(
    simulator: RunningSimulator, connection: Connection, tmp_path: Path
) -> None:
    """Where so many requests are allowed in a span, one more than k times as many take k spans or longer."""
    prefix(connection)
    rate = min(SOURCES[connection.kind].limits, key=lambda one: one.requests)
    if rate.requests > 5:
        pytest.skip(f"{rate.requests} requests in {rate.seconds:g} s are more than this little shop has pages")
    # From before the first request is sent: when it is heard depends on the machine, too.
    began = time.monotonic()
    with ThreadPoolExecutor(2) as threads:
        list(
            threads.map(
                lambda name: read(connection, name, tmp_path, page_size=15), [main_resource(connection).name] * 8
            )
        )
    moments = sorted(one["seconds"] for one in simulator.heard() if not one["path"].startswith("/commercetools-auth"))
    assert len(moments) > 2 * rate.requests
    assert moments[-1] - began >= (len(moments) - 1) // rate.requests * rate.seconds


def test_the_pace_is_the_one_its_makers_allow() -> None:
    """M3: WooCommerce three requests a second, commercetools five."""
    for kind, rate in {"woocommerce": Rate(3, seconds=1), "commercetools": Rate(5, seconds=1)}.items():
        if kind in SOURCES:
            assert rate in SOURCES[kind].limits
