"""SQLMesh's configuration: where the warehouse lies, the house rules, and every threshold of the models in one place.

`cd sqlmesh_project && sqlmesh plan dev` works as SQLMesh's own documentation says. The data directory is the project's:
a relative COUNTINGHOUSE_DATA_DIR counts from the repository, whichever of the two folders the command is typed in.
"""

import json
from pathlib import Path

from sqlmesh.core import constants
from sqlmesh.core.config import (
    AutoCategorizationMode,
    CategorizerConfig,
    Config,
    DuckDBConnectionConfig,
    GatewayConfig,
    LinterConfig,
    ModelDefaultsConfig,
    PlanConfig,
)
from sqlmesh.core.config.format import FormatConfig

from countinghouse.settings import DEFINITIONS, load_settings
from countinghouse.warehouse.connect import NEW_FILE

HERE = Path(__file__).resolve().parent

# Models are read by this process alone. Where SQLMesh's cache is warm, which is every run but the first, forking others
# to read it takes five seconds of the processor more and none less.
constants.MAX_FORK_WORKERS = 1

THRESHOLDS = {
    # customer_segmentation.lifetime_stage: days since the first order, counted to the newest data.
    "new_customer_days": 30,
    "recent_customer_days": 90,
    "regular_customer_days": 365,
    # customer_segmentation.value_segment: days without an order; orders that make a customer loyal.
    "at_risk_after_days": 180,
    "lost_after_days": 365,
    "loyal_orders": 3,
    # customer_segmentation.order_segment and frequency_segment: number of orders from which the name is earned.
    "vip_orders": 10,
    "regular_orders": 5,
    "frequent_orders": 5,
    # product_performance.sales_category: share of the products that sold, ranked by units.
    "bestseller_share": 0.10,
    "popular_share": 0.40,
    # product_performance.sales_performance: share of the products that sold, ranked by net sales.
    "best_seller_share": 0.10,
    "good_share": 0.40,
    "moderate_share": 0.75,
    # product_performance.stock_level: units in stock, or days they last. Overstock takes both.
    "critical_stock_units": 5,
    "low_stock_units": 20,
    "overstock_units": 80,
    "critical_cover_days": 7,
    "low_cover_days": 14,
    "overstock_cover_days": 180,
    # product_performance.days_of_cover: the selling rate is that of so many days before the newest data.
    "selling_rate_days": 30,
    # int_order_events and int_order_lines: the tax that is in the prices of platforms that tell none (Payload,
    # DummyJSON), as a share of the price without it: 0.19 takes 19.00 out of 119.00, marked is_estimated. At 0 none is
    # taken out.
    "untold_tax_rate": 0,
    # fact_carts.is_abandoned: hours without a touch and without an order, by the newest data. Shopify says so after ten
    # minutes, Payload after seven days; a day leaves time to sleep on it, and WooCommerce drops its drafts then too.
    "abandoned_after_hours": 24,
    # int_shopify__checkout_orders: between the completion of a checkout and the creation of its order at most.
    "checkout_order_minutes": 5,
    # customer_metrics.clv_expected and churn_probability look this far ahead; clv_backtest holds as much back.
    "value_horizon_days": 365,
    # customer_metrics.clv_predictive and clv_expected: what a year's delay takes off an amount.
    "yearly_discount_rate": 0.10,
    # customer_metrics.clv_simple: for how many years somebody is taken to stay a customer.
    "customer_lifespan_years": 3,
    # customer_metrics.retention_rate: measured where as many bought in the year before last, else taken to be this.
    "fewest_retention_customers": 30,
    "assumed_retention_rate": 0.40,
    # The models of what customers will buy: how many have to have bought again for their parameters to say something.
    "fewest_repeat_customers": 50,
    # And of more customers than this they are fitted to every n-th, so that the time it takes does not grow with them.
    # Of 200,000 simulated customers, what is expected of all of them together moved by three thousandths.
    "most_fitted_customers": 20_000,
    # clv_backtest: fewer days held back than this say nothing.
    "fewest_holdout_days": 28,
    # int_customer_identifiers: digits a phone number has at least, country code included (St Helena's have 8, most 10
    # and more); accounts of one store that share an address or number without it counting as the shop's own.
    "shortest_phone": 9,
    "most_accounts_of_one": 3,
}


def configured(data_dir: Path, definitions: str = DEFINITIONS[0]) -> Config:
    """The project over the warehouse of one data directory, counting by one set of definitions."""
    switches = switches_of(data_dir, definitions)
    return Config(
        project="countinghouse",
        gateways={
            "duckdb": GatewayConfig(
                # One connection only: DuckDB runs each query on every core. Two models at once take a twentieth less
                # time and a twentieth more of the processor, and rows come in another order each time.
                connection=DuckDBConnectionConfig(
                    database=str(data_dir / "warehouse.duckdb"),
                    concurrent_tasks=1,
                    # DuckDB writes its log into the tables when it is closed, and before that each time the log has
                    # grown by 16 MB: a second each in a run that takes eighteen.
                    connector_config=NEW_FILE | {"checkpoint_threshold": "1GB"},
                ),
                state_connection=DuckDBConnectionConfig(database=str(data_dir / "sqlmesh_state.duckdb")),
                test_connection=DuckDBConnectionConfig(),
            )
        },
        default_gateway="duckdb",
        # With the data and not with the models: SQLMesh keeps there what it knows of a state, and would take it for
        # that of another data directory, in which the same models came about in other steps.
        cache_dir=str(data_dir / "sqlmesh_cache"),
        model_defaults=ModelDefaultsConfig(
            dialect="duckdb",
            # Before anything was ever loaded: incremental models read by `loaded_at`, our own clock.
            start="2025-01-01",
            # By the hour and not by the day: every run reads again what was loaded since the period began.
            cron="@hourly",
            allow_partials=True,
        ),
        before_all=["@prepare_warehouse()"],
        variables=THRESHOLDS | {"definitions": definitions, "definition_switches": switches},
        plan=PlanConfig(
            # An environment holds every mart, changed or not: it can then be published and looked at as a whole.
            include_unmodified=True,
            auto_categorize_changes=CategorizerConfig(
                external=AutoCategorizationMode.FULL,
                python=AutoCategorizationMode.FULL,
                sql=AutoCategorizationMode.FULL,
                seed=AutoCategorizationMode.FULL,
            ),
        ),
        linter=LinterConfig(
            enabled=True,
            rules={
                "ambiguousorinvalidcolumn",
                "descriptionnamestherow",
                "everycolumnofamartisdescribed",
                "everymodelhasagrain",
                "invalidselectstarexpansion",
                "noambiguousprojections",
                "nomissingaudits",
                "nomissingexternalmodels",
                "noselectstar",
            },
        ),
        format=FormatConfig(append_newline=True),
        disable_anonymized_analytics=True,
    )


def switches_of(data_dir: Path, definitions: str) -> int:
    """How often these books have changed the definitions they are counted by.

    Models depend on it, so that books that return to earlier definitions are counted anew: SQLMesh would take the
    tables it once made by them, which have seen nothing since.
    """
    path = data_dir / "definitions.json"
    known = json.loads(path.read_text()) if path.exists() else {"definitions": definitions, "switches": 0}
    if known["definitions"] != definitions:
        known = {"definitions": definitions, "switches": known["switches"] + 1}
    data_dir.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known))
    return known["switches"]


def data_dir() -> Path:
    """The project's data directory, also for a command typed in this folder."""
    chosen = load_settings().data_dir
    if Path.cwd() == HERE and chosen.is_relative_to(HERE):
        chosen = HERE.parent / chosen.relative_to(HERE)
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


config = configured(data_dir(), load_settings().definitions)
