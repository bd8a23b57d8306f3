"""Data health: may these numbers be trusted."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from app import cards, charts, frame, matches, privacy, sentences, webhooks, wording
from app.cards import Kpi
from app.frame import Page
from app.queries import health as queries
from app.view import Store

KPIS = ("Last publish", "Checks passed", "Sources current", "Rows rejected")
STATES = {
    "current": ":green-badge[:material/check: Current]",
    "behind": ":orange-badge[:material/schedule: Behind]",
    "never loaded": ":gray-badge[:material/hourglass_empty: Never loaded]",
}
RESULTS = {
    "succeeded": ("good", ":green-badge[:material/check: Succeeded]"),
    "degraded": ("warn", ":orange-badge[:material/schedule: Degraded]"),
    "failed": ("bad", ":red-badge[:material/close: Failed]"),
}


def sentence(page: Page) -> str:
    """The verdict."""
    publication = page.publication
    return sentences.health(
        stopped_on=wording.full_day(publication.as_of_at.date()) if page.stopped_at else None,
        because=page.stopped_because,
        missing=[source.name for source in page.sources if source.status != "current"],
        warnings=publication.checks_warned + publication.checks_failed,
        checks=publication.checks_passed + publication.checks_warned + publication.checks_failed,
    )


def headline(page: Page) -> list[Kpi]:
    """The four facts the verdict rests on."""
    publication, sources = page.publication, page.sources
    total = publication.checks_passed + publication.checks_warned + publication.checks_failed
    found = []
    if publication.checks_failed:
        found.append(f"{wording.count(publication.checks_failed)} failed")
    if publication.checks_warned:
        found.append(wording.counted(publication.checks_warned, "warning"))
    current = [source for source in sources if source.status == "current"]
    late = [source.name for source in sources if source.status != "current"]
    rejected = int(queries.rejects(page.view.copy, publication.published_at).number.sum())
    return [
        Kpi(
            "Last publish",
            f"{publication.published_at:%H:%M} UTC",
            detail=f"{wording.full_day(publication.published_at.date())}, version {wording.count(publication.version)}",
        ),
        Kpi(
            "Checks passed",
            f"{wording.count(publication.checks_passed)} of {wording.count(total)}" if total else wording.UNKNOWN,
            detail=", ".join(found) or ("no warning" if total else "none on record"),
        ),
        Kpi(
            "Sources current",
            f"{len(current)} of {len(sources)}",
            detail=f"behind: {', '.join(late)}" if late else "every source answered",
        ),
        Kpi("Rows rejected", wording.count(rejected), detail="in the last 30 days"),
    ]


def freshness_card(page: Page) -> None:
    """Where each source's data ends, and what happened."""
    with cards.card("Freshness", "How far each source’s data reach, by the source’s own clock; UTC", height=160):
        sources = sorted(page.sources, key=lambda source: (source.status == "current", source.name))
        cards.reading_table(
            pd.DataFrame(
                {
                    "Source": [wording.unbroken(source.name) for source in sources],
                    "State": [STATES.get(source.status, wording.plain(source.status)) for source in sources],
                    "Data until": [
                        wording.UNKNOWN
                        if source.as_of_at is None
                        else wording.unbroken(wording.short_instant(source.as_of_at))
                        for source in sources
                    ],
                    "Lag": [wording.UNKNOWN if source.as_of_at is None else lag(page, source) for source in sources],
                    "Last load": [
                        wording.UNKNOWN
                        if source.last_loaded_at is None
                        else wording.unbroken(wording.short_instant(source.last_loaded_at))
                        for source in sources
                    ],
                    "Platform": [wording.platform(source.platform) for source in sources],
                    "What happened": [wording.in_lines(wording.plain(source.last_error or "")) for source in sources],
                }
            ),
            alt="Table of the sources with the state of their data.",
        )


def lag(page: Page, source: Store) -> str:
    """How far a source's data lag behind the newest; minutes between two reads of one run are no lag."""
    behind = page.publication.as_of_at - source.as_of_at
    return "none" if behind < timedelta(minutes=10) else wording.unbroken(wording.age(behind))


def checks_card(copy: str) -> None:
    """Every check of the published run; a chosen row shows what it found."""
    with cards.inside("Checks", "Of the run that made this copy, failed ones first · choose a row for examples"):
        rows = queries.checks(copy)
        if rows.empty:
            cards.nothing("No check is on record for this copy", height=140)
            return
        result = [
            "passed" if row.is_success else ("warning" if row.severity == "warning" else "failed")
            for row in rows.itertuples()
        ]
        chosen = cards.exploring_table(
            pd.DataFrame(
                {
                    "Result": result,
                    "Rule": rows.rule,
                    "Failing rows": pd.to_numeric(rows.failing_rows).astype("Int64"),
                    "Checked rows": pd.to_numeric(rows.checked_rows).astype("Int64"),
                    "Table": rows.table_name,
                    "Layer": rows.layer,
                    "First seen, UTC": pd.to_datetime(rows.first_seen),
                }
            ),
            {
                "Rule": st.column_config.TextColumn("Rule", width=400),
                "Result": st.column_config.MultiselectColumn(
                    "Result", options=["passed", "warning", "failed"], color=["green", "orange", "red"], width=74
                ),
                "Failing rows": st.column_config.NumberColumn(format="localized"),
                "Checked rows": st.column_config.NumberColumn(format="localized"),
                "First seen, UTC": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            },
            alt="Table of the checks, failed ones first.",
            rows=8,
            on_select="rerun",
            selection_mode="single-row",
            key="health.checks",
        )
        for place in chosen.selection.rows:
            row = rows.iloc[place]
            if row.is_success:
                st.caption(f"Nothing in {wording.plain(row.table_name)} breaks this rule.")
            else:
                st.caption(f"Examples of what broke it in {wording.plain(row.table_name)}:")
                st.code(row.examples or "none kept", language=None, wrap_lines=True)


def runs_card(copy: str) -> None:
    """The last fourteen days of runs: a strip to see, a table to read."""
    with cards.card("Runs", "The last 14 days, oldest left · green succeeded, amber degraded, red failed", height=220):
        rows = queries.runs(copy)
        if rows.empty:
            cards.nothing("No run is on record", height=140)
            return
        strip = pd.DataFrame(
            {
                "number": range(len(rows)),
                "slot": [RESULTS.get(status, RESULTS["failed"])[0] for status in rows.status],
                "when_text": [wording.instant(at) for at in rows.started_at],
                "status_text": [status.capitalize() for status in rows.status],
                "detail_text": [checks_words(row) for row in rows.itertuples()],
            }
        )
        counts = rows.status.value_counts()
        said = ", ".join(f"{wording.count(int(counts[status]))} {status}" for status in RESULTS if status in counts)
        cards.draw(charts.run_strip(strip, height=40), f"Strip of {wording.counted(len(rows), 'run')}: {said}.")
        newest = rows.iloc[::-1].head(8)
        cards.reading_table(
            pd.DataFrame(
                {
                    "Started, UTC": [wording.unbroken(wording.short_instant(at)) for at in newest.started_at],
                    "Result": [RESULTS.get(status, RESULTS["failed"])[1] for status in newest.status],
                    "Took": [took(row) for row in newest.itertuples()],
                    "Rows loaded": [None if pd.isna(number) else int(number) for number in newest.rows_loaded],
                    "Checks": [wording.unbroken(checks_words(row)) for row in newest.itertuples()],
                    "What happened": [what_happened(row) for row in newest.itertuples()],
                }
            ),
            {"Rows loaded": lambda number: wording.count(int(number))},
            alt="Table of the newest runs.",
        )


def took(row) -> str:
    """How long a run took."""
    if row.finished_at is None:
        return wording.UNKNOWN
    seconds = int((row.finished_at - row.started_at).total_seconds())
    return wording.unbroken(f"{seconds} s" if seconds < 120 else f"{seconds // 60} min")


def checks_words(row) -> str:
    """`21 passed, 3 warnings`."""
    said = [f"{wording.count(int(row.checks_passed or 0))} passed"]
    if row.checks_warned:
        said.append(wording.counted(int(row.checks_warned), "warning"))
    if row.checks_failed:
        said.append(f"{wording.count(int(row.checks_failed))} failed")
    return ", ".join(said)


def what_happened(row) -> str:
    """A run's error, or which part of it was missing."""
    if row.error:
        return wording.in_lines(wording.plain(row.error))
    missing = int(row.sources_failed or 0)
    return wording.unbroken(f"{wording.counted(missing, 'source')} did not answer") if missing else ""


def details_card(page: Page) -> None:
    """What was loaded, what it changed of past days, and what was not let in."""
    with st.container(border=True, gap="small"):
        loads_tab, days_tab, money_tab, rejects_tab, fields_tab, pushed_tab, privacy_tab = st.tabs(
            ["Loads", "Restated days", "Money", "Rejected", "Changed fields", "Webhooks", "Privacy"]
        )
        with loads_tab, cards.guarded(200):
            loads_table(page.view.copy)
        with days_tab, cards.guarded(200):
            restatements_table(page)
        with money_tab, cards.guarded(200):
            matches.table(page)
        with rejects_tab, cards.guarded(200):
            rejects_table(page)
        with fields_tab, cards.guarded(200):
            fields_table(page)
        with pushed_tab, cards.guarded(200):
            webhooks.tables(page)
        with privacy_tab, cards.guarded(200):
            privacy.table(page)


def loads_table(copy: str) -> None:
    """The newest batch of each resource."""
    rows = queries.loads(copy)
    st.caption("The newest batch of each resource; a row that has not changed is not touched.")
    if rows.empty:
        cards.nothing("Nothing was loaded yet", height=140)
        return

    def numbers(name: str) -> pd.Series:
        return pd.to_numeric(rows[name]).astype("Int64")

    cards.exploring_table(
        pd.DataFrame(
            {
                "Source": rows.connection,
                "Resource": rows.resource,
                "Loaded, UTC": pd.to_datetime(rows.loaded_at),
                "Rows read": numbers("row_count"),
                "New": numbers("rows_inserted"),
                "Changed": numbers("rows_updated"),
                "Unchanged": numbers("rows_unchanged"),
                "Deleted": numbers("rows_deleted"),
                "Read": rows["mode"],
            }
        ),
        {
            "Loaded, UTC": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            **{
                name: st.column_config.NumberColumn(format="localized")
                for name in ("Rows read", "New", "Changed", "Unchanged", "Deleted")
            },
        },
        alt="Table of what the newest batches brought.",
        rows=12,
    )


def restatements_table(page: Page) -> None:
    """Past days that say something else than they did, and the orders behind it."""
    rows = queries.restatements(page.view.copy, page.publication.published_at)
    if rows.empty:
        cards.nothing(
            "No past day changed in the last 30 days",
            "An order that arrives late, is edited or deleted changes a day that was over. It is listed here with the "
            "day, the amount and the order.",
            height=180,
        )
        return
    days = len(rows[["store", "date_key"]].drop_duplicates())
    st.caption(
        f"{wording.counted(days, 'past day')} changed in the last 30 days. Change of net sales, in "
        f"{page.view.currency}; the newest first."
    )
    orders = [
        f"{wording.count(int(row.order_count))} more" if row.order_number is None else row.order_number
        for row in rows.itertuples()
    ]
    cards.exploring_table(
        pd.DataFrame(
            {
                "Day": pd.to_datetime(rows.date_key),
                "Change": cards.floats(rows.change),
                "Store": rows.store,
                "Order": orders,
                "Why": rows.reason,
                "In the store’s currency": cards.floats(rows.change_native),
                "Currency": rows.currency_code,
                "Noticed, UTC": pd.to_datetime(rows.noticed_at),
            }
        ),
        {
            "Day": st.column_config.DatetimeColumn(format="D MMM YYYY"),
            "Change": st.column_config.NumberColumn(format="localized"),
            "In the store’s currency": st.column_config.NumberColumn(format="localized"),
            "Noticed, UTC": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
        },
        alt="Table of past days that changed, with the orders behind it.",
        rows=12,
    )


def rejects_table(page: Page) -> None:
    """Rows that broke their source's contract."""
    rows = queries.rejects(page.view.copy, page.publication.published_at)
    if rows.empty:
        cards.nothing(
            "No rejected rows in the last 30 days",
            "A row that breaks a source’s contract lands here instead of in the numbers.",
            height=180,
        )
        return
    cards.exploring_table(
        pd.DataFrame(
            {
                "Reason": rows.reason,
                "Rows": rows.number.astype(int),
                "Source": rows.connection,
                "Resource": rows.resource,
                "Since, UTC": pd.to_datetime(rows.first_at),
                "Last, UTC": pd.to_datetime(rows.last_at),
            }
        ),
        {
            "Reason": st.column_config.TextColumn("Reason", width=420),
            "Since, UTC": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            "Last, UTC": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
        },
        alt="Table of rejected rows by reason.",
    )


def fields_table(page: Page) -> None:
    """Where a source's fields are not as they were."""
    rows = queries.drifts(page.view.copy, page.publication.published_at)
    if rows.empty:
        cards.nothing(
            "No field changed in the last 30 days",
            "A field that a source adds, drops or sends in another type is listed here. Only another type of a field "
            "that the numbers are made of stops its resource.",
            height=180,
        )
        return
    stopped = rows.is_used & (rows.change == "changed type")
    cards.exploring_table(
        pd.DataFrame(
            {
                "Field": rows.path,
                "Change": rows.change,
                "Was": rows.type_before.fillna(wording.UNKNOWN),
                "Is": rows.type_after.fillna(wording.UNKNOWN),
                "Effect": ["stopped the resource" if stops else "none" for stops in stopped],
                "Source": rows.connection,
                "Resource": rows.resource,
                "Last, UTC": pd.to_datetime(rows.last_at),
            }
        ),
        {
            "Field": st.column_config.TextColumn("Field", width=300),
            "Last, UTC": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
        },
        alt="Table of fields that are not as they were.",
    )


found = frame.page("Data health", has_period=False, has_stores=False)
frame.status_line(found, "All published numbers", names_store=False)
frame.say(lambda: sentence(found))
cards.kpis(KPIS, lambda: headline(found))
freshness_card(found)
cards.live_card(checks_card, found.view.copy)
runs_card(found.view.copy)
details_card(found)
