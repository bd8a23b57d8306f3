"""A database written anew holds the same, and nothing of what was deleted from it."""

from pathlib import Path

import duckdb
import pytest

from countinghouse.errors import WarehouseError
from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse import rewrite as rewriting
from countinghouse.warehouse.connect import open_warehouse
from countinghouse.warehouse.rewrite import rewrite, search, search_file, texts_in_raw

WORD = b"quill@east.example"
CONTENTS = """
    CREATE SCHEMA staging;
    CREATE SCHEMA aside;
    CREATE TABLE aside.people (id INTEGER PRIMARY KEY, email TEXT, told STRUCT(note TEXT)[]);
    COMMENT ON TABLE aside.people IS 'One row per person.';
    COMMENT ON COLUMN aside.people.email IS 'Where they are written to.';
    CREATE INDEX by_email ON aside.people (email);
    CREATE VIEW staging.people AS SELECT * FROM warehouse.aside.people;
    INSERT INTO aside.people VALUES (1, 'quill@east.example', NULL), (2, 'bo@x.example', [{'note': 'Calls Ann'}]);
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = load_settings({"COUNTINGHOUSE_DATA_DIR": str(tmp_path)})
    with open_warehouse(settings) as con:
        con.execute(CONTENTS)
        con.execute("CHECKPOINT")
        con.execute("DELETE FROM aside.people WHERE id = 1")
    return settings


def test_deleted_rows_are_in_the_file_until_it_is_written_anew(settings: Settings) -> None:
    assert WORD in settings.warehouse_path.read_bytes()
    rewrite(settings, settings.warehouse_path)
    assert WORD not in settings.warehouse_path.read_bytes()
    assert sorted(path.name for path in settings.data_dir.iterdir()) == ["warehouse.duckdb", "warehouse.duckdb.lock"]


@pytest.mark.slow
def test_copy_holds_rows_views_comments_keys_and_indexes(settings: Settings) -> None:
    rewrite(settings, settings.warehouse_path)
    with open_warehouse(settings) as con:
        assert con.execute("SELECT id, email FROM staging.people").fetchall() == [(2, "bo@x.example")]
        comments = con.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 'people'").fetchall()
        assert comments == [("One row per person.",)]
        columns = con.execute(
            "SELECT comment FROM duckdb_columns() WHERE schema_name = 'aside' AND column_name = 'email'"
        ).fetchall()
        assert columns == [("Where they are written to.",)]
        assert con.execute("SELECT index_name FROM duckdb_indexes()").fetchall() == [("by_email",)]
        with pytest.raises(duckdb.ConstraintException):
            con.execute("INSERT INTO aside.people VALUES (2, NULL, NULL)")


def test_copy_that_fails_leaves_the_old_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings.warehouse_path.read_bytes()

    def full(path: Path, part: Path) -> None:
        part.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(rewriting, "_copy", full)
    with pytest.raises(WarehouseError, match="No space left on device"):
        rewrite(settings, settings.warehouse_path)
    assert settings.warehouse_path.read_bytes() == before
    assert sorted(path.name for path in settings.data_dir.iterdir()) == ["warehouse.duckdb", "warehouse.duckdb.lock"]


def test_file_that_this_process_has_open_is_left_alone(settings: Settings) -> None:
    """Who has it open would write on into a file that is no longer there."""
    with open_warehouse(settings) as con:
        with pytest.raises(WarehouseError, match="still open"):
            rewrite(settings, settings.warehouse_path)
        con.execute("INSERT INTO aside.people VALUES (3, 'cy@x.example', NULL)")
    with open_warehouse(settings) as con:
        assert con.execute("SELECT max(id) FROM aside.people").fetchone() == (3,)


def test_search_finds_texts_in_any_column_and_in_any_case(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        con.execute('CREATE TABLE raw.made (payload JSON); INSERT INTO raw.made VALUES (\'{"a": "Bo@x.example"}\')')
        assert search(con, ["calls ann", "BO@x.example", "quill@east.example"]) == {"aside.people": 2, "raw.made": 1}
        assert texts_in_raw(con, ["calls ann", "BO@x.example"]) == {"bo@x.example"}
        con.execute("CHECKPOINT")
    assert search_file(settings.warehouse_path, ["Calls Ann"]) == {"aside.people": 1}
