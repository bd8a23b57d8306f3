"""What people asked about their own data, and what was done: nobody is named here."""

import json

import pandas as pd
import streamlit as st

from app import cards
from app.frame import Page
from app.queries import health as queries

KINDS = {"redact": "Erase a person", "redact shop": "Erase a shop's people", "export": "Hand out a person's data"}


def table(page: Page) -> None:
    """Every request, the newest first."""
    rows = queries.privacy_requests(page.view.copy)
    if rows.empty:
        cards.nothing(
            "Nobody has asked about their data",
            "A request is carried out by `make privacy`, or comes from Shopify; what was done is then written here.",
            height=180,
        )
        return
    st.caption("As of this copy; a request counts as done once nothing of theirs is found any more.")
    cards.exploring_table(
        pd.DataFrame(
            {
                "Store": rows.connection,
                "What": rows.kind.map(KINDS).fillna(rows.kind),
                "Asked, UTC": pd.to_datetime(rows.requested_at),
                "Done, UTC": pd.to_datetime(rows.done_at),
                "Rows of theirs": pd.to_numeric(rows.row_count).astype("Int64"),
                "Where": [in_words(places) for places in rows.places],
                "What is left to do": rows.error.fillna(""),
            }
        ),
        {
            "Rows of theirs": st.column_config.NumberColumn(format="localized"),
            "Where": st.column_config.TextColumn(width=280),
            **{
                name: st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")
                for name in ("Asked, UTC", "Done, UTC")
            },
        },
        alt="Table of requests about personal data.",
        rows=6,
    )


def in_words(places: str | None) -> str:
    """`raw 7, published copies 1` of the record's JSON."""
    counts: dict[str, int] = json.loads(places or "{}")
    return ", ".join(f"{place} {count:,}" for place, count in counts.items() if count)
