"""The lists of WooCommerce's API: what is in each, what it can be asked for, and how it is sorted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator import woocommerce_catalogue as catalogue
from simulator import woocommerce_orders as orders
from simulator import woocommerce_refunds as refunds
from simulator.catalogue import Steps
from simulator.trade.model import Address, Cart, Customer, Order
from simulator.woocommerce_query import Query, Refusal, Rules
from simulator.woocommerce_site import Site, customer_row

ADMINISTRATOR = 900_000_001
_POST = ("date", "id", "include", "title", "slug", "modified")
_ALL_TIMES = ("after", "before", "modified_after", "modified_before")


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: its rows and how they are found, sorted and written.

    times     when a row was created and changed; None for lists that know no time
    sort_by   keys for `orderby` beside date, modified and id
    filters   further parameters: whether a row fits a wanted text
    defaults  what the links to other pages carry although nobody asked for it
    """

    rules: Rules
    rows: Sequence[Any]
    write: Callable[[Any], dict[str, Any]]
    ident: Callable[[Any], int] = lambda row: row.id
    times: Callable[[Any], tuple[int, int]] | None = None
    status: Callable[[Any], str] | None = None
    unasked: frozenset[str] = frozenset()  # states that `any` leaves out
    sort_by: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    filters: dict[str, Callable[[Any, str], bool]] = field(default_factory=dict)
    defaults: tuple[tuple[str, str], ...] = ()


def no_route() -> Refusal:
    """Return the refusal of an unknown path."""
    return Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")


def listing_of(site: Site, path: str, is_old_site: bool) -> Listing:
    """Return the list behind a path."""
    match path.split("/"):
        case ["orders"]:
            return _orders(site, is_old_site)
        case ["orders", order, "refunds"] if order.isdecimal():
            found = [one for one in orders.visible_orders(site) if orders.order_id(one) == int(order)]
            if not found:
                raise Refusal(404, "woocommerce_rest_invalid_order_id", "Invalid order ID.")
            given = found[0].refunds_at(site.now) if isinstance(found[0], Order) else []
            return _refunds(site, given, lambda row: refunds.refund_row(site, row))
        case ["refunds"] if not is_old_site:
            rows = refunds.visible_refunds(site)
            return _refunds(site, rows, lambda row: refunds.refund_row(site, row, with_parent=True))
        case ["products"]:
            return _products(site, is_old_site)
        case ["products", product, "variations"] if product.isdecimal():
            return _variations(site, is_old_site, int(product))
        case ["variations"] if not is_old_site:
            return _variations(site, is_old_site, None)
        case ["products", "categories"]:
            return _categories(site)
        case ["products", "reviews"]:
            return _reviews(site)
        case ["customers"]:
            return _customers(site)
        case ["coupons"]:
            return _coupons(site, is_old_site)
    raise no_route()


def _post_rules(is_old_site: bool, *more_orders: str, **more: Any) -> Rules:
    """Return the rules of what WordPress keeps as posts."""
    known = [name for name in _POST if name != "modified" or not is_old_site]
    times = _ALL_TIMES[:2] if is_old_site else _ALL_TIMES
    return Rules((*known, *more_orders), times=times, **more)


def _orders(site: Site, is_old_site: bool) -> Listing:
    filters: dict[str, Callable[[Any, str], bool]] = {
        "customer": lambda row, wanted: str(_buyer(row, site.now)) == wanted,
        "product": lambda row, wanted: isinstance(row, Order) and any(str(x.product.id) == wanted for x in row.lines),
        "parent": lambda row, wanted: wanted == "0",
        "search": lambda row, wanted: wanted.lower() in f"{orders.order_id(row)} {row.email or ''}".lower(),
    }
    drafts = frozenset[str]() if is_old_site else frozenset({"checkout-draft"})
    return Listing(
        _post_rules(is_old_site, statuses=orders.STATUSES, other_filters=tuple(filters)),
        orders.visible_orders(site),
        lambda row: orders.order_row(site, row),
        orders.order_id,
        lambda row: (row.created, row.updated(site.now)),
        lambda row: orders.status(row, site.now),
        drafts | {"trash", "auto-draft"},
        filters=filters,
        defaults=(("dp", str(site.decimals)), ("context", "view")),
    )


def _refunds(site: Site, rows: Sequence[Any], write: Callable[[Any], dict[str, Any]]) -> Listing:
    # A refund has no date of modification: asked for changes, the list does not listen.
    rules = Rules(tuple(name for name in _POST if name != "modified"), times=("after", "before"))
    return Listing(
        rules, rows, write, times=lambda row: (row.created, row.created), defaults=(("dp", str(site.decimals)),)
    )


def _products(site: Site, is_old_site: bool) -> Listing:
    filters: dict[str, Callable[[Any, str], bool]] = {
        "type": lambda row, wanted: ("variable" if catalogue.is_variable(row) else "simple") == wanted,
        "sku": lambda row, wanted: any(variant.sku == wanted for variant in row.variants),
        "slug": lambda row, wanted: row.slug == wanted,
        "category": lambda row, wanted: str(row.category.id) == wanted,
        "search": lambda row, wanted: wanted.lower() in row.title.lower(),
    }
    sort_by: dict[str, Callable[[Any], Any]] = {
        "title": lambda row: row.title,
        "slug": lambda row: row.slug,
        "price": lambda row: catalogue.lowest_price(site, row),
    }
    sales = _sales(site)
    return Listing(
        _post_rules(
            is_old_site,
            "price",
            "popularity",
            "rating",
            "menu_order",
            statuses=catalogue.STATUSES,
            other_filters=tuple(filters),
        ),
        catalogue.visible_products(site),
        lambda row: catalogue.product_row(site, row, sales),
        times=lambda row: (row.created, catalogue.product_modified(row, site.now)),
        status=lambda row: catalogue.product_status(row, site.now),
        unasked=frozenset({"trash"}),
        sort_by=sort_by,
        filters=filters,
    )


def _variations(site: Site, is_old_site: bool, parent: int | None) -> Listing:
    return Listing(
        _post_rules(is_old_site, "price", "popularity", "rating", "menu_order"),
        catalogue.visible_variations(site, parent),
        lambda row: catalogue.variation_row(site, row),
        times=lambda row: (row.created, row.updated(site.now)),
    )


def _coupons(site: Site, is_old_site: bool) -> Listing:
    users = _coupon_users(site)
    return Listing(
        _post_rules(is_old_site, other_filters=("code",)),
        catalogue.visible_coupons(site),
        lambda row: catalogue.coupon_row(site, row, users.get(row.id, [])),
        times=lambda row: (row.created, row.updated(site.now)),
        filters={"code": lambda row, wanted: row.code.lower() == wanted.lower()},
    )


def _categories(site: Site) -> Listing:
    sizes = Counter(
        product.category.id
        for product in catalogue.visible_products(site)
        if catalogue.product_status(product, site.now) == "publish"
    )
    sort_by: dict[str, Callable[[Any], Any]] = {
        "name": lambda row: row.title,
        "slug": lambda row: row.slug,
        "count": lambda row: sizes[row.id],
    }
    rules = Rules(("id", "include", "name", "slug", "term_group", "description", "count"), ("name", "asc"))
    return Listing(
        rules, catalogue.visible_categories(site), lambda row: catalogue.category_row(site, row, sizes), sort_by=sort_by
    )


def _reviews(site: Site) -> Listing:
    filters: dict[str, Callable[[Any, str], bool]] = {
        "product": lambda row, wanted: str(row.product.id) in wanted.split(","),
        "reviewer_email": lambda row, wanted: row.email == wanted,
    }
    order_by = ("date", "date_gmt", "id", "include", "product")
    return Listing(
        Rules(order_by, ("date_gmt", "desc"), times=("after", "before"), other_filters=tuple(filters)),
        catalogue.visible_reviews(site),
        lambda row: catalogue.review_row(site, row),
        times=lambda row: (row.created, row.created),
        sort_by={"product": lambda row: row.product.id},
        filters=filters,
    )


@dataclass(frozen=True, slots=True)
class _Administrator:
    """The site's first user: no customer, and in the list of customers all the same when all roles are asked for."""

    customer: Customer
    id: int = ADMINISTRATOR


def _customers(site: Site) -> Listing:
    present = [
        one
        for one in site.shop.customers
        if one.is_there(site.now) and not (one.deleted is not None and one.deleted <= site.now)
    ]
    paying = {
        order.customer.id
        for order in site.shop.orders
        if order.customer is not None and order.paid is not None and order.paid <= site.now
    }
    began = min((one.created for one in site.shop.customers), default=0)
    admin = _Administrator(
        Customer(
            began, ADMINISTRATOR, 0, "", "", "admin@shop.example", None, None, None, "de", [(0, _NOWHERE)], _NO_STEPS
        )
    )

    def write(row: Customer | _Administrator) -> dict[str, Any]:
        if isinstance(row, _Administrator):
            return customer_row(site, row.customer, False) | {"role": "administrator", "username": "admin"}
        return customer_row(site, row, row.id in paying)

    def role(row: Customer | _Administrator, wanted: str) -> bool:
        return wanted in ("all", "administrator" if isinstance(row, _Administrator) else "customer")

    def email(row: Customer | _Administrator) -> str:
        return (row if isinstance(row, Customer) else row.customer).email.lower()

    sort_by: dict[str, Callable[[Any], Any]] = {
        "name": email,
        "registered_date": lambda row: began if isinstance(row, _Administrator) else row.created,
    }
    return Listing(
        Rules(("id", "include", "name", "registered_date"), ("name", "asc"), other_filters=("role", "email", "search")),
        [admin, *present],
        write,
        sort_by=sort_by,
        filters={
            "role": role,
            "email": lambda row, wanted: email(row) == wanted.lower(),
            "search": lambda row, wanted: wanted.lower() in email(row),
        },
    )


_NOWHERE = Address("", "", "", "", "", "DE")
_NO_STEPS = Steps(0, 0)


def _buyer(row: Order | Cart, now: int) -> int:
    customer = row.customer
    return 0 if customer is None or (customer.deleted is not None and customer.deleted <= now) else customer.id


def _sales(site: Site) -> Counter[int]:
    """Count the units sold of every product."""
    sales: Counter[int] = Counter()
    for order in site.shop.orders:
        if order.paid is not None and order.paid <= site.now:
            for line in order.lines:
                sales[line.product.id] += line.units(site.now)
    return sales


def _coupon_users(site: Site) -> dict[int, list[str]]:
    users: dict[int, list[str]] = {}
    for order in site.shop.orders:
        if order.coupons and order.is_there(site.now):
            user = str(order.customer.id) if order.customer is not None else order.email or ""
            for coupon, _ in order.coupons:
                users.setdefault(coupon.id, []).append(user)
    return users


def selected(listing: Listing, query: Query, site: Site) -> list[Any]:
    """Keep the rows that were asked for."""
    rows = list(listing.rows)
    if listing.status is not None:
        wanted, asks_any = set(query.statuses), "any" in query.statuses
        state = listing.status
        rows = [row for row in rows if (found := state(row)) in wanted or (asks_any and found not in listing.unasked)]
    if query.include:
        rows = [row for row in rows if listing.ident(row) in query.include]
    if query.exclude:
        rows = [row for row in rows if listing.ident(row) not in query.exclude]
    if query.times and listing.times is not None:
        times = listing.times
        rows = [row for row in rows if query.is_in_time(*times(row), site.shop.zone)]
    filters = listing.filters
    given = ({"role": "customer"} if "role" in filters else {}) | query.filters
    for name, wanted in given.items():
        rows = [row for row in rows if filters[name](row, wanted)]
    return rows


def in_order(listing: Listing, rows: list[Any], query: Query) -> list[Any]:
    """Sort; of equal ones the id decides."""
    ident, times = listing.ident, listing.times
    if query.order_by == "include" and query.include:
        return sorted(rows, key=lambda row: query.include.index(ident(row)))
    by: Callable[[Any], Any] = ident
    if query.order_by in listing.sort_by:
        by = listing.sort_by[query.order_by]
    elif query.order_by in ("date", "date_gmt") and times is not None:
        by = lambda row: times(row)[0]  # noqa: E731
    elif query.order_by == "modified" and times is not None:
        by = lambda row: times(row)[1]  # noqa: E731
    return sorted(rows, key=lambda row: (by(row), ident(row)), reverse=query.order == "desc")
