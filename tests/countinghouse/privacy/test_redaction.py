"""Erased from the books and from every later load, found by whatever names somebody, and nobody else's."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from countinghouse import landing
from countinghouse.errors import WarehouseError
from countinghouse.extraction import _line  # pyright: ignore[reportPrivateUsage]
from countinghouse.landing import Manifest, Reject
from countinghouse.privacy.redaction import begin
from countinghouse.privacy.requests import close_requests, requests, unfinished
from countinghouse.privacy.subject import Asked, find, row_id
from countinghouse.privacy.tombstones import KEY_FILE, keyed_hash, secret_key
from countinghouse.privacy.traces import Traces
from countinghouse.settings import Settings
from countinghouse.sources import SOURCES
from countinghouse.sources.changes import Found
from countinghouse.warehouse.load import load

Rows = dict[str, dict[str, Any]]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SHOP = "shop-eu"


def batch(
    settings: Settings,
    resource: str,
    rows: list[dict[str, Any]],
    kind: str = "woocommerce",
    rejects: tuple[str, ...] = (),
) -> Manifest:
    """Rows of a shop as an extraction would land them."""
    described = SOURCES[kind].resource(resource)
    with landing.open_batch(settings.landing_dir, SHOP, resource) as opened:
        for row in rows:
            line = _line(Found(row), described, opened.rows)
            assert not isinstance(line, Reject)
            opened.write(line)
        for text in rejects:
            opened.reject(Reject(text, "no usable 'id'"))
        return opened.close(
            **{"run_id": "run", "connection": SHOP, "kind": kind, "resource": resource, "mode": "incremental"},
            **{"is_snapshot": False, "allow_shrink": False, "total": None, "cursor_from": None, "cursor_to": None},
            extracted_at=NOON,
        )


def customer(number: int, email: str, **more: Any) -> dict[str, Any]:
    billing = {"first_name": "Ann", "phone": "+49 30 901820", "address_1": "12 Elm Street", "country": "DE"}
    return {"id": number, "email": email, "first_name": "Ann", "role": "customer", "billing": billing, **more}


def order(number: int, buyer: int, email: str, day: str = "2026-11-01") -> dict[str, Any]:
    billing = {"first_name": "Ann", "last_name": "Lee", "email": email, "address_1": "12 Elm Street", "country": "DE"}
    return {
        **{"id": number, "customer_id": buyer, "total": "10.10", "billing": billing, "customer_note": "For Ann"},
        **{"date_created_gmt": f"{day}T12:00:00", "line_items": [{"id": 1, "name": "Mug", "total": "10.10"}]},
    }


@pytest.fixture
def books(settings: Settings, warehouse: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Ann has account 5, ordered with it and once as a guest; Bo has account 6 and ordered once to Ann's address."""
    load(warehouse, batch(settings, "customers", [customer(5, "Ann@x.example"), customer(6, "bo@x.example")]))
    orders = [order(1, 5, "work@ann.example"), order(2, 0, " ann@X.example "), order(3, 6, "ann@x.example")]
    load(warehouse, batch(settings, "orders", [*orders, order(4, 0, "cy@x.example")]))
    refund = {"id": 9, "parent_id": 1, "amount": "1.00", "reason": "Ann did not like it", "line_items": []}
    load(warehouse, batch(settings, "refunds", [refund, {**refund, "id": 10, "parent_id": 4}]))
    load(warehouse, batch(settings, "coupons", [{"id": 1, "code": "X", "email_restrictions": ["ann@x.example"]}]))
    return warehouse


def raw(con: duckdb.DuckDBPyConnection, resource: str) -> Rows:
    rows = con.execute(f"SELECT id, payload FROM raw.woocommerce__{resource} WHERE connection = '{SHOP}'").fetchall()
    return {row: json.loads(payload) for row, payload in rows}


def redact(con: duckdb.DuckDBPyConnection, settings: Settings, asked: Asked, name: str = "one") -> int:
    traces = Traces(settings.privacy_dir / "work")
    return begin(con, secret_key(settings.data_dir), name, [asked], "command", NOON, traces)


ANN = Asked(SHOP, "woocommerce", customers=frozenset({"5"}))


def everything(con: duckdb.DuckDBPyConnection) -> str:
    resources = ("customers", "orders", "refunds", "coupons", "reviews")
    return json.dumps([raw(con, resource) for resource in resources]).lower()


def test_customer_is_erased_with_the_orders_of_the_account_and_of_the_guest(
    books: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    assert "ann@x.example" in everything(books)
    assert redact(books, settings, ANN) == 4, "a customer, two orders, one refund"
    stands = f"redacted-{keyed_hash(secret_key(settings.data_dir), 'ann@x.example')}@redacted.invalid"
    assert raw(books, "customers")["5"] == {
        **{"id": 5, "email": stands, "role": "customer", "billing": {"country": "DE"}}
    }
    kept = {"id": 1, "customer_id": 5, "total": "10.10", "date_created_gmt": "2026-11-01T12:00:00"}
    kept |= {"line_items": [{"id": 1, "name": "Mug", "total": "10.10"}]}
    assert raw(books, "orders")["1"] == {**kept, "billing": {"email": None, "country": "DE"}}
    assert raw(books, "orders")["2"]["billing"] == {"email": stands, "country": "DE"}
    assert raw(books, "refunds")["9"] == {"id": 9, "parent_id": 1, "amount": "1.00", "line_items": []}
    assert "work@ann.example" not in everything(books)
    assert "ann@x.example" not in everything(books)


def test_nobody_elses_rows_change_but_for_the_address(books: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    before = {resource: raw(books, resource) for resource in ("customers", "orders", "refunds", "coupons")}
    redact(books, settings, ANN)
    assert raw(books, "customers")["6"] == before["customers"]["6"]
    assert raw(books, "orders")["4"] == before["orders"]["4"]
    assert raw(books, "refunds")["10"] == before["refunds"]["10"]
    expected = before["orders"]["3"]
    expected["billing"]["email"] = None
    assert raw(books, "orders")["3"] == expected
    assert raw(books, "coupons")["1"] == {"id": 1, "code": "X", "email_restrictions": []}


def test_models_see_that_redacted_rows_have_changed(books: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    (newest,) = books.execute("SELECT max(loaded_at) FROM ops.batches").fetchone() or (None,)
    redact(books, settings, ANN)
    later = books.execute("SELECT id FROM raw.woocommerce__orders WHERE loaded_at > ? ORDER BY id", [newest]).fetchall()
    assert later == [("1",), ("2",), ("3",)]


def test_guest_is_found_by_one_order(books: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    assert redact(books, settings, Asked(SHOP, "woocommerce", orders=frozenset({"4"}))) == 2
    assert raw(books, "orders")["4"]["billing"]["email"].endswith("@redacted.invalid")
    assert "cy@x.example" not in everything(books)
    assert "ann@x.example" in everything(books)


def test_what_the_source_sends_again_is_erased_again(books: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    redact(books, settings, ANN)
    erased = {resource: raw(books, resource) for resource in ("customers", "orders")}
    again = [order(1, 5, "work@ann.example"), order(2, 0, "ann@x.example"), order(3, 6, "ann@x.example")]
    result = load(books, batch(settings, "orders", again))
    assert (result.inserted, result.updated, result.unchanged) == (0, 0, 3), "and costs nothing downstream"
    load(books, batch(settings, "customers", [customer(5, "ann@x.example"), customer(6, "bo@x.example")]))
    assert {resource: raw(books, resource) for resource in ("customers", "orders")} == erased
    # A change of the order comes through, and the person does not.
    load(books, batch(settings, "orders", [{**again[0], "total": "12.00"}]))
    assert raw(books, "orders")["1"] == {**erased["orders"]["1"], "total": "12.00"}


def test_rows_that_were_never_seen_are_erased_when_they_are_of_the_time_before(
    books: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    redact(books, settings, ANN)
    late = [order(20, 0, "ann@x.example", "2026-10-01"), order(21, 5, "new@ann.example", "2026-12-24")]
    load(books, batch(settings, "orders", [*late, order(22, 0, "ann@x.example", "2026-12-24")]))
    orders = raw(books, "orders")
    assert orders["20"]["billing"]["email"].endswith("@redacted.invalid")
    assert orders["21"]["billing"] == {"email": None, "country": "DE"}, "the account stays erased"
    assert orders["22"]["billing"]["email"] == "ann@x.example", "who comes back as a guest has left the address anew"


def test_repeated_request_changes_nothing_more(books: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    redact(books, settings, ANN)
    before = books.execute("SELECT * FROM raw.woocommerce__orders ORDER BY id").fetchall()
    redact(books, settings, ANN)
    assert books.execute("SELECT * FROM raw.woocommerce__orders ORDER BY id").fetchall() == before
    (request,) = requests(books)
    assert (request.status, request.row_count) == ("in progress", 4)


def test_whole_shop_is_erased_now_and_in_every_later_load(books: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    redact(books, settings, Asked(SHOP, "woocommerce", is_shop=True))
    load(books, batch(settings, "orders", [order(30, 0, "dee@x.example", "2027-01-01")]))
    text = everything(books)
    for word in ("x.example", "ann.example", "elm street", "for ann", '"lee"'):
        assert word not in text
    assert raw(books, "orders")["30"]["billing"] == {"email": None, "country": "DE"}
    assert {row["total"] for row in raw(books, "orders").values()} == {"10.10"}


def test_rows_that_were_set_aside_lose_their_text(books: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    books.execute(
        f"""
        INSERT INTO ops.rejects VALUES
        ('b', '{SHOP}', 'orders', 'Ann, 12 Elm Street', 'no usable id', now()),
        ('b', '{SHOP}', 'products', 'a mug', 'no usable id', now()), ('b', 'other', 'orders', 'Bo', 'none', now())
        """
    )
    redact(books, settings, ANN)
    rows = books.execute("SELECT connection, resource, row_text, reason FROM ops.rejects ORDER BY ALL").fetchall()
    assert rows == [
        ("other", "orders", "Bo", "none"),
        (SHOP, "orders", None, "no usable id"),
        (SHOP, "products", "a mug", "no usable id"),
    ]


def test_rows_set_aside_later_lose_their_text_where_it_is_of_them(
    books: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    redact(books, settings, ANN)
    rejects = (
        '{"billing":{"email":"Ann@x.example"}}',
        '{"customer_id":5}',
        '{"customer_id":51,"email":"bo@x.example"}',
    )
    load(books, batch(settings, "orders", [], rejects=rejects))
    rows = books.execute("SELECT row_text FROM ops.rejects ORDER BY ALL NULLS FIRST").fetchall()
    assert rows == [(None,), (None,), (rejects[2],)]


def test_killed_before_the_commit_leaves_everything_as_it_was(
    books: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(books)

    def killed(*_: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("countinghouse.privacy.redaction._erase_logs", killed)
        with pytest.raises(KeyboardInterrupt):
            redact(books, settings, ANN)
    assert everything(books) == before
    assert requests(books) == []
    assert redact(books, settings, ANN) == 4


def test_record_and_tombstones_name_nobody(books: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    redact(books, settings, ANN)
    assert unfinished(books) == ["one"]
    close_requests(books, ["one"])
    kept = str(books.execute("FROM ops.privacy_requests").fetchall())
    kept += str(books.execute("FROM ops.privacy_tombstones").fetchall())
    for word in ("ann", "example", "Elm", "901820"):
        assert word not in kept
    (request,) = requests(books)
    assert (request.connection, request.kind, request.status) == (SHOP, "redact", "done")
    assert request.places["raw"] == 6


def test_traces_are_their_owners_only_and_hold_what_to_look_for(
    books: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    redact(books, settings, ANN)
    (path,) = (settings.privacy_dir / "work").glob("*")
    assert path.stat().st_mode & 0o777 == 0o600
    looked_for = {"ann@x.example", "Ann@x.example", "work@ann.example", "+49 30 901820", "12 Elm Street"}
    assert set(json.loads(path.read_text())) >= looked_for
    Traces(settings.privacy_dir / "work").forget([])
    assert not path.exists()


def test_lost_key_stops_the_load_and_says_so(books: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    redact(books, settings, ANN)
    assert (settings.data_dir / KEY_FILE).stat().st_mode & 0o777 == 0o600
    (settings.data_dir / KEY_FILE).unlink()
    with pytest.raises(WarehouseError, match="put the key back"):
        load(books, batch(settings, "orders", [order(1, 5, "ann@x.example")]))


def test_find_follows_what_hangs_on_what(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """At Stripe an address leads to the customer, that to the charge, and that to its refund and movements."""
    load(warehouse, batch(settings, "customers", [{"id": "cus_1", "email": "Ann@x.example"}], "stripe"))
    charges = [
        {"id": "ch_1", "customer": "cus_1", "amount": 5},
        {"id": "ch_2", "customer": None, "billing_details": {"email": "ann@x.example"}},
        {"id": "ch_3", "customer": "cus_2", "amount": 5},
    ]
    load(warehouse, batch(settings, "charges", charges, "stripe"))
    load(warehouse, batch(settings, "refunds", [{"id": "re_1", "charge": "ch_1"}], "stripe"))
    movements = [{"id": "txn_1", "source": "re_1"}, {"id": "txn_2", "source": "ch_3"}]
    load(warehouse, batch(settings, "balance_transactions", movements, "stripe"))
    found = find(warehouse, Asked(SHOP, "stripe", emails=frozenset({"ann@x.example"})))
    assert {resource: sorted(ids) for resource, ids in found.rows.items() if ids} == {
        "customers": ["cus_1"],
        "charges": ["ch_1", "ch_2"],
        "refunds": ["re_1"],
        "balance_transactions": ["txn_1"],
    }


def test_shopifys_numbers_are_understood() -> None:
    assert row_id("shopify", "customers", "5") == "gid://shopify/Customer/5"
    assert row_id("shopify", "orders", "gid://shopify/Order/7") == "gid://shopify/Order/7"
    assert row_id("woocommerce", "orders", "7") == "7"


def test_key_is_made_once(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    assert len(key) == 32
    assert secret_key(tmp_path) == key
    assert keyed_hash(key, " Ann@X.example ") == keyed_hash(key, "ann@x.example")
    assert keyed_hash(secret_key(tmp_path / "other"), "ann@x.example") != keyed_hash(key, "ann@x.example")
