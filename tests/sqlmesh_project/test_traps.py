"""The traps that make dashboards lie, on every platform that can set them: told by hand, and answered by hand.

All orders are told below, each beside its test, and the books are made once. docs/traps.md is the index; the traps of
calendars and currencies are in `test_traps_of_time_and_money.py`.
"""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hand_told import (
    Told,
    agreement,
    bag,
    books_of,
    item,
    ledger,
    legacy,
    order,
    part,
    practice,
    sale,
    shopify,
    studio,
    tell,
    tools,
    tools_payment,
    woo,
    woo_refund,
)

from benchmarks.bare import Step, found_by_audits

pytestmark = pytest.mark.slow

TOLD: Told = []


@pytest.fixture(scope="module")
def books(bare_steps: list[Step]) -> Iterator[duckdb.DuckDBPyConnection]:
    with books_of(TOLD, bare_steps) as con:
        yield con


# --- A refund is of its own day; a part of it goes back into stock ----------------------------------------------------
# 2 × 50.00 on Monday, 2 February; one of them comes back on Friday, the 6th. In Payload and in a shop's own tables only
# a whole order can: one of 50.00.

MONDAY, FRIDAY = "2026-02-02T17:00:00Z", "2026-02-06T17:00:00Z"
tell(
    TOLD,
    shopify(
        100,
        MONDAY,
        "100.00",
        agreement("Order", MONDAY, sale("PRODUCT", "100.00", line=1, units=2)),
        agreement("Refund", FRIDAY, sale("PRODUCT", "-50.00", line=1, units=-1), refund=1),
        refunds=[{"id": "gid://shopify/Refund/1", "createdAt": FRIDAY, "totalRefundedSet": bag("50.00")}],
    ),
    woo(100, MONDAY, "100.00", item("100.00", units=2), refunds=[{"id": 101}]),
    woo_refund(101, 100, FRIDAY, "50.00", item("-50.00", units=-1)),
    tools(
        100,
        MONDAY,
        10000,
        10000,
        10000,
        part("a", 5000, 10000, 10000, units=2),
        returnInfo=[{"items": [{"lineItemId": "a", "quantity": 1}]}],
    ),
    tools_payment(100, 10000, ("Charge", MONDAY, 10000), ("Refund", FRIDAY, 5000)),
    studio(100, MONDAY, 5000, FRIDAY, status="refunded"),
    legacy(100, MONDAY, "50.00", FRIDAY, status="refunded"),
    practice(100, MONDAY, 50.0, (FRIDAY, 5000, 1), units=2),
)


@pytest.mark.parametrize(
    ("store", "sold", "days"),
    [
        ("shop-us", 2, ("2 Feb", "6 Feb")),
        ("woo-de", 2, ("2 Feb", "6 Feb")),
        # 17:00 in Greenwich is 06:00 of the next day in Auckland.
        ("tools-nz", 2, ("3 Feb", "7 Feb")),
        ("studio", 1, ("2 Feb", "6 Feb")),
        ("legacy", 1, ("2 Feb", "6 Feb")),
        ("practice", 2, ("2 Feb", "6 Feb")),
    ],
)
def test_refund_is_of_its_own_day(
    books: duckdb.DuckDBPyConnection, store: str, sold: int, days: tuple[str, str]
) -> None:
    assert ledger(books, store, 100) == [
        (days[0], "order", "gross_sales", sold, 50 * sold),
        (days[1], "return", "returns", -1, -50),
    ]
    assert order(books, store, 100, "item_count, gross_sales_native, returns_native, net_sales_native") == (
        sold,
        50 * sold,
        50,
        50 * sold - 50,
    )
    line = "SELECT quantity, returned_quantity FROM marts.fact_order_items WHERE order_key = md5(? || '|100')"
    assert books.execute(line, [store]).fetchall() == [(sold, 1)]


# --- A cancelled order ------------------------------------------------------------------------------------------------
# 60.00 on Monday and called off on Friday. Shopify made no refund of it: it had not been paid.

tell(
    TOLD,
    shopify(
        110,
        MONDAY,
        "66.00",
        agreement("Order", MONDAY, sale("PRODUCT", "66.00", "6.00", line=2, units=1)),
        cancelledAt=FRIDAY,
    ),
    woo(110, MONDAY, "60.00", item("60.00"), status="cancelled"),
    tools(110, MONDAY, 6000, 6000, 6000, part("a", 6000, 6000, 6000), orderState="Cancelled", lastModifiedAt=FRIDAY),
    studio(110, MONDAY, 6000, FRIDAY, status="cancelled"),
    legacy(110, MONDAY, "60.00", FRIDAY, status="cancelled"),
)


def test_cancelled_order_was_sold_on_its_day_and_taken_back_on_another(books: duckdb.DuckDBPyConnection) -> None:
    # Goods 60.00 and tax 6.00.
    assert ledger(books, "shop-us", 110) == [
        ("2 Feb", "order", "gross_sales", 1, 60),
        ("2 Feb", "order", "taxes", None, 6),
        ("6 Feb", "cancel", "returns", -1, -60),
        ("6 Feb", "cancel", "taxes", None, -6),
    ]
    for store, days in (("tools-nz", (3, 7)), ("studio", (2, 6)), ("legacy", (2, 6))):
        assert ledger(books, store, 110) == [
            (f"{days[0]} Feb", "order", "gross_sales", 1, 60),
            (f"{days[1]} Feb", "cancel", "returns", -1, -60),
        ]
    for store in ("shop-us", "tools-nz", "studio", "legacy"):
        assert order(books, store, 110, "order_status, is_cancelled, is_completed, total_sales_native") == (
            "cancelled",
            True,
            False,
            0,
        )
    # WooCommerce's own reports never count a cancelled order.
    assert ledger(books, "woo-de", 110) == []
    assert order(books, "woo-de", 110, "order_status, is_sale, total_sales_native") == ("cancelled", False, 0)


# --- A test order -----------------------------------------------------------------------------------------------------

tell(
    TOLD,
    shopify(120, MONDAY, "60.00", agreement("Order", MONDAY, sale("PRODUCT", "60.00", line=3, units=1)), test=True),
    legacy(120, MONDAY, "60.00", is_test=True),
)


@pytest.mark.parametrize("store", ["shop-us", "legacy"])
def test_test_order_is_in_no_mart(books: duckdb.DuckDBPyConnection, store: str) -> None:
    assert order(books, store, 120, "order_key") is None
    assert ledger(books, store, 120) == []


# --- A gift card sold, then redeemed ----------------------------------------------------------------------------------
# A card of 50.00 on Monday: money, and no revenue yet. Goods of 80.00 on Friday, 50.00 of them paid with the card.

tell(
    TOLD,
    shopify(130, MONDAY, "50.00", agreement("Order", MONDAY, sale("GIFT_CARD", "50.00", line=4, units=1))),
    shopify(
        131,
        FRIDAY,
        "80.00",
        agreement("Order", FRIDAY, sale("PRODUCT", "80.00", line=5, units=1)),
        transactions=[
            {
                "id": "gid://shopify/OrderTransaction/1",
                "processedAt": FRIDAY,
                "kind": "SALE",
                "status": "SUCCESS",
                "gateway": "gift_card",
                "amountSet": bag("50.00"),
            },
            {
                "id": "gid://shopify/OrderTransaction/2",
                "processedAt": FRIDAY,
                "kind": "SALE",
                "status": "SUCCESS",
                "gateway": "shopify_payments",
                "amountSet": bag("30.00"),
            },
        ],
    ),
)


def test_gift_card_is_revenue_when_goods_are_bought_with_it_and_only_then(books: duckdb.DuckDBPyConnection) -> None:
    assert ledger(books, "shop-us", 130) == [("2 Feb", "order", "gift_cards", None, 50)]
    assert order(books, "shop-us", 130, "item_count, gross_sales, total_sales") == (0, 0, 0)
    assert ledger(books, "shop-us", 131) == [("6 Feb", "order", "gross_sales", 1, 80)]
    assert order(books, "shop-us", 131, "item_count, gross_sales, total_sales") == (1, 80, 80)


# --- Tax inside the prices --------------------------------------------------------------------------------------------
# 119.00 with 19 % inside is 100.00 and 19.00. Payload and DummyJSON tell no tax at all.

tell(
    TOLD,
    shopify(
        140,
        MONDAY,
        "119.00",
        agreement("Order", MONDAY, sale("PRODUCT", "119.00", "19.00", line=6, units=1)),
        taxesIncluded=True,
    ),
    woo(140, MONDAY, "119.00", item("100.00", "19.00"), prices_include_tax=True),
    tools(140, MONDAY, 11900, 10000, 11900, part("a", 11900, 10000, 11900, paid=11900, inside=True)),
)


@pytest.mark.parametrize("store", ["shop-us", "woo-de", "tools-nz"])
def test_tax_inside_prices_is_no_revenue(books: duckdb.DuckDBPyConnection, store: str) -> None:
    columns = "gross_sales_native, discounts_native, net_sales_native, taxes_native, total_sales_native"
    assert order(books, store, 140, columns) == (100, 0, 100, 19, 119)


# --- A discount on the whole order, and two codes ---------------------------------------------------------------------
# 60.00 and 40.00 less 10.00: 6.00 and 4.00 of it, by what the lines are worth. Payload tells only the 90.00.

tell(
    TOLD,
    shopify(
        150,
        MONDAY,
        "90.00",
        agreement(
            "Order",
            MONDAY,
            sale("PRODUCT", "54.00", discount="6.00", line=7, units=1),
            sale("PRODUCT", "36.00", discount="4.00", line=8, units=1),
        ),
        discountCodes=["TEN", "FRIENDS"],
    ),
    woo(
        150,
        MONDAY,
        "90.00",
        item("54.00", before="60.00", id=1),
        item("36.00", before="40.00", id=2),
        coupon_lines=[{"code": "ten"}, {"code": "friends"}],
    ),
    tools(
        150,
        MONDAY,
        9000,
        9000,
        9000,
        part("a", 6000, 6000, 6000),
        part("b", 4000, 4000, 4000),
        discountOnTotalPrice={"discountedAmount": {"centAmount": 1000}},
        discountCodes=[
            {"discountCode": {"id": "1", "obj": {"code": "TEN"}}},
            {"discountCode": {"id": "2", "obj": {"code": "FRIENDS"}}},
        ],
    ),
)


@pytest.mark.parametrize("store", ["shop-us", "woo-de", "tools-nz"])
def test_discount_on_the_order_is_spread_over_its_lines(books: duckdb.DuckDBPyConnection, store: str) -> None:
    lines = """
        SELECT gross_sales_native, discounts_native, line_total_native FROM marts.fact_order_items
        WHERE order_key = md5(? || '|150') ORDER BY 1 DESC
    """
    assert books.execute(lines, [store]).fetchall() == [(60, 6, 54), (40, 4, 36)]
    assert order(books, store, 150, "gross_sales_native, discounts_native, net_sales_native") == (100, 10, 90)


@pytest.mark.parametrize("store", ["shop-us", "woo-de", "tools-nz"])
def test_order_with_two_codes_is_counted_once(books: duckdb.DuckDBPyConnection, store: str) -> None:
    codes = order(books, store, 150, "list_sort(list_transform(discount_codes, lambda c : upper(c)))")
    assert codes == (["FRIENDS", "TEN"],)
    # In the row of each code, which are not to be added up; but once everywhere else.
    rows = """
        SELECT upper(discount_code), orders, discounts > 0 FROM marts.discount_effectiveness
        WHERE store = ? AND upper(discount_code) IN ('TEN', 'FRIENDS') ORDER BY 1
    """
    assert books.execute(rows, [store]).fetchall() == [("FRIENDS", 1, True), ("TEN", 1, True)]
    given = "SELECT sum(discounts_native) FROM marts.daily_revenue WHERE store = ?"
    assert books.execute(given, [store]).fetchone() == (10,)


# --- An order edited after it was paid --------------------------------------------------------------------------------
# 100.00 on Monday. On Friday 20.00 of other goods are added, and one of two units of 50.00 is taken out.

tell(
    TOLD,
    shopify(
        160,
        MONDAY,
        "100.00",
        agreement("Order", MONDAY, sale("PRODUCT", "100.00", line=9, units=2)),
        agreement(
            "OrderEdit",
            FRIDAY,
            sale("PRODUCT", "20.00", line=10, units=1),
            sale("PRODUCT", "-50.00", line=9, units=-1),
        ),
    ),
)


def test_edit_is_of_the_day_of_the_edit(books: duckdb.DuckDBPyConnection) -> None:
    # 20.00 − 50.00 = −30.00, and one unit more and one less.
    assert ledger(books, "shop-us", 160) == [
        ("2 Feb", "order", "gross_sales", 2, 100),
        ("6 Feb", "edit", "gross_sales", 0, -30),
    ]
    assert order(books, "shop-us", 160, "item_count, total_sales, order_status") == (2, 70, "completed")


# --- Guests are not one customer --------------------------------------------------------------------------------------
# Two guests who leave no address are nobody; two who leave one are two; the same one again is one.


def guest(email: str | None) -> dict[str, Any]:
    return {"customer": None, "email": email}


for position, email in enumerate((None, None, "a@x.example", "b@x.example", " A@X.example ")):
    sold = agreement("Order", MONDAY, sale("PRODUCT", "10.00", line=20 + position, units=1))
    tell(
        TOLD,
        shopify(170 + position, MONDAY, "10.00", sold, store="shop-jp", **guest(email)),
        woo(170 + position, MONDAY, "10", item("10"), store="woo-kw", customer_id=0, billing={"email": email or ""}),
        tools(
            170 + position,
            MONDAY,
            10,
            10,
            10,
            part("a", 10, 10, 10),
            store="tools-kw",
            customerId=None,
            customerEmail=email,
        ),
        studio(170 + position, MONDAY, 1000, customer=None, customerEmail=email),
    )


@pytest.mark.parametrize("store", ["shop-jp", "woo-kw", "tools-kw", "studio"])
def test_guests_are_not_one_customer(books: duckdb.DuckDBPyConnection, store: str) -> None:
    (keys,) = books.execute(
        """
        SELECT list(customer_key ORDER BY order_id) FROM marts.fact_orders
        WHERE store = ? AND order_id BETWEEN '170' AND '174'
        """,
        [store],
    ).fetchone() or ([],)
    assert keys[:2] == [None, None]
    assert None not in keys[2:]
    assert keys[2] == keys[4] != keys[3]


# --- A product deleted after it was sold ------------------------------------------------------------------------------
# The order stays, its line keeps the name; what it was of, only the platform can forget.

LINE = {"id": "gid://shopify/LineItem/13", "name": "Mug", "quantity": 1, "product": None, "variant": None}
tell(
    TOLD,
    shopify(
        230,
        MONDAY,
        "10.00",
        agreement("Order", MONDAY, sale("PRODUCT", "10.00", line=13, units=1)),
        lineItems={"nodes": [{**LINE, "originalUnitPriceSet": bag("10.00")}]},
    ),
    woo(230, MONDAY, "10.00", {**item("10.00"), "product_id": 0}),
    legacy(230, MONDAY, "10.00"),
)


@pytest.mark.parametrize(("store", "is_named"), [("shop-us", False), ("woo-de", False), ("legacy", True)])
def test_product_deleted_after_it_was_sold_leaves_the_sale(
    books: duckdb.DuckDBPyConnection, store: str, is_named: bool
) -> None:
    assert order(books, store, 230, "net_sales_native, item_count") == (10, 1)
    lines = """
        SELECT net_sales_native, product_key IS NOT NULL, product_key IS NULL OR product_key IN (
            SELECT product_key FROM marts.dim_products
        )
        FROM marts.fact_order_items WHERE order_key = md5(? || '|230')
    """
    assert books.execute(lines, [store]).fetchall() == [(10, is_named, True)]


def test_every_trap_keeps_the_audits(books: duckdb.DuckDBPyConnection, bare_steps: list[Step]) -> None:
    assert found_by_audits(books, bare_steps) == {}
