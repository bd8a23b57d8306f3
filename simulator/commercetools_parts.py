"""What all of commercetools' objects are made of: ids, money, times, names by language, errors.

Keys without a value are left out, never null. Times are UTC with milliseconds; the world knows seconds, so every
instant of a second gets the same milliseconds and what happened together stays together.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

from simulator.seasons import iso
from simulator.trade.model import Address, Shop, tax_inside, tax_on

Object = dict[str, Any]
CHANGED_BY: Object = {"clientId": "storefront", "isPlatformClient": False}


class Refusal(Exception):
    """An error as commercetools words it: `code` of the errors list, and more fields of the error."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.more = status, code, message, more

    def body(self) -> Object:
        """Return the answer's body. What concerns tokens carries OAuth's own two fields besides."""
        told: Object = {
            "statusCode": self.status,
            "message": self.message,
            "errors": [{"code": self.code, "message": self.message} | self.more],
        }
        is_about_tokens = self.code.islower()
        return told | ({"error": self.code, "error_description": self.message} if is_about_tokens else {})


@lru_cache(maxsize=500_000)
def uuid(what: str, number: int | str) -> str:
    """Return the id of a thing: the same in every run."""
    digest = blake2b(f"{what}/{number}".encode(), digest_size=16).digest()
    return str(UUID(bytes=digest, version=4))


@lru_cache(maxsize=500_000)
def at(instant: int) -> str:
    """Write an instant."""
    return f"{iso(instant)[:20]}{instant * 7919 % 1000:03d}Z"


def reference(kind: str, resource: str, number: int | str) -> Object:
    """Point to another object; it may be gone."""
    return {"typeId": kind, "id": uuid(resource, number)}


def filled(**fields: Any) -> Object:
    """Leave out what is None."""
    return {name: value for name, value in fields.items() if value is not None}


def head(resource: str, number: int | str, created: int, modified: int, changes: int = 0) -> Object:
    """Begin an object. Its version grows with each change, not by 1."""
    return {
        "id": uuid(resource, number),
        "version": 1 + 3 * changes,
        "createdAt": at(created),
        "lastModifiedAt": at(modified),
        # Not in the reference, beside the real one in recorded orders, and a little later.
        "versionModifiedAt": at(modified)[:-4] + "999Z",
        "lastModifiedBy": CHANGED_BY,
        "createdBy": CHANGED_BY,
    }


def cents(shop: Shop, amount: int) -> Object:
    """Write an amount in the currency's own minor units."""
    return {
        "type": "centPrecision",
        "currencyCode": shop.currency,
        "centAmount": amount,
        "fractionDigits": shop.decimals,
    }


def precise(shop: Shop, numerator: int, denominator: int = 1) -> Object:
    """Write an amount to three more digits; `fractionDigits` belongs to `preciseAmount`."""
    exact = (2 * numerator * 1000 + denominator) // (2 * denominator)
    return {
        "type": "highPrecision",
        "currencyCode": shop.currency,
        "centAmount": (2 * numerator + denominator) // (2 * denominator),
        "preciseAmount": exact,
        "fractionDigits": shop.decimals + 3,
    }


def tax_rate(shop: Shop, per_mille: int) -> Object:
    """Name the tax on a line."""
    return {
        "id": f"rate-{per_mille}",
        "name": f"{per_mille / 10:g}% {'incl.' if shop.prices_include_tax else 'excl.'}",
        "amount": per_mille / 1000,
        "includedInPrice": shop.prices_include_tax,
        "country": shop.country,
        "subRates": [],
    }


def taxed(shop: Shop, listed: int, per_mille: int) -> Object:
    """Split a listed amount into net, tax and gross."""
    tax = tax_inside(listed, per_mille) if shop.prices_include_tax else tax_on(listed, per_mille)
    net = listed - tax if shop.prices_include_tax else listed
    return taxed_price(shop, net, {per_mille: tax})


def taxed_price(shop: Shop, net: int, taxes: dict[int, int]) -> Object:
    """Write net, gross and the tax of each rate."""
    total = sum(taxes.values())
    return {
        "totalNet": cents(shop, net),
        "totalGross": cents(shop, net + total),
        "taxPortions": [
            {"rate": rate / 1000, "amount": cents(shop, amount), "name": f"{rate / 10:g}%"}
            for rate, amount in sorted(taxes.items())
        ],
        "totalTax": cents(shop, total),
    }


def names(product_id: int, title: str) -> Object:
    """Write a name by language; every fifth product has none in English."""
    return {"ja": title} if product_id % 5 == 0 else {"en": title, "ja": f"{title}（日本語）"}


def address(given: Address, first: str | None, last: str | None, phone: str | None, email: str | None) -> Object:
    """Write an address; only the country is sure."""
    return filled(
        id=uuid("address", f"{given.street}/{given.postcode}")[:8],
        firstName=first,
        lastName=last,
        streetName=given.street,
        postalCode=given.postcode,
        city=given.city,
        region=given.region,
        country=given.country,
        phone=phone,
        email=email,
    )
