"""Somebody is erased by command from books that a whole run has made, and the next run does not bring them back."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from road import ROOT, Road

# Two runs of the models, and one that reads everything again.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

MONEY = """
    SELECT store, count(*), sum(total_sales), sum(returns), sum(taxes), sum(shipping)
    FROM marts.fact_orders GROUP BY 1 ORDER BY 1
"""
LEDGER = """
    SELECT measure, action, count(*), sum(amount), sum(quantity) FROM marts.fact_sales_ledger GROUP BY ALL ORDER BY ALL
"""
# A registered customer of the WooCommerce shop with orders, and what only they are known by.
SOMEBODY = """
    SELECT customers.id, customers.payload ->> '$.email', orders.payload ->> '$.billing.address_1'
    FROM raw.woocommerce__customers AS customers
    JOIN raw.woocommerce__orders AS orders ON orders.payload ->> '$.customer_id' = customers.id
    WHERE NOT EXISTS (
        FROM raw.shopify__customers AS others
        WHERE lower(others.payload ->> '$.defaultEmailAddress.emailAddress') = lower(customers.payload ->> '$.email')
    )
    ORDER BY ALL
    LIMIT 1
"""


def python(road: Road, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=road.environment, capture_output=True, text=True, timeout=900
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def published(road: Road, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str((road.folder / "data" / "published" / "prod.duckdb").resolve()), read_only=True) as con:
        return con.execute(sql).fetchall()


def raw(road: Road, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(road.folder / "data" / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def files_with(folder: Path, word: str) -> list[str]:
    """Of what the system wrote; the simulator's own tables are another shop's."""
    words = (word.encode(), json.dumps(word)[1:-1].encode())
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "simulator" not in path.parts and any(one in path.read_bytes() for one in words)
    ]


def test_erased_by_command_and_still_erased_after_everything_was_read_again(
    after_first_run: Callable[[str], Road],
) -> None:
    road = after_first_run("privacy")
    data = road.folder / "data"
    ((customer, email, street),) = raw(road, SOMEBODY)
    money, ledger = published(road, MONEY), published(road, LEDGER)
    assert "warehouse.duckdb" in files_with(data, email)

    shown = python(road, "scripts/privacy.py", "redact", "--connection", "shop-eu", "--customer", customer)
    assert "Nothing was changed." in shown
    told = python(
        road, "scripts/privacy.py", "redact", "--everywhere", "--yes", "--connection", "shop-eu", "--customer", customer
    )
    assert "nothing of theirs is left" in told
    assert files_with(data, email) == []
    assert published(road, MONEY) == money
    assert published(road, LEDGER) == ledger
    assert " done " in python(road, "scripts/privacy.py", "list")

    # The shop still has them, and is read from the beginning.
    with duckdb.connect(str(data / "warehouse.duckdb")) as con:
        con.execute("DELETE FROM ops.cursors")
    road.run_pipeline()
    assert files_with(data, email) == []
    held = "SELECT count(*) FROM raw.woocommerce__orders WHERE contains(payload::TEXT, '{}')"
    assert raw(road, held.format(email)) == [(0,)]
    if street:
        theirs = f"{held.format(street)} AND json_extract_string(payload, '$.customer_id') = '{customer}'"
        assert raw(road, theirs) == [(0,)]
    assert published(road, MONEY) == money
