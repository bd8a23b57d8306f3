"""What the marts promise of customers: each is one person, counted once, and what is expected of them was tried out."""

from expectations.rules import Table, flat

CUSTOMERS = Table("dim_customers", ("customer_key",))
ACCOUNTS = Table("dim_customer_accounts", ("account_key",))
VERSIONS = Table("dim_customers_history", ("customer_key", "valid_from"))
SEGMENTS = Table("customer_segmentation", ("customer_key",))
VALUES = Table("customer_metrics", ("customer_key",))
BACKTEST = Table("clv_backtest", ("fit",))
CALIBRATION = Table("clv_calibration", ("tenth",))
COHORTS = Table("customer_cohorts", ("cohort_month", "months_since"))

PEOPLE = flat(
    CUSTOMERS.identified(),
    CUSTOMERS.no_rows(
        "Each customer's order_count and lifetime_value are the number and net_sales of their orders.",
        """
        SELECT customer_key FROM (SELECT customer_key, order_count, lifetime_value FROM {batch}) AS customers
        FULL JOIN (
            SELECT customer_key, count(*) AS placed, sum(net_sales) AS spent FROM fact_orders
            WHERE is_sale AND customer_key IS NOT NULL GROUP BY customer_key
        ) AS orders USING (customer_key)
        WHERE coalesce(order_count, 0) <> coalesce(placed, 0)
            OR (placed IS NULL AND lifetime_value <> 0) OR lifetime_value <> spent
        """,
    ),
    CUSTOMERS.no_rows(
        "Each customer's account_count is the number of their accounts, and every account is somebody's.",
        """
        SELECT customer_key FROM (SELECT customer_key, account_count FROM {batch}) AS customers
        FULL JOIN (
            SELECT customer_key, count(*) AS found FROM dim_customer_accounts GROUP BY customer_key
        ) AS accounts USING (customer_key)
        WHERE account_count IS DISTINCT FROM found
        """,
    ),
    ACCOUNTS.identified(),
    ACCOUNTS.present("customer_key", "store"),
    VERSIONS.identified(),
    VERSIONS.never("A version ends after it began.", "valid_to < valid_from"),
    VERSIONS.no_rows(
        "Each customer has one current version, and nobody else has one.",
        """
        SELECT customer_key, valid_from FROM (
            SELECT customer_key, min(valid_from) AS valid_from, count(*) AS found FROM {batch}
            WHERE is_current GROUP BY customer_key
        ) AS versions
        FULL JOIN (SELECT customer_key FROM dim_customers) AS customers USING (customer_key)
        WHERE found IS DISTINCT FROM 1
            OR customer_key NOT IN (SELECT customer_key FROM dim_customers)
        """,
    ),
    SEGMENTS.identified(),
    SEGMENTS.points_to("dim_customers", "customer_key"),
    VALUES.identified(),
    VALUES.points_to("customer_segmentation", "customer_key"),
    VALUES.between("p_alive", 0, 1),
    VALUES.between("churn_probability", 0, 1),
    VALUES.not_negative("clv_expected", "expected_purchases"),
    BACKTEST.identified(),
    BACKTEST.never(
        "The models of what customers will buy could be fitted and compared with what they bought.",
        "reason IS NOT NULL AND customers >= 1000",
        severity="warning",
    ),
    BACKTEST.never(
        "What customers were expected to buy was within half of what they bought.",
        "abs(sales_error_pct) > 50",
        severity="warning",
    ),
    CALIBRATION.identified(),
    CALIBRATION.no_rows(
        "The tenths of the back-test are everybody it predicted for.",
        """
        SELECT fit FROM (SELECT sum(customers) AS people FROM {batch}) CROSS JOIN clv_backtest
        WHERE fit = 'holdout' AND predicted_purchases IS NOT NULL AND people IS DISTINCT FROM customers
        """,
    ),
    COHORTS.identified(),
    COHORTS.between("retention_rate", 0, 1),
)
