"""Shopify Admin API, version 2026-10: GraphQL, because REST is legacy and has no sales agreements.

docs    https://shopify.dev/docs/api/admin-graphql/2026-10
auth    X-Shopify-Access-Token: a token that stays, or client id and secret, which buy one for 24 hours
paging  cursors; a list ends after 25,000 rows without a word; lists inside a row have pages of their own
limit   points from a bucket (100 a second on the standard plan); a query may ask for 1,000; throttling is a 200
changes updated_at is met (>=) and its time must stand in quotes; deleted products have a feed, other rows have none
history an export (bulk operation) above 1,000 rows: five connections and two levels at most
quirks  another version than the one asked for may answer; without read_all_orders, orders older than 60 days are
        absent without a word; errors come with 200, also beside data; variants and checkouts sort by id only
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from countinghouse.sources.base import Options, Rate, Source
from countinghouse.sources.graphql import Fragment, Listing, Part, Row
from countinghouse.sources.paging import Query
from countinghouse.sources.shopify_asking import PATH
from countinghouse.sources.shopify_auth import ShopifyToken
from countinghouse.sources.shopify_changes import Updated
from countinghouse.sources.shopify_reader import ShopifyReader
from countinghouse.sources.shopify_rights import inspect

# Whoever has one of these can look at or act on the order, the checkout or the customer's settings, or charge a card.
_SECRETS = frozenset(
    (
        "token",
        "cartToken",
        "checkoutToken",
        "statusPageUrl",
        "abandonedCheckoutUrl",
        "receiptJson",
        "clientIp",
        "multipassIdentifier",
        "unsubscribeUrl",
        "marketingUnsubscribeUrl",
        "openTrackingUrl",
        "accountNumber",
        "authorizationCode",
        "cart_token",
        "checkout_token",
        "order_status_url",
        "abandoned_checkout_url",
        "receipt",
        "browser_ip",
    )
)


class ShopifyOptions(Options):
    """`history` says how much is read at once: by export, by pages, or whichever is cheaper."""

    history: Literal["auto", "bulk", "pages"] = "auto"


def _narrow(since: datetime | None, until: datetime | None) -> Query:
    bounds = {"since": since, "until": until}
    return {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in bounds.items() if at}


def _fragment(name: str) -> Fragment:
    return Fragment(Path(__file__).parent / "shopify_queries" / f"{name}.graphql")


def _refunds(orders: list[Row]) -> list[Row]:
    return [refund for order in orders for refund in order["refunds"]]


def _with_returns(orders: list[Row]) -> list[Row]:
    return [order for order in orders if order["returnStatus"] != "NO_RETURN"]


_CHANGED = Updated(_narrow)
# A checkout is listed only once it was left for ten minutes, and then carries the time of its last touch.
_LISTED_LATE = Updated(_narrow, overlap=timedelta(minutes=20))
_WHOLE = Updated(_narrow, whole_every=timedelta(0))  # a handful of rows, every time

SHOPIFY = Source(
    kind="shopify",
    auth=ShopifyToken(),
    reader=ShopifyReader.opened,
    inspect=inspect,
    limits=(Rate(20, seconds=1),),  # the points are what counts: shopify_reader.py
    options=ShopifyOptions,
    has_orders=True,
    resources=(
        Listing(
            "shop",
            *(PATH, "shop", _WHOLE),
            updated="updatedAt",
            secrets=_SECRETS,
            fragment=_fragment("shop"),
            root="shop",
            is_single=True,
        ),
        Listing(
            "locations",
            *(PATH, "locations", _WHOLE),
            updated="updatedAt",
            is_deletable=True,
            secrets=_SECRETS,
            fragment=_fragment("location"),
            root="locations",
            arguments="includeInactive: true",
            is_filtered=False,
            scope="read_locations",
        ),
        Listing(
            "products",
            *(PATH, "products", _CHANGED),
            updated="updatedAt",
            is_deletable=True,
            secrets=_SECRETS,
            fragment=_fragment("product"),
            root="products",
            sort="UPDATED_AT",
            count="productsCount",
            children=(("Collection", "collections"),),
            deletions="PRODUCT",
            scope="read_products",
        ),
        Listing(
            "product_variants",
            *(PATH, "productVariants", _CHANGED),
            updated="updatedAt",
            is_deletable=True,
            secrets=_SECRETS,
            fragment=_fragment("product_variant"),
            root="productVariants",
            size=250,
            count="productVariantsCount",
            children=(("InventoryLevel", "inventoryLevels"),),
            scope="read_products",
        ),
        Listing(
            "collections",
            *(PATH, "collections", _CHANGED),
            updated="updatedAt",
            is_deletable=True,
            secrets=_SECRETS,
            fragment=_fragment("collection"),
            root="collections",
            size=250,
            sort="UPDATED_AT",
            count="collectionsCount",
            deletions="COLLECTION",
            scope="read_products",
        ),
        Listing(
            "customers",
            *(PATH, "customers", _CHANGED),
            updated="updatedAt",
            is_deletable=True,
            secrets=_SECRETS,
            fragment=_fragment("customer"),
            root="customers",
            size=250,
            sort="UPDATED_AT",
            count="customersCount",
            scope="read_customers",
        ),
        Listing(
            "orders",
            *(PATH, "orders", _CHANGED),
            updated="updatedAt",
            is_deletable=True,
            secrets=_SECRETS,
            fragment=_fragment("order"),
            root="orders",
            size=20,
            sort="UPDATED_AT",
            count="ordersCount",
            children=(
                ("LineItem", "lineItems"),
                ("ShippingLine", "shippingLines"),
                ("Agreement", "agreements"),
                ("Sale", "sales"),
            ),
            parts=(Part(_fragment("refund"), _refunds), Part(_fragment("returns"), _with_returns)),
            scope="read_orders",
        ),
        Listing(
            "abandoned_checkouts",
            *(PATH, "abandonedCheckouts", _LISTED_LATE),
            updated="updatedAt",
            secrets=_SECRETS,
            fragment=_fragment("abandoned_checkout"),
            root="abandonedCheckouts",
            children=(("LineItem", "lineItems"),),
            scope="read_orders",
        ),
    ),
)
