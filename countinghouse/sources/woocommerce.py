"""WooCommerce's REST API, version 3, of one shop.

docs    https://woocommerce.github.io/woocommerce-rest-api-docs; behaviour compared with answers recorded from
        WooCommerce 11.0.1 (November 2026)
auth    a consumer key and secret with read rights, as Basic over https; over plain http WordPress ignores them
paging  page and per_page, 100 rows at most; X-WP-TotalPages is the end, a short page is not: rows the key's user may
        not see are taken out after paging. Sorted by id, so that new rows come last
limit   none of its own; 3 requests a second are kept to, since shops are small machines
changes `modified_after` is exclusive, in whole seconds, and means the shop's clock unless `dates_are_gmt` is sent;
        customers, categories, reviews and variations know no such filter and are read whole; what was deleted for good
        is found by the weekly reading of everything, what lies in the trash by a list of its own
quirks  times end in _gmt and carry no zone; money is text, without tax; an order's total never shrinks, refunds stand
        beside it; 0 and "" are none; `dp` is not sent: amounts come rounded as the shop books them
"""

import re
from datetime import datetime, timedelta
from typing import Any, cast

from countinghouse.errors import SourceError
from countinghouse.sources.auth import BasicKeys
from countinghouse.sources.base import Options, Rate, Resource, Source
from countinghouse.sources.counted import Beneath, CountedLists
from countinghouse.sources.exact_json import OBJECT
from countinghouse.sources.inspection import Findings
from countinghouse.sources.modified import Modified
from countinghouse.sources.paging import NumberedPages, Query
from countinghouse.sources.session import Session

_API = "/wp-json/wc/v3"
_BY_ID: Query = {"orderby": "id", "order": "asc"}
_SECOND = timedelta(seconds=1)

# Whoever has one of these can open an order's page or a protected one, pay, fetch the very files that are sold, or
# recognise the buyer's device; the pictures' addresses hold digests of emails, and `used_by` the emails themselves.
_SECRET = frozenset(
    {"order_key", "cart_hash", "payment_url", "customer_ip_address", "customer_user_agent", "post_password"}
    | {"downloads", "avatar_url", "reviewer_avatar_urls", "used_by"}
)
# Plugins write what they like into meta_data, card data and tokens among it: only these names are kept.
_KEPT_META = re.compile(
    r"_refunded_item_id|_refund_type|_restock_refunded_items|_wc_order_attribution_(?!user_agent)\w+"
)


class WooCommerceOptions(Options):
    """`excluded_statuses`: the shop's own order statuses that are no sale, such as "quote"."""

    excluded_statuses: tuple[str, ...] = ()


def _modified(since: datetime | None, until: datetime | None) -> Query:
    return _span("modified_after", "modified_before", since, until)


def _created(since: datetime | None, until: datetime | None) -> Query:
    return _span("after", "before", since, until)


def _span(after: str, before: str, since: datetime | None, until: datetime | None) -> Query:
    """Both borders are left out by the source, and its seconds are whole: one earlier meets what is to be met."""
    query: dict[str, str | int | list[str]] = {"dates_are_gmt": "true"} if since or until else {}
    if since:
        query[after] = f"{since - _SECOND:%Y-%m-%dT%H:%M:%S}"
    if until:
        query[before] = f"{until:%Y-%m-%dT%H:%M:%S}"
    return query


def cleaned(row: Any) -> Any:
    """The row with only those entries of `meta_data`, at any depth, whose names are known to hold nothing private.

    `_links` goes too: it repeats the site's address in every row, and all of them would count as changed when it moves.
    """
    if isinstance(row, list):
        return [cleaned(inner) for inner in cast(list[Any], row)]
    if not isinstance(row, dict):
        return row
    fields = cast(dict[str, Any], row)
    return {
        name: _kept_meta(value) if name == "meta_data" else cleaned(value)
        for name, value in fields.items()
        if name != "_links"
    }


def _kept_meta(meta: Any) -> list[Any]:
    """A list, also where a plugin made an object of it."""
    entries = cast(list[Any], meta) if isinstance(meta, list) else []
    return [entry for entry in entries if isinstance(entry, dict) and _is_kept(cast(dict[str, Any], entry))]


def _is_kept(entry: dict[str, Any]) -> bool:
    return _KEPT_META.fullmatch(str(entry.get("key") or "")) is not None


def inspect(session: Session) -> Findings:
    """What the shop says of itself: its release, zone and currency."""
    _, site = session.ask("/wp-json/", {"_fields": "timezone_string,namespaces"}, OBJECT)
    _, currency = session.ask(f"{_API}/data/currencies/current", None, OBJECT)
    try:
        _, status = session.ask(f"{_API}/system_status", {"_fields": "environment"}, OBJECT)
        version = status["environment"]["version"]
    except (SourceError, KeyError, TypeError):
        version = None  # told to those who manage the shop only
    zone, code = site.get("timezone_string"), currency.get("code")
    warnings = () if "wc/v3" in site.get("namespaces", ["wc/v3"]) else ("WooCommerce is not active on this site.",)
    return Findings(version=version, timezone=zone or None, currency=code or None, warnings=warnings)


def _resource(
    name: str,
    path: str,
    *lists: Query,
    by_time: Modified | None = None,
    created: str | None = "date_created_gmt",
    updated: str | None = "date_modified_gmt",
    is_addressed: bool = True,
) -> Resource:
    queries = tuple({**_BY_ID, **query} for query in lists or ({},))
    changes = CountedLists(queries, by_time, created, cleaned=cleaned, is_addressed=is_addressed)
    return Resource(name, _API + path, None, changes, updated=updated, is_deletable=True, secrets=_SECRET)


_VARIATIONS = Beneath(
    query={**_BY_ID, "type": "variable", "status": "any", "_fields": "id,date_created_gmt"},
    path=f"{_API}/products/{{id}}/variations",
    named="parent_id",
    created="date_created_gmt",
    cleaned=cleaned,
    order=_BY_ID,
)

WOOCOMMERCE = Source(
    kind="woocommerce",
    auth=BasicKeys("consumer_key", "consumer_secret", needs_tls=True),
    paging=NumberedPages(size=100),
    limits=(Rate(3, seconds=1),),
    options=WooCommerceOptions,
    has_orders=True,
    # A hundred orders with all their lines take a small machine a while.
    silence=60,
    repeats=frozenset(range(525, 530)),  # a proxy's words for a server it cannot reach
    no_route=frozenset({"rest_no_route"}),
    ping=f"{_API}/orders?per_page=1&_fields=id",
    inspect=inspect,
    resources=(
        _resource("orders", "/orders", {"status": "any"}, {"status": "trash"}, by_time=Modified(_modified)),
        # A refund never changes; that one was deleted shows in its order, and in the weekly reading of everything.
        _resource("refunds", "/refunds", by_time=Modified(_created), updated="date_created_gmt", is_addressed=False),
        _resource("products", "/products", {"status": "any"}, {"status": "trash"}, by_time=Modified(_modified)),
        Resource(
            "product_variations",
            f"{_API}/products",
            None,
            _VARIATIONS,
            updated="date_modified_gmt",
            is_deletable=True,
            secrets=_SECRET,
        ),
        # The default list leaves out buyers of other roles.
        _resource("customers", "/customers", {"role": "all"}),
        _resource("coupons", "/coupons", by_time=Modified(_modified)),
        _resource("reviews", "/products/reviews", {"status": "all"}, updated="date_created_gmt"),
        _resource("categories", "/products/categories", created=None, updated=None),
    ),
)
