"""WooCommerce's REST API, version 3, of one shop: everything a reader of the books asks for.

docs    https://woocommerce.github.io/woocommerce-rest-api-docs; behaviour compared with answers recorded from
        WooCommerce 11.0.1 behind a TLS proxy in Europe/Berlin
paging  page / per_page, 10 rows unless asked for, at most 100; bare lists, X-WP-Total and X-WP-TotalPages
limit   none of its own
quirks  a key nobody knows is no error of authentication: the request goes on as anonymous; rows the key's user may not
        see are taken out after paging; `modified_after` leaves its border out and means the site's clock unless told
        otherwise; customers and categories cannot be asked for changes
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from simulator import woocommerce_site as site_of
from simulator.clock import Clock
from simulator.hooks import Hooks
from simulator.trade.model import Order, Shop
from simulator.web import Answer, Request, to_json
from simulator.woocommerce_lists import Listing, in_order, listing_of, no_route, selected
from simulator.woocommerce_query import Query, Refusal, only, page_link, read_decimals, read_fields, read_query
from simulator.woocommerce_site import Site
from simulator.woocommerce_webhooks import WooCommerceManners, happened, webhooks

_JSON = "application/json; charset=UTF-8"
_WARNING = (
    b"<br />\n<b>Warning</b>:  Undefined array key 1 in <b>/wp-content/plugins/x.php</b> on line <b>7</b><br />\n"
)
_CRITICAL = {
    "code": "internal_server_error",
    "message": "<p>There has been a critical error on this website.</p>",
    "data": {"status": 500},
    "additional_errors": [],
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the API: what it may do, and how much its user may see."""

    secret: str
    permissions: str = "read"
    is_shop_manager: bool = True
    hides: int = 0  # every so many orders are not for its user's eyes


KEYS = {
    "ck_simulator": Key("cs_simulator"),
    "ck_simulator_write": Key("cs_simulator", permissions="write"),
    "ck_simulator_manager": Key("cs_simulator", permissions="read_write"),
    "ck_simulator_visitor": Key("cs_simulator", is_shop_manager=False),
    "ck_simulator_clerk": Key("cs_simulator", hides=3),
}


class WooCommerce:
    """Answers requests below /wp-json/.

    is_behind_tls  the address of this machine stands for a proxy that ends TLS; without it WordPress believes the
                   request came over plain HTTP and looks at no key
    is_old_site    a release that knows neither `modified_after` nor `orderby=modified` nor /refunds
    link_url       a site that believes to be elsewhere: its links name that address
    warns          PHP prints a warning in front of every answer
    hooks          who is told of what
    """

    def __init__(
        self,
        shop: Callable[[int], Shop],
        clock: Clock,
        is_limited: bool = True,
        prefix: str = "/woocommerce",
        *,
        is_behind_tls: bool = True,
        is_old_site: bool = False,
        link_url: str | None = None,
        warns: bool = False,
    ) -> None:
        self._shop = shop
        self._clock = clock
        self._prefix = prefix
        self.is_limited = is_limited
        self.is_behind_tls = is_behind_tls
        self.is_old_site = is_old_site
        self.link_url = link_url
        self.warns = warns
        site = f"https://shop-eu.example{prefix}"
        self.hooks = Hooks(WooCommerceManners(), lambda since, until: happened(shop(until), since, until, site))

    def answer(self, request: Request) -> Answer:
        """Answer one request; never raises for what a client can do."""
        now = self._clock.now()
        url = self.link_url or f"http://{request.headers.get('host', '127.0.0.1')}{self._prefix}"
        site = Site(self._shop(now), now, url, read_decimals(request.parameters))
        headers = [("X-Robots-Tag", "noindex"), ("X-Content-Type-Options", "nosniff")]
        link = ("Link", f'<{url}/wp-json/>; rel="https://api.w.org/"')
        try:
            status, more = 200, []
            if (parts := request.path.strip("/").split("/"))[:4] == ["wp-json", "wc", "v3", "webhooks"]:
                shown, status = self._webhooks(request, parts[4:], now)
            else:
                shown, more = self._route(site, request)
            answer = Answer(status, to_json(shown), _JSON)
        except Refusal as refusal:
            answer, more = Answer(refusal.status, to_json(refusal.body), _JSON), []
        if not any(name == "Link" for name, _ in more):
            headers.append(link)
        answer.headers = headers + more
        if self.warns:
            answer.body = _WARNING + answer.body
        return answer

    def refusal(self, request: Request, status: int) -> Answer:
        """Word a failure: a key taken back is one nobody knows; only the host in front limits, in HTML."""
        if status == 401:
            return Answer(401, to_json(_cannot_view("list resources", is_logged_in=False).body), _JSON)
        if status == 429:
            return Answer(429, b"<html><body><h1>429 Too Many Requests</h1></body></html>\n", "text/html")
        return Answer(status, to_json(_CRITICAL | {"data": {"status": status}}), _JSON)

    # Keys

    def _key(self, request: Request) -> Key | None:
        """Return the key a request brings; None for nobody. A wrong secret is an error, an unknown key is not."""
        given = dict(request.parameters)
        name, secret = given.get("consumer_key", ""), given.get("consumer_secret", "")
        if not (name and secret):
            name, secret = _basic(request.headers.get("authorization", ""))
        key = KEYS.get(name) if self.is_behind_tls else None
        if key is None:
            return None
        if key.secret != secret:
            raise _no_authentication("Consumer secret is invalid.")
        wanted = "read" if request.method in ("GET", "HEAD", "OPTIONS") else "write"
        if key.permissions not in (wanted, "read_write"):
            raise _no_authentication(f"The API key provided does not have {wanted} permissions.")
        return key

    # Routes

    def _webhooks(self, request: Request, parts: list[str], now: int) -> tuple[Any, int]:
        key = self._key(request)
        if key is None or not key.is_shop_manager:
            raise _cannot_view("list resources", key is not None)
        return webhooks(self.hooks, request, parts, now)

    def _route(self, site: Site, request: Request) -> tuple[Any, list[tuple[str, str]]]:
        key = self._key(request)
        parts = request.path.strip("/").split("/")
        if parts == ["wp-json"]:
            return only(site_of.root(site), read_fields(request.parameters)), []
        if parts[:3] != ["wp-json", "wc", "v3"] or request.method not in ("GET", "HEAD"):
            raise no_route()
        match parts[3:]:
            case ["data", "currencies", "current"]:
                return self._single(request, key, site_of.currency(site))
            case ["system_status"]:
                return self._single(request, key, site_of.system_status(site))
            case ["settings", "general"]:
                return self._single(request, key, None) if key is None else (site_of.settings(site), [])
            case ["settings", "general", name]:
                found = next((one for one in site_of.settings(site) if one["id"] == name), None)
                return self._single(request, key, found, "rest_setting_setting_invalid")
            case [*names, last] if last.isdecimal():
                return self._one(site, request, key, "/".join(names), int(last))
            case names:
                return self._list(site, request, key, "/".join(names))

    def _single(
        self,
        request: Request,
        key: Key | None,
        row: dict[str, Any] | None,
        code: str = "",
        message: str = "Invalid ID.",
    ) -> tuple[Any, list[tuple[str, str]]]:
        if key is None or not key.is_shop_manager:
            raise _cannot_view("view this resource", key is not None)
        if row is None:
            raise Refusal(404, code, message)
        return only(row, read_fields(request.parameters)), []

    def _one(
        self, site: Site, request: Request, key: Key | None, path: str, number: int
    ) -> tuple[Any, list[tuple[str, str]]]:
        listing = listing_of(site, path, self.is_old_site)
        row = next((row for row in listing.rows if listing.ident(row) == number), None)
        code, message = _NOT_FOUND.get(path.rpartition("/")[2], ("woocommerce_rest_invalid_id", "Invalid ID."))
        return self._single(request, key, None if row is None else listing.write(row), code, message)

    def _list(self, site: Site, request: Request, key: Key | None, path: str) -> tuple[Any, list[tuple[str, str]]]:
        listing = listing_of(site, path, self.is_old_site)
        # What is wrong with the parameters is said before who asks is looked at.
        query = read_query(request.parameters, listing.rules, site.shop.zone)
        if key is None or not key.is_shop_manager:
            raise _cannot_view("list resources", key is not None)
        found = in_order(listing, selected(listing, query, site), query)
        start = query.offset if query.offset is not None else (query.page - 1) * query.per_page
        page = found[max(0, start) : max(0, start) + query.per_page]
        # Past its end a list claims to be empty.
        total = len(found) if page or start <= 0 else 0
        pages = -(-total // query.per_page)
        # Only now are the rows taken out that are not for this user: the page gets shorter, the total stays.
        rows = [listing.write(row) for row in page if not _is_hidden(key, row)]
        headers = [("X-WP-Total", str(total)), ("X-WP-TotalPages", str(pages))]
        return [only(row, query.fields) for row in rows], headers + self._links(site, path, listing, query, pages)

    def _links(self, site: Site, path: str, listing: Listing, query: Query, pages: int) -> list[tuple[str, str]]:
        added = [*((f"status[{place}]", one) for place, one in enumerate(query.statuses)), *listing.defaults]
        defaults = added if listing.defaults else []
        if not pages:
            # `dp` and `context` join when the first row is written.
            defaults = [pair for pair in defaults if pair[0].startswith("status")]
        near = [(min(query.page - 1, pages), "prev")] if query.page > 1 else []
        near += [(query.page + 1, "next")] if query.page < pages else []
        links = [
            f'<{page_link(site.rest(path), query, page, defaults, quote_plus)}>; rel="{name}"' for page, name in near
        ]
        return [("Link", ", ".join(links))] if links else []


_NOT_FOUND = {
    "orders": ("woocommerce_rest_shop_order_invalid_id", "Invalid ID."),
    "refunds": ("woocommerce_rest_shop_order_refund_invalid_id", "Invalid ID."),
    "products": ("woocommerce_rest_product_invalid_id", "Invalid ID."),
    "variations": ("woocommerce_rest_product_variation_invalid_id", "Invalid ID."),
    "categories": ("woocommerce_rest_term_invalid", "Resource does not exist."),
    "reviews": ("woocommerce_rest_review_invalid_id", "Invalid review ID."),
    "customers": ("wc_user_invalid_id", "Invalid user ID."),
    "coupons": ("woocommerce_rest_shop_coupon_invalid_id", "Invalid ID."),
}


def _is_hidden(key: Key, row: Any) -> bool:
    return key.hides > 0 and isinstance(row, Order) and row.id % key.hides == 0


def _basic(header: str) -> tuple[str, str]:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _no_authentication(message: str) -> Refusal:
    return Refusal(401, "woocommerce_rest_authentication_error", message)


def _cannot_view(what: str, is_logged_in: bool) -> Refusal:
    return Refusal(403 if is_logged_in else 401, "woocommerce_rest_cannot_view", f"Sorry, you cannot {what}.")
