"""Who may read what: tokens, their scopes, and the tokens that client credentials buy for a day."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from simulator.shopify_graphql import QueryError
from simulator.shopify_parts import derived
from simulator.web import Answer, Request, to_json

CLIENT_ID, CLIENT_SECRET = "simulator_client", "simulator_secret"
TOKEN_SECONDS = 86399
SIXTY_DAYS = 60 * 86400
_SCOPES = (
    "read_orders",
    "read_all_orders",
    "read_products",
    "read_customers",
    "read_inventory",
    "read_locations",
    "read_fulfillments",
    "read_returns",
    "read_checkouts",
)
_NEEDS = {
    "Order": "read_orders",
    "Refund": "read_orders",
    "Return": "read_returns",
    "LineItem": "read_orders",
    "OrderTransaction": "read_orders",
    "AbandonedCheckout": "read_orders",
    "Customer": "read_customers",
    "Product": "read_products",
    "ProductVariant": "read_products",
    "Collection": "read_products",
    "InventoryItem": "read_inventory",
    "InventoryLevel": "read_inventory",
    "Location": "read_locations",
    "DeletionEvent": "read_products",
}


@dataclass(slots=True, frozen=True)
class Reader:
    """Whoever a token belongs to."""

    scopes: tuple[str, ...] = _SCOPES
    sees_personal: bool = True

    def oldest(self, now: int) -> int | None:
        """Return the age at which orders vanish; None where they do not."""
        return None if "read_all_orders" in self.scopes else now - SIXTY_DAYS

    def check(self, typename: str, field: str) -> None:
        """Refuse a field without the right for its type."""
        needed = _NEEDS.get(typename)
        if needed is not None and needed not in self.scopes:
            access = f"`{needed}` access scope."
            raise QueryError(
                f"Access denied for {field} field. Required access: {access}",
                "ACCESS_DENIED",
                [field],
                documentation="https://shopify.dev/api/usage/access-scopes",
                requiredAccess=access,
            )


READERS = {
    "shpat_simulator": Reader(),
    "shpat_sixty_days": Reader(tuple(one for one in _SCOPES if one != "read_all_orders")),
    "shpat_no_personal_data": Reader(sees_personal=False),
    "shpat_no_orders": Reader(tuple(one for one in _SCOPES if "orders" not in one)),
}


class Tokens:
    """Static tokens, and those given out."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def reader(self, request: Request, now: int) -> Reader | None:
        """Return who asks, or None for nobody known."""
        token = request.headers.get("x-shopify-access-token", "")
        if token in READERS:
            return READERS[token]
        return Reader() if self._given.get(token, 0) > now else None

    def give(self, request: Request, now: int) -> Answer:
        """Answer POST /admin/oauth/access_token."""
        body = _body(request)
        if body.get("grant_type") != "client_credentials":
            return _refused(
                "unsupported_grant_type", "The authorization grant type is not supported by the authorization server."
            )
        if (body.get("client_id"), body.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _refused("invalid_client", "Client authentication failed.")
        token = f"shpat_{derived('token', now, len(self._given)):016x}{derived('more', now):016x}"
        self._given[token] = now + TOKEN_SECONDS
        shown = {"access_token": token, "scope": ",".join(_SCOPES), "expires_in": TOKEN_SECONDS}
        return Answer(200, to_json(shown))


def _refused(error: str, description: str) -> Answer:
    return Answer(400, to_json({"error": error, "error_description": description}))


def _body(request: Request) -> dict[str, Any]:
    if "json" in request.headers.get("content-type", ""):
        try:
            held = msgspec.json.decode(request.body)
        except msgspec.DecodeError:
            return {}
        return held if isinstance(held, dict) else {}
    return dict(parse_qsl(request.body.decode("utf-8", "replace")))
