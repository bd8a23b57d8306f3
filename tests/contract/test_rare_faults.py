"""What does not just pass: an ended token, a link to a stranger, a page that comes again, a time many rows share."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from reading import contents, lines, main_resource, prefix, read
from running_simulator import RunningSimulator

from countinghouse.connections import SIMULATOR, Connection
from countinghouse.errors import SourceError
from countinghouse.sources import SOURCES
from countinghouse.sources.modified import mark_of, text_of
from simulator.trade.group import Group
from simulator.trade.model import Order

pytestmark = pytest.mark.slow

NOW = "2025-03-20T09:40:00Z"


def keyed(connection: Connection) -> Iterator[Connection]:
    """The connection, and once more with keys that buy a token where it has one that stays."""
    yield connection
    if connection.kind == "shopify":
        yield connection.model_copy(update={"auth": {"client_id": SIMULATOR, "client_secret": SIMULATOR}})


def test_a_token_that_ends_half_way_is_bought_anew_and_a_key_that_ends_is_told(
    simulator: RunningSimulator, connection: Connection, tmp_path: Path
) -> None:
    resource, path = main_resource(connection).name, prefix(connection)
    whole = contents(read(connection, resource, tmp_path))
    size = max(2, len(whole) // 5)
    for one in keyed(connection):
        buys = SOURCES[one.kind].auth.token_call(one, one.secret) is not None
        simulator.recover()
        simulator.break_down(path, "expired_token", after=4)
        if buys or not one.auth:
            assert contents(read(one, resource, tmp_path, page_size=size)) == whole
        else:
            with pytest.raises(SourceError, match=rf"^{one.name}: {resource}: .*credentials: correct auth\."):
                read(one, resource, tmp_path, page_size=size)
        struck = [heard["fault"] for heard in simulator.heard()].count("expired_token")
        # An ended key is not tried again, and nobody who needs none carries one.
        assert struck >= 1 if buys else struck == int(bool(one.auth))
        simulator.recover()


def test_nobody_follows_a_link_to_another_host(
    simulator: RunningSimulator, connection: Connection, tmp_path: Path
) -> None:
    resource, path = main_resource(connection).name, prefix(connection)
    whole = contents(read(connection, resource, tmp_path))
    simulator.recover()
    simulator.break_down(path, "foreign_next")
    assert contents(read(connection, resource, tmp_path, page_size=max(2, len(whole) // 5))) == whole
    heard = simulator.heard()
    # The simulator is heard by its other name too: a request that went astray would stand here.
    assert {one["host"] for one in heard} == {connection.url.split("/")[2]}
    if connection.kind == "woocommerce":  # the one that sends links
        assert "foreign_next" in {one["fault"] for one in heard}


def test_a_page_that_comes_again_is_never_the_end_of_a_list(
    simulator: RunningSimulator, connection: Connection, tmp_path: Path
) -> None:
    """Once it may be outlived, by beginning anew; for ever it is told, and nothing is landed."""
    resource, path = main_resource(connection).name, prefix(connection)
    whole = contents(read(connection, resource, tmp_path))
    size = max(2, len(whole) // 5)
    for times in (1, None):
        simulator.recover()
        simulator.break_down(path, "repeated_page", after=3, times=times)
        said = ""
        try:
            disturbed = contents(read(connection, resource, tmp_path, page_size=size))
        except SourceError as error:
            said, disturbed = str(error), whole
        assert disturbed == whole
        assert "repeated_page" in {one["fault"] for one in simulator.heard()} or connection.kind == "fx"
        assert not said or said.startswith(f"{connection.name}: {resource}: ")
        if times is None and connection.kind != "fx":  # a year is one answer: there is no second page of it
            assert said


def test_a_page_may_end_amid_rows_of_the_same_time(
    simulator: RunningSimulator, connection: Connection, tmp_path: Path
) -> None:
    if connection.name == "cards":
        pytest.skip("no two of its few rows share a time; payments, which the same connector reads, has some")
    prefix(connection)
    for resource in SOURCES[connection.kind].resources:
        whole = read(connection, resource.name, tmp_path)
        times = [line["updated_at"] for line in lines(whole)]
        borders = [place + 1 for place in range(len(times) - 1) if times[place] == times[place + 1]]
        found = [(at, size) for at in borders for size in range(2, 100) if at % size == 0]
        if not found:
            continue
        at, size = random.Random(connection.name).choice(found)
        again = contents(read(connection, resource.name, tmp_path, page_size=size))
        assert again == contents(whole), f"{resource.name}: {size} rows a page, border at {at}"
        return
    pytest.fail(f"no two rows of {connection.name} share a time, so nothing was tried")


def late_order(shop: str) -> Order:
    """An order that can be seen only some time after its own time; the newest before `NOW`."""
    group, now = Group(7, 0.05), int(datetime.fromisoformat(NOW).timestamp())
    group.advance(now)
    orders = [one for one in group.shop(shop).orders if one.late >= 60 and one.created + one.late + 600 < now]
    return max(orders, key=lambda one: one.created)


def test_a_row_that_comes_late_with_an_old_time_is_found(
    simulator: RunningSimulator, connection: Connection, tmp_path: Path
) -> None:
    """It is seen when a younger row has been read already: the next reading begins before that one."""
    if connection.name not in Group.names:
        pytest.skip(f"{connection.kind} shows no row after its time")
    order = late_order(connection.name)
    resource = main_resource(connection).name

    def at(seconds: int) -> None:
        simulator.post("clock", {"now": datetime.fromtimestamp(order.created + seconds, UTC).isoformat()})

    at(order.late - 1)
    first = read(connection, resource, tmp_path)
    mark = mark_of(first.cursor_to)
    assert mark is not None
    # As though another row had been changed just now.
    younger = text_of(type(mark)(datetime.fromtimestamp(order.created + order.late - 1, UTC), mark.whole_at))
    at(order.late + 120)
    second = read(connection, resource, tmp_path, younger)
    known, fresh = contents(first) | contents(second), contents(read(connection, resource, tmp_path))
    assert fresh.keys() > contents(first).keys()
    assert {key: known.get(key) for key in fresh} == fresh
