"""Each layer's contract over a shop of two orders: whole it keeps every rule, damaged it does not."""

import ast
from pathlib import Path

import duckdb
import pytest
from two_orders import broken, found_by_great_expectations

from expectations import marts, raw, staging
from expectations.rules import Rule


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layer", "rules"),
    [("raw", raw.RULES), ("staging", staging.RULES), ("marts", marts.RULES)],
    ids=["raw", "staging", "marts"],
)
def test_whole_shop_keeps_every_rule(con: duckdb.DuckDBPyConnection, layer: str, rules: tuple[Rule, ...]) -> None:
    assert found_by_great_expectations(con, layer, rules) == set()
    assert broken(con, layer, rules) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layer", "rules", "damage"),
    [
        ("raw", raw.RULES, "UPDATE raw.dummyjson__carts SET id = '', payload = '1', batch_id = 'b9'"),
        (
            "staging",
            staging.RULES,
            """
            UPDATE staging.stg_stripe__refunds SET created_at = NULL, amount_native = -1, status = '?';
            UPDATE staging.stg_dummyjson__carts SET user_id = 'u9', cart_id = '1', order_total_native = -1;
            UPDATE staging.stg_dummyjson__users SET age = 200, gender = '?';
            """,
        ),
        (
            "marts",
            marts.RULES,
            """
            UPDATE marts.fact_orders SET order_key = NULL, order_status = '?', net_sales = 0, item_count = -1;
            UPDATE marts.daily_revenue SET completion_rate = 2, net_sales_native = 0;
            """,
        ),
    ],
    ids=["raw", "staging", "marts"],
)
def test_great_expectations_finds_what_the_queries_of_failing_rows_find(
    con: duckdb.DuckDBPyConnection, layer: str, rules: tuple[Rule, ...], damage: str
) -> None:
    con.execute(damage)
    found = found_by_great_expectations(con, layer, rules)
    assert found == broken(con, layer, rules)
    assert len(found) > 2


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            "DELETE FROM raw.dummyjson__carts WHERE id = '2'",
            {"Each connection has as many rows as its batches brought in: none was lost, none came twice."},
        ),
        (
            "INSERT INTO raw.dummyjson__carts SELECT * FROM raw.dummyjson__carts WHERE id = '2'",
            {
                "Each combination of connection and id is there once.",
                "Each connection has as many rows as its batches brought in: none was lost, none came twice.",
            },
        ),
        ("UPDATE raw.dummyjson__carts SET payload = '[1]' WHERE id = '2'", {"Every payload is a whole JSON object."}),
        ("UPDATE raw.dummyjson__carts SET id = ' ' WHERE id = '2'", {"Every row has an id that is not empty."}),
        (
            "UPDATE raw.dummyjson__carts SET batch_id = 'b9' WHERE id = '2'",
            {"Every row comes from a batch in the books."},
        ),
    ],
)
def test_damage_to_raw_is_found(con: duckdb.DuckDBPyConnection, damage: str, words: set[str]) -> None:
    con.execute(damage)
    assert broken(con, "raw", raw.RULES) == {("critical", "dummyjson__carts", rule) for rule in words}


@pytest.mark.parametrize(
    ("damage", "severity", "table", "words"),
    [
        ("carts SET order_total_native = -1", "critical", "carts", "order_total_native is never below zero."),
        ("carts SET user_id = 'u9'", "warning", "carts", "Every user_id is found in stg_dummyjson__users."),
        (
            "carts SET lines = [{'id': 'p9', 'quantity': 1}] WHERE cart_id = '2'",
            "warning",
            "carts",
            "At most one cart in twenty holds a product that stg_dummyjson__products does not know.",
        ),
        (
            "carts SET lines = [{'id': 'p1', 'quantity': 0}] WHERE cart_id = '2'",
            "critical",
            "carts",
            "Every line of a cart has a whole number of units of at least one.",
        ),
        ("users SET age = 200", "warning", "users", "age is between 0 and 120."),
        ("products SET rating = 6", "warning", "products", "rating is between 0 and 5."),
    ],
)
def test_damage_to_the_shops_staging_is_found(
    con: duckdb.DuckDBPyConnection, damage: str, severity: str, table: str, words: str
) -> None:
    con.execute(f"UPDATE staging.stg_dummyjson__{damage}")
    assert broken(con, "staging", staging.RULES) == {(severity, f"stg_dummyjson__{table}", words)}


@pytest.mark.parametrize(
    ("damage", "table", "words"),
    [
        # The parts are 26.05 + 10.00 + 2.00 + 4.90 + 7.78 = 50.73: a cent is rounding, three are not with two lines.
        ("orders SET order_total_native = 50.76", "orders", "come to its total, but for a cent a line"),
        ("refunds SET amount_native = 50.75", "refunds", "give back no more than it came to"),
        ("refunds SET order_id = '2'", "refunds", "Every order_id is found in stg_woocommerce__orders"),
        ("product_variations SET product_id = '5'", "product_variations", "Every product_id is found in"),
        ("reviews SET product_id = '5'", "reviews", "Every product_id is found in stg_woocommerce__products"),
        ("reviews SET status = 'draft'", "reviews", "status is one of: approved"),
    ],
)
def test_damage_to_woocommerces_staging_is_a_warning(
    con: duckdb.DuckDBPyConnection, damage: str, table: str, words: str
) -> None:
    con.execute(f"UPDATE staging.stg_woocommerce__{damage}")
    ((severity, found, rule),) = broken(con, "staging", staging.RULES)
    assert (severity, found) == ("warning", f"stg_woocommerce__{table}")
    assert words in rule


@pytest.mark.parametrize(
    ("damage", "severity", "table", "words"),
    [
        ("orders SET total_price_native = -1", "critical", "orders", "total_price_native is never below zero."),
        ("orders SET ordered_at = TIMESTAMP '1970-01-01'", "warning", "orders", "ordered_at lies between 2004 and"),
        ("orders SET original_total_native = 102.61", "warning", "orders", "comes to its original total."),
        ("orders SET sales = []", "warning", "orders", "shows the sales of its agreements"),
        ("orders SET financial_status = 'NEW'", "warning", "orders", "financial_status"),
        ("orders SET customer_id = '8'", "warning", "orders", "Every customer_id is found in stg_shopify__customers."),
        ("product_variants SET product_id = 'p2'", "warning", "product_variants", "is found in stg_shopify__products."),
        (
            "product_variants SET unit_cost_native = -1",
            "warning",
            "product_variants",
            "unit_cost_native is never below",
        ),
        ("products SET status = 'HIDDEN'", "warning", "products", "status"),
    ],
)
def test_damage_to_shopifys_staging_is_found(
    con: duckdb.DuckDBPyConnection, damage: str, severity: str, table: str, words: str
) -> None:
    con.execute(f"UPDATE staging.stg_shopify__{damage}")
    ((level, found, rule),) = broken(con, "staging", staging.RULES)
    assert (level, found) == (severity, f"stg_shopify__{table}")
    assert words in rule


@pytest.mark.parametrize(
    ("damage", "severity", "table", "words"),
    [
        ("orders SET currency_code = NULL", "critical", "orders", "An order with an amount has a currency."),
        ("orders SET customer_id = 'u9'", "warning", "orders", "Every customer_id is found in stg_payload__users."),
        (
            "order_lines SET quantity = NULL",
            "critical",
            "order_lines",
            "Every line has a whole number of units of at least one.",
        ),
        ("prices SET price_units = -1", "critical", "prices", "price_units is never below zero."),
    ],
)
def test_damage_to_payloads_staging_is_found(
    con: duckdb.DuckDBPyConnection, damage: str, severity: str, table: str, words: str
) -> None:
    con.execute(f"UPDATE staging.stg_payload__{damage}")
    assert broken(con, "staging", staging.RULES) == {(severity, f"stg_payload__{table}", words)}


@pytest.mark.parametrize(
    ("damage", "severity", "table", "words"),
    [
        ("orders SET ordered_at = TIMESTAMP '1899-12-30'", "critical", "orders", "ordered_at lies between 2010"),
        ("orders SET status = 'versandt'", "warning", "orders", "status is one of: pending"),
        ("orders SET customer_id = 'c9'", "warning", "orders", "At most one order in twenty names a customer"),
        ("order_items SET product_id = 'p9'", "warning", "order_items", "At most one line in twenty names a product"),
        ("order_items SET quantity = 0", "warning", "order_items", "units of at least one"),
        ("order_items SET gross_sales_native = 1.99", "warning", "order_items", "discount is not more than the line"),
        ("order_items SET order_id = '2'", "warning", "order_items", "Every order_id is found in stg_tables__orders"),
    ],
)
def test_damage_to_a_shops_own_tables_is_found(
    con: duckdb.DuckDBPyConnection, damage: str, severity: str, table: str, words: str
) -> None:
    con.execute(f"UPDATE staging.stg_tables__{damage}")
    ((found_severity, found, rule),) = broken(con, "staging", staging.RULES)
    assert (found_severity, found) == (severity, f"stg_tables__{table}")
    assert words in rule


def test_words_for_a_status_are_those_the_models_understand() -> None:
    macros = Path(__file__).resolve().parents[2] / "sqlmesh_project" / "macros" / "tables.py"
    (words,) = (
        ast.literal_eval(node.value)
        for node in ast.parse(macros.read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_WORDS"
    )
    assert sorted(word for each in words.values() for word in each) == sorted(staging.TABLE_STATUSES)


@pytest.mark.parametrize("moment", ["1970-01-01 00:00", "2026-11-22 00:00"], ids=["before Stripe", "in the future"])
def test_impossible_moment_of_a_payment_is_critical(con: duckdb.DuckDBPyConnection, moment: str) -> None:
    con.execute(f"UPDATE staging.stg_stripe__payment_intents SET created_at = TIMESTAMP '{moment}'")
    (only,) = broken(con, "staging", staging.RULES)
    assert only[:2] == ("critical", "stg_stripe__payment_intents")
    assert only[2].startswith("created_at lies between 2010")


def test_unknown_word_of_a_platform_is_a_warning(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("UPDATE staging.stg_stripe__refunds SET status = 'on_the_moon'")
    assert {severity for severity, *_ in broken(con, "staging", staging.RULES)} == {"warning"}
