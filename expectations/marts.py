"""What the marts promise: the star holds together, and every way to add up a number comes to the same.

Amounts in the reporting currency are unknown (NULL) where a rate is; a comparison with the unknown breaks no rule.
"""

from countinghouse.currencies import minor_unit_sql
from expectations.carts import CARTS
from expectations.money import MONEY
from expectations.people import PEOPLE
from expectations.rules import Rule, Severity, Table, flat

# A table may lose rows: a cart is deleted, a customer merged. Losing this share at once is more likely a fault.
SHRUNK_SEVERELY = 0.20
SHRUNK_NOTABLY = 0.05
# More than this share of what orders come to, unexplained by their parts, is no rounding.
UNEXPLAINED_SEVERELY = 0.01
# Below this many rows a share says nothing.
FEWEST_ROWS = 50

ORDER_STATUSES = ("pending", "processing", "completed", "cancelled", "refunded", "partially_refunded", "failed")
ACTIONS = ("order", "edit", "return", "cancel")
MEASURES = (
    "gross_sales",
    "discounts",
    "returns",
    "shipping",
    "taxes",
    "duties",
    "fees",
    "tips",
    "gift_cards",
    "rounding",
)
SALES_CATEGORIES = ("bestseller", "popular", "regular")
SALES_CLASSES = ("Best Seller", "Good", "Moderate", "Poor")
STOCK_LEVELS = ("Out of Stock", "Critical", "Low", "Normal", "Overstock")

ORDERS = Table("fact_orders", ("order_key",))
ITEMS = Table("fact_order_items", ("order_item_key",))
LEDGER = Table("fact_sales_ledger", ("event_key",))
DAYS = Table("daily_revenue", ("store", "date_key"))
MONTHS = Table("monthly_sales", ("store", "month_date"))
OPERATIONS = Table("operational_metrics", ("store", "date_key"))
DISCOUNTS = Table("discount_effectiveness", ("month_date", "store", "discount_code"))
PRODUCTS = Table("dim_products", ("product_key",))
PERFORMANCE = Table("product_performance", ("product_key",))
REVIEWS = Table("fact_reviews", ("review_key",))
CATEGORIES = Table("dim_categories", ("category_key",))
CATEGORY_SALES = Table("category_performance", ("category_key",))
VARIANTS = Table("dim_variants", ("variant_key",))
INVENTORY = Table("fact_inventory_daily", ("variant_key", "inventory_date"))
STORES = Table("dim_stores", ("store",))
DATES = Table("dim_date", ("date_key",))


def adds_up(table: Table) -> list[Rule]:
    """The formula every revenue number follows, in both currencies."""
    return [
        table.never(
            f"gross_sales − discounts − returns = net_sales, {currency}.",
            f"gross_sales{end} - discounts{end} - returns{end} <> net_sales{end}",
        )
        for end, currency in (("", "in the reporting currency"), ("_native", "in the store's currency"))
    ]


def matches_ledger(table: Table, ledger_date: str, own_date: str) -> list[Rule]:
    """A summary by time comes to the ledger's sums, measure by measure and period by period."""
    key = f"store, {ledger_date} AS {own_date}"
    measures = ("gross_sales", "discounts", "returns", "total_sales")
    sums = ", ".join(f"sum({measure}_native) AS {measure}" for measure in measures)
    events = ", ".join(
        [
            *(
                f"coalesce({sign}sum(amount_native) FILTER (measure = '{measure}'), 0) AS {measure}"
                for sign, measure in (("", "gross_sales"), ("-", "discounts"), ("-", "returns"))
            ),
            "sum(amount_native) FILTER (measure <> 'gift_cards') AS total_sales",
        ]
    )
    differs = " OR ".join(f"coalesce(own.{measure}, 0) <> coalesce(events.{measure}, 0)" for measure in measures)
    return [
        table.no_rows(
            "gross_sales, discounts, returns and total_sales are the ledger's sums, in the store's currency.",
            f"""
            SELECT store, {own_date} FROM (SELECT store, {own_date}, {sums} FROM {{batch}} GROUP BY ALL) AS own
            FULL JOIN (SELECT {key}, {events} FROM fact_sales_ledger GROUP BY ALL) AS events USING (store, {own_date})
            WHERE {differs}
            """,
        )
    ]


RULES = flat(
    ORDERS.identified(),
    ORDERS.present("store", "order_id", "ordered_at", "order_date", "currency_code"),
    ORDERS.one_of("order_status", ORDER_STATUSES),
    ORDERS.not_negative("gross_sales_native", "discounts_native", "returns_native", "item_count"),
    adds_up(ORDERS),
    ORDERS.points_to("dim_customers", "customer_key"),
    ORDERS.points_to("dim_customer_accounts", "account_key"),
    ORDERS.no_rows(
        "Each order's person is the person of its account.",
        """
        SELECT order_key FROM (SELECT order_key, account_key, customer_key FROM {batch}) AS orders
        JOIN (SELECT account_key, customer_key AS person FROM dim_customer_accounts) AS accounts USING (account_key)
        WHERE customer_key IS DISTINCT FROM person
        """,
    ),
    ORDERS.points_to("dim_stores", "store"),
    ORDERS.no_rows(
        "Each order's total_sales is the sum of its events in the ledger, in the store's currency.",
        """
        SELECT order_key FROM (SELECT order_key, total_sales_native, is_sale FROM {batch}) AS orders
        FULL JOIN (
            SELECT order_key, sum(amount_native) AS amount FROM fact_sales_ledger
            WHERE measure <> 'gift_cards' GROUP BY order_key
        ) AS events USING (order_key)
        WHERE coalesce(total_sales_native, 0) <> coalesce(amount, 0)
        """,
    ),
    ORDERS.no_rows(
        "An order that is no sale has no events in the ledger.",
        "SELECT order_key FROM {batch} WHERE NOT is_sale AND order_key IN (SELECT order_key FROM fact_sales_ledger)",
    ),
    # Half a smallest unit is lost where the total is rounded, and half of one more where each line is.
    ORDERS.no_rows(
        "Each order's parts explain its total but for one smallest unit of its currency, and half of one more for each "
        "line beyond the first.",
        f"""
        SELECT order_key FROM (
            SELECT order_key, any_value({minor_unit_sql("currency_code")}) AS unit, sum(amount_native) AS amount
            FROM fact_sales_ledger WHERE action = 'order' AND measure = 'rounding' AND NOT is_estimated
            GROUP BY order_key
        ) AS rounded
        JOIN (SELECT order_key FROM {{batch}}) AS orders USING (order_key)
        LEFT JOIN (SELECT order_key, count(*) AS lines FROM fact_order_items GROUP BY order_key) AS items
        USING (order_key)
        WHERE 2 * abs(amount) > unit * (1 + greatest(coalesce(lines, 0), 1))
        """,
        severity="warning",
    ),
    ITEMS.identified(),
    ITEMS.points_to("fact_orders", "order_key"),
    ITEMS.points_to("dim_products", "product_key"),
    ITEMS.points_to("dim_variants", "variant_key"),
    ITEMS.not_negative("quantity", "gross_sales_native"),
    ITEMS.not_negative("unit_cost_native", severity="warning"),
    ITEMS.never(
        "A cost says whether it is estimated, and only a cost does.",
        "(unit_cost_native IS NULL) <> (is_cost_estimated IS NULL)",
    ),
    ITEMS.never("gross_sales − discounts = line_total.", "gross_sales_native - discounts_native <> line_total_native"),
    # A gift card is on the order and sells nothing; an order that is no sale has lines and no events.
    ITEMS.no_rows(
        "Each sale's item_count is the sum of its lines' quantities, gift cards left out.",
        """
        SELECT order_key FROM (
            SELECT order_key, sum(quantity) AS units FROM {batch}
            WHERE order_item_key NOT IN (
                SELECT order_item_key FROM fact_sales_ledger
                WHERE measure = 'gift_cards' AND order_item_key IS NOT NULL
            )
            GROUP BY order_key
        ) AS lines
        FULL JOIN (SELECT order_key, item_count FROM fact_orders WHERE is_sale) AS sales USING (order_key)
        WHERE coalesce(units, 0) <> item_count
        """,
    ),
    LEDGER.identified(),
    LEDGER.present("event_date", "amount_native"),
    LEDGER.one_of("action", ACTIONS),
    LEDGER.one_of("measure", MEASURES),
    LEDGER.points_to("fact_orders", "order_key"),
    LEDGER.points_to("fact_order_items", "order_item_key"),
    LEDGER.points_to("dim_products", "product_key"),
    LEDGER.points_to("dim_customers", "customer_key"),
    LEDGER.points_to("dim_date", "event_date", there="date_key"),
    MONEY,
    DAYS.identified(),
    adds_up(DAYS),
    matches_ledger(DAYS, "event_date", "date_key"),
    DAYS.between("completion_rate", 0, 1),
    DAYS.never("Every event's currency has an exchange rate.", "events_without_rate > 0", severity="warning"),
    DAYS.no_rows(
        "Each day's orders are the sales of fact_orders placed on it.",
        """
        SELECT store, date_key FROM (SELECT store, date_key, orders FROM {batch}) AS days
        FULL JOIN (
            SELECT store, order_date AS date_key, count(*) AS placed FROM fact_orders WHERE is_sale GROUP BY ALL
        ) AS facts USING (store, date_key)
        WHERE coalesce(orders, 0) <> coalesce(placed, 0)
        """,
    ),
    MONTHS.identified(),
    adds_up(MONTHS),
    matches_ledger(MONTHS, "date_trunc('month', event_date)::DATE", "month_date"),
    OPERATIONS.identified(),
    DISCOUNTS.identified(),
    PEOPLE,
    PRODUCTS.identified(),
    PRODUCTS.points_to("dim_categories", "category_key"),
    PERFORMANCE.identified(),
    PERFORMANCE.points_to("dim_products", "product_key"),
    PERFORMANCE.no_rows(
        "Each product's gross_sales, discounts and returns are the ledger's sums for it.",
        """
        SELECT product_key FROM (SELECT product_key, gross_sales, discounts, returns FROM {batch}) AS own
        JOIN (
            SELECT
                product_key,
                coalesce(sum(amount) FILTER (measure = 'gross_sales'), 0) AS gross_sales,
                coalesce(-sum(amount) FILTER (measure = 'discounts'), 0) AS discounts,
                coalesce(-sum(amount) FILTER (measure = 'returns'), 0) AS returns
            FROM fact_sales_ledger GROUP BY product_key
        ) AS events USING (product_key)
        WHERE own.gross_sales <> events.gross_sales OR own.discounts <> events.discounts
            OR own.returns <> events.returns
        """,
    ),
    PERFORMANCE.one_of("sales_category", SALES_CATEGORIES),
    PERFORMANCE.one_of("sales_performance", SALES_CLASSES),
    PERFORMANCE.one_of("stock_level", STOCK_LEVELS),
    PERFORMANCE.between("health_score", 0, 10),
    PERFORMANCE.between("cost_coverage", 0, 1, severity="warning"),
    PERFORMANCE.not_negative("days_of_cover", "recent_units"),
    PERFORMANCE.never(
        "What sells lasts a number of days, what is out of stock none; what nobody counts has neither.",
        """
        (stock_quantity IS NULL) <> (stock_level IS NULL)
        OR (stock_level = 'Out of Stock' AND coalesce(days_of_cover <> 0, true))
        OR (stock_quantity > 0 AND (days_of_cover IS NULL) <> (recent_units = 0))
        """,
    ),
    PERFORMANCE.no_rows(
        "Each product's profit is what its lines' net_sales leave over their as-sold costs, and is known where one is.",
        """
        SELECT product_key FROM (SELECT product_key, profit, costed_sales FROM {batch}) AS own
        JOIN (
            SELECT
                product_key, sum(net_sales) AS sold, sum(unit_cost * (quantity - returned_quantity)) AS cost
            FROM fact_order_items WHERE unit_cost IS NOT NULL AND net_sales IS NOT NULL GROUP BY product_key
        ) AS lines USING (product_key)
        WHERE abs(own.costed_sales - sold) >= 0.01 OR abs(coalesce(own.profit, 0) - (sold - cost)) >= 0.01
        """,
    ),
    PERFORMANCE.no_rows(
        "Each product's avg_rating and rating_count are those of its reviews, where any were read.",
        """
        SELECT product_key FROM (SELECT product_key, avg_rating, rating_count FROM {batch}) AS own
        JOIN (
            SELECT product_key, avg(rating) AS mean, count(*) AS number FROM fact_reviews GROUP BY product_key
        ) AS reviews USING (product_key)
        WHERE rating_count <> number OR abs(avg_rating - mean) > 0.0051
        """,
    ),
    REVIEWS.identified(),
    REVIEWS.points_to("dim_products", "product_key", severity="warning"),
    REVIEWS.points_to("dim_customers", "customer_key"),
    REVIEWS.between("rating", 0, 5, severity="warning"),
    CARTS,
    CATEGORIES.identified(),
    CATEGORIES.points_to("dim_categories", "parent_category_key", there="category_key"),
    CATEGORY_SALES.identified(),
    CATEGORY_SALES.points_to("dim_categories", "category_key"),
    CATEGORY_SALES.no_rows(
        "The categories at the top of a store hold what its products in categories have sold.",
        """
        SELECT store FROM (
            SELECT store, sum(net_sales) AS net_sales, sum(units_sold) AS units FROM {batch}
            JOIN dim_categories USING (category_key, store) WHERE parent_category_key IS NULL GROUP BY store
        ) AS tops
        JOIN (
            SELECT dim_products.store, sum(net_sales) AS net_sales, sum(units_sold) AS units
            FROM product_performance JOIN dim_products USING (product_key)
            WHERE category_key IS NOT NULL GROUP BY dim_products.store
        ) AS sold USING (store)
        WHERE abs(tops.net_sales - sold.net_sales) >= 0.01 OR tops.units <> sold.units
        """,
    ),
    VARIANTS.identified(),
    VARIANTS.points_to("dim_products", "product_key"),
    VARIANTS.not_negative("unit_price_native", "unit_cost_native", severity="warning"),
    VARIANTS.no_rows(
        "Every product that is listed has something that can be put into a basket.",
        """
        SELECT product_key FROM dim_products ANTI JOIN {batch} USING (product_key) WHERE NOT is_deleted
        """,
        severity="warning",
    ),
    VARIANTS.no_rows(
        "The stock of a product's variants comes to its own.",
        """
        SELECT product_key FROM (
            SELECT product_key, sum(stock_quantity) AS units FROM {batch}
            WHERE NOT is_deleted GROUP BY product_key HAVING NOT bool_or(is_stock_shared)
        ) AS variants
        JOIN dim_products USING (product_key)
        WHERE NOT is_deleted AND units <> stock_quantity
        """,
        severity="warning",
    ),
    INVENTORY.identified(),
    INVENTORY.present("inventory_date", "stock_quantity"),
    INVENTORY.points_to("dim_date", "inventory_date", there="date_key"),
    INVENTORY.points_to("dim_stores", "store"),
    STORES.identified(),
    # One odd order is its own matter; where a whole measure is no longer read, no number can be believed.
    STORES.no_rows(
        f"What the parts of a store's orders do not explain is at most {UNEXPLAINED_SEVERELY:.0%} of their totals.",
        f"""
        SELECT store FROM {{batch}} JOIN (
            SELECT store FROM fact_orders WHERE is_sale GROUP BY store
            HAVING count(*) >= {FEWEST_ROWS}
                AND sum(abs(rounding_native)) > {UNEXPLAINED_SEVERELY} * sum(abs(total_sales_native))
        ) AS unexplained USING (store)
        """,
    ),
    DATES.identified(),
)


def not_shrunk(published: dict[str, int], *, is_allowed: bool) -> tuple[Rule, ...]:
    """No mart has suddenly fewer rows than readers see now.

    is_allowed  a shop's owner has said that rows are really gone: then it is only shown
    """
    severely: Severity = "warning" if is_allowed else "critical"
    return flat(
        *(
            [
                Table(table, ()).keeps_rows(before, SHRUNK_SEVERELY, severely),
                Table(table, ()).keeps_rows(before, SHRUNK_NOTABLY, "warning"),
            ]
            for table, before in published.items()
            if before >= FEWEST_ROWS
        )
    )
