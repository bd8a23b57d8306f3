"""What staging promises: keys that hold, amounts that can be, words and days we know.

Vocabularies are the platforms' own (docs.stripe.com/api, docs.commercetools.com/api, 2026-11). A new word there is a
warning: the models keep what they do not know apart, and nothing is wrong until someone decides what it means.
"""

from expectations.rules import Rule, Table, flat

INTENT_STATUSES = (
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "canceled",
    "succeeded",
)
CHARGE_STATUSES = ("succeeded", "pending", "failed")
REFUND_STATUSES = ("pending", "requires_action", "succeeded", "failed", "canceled")
DISPUTE_STATUSES = (
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "won",
    "lost",
    "prevented",
)
BALANCE_STATUSES = ("available", "pending")
CART_STATES = ("Active", "Merged", "Ordered", "Frozen")
ORDER_STATES = ("Open", "Confirmed", "Complete", "Cancelled")
TRANSACTION_TYPES = ("Authorization", "CancelAuthorization", "Charge", "Refund", "Chargeback")
TRANSACTION_STATES = ("Initial", "Pending", "Success", "Failure")
PAYLOAD_ORDER_STATUSES = ("processing", "completed", "cancelled", "refunded")
PAYLOAD_TRANSACTION_STATUSES = ("pending", "succeeded", "failed", "cancelled", "expired", "refunded")
# shopify.dev/docs/api/admin-graphql/2026-10: OrderDisplayFinancialStatus, SaleLineType, ProductStatus.
SHOPIFY_FINANCIAL_STATUSES = (
    "PENDING",
    "AUTHORIZED",
    "PARTIALLY_PAID",
    "PAID",
    "PARTIALLY_REFUNDED",
    "REFUNDED",
    "VOIDED",
    "EXPIRED",
)
SHOPIFY_SALE_KINDS = ("PRODUCT", "SHIPPING", "TIP", "GIFT_CARD", "DUTY", "FEE", "ADDITIONAL_FEE", "ADJUSTMENT")
SHOPIFY_PRODUCT_STATUSES = ("ACTIVE", "ARCHIVED", "DRAFT", "UNLISTED")

# Stripe opened in 2010. A day of grace ahead: a source's clock and ours need not agree.
EARLIEST = "TIMESTAMP '2010-01-01'"
LATEST = "(SELECT max(extracted_at) + INTERVAL 1 DAY FROM ops.batches)"

CARTS = Table("stg_dummyjson__carts", ("store", "cart_id"))
PRODUCTS = Table("stg_dummyjson__products", ("store", "product_id"))
USERS = Table("stg_dummyjson__users", ("store", "user_id"))


def stripe(entity: str, id_column: str) -> Table:
    """A staging table of Stripe objects."""
    return Table(f"stg_stripe__{entity}", ("connection", id_column))


def commercetools(entity: str, id_column: str) -> Table:
    """A staging table of a commercetools project."""
    return Table(f"stg_commercetools__{entity}", ("store", id_column))


CT_ORDERS = commercetools("orders", "order_id")
CT_PAYMENTS = commercetools("payments", "payment_id")
CT_CARTS = commercetools("carts", "cart_id")
CT_CUSTOMERS = commercetools("customers", "customer_id")
CT_PRODUCTS = commercetools("products", "product_id")
CT_CATEGORIES = commercetools("categories", "category_id")
CT_VARIANTS = commercetools("product_variants", "variant_id")
CT_REVIEWS = commercetools("reviews", "review_id")
CT_INVENTORY = commercetools("inventory", "inventory_id")
RATES = Table("stg_fx__rates", ("base_currency", "currency_code", "rate_date"))
SHOPIFY_ORDERS = Table("stg_shopify__orders", ("store", "order_id"))
SHOPIFY_CHECKOUTS = Table("stg_shopify__abandoned_checkouts", ("store", "checkout_id"))
SHOPIFY_PRODUCTS = Table("stg_shopify__products", ("store", "product_id"))
SHOPIFY_VARIANTS = Table("stg_shopify__product_variants", ("store", "variant_id"))
SHOPIFY_CUSTOMERS = Table("stg_shopify__customers", ("store", "customer_id"))

INTENTS = stripe("payment_intents", "payment_intent_id")
CHARGES = stripe("charges", "charge_id")
REFUNDS = stripe("refunds", "refund_id")
DISPUTES = stripe("disputes", "dispute_id")
MOVEMENTS = stripe("balance_transactions", "balance_transaction_id")

WOO_ORDERS = Table("stg_woocommerce__orders", ("store", "order_id"))
WOO_REFUNDS = Table("stg_woocommerce__refunds", ("store", "refund_id"))
WOO_PRODUCTS = Table("stg_woocommerce__products", ("store", "product_id"))
WOO_VARIATIONS = Table("stg_woocommerce__product_variations", ("store", "variant_id"))
WOO_REVIEWS = Table("stg_woocommerce__reviews", ("store", "review_id"))
WOO_CATEGORIES = Table("stg_woocommerce__categories", ("store", "category_id"))
WOO_REVIEW_STATUSES = ("approved", "hold", "spam", "unspam", "trash", "untrash")
WOO_CUSTOMERS = Table("stg_woocommerce__customers", ("store", "customer_id"))

# An order's total is the sum of its parts; WooCommerce rounds tax by line or by order, so a cent a line may be missing.
WOO_SUMS_HOLD = "The lines, fees, shipping and tax of an order come to its total, but for a cent a line."
WITH_WOO_SUMS_OFF = """
    WITH parts AS (
        SELECT store, order_id, order_total_native,
            list_sum(list_transform(lines, lambda line: TRY_CAST(line.total AS DECIMAL(18, 3)))) AS lines_total,
            list_sum(list_transform(fees, lambda fee: TRY_CAST(fee.total AS DECIMAL(18, 3)))) AS fees_total,
            shipping_native, tax_native, len(lines) AS line_count
        FROM {batch} WHERE NOT is_deleted
    )
    SELECT store, order_id FROM parts
    WHERE abs(order_total_native - coalesce(lines_total, 0) - coalesce(fees_total, 0) - shipping_native - tax_native)
        > 0.01 * greatest(line_count, 1)
"""
WOO_REFUNDS_FIT = "The refunds of an order give back no more than it came to."
WITH_TOO_MUCH_GIVEN_BACK = """
    SELECT store, order_id AS refund_id FROM (
        SELECT store, order_id, sum(amount_native) AS given_back FROM {batch} WHERE NOT is_deleted GROUP BY ALL
    ) JOIN (SELECT store, order_id, order_total_native FROM stg_woocommerce__orders) USING (store, order_id)
    WHERE given_back > order_total_native
"""


PAYLOAD_ORDERS = Table("stg_payload__orders", ("store", "order_id"))
PAYLOAD_LINES = Table("stg_payload__order_lines", ("order_item_key",))
PAYLOAD_TRANSACTIONS = Table("stg_payload__transactions", ("store", "transaction_id"))
PAYLOAD_CARTS = Table("stg_payload__carts", ("store", "cart_id"))
PAYLOAD_PRODUCTS = Table("stg_payload__products", ("store", "product_id"))
PAYLOAD_VARIANTS = Table("stg_payload__variants", ("store", "variant_id"))
PAYLOAD_PRICES = Table("stg_payload__prices", ("store", "sellable", "sellable_id", "currency_code"))
PAYLOAD_USERS = Table("stg_payload__users", ("store", "user_id"))
PAYLOAD_ADDRESSES = Table("stg_payload__addresses", ("store", "address_id"))
PAYLOAD_CATEGORIES = Table("stg_payload__categories", ("store", "category_id"))


def is_dated(table: Table) -> list[Rule]:
    """An object that dates a sale, a payment or a return has a day that can be."""
    return [
        *table.present("created_at"),
        table.never(
            "created_at lies between 2010 and the day after the newest data.",
            f"created_at < {EARLIEST} OR created_at > {LATEST}",
        ),
    ]


def tables(entity: str, id_column: str) -> Table:
    """A staging table of a shop that has tables."""
    return Table(f"stg_tables__{entity}", ("store", id_column))


# The words that `sqlmesh_project/macros/tables.py` understands; another counts as being worked on.
TABLE_STATUSES = (
    *("pending", "new", "unpaid", "on-hold", "on_hold", "open", "processing", "paid", "shipped", "confirmed"),
    *("completed", "complete", "delivered", "closed", "fulfilled", "refunded", "returned"),
    *("cancelled", "canceled", "voided", "void", "failed", "declined"),
)
TABLE_ORDERS = tables("orders", "order_id")
TABLE_ITEMS = tables("order_items", "order_item_id")
TABLE_CUSTOMERS = tables("customers", "customer_id")
TABLE_PRODUCTS = tables("products", "product_id")
TABLE_CATEGORIES = tables("product_categories", "category_id")
TABLE_REVIEWS = tables("reviews", "review_id")


def few_unknown(row_id: str, reference: str, there: str) -> str:
    """A query of the rows whose reference is unknown, where they are too many: customers and products are deleted."""
    return f"""
    WITH unknown AS (
        SELECT store, {row_id} FROM {{batch}} ANTI JOIN {there} USING (store, {reference})
        WHERE {reference} IS NOT NULL
    )
    SELECT store, {row_id} FROM unknown WHERE (SELECT count(*) FROM unknown) > 0.05 * (SELECT count(*) FROM {{batch}})
    """


TABLE_RULES = flat(
    TABLE_ORDERS.identified(),
    TABLE_ORDERS.never(
        "ordered_at lies between 2010 and the day after the newest data.",
        f"NOT is_deleted AND (ordered_at IS NULL OR ordered_at < {EARLIEST} OR ordered_at > {LATEST})",
    ),
    TABLE_ORDERS.not_negative("shipping_native", "tax_native", "order_total_native", severity="warning"),
    TABLE_ORDERS.one_of("status", TABLE_STATUSES, severity="warning"),
    TABLE_ORDERS.no_rows(
        "At most one order in twenty names a customer that stg_tables__customers does not know.",
        few_unknown("order_id", "customer_id", TABLE_CUSTOMERS.name),
        severity="warning",
    ),
    TABLE_ITEMS.identified(),
    TABLE_ITEMS.never(
        "Every line has a whole number of units of at least one.",
        "NOT is_deleted AND (quantity IS NULL OR quantity < 1)",
        severity="warning",
    ),
    TABLE_ITEMS.never(
        "A line's discount is not more than the line.",
        "NOT is_deleted AND (discounts_native < 0 OR discounts_native > gross_sales_native)",
        severity="warning",
    ),
    TABLE_ITEMS.points_to(TABLE_ORDERS.name, "store", "order_id", severity="warning"),
    TABLE_ITEMS.no_rows(
        "At most one line in twenty names a product that stg_tables__products does not know.",
        few_unknown("order_item_id", "product_id", TABLE_PRODUCTS.name),
        severity="warning",
    ),
    TABLE_CUSTOMERS.identified(),
    TABLE_PRODUCTS.identified(),
    TABLE_PRODUCTS.not_negative("unit_price_native", "unit_cost_native", severity="warning"),
    TABLE_CATEGORIES.identified(),
    TABLE_REVIEWS.identified(),
)

# A shop withdraws products it has sold, and the line keeps its own copy of the name. Many at once are another matter.
PRODUCTS_ARE_KNOWN = "At most one cart in twenty holds a product that stg_dummyjson__products does not know."
WITH_UNKNOWN_PRODUCTS = """
    WITH unknown AS (
        SELECT DISTINCT store, cart_id FROM (SELECT store, cart_id, unnest(lines).id AS product_id FROM {batch})
        ANTI JOIN stg_dummyjson__products USING (store, product_id)
    )
    SELECT store, cart_id FROM unknown WHERE (SELECT count(*) FROM unknown) > 0.05 * (SELECT count(*) FROM {batch})
"""

SHOPIFY_AGREED = """
    list_sum(list_transform(
        list_filter(sales, lambda sale: sale.agreement_type = 'OrderAgreement'), lambda sale: sale.total
    ))
"""

RULES = flat(
    CARTS.identified(),
    CARTS.not_negative("order_total_native"),
    CARTS.points_to("stg_dummyjson__users", "store", "user_id", severity="warning"),
    CARTS.no_rows(PRODUCTS_ARE_KNOWN, WITH_UNKNOWN_PRODUCTS, severity="warning"),
    CARTS.never(
        "Every line of a cart has a whole number of units of at least one.",
        "NOT is_deleted AND len(list_filter(lines, lambda line: coalesce(line.quantity, 0) < 1)) > 0",
    ),
    PRODUCTS.identified(),
    PRODUCTS.not_negative("unit_price_native", "stock_quantity", severity="warning"),
    PRODUCTS.between("rating", 0, 5, severity="warning"),
    USERS.identified(),
    USERS.between("age", 0, 120, severity="warning"),
    USERS.one_of("gender", ("female", "male", "other"), severity="warning"),
    SHOPIFY_CHECKOUTS.identified(),
    is_dated(SHOPIFY_CHECKOUTS),
    SHOPIFY_CHECKOUTS.not_negative("item_count", "subtotal_native"),
    SHOPIFY_ORDERS.identified(),
    SHOPIFY_ORDERS.not_negative("total_price_native"),
    SHOPIFY_ORDERS.never(
        "ordered_at lies between 2004 and the day after the newest data.",
        f"ordered_at < TIMESTAMP '2004-01-01' OR ordered_at > {LATEST}",
        severity="warning",
    ),
    SHOPIFY_ORDERS.never(
        "What was agreed when an order was placed comes to its original total.",
        f"NOT is_deleted AND abs({SHOPIFY_AGREED} - original_total_native) >= 0.01",
        severity="warning",
    ),
    SHOPIFY_ORDERS.never(
        "Every order shows the sales of its agreements; else its events are estimated.",
        "NOT is_deleted AND coalesce(len(sales), 0) = 0",
        severity="warning",
    ),
    SHOPIFY_ORDERS.never(
        "Every sale is of a kind whose meaning is known.",
        f"len(list_filter(sales, lambda sale: sale.line_type NOT IN {SHOPIFY_SALE_KINDS})) > 0",
        severity="warning",
    ),
    SHOPIFY_ORDERS.one_of("financial_status", SHOPIFY_FINANCIAL_STATUSES, severity="warning"),
    SHOPIFY_ORDERS.points_to(SHOPIFY_CUSTOMERS.name, "store", "customer_id", severity="warning"),
    SHOPIFY_PRODUCTS.identified(),
    SHOPIFY_PRODUCTS.one_of("status", SHOPIFY_PRODUCT_STATUSES, severity="warning"),
    SHOPIFY_VARIANTS.identified(),
    SHOPIFY_VARIANTS.not_negative("unit_price_native", "unit_cost_native", severity="warning"),
    SHOPIFY_VARIANTS.points_to(SHOPIFY_PRODUCTS.name, "store", "product_id", severity="warning"),
    SHOPIFY_CUSTOMERS.identified(),
    INTENTS.identified(),
    is_dated(INTENTS),
    INTENTS.not_negative("amount_native"),
    INTENTS.one_of("status", INTENT_STATUSES, severity="warning"),
    CHARGES.identified(),
    is_dated(CHARGES),
    CHARGES.not_negative("amount_native"),
    CHARGES.one_of("status", CHARGE_STATUSES, severity="warning"),
    CHARGES.points_to(INTENTS.name, "connection", "payment_intent_id", severity="warning"),
    REFUNDS.identified(),
    is_dated(REFUNDS),
    REFUNDS.not_negative("amount_native"),
    REFUNDS.one_of("status", REFUND_STATUSES, severity="warning"),
    REFUNDS.points_to(INTENTS.name, "connection", "payment_intent_id", severity="warning"),
    DISPUTES.identified(),
    is_dated(DISPUTES),
    DISPUTES.not_negative("amount_native"),
    DISPUTES.one_of("status", DISPUTE_STATUSES, severity="warning"),
    MOVEMENTS.identified(),
    is_dated(MOVEMENTS),
    MOVEMENTS.one_of("status", BALANCE_STATUSES, severity="warning"),
    WOO_ORDERS.identified(),
    WOO_ORDERS.present("status", "created_at", "order_total_native"),
    WOO_ORDERS.no_rows(WOO_SUMS_HOLD, WITH_WOO_SUMS_OFF, severity="warning"),
    WOO_REFUNDS.identified(),
    WOO_REFUNDS.present("order_id", "created_at"),
    WOO_REFUNDS.not_negative("amount_native"),
    WOO_REFUNDS.points_to(WOO_ORDERS.name, "store", "order_id", severity="warning"),
    WOO_REFUNDS.no_rows(WOO_REFUNDS_FIT, WITH_TOO_MUCH_GIVEN_BACK, severity="warning"),
    WOO_PRODUCTS.identified(),
    WOO_PRODUCTS.not_negative("unit_price_native", severity="warning"),
    WOO_PRODUCTS.between("rating", 0, 5, severity="warning"),
    WOO_VARIATIONS.identified(),
    WOO_VARIATIONS.points_to(WOO_PRODUCTS.name, "store", "product_id", severity="warning"),
    WOO_REVIEWS.identified(),
    WOO_REVIEWS.between("rating", 0, 5, severity="warning"),
    WOO_REVIEWS.one_of("status", WOO_REVIEW_STATUSES, severity="warning"),
    WOO_REVIEWS.points_to(WOO_PRODUCTS.name, "store", "product_id", severity="warning"),
    WOO_CATEGORIES.identified(),
    WOO_CUSTOMERS.identified(),
    CT_ORDERS.identified(),
    is_dated(CT_ORDERS),
    CT_ORDERS.not_negative("total_units"),
    CT_ORDERS.one_of("order_state", ORDER_STATES, severity="warning"),
    CT_ORDERS.never(
        "The currency of an order has up to four digits, as every currency has.",
        "NOT is_deleted AND coalesce(digits NOT BETWEEN 0 AND 4, TRUE)",
    ),
    CT_ORDERS.never(
        "Every line of an order has a whole number of units of at least one.",
        "NOT is_deleted AND len(list_filter(lines, lambda line: coalesce(line.quantity, 0) < 1)) > 0",
    ),
    CT_ORDERS.never(
        "Every line of an order names its product.",
        "NOT is_deleted AND len(list_filter(lines, lambda line: line.productId IS NULL)) > 0",
        severity="warning",
    ),
    CT_PAYMENTS.identified(),
    CT_PAYMENTS.not_negative("planned_units"),
    CT_PAYMENTS.never(
        "Transactions are of the types and states that commercetools names.",
        f"""
        len(list_filter(transactions, lambda moved: moved.type NOT IN {TRANSACTION_TYPES}
            OR moved.state NOT IN {TRANSACTION_STATES})) > 0
        """,
        severity="warning",
    ),
    CT_CUSTOMERS.identified(),
    CT_PRODUCTS.identified(),
    CT_PRODUCTS.between("rating", 0, 5, severity="warning"),
    CT_VARIANTS.identified(),
    CT_VARIANTS.points_to(CT_PRODUCTS.name, "product_key"),
    CT_CATEGORIES.identified(),
    CT_REVIEWS.identified(),
    CT_REVIEWS.between("rating", 0, 5, severity="warning"),
    CT_REVIEWS.points_to(CT_PRODUCTS.name, "store", "product_id", severity="warning"),
    CT_INVENTORY.identified(),
    RATES.identified(),
    RATES.never("A rate is above zero.", "rate IS NULL OR rate <= 0"),
    RATES.never(
        "A rate has a day between 1999 and tomorrow.", f"rate_date < DATE '1999-01-01' OR rate_date > {LATEST}"
    ),
    CT_CARTS.identified(),
    is_dated(CT_CARTS),
    CT_CARTS.not_negative("item_count", "goods_units"),
    CT_CARTS.one_of("cart_state", CART_STATES, severity="warning"),
    PAYLOAD_ORDERS.identified(),
    PAYLOAD_ORDERS.not_negative("amount_units"),
    PAYLOAD_ORDERS.one_of("status", PAYLOAD_ORDER_STATUSES, severity="warning"),
    PAYLOAD_ORDERS.never(
        "An order with an amount has a currency.",
        "NOT is_deleted AND amount_units IS NOT NULL AND currency_code IS NULL",
    ),
    PAYLOAD_ORDERS.points_to(PAYLOAD_USERS.name, "store", "customer_id", there="user_id", severity="warning"),
    PAYLOAD_LINES.identified(),
    PAYLOAD_LINES.never("Every line has a whole number of units of at least one.", "coalesce(quantity, 0) < 1"),
    PAYLOAD_LINES.points_to(PAYLOAD_PRODUCTS.name, "store", "product_id", severity="warning"),
    PAYLOAD_TRANSACTIONS.identified(),
    is_dated(PAYLOAD_TRANSACTIONS),
    PAYLOAD_TRANSACTIONS.not_negative("amount_units"),
    PAYLOAD_TRANSACTIONS.one_of("status", PAYLOAD_TRANSACTION_STATUSES, severity="warning"),
    PAYLOAD_CARTS.identified(),
    is_dated(PAYLOAD_CARTS),
    PAYLOAD_CARTS.not_negative("item_count", "subtotal_units"),
    PAYLOAD_PRODUCTS.identified(),
    PAYLOAD_VARIANTS.identified(),
    PAYLOAD_VARIANTS.points_to(PAYLOAD_PRODUCTS.name, "store", "product_id", severity="warning"),
    PAYLOAD_PRICES.identified(),
    PAYLOAD_PRICES.not_negative("price_units"),
    PAYLOAD_USERS.identified(),
    PAYLOAD_ADDRESSES.identified(),
    PAYLOAD_CATEGORIES.identified(),
    TABLE_RULES,
)
