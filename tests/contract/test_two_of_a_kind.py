"""Two shops on one platform: read side by side, each with its own secret, clock and currency, never mixed."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from running_simulator import HURRIED

from countinghouse import landing
from countinghouse.errors import SourceError
from countinghouse.extraction import extract
from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse.connect import open_warehouse
from countinghouse.warehouse.load import load
from countinghouse.warehouse.runs import register_connections
from simulator.server import running

pytestmark = pytest.mark.slow

SHOPS = """
[[connection]]
name = "shop-east"
kind = "woocommerce"
url = "{east}/woocommerce"
timezone = "Europe/Berlin"
currency = "EUR"
auth = {{ consumer_key = "env:EAST_KEY", consumer_secret = "env:EAST_SECRET" }}

[[connection]]
name = "shop-west"
kind = "woocommerce"
url = "{west}/woocommerce"
timezone = "America/Lima"
currency = "PEN"
auth = {{ consumer_key = "env:WEST_KEY", consumer_secret = "env:WEST_SECRET" }}
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Settings]:
    monkeypatch.setattr("countinghouse.sources.session.throttles", lambda url, rates, what: [])
    for side in ("EAST", "WEST"):
        monkeypatch.setenv(f"{side}_KEY", "ck_simulator")
        monkeypatch.setenv(f"{side}_SECRET", "cs_simulator")
    with running(seed=7, scale=0.05) as east, running(seed=8, scale=0.05) as west:
        path = tmp_path / "sources.toml"
        path.write_text(SHOPS.format(east=east, west=west))
        yield load_settings({"COUNTINGHOUSE_SOURCES": str(path), "COUNTINGHOUSE_DATA_DIR": str(tmp_path / "data")})


def test_each_shop_keeps_its_rows_its_days_and_its_money(settings: Settings) -> None:
    with ThreadPoolExecutor(2) as threads:
        manifests = list(
            threads.map(
                lambda one: extract(one, "orders", None, settings.landing_dir, "run", patience=HURRIED),
                settings.connections,
            )
        )
    with open_warehouse(settings) as con:
        register_connections(con, settings)
        for manifest in landing.pending(settings.landing_dir):
            load(con, manifest)
        rows = dict(con.execute("SELECT connection, count(*) FROM raw.woocommerce__orders GROUP BY 1").fetchall())
        assert rows == {manifest.connection: manifest.rows for manifest in manifests}
        told = "SELECT connection, timezone, currency_code FROM ops.connections ORDER BY 1"
        assert con.execute(told).fetchall() == [
            ("shop-east", "Europe/Berlin", "EUR"),
            ("shop-west", "America/Lima", "PEN"),
        ]
        # The same order number in both shops is two orders.
        shared = con.execute(
            "SELECT count(*) FROM (SELECT id FROM raw.woocommerce__orders GROUP BY 1 HAVING count(*) = 2)"
        )
        assert shared.fetchall()[0][0] > 0


def test_the_wrong_secret_of_one_is_told_of_that_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEST_SECRET", "cs_wrong")
    east, west = settings.connections
    assert extract(east, "coupons", None, settings.landing_dir, "run", patience=HURRIED).rows > 0
    with pytest.raises(SourceError, match=r"shop-west: coupons: .*WEST_SECRET"):
        extract(west, "coupons", None, settings.landing_dir, "run", patience=HURRIED)
