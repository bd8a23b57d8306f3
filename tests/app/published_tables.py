"""Tables, columns and comments of a published copy, and its summaries made from its facts in plain SQL."""

from pathlib import Path

MONEY = (
    "gross_sales",
    "discounts",
    "returns",
    "net_sales",
    "shipping",
    "taxes",
    "duties",
    "fees",
    "tips",
    "total_sales",
)
SUMMED = ", ".join(f"{name}{suffix} DECIMAL(18, 4) DEFAULT 0" for name in MONEY for suffix in ("", "_native"))

TABLES = (
    "CREATE SCHEMA marts",
    "CREATE SCHEMA ops",
    """CREATE TABLE marts.dim_stores (store TEXT, settles TEXT, platform TEXT, timezone TEXT, currency_code TEXT,
        first_order_at TIMESTAMP,
    last_order_at TIMESTAMP, last_loaded_at TIMESTAMP)""",
    """CREATE TABLE marts.dim_customers (customer_key TEXT, store TEXT, rfm_segment TEXT, full_name TEXT, email
        TEXT, city TEXT, state TEXT, city_state TEXT,
    country_code TEXT, gender TEXT, age INTEGER, age_group TEXT, customer_since DATE, customer_lifetime_days INTEGER,
    lifetime_stage TEXT, store_count INTEGER, order_count INTEGER, first_order_date DATE, last_order_date DATE,
    lifetime_value DECIMAL(18, 2), customer_segment TEXT)""",
    """CREATE TABLE marts.dim_products (product_key TEXT, store TEXT, product_id TEXT, product_name TEXT, slug TEXT,
        brand TEXT,
    category_key TEXT, category_name TEXT, unit_price DECIMAL(18, 2), unit_price_native DECIMAL(18, 2),
        currency_code TEXT,
    unit_cost DECIMAL(18, 2), stock_quantity INTEGER, rating DECIMAL(4, 2), rating_count INTEGER, sales_category TEXT,
    is_deleted BOOLEAN, created_at TIMESTAMP, updated_at TIMESTAMP)""",
    f"""CREATE TABLE marts.fact_orders (order_key TEXT, store TEXT, order_id TEXT, order_number TEXT, customer_key TEXT,
    ordered_at TIMESTAMP, order_date DATE, is_synthetic_date BOOLEAN, order_status TEXT, is_sale BOOLEAN,
        is_completed BOOLEAN,
    is_cancelled BOOLEAN, is_first_order BOOLEAN, channel TEXT, country_code TEXT, currency_code TEXT, item_count
        INTEGER,
    discount_band TEXT, {SUMMED})""",
    f"""CREATE TABLE marts.fact_order_items (order_item_key TEXT, order_key TEXT, store TEXT, product_key TEXT,
        product_name TEXT,
    quantity INTEGER, returned_quantity INTEGER, line_total DECIMAL(18, 4), unit_cost DECIMAL(18, 4),
    unit_cost_native DECIMAL(18, 4), is_cost_estimated BOOLEAN, {SUMMED})""",
    """CREATE TABLE marts.fact_sales_ledger (event_key TEXT, store TEXT, order_key TEXT, order_item_key TEXT,
        customer_key TEXT,
    product_key TEXT, event_at TIMESTAMP, event_date DATE, action TEXT, measure TEXT, quantity INTEGER, amount
        DECIMAL(18, 4),
    amount_native DECIMAL(18, 4), currency_code TEXT, is_estimated BOOLEAN)""",
    """CREATE TABLE marts.fact_transactions (transaction_key TEXT, store TEXT, transaction_id TEXT, order_key TEXT,
    customer_key TEXT, kind TEXT, status TEXT, payment_method TEXT, amount DECIMAL(18, 4), amount_native DECIMAL(18, 4),
    currency_code TEXT, fee DECIMAL(18, 4), processed_at TIMESTAMP, transaction_date DATE, is_counted BOOLEAN,
    matched_transaction_key TEXT)""",
    """CREATE TABLE marts.payment_reconciliation (reconciliation_key TEXT, order_key TEXT, transaction_key TEXT,
    store TEXT, event_date DATE, match_status TEXT, is_mismatch BOOLEAN, difference DECIMAL(18, 4), reason TEXT)""",
    """CREATE TABLE marts.fact_refunds (refund_key TEXT, store TEXT, refund_id TEXT, order_key TEXT, refunded_at
        TIMESTAMP,
    refund_date DATE, amount DECIMAL(18, 4), reason TEXT)""",
    """CREATE TABLE marts.fact_carts (cart_key TEXT, store TEXT, kind TEXT, cart_date DATE, has_checkout BOOLEAN,
    is_purchased BOOLEAN, is_paid BOOLEAN, is_abandoned BOOLEAN, hours_to_purchase DOUBLE, subtotal DECIMAL(18, 4),
    subtotal_native DECIMAL(18, 4))""",
    """CREATE TABLE marts.fact_reviews (review_key TEXT, store TEXT, product_key TEXT, customer_key TEXT, rating
        INTEGER,
    reviewed_at TIMESTAMP)""",
    """CREATE TABLE ops.publication (version INTEGER, environment TEXT, published_at TIMESTAMP, as_of_at TIMESTAMP,
        run_id TEXT,
    reporting_currency TEXT, definitions TEXT, is_masked BOOLEAN)""",
    """CREATE TABLE ops.pipeline_runs (run_id TEXT, environment TEXT, status TEXT, started_at TIMESTAMP, finished_at
        TIMESTAMP,
    rows_extracted BIGINT, rows_loaded BIGINT, rows_transformed BIGINT, checks_passed INTEGER, checks_failed INTEGER,
    checks_warned INTEGER, published_version INTEGER, error TEXT, as_of_at TIMESTAMP, sources_failed INTEGER)""",
    """CREATE TABLE ops.validation_results (run_id TEXT, layer TEXT, table_name TEXT, rule TEXT, expectation TEXT,
        severity TEXT,
    is_success BOOLEAN, checked_rows BIGINT, failing_rows BIGINT, examples TEXT, checked_at TIMESTAMP)""",
    """CREATE TABLE ops.freshness (store TEXT, platform TEXT, last_loaded_at TIMESTAMP, as_of_at TIMESTAMP, status TEXT,
    last_error TEXT, last_error_at TIMESTAMP)""",
    """CREATE TABLE ops.batches (batch_id TEXT, run_id TEXT, connection TEXT, kind TEXT, resource TEXT, mode TEXT,
        row_count BIGINT,
    byte_count BIGINT, checksum TEXT, cursor_from TEXT, cursor_to TEXT, started_at TIMESTAMP, extracted_at TIMESTAMP,
    loaded_at TIMESTAMP, rows_inserted BIGINT, rows_updated BIGINT, rows_unchanged BIGINT, rows_deleted BIGINT,
    rows_rejected BIGINT)""",
    """CREATE TABLE ops.schema_drift (run_id TEXT, batch_id TEXT, connection TEXT, resource TEXT, path TEXT,
        change TEXT, type_before TEXT, type_after TEXT, is_used BOOLEAN, noticed_at TIMESTAMP)""",
    """CREATE TABLE ops.restatements (run_id TEXT, environment TEXT, store TEXT, date_key DATE, order_key TEXT,
        order_number TEXT, reason TEXT, order_count BIGINT, net_sales_before DECIMAL(18, 3), net_sales_after
        DECIMAL(18, 3), total_sales_before DECIMAL(18, 3), total_sales_after DECIMAL(18, 3), net_sales_native_before
        DECIMAL(18, 3), net_sales_native_after DECIMAL(18, 3), noticed_at TIMESTAMP)""",
    """CREATE TABLE ops.webhooks (connection TEXT, topic TEXT, waiting_count BIGINT, done_count BIGINT,
        set_aside_count BIGINT, oldest_waiting_at TIMESTAMP, last_received_at TIMESTAMP, noted_at TIMESTAMP)""",
    """CREATE TABLE ops.webhooks_set_aside (connection TEXT, topic TEXT, event_id TEXT, received_at TIMESTAMP,
        tries INTEGER, error TEXT)""",
    """CREATE TABLE ops.privacy_requests (request_id TEXT, connection TEXT, kind TEXT, origin TEXT,
        requested_at TIMESTAMP, started_at TIMESTAMP, done_at TIMESTAMP, status TEXT, row_count BIGINT, places TEXT,
        error TEXT)""",
    """CREATE TABLE ops.rejects (batch_id TEXT, connection TEXT, resource TEXT, row_text TEXT, reason TEXT,
        rejected_at TIMESTAMP)""",
)


METRICS = Path(__file__).resolve().parents[2] / "sqlmesh_project" / "seeds" / "metrics.csv"


def ledger_sums(suffix: str) -> str:
    """The measures of the ledger as the positive columns of a summary."""
    return f"""
    sum(amount{suffix}) FILTER (WHERE measure = 'gross_sales') AS gross_sales{suffix},
    -coalesce(sum(amount{suffix}) FILTER (WHERE measure = 'discounts'), 0) AS discounts{suffix},
    -coalesce(sum(amount{suffix}) FILTER (WHERE measure = 'returns'), 0) AS returns{suffix},
    coalesce(sum(amount{suffix}) FILTER (WHERE action = 'order'), 0) AS order_value{suffix},
    sum(amount{suffix}) AS net_sales{suffix}, sum(amount{suffix}) AS total_sales{suffix}"""


SUMMARIES = (
    """CREATE TABLE marts.cart_abandonment AS
    SELECT cart_date, store, count(*) AS total_carts, count(*) FILTER (WHERE is_purchased) AS completed_purchases,
        count(*) FILTER (WHERE is_abandoned) AS abandoned_carts,
        count(*) FILTER (WHERE NOT is_purchased AND NOT is_abandoned) AS open_carts,
        count(*) FILTER (WHERE hours_to_purchase > 24) AS recovered_carts,
        coalesce(sum(subtotal) FILTER (WHERE is_abandoned), 0)::DECIMAL(18, 3) AS value_left_behind,
        coalesce(sum(subtotal_native) FILTER (WHERE is_abandoned), 0)::DECIMAL(18, 3) AS value_left_behind_native
    FROM marts.fact_carts GROUP BY ALL""",
    """CREATE TABLE marts.conversion_funnel AS
    SELECT cart_date, store, nullif(count(*) FILTER (WHERE kind = 'cart'), 0) AS carts,
        count(*) FILTER (WHERE has_checkout) AS checkouts, count(*) FILTER (WHERE is_purchased) AS orders,
        count(*) FILTER (WHERE is_paid) AS paid_orders
    FROM marts.fact_carts GROUP BY ALL""",
    """CREATE TABLE marts.dim_date AS SELECT day::DATE AS date_key, year(day) AS year, month(day) AS month,
    isodow(day) AS day_of_week FROM range(DATE '2020-01-01', DATE '2031-01-01', INTERVAL 1 DAY) AS days(day)""",
    """CREATE TABLE marts.dim_categories AS SELECT DISTINCT category_key, store, category_name FROM
        marts.dim_products""",
    f"""CREATE TABLE marts.daily_revenue AS
    WITH placed AS (
        SELECT order_date AS date_key, store, count(*) AS orders, count(DISTINCT customer_key) AS customers,
            count(*) FILTER (WHERE is_first_order) AS new_customers, count(*) FILTER (WHERE is_completed) AS
            completed_orders,
            sum(item_count) AS units
        FROM marts.fact_orders GROUP BY ALL
    ), booked AS (
        SELECT event_date AS date_key, store, currency_code, {ledger_sums("")}, {ledger_sums("_native")}
        FROM marts.fact_sales_ledger GROUP BY ALL
    )
    SELECT date_key, store, currency_code, coalesce(orders, 0) AS orders, coalesce(customers, 0) AS customers,
        coalesce(new_customers, 0) AS new_customers, coalesce(completed_orders, 0) AS completed_orders,
        coalesce(units, 0) AS units, booked.* EXCLUDE (date_key, store, currency_code),
        order_value / nullif(orders, 0) AS avg_order_value, completed_orders / orders AS completion_rate
    FROM booked LEFT JOIN placed USING (date_key, store)""",
    f"""CREATE TABLE marts.metrics AS
    SELECT * EXCLUDE (shopify, woocommerce, finance), shopify AS counted_as
    FROM read_csv('{METRICS}', all_varchar = true)
    """,
    """CREATE TABLE marts.monthly_sales AS SELECT date_trunc('month', date_key)::DATE AS month_date, store,
        currency_code,
    sum(orders) AS orders, sum(net_sales) AS net_sales FROM marts.daily_revenue GROUP BY ALL""",
    """UPDATE marts.dim_customers AS person SET order_count = bought.orders, first_order_date = bought.first,
        last_order_date = bought.last, lifetime_value = bought.value, customer_since = bought.first
    FROM (SELECT customer_key, count(*) AS orders, min(order_date) AS first, max(order_date) AS last, sum(net_sales)
        AS value
        FROM marts.fact_orders GROUP BY 1) AS bought WHERE bought.customer_key = person.customer_key""",
    "UPDATE marts.dim_customers SET order_count = 0 WHERE order_count IS NULL",
    """CREATE TABLE marts.customer_segmentation AS
    WITH bought AS (
        SELECT customer_key, first_order_date, last_order_date, $today - last_order_date AS recency_days,
        order_count AS frequency, lifetime_value AS monetary
        FROM marts.dim_customers WHERE order_count > 0
    ), scored AS (
        SELECT *, 6 - ntile(5) OVER (ORDER BY recency_days) AS r_score, ntile(5) OVER (ORDER BY frequency) AS f_score,
            ntile(5) OVER (ORDER BY monetary) AS m_score
        FROM bought
    )
    SELECT *,
        CASE WHEN r_score >= 4 AND f_score >= 4 THEN 'Champions' WHEN r_score >= 3 AND f_score >= 3 THEN
        'Loyal Customers'
            WHEN r_score >= 4 AND f_score = 1 THEN 'New Customers' WHEN r_score >= 3 THEN 'Potential Loyalists'
            WHEN f_score >= 4 THEN 'Cannot Lose' WHEN f_score >= 2 AND r_score = 2 THEN 'At Risk'
            ELSE 'Hibernating' END AS rfm_segment,
        CASE WHEN frequency = 1 THEN 'one-time' WHEN frequency < 5 THEN 'occasional' ELSE 'frequent' END AS
        frequency_segment
    FROM scored""",
    """UPDATE marts.dim_customers AS person SET rfm_segment = segment.rfm_segment
    FROM marts.customer_segmentation AS segment WHERE segment.customer_key = person.customer_key""",
    """CREATE TABLE marts.customer_cohorts AS
    WITH months AS (
        SELECT date_trunc('month', first_order_date)::DATE AS cohort_month, customer_key,
            datediff('month', first_order_date, order_date) AS months_since, net_sales
        FROM marts.fact_orders JOIN marts.dim_customers USING (customer_key)
    ), sizes AS (SELECT cohort_month, count(DISTINCT customer_key) AS customers FROM months GROUP BY 1)
    SELECT cohort_month, months_since, customers, count(DISTINCT customer_key) AS active_customers,
        count(DISTINCT customer_key) / customers AS retention_rate, count(*) AS orders, sum(net_sales) AS net_sales,
        CASE WHEN cohort_month < $today - 60 THEN round(sum(net_sales) / 4, 3) END::DECIMAL(18, 3) AS profit,
        0.3125::DOUBLE AS margin_rate, CASE WHEN cohort_month < $today - 60 THEN 0.8 ELSE 0 END::DOUBLE AS cost_coverage
    FROM months JOIN sizes USING (cohort_month) GROUP BY 1, 2, 3""",
    # Worth three times, a half and a quarter of what they have brought: easy to tell apart in a test.
    """CREATE TABLE marts.customer_metrics AS
    SELECT customer_key, (lifetime_value * 3)::DECIMAL(18, 3) AS clv_simple,
        (lifetime_value / 2)::DECIMAL(18, 3) AS clv_predictive, (lifetime_value / 4)::DECIMAL(18, 3) AS clv_expected,
        0.5::DOUBLE AS churn_probability
    FROM marts.dim_customers WHERE order_count > 0""",
    """CREATE TABLE marts.clv_backtest AS
    WITH known AS (SELECT count(*) AS people FROM marts.customer_metrics)
    SELECT 'current' AS fit, $today AS fitted_until, NULL::INTEGER AS holdout_days, NULL::BOOLEAN AS is_full_horizon,
        people::INTEGER AS customers, NULL::DECIMAL(18, 3) AS predicted_sales, NULL::DECIMAL(18, 3) AS actual_sales,
        NULL::DOUBLE AS sales_error_pct, NULL::DOUBLE AS naive_sales_error_pct,
        CASE WHEN people = 0 THEN 'no customer has bought yet' END AS reason
    FROM known
    UNION ALL
    SELECT 'holdout', $today - 365, 365, TRUE, 80, 1125, 1000, 12.5, -40, NULL FROM known""",
    """CREATE TABLE marts.discount_effectiveness AS
    SELECT date_trunc('month', order_date)::DATE AS month_date, store, discount_band AS discount_code, count(*) AS
        orders,
        sum(discounts) AS discounts, sum(gross_sales) AS gross_sales, sum(net_sales) AS net_sales,
        avg(placed.net_sales) AS avg_order_value, count(*) FILTER (WHERE is_first_order) AS new_customers
    FROM marts.fact_orders AS placed GROUP BY 1, 2, 3""",
    """CREATE TABLE marts.operational_metrics AS
    SELECT order_date AS date_key, store, count(*) AS orders, avg(item_count) AS items_per_order,
        count(*) FILTER (WHERE is_completed) / count(*) AS completion_rate,
        count(*) FILTER (WHERE is_cancelled) / count(*) AS cancellation_rate,
        count(*) FILTER (WHERE returns > 0) / count(*) AS refund_rate, NULL::DOUBLE AS median_hours_to_fulfil
    FROM marts.fact_orders GROUP BY ALL""",
    """CREATE TABLE marts.product_performance AS
    WITH sold AS (
        SELECT product_key, sum(quantity) FILTER (WHERE action = 'order') AS units_sold,
            sum(amount) FILTER (WHERE measure = 'gross_sales') AS gross_sales, sum(amount) AS net_sales,
            sum(quantity) FILTER (WHERE action = 'order' AND event_date > $today - 30) AS recent_units
        FROM marts.fact_sales_ledger GROUP BY 1
    )
    SELECT product_key, dim_products.store, units_sold, recent_units, stock_quantity, gross_sales, net_sales,
        0::DECIMAL(18, 4) AS costed_sales, NULL::DECIMAL(18, 4) AS profit, 0.0 AS cost_coverage,
        rank() OVER (PARTITION BY store ORDER BY net_sales DESC) AS revenue_rank,
        rank() OVER (PARTITION BY store ORDER BY units_sold DESC) AS units_rank,
        CASE WHEN units_rank <= 4 THEN 'bestseller' WHEN units_rank <= 10 THEN 'popular' ELSE 'regular' END AS
        sales_category,
        CASE WHEN stock_quantity = 0 THEN 'Out of Stock' WHEN stock_quantity < 5 THEN 'Critical'
            WHEN stock_quantity < 20 THEN 'Low' WHEN stock_quantity < 300 THEN 'Normal' ELSE 'Overstock' END AS
            stock_level,
        30 AS selling_days,
        round(stock_quantity * 30 / nullif(recent_units, 0), 1) AS days_of_cover, rating AS avg_rating, rating_count,
        least(10, 2 + coalesce(rating, 0)) AS health_score
    FROM marts.dim_products LEFT JOIN sold USING (product_key)""",
)

COMMENTS = {
    "daily_revenue.net_sales": "Gross sales less discounts less returns, each on the day it happened.",
    "daily_revenue.orders": "Orders placed that day; test orders left out.",
    "daily_revenue.avg_order_value": "Order value of the day divided by its orders.",
    "daily_revenue.gross_sales": "Goods sold at their price before any discount, reporting currency.",
    "daily_revenue.discounts": "Discounts given, a positive number.",
    "daily_revenue.returns": "Goods taken back, on the day of the return, a positive number.",
    "fact_orders.customer_key": "Who ordered; empty for a guest.",
    "customer_segmentation.rfm_segment": "Segment by recency, frequency and amount.",
    "dim_customers.lifetime_value": "Net sales of all orders of the customer, reporting currency.",
    "customer_metrics.clv_expected": "Estimate of the net sales of the next year.",
    "product_performance.stock_level": "How the stock compares with what sells.",
}
