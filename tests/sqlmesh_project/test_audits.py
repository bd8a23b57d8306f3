"""Each audit of ours finds what it is for: books that are right are broken by hand, one thing at a time."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hand_fed_warehouse import PROJECT, Warehouse, cart, intent, line, refund, user

pytestmark = pytest.mark.slow

STUDIO = "studio"
# The audit, the model it is asked of, the model that is broken, and how. {} is the broken model's table.
BROKEN = [
    ("amounts_add_up", "marts.fact_orders", "marts.fact_orders", "UPDATE {} SET net_sales = net_sales + 0.01"),
    ("amounts_add_up", "marts.fact_orders", "marts.fact_orders", "UPDATE {} SET tips_native = tips_native + 0.01"),
    (
        *("orders_come_to_the_platforms_total", "marts.fact_sales_ledger", "marts.fact_sales_ledger"),
        "DELETE FROM {} WHERE measure = 'gross_sales' AND action = 'order'",
    ),
    (
        *("orders_come_to_the_platforms_total", "marts.fact_sales_ledger", "marts.fact_sales_ledger"),
        "INSERT INTO {} SELECT * FROM {} WHERE measure = 'gross_sales' LIMIT 1",
    ),
    (
        *("amounts_follow_their_rates", "marts.fact_sales_ledger", "marts.fact_sales_ledger"),
        "UPDATE {} SET amount = amount + 0.001",
    ),
    (
        *("amounts_follow_their_rates", "marts.fact_sales_ledger", "marts.fact_sales_ledger"),
        "UPDATE {} SET fx_rate_date = event_date + 1",
    ),
    (
        *("rounding_is_small", "marts.fact_sales_ledger", "marts.fact_sales_ledger"),
        "UPDATE {} SET measure = 'rounding', is_estimated = FALSE WHERE action = 'order' AND measure = 'gross_sales'",
    ),
    (
        *("lines_match_ledger", "marts.fact_order_items", "marts.fact_sales_ledger"),
        "UPDATE {} SET amount_native = amount_native + 0.01 WHERE measure = 'gross_sales'",
    ),
    ("buyers_match_orders", "intermediate.int_buyers", "intermediate.int_buyers", "DELETE FROM {}"),
    (
        *("buyers_match_orders", "intermediate.int_buyers", "intermediate.int_buyers"),
        "UPDATE {} SET order_count = order_count + 1",
    ),
    ("days_match_ledger", "intermediate.int_daily_sales", "intermediate.int_daily_sales", "DELETE FROM {}"),
    (
        *("days_match_ledger", "intermediate.int_daily_sales", "intermediate.int_daily_sales"),
        "UPDATE {} SET new_customers = new_customers + 1",
    ),
    (
        *("days_match_ledger", "intermediate.int_daily_sales", "marts.fact_sales_ledger"),
        "UPDATE {} SET amount_native = amount_native + 0.01",
    ),
    (
        *("no_movement_counts_twice", "marts.fact_transactions", "marts.fact_transactions"),
        f"UPDATE {{}} SET is_counted = TRUE WHERE connection = '{STUDIO}'",
    ),
    (
        *("every_order_is_reconciled", "marts.payment_reconciliation", "marts.payment_reconciliation"),
        "DELETE FROM {} WHERE order_key IS NOT NULL",
    ),
    (
        *("every_order_is_reconciled", "marts.payment_reconciliation", "marts.payment_reconciliation"),
        "UPDATE {} SET received_native = received_native + 0.01 WHERE order_key IS NOT NULL",
    ),
    ("every_order_is_reconciled", "marts.payment_reconciliation", "marts.fact_orders", "DELETE FROM {}"),
    (
        *("money_without_an_order_is_told", "marts.payment_reconciliation", "marts.payment_reconciliation"),
        "DELETE FROM {} WHERE order_key IS NULL",
    ),
    (
        *("money_without_an_order_is_told", "marts.payment_reconciliation", "marts.payment_reconciliation"),
        "UPDATE {} SET difference_native = difference_native + 0.01 WHERE order_key IS NULL",
    ),
    (
        *("states_fit_cities", "intermediate.int_users_cleaned_locations", "intermediate.int_users_cleaned_locations"),
        "UPDATE {} SET state = 'Alaska'",
    ),
    ("refers_to", "marts.dim_customer_accounts", "intermediate.int_people", "DELETE FROM {}"),
    ("covers", "marts.dim_customers", "marts.dim_customers", "DELETE FROM {}"),
    ("one_row_each", "marts.dim_customers", "marts.dim_customers", "INSERT INTO {} SELECT * FROM {} LIMIT 1"),
    ("no_line_outlives_its_order", "marts.fact_order_items", "marts.fact_orders", "DELETE FROM {}"),
]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory, known_models: Path) -> Iterator[Warehouse]:
    """A shop whose orders a provider's payments date, another that tells its payments itself, and money of nobody's."""
    with pytest.MonkeyPatch.context() as patch:
        made = Warehouse(tmp_path_factory.mktemp("audits") / "books", patch, ("dummyjson", "payload"), known_models)
        made.connect(STUDIO, "payload", "Europe/London")
        made.put("dummyjson__users", 1, user(1))
        made.put("dummyjson__carts", 1, cart(1, 1, [line(7, 10.0, 2, 20.0, 18.5)]))
        made.put("stripe__payment_intents", "pi_1", intent("pi_1", "2026-02-01T10:00:00", 1850, order=1))
        made.put("stripe__refunds", "re_1", refund("re_1", "pi_1", "2026-02-02T12:00:00", 400))
        paid = {"payment_intent": "pi_2", "captured": True, "amount_captured": 3000}
        nobodys = {"payment_intent": "pi_9", "captured": True, "amount_captured": 700}
        for id, amount, more in (("ch_2", 3000, paid), ("ch_9", 700, nobodys)):
            made.put("stripe__charges", id, {**intent(id, "2026-02-03T09:00:00", amount), **more})
        told = {"createdAt": "2026-02-03T09:00:00.000Z", "updatedAt": "2026-02-03T09:00:00.000Z", "currency": "USD"}
        items = [{"id": "a", "product": 1, "variant": None, "quantity": 1}]
        order = {"id": 2, "items": items, "amount": 3000, "customerEmail": "ada@example.com", "status": "processing"}
        made.put("payload__orders", 2, {**told, **order}, connection=STUDIO)
        card = {"paymentMethod": "stripe", "stripe": {"paymentIntentID": "pi_2"}, "status": "succeeded"}
        made.put("payload__transactions", 12, {**told, "id": 12, "order": 2, "amount": 3000, **card}, connection=STUDIO)
        made.run()
        yield made
        made.close()


@pytest.fixture(scope="module")
def snapshots(books: Warehouse) -> dict[str, Any]:
    """What SQLMesh knows of each model, by its name."""
    assert books.context is not None
    return {snapshot.name: snapshot for snapshot in books.context.snapshots.values()}


def found(books: Warehouse, snapshots: dict[str, Any], model: str) -> dict[str, int]:
    """What the audits of a model find: rows by audit, of those that find any."""
    assert books.context is not None
    span = {"start": "2026-03-01 00:00:00", "end": str(books.now), "execution_time": str(books.now)}
    results = books.context.snapshot_evaluator.audit(snapshot=snapshots[named(model)], snapshots=snapshots, **span)
    return {result.audit.name: result.count for result in results if result.count}


def named(model: str) -> str:
    """As SQLMesh names it: with its catalog, and quoted."""
    return ".".join(f'"{part}"' for part in ("warehouse", *model.split(".")))


def test_every_audit_of_ours_is_broken_below() -> None:
    files = sorted((PROJECT / "audits").glob("*.sql"))
    ours = {name for file in files for name in re.findall(r"^\s+name (\w+),", file.read_text(), re.MULTILINE)}
    assert ours == {audit for audit, *_ in BROKEN}


def test_books_that_are_right_pass(books: Warehouse, snapshots: dict[str, Any]) -> None:
    assert books.rows("SELECT count(*) FROM marts.fact_orders") == [(2,)]
    assert {model: found(books, snapshots, model) for _, model, *_ in BROKEN} == {model: {} for _, model, *_ in BROKEN}


@pytest.mark.parametrize(("audit", "asked", "broken", "how"), BROKEN)
def test_an_audit_finds_what_it_is_for(
    books: Warehouse, snapshots: dict[str, Any], audit: str, asked: str, broken: str, how: str
) -> None:
    table = snapshots[named(broken)].table_name()
    books.execute("BEGIN")
    try:
        books.execute(how.replace("{}", table))
        assert audit in found(books, snapshots, asked)
    finally:
        books.execute("ROLLBACK")
