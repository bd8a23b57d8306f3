"""Requests carried out: what comes by webhook, in which order places are erased, and when it may be called done."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pushing import PUSHING, poll

from countinghouse import landing
from countinghouse.errors import WarehouseError
from countinghouse.privacy.requests import Request, requests
from countinghouse.privacy.subject import Asked
from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse.connect import open_warehouse
from countinghouse.webhooks.inbox import Books, Inbox
from countinghouse.webhooks.topics import Event, Named
from flows import privacy
from simulator.server import running

pytestmark = pytest.mark.slow

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small world's raw rows, read once."""
    folder = tmp_path_factory.mktemp("world")
    with running(now="2026-03-20T09:40:00Z", scale=0.05) as url, pytest.MonkeyPatch.context() as patch:
        patch.setattr("countinghouse.sources.patience.Throttle.wait", lambda throttle: None)
        patch.setenv("WOO_KEY", "ck_simulator_manager")
        (folder / "sources.toml").write_text(PUSHING.format(url=url))
        poll(settings_in(folder))
        yield folder


def settings_in(folder: Path) -> Settings:
    return load_settings(
        {"COUNTINGHOUSE_DATA_DIR": str(folder / "data"), "COUNTINGHOUSE_SOURCES": str(folder / "sources.toml")}
    )


@pytest.fixture
def books(polled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those rows, and models that have nothing to do: what they make of raw has tests of its own."""
    monkeypatch.setenv("WOO_KEY", "ck_simulator_manager")
    shutil.copytree(polled, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(privacy, "publish_anew", lambda settings: {"published copies": 1})
    return settings_in(tmp_path)


def ask(settings: Settings, topic: str, name: str = "1", *objects: Named) -> None:
    inbox = Inbox(settings.inbox_path)
    assert inbox.put(Event("shop-us", name, "shopify", topic, objects)).result(10)
    inbox.close()


def buyer(settings: Settings) -> tuple[str, str]:
    """A customer of shop-us who ordered, and the address."""
    with open_warehouse(settings) as con:
        row = con.execute(
            """
            SELECT customers.id, customers.payload ->> '$.defaultEmailAddress.emailAddress'
            FROM raw.shopify__customers AS customers
            JOIN raw.shopify__orders AS orders ON orders.payload ->> '$.customer.id' = customers.id
            ORDER BY ALL LIMIT 1
            """
        ).fetchone()
    assert row is not None
    return row


def record(settings: Settings) -> list[Request]:
    with open_warehouse(settings) as con:
        return requests(con)


def told(settings: Settings, table: str = "raw.shopify__customers") -> str:
    with open_warehouse(settings) as con:
        return str(con.execute(f"SELECT payload FROM {table} WHERE connection = 'shop-us'").fetchall())


def carry_out(settings: Settings, *shops: str) -> privacy.Carried:
    privacy.begin_waiting(settings, shops)
    return privacy.finish(settings)


def test_redaction_that_came_by_webhook_is_carried_out_unasked(books: Settings) -> None:
    customer, email = buyer(books)
    ask(books, "customers/redact", "1", Named("customers", customer))
    assert email in told(books)
    carried = carry_out(books)
    assert carried.done == ["shop-us:1"]
    assert email not in told(books) + told(books, "raw.shopify__orders")
    (request,) = record(books)
    assert (request.kind, request.origin, request.status, request.error) == ("redact", "webhook", "done", None)
    assert request.row_count is not None
    assert request.row_count > 1, "the customer and an order"
    with Books(books.inbox_path) as inbox:
        assert inbox.private() == []
    assert list((books.privacy_dir / "work").iterdir()) == []
    assert carry_out(books) == privacy.Carried()


def test_whole_shop_waits_for_a_persons_word(books: Settings) -> None:
    ask(books, "shop/redact")
    before = told(books)
    assert carry_out(books) == privacy.Carried()
    assert told(books) == before
    with Books(books.inbox_path) as inbox:
        assert len(inbox.private()) == 1
    assert carry_out(books, "shop-us").done == ["shop-us:1"]
    assert "@example" not in told(books) + told(books, "raw.shopify__orders")
    (request,) = record(books)
    assert (request.kind, request.status) == ("redact shop", "done")


def test_data_request_becomes_a_file_of_its_owner_only(books: Settings) -> None:
    customer, email = buyer(books)
    ask(books, "customers/data_request", "1", Named("customers", customer))
    carry_out(books)
    (path,) = privacy.exports_dir(books).iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    rows = json.loads(path.read_text())["connections"]["shop-us"]
    assert [row["id"] for row in rows["customers"]] == [customer]
    assert email in json.dumps(rows["customers"])
    assert rows["orders"]
    (request,) = record(books)
    assert (request.kind, request.status, request.places) == ("export", "done", {"files written": 1})
    # Who is redacted afterwards is in no answer that was not handed on yet.
    ask(books, "customers/redact", "2", Named("customers", customer))
    assert carry_out(books).done == ["shop-us:2"]
    assert not path.exists()


def test_what_is_left_keeps_a_request_from_being_done(books: Settings) -> None:
    customer, email = buyer(books)
    stray, log = books.data_dir / "copied_by_hand.csv", books.logs_dir / "pipeline.log"
    stray.write_text(f"name,email\nAnn,{email}\n")
    log.parent.mkdir(exist_ok=True)
    log.write_text(f"12:00 refused: {email} is no number\n12:01 done\n")
    ask(books, "customers/redact", "1", Named("customers", customer))
    assert carry_out(books) == privacy.Carried(left={"copied_by_hand.csv": 1})
    (request,) = record(books)
    assert request.status == "in progress"
    assert request.error == "Something of theirs is still in copied_by_hand.csv (1); see docs/privacy.md."
    assert log.read_text() == f"12:00 refused: {'*' * len(email)} is no number\n12:01 done\n"
    stray.unlink()
    assert carry_out(books).done == ["shop-us:1"]
    assert record(books)[0].error is None


def test_interrupted_request_is_ended_by_the_next_run(books: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    customer, email = buyer(books)
    ask(books, "customers/redact", "1", Named("customers", customer))
    (books.data_dir / "stray.txt").write_text(email)

    def refused(settings: Settings) -> dict[str, int]:
        raise WarehouseError("2 critical rules do not hold, so nothing was published.")

    with monkeypatch.context() as patch:
        patch.setattr(privacy, "publish_anew", refused)
        with pytest.raises(WarehouseError):
            carry_out(books)
    (request,) = record(books)
    assert request.status == "in progress"
    assert "2 critical rules" in (request.error or "")
    # What was erased can no longer be told from raw, and is still looked for.
    assert carry_out(books).left == {"stray.txt": 1}
    (books.data_dir / "stray.txt").unlink()
    assert carry_out(books).done == ["shop-us:1"]


def test_landed_batches_of_the_connection_are_read_again(books: Settings) -> None:
    customer, _ = buyer(books)
    for name in ("shop-us", "shop-eu"):
        with landing.open_batch(books.landing_dir, name, "orders") as batch:
            batch.close(
                **{"run_id": "r", "connection": name, "kind": "shopify", "resource": "orders", "mode": "incremental"},
                **{"is_snapshot": False, "allow_shrink": False, "total": None, "cursor_from": None, "cursor_to": None},
                extracted_at=NOON,
            )
    privacy.redact(books, [Asked("shop-us", "shopify", customers=frozenset({customer}))])
    privacy.finish(books)
    assert [manifest.connection for manifest in landing.pending(books.landing_dir)] == ["shop-eu"]
    assert record(books)[0].places["landed batches"] == 1


def test_no_older_copy_stays_to_go_back_to(tmp_path: Path) -> None:
    settings = load_settings({"COUNTINGHOUSE_DATA_DIR": str(tmp_path)})
    versions = settings.published_dir / "versions"
    versions.mkdir(parents=True)
    for name in ("prod-000000000001", "prod-000000000002", "dev-000000000003"):
        (versions / f"{name}.duckdb").write_bytes(b"")
    for environment, name in (("prod", "prod-000000000002"), ("dev", "dev-000000000003")):
        (settings.published_dir / f"{environment}.duckdb").symlink_to(f"versions/{name}.duckdb")
    assert privacy.drop_older_copies(settings) == 2
    assert [path.name for path in versions.iterdir()] == ["prod-000000000002.duckdb"]
    assert [path.name for path in settings.published_dir.glob("*.duckdb")] == ["prod.duckdb"]


def test_name_of_a_request_counts_within_its_connection(books: Settings) -> None:
    asked: Any = Asked("shop-us", "shopify", orders=frozenset({"gid://shopify/Order/0"}))
    assert privacy.redact(books, [asked], "shop-us:9", "webhook", NOON) == "shop-us:9"
    assert [request.row_count for request in record(books)] == [1]
