"""The shop itself, and the app that reads it."""

from datetime import UTC, datetime

from simulator.shopify_graphql import Row
from simulator.shopify_parts import PRESENTED, View, gid, instant

_OPENED = int(datetime(2023, 10, 1, tzinfo=UTC).timestamp())


def shop_row(view: View) -> Row:
    """Write the shop."""
    shop = view.shop
    local = datetime.fromtimestamp(view.now, shop.zone)
    offset = local.utcoffset()
    minutes = 0 if offset is None else int(offset.total_seconds() // 60)
    domain = f"{shop.name}.myshopify.com"
    email = "books@countinghouse.example"
    currencies = sorted({shop.currency, *(currency for currency, _, _ in PRESENTED.values())})
    return {
        "__typename": "Shop",
        "id": gid("Shop", 1),
        "name": shop.title,
        "description": None,
        "email": email,
        "contactEmail": email,
        "shopOwnerName": "Countinghouse",
        "myshopifyDomain": domain,
        "url": f"https://{domain}",
        "currencyCode": shop.currency,
        "enabledPresentmentCurrencies": currencies,
        "ianaTimezone": shop.zone.key,
        "timezoneAbbreviation": local.strftime("%Z"),
        "timezoneOffset": local.strftime("%z"),
        "timezoneOffsetMinutes": minutes,
        "taxesIncluded": shop.prices_include_tax,
        "createdAt": instant(_OPENED),
        "updatedAt": instant(_OPENED),
        "plan": {
            "__typename": "ShopPlan",
            "displayName": "Basic",
            "publicDisplayName": "Basic",
            "partnerDevelopment": False,
            "shopifyPlus": False,
        },
        "shopAddress": {
            "__typename": "ShopAddress",
            "id": gid("ShopAddress", 1),
            "countryCode": shop.country,
            "countryCodeV2": shop.country,
            "formatted": [shop.country],
        },
    }


def installation_row(scopes: tuple[str, ...]) -> Row:
    """Write the app with what it may do."""
    return {
        "__typename": "AppInstallation",
        "id": gid("AppInstallation", 1),
        "launchUrl": "https://countinghouse.example",
        "uninstallUrl": None,
        "accessScopes": [
            {"__typename": "AccessScope", "handle": one, "description": one.replace("_", " ").capitalize()}
            for one in scopes
        ],
    }
