"""What the app may see of a shop, how it is told, and the tokens that say who asks."""

from pathlib import Path

import pytest
from running_simulator import RunningSimulator
from scripted_source import Heard, Reply, ScriptedSource
from shopify_store import Clock, collections, connected, payloads, read, scopes

from countinghouse.errors import SourceError
from countinghouse.settings import Connection
from countinghouse.sources.session import Session
from countinghouse.sources.shopify import SHOPIFY
from countinghouse.sources.shopify_rights import inspect


def test_orders_of_sixty_days_are_no_whole_history(
    store: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read(store, "orders", tmp_path)
    assert (whole.is_snapshot, whole.warnings) == (True, ())
    manifest = read(connected(store.url, monkeypatch, "shpat_sixty_days"), "orders", tmp_path)
    assert not manifest.is_snapshot, "orders older than 60 days would be taken for deleted"
    (said,) = manifest.warnings
    assert said.startswith("the app has no right read_all_orders, so orders older than 60 days are absent")
    oldest = min(order["createdAt"] for order in payloads(manifest))
    assert f"the oldest seen is of {oldest[:10]}" in said
    # 60 days before 20 March 2026: 20 of March, 28 of February and 12 of January.
    assert oldest >= "2026-01-19T09:40:00Z" > min(order["createdAt"] for order in payloads(whole))


def test_customers_without_a_name_are_told(store: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(store, "customers", tmp_path).warnings == ()
    manifest = read(connected(store.url, monkeypatch, "shpat_no_personal_data"), "customers", tmp_path)
    (said,) = manifest.warnings
    assert "no access to protected customer data" in said


def test_a_right_that_is_missing_stops_its_resource(
    store: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor = connected(store.url, monkeypatch, "shpat_no_orders")
    with pytest.raises(SourceError, match=r"shop: orders: the app has no right read_orders.*install it again"):
        read(poor, "orders", tmp_path)
    assert read(poor, "products", tmp_path).rows > 0


def test_a_connection_tells_its_money_clock_and_rights(store: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(store, SHOPIFY, "connection") as session:
        found = inspect(session)
    assert (found.version, found.currency, found.timezone) == ("2026-10", "USD", "America/New_York")
    assert found.rows["orders"] > 10
    assert found.warnings == ()
    with Session(connected(store.url, monkeypatch, "shpat_sixty_days"), SHOPIFY, "connection") as session:
        assert any("read_all_orders" in warning for warning in inspect(session).warnings)


# Tokens


def test_client_credentials_buy_one_token_and_another_when_it_has_ended(
    store: Connection, pretended: RunningSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_ID", "simulator_client")
    monkeypatch.setenv("SHOP_SECRET", "simulator_secret")
    bought = store.model_copy(update={"auth": {"client_id": "env:SHOP_ID", "client_secret": "env:SHOP_SECRET"}})
    pretended.recover()
    for resource in ("products", "customers"):
        assert read(bought, resource, tmp_path).rows > 0
    assert [one["path"] for one in pretended.heard()].count("/shopify/admin/oauth/access_token") == 1
    pretended.post("clock", {"advance_seconds": 2 * 86400})
    assert read(bought, "products", tmp_path).rows > 0
    assert [one["path"] for one in pretended.heard()].count("/shopify/admin/oauth/access_token") == 2


def test_a_token_is_bought_anew_five_minutes_before_its_end(
    scripted: Connection, source: ScriptedSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("countinghouse.sources.session._purses", {})
    monkeypatch.setattr("countinghouse.sources.session.time", clock := Clock([]))
    monkeypatch.setenv("SHOP_ID", "hush-id")
    monkeypatch.setenv("SHOP_SECRET", "hush-secret")
    bought = scripted.model_copy(update={"auth": {"client_id": "env:SHOP_ID", "client_secret": "env:SHOP_SECRET"}})

    def script(heard: Heard) -> Reply:
        if heard.path == "/admin/oauth/access_token":
            return Reply({"access_token": "shpat_hush", "scope": "read_products", "expires_in": 1000})
        return scopes() if b"accessScopes" in heard.body else collections(1)

    source.script = script
    counts: list[int] = []
    for seconds in (0, 699, 1):  # 1000 less 300
        clock.sleep(seconds)
        assert read(bought, "collections", tmp_path).rows == 1
        counts.append([heard.path for heard in source.heard].count("/admin/oauth/access_token"))
    assert counts == [1, 1, 2]
