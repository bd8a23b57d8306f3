"""The contract of a source: every row once, whatever happens on the way; manners; nothing secret on disk.

Each test runs over every connection of the pretended merchant. What is expected comes from an undisturbed reading of
the same instant, which `test_every_row_is_read_once` holds against another page size, and `tests/end_to_end` against
the world's own truth.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reading import contents, lines, main_resource, prefix, read
from running_simulator import RunningSimulator

from countinghouse.connections import Connection
from countinghouse.errors import SourceError
from countinghouse.sources import SOURCES

pytestmark = pytest.mark.slow

DAY = 86_400
PASSING = (
    *("status_429", "status_429_retry_after", "status_500", "status_502_html", "html_200", "torn_body", "torn_json"),
    *("empty_body", "closed_socket", "wrong_content_type", "slow_body"),
)
# Names under which the platforms send what would open an order page, a session or an account.
SECRET = {
    *("token", "order_status_url", "statusPageUrl", "cart_token", "checkout_token", "abandonedCheckoutUrl"),
    *("order_key", "accessToken", "secret", "sessions", "client_secret", "receipt_url", "hosted_invoice_url"),
    *("password", "salt", "hash", "resetPasswordToken", "apiKey"),
}
# The account that takes cards for shops with customers of their own: it keeps none, and sends no invoices.
NEVER_ANY = {("cards", resource) for resource in ("customers", "invoices", "payouts")}


def test_every_row_is_read_once_whatever_the_size_of_a_page(connection: Connection, tmp_path: Path) -> None:
    for resource in SOURCES[connection.kind].resources:
        whole = read(connection, resource.name, tmp_path)
        found = contents(whole)
        assert found or (connection.name, resource.name) in NEVER_ANY, resource.name
        assert len(found) == whole.rows, f"{resource.name} came double"
        size = max(2, whole.rows // 7)
        assert contents(read(connection, resource.name, tmp_path, page_size=size)) == found, resource.name


@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_passes_costs_no_row(
    simulator: RunningSimulator, connection: Connection, tmp_path: Path, kind: str
) -> None:
    resource, path = main_resource(connection).name, prefix(connection)
    whole = contents(read(connection, resource, tmp_path))
    simulator.recover()
    simulator.break_down(path, kind, after=2, times=2, seconds=0.02)
    disturbed = contents(read(connection, resource, tmp_path, page_size=max(2, len(whole) // 5)))
    assert disturbed == whole
    assert [heard["fault"] for heard in simulator.heard()].count(kind) == 2


@pytest.mark.parametrize("seed", range(3))
def test_a_mixture_of_faults_loses_nothing_and_doubles_nothing(
    simulator: RunningSimulator, connection: Connection, tmp_path: Path, seed: int
) -> None:
    """It ends with the same rows, or with a sentence and nothing landed; a failing seed is in the test's name."""
    resource, path = main_resource(connection).name, prefix(connection)
    whole = contents(read(connection, resource, tmp_path))
    rng = random.Random(f"{connection.name}/{seed}")
    for _ in range(4):
        kind = rng.choice((*PASSING, "repeated_page", "changed_shape", "empty_object", "foreign_next"))
        simulator.break_down(path, kind, after=rng.randint(0, 5), times=rng.randint(1, 3), seconds=0.02)
    said = ""
    try:
        disturbed = contents(read(connection, resource, tmp_path, page_size=max(2, len(whole) // 5)))
    except SourceError as error:
        said, disturbed = str(error), whole
    assert disturbed == whole
    assert not said or said.startswith(f"{connection.name}: {resource}: ")
    assert "\n" not in said
    simulator.recover()
    assert contents(read(connection, resource, tmp_path)) == whole


def test_what_changes_between_two_pages_is_not_lost(
    simulator: RunningSimulator, connection: Connection, tmp_path: Path
) -> None:
    """Nine days pass while the list is read: what was there before is there, and the next reading has the rest."""
    resource, path = main_resource(connection), prefix(connection)
    before = contents(read(connection, resource.name, tmp_path))
    simulator.break_down(path, "clock_moves", after=2, times=1, seconds=9 * DAY)
    moved = read(connection, resource.name, tmp_path, page_size=max(2, len(before) // 5))
    known = contents(moved)
    known |= contents(read(connection, resource.name, tmp_path, moved.cursor_to))
    after = contents(read(connection, resource.name, tmp_path))
    assert {key: known.get(key) for key in after} == after


def test_reading_on_from_the_cursor_finds_every_change(
    simulator: RunningSimulator, connection: Connection, tmp_path: Path
) -> None:
    """A minute, hours and days: what is known by and by is what a whole reading of the last instant finds.

    What no filter tells is found by the whole reading once a week, and by nothing before: the last step is one.
    """
    for resource in SOURCES[connection.kind].resources:
        simulator.post("clock", {"now": "2025-03-20T09:40:00Z"})
        manifest = read(connection, resource.name, tmp_path)
        known = contents(manifest)
        for seconds in (90, 5 * 3600, 2 * DAY, 3 * DAY):
            simulator.post("clock", {"advance_seconds": seconds})
            manifest = read(connection, resource.name, tmp_path, manifest.cursor_to)
            found = contents(manifest)
            known = found if manifest.is_snapshot else known | found
        simulator.post("clock", {"advance_seconds": 90})
        fresh = contents(read(connection, resource.name, tmp_path))
        manifest = read(connection, resource.name, tmp_path, manifest.cursor_to)
        known = contents(manifest) if manifest.is_snapshot else known | contents(manifest)
        untold = {key for key in fresh if known.get(key) != fresh[key]}
        assert len(untold) <= len(fresh) * 0.02, f"{resource.name}: {sorted(untold)[:5]} of {len(fresh)}"
        simulator.post("clock", {"advance_seconds": 8 * DAY})
        last = read(connection, resource.name, tmp_path, manifest.cursor_to)
        known = contents(last) if last.is_snapshot else known | contents(last)
        fresh = contents(read(connection, resource.name, tmp_path))
        assert {key: known.get(key) for key in fresh} == fresh, resource.name


def test_no_secret_reaches_the_disk(connection: Connection, tmp_path: Path) -> None:
    def names(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                yield name
                yield from names(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from names(inner)

    for resource in SOURCES[connection.kind].resources:
        for line in lines(read(connection, resource.name, tmp_path)):
            assert not SECRET & set(names(json.loads(line["payload"] or "null"))), resource.name
