"""The pretended WordPress site: its clock, its money as text, its addresses, and what it says of itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simulator.trade.model import Address, Customer, Shop
from simulator.web import number

VERSION = "11.0.1"
_ITEM = ("GET", "POST", "PUT", "PATCH", "DELETE")
_NAMES = {"EUR": ("Euro", "€", "&euro;"), "USD": ("United States (US) dollar", "$", "&#36;")}
# German states carry the country in WooCommerce; neighbours have none, or their bare code.
_STATES = {"DE": "DE-{}", "AT": "", "FR": "", "NL": "", "BE": "", "DK": "", "PL": "", "CZ": "", "SE": "", "LU": ""}


@dataclass(frozen=True, slots=True)
class Site:
    """One shop at one instant. `url` is the base the site believes to have; money is written with `decimals` places."""

    shop: Shop
    now: int
    url: str
    decimals: int = 2

    def money(self, minor: int) -> str:
        """Write minor units as a decimal text."""
        own = self.shop.decimals
        if self.decimals < own:
            step = 10 ** (own - self.decimals)
            minor, own = (abs(minor) + step // 2) // step * (-1 if minor < 0 else 1), self.decimals
        whole, rest = divmod(abs(minor), 10**own)
        places = (f"{rest:0{own}d}" if own else "").ljust(self.decimals, "0")
        return ("-" if minor < 0 else "") + (f"{whole}.{places}" if places else str(whole))

    def price(self, minor: int) -> str:
        """Write a price of the catalogue: always with the shop's own decimals."""
        return Site(self.shop, self.now, self.url, self.shop.decimals).money(minor)

    def plain(self, minor: int) -> str:
        """Write an amount without closing zeros, as the coupons of an order have it."""
        return f"{self.amount(minor)}"

    def amount(self, minor: int, units: int = 1) -> float | int:
        """Return an amount as the JSON number WooCommerce makes of it, divided by units where it is a price."""
        return number(minor / 10**self.shop.decimals / units)

    def dates(self, name: str, instant: int | None) -> dict[str, str | None]:
        """Return a time twice, by the site's clock and in UTC, both without saying so; what lies ahead is null."""
        if instant is None or instant > self.now:
            return {name: None, f"{name}_gmt": None}
        return {
            name: datetime.fromtimestamp(instant, self.shop.zone).strftime("%Y-%m-%dT%H:%M:%S"),
            f"{name}_gmt": datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        }

    def rest(self, path: str) -> str:
        """Return the address of something in the API."""
        return f"{self.url}/wp-json/wc/v3/{path}"

    def links(self, collection: str, row: int, **more: str) -> dict[str, Any]:
        """Return `_links` of a row."""
        return {
            "self": [{"href": self.rest(f"{collection}/{row}"), "targetHints": {"allow": list(_ITEM)}}],
            "collection": [{"href": self.rest(collection)}],
        } | {name: [{"href": self.rest(path)}] for name, path in more.items()}

    @property
    def symbol(self) -> str:
        """The currency's sign."""
        return _NAMES.get(self.shop.currency, ("", self.shop.currency, ""))[1]


def person(
    address: Address | None, first: str, last: str, phone: str | None, email: str | None = None
) -> dict[str, str]:
    """Return an address as orders carry it; the shipping address has no email."""
    filled = {
        "first_name": first,
        "last_name": last,
        "company": "",
        "address_1": address.street if address else "",
        "address_2": "",
        "city": address.city if address else "",
        "state": _STATES.get(address.country, "{}").format(address.region_code) if address else "",
        "postcode": address.postcode if address else "",
        "country": address.country if address else "",
    }
    return filled | ({} if email is None else {"email": email}) | {"phone": phone or ""}


def customer_row(site: Site, customer: Customer, is_paying: bool) -> dict[str, Any]:
    """Return a customer. One that nobody touched since it was made has no date of modification."""
    address = customer.address(site.now)
    billing = person(address, customer.first, customer.last, customer.phone, customer.email)
    shipping = person(None, "", "", None)
    changed = customer.updated(site.now)
    return {
        "id": customer.id,
        **site.dates("date_created", customer.created),
        **site.dates("date_modified", None if changed == customer.created else changed),
        "email": customer.email,
        "first_name": customer.first,
        "last_name": customer.last,
        "role": "customer",
        "username": customer.email.partition("@")[0],
        "billing": billing,
        "shipping": shipping,
        "is_paying_customer": is_paying,
        "avatar_url": avatar(customer.email, 96),
        "meta_data": [],
        "_links": site.links("customers", customer.id),
    }


def avatar(email: str, size: int) -> str:
    """Return the address of somebody's picture."""
    digest = hashlib.sha256(email.strip().lower().encode()).hexdigest()
    return f"https://secure.gravatar.com/avatar/{digest}?s={size}&d=mm&r=g"


def root(site: Site) -> dict[str, Any]:
    """Return what /wp-json/ tells anybody. `url` and `home` differ in their scheme, as behind a proxy."""
    offset = datetime.fromtimestamp(site.now, site.shop.zone).utcoffset()
    hours = offset.total_seconds() / 3600 if offset is not None else 0
    return {
        "name": site.shop.title,
        "description": "",
        "url": site.url,
        "home": site.url.replace("http://", "https://", 1),
        "gmt_offset": number(hours),
        "timezone_string": site.shop.zone.key,
        "namespaces": ["oembed/1.0", "wc/v3", "wc/v2", "wc/v1", "wc-admin", "wc-analytics", "wc/store/v1", "wp/v2"],
        "authentication": [],
        "routes": {},
    }


def currency(site: Site) -> dict[str, Any]:
    """Return the shop's currency."""
    name, _, symbol = _NAMES.get(site.shop.currency, (site.shop.currency, "", site.shop.currency))
    code = site.shop.currency
    return {
        "code": code,
        "name": name,
        "symbol": symbol,
        "_links": site.links("data/currencies", 0)
        | {
            "self": [{"href": site.rest(f"data/currencies/{code}")}],
        },
    }


def settings(site: Site) -> list[dict[str, Any]]:
    """Return the general settings a reader of the books needs."""
    shop = site.shop
    values = {
        "woocommerce_default_country": ("Country / State", "single_select_country", shop.country),
        "woocommerce_currency": ("Currency", "select", shop.currency),
        "woocommerce_price_num_decimals": ("Number of decimals", "number", str(shop.decimals)),
        "woocommerce_calc_taxes": ("Enable taxes", "checkbox", "yes"),
    }
    return [
        {
            "id": key,
            "label": label,
            "description": "",
            "type": kind,
            "default": "",
            "value": value,
            "group_id": "general",
            "_links": {
                "self": [{"href": site.rest(f"settings/general/{key}")}],
                "collection": [{"href": site.rest("settings/general")}],
            },
        }
        for key, (label, kind, value) in values.items()
    ]


def system_status(site: Site) -> dict[str, Any]:
    """Return the little of the status report that tells the release."""
    return {
        "environment": {
            "home_url": site.url.replace("http://", "https://", 1),
            "site_url": site.url,
            "version": VERSION,
            "wp_version": "6.8.3",
            "default_timezone": "UTC",
        },
        "settings": {
            "api_enabled": False,
            "currency": site.shop.currency,
            "currency_symbol": site.symbol,
            "number_of_decimals": site.shop.decimals,
            "HPOS_enabled": True,
        },
    }
