"""The sources: one module of declarations for each kind of API, read by one client.

A new source is its connector module and a line in `SOURCES`; then its staging models, a simulator router and a page
in the docs.
"""

from countinghouse.sources.base import Resource, Source
from countinghouse.sources.commercetools import COMMERCETOOLS
from countinghouse.sources.dummyjson import DUMMYJSON
from countinghouse.sources.fx import FX
from countinghouse.sources.payload import PAYLOAD
from countinghouse.sources.shopify import SHOPIFY
from countinghouse.sources.stripe import STRIPE
from countinghouse.sources.tables import TABLES
from countinghouse.sources.woocommerce import WOOCOMMERCE

SOURCES: dict[str, Source] = {
    source.kind: source for source in (COMMERCETOOLS, DUMMYJSON, FX, PAYLOAD, SHOPIFY, STRIPE, TABLES, WOOCOMMERCE)
}

__all__ = ["SOURCES", "Resource", "Source"]
