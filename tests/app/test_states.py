"""What the pages say when there is nothing to show, something is late, or something failed."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from conftest import metrics, sentence, texts
from published_fixture import publish
from published_world import Shop, make_world
from streamlit.testing.v1 import AppTest

Read = Callable[..., AppTest]
PAGES = ("overview", "sales", "customers", "products", "operations", "health")


@pytest.mark.parametrize(
    ("copy", "page"),
    [(copy, page) for copy in ("practice_copy", "empty_copy", "stale_copy") for page in PAGES]
    + [("forty_copy", page) for page in ("overview", "sales", "operations")],
)
def test_every_page_stands_over_every_copy(read: Read, request: pytest.FixtureRequest, copy: str, page: str) -> None:
    shown = read(request.getfixturevalue(copy), page)
    assert not shown.exception, shown.exception
    assert not shown.error
    assert "could not be read" not in texts(shown)


@pytest.mark.parametrize("page", ["overview", "sales", "customers", "products"])
def test_a_year_is_drawn_in_weeks(read: Read, trio_copy: Path, page: str) -> None:
    shown = read(trio_copy, page, period="12M")
    assert not shown.exception, shown.exception
    assert "could not be read" not in texts(shown)
    if page == "sales":
        assert "**Net sales by week**" in texts(shown)


@pytest.mark.parametrize("page", PAGES)
def test_before_the_first_publication_one_card_says_what_to_type(read: Read, tmp_path: Path, page: str) -> None:
    shown = read(tmp_path, page)
    assert not shown.exception
    assert "Nothing is loaded yet" in texts(shown)
    assert [code.value for code in shown.code] == ["make run"]
    assert not shown.metric


def test_a_shop_without_orders_says_so(read: Read, empty_copy: Path) -> None:
    shown = read(empty_copy)
    assert "No orders yet in practice" in texts(shown)
    assert not shown.metric
    assert "no full comparison" not in texts(shown)


def test_an_empty_period_offers_one_with_orders(read: Read, trio_copy: Path) -> None:
    shown = read(trio_copy, "sales", period="Custom", days=["2024-03-03", "2024-03-09"])
    assert "No orders from 3 to 9 Mar 2024" in texts(shown)
    assert not shown.metric
    wider = shown.button(key="frame.widen").click().run()
    assert metrics(wider)["Net sales"][0].startswith("$")
    assert "No orders" not in texts(wider)


def test_a_stale_store_is_an_amber_badge_and_named_where_it_is_missing(read: Read, stale_copy: Path) -> None:
    shown = read(stale_copy)
    assert ":orange-badge[:material/schedule: shop-de stopped on 17 Nov]" in texts(shown)
    assert "Without shop-de since 17 Nov, 21:40 UTC." in texts(shown)


def test_a_stale_store_that_is_not_chosen_is_no_matter(read: Read, stale_copy: Path) -> None:
    assert "shop-de" not in texts(read(stale_copy, stores=["shop-us"]))


def test_a_line_ends_where_its_stores_data_end(read: Read, stale_copy: Path) -> None:
    from app.queries import trends

    seen = []
    original = trends.course
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trends, "course", lambda view: seen.append(original(view)) or seen[-1])
        read(stale_copy, stores=["shop-de"])
    course = seen[0].set_index("first")["net_sales"]
    days = {str(day): amount for day, amount in course.items()}
    assert days["2026-11-17"] is not None
    assert days["2026-11-18"] is None
    assert days["2026-11-19"] is None


def test_when_publishing_stopped_every_page_says_so(read: Read, stopped_copy: Path) -> None:
    for page in PAGES:
        shown = read(stopped_copy, page)
        assert "Publishing stopped" in shown.warning[0].value
        assert "20 Nov 2026, 09:40 UTC" in shown.warning[0].value
    assert sentence(shown) == "The numbers are as of 20 Nov 2026: publishing stopped. 1 critical check failed."


def test_a_failed_run_that_left_only_its_note_stops_publishing_too(read: Read, tmp_path: Path) -> None:
    data_dir = publish(make_world([Shop("practice")], days=60), tmp_path)
    (tmp_path / "published" / "prod.status.json").write_text(
        '{"run_id": "r", "environment": "prod", "status": "failed", "started_at": "2026-11-20T12:00:00+00:00",'
        ' "finished_at": "2026-11-20T12:04:00+00:00", "as_of_at": null, "published_version": null,'
        ' "error": "2 critical checks failed.", "sources_failed": [], "failed_checks": []}'
    )
    assert "Publishing stopped" in read(data_dir).warning[0].value
    assert sentence(read(data_dir, "health")).endswith("2 critical checks failed.")


def test_sample_dates_are_marked(read: Read, practice_copy: Path, trio_copy: Path) -> None:
    assert ":gray-badge[:material/event_note: sample dates]" in texts(read(practice_copy))
    assert "sample dates" not in texts(read(trio_copy))


def test_a_history_too_short_to_compare_with_makes_no_change(read: Read, practice_copy: Path) -> None:
    shown = read(practice_copy, compare="Same period last year")
    assert {delta for _, delta in metrics(shown).values()} == {""}
    assert "no full comparison" in texts(shown)


def test_a_query_that_fails_ends_its_own_card_only(read: Read, tmp_path: Path) -> None:
    data_dir = publish(make_world([Shop("practice")], days=60), tmp_path)
    with duckdb.connect(str((data_dir / "published" / "prod.duckdb").resolve())) as connection:
        connection.execute("DROP TABLE marts.customer_segmentation")
    shown = read(data_dir)
    assert not shown.exception
    assert texts(shown).count("This could not be read") == 1
    assert metrics(shown)["Net sales"][0].startswith("$")


def test_headline_numbers_that_cannot_be_read_are_dashes(read: Read, tmp_path: Path) -> None:
    data_dir = publish(make_world([Shop("practice")], days=60), tmp_path)
    with duckdb.connect(str((data_dir / "published" / "prod.duckdb").resolve())) as connection:
        connection.execute("ALTER TABLE marts.daily_revenue DROP COLUMN orders")
    shown = read(data_dir)
    assert not shown.exception
    assert [metric.value for metric in shown.metric] == ["—"] * 4


def test_a_rate_of_few_cases_shows_its_count(read: Read, tmp_path: Path) -> None:
    data_dir = publish(make_world([Shop("practice", daily_orders=0.2)], days=120, people=40), tmp_path)
    value, _ = metrics(read(data_dir, "customers"))["Repeat rate"]
    assert " of " in value


def test_without_a_fit_there_is_no_estimate_and_the_page_says_why(read: Read, tmp_path: Path) -> None:
    data_dir = publish(make_world([Shop("practice")], days=60), tmp_path)
    with duckdb.connect(str((data_dir / "published" / "prod.duckdb").resolve())) as connection:
        connection.execute("UPDATE marts.customer_metrics SET clv_expected = NULL")
        connection.execute("UPDATE marts.clv_backtest SET sales_error_pct = NULL, reason = 'too few came back'")
    shown = read(data_dir, "customers")
    assert metrics(shown)["Expected 12-month value"][0] == "—"
    estimate = next(metric for metric in shown.metric if metric.label == "Expected 12-month value")
    assert estimate.proto.delta_description == "no estimate yet"
    shown.segmented_control(key="customers.worth").set_value("Expected").run()
    assert "There is no estimate yet" in texts(shown)
    assert "Too few came back." in texts(shown)


def test_where_no_cost_is_known_there_is_no_margin(read: Read, tmp_path: Path) -> None:
    data_dir = publish(make_world([Shop("practice")], days=200), tmp_path)
    with duckdb.connect(str((data_dir / "published" / "prod.duckdb").resolve())) as connection:
        connection.execute("UPDATE marts.customer_cohorts SET profit = NULL, cost_coverage = 0")
    shown = read(data_dir, "customers")
    shown.segmented_control(key="customers.cohorts").set_value("Margin").run()
    assert not shown.exception
    assert "No cost is known" in texts(shown)


def test_a_new_publication_is_picked_up_at_the_next_run(read: Read, tmp_path: Path) -> None:
    world = make_world([Shop("practice")], days=60)
    shown = read(publish(world, tmp_path))
    before = metrics(shown)["Orders"][0]
    world.orders = [order for order in world.orders if order.number % 2]
    publish(world, tmp_path, version=2)
    assert metrics(shown.run())["Orders"][0] != before


def test_health_counts_checks_and_sources(read: Read, stale_copy: Path) -> None:
    shown = metrics(read(stale_copy, "health"))
    assert shown["Checks passed"][0] == "22 of 24"
    assert shown["Sources current"][0] == "2 of 3"
    assert shown["Last publish"][0] == "09:44 UTC"
    assert shown["Rows rejected"][0] == "0"


def test_health_names_the_past_days_that_changed_and_their_orders(read: Read, trio_copy: Path) -> None:
    shown = read(trio_copy, "health")
    (restated,) = (frame.value for frame in shown.dataframe if "Why" in frame.value.columns)
    # 75 − 90, 41 − 40, and 7 where nothing stood.
    told = sorted(zip(restated["Order"], restated["Change"], restated["Why"], strict=True))
    assert told == [("1007", -15, "changed"), ("1031", 7, "arrived late"), ("2 more", 1, "other orders")]
    assert "1 past day changed" in texts(shown)


def test_choosing_a_store_filters_the_page(read: Read, trio_copy: Path) -> None:
    shown = read(trio_copy)
    shown.multiselect(key="stores").set_value(["shop-uk"]).run()
    assert metrics(shown)["Net sales"][0].startswith("£")


def test_a_choice_that_came_with_the_address_stays_on_the_next_page(read: Read, trio_copy: Path) -> None:
    shown = read(trio_copy, period="90D", stores=["shop-uk"])
    shown.query_params.clear()
    later = shown.switch_page("dashboards/sales.py").run()
    assert "22 Aug – 19 Nov 2026" in texts(later)
    assert metrics(later)["Net sales"][0].startswith("£")


@pytest.mark.parametrize("page", PAGES)
def test_payments_alone_are_no_shop(read: Read, tmp_path: Path, page: str) -> None:
    shown = read(publish(make_world([Shop("payments", "stripe")], sells=False), tmp_path), page)
    assert not shown.exception, shown.exception
    assert not [select for select in shown.multiselect if select.key == "stores"]
    if page != "health":
        assert "No orders yet" in texts(shown)


def test_a_store_that_sent_nothing_today_has_no_today(read: Read, stale_copy: Path) -> None:
    shown = read(stale_copy, "operations", stores=["shop-de"])
    assert {label: value for label, (value, _) in metrics(shown).items() if "today" in label} == {
        "Net sales today": "—",
        "Orders today": "—",
        "Customers today": "—",
    }
    assert "shop-de has sent nothing of today yet" in sentence(shown)


def test_a_source_that_never_came_is_named(read: Read, tmp_path: Path) -> None:
    shops = [Shop("practice"), Shop("payments", "stripe", status="never loaded", as_of_at=None)]
    shown = read(publish(make_world(shops, days=60), tmp_path))
    assert "payments was never loaded" in texts(shown)


@pytest.mark.parametrize(
    "address",
    [
        {"period": "Custom", "days": ["yesterday", "today"]},
        {"period": "Custom", "days": ["2026-11-10"]},
        {"period": "Custom", "days": ["2026-11-10", "2026-11-01"]},
        {"period": "Forever"},
        {"stores": ["nowhere"]},
        {"compare": "Everything"},
    ],
)
def test_an_address_that_makes_no_sense_is_no_error(read: Read, trio_copy: Path, address: dict) -> None:
    shown = read(trio_copy, "sales", **address)
    assert not shown.exception, shown.exception
    assert "data as of" in texts(shown)


def test_a_wrong_setting_is_a_sentence(read: Read, trio_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTINGHOUSE_ENVIRONMENT", "Production!")
    shown = read(trio_copy)
    assert not shown.exception
    assert "COUNTINGHOUSE_ENVIRONMENT" in shown.error[0].value
