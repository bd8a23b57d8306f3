"""Explain: every headline number opens its formula, and the ledger says what the page says."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import texts
from published_world import World
from streamlit.testing.v1 import AppTest
from test_numbers import NOW, booked, total

from app import explain, wording

Explained = Callable[[Path, str], AppTest]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def explained(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, str], AppTest]:
    """The dialog of one headline number over the last thirty days, drawn by itself."""

    def script(label: str) -> None:
        from app import explain, frame
        from app.queries import frame as questions
        from app.queries.published import latest_copy
        from app.view import last_finished_day, period_named

        copy = latest_copy()
        publication, shops = questions.publication(copy), questions.shops(copy)
        period = period_named("30D", last_finished_day(publication.as_of_at, shops))
        explain.dialog(frame._view(copy, publication, shops, shops, period, "Previous period"), label)

    def draw(copy: Path, label: str) -> AppTest:
        monkeypatch.setenv("COUNTINGHOUSE_DATA_DIR", str(copy))
        return AppTest.from_function(script, args=(label,), default_timeout=60).run()

    return draw


def test_every_headline_number_has_an_explanation() -> None:
    asked = set()
    for path in sorted((ROOT / "app" / "dashboards").glob("*.py")):
        namespace: dict = {}
        for line in path.read_text().splitlines():
            if line.startswith("KPIS = (") and path.stem != "health":
                exec(line, namespace)
        asked |= set(namespace.get("KPIS", ()))
    assert len(asked) > 15
    assert asked == set(explain.EXPLANATIONS)


@pytest.mark.parametrize("label", sorted(explain.EXPLANATIONS))
def test_every_explanation_can_be_drawn(explained: Explained, trio_copy: Path, label: str) -> None:
    shown = explained(trio_copy, label)
    assert not shown.exception, shown.exception
    assert shown.table
    assert "could not be read" not in texts(shown)


def test_net_sales_are_explained_by_their_events(explained: Explained, trio_copy: Path, trio: World) -> None:
    shown = explained(trio_copy, "Net sales")
    table = shown.table[0].value
    amounts = [total(booked(trio, NOW), measure) for measure in ("gross_sales", "discounts", "returns")]
    assert list(table["Amount"]) == [*amounts, sum(amounts, Decimal(0))]
    assert table["Ledger\u00a0events"].iloc[-1] == sum(1 for _ in booked(trio, NOW))
    assert set(table["Check"]) == {":green[:material/check:]\u00a0equals\u00a0daily\u00a0revenue"}


def test_the_definition_is_the_models_own(explained: Explained, trio_copy: Path) -> None:
    assert "Gross sales less discounts less returns, each on the day it happened" in texts(
        explained(trio_copy, "Net sales")
    )


def test_what_is_in_and_out_and_who_counts_otherwise_is_said(explained: Explained, trio_copy: Path) -> None:
    said = texts(explained(trio_copy, "Average order value"))
    assert "By Shopify’s definitions" in said
    assert "later returns and edits leave it as it was" in said
    assert "**Out** Shipping, taxes, tips" in said


def test_the_events_can_be_seen(explained: Explained, trio_copy: Path, trio: World) -> None:
    shown = explained(trio_copy, "Returns")
    assert not shown.dataframe
    shown.toggle(key="explain.events").set_value(True).run()
    events = shown.dataframe[0].value
    newest = max((event for event in booked(trio, NOW) if event.measure == "returns"), key=lambda event: event.at)
    assert events["When, UTC"].iloc[0] == newest.at
    assert set(events["Measure"]) == {"returns"}


def test_a_summary_that_disagrees_is_said_in_red() -> None:
    assert explain.check(Decimal("1.00"), Decimal("1.00"), "USD").startswith(":green")
    said = explain.check(Decimal("1.00"), Decimal("1.01"), "USD")
    assert said.startswith(":red")
    assert wording.exact(Decimal("1.01"), "USD") in said
