"""The shop of two orders, in a warehouse that ends with its test."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from two_orders import MARTS, PAYLOAD, RAW, SHOPIFY, STAGING

from countinghouse.settings import load_settings
from countinghouse.warehouse.connect import open_warehouse


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The whole shop, free to be damaged."""
    with open_warehouse(load_settings({"COUNTINGHOUSE_DATA_DIR": str(tmp_path)})) as con:
        con.execute(RAW + STAGING + SHOPIFY + PAYLOAD + MARTS)
        yield con
