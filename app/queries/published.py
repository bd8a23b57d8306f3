"""The one way to the data: a version of the published copy, asked read-only.

The published path is a symlink that moves to a new file with every publication. A page resolves it once, at the top of
its run, and asks that file throughout: numbers on one page never come from two versions. Answers are cached by version,
so a new publication needs no expiry.
"""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import streamlit as st

from countinghouse.errors import CountinghouseError
from countinghouse.settings import load_settings
from countinghouse.warehouse.connect import read_published


class QueryFailed(Exception):
    """A card's question could not be answered; the other cards can still be."""


def latest_copy() -> str | None:
    """Path of the version that readers should see now; None before the first publication."""
    path = load_settings().published_path
    return str(path.resolve()) if path.exists() else None


@st.cache_resource(max_entries=3, show_spinner=False, on_release=lambda connection: connection.close())
def _connection(copy: str) -> duckdb.DuckDBPyConnection:
    return read_published(Path(copy))


def ask(copy: str, sql: str, **parameters: Any) -> pd.DataFrame:
    """Run one query, or remember its answer for this version of the copy.

    Decimals, dates and instants come back as Python's own, NULL as None; lists are bound as lists.
    """
    return _answer(copy, sql, tuple(sorted(parameters.items())))


@st.cache_data(max_entries=2000, show_spinner=False)
def _answer(copy: str, sql: str, parameters: tuple[tuple[str, Any], ...]) -> pd.DataFrame:
    bound = {name: list(value) if isinstance(value, tuple) else value for name, value in parameters}
    try:
        # A cursor of its own, because one connection may not be shared by the threads of two sessions.
        with _connection(copy).cursor() as cursor:
            answer = cursor.execute(sql, bound or None)
            columns = [column[0] for column in answer.description]
            # Not .df(): it would turn DECIMAL into binary floats.
            return pd.DataFrame(answer.fetchall(), columns=columns, dtype=object)
    except (duckdb.Error, CountinghouseError) as error:
        found = str(error).splitlines()[0].rstrip(".")
        raise QueryFailed(
            f"The published copy does not answer this question ({found}). The next pipeline run writes a fresh copy."
        ) from error
