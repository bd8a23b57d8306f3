"""commercetools' token host: OAuth 2 client credentials.

docs    https://docs.commercetools.com/api/authorization
quirks  a token lives as long as its client was set to, so `expires_in` is the only truth; a scope that names a store
        (`view_orders:project:store`) hides the other stores' rows without an error
"""

import base64
import binascii
import itertools
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import parse_qsl

from simulator.clock import Clock
from simulator.commercetools_parts import Object, Refusal
from simulator.web import Answer, Request, to_json

PROJECT = "simulator"
SECRET = "simulator_secret"
_ALL = (
    *("view_orders", "view_products", "view_published_products", "view_customers", "view_payments"),
    *("view_categories", "view_messages", "view_project_settings", "view_stores", "view_discount_codes"),
    "view_tax_categories",
)
# Three API clients: one with every right to read, one without orders, one that sees the orders of one store only.
CLIENTS: dict[str, tuple[str, ...]] = {
    "simulator_client": tuple(f"{right}:{PROJECT}" for right in _ALL),
    "orders_missing": tuple(f"{right}:{PROJECT}" for right in _ALL if right != "view_orders"),
    "one_store": (f"view_orders:{PROJECT}:ginza", *(f"{right}:{PROJECT}" for right in _ALL if right != "view_orders")),
}
_NO_CLIENT = "Please provide valid client credentials using HTTP Basic Authentication."
_NO_TOKEN = "This endpoint requires an access token. You can get one from the authorization server."


@dataclass(slots=True, frozen=True)
class Token:
    """What was granted, and until when."""

    scopes: tuple[str, ...]
    ends: int

    def stores(self, right: str) -> set[str] | None:
        """Return the stores whose rows a right shows; None means all of them. Refuse when the right is missing."""
        granted = [scope.split(":") for scope in self.scopes if scope.split(":")[0] == right]
        if not granted:
            message = f"Insufficient scope. One of the following scopes is missing: {right}."
            raise Refusal(403, "insufficient_scope", message)
        return None if any(len(parts) == 2 for parts in granted) else {parts[2] for parts in granted}


class CommercetoolsTokens:
    """Answers `POST /oauth/token`, and knows the tokens it gave."""

    def __init__(self, clock: Clock, is_limited: bool = True, seconds: int = 172_800) -> None:
        self._clock = clock
        self._seconds = seconds
        self._given: dict[str, Token] = {}
        self._numbers = itertools.count(1)
        self.is_limited = is_limited

    def answer(self, request: Request) -> Answer:
        """Answer one request; never raises for what a client can do."""
        try:
            return Answer(200, to_json(self._grant(request)))
        except Refusal as refusal:
            return Answer(refusal.status, to_json(refusal.body()))

    def refusal(self, request: Request, status: int) -> Answer:
        """Word a failure as the token host does."""
        error = Refusal(401, "invalid_client", _NO_CLIENT) if status == 401 else failure(status)
        return Answer(status, to_json(error.body()))

    def read(self, request: Request) -> Token:
        """Return the token a request carries."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not given:
            raise Refusal(401, "invalid_token", _NO_TOKEN)
        token = self._given.get(given)
        if token is None or token.ends <= self._clock.now():
            raise Refusal(401, "invalid_token", "invalid_token")
        return token

    def _grant(self, request: Request) -> Object:
        if request.path != "/oauth/token" or request.method != "POST":
            raise Refusal(404, "ResourceNotFound", f"Route {request.method}:{request.path} not found")
        allowed = CLIENTS[_client(request)]
        asked = dict(parse_qsl(request.body.decode("utf-8", "replace"))) | dict(request.parameters)
        if "grant_type" not in asked:
            raise Refusal(400, "invalid_request", "Missing required parameter: grant_type.")
        if asked["grant_type"] != "client_credentials":
            message = f"Invalid parameter: grant_type: Invalid grant type: {asked['grant_type']}"
            raise Refusal(400, "unsupported_grant_type", message)
        scopes = tuple(asked.get("scope", "").split()) or allowed
        if any(scope not in allowed for scope in scopes):
            can = ", ".join(scope.split(":")[0] for scope in allowed)
            message = f"Permissions exceeded. Only the following permissions can be requested: {can}"
            raise Refusal(400, "invalid_scope", message)
        text = f"{next(self._numbers)}/{self._clock.now()}/{scopes}"
        token = base64.urlsafe_b64encode(blake2b(text.encode(), digest_size=24).digest()).decode()
        self._given[token] = Token(scopes, self._clock.now() + self._seconds)
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self._seconds,
            "scope": " ".join(scopes),
        }


def failure(status: int) -> Refusal:
    """Word a failure of the service itself, and the two refusals of a query that is too much for it."""
    match status:
        case 503:
            return Refusal(503, "OverCapacity", "The service is currently over capacity. Please try again later.")
        case 429:
            return Refusal(429, "TooManyRequests", "Too many requests. Please try again later.")
        case 400:
            return Refusal(400, "QueryTimedOut", "The query timed out. Ask for less at once.")
        case _:
            return Refusal(status, "General", "Sorry, something unexpected happened. Please try again later.")


def _client(request: Request) -> str:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        client, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client = secret = ""
    if scheme != "Basic" or client not in CLIENTS or secret != SECRET:
        raise Refusal(401, "invalid_client", _NO_CLIENT)
    return client
