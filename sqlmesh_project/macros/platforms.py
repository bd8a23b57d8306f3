"""The platforms whose views make one business, in the only place that lists them.

A platform is added by its models and its word here. Each has the views `intermediate.int_<platform>__<rows>` with the
columns below, whatever its own rows look like; the core reads them through `@each_platform` and knows no platform.
"""

from decimal import Decimal

from sqlglot import exp
from sqlmesh import macro

from countinghouse.currencies import minor_unit_sql

PLATFORMS = ("dummyjson", "woocommerce", "commercetools", "payload", "shopify", "tables")

COLUMNS = {
    "orders": (
        "order_key store order_id order_number customer_id email ordered_at is_synthetic_date platform_status is_sale "
        "is_test paid_at fulfilled_at channel country_code currency_code order_total_native discount_codes is_gone "
        "updated_at loaded_at"
    ),
    "order_lines": (
        "order_item_key order_key store order_id order_item_id line_position product_id variant_id "
        "variant_key product_name sku quantity unit_price_native gross_sales_native discounts_native unit_cost_native"
    ),
    "order_events": (
        "order_key action measure cause order_item_key product_id event_at quantity amount_native is_estimated"
    ),
    "refunds": (
        "refund_key store refund_id order_key refunded_at amount_native goods_amount_native shipping_amount_native "
        "tax_amount_native reason currency_code"
    ),
    "customers": (
        "customer_key store customer_id full_name email phone city state country_code gender birth_date age created_at "
        "updated_at is_deleted loaded_at"
    ),
    "products": (
        "product_key store product_id product_name slug brand category_id category_name category_slug "
        "unit_price_native unit_cost_native stock_quantity rating rating_count is_deleted created_at updated_at "
        "loaded_at"
    ),
    "carts": (
        "cart_key store cart_id kind customer_id email created_at is_start_known touched_at purchased_at order_key "
        "has_checkout is_paid item_count subtotal_native currency_code is_gone loaded_at"
    ),
    "variants": (
        "variant_key store variant_id product_key variant_name sku unit_price_native unit_cost_native stock_quantity "
        "is_stock_shared is_deleted updated_at loaded_at"
    ),
    "categories": "category_key store category_id category_name category_slug parent_category_id is_deleted loaded_at",
    "reviews": "review_key store product_id customer_id email rating reviewed_at loaded_at",
    "transactions": (
        "transaction_key store transaction_id order_key kind status is_moved is_by_hand is_gone payment_method "
        "failure_code reference amount_native currency_code processed_at loaded_at"
    ),
}

# Rows that only some platforms tell; all others must have every kind above.
TELLERS: dict[str, tuple[str, ...]] = {
    # WooCommerce keeps its carts to itself, DummyJSON's are orders, and tables have none.
    "carts": ("commercetools", "payload", "shopify"),
    # Shopify's and Payload's reviews are those of plugins.
    "reviews": ("dummyjson", "woocommerce", "commercetools", "tables"),
    # DummyJSON and tables tell at most how an order was paid, of no payment that it was.
    "transactions": ("woocommerce", "commercetools", "payload", "shopify"),
}

# Rows that are kept in a table, each as new (loaded_at) as its order.
KEEPERS: dict[str, tuple[str, ...]] = {"order_lines": ("shopify",), "order_events": ("shopify",)}

# Platforms whose prices may hold a tax of which they tell nothing.
TELLING_NO_TAX = ("dummyjson", "payload")

# Platforms that tell when an order's goods were sent. At the others an order counts as sent when it was paid.
TELLING_SENDING = ("shopify", "woocommerce", "commercetools")


@macro()
def tells_sending(evaluator, platform: exp.Expression) -> exp.In:
    """Whether an order's platform says when its goods were sent."""
    return exp.In(this=platform, expressions=[exp.Literal.string(name) for name in TELLING_SENDING])


@macro()
def untold_tax(evaluator, platform: exp.Expression, amount: exp.Expression, currency: exp.Expression) -> exp.Expression:
    """The tax in an amount of goods of a platform that tells none, by the assumed rate; 0 at the others.

    What is left without it is rounded to the currency's smallest unit, so that both add up to the amount.
    """
    rate = Decimal(str(evaluator.var("untold_tax_rate", 0)))
    if not rate:
        return exp.Literal.number(0)
    unit, value = minor_unit_sql(currency.sql("duckdb")), amount.sql("duckdb")
    names = ", ".join(f"'{name}'" for name in TELLING_NO_TAX)
    net = f"CAST(ROUND({value} / {1 + rate} / {unit}) AS DECIMAL(18, 0)) * {unit}"
    return exp.maybe_parse(
        f"(CASE WHEN {platform.sql('duckdb')} IN ({names}) THEN {value} - {net} ELSE 0 END)", dialect="duckdb"
    )


@macro()
def each_platform(evaluator, rows: exp.Expression, due: exp.Expression | None = None) -> exp.Query:
    """The rows of all platforms, with the platform's name in front.

    due  a relation of platform, order_key and told_at (loaded_at of the platform's own order): only rows of these
         orders are read. It is joined to each platform by itself, so that a platform without a changed order is not
         read at all: DuckDB stops at the empty side. Of rows that are kept it passes over all that are older.
    """
    # A variable of the project's configuration may name fewer: a test of one platform need not carry the others.
    platforms = evaluator.var("platforms", PLATFORMS)
    telling = [platform for platform in platforms if platform in TELLERS.get(rows.name, PLATFORMS)]
    if not telling:
        return _no_rows(rows.name)
    first, *others = (_rows_of(platform, rows.name, due) for platform in telling)
    return exp.union(first, *others, distinct=False) if others else first


def _no_rows(rows: str) -> exp.Select:
    nothing = exp.cast(exp.null(), exp.DataType.Type.TEXT)
    columns = [exp.alias_(nothing.copy(), column) for column in ("platform", *COLUMNS[rows].split())]
    return exp.select(*columns).where(exp.false())


def _rows_of(platform: str, rows: str, due: exp.Expression | None) -> exp.Select:
    name = exp.alias_(exp.Literal.string(platform), "platform")
    columns = [exp.column(column, table="theirs") for column in COLUMNS[rows].split()]
    view = exp.table_(f"int_{platform}__{rows}", db="intermediate", alias="theirs")
    query = exp.select(name, *columns).from_(view)
    if due is None:
        return query
    ours = exp.table_(due.name, alias="ours")
    on = [
        exp.EQ(this=exp.column("order_key", table="ours"), expression=exp.column("order_key", table="theirs")),
        exp.EQ(this=exp.column("platform", table="ours"), expression=exp.Literal.string(platform)),
    ]
    if platform in KEEPERS.get(rows, ()):
        told_at, loaded_at = exp.column("told_at", table="ours"), exp.column("loaded_at", table="theirs")
        on.append(exp.EQ(this=told_at, expression=loaded_at))
    return query.join(ours, on=on)


@macro()
def tells(evaluator, platform: exp.Expression, rows: exp.Expression) -> exp.Expression:
    """Whether a platform tells such rows at all."""
    telling = TELLERS.get(rows.name, PLATFORMS)
    return exp.In(this=platform, expressions=[exp.Literal.string(name) for name in telling])
