"""What a Shopify shop tells of itself when a connection is tried out: its money, its clock, and our rights."""

from countinghouse.sources.graphql import Row
from countinghouse.sources.inspection import Findings
from countinghouse.sources.session import Session
from countinghouse.sources.shopify_asking import VERSION, ShopifyAsker, scopes_of

# The least that everything we read needs, and what is missing without it.
NEEDED = {
    "read_orders": "without read_orders neither orders nor abandoned checkouts can be read",
    "read_all_orders": "without read_all_orders, orders older than 60 days are absent without a word",
    "read_products": "without read_products neither products nor variants can be read",
    "read_customers": "without read_customers no customer can be read",
    "read_inventory": "without read_inventory neither unit costs nor stocks by location can be read",
    "read_returns": "without read_returns no order that has a return can be read",
    "read_locations": "without read_locations no location can be read",
}
_LOOK = (
    "query Look { shop { currencyCode ianaTimezone } currentAppInstallation { accessScopes { handle } } "
    "ordersCount(limit: null) { count } productsCount(limit: null) { count } customersCount(limit: null) { count } }"
)


def inspect(session: Session) -> Findings:
    """The shop's currency, time zone and numbers of rows, and rights that are missing or wider than reading."""
    data: Row = ShopifyAsker(session).ask(_LOOK)
    scopes = scopes_of(data)
    missing = [scope for scope in NEEDED if not {scope, scope.replace("read_", "write_")} & scopes]
    wide = sorted(scope for scope in scopes if scope.startswith("write_"))
    warnings = [NEEDED[scope] for scope in missing]
    if wide:
        warnings.append(f"the app may write ({', '.join(wide)}); reading is enough, take those scopes away")
    counts = {"orders": "ordersCount", "products": "productsCount", "customers": "customersCount"}
    return Findings(
        version=VERSION,
        scopes=tuple(sorted(scopes)),
        timezone=data["shop"]["ianaTimezone"],
        currency=data["shop"]["currencyCode"],
        rows={name: int(data[field]["count"]) for name, field in counts.items() if data.get(field)},
        lacking=tuple(missing),
        excess=tuple(wide),
        warnings=tuple(warnings),
    )
