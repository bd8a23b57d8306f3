"""The frame every page shares: title row, filters, status line, and the states in which a page has nothing to say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import streamlit as st

from app import cards, explain, filters, wording
from app.queries import frame as questions
from app.queries.frame import Publication
from app.queries.published import QueryFailed, latest_copy
from app.view import (
    COMPARISONS,
    Period,
    Store,
    View,
    compared_with,
    covers,
    first_order_day,
    last_finished_day,
    last_order_day,
    period_named,
    wider,
)
from countinghouse.settings import load_settings
from countinghouse.warehouse.status import read_status, status_path

CURRENT = "current"


@dataclass(frozen=True)
class Page:
    """What the frame found out for a page: what to look at, and where the numbers come from."""

    view: View
    publication: Publication
    sources: tuple[Store, ...]
    stopped_at: datetime | None
    stopped_because: str | None

    @property
    def stale(self) -> list[Store]:
        """Connections that are behind or never came, of the chosen stores and the payment accounts."""
        other = {store.name for store in self.view.all_stores} - set(self.view.store_names)
        return [source for source in self.sources if source.status != CURRENT and source.name not in other]


def page(title: str, *, explains: Sequence[str] = (), has_period: bool = True, has_stores: bool = True) -> Page:
    """Draw the title row and return what the reader asked for.

    Ends the run where there is nothing to look at yet: nothing published, or a copy that cannot be opened.
    """
    copy = latest_copy()
    if copy is None:
        st.title(title, anchor=False)
        _nothing_published()
        st.stop()
    try:
        publication, sources, shops = questions.publication(copy), questions.sources(copy), questions.shops(copy)
    except QueryFailed as failure:
        st.title(title, anchor=False)
        with st.container(border=True):
            cards.failed(str(failure), 240)
        st.stop()
    view = _title_row(title, copy, publication, shops, explains, has_period, has_stores)
    stopped_at, because = _stopped(publication)
    found = Page(view, publication, sources, stopped_at, because)
    if stopped_at:
        _stopped_warning(found, has_link=has_stores)
    return found


def _title_row(
    title: str,
    copy: str,
    publication: Publication,
    shops: tuple[Store, ...],
    explains: Sequence[str],
    has_period: bool,
    has_stores: bool,
) -> View:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key="title_row"
    ):
        st.title(title, anchor=False, width="content")
        filters.bring_along(title)
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="xsmall"):
            last = last_finished_day(publication.as_of_at, shops)
            period = filters.period(last) if has_period else period_named("30D", last)
            chosen = filters.stores(shops) if has_stores else shops
            compare = filters.comparison() if has_period else COMPARISONS[0]
            view = _view(copy, publication, shops, chosen, period, compare)
            if explains and any(shop.has_orders for shop in shops):
                asked = st.menu_button("Explain", list(explains), icon=":material/calculate:", key=f"{title}.explain")
                if asked:
                    explain.dialog(view if has_period else view_of_today(view), asked)
    filters.remember()
    return view


def _view(
    copy: str,
    publication: Publication,
    shops: tuple[Store, ...],
    chosen: tuple[Store, ...],
    period: Period,
    compare: str,
) -> View:
    wanted = compared_with(period, compare)
    covered = wanted is None or covers(wanted, first_order_day(chosen))
    is_native = len(chosen) == 1
    return View(
        copy=copy,
        as_of_at=publication.as_of_at,
        period=period,
        comparison=wanted if covered else None,
        compare=compare,
        stores=chosen,
        all_stores=shops,
        currency=chosen[0].currency if is_native else publication.reporting_currency,
        reporting_currency=publication.reporting_currency,
        is_native=is_native,
        is_covered=covered,
        definitions=publication.definitions,
    )


def view_of_today(view: View) -> View:
    """The stores whose calendar has the newest day of the data, and that day."""
    days = {store.name: store.local(view.as_of_at).date() for store in view.stores}
    today = max(days.values())
    stores = tuple(store for store in view.stores if days[store.name] == today)
    return replace(view, period=Period(today, today), comparison=None, stores=stores)


# --- status line ----------------------------------------------------------------------------------------------------


def status_line(page: Page, about: str | None = None, *, names_store: bool = True) -> None:
    """Period and comparison, currency, data as of, checks; then one badge per thing to know.

    about        what the numbers cover, where that is not the period control's choice
    names_store  whether a single store is to be named, which no control does
    """
    view = page.view
    said = [about or period_words(view), view.currency]
    if names_store and len(view.all_stores) == 1:
        said.insert(1, wording.plain(view.all_stores[0].name))
    said += [wording.definitions(page.publication.definitions)]
    said += [f"data as of {wording.instant(page.publication.as_of_at)}", checks_words(page.publication)]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(" · ".join(said), width="content")
        for source in page.stale:
            _stale_badge(source, page.publication.as_of_at)
        _sample_badge(page, about)
        first = first_order_day(view.stores)
        if first and not view.is_covered and about is None:
            st.badge(
                "no full comparison",
                icon=":material/history:",
                color="gray",
                help=f"Orders on record begin on {wording.full_day(first)}, after the period to compare with began.",
            )


def period_words(view: View) -> str:
    """`21 Oct – 19 Nov 2026, compared with 21 Sep – 20 Oct`."""
    if view.comparison is None:
        return wording.span(view.period.first, view.period.last)
    now, before = wording.spans((view.period.first, view.period.last), (view.comparison.first, view.comparison.last))
    return f"{now}, compared with {before}"


def before_words(view: View) -> str:
    """What the comparison is called in a chart's key: `previous 30 days`, `a year earlier`."""
    if view.compare == "Same period last year":
        return "a year earlier"
    return f"previous {wording.counted(view.period.days, 'day')}"


def against_words(view: View) -> str:
    """The comparison inside a sentence: `the previous 30 days`, `the same days a year earlier`."""
    if view.compare == "Same period last year":
        return "the same days a year earlier"
    return f"the {before_words(view)}"


def checks_words(publication: Publication) -> str:
    """`212 checks passed`, and how many did not."""
    if publication.checks_failed:
        return f":red[:material/error: {wording.counted(publication.checks_failed, 'check')} failed]"
    if not publication.checks_passed:
        return "no checks on record"
    passed = f":material/verified: {wording.counted(publication.checks_passed, 'check')} passed"
    return passed + (f", {wording.counted(publication.checks_warned, 'warning')}" if publication.checks_warned else "")


def _stale_badge(source: Store, as_of_at: datetime) -> None:
    if source.as_of_at is None:
        said, until = f"{source.name} was never loaded", "It has sent nothing yet."
    else:
        lag = wording.behind(source.as_of_at, as_of_at)
        said = f"{source.name} {'is ' if lag.endswith('behind') else ''}{lag}"
        until = f"Its data end {wording.instant(source.as_of_at)}."
    reason = wording.plain(source.last_error or "")
    st.badge(said, icon=":material/schedule:", color="orange", help=f"{until} {reason}".strip())


def _sample_badge(page: Page, about: str | None) -> None:
    if about is not None or not page.view.stores:
        return
    orders, sample = questions.orders_in_period(page.view)
    if sample:
        st.badge(
            "sample dates",
            icon=":material/event_note:",
            color="gray",
            help=f"{wording.counted(sample, 'order')} of {wording.count(orders)} in this period come from a source "
            "that keeps no dates. Each was given a fixed day, so that amounts are real and days are not.",
        )


def without_words(view: View) -> str | None:
    """`without shop-de since 19 Nov, 23:31 UTC`, for sums whose period a stale store does not fill."""
    parts = [
        f"{wording.plain(store.name)} since {wording.short_instant(store.as_of_at)} UTC"
        for store in view.stores
        if store.status != CURRENT and store.as_of_at and store.local(store.as_of_at).date() <= view.period.last
    ]
    return f"without {wording.list_of(parts)}" if parts else None


# --- states ---------------------------------------------------------------------------------------------------------


def _stopped(publication: Publication) -> tuple[datetime | None, str | None]:
    """When and why the newest run failed, if that was after the copy was made.

    A failed run publishes no copy that could say so; it leaves a note beside the last good one.
    """
    if publication.last_run_status == "failed":
        return publication.last_run_at, publication.last_run_error
    status = read_status(status_path(load_settings()))
    if status is None or not status.has_stopped_publishing:
        return None, None
    finished_at = status.finished_at
    if finished_at.tzinfo:
        finished_at = finished_at.astimezone(UTC).replace(tzinfo=None)
    return (finished_at, status.error) if finished_at > publication.published_at else (None, None)


def _stopped_warning(page: Page, *, has_link: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.warning(
            f"**Publishing stopped.** The newest run failed; you see the last good copy, with data as of "
            f"{wording.instant(page.publication.as_of_at)}.",
            icon=":material/pause_circle:",
        )
        if has_link:
            st.page_link(
                "dashboards/health.py", label="Open Data health", icon=":material/arrow_forward:", width="content"
            )


def _nothing_published() -> None:
    with st.container(border=True):
        cards.nothing(
            "Nothing is loaded yet",
            "One command reads the sources, checks them and publishes the numbers; this page then fills itself.",
            "hourglass_empty",
            120,
        )
        with st.container(horizontal_alignment="center"):
            st.code("make run", language="bash", width=360)


def stop_without_orders(page: Page) -> None:
    """End the page where the chosen shops never sold anything."""
    if last_order_day(page.view.stores) is not None:
        return
    with st.container(border=True):
        names = wording.list_of([wording.plain(name) for name in page.view.store_names] or ["any store"])
        cards.nothing(
            f"No orders yet in {names}",
            f"The sources were read until {wording.instant(page.publication.as_of_at)} and hold no order. "
            "When the first one comes, the next run shows it here.",
            "shopping_cart",
            260,
        )
    st.stop()


def stop_when_empty(page: Page) -> None:
    """End the page, with a way out, where the chosen shops sold nothing in the period."""
    stop_without_orders(page)
    view = page.view
    orders, _ = questions.orders_in_period(view)
    if orders:
        return
    with st.container(border=True, horizontal_alignment="center"):
        where = (
            ""
            if len(view.stores) == len(view.all_stores)
            else " in " + wording.list_of([wording.plain(name) for name in view.store_names])
        )
        cards.nothing(
            f"No orders {wording.from_to(view.period.first, view.period.last)}{where}",
            f"The last order was placed on {wording.full_day(last_order_day(view.stores))}.",
            "filter_alt_off",
            200,
        )
        last = last_finished_day(view.as_of_at, view.stores)
        name, period = wider(view.period, last, first_order_day(view.stores), last_order_day(view.stores))
        st.button(
            f"Show {wording.span(period.first, period.last)}",
            icon=":material/zoom_out_map:",
            key="frame.widen",
            on_click=filters.widen,
            args=(name, period),
        )
        st.space("small")
    st.stop()


def say(sentence: Callable[[], str]) -> None:
    """The page's sentence; where its numbers cannot be read, that."""
    try:
        st.markdown(f"#### {sentence()}")
    except QueryFailed:
        st.markdown("#### The numbers for this sentence could not be read.")
