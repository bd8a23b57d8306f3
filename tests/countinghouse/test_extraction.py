import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from running_simulator import HURRIED
from scripted_source import Heard, Reply, ScriptedSource, shop_list

from countinghouse import landing
from countinghouse.errors import SourceError
from countinghouse.extraction import extract, without
from countinghouse.landing import Manifest
from countinghouse.settings import Connection


def lines(manifest: Manifest) -> list[dict[str, Any]]:
    return [json.loads(text) for text in manifest.pages_path.read_text().splitlines()]


def rejects(manifest: Manifest) -> list[dict[str, str]]:
    return [json.loads(text) for text in manifest.rejects_path.read_text().splitlines()]


def take(connection: Connection, resource: str, landing_dir: Path, **how: Any) -> Manifest:
    return extract(connection, resource, None, landing_dir, "run-1", patience=HURRIED, **how)


def products(body: bytes, total: int) -> Reply:
    return Reply(b'{"products": [%b], "total": %d, "skip": 0, "limit": %d}' % (body, total, total))


def test_a_landed_batch_says_what_it_is(source: ScriptedSource, shop: Connection, landing_dir: Path) -> None:
    source.script = shop_list("carts", [{"id": number} for number in range(1, 6)])
    told: list[int] = []
    manifest = extract(shop, "carts", None, landing_dir, "run-7", told.append, page_size=2)
    assert landing.pending(landing_dir) == [manifest]
    assert (manifest.run_id, manifest.connection, manifest.kind, manifest.resource) == (
        *("run-7", "corner-shop", "dummyjson"),
        "carts",
    )
    assert (manifest.mode, manifest.is_snapshot, manifest.rows, manifest.total) == ("full", True, 5, 5)
    assert manifest.cursor_to is None
    # The source's clock, not ours.
    assert manifest.extracted_at == datetime(2026, 11, 20, 9, 40, tzinfo=UTC)
    assert [line["id"] for line in lines(manifest)] == ["1", "2", "3", "4", "5"]
    assert told == [2, 4, 5]


def test_numbers_keep_their_text(source: ScriptedSource, shop: Connection, landing_dir: Path) -> None:
    row = '{"id":1,"a":99.94999999999999,"b":1.0,"c":123456789012345678901234567890,"d":0.1234567890123456789,"e":-0.0}'
    source.replies(products(row.encode(), 1))
    (line,) = lines(take(shop, "products", landing_dir))
    assert line["payload"] == row


def test_the_hash_does_not_depend_on_the_order_of_keys(
    source: ScriptedSource, shop: Connection, landing_dir: Path
) -> None:
    source.replies(
        products(b'{"id": 1, "a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}, "id": 1}, {"id": 1, "a": {}}', 3)
    )
    first, second, third = (line["payload_hash"] for line in lines(take(shop, "products", landing_dir)))
    assert first == second != third


def test_private_fields_never_reach_the_disk(source: ScriptedSource, shop: Connection, landing_dir: Path) -> None:
    private = ["password", "ssn", "ein", "bank", "crypto", "ip", "macAddress", "userAgent"]
    user = {"id": 1, "firstName": "Emily", **{name: f"hush-{name}" for name in private}}
    source.script = shop_list("users", [user, {**user, "id": None}, [user]])
    manifest = take(shop, "users", landing_dir)
    assert (manifest.rows, manifest.rejected) == (1, 2)
    on_disk = b"".join(path.read_bytes() for path in landing_dir.rglob("*") if path.is_file())
    assert b"hush" not in on_disk
    assert json.loads(lines(manifest)[0]["payload"]) == {"id": 1, "firstName": "Emily"}


def test_stripes_secrets_are_dropped_at_any_depth(
    source: ScriptedSource, payments: Connection, landing_dir: Path
) -> None:
    secret = {"client_secret": "hush", "receipt_url": "hush", "hosted_invoice_url": "hush", "invoice_pdf": "hush"}
    intent = {"id": "pi_1", "created": 1700000000, **secret, "charges": {"data": [{"id": "ch_1", **secret}]}}
    events = Reply({"object": "list", "data": [], "has_more": False})
    page = Reply({"object": "list", "data": [intent], "has_more": False})
    source.script = lambda heard: events if heard.path == "/v1/events" else page
    manifest = take(payments, "payment_intents", landing_dir)
    assert b"hush" not in manifest.pages_path.read_bytes()
    (line,) = lines(manifest)
    assert line["updated_at"] == "2023-11-14T22:13:20"
    assert json.loads(line["payload"])["charges"] == {"data": [{"id": "ch_1"}]}


@pytest.mark.parametrize(("resource", "is_gone"), [("charges", False), ("customers", True)])
def test_a_row_that_calls_itself_deleted_is_gone_only_where_rows_can_go(
    source: ScriptedSource, payments: Connection, landing_dir: Path, resource: str, is_gone: bool
) -> None:
    row = {"id": "x_1", "created": 1700000000, "deleted": True}
    page = Reply({"object": "list", "data": [row], "has_more": False})
    events = Reply({"object": "list", "data": [], "has_more": False})
    source.script = lambda heard: events if heard.path == "/v1/events" else page
    (line,) = lines(take(payments, resource, landing_dir))
    assert line["is_deleted"] is is_gone


def test_dropping_leaves_everything_else() -> None:
    names = frozenset({"a"})
    assert without({"a": 1, "b": [{"a": 2, "c": {"a": 3}}, "a", None]}, names) == {"b": [{"c": {}}, "a", None]}


@pytest.mark.parametrize(
    "row", ["{}", '{"id": null}', '{"id": ""}', '{"id": true}', '{"id": {}}', '{"id": 1.5}', "7", "null"]
)
def test_a_row_without_a_usable_id_is_set_aside_and_the_others_are_landed(
    source: ScriptedSource, shop: Connection, landing_dir: Path, row: str
) -> None:
    source.replies(products(b'{"id": 1}, %b, {"id": "b-7"}' % row.encode(), 3))
    manifest = take(shop, "products", landing_dir)
    assert [line["id"] for line in lines(manifest)] == ["1", "b-7"]
    (reject,) = rejects(manifest)
    assert reject["row_text"] == row.replace(" ", "")
    assert reject["reason"]


def test_a_row_that_cannot_be_read_is_counted(source: ScriptedSource, shop: Connection, landing_dir: Path) -> None:
    source.replies(products(b'{"id": 1}, {"id": 1e99999999999999999999999}', 2))
    manifest = take(shop, "products", landing_dir)
    assert (manifest.rows, manifest.rejected) == (1, 1)
    assert "not readable" in rejects(manifest)[0]["reason"]


@pytest.mark.parametrize(
    ("good", "bad", "is_taken"), [(0, 3, True), (57, 3, True), (77, 4, True), (75, 4, False), (0, 4, False)]
)
def test_many_bad_rows_refuse_the_resource(
    source: ScriptedSource, shop: Connection, landing_dir: Path, good: int, bad: int, is_taken: bool
) -> None:
    source.script = shop_list("products", [{"id": number + 1} for number in range(good)] + [{}] * bad)
    if is_taken:
        assert take(shop, "products", landing_dir).rejected == bad
        return
    with pytest.raises(SourceError, match=rf"corner-shop: products: {bad} of {good + bad} rows"):
        take(shop, "products", landing_dir)
    assert landing.pending(landing_dir) == []


def test_a_list_that_grew_while_it_was_read_is_read_again(
    source: ScriptedSource, shop: Connection, landing_dir: Path
) -> None:
    few, many = [{"id": number} for number in range(1, 6)], [{"id": number} for number in range(1, 8)]

    def script(heard: Heard) -> Reply:
        return shop_list("carts", few if len(source.heard) <= 2 else many)(heard)

    source.script = script
    manifest = take(shop, "carts", landing_dir, page_size=2)
    assert [line["id"] for line in lines(manifest)] == [str(number) for number in range(1, 8)]
    assert len(list(manifest.folder.parent.iterdir())) == 1


def test_a_list_that_never_stands_still_is_an_error_and_nothing_is_landed(
    source: ScriptedSource, shop: Connection, landing_dir: Path
) -> None:
    def script(heard: Heard) -> Reply:
        return shop_list("carts", [{"id": number} for number in range(1, 4 + len(source.heard))])(heard)

    source.script = script
    with pytest.raises(
        SourceError, match=r"corner-shop: carts: the list changed each of the 3 times it was read \(the list had"
    ):
        take(shop, "carts", landing_dir, page_size=2)
    assert landing.pending(landing_dir) == []


def test_a_list_that_ends_before_its_total_is_not_a_complete_one(
    source: ScriptedSource, shop: Connection, landing_dir: Path
) -> None:
    def script(heard: Heard) -> Reply:
        rows = [{"id": 1}, {"id": 2}] if heard.query["skip"] == "0" else []
        return Reply({"carts": rows, "total": 9, "skip": 0, "limit": len(rows)})

    source.script = script
    with pytest.raises(SourceError, match="was to have 9 rows, and 2 came"):
        take(shop, "carts", landing_dir)


def test_a_failure_on_a_later_page_lands_nothing(source: ScriptedSource, shop: Connection, landing_dir: Path) -> None:
    pages = shop_list("carts", [{"id": number} for number in range(9)])
    source.script = lambda heard: pages(heard) if heard.query["skip"] == "0" else Reply(b"", 500)
    with pytest.raises(SourceError, match="answered 500"):
        take(shop, "carts", landing_dir, page_size=5)
    assert landing.pending(landing_dir) == []


def test_a_missing_key_is_the_sources_failure_and_names_the_variable(
    payments: Connection, landing_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THE_STRIPE_KEY")
    with pytest.raises(SourceError, match=r"^till: auth\.api_key .* THE_STRIPE_KEY, which is not set\.$"):
        take(payments, "charges", landing_dir)


def test_an_unknown_resource_is_refused(shop: Connection, landing_dir: Path) -> None:
    with pytest.raises(SourceError, match="a dummyjson connection has no resource 'orders'"):
        take(shop, "orders", landing_dir)


def test_a_landing_area_that_cannot_be_written_is_a_sentence(
    source: ScriptedSource, shop: Connection, tmp_path: Path
) -> None:
    source.script = shop_list("carts", [{"id": 1}])
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(
        SourceError, match=r"corner-shop: carts: .* cannot be written .*; make room or correct its rights"
    ):
        take(shop, "carts", tmp_path / "data")


def test_events_without_what_every_event_has_are_a_changed_shape(
    source: ScriptedSource, payments: Connection, landing_dir: Path
) -> None:
    source.replies(Reply({"object": "list", "data": [{"id": "evt_1", "type": "charge.updated"}], "has_more": False}))
    with pytest.raises(SourceError, match=r"till: charges: .* unexpected shape: an event lacks"):
        take(payments, "charges", landing_dir)


def test_memory_stays_flat_however_long_the_list_is(
    source: ScriptedSource, shop: Connection, landing_dir: Path
) -> None:
    """60 MB of rows pass through, a megabyte a page; the scripted source itself holds a few pages at a time."""
    text, total = "x" * 20_000, 3_000

    def script(heard: Heard) -> Reply:
        skip, limit = int(heard.query["skip"]), int(heard.query["limit"])
        rows = [{"id": number + 1, "text": text} for number in range(skip, min(skip + limit, total))]
        return Reply({"products": rows, "total": total, "skip": skip, "limit": len(rows)})

    source.script = script
    tracemalloc.start()
    try:
        manifest = take(shop, "products", landing_dir, page_size=50)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert manifest.bytes > 60_000_000
    assert peak_bytes < 20_000_000
