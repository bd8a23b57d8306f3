"""The controls of the title row, what they hold in the address, and how a choice goes along from page to page."""

from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st

from app import wording
from app.view import COMPARISONS, PERIODS, Period, Store, period_named

# The controls that a shared address carries, by the names it gives them.
FILTERS = ("period", "days", "stores", "compare")


def period(last: date) -> Period:
    """The control of the days, which end on the last finished one unless the reader says otherwise."""
    name = st.segmented_control(
        "Period", PERIODS, default="30D", required=True, key="period", bind="query-params", label_visibility="collapsed"
    )
    if name != "Custom":
        return period_named(name or "30D", last)
    start = period_named("30D", last)
    days = _days(_asked("days")) or [start.first, start.last]
    with st.popover(wording.span(days[0], days[-1]), icon=":material/calendar_month:"):
        picked = st.date_input(
            "Days",
            value=(start.first, start.last),
            max_value=last + timedelta(days=1),
            format="YYYY-MM-DD",
            key="days",
            bind="query-params",
        )
        st.caption(f"The last finished day is {wording.full_day(last)}.")
    if isinstance(picked, tuple) and len(picked) == 2:
        return Period(*picked)
    # Between the two clicks of a range the page keeps a period that makes sense.
    return Period(picked[0], picked[0]) if isinstance(picked, tuple) and picked else start


def _days(asked: list) -> list[date]:
    """The days that an address or a control names; none where somebody mistyped them."""
    try:
        return [date.fromisoformat(str(day)) for day in asked]
    except ValueError:
        return []


def stores(shops: tuple[Store, ...]) -> tuple[Store, ...]:
    """The control of the stores; a single one needs none."""
    if len(shops) < 2:
        return shops
    names = [shop.name for shop in shops]
    chosen = [name for name in _asked("stores") if name in names]
    label = f"All {len(shops)} stores"
    if chosen:
        label = chosen[0] if len(chosen) == 1 else f"{len(chosen)} of {len(shops)} stores"
    with st.popover(label, icon=":material/storefront:"):
        picked = st.multiselect("Stores", names, key="stores", bind="query-params", placeholder="All stores")
        st.caption("One store is shown in its own currency, several in the reporting currency.")
    return tuple(shop for shop in shops if not picked or shop.name in picked)


def comparison() -> str:
    """The control of what the period is compared with."""
    labels = {"Previous period": "vs previous", "Same period last year": "vs last year", "Nothing": "no comparison"}
    chosen = (*_asked("compare"), COMPARISONS[0])[0]
    with st.popover(labels.get(chosen, labels[COMPARISONS[0]]), icon=":material/compare_arrows:"):
        return st.radio("Compare with", COMPARISONS, key="compare", bind="query-params") or COMPARISONS[0]


def bring_along(title: str) -> None:
    """On arrival from another page, give the controls what they held there.

    Streamlit carries a choice over when it was made by hand, and drops it when it came with the address.
    """
    if st.session_state.get("held.page", title) != title:
        for key in FILTERS:
            if f"held.{key}" in st.session_state and key not in st.query_params:
                st.session_state[key] = st.session_state[f"held.{key}"]
    st.session_state["held.page"] = title


def remember() -> None:
    """Keep what the controls hold, for the next page."""
    for key in FILTERS:
        if key in st.session_state:
            st.session_state[f"held.{key}"] = st.session_state[key]


def _asked(key: str) -> list:
    """What a control holds before it is drawn: a popover's label stands above the control that decides it.

    On the first run of a shared link the control's state does not exist yet, and the address has the answer.
    """
    held = st.session_state.get(key)
    if held is None:
        return st.query_params.get_all(key)
    return list(held) if isinstance(held, list | tuple) else [held]


def widen(name: str, wider: Period) -> None:
    """Let the page look at these days."""
    st.session_state["period"] = name
    if name == "Custom":
        st.session_state["days"] = (wider.first, wider.last)


def choose_stores(names: Sequence[str]) -> None:
    """Let the page look at these stores only; at all of them when none is named."""
    st.session_state["stores"] = list(names)
