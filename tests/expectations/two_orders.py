"""A shop of two orders, worked out by hand, in every layer; and the rules it breaks once it is damaged.

The shop: on 1 November an order of 2 × 10.00 less 2.00 and 1 × 5.00; on the 2nd one of 1 × 7.50; on the 3rd the first
order's customer gets 9.00 back for the first line.
"""

import duckdb

from expectations.rules import Rule
from expectations.run import Desk, Inspection

RAW = """
    INSERT INTO ops.batches SELECT
        'b1', 'r', 'practice', 'dummyjson', 'carts', 'full', 2, 9, 'x', NULL, NULL,
        TIMESTAMP '2026-11-20', TIMESTAMP '2026-11-20', TIMESTAMP '2026-11-20', 2, 0, 0, 0, 0;
    INSERT INTO raw.dummyjson__carts SELECT
        'practice', id, NULL, '{"id": 1}', id, 'b1', TIMESTAMP '2026-11-20', TIMESTAMP '2026-11-20', false
    FROM (VALUES ('1'), ('2')) AS t(id);
"""

STAGING = """
    CREATE SCHEMA staging;
    CREATE TABLE staging.stg_dummyjson__carts AS SELECT * FROM (VALUES
        ('practice', '1', 'u1', 23.00, [{'id': 'p1', 'quantity': 2}, {'id': 'p2', 'quantity': 1}], false),
        ('practice', '2', 'u2', 7.50, [{'id': 'p2', 'quantity': 1}], false)
    ) AS t(store, cart_id, user_id, order_total_native, lines, is_deleted);
    CREATE TABLE staging.stg_dummyjson__products AS SELECT * FROM (VALUES
        ('practice', 'p1', 10.00, 4, 4.5), ('practice', 'p2', 7.50, 0, NULL)
    ) AS t(store, product_id, unit_price_native, stock_quantity, rating);
    CREATE TABLE staging.stg_dummyjson__users AS SELECT * FROM (VALUES
        ('practice', 'u1', 34, 'female'), ('practice', 'u2', NULL, NULL)
    ) AS t(store, user_id, age, gender);
    CREATE TABLE staging.stg_stripe__payment_intents AS SELECT
        'payments' AS connection, 'pi_1' AS payment_intent_id, TIMESTAMP '2026-11-01 15:00' AS created_at,
        23.00 AS amount_native, 'succeeded' AS status;
    CREATE TABLE staging.stg_stripe__charges AS SELECT
        'payments' AS connection, 'ch_1' AS charge_id, 'pi_1' AS payment_intent_id,
        TIMESTAMP '2026-11-01 15:00' AS created_at, 23.00 AS amount_native, 'succeeded' AS status;
    CREATE TABLE staging.stg_stripe__refunds AS SELECT
        'payments' AS connection, 're_1' AS refund_id, 'pi_1' AS payment_intent_id,
        TIMESTAMP '2026-11-03 15:00' AS created_at, 9.00 AS amount_native, 'succeeded' AS status;
    CREATE TABLE staging.stg_stripe__disputes AS SELECT
        'payments' AS connection, 'dp_1' AS dispute_id, TIMESTAMP '2026-11-05' AS created_at,
        1.00 AS amount_native, 'lost' AS status;
    CREATE TABLE staging.stg_stripe__balance_transactions AS SELECT
        'payments' AS connection, 'txn_1' AS balance_transaction_id, TIMESTAMP '2026-11-01 15:00' AS created_at,
        'available' AS status;
    CREATE TABLE staging.stg_woocommerce__orders AS SELECT * FROM (VALUES
        ('woo', '1', 'completed', TIMESTAMP '2026-11-01 15:00', 50.74, 4.90, 7.78,
            [{'total': '26.05'}, {'total': '10.00'}], [{'total': '2.00'}], false)
    ) AS t(store, order_id, status, created_at, order_total_native, shipping_native, tax_native, lines, fees,
        is_deleted);
    CREATE TABLE staging.stg_woocommerce__refunds AS SELECT
        'woo' AS store, '9' AS refund_id, '1' AS order_id, TIMESTAMP '2026-11-03 15:00' AS created_at,
        50.74 AS amount_native, false AS is_deleted;
    CREATE TABLE staging.stg_woocommerce__products AS SELECT
        'woo' AS store, '4' AS product_id, 20.00 AS unit_price_native, 4.5 AS rating;
    CREATE TABLE staging.stg_woocommerce__product_variations AS SELECT
        'woo' AS store, '42' AS variant_id, '4' AS product_id;
    CREATE TABLE staging.stg_woocommerce__reviews AS SELECT
        'woo' AS store, '8' AS review_id, '4' AS product_id, 5.00 AS rating, 'approved' AS status;
    CREATE TABLE staging.stg_woocommerce__categories AS SELECT 'woo' AS store, '3' AS category_id;
    CREATE TABLE staging.stg_woocommerce__customers AS SELECT 'woo' AS store, '7' AS customer_id;
    CREATE TABLE staging.stg_commercetools__orders AS SELECT
        'shop-jp' AS store, 'o1' AS order_id, TIMESTAMP '2026-11-01 15:00' AS created_at, 1100 AS total_units,
        0 AS digits, 'Open' AS order_state, [{'quantity': 1, 'productId': 'p1'}] AS lines, false AS is_deleted;
    CREATE TABLE staging.stg_commercetools__payments AS SELECT
        'shop-jp' AS store, 'p1' AS payment_id, 1100 AS planned_units,
        [{'type': 'Charge', 'state': 'Success'}] AS transactions;
    CREATE TABLE staging.stg_commercetools__customers AS SELECT 'shop-jp' AS store, 'c1' AS customer_id;
    CREATE TABLE staging.stg_commercetools__products AS SELECT
        'shop-jp' AS store, 'p1' AS product_id, 'pk1' AS product_key, 4.5 AS rating;
    CREATE TABLE staging.stg_commercetools__product_variants AS SELECT
        'shop-jp' AS store, 'p1/1' AS variant_id, 'pk1' AS product_key;
    CREATE TABLE staging.stg_commercetools__reviews AS SELECT
        'shop-jp' AS store, 'r1' AS review_id, 'p1' AS product_id, 5.00 AS rating;
    CREATE TABLE staging.stg_commercetools__categories AS SELECT 'shop-jp' AS store, 'k1' AS category_id;
    CREATE TABLE staging.stg_commercetools__inventory AS SELECT 'shop-jp' AS store, 'i1' AS inventory_id;
    CREATE TABLE staging.stg_fx__rates AS SELECT
        'EUR' AS base_currency, 'JPY' AS currency_code, DATE '2026-11-02' AS rate_date, 160.5 AS rate;
    CREATE TABLE staging.stg_tables__orders AS SELECT
        'legacy' AS store, '1' AS order_id, 'c1' AS customer_id, TIMESTAMP '2026-11-01 15:00' AS ordered_at,
        'completed' AS status, 5.00 AS shipping_native, 0.00 AS tax_native, 23.00 AS order_total_native,
        false AS is_deleted;
    CREATE TABLE staging.stg_tables__order_items AS SELECT
        'legacy' AS store, '11' AS order_item_id, '1' AS order_id, 'p1' AS product_id, 2 AS quantity,
        20.00 AS gross_sales_native, 2.00 AS discounts_native, false AS is_deleted;
    CREATE TABLE staging.stg_tables__customers AS SELECT 'legacy' AS store, 'c1' AS customer_id;
    CREATE TABLE staging.stg_tables__products AS SELECT
        'legacy' AS store, 'p1' AS product_id, 10.00 AS unit_price_native, 4.00 AS unit_cost_native;
    CREATE TABLE staging.stg_tables__product_categories AS SELECT 'legacy' AS store, '3' AS category_id;
    CREATE TABLE staging.stg_tables__reviews AS SELECT 'legacy' AS store, '8' AS review_id;
"""

SHOPIFY = """
    CREATE TABLE staging.stg_shopify__orders AS SELECT * FROM (VALUES
        ('us', '1', '7', TIMESTAMP '2026-11-01 15:00', 'PAID', 102.60, 102.60,
            [{'agreement_type': 'OrderAgreement', 'line_type': 'PRODUCT', 'total': 91.80},
             {'agreement_type': 'OrderAgreement', 'line_type': 'SHIPPING', 'total': 10.80},
             {'agreement_type': 'RefundAgreement', 'line_type': 'SHIPPING', 'total': -10.80}], false)
    ) AS t(store, order_id, customer_id, ordered_at, financial_status, total_price_native, original_total_native,
        sales, is_deleted);
    CREATE TABLE staging.stg_shopify__products AS SELECT 'us' AS store, 'p1' AS product_id, 'ACTIVE' AS status;
    CREATE TABLE staging.stg_shopify__product_variants AS SELECT
        'us' AS store, 'v1' AS variant_id, 'p1' AS product_id, 50.00 AS unit_price_native, 20.00 AS unit_cost_native;
    CREATE TABLE staging.stg_shopify__customers AS SELECT 'us' AS store, '7' AS customer_id;
"""

PAYLOAD = """
    CREATE TABLE staging.stg_payload__orders AS SELECT * FROM (VALUES
        ('studio', '1', 'u1', 5000, 'GBP', 'completed', false), ('studio', '2', NULL, NULL, NULL, NULL, false)
    ) AS t(store, order_id, customer_id, amount_units, currency_code, status, is_deleted);
    CREATE TABLE staging.stg_payload__order_lines AS
        SELECT 'l1' AS order_item_key, 'studio' AS store, 'p1' AS product_id, 2 AS quantity;
    CREATE TABLE staging.stg_payload__transactions AS SELECT
        'studio' AS store, 't1' AS transaction_id, TIMESTAMP '2026-11-01 15:00' AS created_at, 5000 AS amount_units,
        'succeeded' AS status;
    CREATE TABLE staging.stg_payload__carts AS SELECT
        'studio' AS store, '1' AS cart_id, TIMESTAMP '2026-11-01 14:00' AS created_at, 2 AS item_count,
        5000 AS subtotal_units;
    CREATE TABLE staging.stg_commercetools__carts AS SELECT
        'jp' AS store, 'a' AS cart_id, TIMESTAMP '2026-11-01 14:00' AS created_at, 2 AS item_count, 5000 AS goods_units,
        'Active' AS cart_state;
    CREATE TABLE staging.stg_shopify__abandoned_checkouts AS SELECT
        'us' AS store, '1' AS checkout_id, TIMESTAMP '2026-11-01 14:00' AS created_at, 2 AS item_count,
        50.00 AS subtotal_native;
    CREATE TABLE staging.stg_payload__products AS SELECT 'studio' AS store, 'p1' AS product_id;
    CREATE TABLE staging.stg_payload__variants AS SELECT 'studio' AS store, 'v1' AS variant_id, 'p1' AS product_id;
    CREATE TABLE staging.stg_payload__prices AS SELECT
        'studio' AS store, 'variant' AS sellable, 'v1' AS sellable_id, 'GBP' AS currency_code, 2500 AS price_units;
    CREATE TABLE staging.stg_payload__users AS SELECT 'studio' AS store, 'u1' AS user_id;
    CREATE TABLE staging.stg_payload__addresses AS SELECT 'studio' AS store, 'a1' AS address_id;
    CREATE TABLE staging.stg_payload__categories AS SELECT 'studio' AS store, 'c1' AS category_id;
"""

MONEY = "gross_sales, discounts, returns, net_sales, total_sales"
NATIVE = ", ".join(f"{name} AS {name}_native" for name in MONEY.split(", "))
MARTS = f"""
    CREATE SCHEMA marts;
    CREATE TABLE marts.dim_customers AS SELECT *, 1 AS account_count FROM (VALUES
        ('c1', 1, 14.00), ('c2', 1, 7.50), ('c3', 0, 0.00)
    ) AS t(customer_key, order_count, lifetime_value);
    CREATE TABLE marts.dim_customer_accounts AS
        SELECT 'a' || customer_key AS account_key, customer_key, 'practice' AS store FROM marts.dim_customers;
    CREATE TABLE marts.dim_customers_history AS SELECT *, valid_to IS NULL AS is_current FROM (VALUES
        ('c1', TIMESTAMP '2026-11-01', TIMESTAMP '2026-11-02'), ('c1', TIMESTAMP '2026-11-02', NULL),
        ('c2', TIMESTAMP '2026-11-01', NULL), ('c3', TIMESTAMP '2026-11-01', NULL)
    ) AS t(customer_key, valid_from, valid_to);
    CREATE TABLE marts.customer_segmentation AS SELECT unnest(['c1', 'c2']) AS customer_key;
    CREATE TABLE marts.customer_metrics AS SELECT * FROM (VALUES
        ('c1', 20.00, 1.5, 0.9, 0.3), ('c2', NULL, 0.5, 1.0, 0.6)
    ) AS t(customer_key, clv_expected, expected_purchases, p_alive, churn_probability);
    CREATE TABLE marts.clv_backtest AS SELECT * FROM (VALUES
        ('current', 2, NULL, NULL, 'too few'), ('holdout', 2, 3.0, -12.5, NULL)
    ) AS t(fit, customers, predicted_purchases, sales_error_pct, reason);
    CREATE TABLE marts.clv_calibration AS SELECT * FROM (VALUES (1, 1), (2, 1)) AS t(tenth, customers);
    CREATE TABLE marts.customer_cohorts AS SELECT
        DATE '2026-11-01' AS cohort_month, 0 AS months_since, 1.0 AS retention_rate;
    CREATE TABLE marts.dim_categories AS SELECT * FROM (VALUES ('k1', 'practice', NULL), ('k2', 'practice', 'k1'))
        AS t(category_key, store, parent_category_key);
    CREATE TABLE marts.category_performance AS SELECT * FROM (VALUES
        ('k1', 'practice', 9.00, 2), ('k2', 'practice', 9.00, 2)
    ) AS t(category_key, store, net_sales, units_sold);
    CREATE TABLE marts.dim_products AS SELECT * FROM (VALUES
        ('p1', 'practice', 'k2', 9, false), ('p2', 'practice', NULL, NULL, false)
    ) AS t(product_key, store, category_key, stock_quantity, is_deleted);
    CREATE TABLE marts.dim_variants AS
        SELECT *, 'practice' AS store, 7.50 AS unit_price_native, 2.00 AS unit_cost_native FROM (VALUES
        ('w1', 'p1', 4, false, false), ('w2', 'p1', 5, false, false), ('w3', 'p1', 7, false, true),
        ('w4', 'p2', NULL, false, false)
    ) AS t(variant_key, product_key, stock_quantity, is_stock_shared, is_deleted);
    CREATE TABLE marts.fact_inventory_daily AS SELECT
        'w1' AS variant_key, 'practice' AS store, DATE '2026-11-03' AS inventory_date, 4 AS stock_quantity;
    -- A2 cost 2.00 and left 3.00 of 5.00; what B1 cost is not known, so 5.00 of 12.50 are.
    CREATE TABLE marts.product_performance AS SELECT * FROM (VALUES
        ('p1', 20.00, 2.00, 9.00, 9.00, 2, 0.00, NULL, 0.0, 'bestseller', 'Best Seller', 9, 'Normal', 2, 135.0,
            5.0, 1, 9.0),
        ('p2', 12.50, 0.00, 0.00, 12.50, 2, 5.00, 3.00, 0.4, 'regular', 'Poor', NULL, NULL, 0, NULL, NULL, 0, 1.0)
    ) AS t(product_key, gross_sales, discounts, returns, net_sales, units_sold, costed_sales, profit, cost_coverage,
        sales_category, sales_performance, stock_quantity, stock_level, recent_units, days_of_cover, avg_rating,
        rating_count, health_score);
    CREATE TABLE marts.fact_reviews AS SELECT
        'v1' AS review_key, 'p1' AS product_key, 'c1' AS customer_key, 5.00 AS rating;
    CREATE TABLE marts.discount_effectiveness AS SELECT
        DATE '2026-11-01' AS month_date, 'practice' AS store, '5–10 %' AS discount_code;
    CREATE TABLE marts.dim_stores AS SELECT unnest(['practice', 'payments']) AS store;
    CREATE TABLE marts.dim_date AS
        SELECT day::DATE AS date_key FROM range(DATE '2026-11-01', DATE '2026-12-01', INTERVAL 1 DAY) t(day);
    CREATE TABLE marts.fact_orders AS SELECT *, {NATIVE}, 0.00 AS rounding_native,
        'a' || customer_key AS account_key FROM (VALUES
        ('A', 'practice', '1', 'c1', TIMESTAMP '2026-11-01 15:00', DATE '2026-11-01', 'partially_refunded', true,
         'USD', 3, 25.00, 2.00, 9.00, 14.00, 14.00),
        ('B', 'practice', '2', 'c2', TIMESTAMP '2026-11-02 15:00', DATE '2026-11-02', 'completed', true,
         'USD', 1, 7.50, 0.00, 0.00, 7.50, 7.50)
    ) AS t(order_key, store, order_id, customer_key, ordered_at, order_date, order_status, is_sale, currency_code,
           item_count, {MONEY});
    CREATE TABLE marts.fact_order_items AS SELECT * FROM (VALUES
        ('A1', 'A', 'p1', 'w1', 2, 1, 20.00, 2.00, 18.00, 9.00, NULL, NULL),
        ('A2', 'A', 'p2', 'w4', 1, 0, 5.00, 0.00, 5.00, 5.00, 2.00, true),
        ('B1', 'B', 'p2', NULL, 1, 0, 7.50, 0.00, 7.50, 7.50, NULL, NULL)
    ) AS t(order_item_key, order_key, product_key, variant_key, quantity, returned_quantity, gross_sales_native,
        discounts_native, line_total_native, net_sales, unit_cost, is_cost_estimated);
    ALTER TABLE marts.fact_order_items ADD COLUMN unit_cost_native DECIMAL(18, 3);
    UPDATE marts.fact_order_items SET unit_cost_native = unit_cost;
    CREATE TABLE marts.fact_sales_ledger AS
    SELECT * REPLACE (amount_native::DECIMAL(18, 3) AS amount_native), amount_native AS amount, false AS is_estimated,
        'USD' AS currency_code FROM (VALUES
        ('e1', 'practice', 'A', 'A1', 'c1', 'p1', DATE '2026-11-01', 'order', 'gross_sales', 20.00),
        ('e2', 'practice', 'A', 'A1', 'c1', 'p1', DATE '2026-11-01', 'order', 'discounts', -2.00),
        ('e3', 'practice', 'A', 'A2', 'c1', 'p2', DATE '2026-11-01', 'order', 'gross_sales', 5.00),
        ('e4', 'practice', 'B', 'B1', 'c2', 'p2', DATE '2026-11-02', 'order', 'gross_sales', 7.50),
        ('e5', 'practice', 'A', 'A1', 'c1', 'p1', DATE '2026-11-03', 'return', 'returns', -9.00)
    ) AS t(event_key, store, order_key, order_item_key, customer_key, product_key, event_date, action, measure,
           amount_native);
    CREATE TABLE marts.fact_refunds AS SELECT 'R' AS refund_key, 'A' AS order_key, 9.00 AS amount_native;
    CREATE TABLE marts.fact_transactions AS SELECT * FROM (VALUES
        ('T', 'practice', 'A', 'payment', 14.00, 14.00, true, NULL),
        ('U', 'payments', NULL, 'payment', 3.00, 3.00, true, NULL),
        ('V', 'practice', 'A', 'payment', 14.00, 0.00, false, 'T')
    ) AS t(transaction_key, store, order_key, kind, amount_native, cash_native, is_counted, matched_transaction_key);
    CREATE TABLE marts.payment_reconciliation AS SELECT * FROM (VALUES
        ('A', 'A', NULL, 'practice', 'matched', 14.00, 14.00, 0.00, 0.00, 0.00, 'It came.'),
        ('B', 'B', NULL, 'practice', 'unpaid', 7.50, 0.00, 0.00, 0.00, -7.50, 'Nothing came.'),
        ('P', NULL, 'U', 'payments', 'payment_without_order', NULL, 3.00, 0.00, 0.00, 3.00, 'Whose?')
    ) AS t(reconciliation_key, order_key, transaction_key, store, match_status, asked_native, received_native,
           given_back_native, disputed_native, difference_native, reason);
    CREATE TABLE marts.daily_revenue AS SELECT *, {NATIVE}, 0 AS events_without_rate FROM (VALUES
        ('practice', DATE '2026-11-01', 1, 1.0, 25.00, 2.00, 0.00, 23.00, 23.00),
        ('practice', DATE '2026-11-02', 1, 1.0, 7.50, 0.00, 0.00, 7.50, 7.50),
        ('practice', DATE '2026-11-03', 0, NULL, 0.00, 0.00, 9.00, -9.00, -9.00),
        ('practice', DATE '2026-11-04', 0, NULL, 0.00, 0.00, 0.00, 0.00, 0.00)
    ) AS t(store, date_key, orders, completion_rate, {MONEY});
    CREATE TABLE marts.monthly_sales AS SELECT *, {NATIVE} FROM (VALUES
        ('practice', DATE '2026-11-01', 32.50, 2.00, 9.00, 21.50, 21.50)
    ) AS t(store, month_date, {MONEY});
    CREATE TABLE marts.fact_carts AS SELECT *, false AS is_paid, 'USD' AS currency_code, 'c1' AS customer_key
    FROM (VALUES
        ('K1', 'practice', 'A', TIMESTAMP '2026-11-01 14:00', DATE '2026-11-01', TIMESTAMP '2026-11-01 15:00', true,
         false, 3, 25.00, 1.0),
        ('K2', 'practice', 'B', TIMESTAMP '2026-11-02 15:00:30', DATE '2026-11-02', TIMESTAMP '2026-11-02 15:00', true,
         false, 1, 7.50, 0.0),
        ('K3', 'practice', NULL, TIMESTAMP '2026-11-02 16:00', DATE '2026-11-02', NULL, false, true, 1, 7.50, NULL)
    ) AS t(cart_key, store, order_key, created_at, cart_date, purchased_at, is_purchased, is_abandoned, item_count,
           subtotal_native, hours_to_purchase);
    CREATE TABLE marts.cart_abandonment AS SELECT * FROM (VALUES
        ('practice', DATE '2026-11-01', 1, 1, 0, 0, 0.0), ('practice', DATE '2026-11-02', 2, 1, 1, 0, 0.5)
    ) AS t(store, cart_date, total_carts, completed_purchases, abandoned_carts, open_carts, abandonment_rate);
    CREATE TABLE marts.conversion_funnel AS SELECT * FROM (VALUES
        ('practice', DATE '2026-11-01', 1, 1, 1, 1), ('practice', DATE '2026-11-02', NULL, 2, 1, 0)
    ) AS t(store, cart_date, carts, checkouts, orders, paid_orders);
    CREATE TABLE marts.operational_metrics AS SELECT 'practice' AS store, DATE '2026-11-01' AS date_key;
"""


Broken = set[tuple[str, str, str]]


def found_by_great_expectations(con: duckdb.DuckDBPyConnection, layer: str, rules: tuple[Rule, ...]) -> Broken:
    """Severity, table and words of the rules that do not hold."""
    results = Inspection("run-1").check(con, layer, rules, [layer])
    return {(result.severity, result.table_name, result.rule) for result in results if not result.is_success}


def broken(con: duckdb.DuckDBPyConnection, layer: str, rules: tuple[Rule, ...]) -> Broken:
    """The same by each rule's own query of the rows that break it: a hundred times as fast."""
    with Desk(con, [layer]) as desk:
        return {
            (rule.severity, rule.table, rule.words)
            for rule in rules
            if desk.failing_keys(rule.breaking.format(batch=f'"{rule.table}"'))
        }
