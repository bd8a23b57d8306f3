"""Orders told by hand, as each platform writes them. Money and instants in UTC are text; what is left out is plain."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb
from random_books import FX, PAYMENTS, SHOPS, Delivery, Loader, in_memory
from random_orders import DIGITS, row

from benchmarks.bare import Step, build
from countinghouse.warehouse.connect import prepare

SHOP = {shop.name: shop for shop in SHOPS}
NOW = datetime(2026, 12, 1)  # noqa: DTZ001 - as the warehouse keeps it: UTC, unsaid

Told = list[Delivery]


def tell(told: Told, *deliveries: Delivery | list[Delivery]) -> None:
    for each in deliveries:
        told.extend([each] if isinstance(each, Delivery) else each)


@contextmanager
def books_of(told: Told, steps: list[Step]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The books of everything that was told, kept in dollars."""
    with in_memory() as con:
        prepare(con)
        con.execute("INSERT INTO ops.settings VALUES ('USD')")
        loader = Loader(con)
        loader.connect(NOW)
        assert loader.load(told, NOW) == len(told), "two orders were told under one number"
        loader.note_run(NOW)
        build(con, steps)
        yield con


def ledger(books: duckdb.DuckDBPyConnection, store: str, number: int) -> list[tuple[Any, ...]]:
    """Day, action, measure, units and amount in the store's currency, of the events of an order."""
    return books.execute(
        """
        SELECT strftime(event_date, '%-d %b'), action, measure, sum(quantity), sum(amount_native)
        FROM marts.fact_sales_ledger WHERE order_key = md5(? || '|' || ?)
        GROUP BY event_date, action, measure ORDER BY event_date, action, measure
        """,
        [store, str(number)],
    ).fetchall()


def order(books: duckdb.DuckDBPyConnection, store: str, number: int, columns: str) -> Any:
    query = f"SELECT {columns} FROM marts.fact_orders WHERE store = ? AND order_id = ?"
    return books.execute(query, [store, str(number)]).fetchone()


def bag(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


# --- Shopify --------------------------------------------------------------------------------------------------------


def sale(kind: str, total: str, tax: str = "0", discount: str = "0", line: int | None = None, units: int = 0) -> Any:
    """One sale of an agreement: its total is after discounts and with tax."""
    return {
        "actionType": "RETURN" if total.startswith("-") else "ORDER",
        "lineType": kind,
        "quantity": units or None,
        "lineItem": {"id": f"gid://shopify/LineItem/{line}"} if line else None,
        "totalAmount": bag(total),
        "totalTaxAmount": bag(tax),
        "totalDiscountAmountBeforeTaxes": bag(discount),
    }


def agreement(kind: str, at: str, *sales: Any, refund: int | None = None) -> dict[str, Any]:
    given = {"id": f"gid://shopify/Refund/{refund}"} if refund else None
    return {"__typename": f"{kind}Agreement", "happenedAt": at, "refund": given, "sales": {"nodes": list(sales)}}


def shopify(number: int, at: str, total: str, *agreements: Any, store: str = "shop-us", **fields: Any) -> Delivery:
    """`total` is what it came to when it was placed."""
    lines = {
        each["lineItem"]["id"]: {
            "id": each["lineItem"]["id"],
            "name": "Mug",
            "quantity": each["quantity"],
            "product": {"id": "gid://shopify/Product/1"},
            "originalUnitPriceSet": each["totalAmount"],
        }
        for agreed in agreements
        for each in agreed["sales"]["nodes"]
        if each["lineItem"]
    }
    for position, agreed in enumerate(agreements):
        for place, each in enumerate(agreed["sales"]["nodes"]):
            each["id"] = f"gid://shopify/ProductSale/{number * 1000 + position * 10 + place}"
    payload = {
        "name": f"#{number}",
        "createdAt": at,
        "processedAt": at,
        "updatedAt": at,
        "currencyCode": SHOP[store].currency,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "FULFILLED",
        "customer": {"id": "gid://shopify/Customer/7"},
        "totalPriceSet": bag(total),
        "originalTotalPriceSet": bag(total),
        "lineItems": {"nodes": list(lines.values())},
        "agreements": {"nodes": list(agreements)},
        **fields,
    }
    return Delivery(SHOP[store], row("shopify__orders", f"gid://shopify/Order/{number}", _at(at), payload))


# --- WooCommerce ----------------------------------------------------------------------------------------------------


def item(total: str, tax: str = "0", before: str | None = None, units: int = 1, id: int = 1) -> dict[str, Any]:
    """A line of WooCommerce without tax; `before` its coupons."""
    worth = {"subtotal": before or total, "total": total, "total_tax": tax}
    return {"id": id, "name": "Mug", "product_id": 1, "quantity": units, **worth}


def woo(number: int, at: str, total: str, *items: Any, store: str = "woo-de", **fields: Any) -> Delivery:
    payload = {
        "number": str(number),
        "status": "completed",
        "currency": SHOP[store].currency,
        "customer_id": 7,
        "date_created_gmt": at.removesuffix("Z"),
        "date_modified_gmt": at.removesuffix("Z"),
        "total": total,
        "line_items": list(items),
        "refunds": [],
        **fields,
    }
    return Delivery(SHOP[store], row("woocommerce__orders", number, _at(at), payload))


def woo_refund(number: int, of: int, at: str, amount: str, *items: Any) -> Delivery:
    """Items are negative, as WooCommerce writes them."""
    payload = {"parent_id": of, "date_created_gmt": at.removesuffix("Z"), "amount": amount, "line_items": list(items)}
    return Delivery(SHOP["woo-de"], row("woocommerce__refunds", number, None, payload))


# --- commercetools --------------------------------------------------------------------------------------------------


def part(
    id: str, price: int, net: int, gross: int, *, units: int = 1, paid: int | None = None, inside: bool = False
) -> Any:
    """A line in smallest units: `price` of one; `paid` is the line's total where it is not the net one."""
    return {
        "id": id,
        "productId": "1",
        "name": {"en": "Mug"},
        "quantity": units,
        "price": {"value": {"centAmount": price}},
        "totalPrice": {"centAmount": net if paid is None else paid},
        "taxedPrice": {"totalNet": {"centAmount": net}, "totalGross": {"centAmount": gross}},
        "taxRate": {"amount": round(gross / net - 1, 4), "includedInPrice": inside},
    }


def tools(
    number: int, at: str, total: int, net: int, gross: int, *parts: Any, store: str = "tools-nz", **fields: Any
) -> Delivery:
    digits = DIGITS[SHOP[store].currency]
    for each in parts:
        each["price"]["value"]["fractionDigits"] = digits
    payload = {
        "orderNumber": str(number),
        "customerId": "7",
        "orderState": "Complete",
        "createdAt": at,
        "lastModifiedAt": at,
        "totalPrice": {"centAmount": total, "currencyCode": SHOP[store].currency, "fractionDigits": digits},
        "taxedPrice": {"totalNet": {"centAmount": net}, "totalGross": {"centAmount": gross}},
        "lineItems": list(parts),
        "paymentInfo": {"payments": [{"id": f"p{number}"}]},
        **fields,
    }
    return Delivery(SHOP[store], row("commercetools__orders", number, _at(at), payload))


def tools_payment(of: int, planned: int, *movements: tuple[str, str, int], store: str = "tools-nz") -> Delivery:
    """Movements are type, instant and units."""
    currency = SHOP[store].currency
    transactions = [
        {"id": f"t{of}-{n}", "type": kind, "timestamp": at, "state": "Success", "amount": {"centAmount": units}}
        for n, (kind, at, units) in enumerate(movements)
    ]
    money = {"centAmount": planned, "currencyCode": currency, "fractionDigits": DIGITS[currency]}
    payload = {"createdAt": movements[0][1], "amountPlanned": money, "transactions": transactions}
    return Delivery(SHOP[store], row("commercetools__payments", f"p{of}", _at(movements[-1][1]), payload))


# --- shops that tell little -----------------------------------------------------------------------------------------


def studio(number: int, at: str, amount: int, changed: str | None = None, **fields: Any) -> Delivery:
    """An order of one print, in pence."""
    payload = {
        "items": [{"id": "a", "product": 1, "quantity": 1}],
        "customer": 7,
        "status": "completed",
        "amount": amount,
        "currency": "GBP",
        "createdAt": at,
        "updatedAt": changed or at,
        **fields,
    }
    return Delivery(SHOP["studio"], row("payload__orders", number, _at(changed or at), payload))


def legacy(
    number: int,
    at: str,
    price: str,
    changed: str | None = None,
    *,
    units: int = 1,
    total: str | None = None,
    **fields: Any,
) -> list[Delivery]:
    """An order of one line, in two tables."""
    payload = {"ordered_at": at, "status": "paid", "customer_id": "7", "total": total or price, **fields}
    line = {"order_id": str(number), "line_number": 1, "product_id": "1", "quantity": units, "unit_price": price}
    orders = row("tables__orders", number, _at(changed or at), payload)
    return [Delivery(SHOP["legacy"], each) for each in (orders, row("tables__order_items", number, _at(at), line))]


def practice(number: int, at: str, price: float, *given_back: tuple[str, int, int], units: int = 1) -> list[Delivery]:
    """A cart of one line and its payment; refunds are an instant, cents and units of the line."""
    worth = {"total": price * units, "discountedTotal": price * units}
    cart = {"id": number, "userId": 7, "discountedTotal": price * units}
    cart["products"] = [{"id": 1, "title": "Mug", "price": price, "quantity": units, **worth}]
    paid = {"id": f"pi_{number}", "currency": "usd", "status": "succeeded", "metadata": {"order_id": str(number)}}
    paid |= {"amount": round(price * units * 100), "created": _seconds(at)}
    told = [Delivery(SHOP["practice"], row("dummyjson__carts", number, None, cart))]
    told.append(Delivery(PAYMENTS, row("stripe__payment_intents", f"pi_{number}", None, paid)))
    for place, (back, cents, of_line) in enumerate(given_back):
        id = f"re_{number}_{place}"
        payload = {"id": id, "payment_intent": f"pi_{number}", "currency": "usd", "status": "succeeded"}
        payload |= {"amount": cents, "created": _seconds(back), "metadata": {"line": "1", "quantity": str(of_line)}}
        told.append(Delivery(PAYMENTS, row("stripe__refunds", id, None, payload)))
    return told


def rate(day: str, currency: str, of_one_euro: float) -> Delivery:
    payload = {"date": day, "base": "EUR", "currency": currency, "rate": of_one_euro}
    return Delivery(FX, row("fx__rates", f"{day}/{currency}", None, payload))


def _at(instant: str) -> datetime:
    return datetime.fromisoformat(instant.removesuffix("Z"))


def _seconds(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp())
