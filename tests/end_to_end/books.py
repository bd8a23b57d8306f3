"""Published books, in shapes that compare: against the simulator's truth, and one copy against another."""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from road import NOW, Road

FIRST_LOOK = datetime.fromisoformat(NOW).date()
MEASURES = ("orders", "units", "gross", "discounts", "refunds", "net")

TOTALS = """
    SELECT (SELECT count(*) FROM marts.fact_orders WHERE is_sale AND store = 'practice'),
           (SELECT sum(quantity) FROM marts.fact_order_items WHERE store = 'practice'),
           sum(amount) FILTER (measure = 'gross_sales'),
           -sum(amount) FILTER (measure = 'discounts'),
           -sum(amount) FILTER (measure = 'returns'),
           sum(amount)
    FROM marts.fact_sales_ledger WHERE store = 'practice'
"""

BY_DAY = """
    SELECT strftime(date_key, '%Y-%m-%d'), orders, units, gross_sales, discounts, returns, net_sales
    FROM marts.daily_revenue WHERE store = 'practice'
"""

BY_PRODUCT = """
    SELECT p.product_id,
           sum(amount) FILTER (measure = 'gross_sales'),
           -sum(amount) FILTER (measure = 'discounts'),
           -sum(amount) FILTER (measure = 'returns'),
           sum(amount)
    FROM marts.fact_sales_ledger l LEFT JOIN marts.dim_products p USING (product_key)
    WHERE l.store = 'practice' GROUP BY 1
"""

BY_CUSTOMER = """
    SELECT o.account_key, count(*), sum(o.net_sales)
    FROM marts.fact_orders o WHERE o.is_sale AND o.store = 'practice' GROUP BY 1
"""


def numbers(*values: Any) -> tuple[Decimal, ...]:
    return tuple(Decimal(value or 0) for value in values)


def wanted(truth: dict[str, Any], *measures: str) -> tuple[Decimal, ...]:
    return numbers(*(truth[measure] for measure in measures))


def assert_books_equal_truth(road: Road) -> None:
    truth = road.truth()

    assert numbers(*road.query(TOTALS)[0]) == wanted(truth["totals"], *MEASURES)

    days = {day: numbers(*row) for day, *row in road.query(BY_DAY)}
    true_days = {day: wanted(row, *MEASURES) for day, row in truth["by_day"].items()}
    nothing = numbers(*[0] * len(MEASURES))
    assert {day: row for day, row in days.items() if row != nothing} == {
        day: row for day, row in true_days.items() if row != nothing
    }

    products = {product: numbers(*row) for product, *row in road.query(BY_PRODUCT)}
    true_products = {
        None if product == "null" else product: wanted(row, "gross", "discounts", "refunds", "net")
        for product, row in truth["by_product"].items()
    }
    assert products == true_products

    customers = sorted(numbers(*row) for _, *row in road.query(BY_CUSTOMER))
    assert customers == sorted(wanted(row, "orders", "net") for row in truth["by_customer"].values() if row["orders"])


def snapshot(road: Road) -> dict[str, list[tuple[Any, ...]]]:
    """Every published mart, less the instant at which we loaded it."""
    tables = road.query("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts' ORDER BY 1")
    columns = "COLUMNS(c -> c NOT IN ('loaded_at', 'last_loaded_at'))"
    return {table: sorted(road.query(f"SELECT {columns} FROM marts.{table}"), key=repr) for (table,) in tables}


# --- the shops of the pretended merchant, in their own currencies ----------------------------------------------------

SHOP_MEASURES = ("gross_sales", "discounts", "returns", "shipping", "taxes", "fees", "tips", "gift_cards")
GOODS = SHOP_MEASURES[:3]

LEDGER_OF_A_SHOP = """
    SELECT {by}, measure, sum(amount_native)
    FROM marts.fact_sales_ledger l
    LEFT JOIN marts.fact_orders o USING (order_key)
    LEFT JOIN marts.dim_customer_accounts c USING (account_key)
    WHERE l.store = '{store}'
    GROUP BY ALL
"""
# Products and customers have numbers of the world's own in the truth, which no platform shows: only how the amounts
# are spread over them can be compared. What the platform tells by line: commercetools shares neither a discount on the
# whole order nor a refund over its lines, and Payload tells no price of a line at all.
TOLD_BY_LINE: dict[str, tuple[str, ...]] = {"shop-jp": GOODS[:1], "studio": ()}


def shop_sums(
    road: Road, store: str, by: str, measures: tuple[str, ...] = SHOP_MEASURES
) -> dict[str, tuple[Decimal, ...]]:
    """The ledger's measures by something, signed as the truth signs them; what comes to nothing is left out."""
    found: dict[str, dict[str, Decimal]] = {}
    for key, measure, amount in road.query(LEDGER_OF_A_SHOP.format(by=by, store=store)):
        found.setdefault(str(key), {})[measure] = -amount if measure in ("discounts", "returns") else amount
    rows = {key: numbers(*(row.get(measure) for measure in measures)) for key, row in found.items()}
    return {key: row for key, row in rows.items() if any(row)}


def true_sums(rows: dict[str, Any], measures: tuple[str, ...] = SHOP_MEASURES) -> dict[str, tuple[Decimal, ...]]:
    """The same of a part of the truth."""
    wanted_rows = {key: wanted(row, *measures) for key, row in rows.items()}
    return {key: row for key, row in wanted_rows.items() if any(row)}


CARTS_BY_DAY = """
    SELECT
        strftime(cart_date, '%Y-%m-%d'), total_carts, completed_purchases, abandoned_carts, value_left_behind_native
    FROM marts.cart_abandonment WHERE store = '{store}'
"""
# commercetools shows no cart that has not been touched for 90 days: those of days before are not known to whoever
# first looks. A day more, for the cart that is touched again on the next.
CARTS_KNOWN_SINCE = {"shop-jp": FIRST_LOOK - timedelta(days=89)}


def assert_carts_equal_truth(road: Road, store: str) -> None:
    """What became of every day's carts, and the goods in those left behind."""
    since = CARTS_KNOWN_SINCE.get(store, date.min).isoformat()
    truth = road.ask(f"/_simulator/truth?shop={store}")["carts_by_day"]
    days = {day: numbers(*row) for day, *row in road.query(CARTS_BY_DAY.format(store=store)) if day >= since}
    true_days = {
        day: wanted(row, "carts", "purchased", "abandoned", "left_behind") for day, row in truth.items() if day >= since
    }
    assert days == true_days
    assert sum(abandoned for _, _, abandoned, _ in days.values()) > 0

    steps = f"""
        SELECT sum(coalesce(carts, checkouts)), sum(orders), bool_and(carts IS NULL)
        FROM marts.conversion_funnel WHERE store = '{store}' AND cart_date >= DATE '{since}'
    """
    carts, orders, tells_no_carts = road.query(steps)[0]
    assert numbers(carts, orders) == tuple(sum(row[place] for row in true_days.values()) for place in (0, 1))
    assert tells_no_carts == (store == "shop-us")


ON_THE_SHELF = """
    SELECT
        slug, units_sold, units_returned, p.stock_quantity, p.rating_count, round(p.avg_rating * p.rating_count),
        (SELECT count(*) FROM marts.dim_variants v WHERE v.product_key = d.product_key AND NOT v.is_deleted),
        (SELECT sum(net_sales_native) FROM marts.fact_order_items i WHERE i.product_key = d.product_key)
    FROM marts.product_performance p JOIN marts.dim_products d USING (product_key)
    WHERE d.store = '{store}' AND NOT d.is_deleted AND slug <> 'gift-card'
"""
# What a platform does not tell of products: Shopify and Payload have no reviews; tables have no variants.
NO_REVIEWS, NO_VARIANTS = ("shop-us", "studio"), ("legacy",)


def assert_shelf_equals_truth(road: Road, store: str, truth: dict[str, Any], told_by_line: tuple[str, ...]) -> None:
    """Every product that is offered: what it sold, its stock, its stars."""
    found = {slug: row for slug, *row in road.query(ON_THE_SHELF.format(store=store))}
    assert found.keys() == truth["shelf"].keys()
    for slug, (units, returned, stock, ratings, stars, variants, net_sales) in found.items():
        told, sums = truth["shelf"][slug], truth["by_product"].get(truth["shelf"][slug]["product"], {})
        assert (slug, units, stock) == (slug, sums.get("units", 0), told["stock"])
        if told_by_line == GOODS:
            assert (slug, returned) == (slug, sums.get("returned_units", 0))
            assert (slug, Decimal(net_sales or 0)) == (slug, Decimal(sums.get("net_sales", 0)))
        if store not in NO_REVIEWS:
            assert (slug, ratings, stars or 0) == (slug, told["ratings"], told["stars"])
        assert variants == (1 if store in NO_VARIANTS else told["variants"]), slug


MONEY_OF_A_SHOP = """
    SELECT o.order_number, received_native, given_back_native, disputed_native
    FROM marts.payment_reconciliation JOIN marts.fact_orders o USING (order_key)
    WHERE o.store = '{store}' AND o.is_sale
"""
# Legacy has tables only: they say how an order was paid, of no payment that it was.
TELL_NO_MONEY = ("legacy",)


def assert_money_equals_truth(road: Road, store: str, orders: dict[str, Any]) -> None:
    """What came and went for each sale, whoever tells of it: the shop, or Stripe for the shops whose cards it takes."""
    ours = {number: numbers(*row) for number, *row in road.query(MONEY_OF_A_SHOP.format(store=store))}
    assert ours == {
        row["number"]: wanted(row["money"], "received", "given_back", "disputed") for row in orders.values()
    }
    twice = f"""
        SELECT count(*) FROM marts.fact_transactions
        WHERE store = '{store}' AND connection <> 'cards' AND is_counted AND payment_id IN (
            SELECT payment_id FROM marts.fact_transactions WHERE connection = 'cards' AND kind = 'payment'
        )
    """
    assert road.query(twice) == [(0,)]


def assert_shop_equals_truth(road: Road, store: str) -> None:
    """Every day, order, product and customer of one shop, to the cent of its own currency."""
    told_by_line = TOLD_BY_LINE.get(store, GOODS)
    truth = road.ask(f"/_simulator/truth?shop={store}&orders=true")
    assert Decimal(truth["totals"]["orders"]) > 10

    assert shop_sums(road, store, "strftime(event_date, '%Y-%m-%d')") == true_sums(truth["by_day"])
    by_number = {row["number"]: row for row in truth["orders"].values()}
    assert shop_sums(road, store, "o.order_number") == true_sums(by_number)

    orders = road.query(f"SELECT count(*) FROM marts.fact_orders WHERE store = '{store}' AND is_sale")
    assert orders == [(truth["totals"]["orders"],)]
    days = f"""
        SELECT strftime(date_key, '%Y-%m-%d'), orders, net_sales_native
        FROM marts.daily_revenue WHERE store = '{store}' AND (orders > 0 OR net_sales_native <> 0)
    """
    true_days = {
        day: numbers(row["orders"], row["net_sales"])
        for day, row in truth["by_day"].items()
        if row["orders"] or Decimal(row["net_sales"])
    }
    assert {day: numbers(*row) for day, *row in road.query(days)} == true_days

    assert_shelf_equals_truth(road, store, truth, told_by_line)
    if store not in TELL_NO_MONEY:
        assert_money_equals_truth(road, store, truth["orders"])

    accounts = shop_sums(road, store, "c.customer_id")
    accounts.pop("None", None)  # guests: somebody by their email to us, nobody to the truth
    true_accounts = true_sums({key: row for key, row in truth["by_customer"].items() if key != "null"})
    # Of an account that was deleted, no order tells any more whose it is.
    deleted_accounts = Counter(true_accounts.values()) - Counter(accounts.values())
    assert not Counter(accounts.values()) - Counter(true_accounts.values())
    assert deleted_accounts.total() <= max(4, 0.02 * len(true_accounts))

    ours = Counter(shop_sums(road, store, "l.product_key", told_by_line).values())
    true = Counter(true_sums(truth["by_product"], told_by_line).values())
    # A product that was deleted is not named by the platform any more: what it sold stands under no product.
    unnamed, deleted = list((ours - true).elements()), list((true - ours).elements())
    assert len(unnamed) <= 1, unnamed
    assert [sum(column) for column in zip(*unnamed, strict=True)] == [sum(row) for row in zip(*deleted, strict=True)]


# --- one customer across shops ---------------------------------------------------------------------------------------

BY_PERSON = """
    SELECT customer_key, store, count(*), sum(net_sales_native)
    FROM marts.fact_orders
    WHERE is_sale AND store <> 'practice' AND customer_key IS NOT NULL
    GROUP BY ALL
"""


def assert_people_equal_truth(road: Road, shops: tuple[str, ...]) -> None:
    """How many people bought in the group's shops, and what each of them did in each, to the cent."""
    true: dict[str, dict[str, tuple[Decimal, ...]]] = {}
    untold: set[str] = set()
    for shop in shops:
        truth = road.ask(f"/_simulator/truth?shop={shop}")
        # Of an account that was deleted, no order tells any more whose it is.
        untold.update(truth["people_deleted"])
        for person, row in truth["by_person"].items():
            if person != "null" and row["orders"]:
                true.setdefault(person, {})[shop] = wanted(row, "orders", "net_sales")
    found: dict[str, dict[str, tuple[Decimal, ...]]] = {}
    for person, shop, *row in road.query(BY_PERSON):
        found.setdefault(person, {})[shop] = numbers(*row)

    ours = Counter(frozenset(shops.items()) for shops in found.values())
    told = Counter(frozenset(shops.items()) for person, shops in true.items() if person not in untold)
    assert told.total() > 100
    assert max(len(shops) for shops in told) > 1, "nobody bought in two shops"
    assert not told - ours
    assert (ours - told).total() <= len(untold & true.keys()) * 2
