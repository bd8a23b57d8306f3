"""`make check-sources`: a table that fits the screen, the variable to fix, and ten seconds whatever is broken."""

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from countinghouse.connections import connection_of
from countinghouse.inspection import Report
from countinghouse.sources.inspection import Findings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from check_sources import table_of  # noqa: E402

SOURCES = """
[[connection]]
name = "silent"
kind = "dummyjson"
url = "http://127.0.0.1:{silent}"

[[connection]]
name = "silent-woo"
kind = "woocommerce"
url = "http://127.0.0.1:{silent}"
auth = {{ consumer_key = "env:A_KEY", consumer_secret = "env:A_SECRET" }}

[[connection]]
name = "silent-database"
kind = "tables"
url = "postgresql://127.0.0.1:{silent}/shop"
auth = {{ dsn = "env:A_DSN" }}

[[connection]]
name = "dead"
kind = "payload"
url = "http://127.0.0.1:{dead}"
auth = {{ email = "env:A_KEY", password = "env:A_SECRET" }}

[[connection]]
name = "unset"
kind = "stripe"
url = "https://api.stripe.com"
auth = {{ api_key = "env:NOT_SET_ANYWHERE" }}
"""


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes every connection and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield listening.getsockname()[1]


@pytest.mark.slow
def test_hosts_that_are_dead_or_silent_do_not_make_it_longer_than_ten_seconds(silent: int, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        dead = probe.getsockname()[1]
    (tmp_path / "sources.toml").write_text(SOURCES.format(silent=silent, dead=dead))
    environment = {
        **os.environ,
        **{"COUNTINGHOUSE_SOURCES": str(tmp_path / "sources.toml"), "COLUMNS": "100"},
        **{"A_KEY": "hush-key", "A_SECRET": "hush-secret", "A_DSN": "user=reader password=hush-dsn"},
    }
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, ROOT / "scripts" / "check_sources.py"], env=environment, capture_output=True, text=True
    )
    assert time.monotonic() - began < 10
    assert (ran.returncode, ran.stderr) == (1, "")
    for name in ("silent", "silent-woo", "silent-database"):
        assert f"\n{name}: it did not answer within " in ran.stdout
    assert "dead: " in ran.stdout
    assert "cannot be reached" in ran.stdout
    assert "NOT_SET_ANYWHERE, which is not set" in ran.stdout
    assert "hush" not in ran.stdout


def reports() -> list[Report]:
    """The longest that each column may have to hold."""
    pair = {"consumer_key": "env:A", "consumer_secret": "env:B"}
    own = {"name": "shop-us", "kind": "woocommerce", "url": "https://x.example", "auth": pair}
    woo = connection_of("a test", 1, own)
    stripe = connection_of(
        "a test", 2, {"name": "payments", "kind": "stripe", "url": "https://x.example", "auth": {"api_key": "env:A"}}
    )
    many = {"orders": 34_567, "customers": 5_432, "products": 345, "refunds": 10, "variations": None}
    told = Findings(version="11.0.1", timezone="America/New_York", currency="USD", scopes=())
    return [
        Report(woo, told, rows=dict(many)),
        Report(woo, Findings(lacking=("view_orders", "view_payments")), problems=["it is [red]broken[/]"]),
        Report(stripe, Findings(version="2026-06-24.dahlia", excess=("everything",)), rows={"charges": None}),
    ]


@pytest.mark.parametrize("width", [80, 100, 120, 160])
def test_the_table_fits_the_screen_and_loses_nothing(width: int) -> None:
    console = Console(width=width, highlight=False, record=True, file=io.StringIO())
    console.print(table_of(reports(), width))
    text = console.export_text()
    lines = text.splitlines()
    assert max(len(line.rstrip()) for line in lines) <= width
    assert "…" not in text
    # A heading and three connections, each in one line where the screen is wide and in two where it is not.
    assert len(lines) == 4 if width >= 140 else len(lines) <= (5 if width >= 120 else 8)
    for word in ("2026-06-24.dahlia", "America/New_York", "USD", "34,567", "2 lacking", "too many", "enough"):
        assert word in text
