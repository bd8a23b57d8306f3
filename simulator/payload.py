"""Payload CMS 3.90's REST API with the ecommerce plugin, on an SQL database.

docs    https://payloadcms.com/docs/rest-api/overview; behaviour compared with answers recorded from a running 3.90.2
paging  page and limit, with everything at once for limit=0; the answer says hasNextPage
limit   none of its own
quirks  a bad or ended token makes the caller anybody: 403, or 200 with fewer rows; a bad date is a 500; the status of a
        cart follows the clock; references to what was deleted for good turn null and leave updatedAt as it was
writes  not taught: they are refused, as for an account that may only read
"""

import re
from collections.abc import Callable
from typing import Protocol
from urllib.parse import parse_qsl

from simulator.payload_accounts import Accounts, Caller, cookie_header
from simulator.payload_query import PayloadError, hidden_failure, read_query
from simulator.payload_read import Reading
from simulator.payload_rows import Document, Rows
from simulator.payload_schema import SCHEMA
from simulator.trade.model import Shop
from simulator.web import Answer, Request, to_json

_HEADERS = [
    ("Accept-CH", "Sec-CH-Prefers-Color-Scheme"),
    (
        "Vary",
        "Sec-CH-Prefers-Color-Scheme, rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch,"
        " Accept-Encoding",
    ),
    ("Critical-CH", "Sec-CH-Prefers-Color-Scheme"),
    ("X-Powered-By", "Next.js, Payload"),
    (
        "access-control-allow-headers",
        "Origin, X-Requested-With, Content-Type, Accept, Authorization, Content-Encoding, x-apollo-tracing,"
        " X-Payload-HTTP-Method-Override",
    ),
    ("access-control-allow-methods", "PUT, PATCH, POST, GET, DELETE, OPTIONS"),
]
_FORBIDDEN = "You are not allowed to perform this action."


class Time(Protocol):
    """Whoever knows what time it is."""

    def now(self) -> int:
        """Return the present instant in Unix seconds."""
        ...


class Payload:
    """Answers requests below the API's prefix, such as /api/orders.

    shop  gives the shop as far as it has come by an instant
    """

    def __init__(self, shop: Callable[[int], Shop], clock: Time, is_limited: bool = True) -> None:
        self._shop = shop
        self._clock = clock
        self._accounts = Accounts()
        self._rows: tuple[int, int, Rows] | None = None
        self.is_limited = is_limited

    def refusal(self, request: Request, status: int) -> Answer:
        """Word a failure: an ended login is a 403 here, and only a proxy counts requests."""
        if status == 401:
            return _json({"errors": [{"message": _FORBIDDEN}]}, 403)
        if status == 429:
            page = b"<html><head><title>429 Too Many Requests</title></head><body>nginx</body></html>"
            return Answer(429, page, "text/html")
        return _json({"errors": [{"message": "An unknown error occurred."}]}, status)

    def answer(self, request: Request) -> Answer:
        """Answer one request; never raises for what a client can do."""
        try:
            return self._route(request)
        except PayloadError as error:
            return _json(error.body, error.status)

    def _route(self, request: Request) -> Answer:
        now = self._clock.now()
        parts = request.path.strip("/").split("/")
        if parts[0] != "api" or len(parts) < 2 or parts[1] not in SCHEMA:
            return self._no_route(request)
        rows, opened = self._rows_at(now)
        caller = self._accounts.caller(request, rows, now)
        reading = Reading(rows, self._accounts, caller, opened, now)
        method = request.method
        is_override = request.headers.get("x-payload-http-method-override", "").upper() == "GET"
        if method == "POST" and is_override:
            method = "GET"
        if parts[1] == "users" and len(parts) == 3 and not re.match(r"[+-]?\d", parts[2]):
            answer = self._account(parts[2], method, request, reading, caller, now)
            if answer is not None:
                return answer
        if method in ("GET", "HEAD"):
            return self._read(parts[1], parts[2:], request, reading)
        is_write = (method == "POST" and len(parts) == 2) or (method in ("PATCH", "DELETE") and len(parts) in (2, 3))
        if is_write:
            raise PayloadError(403, _FORBIDDEN)
        return self._no_route(request)

    @staticmethod
    def _no_route(request: Request) -> Answer:
        return _json({"message": f'Route not found "{request.path}"'}, 404)

    @staticmethod
    def _read(collection: str, rest: list[str], request: Request, reading: Reading) -> Answer:
        body = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        query = read_query([*request.parameters, *body])
        match rest:
            case []:
                return _json(reading.page(collection, query))
            case ["count"]:
                return _json({"totalDocs": reading.count(collection, query)})
            case [id] if re.fullmatch(r"[+-]?\d+", id):
                return _json(reading.one(collection, int(id), query))
            case [_]:
                raise hidden_failure()
            case _:
                return Payload._no_route(request)

    def _account(
        self, action: str, method: str, request: Request, reading: Reading, caller: Caller | None, now: int
    ) -> Answer | None:
        match (method, action):
            case ("POST", "login"):
                return self._login(request, now)
            case ("GET", "me"):
                return self._me(reading, caller)
            case ("POST", "refresh-token"):
                return self._refresh(reading, caller, now)
            case ("POST", "logout"):
                if caller is None:
                    raise PayloadError(400, "No User")
                self._accounts.log_out(caller)
                return _json({"message": "You have been logged out successfully."})
        return None

    def _login(self, request: Request, now: int) -> Answer:
        rows, opened = self._rows_at(now)
        row, token, end = self._accounts.log_in(request, rows, opened, now)
        caller = Caller(row["id"], "admin" in row["roles"], "local-jwt")
        user = Reading(rows, self._accounts, caller, opened, now).user(row["id"], depth=1)
        user = {name: value for name, value in user.items() if name != "hasAPIKey"}
        shown = user | {"updatedAt": None, "_strategy": "local-jwt"}
        return _json({"message": "Authentication Passed", "exp": end, "token": token, "user": shown}, token=token)

    def _me(self, reading: Reading, caller: Caller | None) -> Answer:
        if caller is None:
            return _json({"user": None, "message": "Account"})
        user = reading.user(caller.id, depth=0) | {"_strategy": caller.strategy}
        token = {"exp": caller.claims["exp"], "token": caller.token} if caller.claims else {}
        return _json(
            {"user": user, "collection": "users", "strategy": caller.strategy} | token | {"message": "Account"}
        )

    def _refresh(self, reading: Reading, caller: Caller | None, now: int) -> Answer:
        if caller is None or caller.claims is None:
            raise PayloadError(403, _FORBIDDEN)
        claimed: Document = {"id": caller.id, "roles": caller.claims["roles"], "email": caller.claims["email"]}
        token, end = self._accounts.renew(caller, claimed, now)
        user = reading.user(caller.id, depth=0) | {"_strategy": caller.strategy}
        body = {"message": "Token refresh successful", "refreshedToken": token, "exp": end, "user": user}
        return _json(body, token=token)

    def _rows_at(self, now: int) -> tuple[Rows, int]:
        """Return the rows as of an instant, and when the shop opened."""
        if self._rows is None or self._rows[0] != now:
            shop = self._shop(now)
            opened = min((product.created for product in shop.products), default=now)
            self._rows = (now, opened, Rows(shop, now))
        return self._rows[2], self._rows[1]


def _json(body: Document, status: int = 200, token: str | None = None) -> Answer:
    headers = list(_HEADERS)
    if token is not None:
        headers.append(cookie_header(token))
    return Answer(status, to_json(body), "application/json", headers)
