"""A published copy of a given size, made directly in DuckDB: the marts that readers ask, plausible and in seconds.

Its tables have exactly the columns of the data dictionary, so that a question that runs here runs on a real copy. The
rows follow from their numbers alone: the same size gives the same copy.
"""

import re
from pathlib import Path

import duckdb

from countinghouse.warehouse.publish import LOOKED_UP_BY

DICTIONARY = Path(__file__).resolve().parent.parent / "docs" / "data_dictionary.md"
AS_OF = "TIMESTAMP '2026-11-20 09:40:00'"
DAYS = 1095
PRODUCTS = 2_000
STORES = (
    ("shop-us", "shopify", "America/New_York", "USD", 1.0),
    ("shop-eu", "woocommerce", "Europe/Berlin", "EUR", 1.1),
    ("shop-jp", "commercetools", "Asia/Tokyo", "JPY", 0.0065),
    ("studio", "payload", "Europe/London", "GBP", 1.25),
)


def mart_columns() -> dict[str, dict[str, str]]:
    """Every mart's columns and their types, as the data dictionary tells them."""
    tables: dict[str, dict[str, str]] = {}
    for section in re.split(r"^## ", DICTIONARY.read_text(), flags=re.MULTILINE)[1:]:
        rows = re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", section, re.MULTILINE)
        tables[section.split("\n", 1)[0]] = dict(rows)
    return tables


OPS = (
    "CREATE TABLE ops.publication (version INTEGER, environment TEXT, published_at TIMESTAMP, as_of_at TIMESTAMP, "
    "run_id TEXT, reporting_currency TEXT, definitions TEXT, is_masked BOOLEAN, contents_hash TEXT)",
    "CREATE TABLE ops.freshness (store TEXT, platform TEXT, last_loaded_at TIMESTAMP, as_of_at TIMESTAMP, status TEXT, "
    "last_error TEXT, last_error_at TIMESTAMP)",
    "CREATE TABLE ops.validation_results (run_id TEXT, layer TEXT, table_name TEXT, rule TEXT, expectation TEXT, "
    "severity TEXT, is_success BOOLEAN, checked_rows BIGINT, failing_rows BIGINT, examples TEXT, checked_at TIMESTAMP)",
    "CREATE TABLE ops.pipeline_runs (run_id TEXT, environment TEXT, status TEXT, started_at TIMESTAMP, "
    "finished_at TIMESTAMP, rows_extracted BIGINT, rows_loaded BIGINT, rows_transformed BIGINT, checks_passed INTEGER, "
    "checks_failed INTEGER, checks_warned INTEGER, published_version INTEGER, error TEXT, as_of_at TIMESTAMP, "
    "sources_failed INTEGER)",
)

# In cents of the store's currency; the rate makes them the reporting currency's.
ORDERS = f"""
    SELECT
        n, n % 4 AS s, 1 + (n * 7) % 3 AS line_count, (n * 2654435761) % {{customers}} AS c, n % 10 = 3 AS is_returned,
        TIMESTAMP '2023-11-21' + to_seconds((n * 7919 % ({DAYS} * 86400 - 60000))::BIGINT) AS moment
    FROM range({{orders}}) AS t(n)
"""
LINES = f"""
    SELECT
        md5('i' || n || '-' || i) AS item, n, i, s, c, moment, is_returned AND i = 1 AS is_returned,
        (n * 13 + i * 101) % {PRODUCTS} AS p, 1 + (n + i) % 3 AS units, 500 + (n * 31 + i * 977) % 9500 AS cents,
        (n + i) % 5 * 20 AS off
    FROM sales, unnest(range(1, line_count + 1)) AS u(i)
"""
FILL = {
    "dim_stores": "SELECT store, platform, timezone, currency_code, min(ordered_at) AS first_order_at, "
    f"max(ordered_at) AS last_order_at, count(*)::INTEGER AS order_count, {AS_OF} AS last_loaded_at "
    "FROM shops JOIN marts.fact_orders USING (store, currency_code) GROUP BY ALL",
    "fact_orders": """
        SELECT md5('o' || n) AS order_key, store, n::TEXT AS order_id, '#' || n AS order_number,
            md5('c' || c) AS customer_key, moment AS ordered_at, moment::DATE AS order_date, FALSE AS is_synthetic_date,
            CASE WHEN is_returned THEN 'partially_refunded' ELSE 'completed' END AS order_status, TRUE AS is_sale,
            TRUE AS is_completed, FALSE AS is_cancelled,
            row_number() OVER (PARTITION BY c ORDER BY moment, n) = 1 AS is_first_order,
            CASE WHEN n % 3 = 0 THEN 'pos' ELSE 'web' END AS channel,
            ['US', 'DE', 'JP', 'GB', 'FR'][1 + n % 5] AS country_code, currency_code, units AS item_count,
            gross AS gross_sales, off AS discounts, back AS returns, gross - off - back AS net_sales,
            gross - off - back AS total_sales, 0 AS shipping, 0 AS taxes
        FROM sales JOIN shops USING (s) JOIN (
            SELECT n, sum(units) AS units, sum(units * cents) / 100 * any_value(rate) AS gross,
                sum(units * off) / 100 * any_value(rate) AS off,
                coalesce(sum(cents - off) FILTER (WHERE is_returned), 0) / 100 * any_value(rate) AS back
            FROM lines JOIN shops USING (s) GROUP BY n
        ) USING (n)""",
    "fact_order_items": """
        SELECT item AS order_item_key, md5('o' || n) AS order_key, store, md5('c' || c) AS customer_key,
            moment::DATE AS order_date, md5('p' || p) AS product_key, units AS quantity, units * cents / 100 * rate AS
            gross_sales
        FROM lines JOIN shops USING (s)""",
    "fact_sales_ledger": """
        WITH events AS (
            SELECT 'g' AS kind, 'order' AS action, 'gross_sales' AS measure, units * cents AS amount, units, * EXCLUDE
                units FROM lines
            UNION ALL BY NAME
            SELECT 'd' AS kind, 'order' AS action, 'discounts' AS measure, -units * off AS amount, * EXCLUDE units
            FROM lines WHERE off > 0
            UNION ALL BY NAME
            SELECT 'r' AS kind, 'return' AS action, 'returns' AS measure, off - cents AS amount, 1 AS units,
                * EXCLUDE (units, moment), moment + INTERVAL 9 DAY AS moment
            FROM lines WHERE is_returned
        )
        SELECT md5(kind || item) AS event_key, store, md5('o' || n) AS order_key, item AS order_item_key,
            md5('c' || c) AS customer_key, md5('p' || p) AS product_key, moment AS event_at, moment::DATE AS event_date,
            action,
            measure, units AS quantity, amount / 100 * rate AS amount, amount / 100 AS amount_native, currency_code,
            FALSE AS is_estimated
        FROM events JOIN shops USING (s)
        -- As `publish` lays it.
        ORDER BY event_at, event_key""",
    "daily_revenue": """
        WITH booked AS (
            SELECT event_date AS date_key, store, currency_code,
                coalesce(sum(amount) FILTER (WHERE measure = 'gross_sales'), 0) AS gross_sales,
                -coalesce(sum(amount) FILTER (WHERE measure = 'discounts'), 0) AS discounts,
                -coalesce(sum(amount) FILTER (WHERE measure = 'returns'), 0) AS returns,
                sum(amount) AS net_sales, sum(amount) AS total_sales,
                sum(amount_native) AS net_sales_native, sum(amount_native) AS total_sales_native,
                coalesce(sum(amount) FILTER (WHERE action = 'order'), 0) AS order_value,
                coalesce(sum(quantity) FILTER (WHERE measure = 'gross_sales'), 0) AS units
            FROM marts.fact_sales_ledger GROUP BY ALL
        ), placed AS (
            SELECT order_date AS date_key, store, count(*) AS orders, count(DISTINCT customer_key) AS customers,
                count(*) FILTER (WHERE is_first_order) AS new_customers
            FROM marts.fact_orders GROUP BY ALL
        )
        SELECT booked.*, coalesce(orders, 0) AS orders, coalesce(customers, 0) AS customers,
            coalesce(new_customers, 0) AS new_customers, 0 AS shipping, 0 AS taxes, 0 AS other_charges,
            coalesce(orders, 0) AS completed_orders
        FROM booked LEFT JOIN placed USING (date_key, store)""",
    "monthly_sales": """
        SELECT date_trunc('month', date_key)::DATE AS month_date, store, any_value(currency_code) AS currency_code,
            sum(orders) AS orders, sum(net_sales) AS net_sales, sum(net_sales_native) AS net_sales_native
        FROM marts.daily_revenue GROUP BY ALL""",
    "dim_customers": """
        SELECT customer_key, any_value(store) AS store, any_value('N' || left(customer_key, 6)) AS full_name,
            any_value(left(customer_key, 8) || '@x.example') AS email, 'Austin' AS city, 'US' AS country_code,
            '35-44' AS age_group, min(order_date) AS customer_since, 'Regular' AS lifetime_stage, 1 AS account_count,
            count(DISTINCT store)::INTEGER AS store_count, count(*)::INTEGER AS order_count,
            min(order_date) AS first_order_date, max(order_date) AS last_order_date, sum(net_sales) AS lifetime_value,
            sum(net_sales) / count(*) AS avg_order_value,
            ['VIP', 'Loyal', 'New', 'Regular', 'At Risk', 'Lost'][(1 + count(*) % 6)::INTEGER] AS customer_segment,
            'Loyal Customers' AS rfm_segment, FALSE AS is_deleted
        FROM marts.fact_orders GROUP BY customer_key""",
    "customer_segmentation": """
        SELECT customer_key, order_count AS frequency, lifetime_value AS monetary, 3 AS r_score, 3 AS f_score,
            3 AS m_score, rfm_segment, customer_segment AS value_segment, 30 AS recency_days
        FROM marts.dim_customers""",
    "customer_metrics": """
        SELECT customer_key, avg_order_value, lifetime_value AS clv_simple, lifetime_value / 2 AS clv_predictive,
            lifetime_value / 4 AS clv_expected, 0.8 AS p_alive, 0.2 AS churn_probability
        FROM marts.dim_customers""",
    "dim_customer_accounts": """
        SELECT customer_key AS account_key, customer_key, store, left(customer_key, 8) AS customer_id,
            FALSE AS is_guest, full_name, email, order_count, FALSE AS is_deleted
        FROM marts.dim_customers""",
    "customer_cohorts": """
        SELECT date_trunc('month', first_order_date)::DATE AS cohort_month, months_since, count(*) AS customers,
            count(*) AS active_customers, 1 AS retention_rate, count(*) AS orders, sum(lifetime_value) AS net_sales
        FROM marts.dim_customers, range(12) AS t(months_since) GROUP BY ALL""",
    "dim_products": f"""
        SELECT md5('p' || p) AS product_key, 'shop-us' AS store, p::TEXT AS product_id, 'Thing ' || p AS product_name,
            'Brand ' || p % 40 AS brand, 'Category ' || p % 25 AS category_name, 10 AS unit_price,
            10 AS unit_price_native, 'USD' AS currency_code, p % 60 AS stock_quantity, FALSE AS is_deleted
        FROM range({PRODUCTS}) AS t(p)""",
    "product_performance": """
        WITH sold AS (
            SELECT product_key, sum(quantity) FILTER (WHERE measure = 'gross_sales') AS units_sold,
                sum(amount) AS net_sales
            FROM marts.fact_sales_ledger GROUP BY 1
        )
        SELECT product_key, store, units_sold, net_sales, net_sales / 3 AS profit, 4.5 AS avg_rating,
            12 AS rating_count, 7.5 AS health_score, 'Good' AS sales_performance, 'popular' AS sales_category,
            stock_quantity, rank() OVER (ORDER BY net_sales DESC) AS revenue_rank,
            CASE WHEN stock_quantity = 0 THEN 'Out of Stock' WHEN stock_quantity < 5 THEN 'Critical'
                WHEN stock_quantity < 10 THEN 'Low' ELSE 'Normal' END AS stock_level
        FROM marts.dim_products LEFT JOIN sold USING (product_key)""",
}
ORDER_OF_WORK = (
    *("fact_orders", "fact_order_items", "fact_sales_ledger", "daily_revenue", "monthly_sales", "dim_stores"),
    *("dim_customers", "customer_segmentation", "customer_metrics", "dim_customer_accounts", "customer_cohorts"),
    *("dim_products", "product_performance"),
)


def fill(con: duckdb.DuckDBPyConnection, orders: int, version: int = 1) -> None:
    """Make the copy's tables in the connection's own database and fill those that readers ask."""
    con.execute("CREATE SCHEMA marts; CREATE SCHEMA ops")
    for table, columns in mart_columns().items():
        described = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        con.execute(f"CREATE TABLE marts.{table} ({described})")
    for statement in OPS:
        con.execute(statement)
    shops = ", ".join(f"({number}, {', '.join(map(repr, shop))})" for number, shop in enumerate(STORES))
    con.execute(
        "CREATE TEMP VIEW shops AS SELECT s, store, platform, timezone, currency_code, rate::DECIMAL(9, 4) AS rate "
        f"FROM (VALUES {shops}) AS t(s, store, platform, timezone, currency_code, rate)"
    )
    con.execute(f"CREATE TEMP TABLE sales AS {ORDERS.format(orders=orders, customers=max(orders * 3 // 10, 1))}")
    con.execute(f"CREATE TEMP TABLE lines AS {LINES}")
    for table in ORDER_OF_WORK:
        con.execute(f"INSERT INTO marts.{table} BY NAME {FILL[table]}")
    for table, key in LOOKED_UP_BY.items():
        con.execute(f"CREATE INDEX {table}_by_{key} ON marts.{table} ({key})")
    con.execute(
        f"INSERT INTO ops.publication VALUES ({version}, 'prod', {AS_OF}, {AS_OF}, 'run', 'USD', 'shopify', FALSE, 'x')"
    )
    con.execute(f"INSERT INTO ops.freshness SELECT store, platform, {AS_OF}, {AS_OF}, 'current', NULL, NULL FROM shops")
