"""Payload CMS 3 with its ecommerce plugin: a site's own shop.

docs    https://payloadcms.com/docs/rest-api/overview; behaviour compared with answers recorded from 3.90.2
auth    an administrator's email and password buy a token (two hours, unless the site says otherwise), or an API key of
        such an account where the site allows them; five wrong passwords lock the account for ten minutes
paging  where[...] behind the last row, sorted by updatedAt and id; `hasNextPage` decides; limit=0 would be everything
limit   none of its own; a site is one small server, so two requests at a time and five a second are kept
changes `updatedAt`; what a deletion elsewhere clears keeps its old one, and is met by the weekly reading
quirks  a token that has ended shows a smaller shop instead of an error; the status of a cart is worked out when it is
        read and moves by itself, so it is left out; a bad date is a 500; money is in the smallest unit and its decimals
        are told nowhere; collections are named in camel case
"""

from countinghouse.sources.base import Rate, Resource, Source
from countinghouse.sources.exact_json import OBJECT
from countinghouse.sources.inspection import Findings
from countinghouse.sources.modified import Modified
from countinghouse.sources.paging import field_of
from countinghouse.sources.payload_reading import (
    ADMINISTRATOR,
    ByUpdate,
    Narrowed,
    PayloadLogin,
    PayloadOptions,
    PayloadReader,
    api_path,
    prove,
)
from countinghouse.sources.session import Session

# What opens an order's page, a cart or an account. Payload hides most of it; a site's own code may show it.
_SECRET = frozenset(
    {"accessToken", "secret", "sessions", "salt", "hash", "password", "apiKey", "apiKeyIndex", "_verificationToken"}
    | {"resetPasswordToken", "resetPasswordExpiration", "lockUntil", "loginAttempts"}
)
# Named as tables are, and as Payload names them.
_COLLECTIONS = {
    "orders": "orders",
    "transactions": "transactions",
    "carts": "carts",
    "products": "products",
    "variants": "variants",
    "users": "users",
    "categories": "categories",
    "addresses": "addresses",
    "variant_types": "variantTypes",
    "variant_options": "variantOptions",
}
_WITH_TRASH = frozenset({"products", "variants", "variant_types", "variant_options"})


def inspect(session: Session) -> Findings:
    """Whether it is an administrator who asks, and how many rows of each collection there are."""
    prove(session)
    rows: dict[str, int] = {}
    for resource in PAYLOAD.resources:
        query = {**ByUpdate().first(1), **Narrowed(resource.name in _WITH_TRASH)(None, None)}
        _, page = session.ask(api_path(session.connection) + resource.path, query, OBJECT)
        total = field_of(page, "totalDocs")
        if isinstance(total, int):
            rows[resource.name] = total
    return Findings(scopes=(str(session.connection.options.get("role", ADMINISTRATOR)),), rows=rows)


PAYLOAD = Source(
    kind="payload",
    inspect=inspect,
    auth=PayloadLogin(),
    reader=PayloadReader.opened,
    paging=ByUpdate(),
    limits=(Rate(5, seconds=1),),
    options=PayloadOptions,
    has_orders=True,
    resources=tuple(
        Resource(
            name,
            f"/{slug}",
            rows="docs",
            changes=Modified(Narrowed(has_trash=name in _WITH_TRASH)),
            updated="updatedAt",
            is_deletable=True,
            # The status of a cart moves while its updatedAt stays: kept, it would make every reading a change.
            secrets=_SECRET | {"status"} if name == "carts" else _SECRET,
        )
        for name, slug in _COLLECTIONS.items()
    ),
)
