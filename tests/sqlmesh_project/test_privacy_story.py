"""Somebody is redacted, and the books are read again: the sales are all there, and nothing says whose they were."""

from collections.abc import Callable, Iterator
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hand_fed_warehouse import Warehouse

from countinghouse.privacy.redaction import begin
from countinghouse.privacy.remains import remains
from countinghouse.privacy.requests import unfinished
from countinghouse.privacy.subject import Asked, everywhere, find
from countinghouse.privacy.tombstones import secret_key
from countinghouse.privacy.traces import Traces
from countinghouse.settings import Settings, load_settings
from countinghouse.warehouse.connect import open_warehouse
from countinghouse.warehouse.publish import publish
from countinghouse.warehouse.rewrite import rewrite

pytestmark = pytest.mark.slow

EAST, WEST = "east", "west"
# Each stands in one place of what EAST tells, and nowhere else in the world.
WORDS = ("Annabelle", "Quillfeather", "+49 30 9018207766", "Zwickelstadt", "Mariensand", "quill@east.example")
WORDS += ("guest.quill@east.example",)
ANN = Asked(EAST, "tables", customers=frozenset({"ann"}), emails=frozenset({"guest.quill@east.example"}))
MONEY = """
    SELECT store, count(*), sum(total_sales), sum(net_sales), sum(returns), sum(taxes)
    FROM marts.fact_orders GROUP BY 1 ORDER BY 1
"""
LEDGER = "SELECT store, event_date, action, measure, quantity, amount FROM marts.fact_sales_ledger ORDER BY ALL"
PEOPLE = "SELECT count(*), sum(order_count), sum(lifetime_value), min(customer_since) FROM marts.dim_customers"
DAYS = "SELECT store, date_key, orders, customers, total_sales FROM marts.daily_revenue WHERE orders > 0 ORDER BY ALL"


def sell(books: Warehouse, store: str, id: str, customer: str | None, email: str | None, total: str) -> None:
    placed = {"ordered_at": "2026-02-20T12:00:00Z", "status": "completed", "total": total, "currency_code": "USD"}
    told = {**placed, "customer_id": customer, "customer_email": email, "country_code": "DE"}
    books.put("tables__orders", id, told, connection=store)
    line = {"order_id": id, "line_number": 1, "product_id": "p", "quantity": 1, "unit_price": total}
    books.put("tables__order_items", f"{id}-1", line, connection=store)


@pytest.fixture
def books(make_warehouse: Callable[..., Warehouse]) -> Iterator[Warehouse]:
    """Ann has an account in two shops, under one address, and ordered in EAST as two guests; Bo is another."""
    made = make_warehouse(platforms=("dummyjson", "tables"))
    for store in (EAST, WEST):
        made.connect(store, "tables", "UTC")
    shared: dict[str, Any] = {"country_code": "DE", "created_at": "2026-02-01T00:00:00Z", "email": "quill@east.example"}
    name = {"first_name": "Annabelle", "last_name": "Quillfeather", "gender": "female"}
    place = {"phone": "+49 30 9018207766", "city": "Zwickelstadt", "state": "Mariensand"}
    made.put("tables__customers", "ann", {**shared, **name, **place}, connection=EAST)
    west = {**shared, "full_name": "Ann", "created_at": "2026-02-05T00:00:00Z"}
    made.put("tables__customers", "a-2", west, connection=WEST)
    made.put("tables__customers", "bo", {**shared, "email": "bo@x.example", "first_name": "Bo"}, connection=EAST)
    sell(made, EAST, "1", "ann", None, "10.10")
    sell(made, EAST, "2", None, "quill@east.example", "20.05")
    sell(made, EAST, "3", None, "guest.quill@east.example", "5.00")
    sell(made, EAST, "4", "bo", None, "7.77")
    sell(made, WEST, "5", "a-2", None, "100.00")
    made.run()
    yield made
    made.close()


def redact(
    books: Warehouse, *asked: Asked, before_the_models: Callable[[Settings, Traces], None] | None = None
) -> None:
    """What the flow does to the books; then the models are run and the file is written anew."""
    settings = load_settings({"COUNTINGHOUSE_DATA_DIR": str(books.folder), "COUNTINGHOUSE_SHOW_PERSONAL_DATA": "true"})
    books.later(hours=3)
    books.close()
    traces = Traces(settings.privacy_dir / "work")
    with open_warehouse(settings) as con:
        key = secret_key(books.folder)
        begin(con, key, "one", asked, "command", books.now.replace(tzinfo=UTC), traces, now=books.now)
    if before_the_models:
        before_the_models(settings, traces)
    books.open()
    books.run()
    books.close()
    with open_warehouse(settings) as con:
        publish(settings, con, "run")
    rewrite(settings, settings.warehouse_path)
    books.open()


def found_in(folder: Path, word: str) -> list[str]:
    """The files below a folder that hold a word, as bytes or in a table."""
    hits: list[str] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.parent.name == "work":
            continue
        if word.encode() in path.read_bytes() or (path.suffix == ".duckdb" and is_in_table(path, word)):
            hits.append(path.name)
    return hits


def is_in_table(path: Path, word: str) -> bool:
    # Not read-only: SQLMesh lets go of a warehouse some time after it was closed.
    with duckdb.connect(str(path)) as con:
        tables = con.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        return any(
            con.execute(f'SELECT count(*) FROM "{schema}"."{table}" AS t WHERE contains(t::TEXT, ?)', [word]).fetchone()
            != (0,)
            for schema, table in tables
        )


def test_all_sales_stay_and_nothing_says_whose_they_were(books: Warehouse) -> None:
    """All accounts of the person are redacted: the books are as before, to the cent and to the customer."""
    money, ledger, days, people = (books.rows(sql) for sql in (MONEY, LEDGER, DAYS, PEOPLE))
    assert [(store, count) for store, count, *_ in money] == [(EAST, 4), (WEST, 1)]
    # Ann of two shops and of her first guest's order, her other guest's, and Bo.
    assert people[0][0] == 3
    key = books.one("SELECT customer_key FROM marts.dim_customer_accounts WHERE customer_id = 'ann'")
    books.close()
    for word in WORDS:
        assert found_in(books.folder, word), f"the search finds {word}"
    redact(books, ANN, Asked(WEST, "tables", customers=frozenset({"a-2"})))
    assert [books.rows(sql) for sql in (MONEY, LEDGER, DAYS, PEOPLE)] == [money, ledger, days, people]
    assert books.rows("SELECT count(*) FROM marts.fact_orders WHERE customer_key IS NULL") == [(0,)]
    attributes = "SELECT full_name, city, state, gender FROM marts.dim_customers WHERE customer_key = "
    assert books.rows(f"{attributes} '{key}'") == [(None, None, None, None)]
    books.close()
    for word in WORDS:
        assert found_in(books.folder, word) == [], word


def test_account_in_another_shop_stays_theirs_and_the_logs_forget_what_linked_it(books: Warehouse) -> None:
    money = books.rows(MONEY)
    guest = "md5('east|guest.quill@east.example')"
    log = "SELECT count(*) FROM intermediate.int_customer_key_log WHERE "
    assert books.rows(f"{log} account_key = {guest}") == [(1,)]
    assert_found_in_every_connection(books)
    redact(books, ANN, before_the_models=assert_what_models_hold_is_found)
    accounts = books.rows("SELECT store, customer_id, full_name, customer_key FROM marts.dim_customer_accounts")
    told = {(store, customer): (name, key) for store, customer, name, key in accounts}
    assert (told[WEST, "a-2"][0], told[EAST, "ann"][0]) == ("Ann", None)
    assert told[WEST, "a-2"][1] != told[EAST, "ann"][1]
    assert books.rows(MONEY) == money
    # 142.92 is all five orders; who was one person is two.
    assert books.rows(PEOPLE)[0][:3] == (4, 5, Decimal("142.920"))
    assert books.rows(f"{log} account_key = {guest} OR customer_key = {guest}") == [(0,)]
    assert books.rows(f"{log} identifiers LIKE '%quill%' AND account_key = md5('east|ann')") == [(0,)]
    assert books.rows(f"{log} identifiers = 'redacted'") == [(1,)]


def assert_found_in_every_connection(books: Warehouse) -> None:
    """The same person's accounts, by what the models know and by the address."""
    books.close()
    settings = load_settings({"COUNTINGHOUSE_DATA_DIR": str(books.folder)})
    with open_warehouse(settings) as con:
        first = find(con, Asked(EAST, "tables", customers=frozenset({"ann"})))
        asked = everywhere(con, first, [(EAST, "tables"), (WEST, "tables"), ("payments", "stripe"), ("rates", "fx")])
    address = frozenset({"quill@east.example"})
    assert asked == [
        Asked(WEST, "tables", customers=frozenset({"a-2"}), emails=address),
        Asked("payments", "stripe", emails=address),
    ]


def assert_what_models_hold_is_found(settings: Settings, traces: Traces) -> None:
    """Raw is erased, and the models have not been run: every table made of it is named."""
    with open_warehouse(settings) as con:
        ids = unfinished(con)
    left = remains(settings, traces.read(ids))
    assert any("stg_tables__customers" in place for place in left)
    assert not any(place.startswith(("raw.", "privacy/")) for place in left)
