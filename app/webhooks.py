"""What the platforms pushed: how the events stand, and those that nothing could be done with."""

import pandas as pd
import streamlit as st

from app import cards, wording
from app.frame import Page
from app.queries import health as queries


def tables(page: Page) -> None:
    """The events that were set aside first, then all by connection and topic."""
    standing = queries.webhooks(page.view.copy)
    if standing.empty:
        cards.nothing(
            "No webhook has come in",
            "Shopify, WooCommerce and Stripe can push what changed, and it is here in a minute or two. Without that, "
            "everything is read by the schedule.",
            height=180,
        )
        return
    aside = queries.webhooks_set_aside(page.view.copy)
    if not aside.empty:
        st.caption(
            f"{wording.counted(len(aside), 'event')} set aside after several tries. What they name is still read by "
            "the schedule; `make webhooks ARGS=retry` tries them again."
        )
        cards.exploring_table(
            pd.DataFrame(
                {
                    "Store": aside.connection,
                    "Topic": aside.topic,
                    "What happened": aside.error,
                    "Tries": pd.to_numeric(aside.tries).astype("Int64"),
                    "Came, UTC": pd.to_datetime(aside.received_at),
                    "Event": aside.event_id,
                }
            ),
            {
                "What happened": st.column_config.TextColumn(width=420),
                "Came, UTC": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            },
            alt="Table of the events that were set aside.",
            rows=6,
        )
    st.caption("Events of the last 30 days as of this copy; one that waits is read again by the next drain.")

    def numbers(name: str) -> pd.Series:
        return pd.to_numeric(standing[name]).astype("Int64")

    cards.exploring_table(
        pd.DataFrame(
            {
                "Store": standing.connection,
                "Topic": standing.topic,
                "Waiting": numbers("waiting_count"),
                "Done": numbers("done_count"),
                "Set aside": numbers("set_aside_count"),
                "Oldest waiting, UTC": pd.to_datetime(standing.oldest_waiting_at),
                "Last came, UTC": pd.to_datetime(standing.last_received_at),
            }
        ),
        {
            **{name: st.column_config.NumberColumn(format="localized") for name in ("Waiting", "Done", "Set aside")},
            **{
                name: st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")
                for name in ("Oldest waiting, UTC", "Last came, UTC")
            },
        },
        alt="Table of the events that came in, by store and topic.",
        rows=8,
    )
