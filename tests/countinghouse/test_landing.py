import fcntl
import os
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from countinghouse import landing
from countinghouse.errors import WarehouseError
from countinghouse.landing import MANIFEST, PAGES, Batch, Line, Manifest

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def line(number: int) -> Line:
    return Line(str(number), number, None, "hash", is_deleted=False, payload='{"price":99.94999999999999}')


def close(batch: Batch) -> Manifest:
    return batch.close(
        run_id="run-1",
        connection="corner-shop",
        kind="dummyjson",
        resource="carts",
        mode="full",
        is_snapshot=True,
        allow_shrink=False,
        total=2,
        cursor_from=None,
        cursor_to='{"event":"evt_1"}',
        extracted_at=NOON,
    )


def landed(landing_dir: Path, rows: int = 2) -> Manifest:
    with landing.open_batch(landing_dir, "corner-shop", "carts") as batch:
        for number in range(rows):
            batch.write(line(number))
        return close(batch)


def test_a_manifest_is_read_as_it_was_written(landing_dir: Path) -> None:
    manifest = landed(landing_dir)
    assert landing.pending(landing_dir) == [manifest]
    assert (manifest.rows, manifest.bytes) == (2, manifest.pages_path.stat().st_size)
    landing.verify(manifest)


def test_batches_are_pending_in_the_order_they_were_extracted(landing_dir: Path) -> None:
    written = [landed(landing_dir).batch_id for _ in range(5)]
    assert [manifest.batch_id for manifest in landing.pending(landing_dir)] == written


def test_a_batch_that_is_still_written_is_not_pending_and_not_swept(landing_dir: Path) -> None:
    with landing.open_batch(landing_dir, "corner-shop", "carts") as batch:
        batch.write(line(1))
        assert landing.pending(landing_dir) == []
        landed(landing_dir)
        landing.sweep(landing_dir)
        assert (batch.folder / PAGES).exists()
        close(batch)
    assert len(landing.pending(landing_dir)) == 2


def test_an_extraction_that_fails_leaves_nothing(landing_dir: Path) -> None:
    with suppress(RuntimeError), landing.open_batch(landing_dir, "corner-shop", "carts") as batch:
        batch.write(line(1))
        raise RuntimeError("the source went away")
    assert list((landing_dir / "corner-shop" / "carts").iterdir()) == []


def test_what_a_killed_extraction_left_is_ignored_and_swept_by_the_next_one(landing_dir: Path) -> None:
    """A child process writes rows and dies without a goodbye, as under kill -9."""
    child = os.fork()
    if child == 0:
        with landing.open_batch(landing_dir, "corner-shop", "carts") as batch:
            for number in range(10_000):
                batch.write(line(number))
            os._exit(9)
    os.waitpid(child, 0)
    place = landing_dir / "corner-shop" / "carts"
    assert len(list(place.iterdir())) == 1
    assert landing.pending(landing_dir) == []
    manifest = landed(landing_dir)
    assert list(place.iterdir()) == [manifest.folder]


def test_a_draft_of_a_manifest_closes_nothing(landing_dir: Path) -> None:
    manifest = landed(landing_dir)
    (manifest.folder / MANIFEST).rename(manifest.folder / f"{MANIFEST}.draft")
    assert landing.pending(landing_dir) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"batch_id": "x"}', '{"rows": "many"}'])
def test_a_manifest_that_cannot_be_read_closes_nothing(landing_dir: Path, text: str) -> None:
    (landed(landing_dir).folder / MANIFEST).write_text(text)
    assert landing.pending(landing_dir) == []


def test_rows_that_changed_after_the_manifest_are_found_out(landing_dir: Path) -> None:
    manifest = landed(landing_dir)
    manifest.pages_path.write_bytes(manifest.pages_path.read_bytes().replace(b"99.9", b"11.1"))
    with pytest.raises(WarehouseError, match=r"corner-shop: .* of carts is damaged .* from the source again"):
        landing.verify(manifest)


def test_rows_that_vanished_are_found_out(landing_dir: Path) -> None:
    manifest = landed(landing_dir)
    manifest.pages_path.unlink()
    with pytest.raises(WarehouseError, match="damaged"):
        landing.verify(manifest)


def test_a_removal_that_is_cut_off_leaves_no_half_a_batch(landing_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = landed(landing_dir)
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
    landing.discard(manifest)
    assert manifest.pages_path.exists()
    assert landing.pending(landing_dir) == []


def test_a_folder_just_made_is_left_to_its_maker(landing_dir: Path) -> None:
    newborn = landing_dir / "corner-shop" / "carts" / "newborn"
    newborn.mkdir(parents=True)
    (newborn / PAGES).touch()
    landing.sweep(landing_dir)
    assert newborn.exists()
    os.utime(newborn / PAGES, (time.time() - 3600, time.time() - 3600))
    landing.sweep(landing_dir)
    assert not newborn.exists()


def test_the_lock_of_a_batch_ends_with_it(landing_dir: Path) -> None:
    with landed(landing_dir).pages_path.open("rb") as pages:
        fcntl.flock(pages, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_nothing_is_pending_where_nothing_was_ever_landed(tmp_path: Path) -> None:
    assert landing.pending(tmp_path / "nowhere") == []


def test_a_moved_landing_area_still_finds_its_rows(landing_dir: Path, tmp_path: Path) -> None:
    manifest = landed(landing_dir)
    landing_dir.rename(tmp_path / "moved")
    (moved,) = landing.pending(tmp_path / "moved")
    landing.verify(moved)
    assert replace(moved, folder=manifest.folder) == manifest
