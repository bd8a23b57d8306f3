"""Shopify's ways to write ids, instants, money and addresses, and what a reader may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from simulator.shopify_graphql import Row
from simulator.trade.model import Address, Order, Product, Shop

if TYPE_CHECKING:
    from simulator.shopify_index import Index

# What a customer from elsewhere pays in: the currency, its decimals, and how much of it one unit of the shop's is. The
# rates stand still: only that amounts differ matters here.
PRESENTED = {
    "CA": ("CAD", 2, 1.36),
    "GB": ("GBP", 2, 0.78),
    "DE": ("EUR", 2, 0.91),
    "FR": ("EUR", 2, 0.91),
    "JP": ("JPY", 0, 149.5),
    "KW": ("KWD", 3, 0.307),
}
_TRAVELLERS = ("CA", "JP", "KW")
_TRAVELLERS_SHARE = 40  # one order in so many is paid in another currency, wherever it goes
_COUNTRIES = {
    "US": "United States",
    "CA": "Canada",
    "GB": "United Kingdom",
    "DE": "Germany",
    "FR": "France",
    "JP": "Japan",
    "AT": "Austria",
    "KW": "Kuwait",
}


@dataclass(slots=True)
class View:
    """What one request sees.

    oldest         orders created before are absent, as without `read_all_orders`; None: none are
    sees_personal  whether names, addresses, emails and phones are shown
    write_order    writes an order
    check          refuses a field (the second) whose type (the first) the reader has no right to
    """

    index: Index
    now: int
    oldest: int | None
    sees_personal: bool
    write_order: Callable[[Order, View], Row]
    check: Callable[[str, str], None]

    @property
    def shop(self) -> Shop:
        """The shop that is shown."""
        return self.index.shop

    def order_row(self, order: Order) -> Row:
        """Write an order, for what only refers to one."""
        self.check("Order", "order")
        return self.write_order(order, self)


def gid(kind: str, number: int | str) -> str:
    """Write a global id."""
    return f"gid://shopify/{kind}/{number}"


def derived(*parts: str | int) -> int:
    """Return the number of a thing the world has no number for: always the same for the same parts, below 2^56."""
    return int.from_bytes(blake2b("/".join(map(str, parts)).encode(), digest_size=7).digest())


@lru_cache(maxsize=65536)
def instant(at: int) -> str:
    """Write an instant."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant_or_none(at: int | None, now: int) -> str | None:
    """Write an instant that has come, else None."""
    return instant(at) if at is not None and at <= now else None


@lru_cache(maxsize=65536)
def decimal(amount: int, decimals: int) -> str:
    """Write minor units as Shopify's `Decimal`: no superfluous noughts, but one digit at least behind the point."""
    sign, digits = ("-" if amount < 0 else ""), str(abs(amount)).rjust(decimals + 1, "0")
    whole, part = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    return f"{sign}{whole}.{part.rstrip('0') or '0'}"


def money_text(amount: int, decimals: int) -> str:
    """Write minor units as Shopify's `Money`, with the currency's decimals: "12.50"."""
    text = decimal(amount, decimals)
    if not decimals:
        return text.removesuffix(".0")
    whole, _, part = text.partition(".")
    return f"{whole}.{part.ljust(decimals, '0')}"


def money(amount: int, shop: Shop) -> Row:
    """Write an amount of the shop's currency as MoneyV2."""
    return {"__typename": "MoneyV2", "amount": decimal(amount, shop.decimals), "currencyCode": shop.currency}


@dataclass(slots=True, frozen=True)
class Purse:
    """The shop's currency beside the one a customer saw."""

    currency: str
    decimals: int
    presented: str
    presented_decimals: int
    rate: float

    def bag(self, amount: int) -> Row:
        """Write an amount in both currencies."""
        return _bag(self, amount)


@lru_cache(maxsize=65536)
def _bag(purse: Purse, amount: int) -> Row:
    shop = {"__typename": "MoneyV2", "amount": decimal(amount, purse.decimals), "currencyCode": purse.currency}
    if purse.presented == purse.currency:
        return {"__typename": "MoneyBag", "shopMoney": shop, "presentmentMoney": shop}
    seen = round(amount * purse.rate * 10 ** (purse.presented_decimals - purse.decimals))
    presented = {
        "__typename": "MoneyV2",
        "amount": decimal(seen, purse.presented_decimals),
        "currencyCode": purse.presented,
    }
    return {"__typename": "MoneyBag", "shopMoney": shop, "presentmentMoney": presented}


@lru_cache(maxsize=64)
def _purse(currency: str, decimals: int, country: str) -> Purse:
    presented = PRESENTED.get(country, (currency, decimals, 1.0))
    if presented[0] == currency:
        presented = (currency, decimals, 1.0)
    return Purse(currency, decimals, *presented)


def shop_purse(shop: Shop) -> Purse:
    """Return the purse of what no customer saw in a currency of his own."""
    return _purse(shop.currency, shop.decimals, shop.country)


def purse_of(order: Order, shop: Shop) -> Purse:
    """Return an order's purse."""
    country = order.address.country
    if order.id % _TRAVELLERS_SHARE == 0:
        country = _TRAVELLERS[order.id // _TRAVELLERS_SHARE % len(_TRAVELLERS)]
    return _purse(shop.currency, shop.decimals, country)


def gone_at(product: Product) -> int | None:
    """Return when a product vanished: there is no trash here."""
    times = [at for at in (product.trashed, product.deleted) if at is not None]
    return min(times) if times else None


def is_listed(product: Product, now: int) -> bool:
    """Whether the shop has a product at an instant."""
    gone = gone_at(product)
    return product.is_there(now) and not (gone is not None and gone <= now)


def portion(whole: int, units: int, of: int) -> int:
    """Return the share of so many units in what all of them come to, rounded half up."""
    return (2 * whole * units + of) // (2 * of)


def mailing_address(address: Address, first: str | None, last: str | None, phone: str | None, number: int) -> Row:
    """Write an address."""
    name = " ".join(part for part in (first, last) if part) or None
    country = _COUNTRIES.get(address.country, address.country)
    return {
        "__typename": "MailingAddress",
        "id": gid("MailingAddress", number),
        "address1": address.street,
        "address2": None,
        "city": address.city,
        "company": None,
        "country": country,
        "countryCode": address.country,
        "countryCodeV2": address.country,
        "firstName": first,
        "lastName": last,
        "name": name,
        "formatted": [address.street, f"{address.city} {address.region_code} {address.postcode}".strip(), country],
        "formattedArea": f"{address.city} {address.region_code}, {country}",
        "phone": phone,
        "province": address.region,
        "provinceCode": address.region_code,
        "timeZone": None,
        "zip": address.postcode,
    }


def is_order_listed(order: Order, view: View) -> bool:
    """Whether a reader sees an order: deleted ones are gone, trash there is none, old ones need a right."""
    now = view.now
    gone = order.is_deleted(now) or (order.trashed is not None and order.trashed <= now)
    return order.is_there(now) and not gone and (view.oldest is None or order.created >= view.oldest)
