"""What the marts promise of carts: each is opened once, and bought, left behind or still open."""

from expectations.rules import Table, flat

BASKETS = Table("fact_carts", ("cart_key",))
ABANDONMENT = Table("cart_abandonment", ("store", "cart_date"))
FUNNEL = Table("conversion_funnel", ("store", "cart_date"))

CARTS = flat(
    BASKETS.identified(),
    BASKETS.present("store", "created_at", "cart_date", "is_purchased", "is_abandoned", "currency_code"),
    BASKETS.points_to("fact_orders", "order_key"),
    BASKETS.points_to("dim_customers", "customer_key"),
    BASKETS.points_to("dim_stores", "store"),
    BASKETS.not_negative("item_count", "subtotal_native", "hours_to_purchase"),
    BASKETS.never("No cart is bought and left behind.", "is_purchased AND is_abandoned"),
    BASKETS.never("A cart is bought where it has a time of purchase.", "is_purchased <> (purchased_at IS NOT NULL)"),
    # A purchase may be dated by another row than the cart, by a clock some seconds behind.
    BASKETS.never(
        "No cart is bought more than a minute before it is opened.",
        "purchased_at < created_at - INTERVAL 1 MINUTE",
        severity="warning",
    ),
    BASKETS.no_rows(
        "No order comes of two carts.",
        "SELECT cart_key FROM {batch} WHERE order_key IS NOT NULL QUALIFY count(*) OVER (PARTITION BY order_key) > 1",
    ),
    ABANDONMENT.identified(),
    ABANDONMENT.between("abandonment_rate", 0, 1),
    ABANDONMENT.not_negative("open_carts"),
    ABANDONMENT.no_rows(
        "Each day's carts, purchases and carts left behind are those of fact_carts opened on it.",
        """
        SELECT store, cart_date FROM (
            SELECT store, cart_date, total_carts, completed_purchases, abandoned_carts FROM {batch}
        ) AS days
        FULL JOIN (
            SELECT
                store, cart_date, count(*) AS carts, count(*) FILTER (is_purchased) AS purchased,
                count(*) FILTER (is_abandoned) AS abandoned
            FROM fact_carts GROUP BY ALL
        ) AS facts USING (store, cart_date)
        WHERE coalesce(total_carts, 0) <> coalesce(carts, 0)
            OR coalesce(completed_purchases, 0) <> coalesce(purchased, 0)
            OR coalesce(abandoned_carts, 0) <> coalesce(abandoned, 0)
        """,
    ),
    FUNNEL.identified(),
    FUNNEL.never(
        "No step of the funnel is wider than the one before it.",
        "carts < checkouts OR checkouts < orders OR orders < paid_orders",
    ),
)
