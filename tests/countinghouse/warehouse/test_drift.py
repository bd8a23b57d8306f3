from pathlib import Path
from typing import Any

import duckdb
import pytest
from test_load import landed

from countinghouse.warehouse.drift import DriftError, fields, used_fields
from countinghouse.warehouse.load import load

STAGING = Path(__file__).parents[3] / "sqlmesh_project" / "models" / "staging"
USED = {"dummyjson__carts": frozenset({"id", "total", "products[].price"})}


def cart(number: int, **other: Any) -> dict[str, Any]:
    return {"id": number, "total": 10, "products": [{"id": 1, "price": 9.5}], "note": "x"} | other


def noticed(warehouse: duckdb.DuckDBPyConnection) -> set[tuple[Any, ...]]:
    query = "SELECT resource, path, change, type_before, type_after, is_used FROM ops.schema_drift"
    return set(warehouse.execute(query).fetchall())


def test_a_first_load_is_no_drift_and_a_still_source_neither(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    for _ in range(2):
        load(warehouse, landed(landing_dir, [cart(1), cart(2)]), USED)
    assert noticed(warehouse) == set()
    known = dict(warehouse.execute("SELECT path, type FROM ops.schema_fields").fetchall())
    assert known == {
        "id": "number",
        "total": "number",
        "note": "text",
        "products": "list",
        "products[]": "object",
        "products[].id": "number",
        "products[].price": "number",
    }


def test_a_new_field_is_reported_once_and_loaded(warehouse: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    load(warehouse, landed(landing_dir, [cart(1)]), USED)
    coupon = {"code": "AUTUMN", "kind": "percent"}
    for total in (11, 12):
        result = load(warehouse, landed(landing_dir, [cart(1, coupon=coupon, total=total)]), USED)
        assert result.updated == 1
    # The object is reported, not every field in it.
    assert noticed(warehouse) == {("carts", "coupon", "new field", None, "object", False)}


def test_a_field_that_is_gone_from_a_whole_reading_is_reported(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    load(warehouse, landed(landing_dir, [cart(number) for number in range(100)]), USED)
    rows = [{key: value for key, value in cart(number).items() if key != "note"} for number in range(100)]
    load(warehouse, landed(landing_dir, rows), USED)
    assert noticed(warehouse) == {("carts", "note", "missing field", "text", None, False)}


def test_a_field_that_is_only_ever_null_is_not_missing_from_a_few_rows(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    load(warehouse, landed(landing_dir, [cart(1)]), USED)
    load(warehouse, landed(landing_dir, [cart(1, note=None)], is_snapshot=False), USED)
    assert noticed(warehouse) == set()


def test_another_type_of_a_field_no_model_reads_is_reported_and_loaded(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    load(warehouse, landed(landing_dir, [cart(1)]), USED)
    assert load(warehouse, landed(landing_dir, [cart(1, note=7)]), USED).updated == 1
    assert noticed(warehouse) == {("carts", "note", "changed type", "text", "number", False)}


def test_another_type_of_a_field_that_models_read_stops_the_resource_and_nothing_else(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    load(warehouse, landed(landing_dir, [cart(1)], cursor="one"), USED)
    changed = [cart(1, products=[{"id": 1, "price": {"amount": "9.50"}}])]
    with pytest.raises(DriftError, match=r"products\[\]\.price.*was number and is now object.*allow_drift = true"):
        load(warehouse, landed(landing_dir, changed, cursor="two"), USED)
    assert noticed(warehouse) >= {("carts", "products[].price", "changed type", "number", "object", True)}
    assert warehouse.execute("SELECT cursor FROM ops.cursors").fetchall() == [("one",)]
    assert warehouse.execute("SELECT payload->>'$.products[0].price' FROM raw.dummyjson__carts").fetchall() == [
        ("9.5",)
    ]
    assert load(warehouse, landed(landing_dir, changed, allow_drift=True), USED).updated == 1


def test_an_object_with_hundreds_of_names_is_a_map() -> None:
    wide = {"names": {f"n{number}": "VARCHAR" for number in range(300)}, "id": "UBIGINT"}
    assert dict(fields(wide)) == {"names": "object", "id": "number"}


def test_what_models_read_is_known_from_the_staging_models() -> None:
    used = used_fields(STAGING)
    assert {"userId", "products[].discountedTotal"} <= used["dummyjson__carts"]
    assert "metadata.line" in used["stripe__refunds"]


@pytest.mark.parametrize(("rows", "is_told"), [(3, False), (4, True)])
def test_a_field_that_every_row_had_is_missing_from_a_few_changes(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path, rows: int, is_told: bool
) -> None:
    """200 of 200 rows had it: that four lack it by chance is 1 in 201^4, 6e-10; that three do, 1.2e-7."""
    load(warehouse, landed(landing_dir, [cart(number) for number in range(200)]), USED)
    changed = [{"id": number, "total": 11, "products": [{"id": 1}], "note": "x"} for number in range(rows)]
    load(warehouse, landed(landing_dir, changed, is_snapshot=False), USED)
    told = {("carts", "products[].price", "missing field", "number", None, True)}
    assert noticed(warehouse) == (told if is_told else set())


def test_a_field_that_some_rows_have_is_not_missing_from_rows_that_need_none(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path
) -> None:
    """A tenth had it: that forty lack it is 0.9^40, 1.5 in a hundred."""
    rows = [cart(number, **({} if number % 10 else {"gift": "yes"})) for number in range(200)]
    load(warehouse, landed(landing_dir, rows), USED)
    load(warehouse, landed(landing_dir, [cart(number, total=11) for number in range(1, 41)], is_snapshot=False), USED)
    # Nor does an empty list lack anything.
    empty = [cart(number, total=12, products=[]) for number in range(40)]
    load(warehouse, landed(landing_dir, empty, is_snapshot=False), USED)
    assert noticed(warehouse) == set()


def test_a_field_of_two_types_stays_one_of_two_types(warehouse: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    """WooCommerce's manage_stock is true, false or the word parent."""
    used = {"dummyjson__carts": frozenset({"note"})}
    load(warehouse, landed(landing_dir, [cart(1, note="parent"), cart(2, note=True)]), used)
    for total, note in enumerate(["parent", True, "parent"]):
        load(warehouse, landed(landing_dir, [cart(1, note=note, total=total)], is_snapshot=False), used)
    assert noticed(warehouse) == set()


def test_the_shape_of_many_rows_is_taken_from_the_same_ones_each_time(
    warehouse: duckdb.DuckDBPyConnection, landing_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of seven rows at most three are looked at: every third."""
    monkeypatch.setattr("countinghouse.warehouse.drift._MOST_ROWS", 3)
    rows = [{"id": number, f"of_{number}": "x"} for number in range(7)]
    load(warehouse, landed(landing_dir, rows), USED)
    known = {path for (path,) in warehouse.execute("SELECT path FROM ops.schema_fields").fetchall()}
    assert known == {"id", "of_0", "of_3", "of_6"}
