"""DummyJSON: the products, users and carts of a public practice shop.

docs    https://dummyjson.com/docs; checked against its code, github.com/Ovi/DummyJSON (June 2026)
paging  skip/limit without a largest page; the answer's `limit` is the rows returned, so `total` decides
limit   100 requests in 10 s for each address; X-RateLimit-Remaining and -Reset on every answer
changes none told: the whole list every time, compared by content; what is absent from a complete list is gone
quirks  money is a float and has no currency; carts have no date; `meta.updatedAt` of products has two values in all and
        is no cursor; a path that ends in a slash is redirected; unknown paths answer 404 in HTML
"""

from countinghouse.sources.base import Options, Rate, Resource, Source, SyntheticDates
from countinghouse.sources.changes import Snapshot
from countinghouse.sources.paging import SkipLimit

# Invented people, but of the kind that must not be kept: passwords, identity numbers, bank and device data.
_PRIVATE = frozenset({"password", "ssn", "ein", "bank", "crypto", "ip", "macAddress", "userAgent"})


class DummyJsonOptions(Options):
    """A cart that no payment names gets a date of this window; by default the year before the shop was first seen."""

    synthetic_dates: SyntheticDates | None = None


DUMMYJSON = Source(
    kind="dummyjson",
    paging=SkipLimit(size=500),
    limits=(Rate(100, seconds=10),),
    options=DummyJsonOptions,
    has_orders=True,
    resources=(
        Resource("products", "/products", rows="products", changes=Snapshot(), is_deletable=True),
        Resource("users", "/users", rows="users", changes=Snapshot(), is_deletable=True, secrets=_PRIVATE),
        Resource("carts", "/carts", rows="carts", changes=Snapshot(), is_deletable=True),
    ),
)
