"""How the money that came matches what was asked for."""

import pandas as pd
import streamlit as st

from app import cards, wording
from app.frame import Page
from app.queries import health as queries


def table(page: Page) -> None:
    """Whether the money came that was asked for, by store."""
    rows = queries.matches(page.view.copy)
    st.caption("Each order, and each payment without one, against the money that came and went for it.")
    if rows.empty:
        cards.nothing("No order and no payment is on record", height=140)
        return
    cards.exploring_table(
        pd.DataFrame(
            {
                "Store": rows.store,
                "Match": [wording.plain(status.replace("_", " ").capitalize()) for status in rows.match_status],
                "Look at it": rows.is_mismatch.astype(bool),
                "Number": pd.to_numeric(rows.number).astype("Int64"),
                "Difference": pd.to_numeric(rows.difference),
                "Newest": pd.to_datetime(rows.newest),
                "The newest, in words": rows.example,
            }
        ),
        {
            "Number": st.column_config.NumberColumn(format="localized"),
            "Difference": cards.money_column("Difference", page.view.reporting_currency, cents=True),
            "Newest": st.column_config.DatetimeColumn(format="D MMM YYYY"),
            "The newest, in words": st.column_config.TextColumn(width=420),
        },
        alt="Table of how orders and payments match, what does not match first.",
    )
