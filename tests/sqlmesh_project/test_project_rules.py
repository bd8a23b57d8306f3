"""The project keeps its own rules: lint, layout, unit tests, and the names others rely on."""

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hand_fed_warehouse import PLATFORMS, Warehouse

# Names of SCHEMA that dashboards, the API and the checks read; the models may have more.
PROMISED = {
    "dim_stores": "store platform timezone currency_code first_order_at last_order_at last_loaded_at",
    "dim_date": "date_key year quarter month month_name day day_of_week day_name week_of_year is_weekend",
    "dim_customers": (
        "customer_key full_name email city state city_state country_code gender age age_group customer_since "
        "customer_lifetime_days lifetime_stage store_count order_count first_order_date last_order_date lifetime_value "
        "customer_segment"
    ),
    "dim_customer_accounts": (
        "account_key customer_key store customer_id is_guest full_name email evidence seen_at order_count is_deleted"
    ),
    "dim_customers_history": (
        "customer_key valid_from valid_to is_current full_name email city state country_code gender is_deleted"
    ),
    "customer_key_changes": "former_customer_key customer_key change accounts evidence loaded_at",
    "dim_products": (
        "product_key store product_id product_name slug brand category_key category_name unit_price unit_price_native "
        "currency_code unit_cost stock_quantity rating rating_count sales_category is_deleted created_at updated_at"
    ),
    "dim_categories": (
        "category_key store category_id category_name category_slug parent_category_key category_path category_level"
    ),
    "dim_variants": (
        "variant_key product_key store variant_id variant_name sku unit_price unit_price_native currency_code "
        "unit_cost stock_quantity is_stock_shared is_deleted"
    ),
    "fact_orders": (
        "order_key store order_id order_number account_key customer_key ordered_at order_date is_synthetic_date "
        "order_status is_sale is_completed is_cancelled is_first_order channel country_code currency_code item_count "
        "gross_sales discounts returns net_sales shipping taxes duties fees tips total_sales gross_sales_native "
        "discounts_native returns_native net_sales_native shipping_native taxes_native duties_native fees_native "
        "tips_native total_sales_native fx_rate fx_rate_date updated_at loaded_at"
    ),
    "fact_order_items": (
        "order_item_key order_key store order_item_id product_key variant_key product_name sku quantity unit_price "
        "gross_sales discounts line_total returned_quantity returns net_sales unit_cost unit_price_native "
        "gross_sales_native discounts_native line_total_native returns_native net_sales_native unit_cost_native "
        "is_cost_estimated"
    ),
    "fact_sales_ledger": (
        "event_key store order_key order_item_key customer_key product_key event_at event_date action measure quantity "
        "amount amount_native currency_code fx_rate fx_rate_date is_estimated"
    ),
    "fact_transactions": (
        "transaction_key store transaction_id order_key customer_key kind status payment_method amount amount_native "
        "currency_code fee processed_at transaction_date is_counted matched_transaction_key cash cash_native"
    ),
    "payment_reconciliation": (
        "order_key transaction_key store match_status difference reason is_mismatch asked_native received_native "
        "given_back_native disputed_native difference_native currency_code event_date"
    ),
    "fact_refunds": (
        "refund_key store refund_id order_key refunded_at refund_date amount goods_amount shipping_amount tax_amount "
        "reason"
    ),
    "fact_carts": (
        "cart_key store cart_id customer_key created_at cart_date purchased_at is_purchased is_abandoned item_count "
        "subtotal subtotal_native currency_code order_key has_checkout is_paid hours_to_purchase"
    ),
    "fact_reviews": "review_key store product_key customer_key rating reviewed_at",
    "fact_inventory_daily": "variant_key product_key store inventory_date stock_quantity is_stock_shared",
    "category_performance": (
        "category_key store product_count products_sold units_sold gross_sales net_sales own_net_sales costed_sales "
        "profit margin_rate cost_coverage avg_rating rating_count"
    ),
    "daily_revenue": (
        "date_key store currency_code orders customers new_customers units gross_sales discounts returns net_sales "
        "shipping taxes total_sales gross_sales_native discounts_native returns_native net_sales_native "
        "shipping_native taxes_native total_sales_native avg_order_value completed_orders completion_rate"
    ),
    "monthly_sales": (
        "month_date store orders customers new_customers units gross_sales discounts returns net_sales shipping taxes "
        "total_sales avg_order_value completed_orders completion_rate mom_growth_pct yoy_growth_pct"
    ),
    "product_performance": (
        "product_key units_sold gross_sales net_sales costed_sales profit margin_rate cost_coverage "
        "estimated_cost_share revenue_rank units_rank sales_category sales_performance stock_level "
        "recent_units selling_days days_of_cover avg_rating rating_count health_score"
    ),
    "customer_segmentation": (
        "customer_key recency_days frequency monetary r_score f_score m_score rfm_segment value_segment "
        "frequency_segment order_segment lifetime_stage"
    ),
    "customer_metrics": (
        "customer_key avg_order_value purchase_frequency clv_simple clv_predictive clv_expected p_alive "
        "churn_probability"
    ),
    "clv_backtest": (
        "fit fitted_until holdout_days is_full_horizon customers predicted_purchases actual_purchases predicted_sales "
        "actual_sales sales_error_pct sales_mae naive_sales_error_pct r alpha a b p q v reason"
    ),
    "clv_calibration": "tenth customers predicted_purchases actual_purchases predicted_sales actual_sales",
    "customer_cohorts": (
        "cohort_month months_since customers active_customers retention_rate orders net_sales profit margin_rate "
        "cost_coverage"
    ),
    "discount_effectiveness": (
        "month_date store discount_code orders discounts gross_sales net_sales avg_order_value new_customers"
    ),
    "cart_abandonment": (
        "cart_date store total_carts completed_purchases abandoned_carts abandonment_rate open_carts recovered_carts "
        "median_hours_to_purchase value_left_behind value_left_behind_native currency_code"
    ),
    "conversion_funnel": (
        "cart_date store carts checkouts orders paid_orders checkout_rate order_rate paid_rate conversion_rate"
    ),
    "metrics": "metric title unit table_name column_name formula includes excludes definitions counted_as differs",
    "operational_metrics": (
        "date_key store orders items_per_order completion_rate cancellation_rate refund_rate median_hours_to_fulfil"
    ),
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, known_models: Path) -> Iterator[Warehouse]:
    with pytest.MonkeyPatch.context() as patch:
        warehouse = Warehouse(tmp_path_factory.mktemp("empty"), patch, PLATFORMS, known_models)
        yield warehouse
        warehouse.close()


def test_models_pass_their_unit_tests(empty: Warehouse) -> None:
    assert empty.context is not None
    stream = io.StringIO()
    with redirect_stdout(stream):
        result = empty.context.test(stream=stream)
    assert result.testsRun >= 130, "the stories of some platform were left out"
    assert result.wasSuccessful(), stream.getvalue()


def test_models_pass_lint_and_keep_the_layout(empty: Warehouse) -> None:
    assert empty.context is not None
    empty.context.lint_models()
    assert empty.context.format(check=True), "run `sqlmesh format` in sqlmesh_project/"


@pytest.mark.slow
def test_models_run_over_a_warehouse_into_which_nothing_was_loaded(empty: Warehouse) -> None:
    empty.run()
    assert empty.one("SELECT count(*) FROM marts.fact_orders") == 0
    assert empty.one("SELECT count(*) FROM marts.dim_date") == 5844
    assert empty.one("SELECT count(*) FROM marts.dim_stores") == 2


@pytest.mark.slow
def test_marts_have_the_promised_columns_and_say_what_they_mean(empty: Warehouse) -> None:
    empty.run()
    columns = {
        (table, column): (type_, comment)
        for table, column, type_, comment in empty.rows(
            "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE schema_name = 'marts'"
        )
    }
    missing = [
        f"{table}.{column}"
        for table, names in PROMISED.items()
        for column in names.split()
        if (table, column) not in columns
    ]
    assert missing == []
    assert [name for name, (_, comment) in columns.items() if not comment] == []
    doubles = {column for (_, column), (type_, _) in columns.items() if type_ == "DOUBLE"}
    assert not doubles & {
        column for _, column in columns if "amount" in column or column.endswith(("sales", "_native"))
    }
    views = empty.rows("SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'marts'")
    assert {view for view, _ in views} == PROMISED.keys()
    assert all(comment.startswith("One row per ") for _, comment in views)
