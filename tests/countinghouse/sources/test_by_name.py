"""Rows by their names are the rows of the list, and what the source does not have is gone; a dead address is not."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from running_simulator import HURRIED, RunningSimulator

from countinghouse.default_connections import simulator_connections
from countinghouse.errors import SourceError
from countinghouse.extraction import extract
from countinghouse.landing import Line, Manifest
from countinghouse.settings import Connection
from countinghouse.sources import SOURCES
from countinghouse.sources.by_name import Name
from countinghouse.sources.client import Client

BY_NAME = [
    *(("shop-us", name) for name in ("orders", "products", "product_variants", "customers", "collections")),
    *(("shop-eu", name) for name in ("orders", "products", "customers", "coupons")),
    *(("payments", name) for name in ("charges", "payment_intents", "refunds", "invoices", "customers", "disputes")),
    ("payments", "payouts"),
    ("payments", "balance_transactions"),
]


@pytest.fixture
def connections(simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, Connection]:
    monkeypatch.setattr("countinghouse.sources.patience.Throttle.wait", lambda throttle: None)
    simulator.post("limits", {"enabled": False})
    return {one.name: one for one in simulator_connections(simulator.url)}


def read(connection: Connection, resource: str, folder: Path, *names: Name) -> Manifest:
    return extract(connection, resource, None, folder, "run-1", names=names, patience=HURRIED)


def lines(manifest: Manifest) -> dict[str, Line]:
    found = [msgspec.json.decode(line, type=Line) for line in manifest.pages_path.read_bytes().splitlines()]
    assert len(found) == len({line.id for line in found})
    return {line.id: line for line in found}


@pytest.mark.parametrize(("name", "resource"), BY_NAME)
def test_row_by_its_name_is_the_row_of_the_list(
    connections: dict[str, Connection], landing_dir: Path, name: str, resource: str
) -> None:
    whole = lines(read(connections[name], resource, landing_dir))
    wanted = list(whole)[::3][:60]
    manifest = read(connections[name], resource, landing_dir, *map(Name, wanted))
    assert {row: (line.payload_hash, line.payload, line.is_deleted) for row, line in lines(manifest).items()} == {
        row: (whole[row].payload_hash, whole[row].payload, whole[row].is_deleted) for row in wanted
    }
    assert (manifest.mode, manifest.is_snapshot, manifest.cursor_to) == ("named", False, None)


@pytest.mark.parametrize(
    ("name", "resource", "missing", "is_deletable"),
    [
        ("shop-us", "orders", "gid://shopify/Order/1", True),
        ("shop-eu", "orders", "1", True),
        ("shop-eu", "refunds", "1", False),  # WooCommerce has no address for one of them
        ("payments", "charges", "ch_nobody", False),  # which Stripe never deletes
        ("payments", "invoices", "in_nobody", True),
    ],
)
def test_what_the_source_does_not_have_is_gone_where_it_can_be(
    connections: dict[str, Connection], landing_dir: Path, name: str, resource: str, missing: str, is_deletable: bool
) -> None:
    found = lines(read(connections[name], resource, landing_dir, Name(missing)))
    assert {row: line.is_deleted for row, line in found.items()} == ({missing: True} if is_deletable else {})


def test_old_order_that_is_hidden_from_us_is_not_gone(
    connections: dict[str, Connection], landing_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest = min(
        lines(read(connections["shop-us"], "orders", landing_dir)), key=lambda gid: int(gid.rpartition("/")[2])
    )
    monkeypatch.setenv("SIXTY_DAYS", "shpat_sixty_days")
    shop = connections["shop-us"].model_copy(update={"auth": {"access_token": "env:SIXTY_DAYS"}})
    assert lines(read(shop, "orders", landing_dir, Name(oldest))) == {}


def test_rows_that_share_a_value_come_together(connections: dict[str, Connection], landing_dir: Path) -> None:
    whole = lines(read(connections["payments"], "refunds", landing_dir))
    owner: dict[str, Any] = {row: msgspec.json.decode(line.payload or "")["charge"] for row, line in whole.items()}
    charge = next(iter(owner.values()))
    found = lines(read(connections["payments"], "refunds", landing_dir, Name(charge, "charge")))
    assert found.keys() == {row for row in owner if owner[row] == charge}


def test_variations_come_with_their_parent(connections: dict[str, Connection], landing_dir: Path) -> None:
    whole = lines(read(connections["shop-eu"], "product_variations", landing_dir))
    parents = {row: str(msgspec.json.decode(line.payload or "")["parent_id"]) for row, line in whole.items()}
    parent = next(iter(parents.values()))
    names = (Name(parent, "parent_id"), Name("424242", "parent_id"))
    found = lines(read(connections["shop-eu"], "product_variations", landing_dir, *names))
    assert {row: line.payload_hash for row, line in found.items()} == {
        row: whole[row].payload_hash for row in whole if parents[row] == parent
    }


def test_row_is_not_gone_because_the_shop_is_switched_off(connections: dict[str, Connection]) -> None:
    """WordPress answers 404 to every address of a WooCommerce that is not active."""
    shop = connections["shop-eu"]
    orders = SOURCES["woocommerce"].resource("orders")
    with Client(shop, orders, patience=HURRIED) as client:
        assert client.find("1") is None
    dead = shop.model_copy(update={"url": shop.url.replace("/woocommerce", "/woocommerce/no")})
    with Client(dead, orders, patience=HURRIED) as client, pytest.raises(SourceError, match="No route was found"):
        client.find("1")
