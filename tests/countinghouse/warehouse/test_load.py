import hashlib
import json
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from countinghouse import landing
from countinghouse.errors import SourceError, WarehouseError
from countinghouse.extraction import _line  # pyright: ignore[reportPrivateUsage]
from countinghouse.landing import Manifest, Reject
from countinghouse.settings import Settings
from countinghouse.sources import SOURCES
from countinghouse.sources.changes import Found
from countinghouse.warehouse import cursors
from countinghouse.warehouse.connect import prepare
from countinghouse.warehouse.load import LoadResult, load

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
GONE = object()


def landed(
    landing_dir: Path,
    rows: list[Any],
    *,
    connection: str = "corner-shop",
    is_snapshot: bool = True,
    cursor: str | None = None,
    rejected: int = 0,
    **how: Any,
) -> Manifest:
    """A batch of carts; a row is its object, or `(id, GONE)`."""
    resource = SOURCES["dummyjson"].resource("carts")
    with landing.open_batch(landing_dir, connection, "carts") as batch:
        for row in rows:
            found = Found(None, id=row[0], is_deleted=True) if isinstance(row, tuple) else Found(row)
            line = _line(found, resource, batch.rows)
            assert not isinstance(line, Reject)
            batch.write(line)
        for _ in range(rejected):
            batch.reject(Reject('{"total":1}', "no usable 'id'"))
        fields = {
            "run_id": "run-1",
            "connection": connection,
            "kind": "dummyjson",
            "resource": "carts",
            "mode": "full" if is_snapshot else "incremental",
            "is_snapshot": is_snapshot,
            "allow_shrink": False,
            "total": len(rows) + rejected if is_snapshot else None,
            "cursor_from": None,
            "cursor_to": cursor,
            "extracted_at": NOON,
        }
        return batch.close(**fields | how)


def state(con: duckdb.DuckDBPyConnection, connection: str = "corner-shop") -> dict[str, tuple[Any, bool]]:
    rows = con.execute(
        "SELECT id, payload, is_deleted FROM raw.dummyjson__carts WHERE connection = ?", [connection]
    ).fetchall()
    assert len(rows) == len({row[0] for row in rows}), "a key came twice"
    return {row_id: (json.loads(payload), is_deleted) for row_id, payload, is_deleted in rows}


def counts(con: duckdb.DuckDBPyConnection, *tables: str) -> list[int]:
    return [con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in tables]


def carts(*totals: float) -> list[dict[str, Any]]:
    return [{"id": number, "total": total} for number, total in enumerate(totals, start=1)]


def test_new_changed_unchanged_and_vanished_rows_are_told_apart(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    assert load(warehouse, landed(landing_dir, carts(10, 20, 30, 40, 50))) == LoadResult(5, 0, 0, 0, 0)
    # 1 unchanged, 2 changed, 3 to 4 unchanged, 5 gone, 6 new.
    rows = [*carts(10, 21, 30, 40), {"id": 6, "total": 60}]
    assert load(warehouse, landed(landing_dir, rows)) == LoadResult(1, 1, 3, 1, 0)
    assert {key: (row["total"], gone) for key, (row, gone) in state(warehouse).items()} == {
        **{"1": (10, False), "2": (21, False), "3": (30, False), "4": (40, False)},
        **{"5": (50, True), "6": (60, False)},
    }


def test_a_row_that_comes_back_lives_again(warehouse: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    for rows in (carts(1, 2, 3, 4, 5), carts(1, 2, 3, 4), carts(1, 2, 3, 4, 5)):
        result = load(warehouse, landed(landing_dir, rows))
    assert result == LoadResult(0, 1, 4, 0, 0)
    assert not any(gone for _, gone in state(warehouse).values())


def test_a_row_that_is_gone_stays_gone_without_being_touched_again(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    for rows in (carts(1, 2, 3, 4, 5), carts(1, 2, 3, 4), carts(1, 2, 3, 4)):
        result = load(warehouse, landed(landing_dir, rows))
    assert result == LoadResult(0, 0, 4, 0, 0)


def test_the_same_batch_twice_is_once(warehouse: duckdb.DuckDBPyConnection, landing_dir: Path, tmp_path: Path) -> None:
    """As after a crash between the commit and the removal of the batch."""
    manifest = landed(landing_dir, carts(1, 2, 3), cursor="c1")
    shutil.copytree(landing_dir, tmp_path / "kept")
    first = load(warehouse, manifest)
    after_once = warehouse.execute("FROM raw.dummyjson__carts ORDER BY id").fetchall()
    shutil.copytree(tmp_path / "kept", landing_dir, dirs_exist_ok=True)
    (again,) = landing.pending(landing_dir)
    assert load(warehouse, again) == first == LoadResult(3, 0, 0, 0, 0)
    assert warehouse.execute("FROM raw.dummyjson__carts ORDER BY id").fetchall() == after_once
    assert counts(warehouse, "ops.batches", "ops.cursors") == [1, 1]
    assert landing.pending(landing_dir) == []


def test_the_books_say_what_was_loaded(warehouse: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    manifest = landed(landing_dir, carts(1, 2), is_snapshot=False, cursor="c2", cursor_from="c1")
    load(warehouse, manifest)
    (row,) = warehouse.execute("FROM ops.batches").fetchall()
    assert row[:11] == (
        *(manifest.batch_id, "run-1", "corner-shop", "dummyjson", "carts", "incremental"),
        *(2, manifest.bytes, manifest.checksum, "c1", "c2"),
    )
    assert row[12] == datetime(2026, 11, 20, 12)  # noqa: DTZ001 - the warehouse keeps UTC without saying so
    assert row[14:] == (2, 0, 0, 0, 0)
    assert cursors.read(warehouse) == {("corner-shop", "carts"): "c2"}


def test_only_touched_rows_get_a_new_time_and_it_always_grows(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    load(warehouse, landed(landing_dir, carts(1, 2, 3, 4, 5)))
    # Our clock is set back by years: what was loaded before lies in the future.
    warehouse.execute(
        "UPDATE ops.batches SET loaded_at = '2090-01-01'; UPDATE raw.dummyjson__carts SET loaded_at = '2090-01-01'"
    )
    load(warehouse, landed(landing_dir, carts(1, 2, 3, 99)))
    newer = warehouse.execute(
        "SELECT id FROM raw.dummyjson__carts WHERE loaded_at > '2090-01-01' ORDER BY id"
    ).fetchall()
    assert newer == [("4",), ("5",)]


def test_two_connections_of_a_kind_do_not_touch_each_other(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    load(warehouse, landed(landing_dir, carts(1, 2, 3, 4, 5)))
    load(warehouse, landed(landing_dir, carts(7), connection="other-shop"))
    assert state(warehouse, "other-shop") == {"1": ({"id": 1, "total": 7}, False)}
    assert len(state(warehouse)) == 5
    assert not any(gone for _, gone in state(warehouse).values())


def test_changes_leave_rows_alone_that_they_do_not_name(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    load(warehouse, landed(landing_dir, carts(1, 2, 3)))
    assert load(warehouse, landed(landing_dir, [{"id": 2, "total": 5}], is_snapshot=False)) == LoadResult(0, 1, 0, 0, 0)
    assert not any(gone for _, gone in state(warehouse).values())


def test_news_of_a_deletion_keeps_the_last_content_and_invents_no_row(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    load(warehouse, landed(landing_dir, carts(1, 2)))
    stub = {"id": 1, "object": "cart", "deleted": True}
    rows = [stub, ("2", GONE), ("77", GONE)]
    assert load(warehouse, landed(landing_dir, rows, is_snapshot=False)) == LoadResult(0, 0, 1, 2, 0)
    assert state(warehouse) == {"1": ({"id": 1, "total": 1}, True), "2": ({"id": 2, "total": 2}, True)}
    assert load(warehouse, landed(landing_dir, rows, is_snapshot=False)) == LoadResult(0, 0, 3, 0, 0)


def test_of_several_copies_of_a_row_the_last_one_counts(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    rows = [*carts(1), {"id": 1, "total": 2}, {"id": 2, "total": 5}, {"id": 1, "total": 3}]
    assert load(warehouse, landed(landing_dir, rows, is_snapshot=False)) == LoadResult(2, 0, 0, 0, 0)
    assert state(warehouse)["1"] == ({"id": 1, "total": 3}, False)


def test_a_snapshot_with_a_row_twice_deletes_nothing(warehouse: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    """The list moved while it was read: the row that is absent may have slipped between two pages."""
    load(warehouse, landed(landing_dir, carts(1, 2, 3, 4, 5)))
    load(warehouse, landed(landing_dir, [*carts(1, 2, 3, 4), {"id": 4, "total": 4}]))
    assert not any(gone for _, gone in state(warehouse).values())


def test_a_snapshot_with_rejects_deletes_nothing(warehouse: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    """The row that is absent may be the one that lost its id."""
    load(warehouse, landed(landing_dir, carts(1, 2, 3, 4, 5)))
    result = load(warehouse, landed(landing_dir, carts(1, 2, 3, 4), rejected=1))
    assert result == LoadResult(0, 0, 4, 0, 1)
    assert not any(gone for _, gone in state(warehouse).values())
    rows = warehouse.execute("SELECT connection, resource, row_text, reason FROM ops.rejects").fetchall()
    assert rows == [("corner-shop", "carts", '{"total":1}', "no usable 'id'")]


def checksum_of(manifest: Manifest) -> str:
    return hashlib.sha256(manifest.pages_path.read_bytes()).hexdigest()


def test_a_snapshot_that_shrank_is_refused_and_says_how_to_insist(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    load(warehouse, landed(landing_dir, carts(*range(100))))
    load(warehouse, landed(landing_dir, carts(*range(80))))
    with pytest.raises(
        SourceError, match=r"corner-shop: carts: .* now has 63 rows where 80 are known.*allow_shrink = true"
    ):
        load(warehouse, landed(landing_dir, carts(*range(63)), cursor="moved"))
    assert sum(not gone for _, gone in state(warehouse).values()) == 80
    assert counts(warehouse, "ops.batches", "ops.cursors") == [2, 0]
    assert landing.pending(landing_dir) == [], "a batch that is not believed must not be offered again"
    assert load(warehouse, landed(landing_dir, carts(*range(63)), allow_shrink=True)).deleted == 17


def test_an_empty_snapshot_of_an_empty_shop_is_believed(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    assert load(warehouse, landed(landing_dir, [])) == LoadResult(0, 0, 0, 0, 0)
    load(warehouse, landed(landing_dir, carts(1)))
    with pytest.raises(SourceError, match="now has 0 rows where 1 are known"):
        load(warehouse, landed(landing_dir, []))


def test_each_connection_has_its_own_cursor_and_they_are_read_together(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    for shop, reached in (("east", "e1"), ("west", "w1"), ("east", "e2")):
        load(warehouse, landed(landing_dir, [{"id": 1}], connection=shop, cursor=reached))
    load(warehouse, landed(landing_dir, [{"id": 1}], connection="north"))
    assert cursors.read(warehouse) == {("east", "carts"): "e2", ("west", "carts"): "w1"}


def test_an_empty_batch_moves_the_cursor_and_the_time(warehouse: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    load(warehouse, landed(landing_dir, [], is_snapshot=False, cursor="c1"))
    load(warehouse, landed(landing_dir, [], is_snapshot=False, cursor="c2", extracted_at=NOON + timedelta(days=1)))
    assert cursors.read(warehouse) == {("corner-shop", "carts"): "c2"}
    assert warehouse.execute("SELECT max(extracted_at)::TEXT FROM ops.batches").fetchone() == ("2026-11-21 12:00:00",)


@pytest.mark.parametrize("where", ["_record", "_merge", "mark_first_seen"])
def test_a_failure_inside_the_load_leaves_nothing_and_the_batch_can_be_loaded_after_it(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    load(warehouse, landed(landing_dir, carts(1, 2, 3), cursor="c1"))
    before = state(warehouse)
    manifest = landed(landing_dir, carts(1, 2, 9, 4), cursor="c2", rejected=1)
    module = "countinghouse.warehouse.load"
    with monkeypatch.context() as broken:
        original = getattr(__import__(module, fromlist=["load"]), where)

        def fail_afterwards(*arguments: Any, **named: Any) -> None:
            original(*arguments, **named)
            raise duckdb.IOException("no space left on device")

        broken.setattr(f"{module}.{where}", fail_afterwards)
        with pytest.raises(WarehouseError, match=r"corner-shop: .* could not be loaded \(no space left"):
            load(warehouse, manifest)
    assert state(warehouse) == before
    assert cursors.read(warehouse) == {("corner-shop", "carts"): "c1"}
    assert counts(warehouse, "ops.batches", "ops.rejects") == [1, 0]
    assert landing.pending(landing_dir) == [manifest]
    assert load(warehouse, manifest) == LoadResult(1, 1, 2, 0, 1)


def test_a_damaged_batch_is_put_away_unread(warehouse: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    manifest = landed(landing_dir, carts(1, 2), cursor="c1")
    manifest.pages_path.write_text(manifest.pages_path.read_text()[:-10])
    with pytest.raises(WarehouseError, match="damaged"):
        load(warehouse, manifest)
    assert counts(warehouse, "raw.dummyjson__carts", "ops.batches", "ops.cursors") == [0, 0, 0]
    assert landing.pending(landing_dir) == []


def test_money_reaches_the_warehouse_as_it_was_written(warehouse: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    manifest = landed(landing_dir, carts(1))
    numbers = (
        '{"id":1,"e":1E+999,"a":99.94999999999999,"b":1.0,"c":123456789012345678901234567890,"d":0.1234567890123456789}'
    )
    line = json.loads(manifest.pages_path.read_text()) | {"payload": numbers}
    manifest.pages_path.write_text(json.dumps(line) + "\n")
    load(warehouse, replace(manifest, checksum=checksum_of(manifest)))
    assert warehouse.execute("SELECT payload::TEXT FROM raw.dummyjson__carts").fetchall() == [(numbers,)]
    exact = "SELECT (payload ->> '$.a')::DECIMAL(38, 14)::TEXT, payload ->> '$.c' FROM raw.dummyjson__carts"
    assert warehouse.execute(exact).fetchall() == [("99.94999999999999", "123456789012345678901234567890")]


def test_a_row_longer_than_the_readers_default_is_loaded(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    load(warehouse, landed(landing_dir, [{"id": 1, "text": "x" * 17_000_000}, {"id": 2}]))
    sizes = warehouse.execute("SELECT length(payload) FROM raw.dummyjson__carts ORDER BY id").fetchall()
    assert sizes == [(17_000_018,), (8,)]


@hypothesis_settings(max_examples=25)
@given(
    steps=st.lists(
        st.one_of(
            st.dictionaries(st.integers(1, 6), st.integers(0, 2), max_size=6),
            st.integers(0, 10),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_any_sequence_of_snapshots_with_repeats_ends_in_the_last_one(steps: list[dict[int, int] | int]) -> None:
    """A step is a new snapshot, or the number of an earlier batch that is offered once more, as after a crash."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        prepare(con)
        landing_dir, kept, last = Path(folder) / "landing", list[Path](), dict[int, int]()
        for step in steps:
            if isinstance(step, dict):
                last = step
                rows = [{"id": key, "total": value} for key, value in step.items()]
                manifest = landed(landing_dir, rows, allow_shrink=True)
                kept.append(Path(folder) / manifest.batch_id)
                shutil.copytree(manifest.folder, kept[-1])
            elif kept:
                again = kept[step % len(kept)]
                shutil.copytree(again, landing_dir / "corner-shop" / "carts" / again.name, dirs_exist_ok=True)
            for manifest in landing.pending(landing_dir):
                load(con, manifest)
        alive = {key: row["total"] for key, (row, gone) in state(con).items() if not gone}
        assert alive == {str(key): value for key, value in last.items()}
        assert counts(con, "ops.batches") == [len(kept)]


def test_what_a_killed_extraction_left_is_never_loaded(settings: Settings, landing_dir: Path) -> None:
    manifest = landed(landing_dir, carts(1))
    (manifest.folder / landing.MANIFEST).unlink()
    assert landing.pending(settings.landing_dir) == []
