"""Keys of the HTTP API, kept as hashes; and the command that makes them."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from countinghouse.api_keys import KeyRing
from countinghouse.errors import SettingsError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "books" / "api_keys.sqlite")


def test_no_key_was_made_before_the_first(ring: KeyRing) -> None:
    assert ring.is_empty()
    assert ring.keys() == []
    assert ring.find("ch_000000000000_" + "A" * 43) is None


def test_a_key_is_found_by_itself_alone(ring: KeyRing) -> None:
    one, two = ring.make("one"), ring.make("two", ("read", "personal"))
    found = ring.find(two)
    assert found
    assert (found.label, found.scopes) == ("two", {"read", "personal"})
    # The id of one with the secret of the other.
    assert ring.find("_".join([*one.split("_", 2)[:2], two.split("_", 2)[2]])) is None


def test_two_processes_see_each_others_keys_at_once(ring: KeyRing, tmp_path: Path) -> None:
    other = KeyRing(tmp_path / "books" / "api_keys.sqlite")
    key = ring.make("one")
    assert other.find(key)
    other.revoke(other.keys()[0].id)
    assert ring.find(key) is None
    assert not ring.is_empty()
    assert not ring.has_usable()


def test_keys_of_a_folder_made_anew_are_gone(ring: KeyRing, tmp_path: Path) -> None:
    key = ring.make("one")
    for path in (tmp_path / "books").iterdir():
        path.unlink()
    assert ring.find(key) is None
    assert ring.is_empty()


def test_a_key_ends_with_its_day(ring: KeyRing) -> None:
    now = datetime.now(UTC)
    ring.make("short", expires_at=now + timedelta(hours=1))
    (key,) = ring.keys()
    assert key.is_usable(now + timedelta(minutes=59))
    assert not key.is_usable(now + timedelta(hours=1))


def test_a_scope_that_is_unknown_is_named_with_those_there_are(ring: KeyRing) -> None:
    with pytest.raises(SettingsError, match=r"'persnal'; there are read, personal.*did you mean 'personal'"):
        ring.make("one", ("persnal",))


def command(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COUNTINGHOUSE_DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    script = [sys.executable, "scripts/api_keys.py", *arguments]
    return subprocess.run(script, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_makes_lists_and_revokes(tmp_path: Path) -> None:
    assert "There is no key yet" in command(tmp_path, "list").stdout
    key = command(tmp_path, "make", "CRM", "--personal", "--days", "90").stdout.strip()
    assert re.fullmatch(r"ch_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", key)
    listed = command(tmp_path, "list").stdout
    assert "CRM" in listed
    assert "usable" in listed
    assert key not in listed
    assert "Revoked" in command(tmp_path, "revoke", key.split("_")[1]).stdout
    assert "revoked" in command(tmp_path, "list").stdout
    unknown = command(tmp_path, "revoke", "nobody")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
