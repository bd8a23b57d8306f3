"""DummyJSON's HTTP API.

docs    https://dummyjson.com/docs; behaviour compared with answers recorded from its own code
        (github.com/Ovi/DummyJSON, June 2026)
paging  limit and skip; `limit` in the answer is the number of rows sent, not the number asked for
limit   100 requests in 10 seconds for each address
quirks  no changed-since filter; writes are answered and forgotten; unknown paths answer in HTML; a trailing slash is
        redirected
"""

import base64
import hashlib
import json
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from simulator import dummyjson_tokens as tokens
from simulator import dummyjson_writes as writes
from simulator.clock import Clock
from simulator.dummyjson_query import Options, Refusal, page, read_options, select, sort
from simulator.shop import RESOURCES, Row, Shop
from simulator.web import Answer, Request, to_json

REQUESTS = 100
WINDOW_SECONDS = 10

_HEADERS = [
    ("X-DNS-Prefetch-Control", "off"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Strict-Transport-Security", "max-age=15552000; includeSubDomains"),
    ("X-Download-Options", "noopen"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-XSS-Protection", "1; mode=block"),
    ("Vary", "Origin, Accept-Encoding"),
    ("Access-Control-Allow-Credentials", "true"),
]
_NOT_FOUND_PAGE = """<!DOCTYPE html>
<html lang="en">

<head>
  <meta charset="UTF-8" />
  <title>Page not found — DummyJSON</title>
</head>

<body>
  <main class="page-404" role="main">
    <span class="page-404__badge">Error 404</span>
    <h1>This page floated away</h1>
  </main>
</body>

</html>
"""
_SINGULAR = {"product": "products", "user": "users", "cart": "carts"}


class Window:
    """Counts requests of a client in windows of ten seconds, by the wall's clock: a frozen world has limits too."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[float, int]] = {}

    def count(self, client: str) -> tuple[int, float]:
        """Count a request; return how many there were in this window and the seconds until it ends."""
        present = time.monotonic()
        began, seen = self._counts.get(client, (present, 0))
        if present - began >= WINDOW_SECONDS:
            began, seen = present, 0
        self._counts[client] = (began, seen + 1)
        return seen + 1, began + WINDOW_SECONDS - present

    def clear(self) -> None:
        """Forget all requests."""
        self._counts.clear()


class DummyJson:
    """Answers requests below the API's prefix."""

    def __init__(self, shop: Shop, clock: Clock, prefix: str, is_limited: bool = True) -> None:
        self._shop = shop
        self._clock = clock
        self._prefix = prefix
        self._window = Window()
        self.is_limited = is_limited

    @property
    def is_limited(self) -> bool:
        """Whether more than 100 requests in ten seconds are turned away; setting it forgets what was counted."""
        return self._is_limited

    @is_limited.setter
    def is_limited(self, is_limited: bool) -> None:
        self._is_limited = is_limited
        self._window.clear()

    def refusal(self, request: Request, status: int) -> Answer:
        """Word a failure as DummyJSON does."""
        words = {401: "Token Expired!", 429: "request limit exceeded, please wait a few seconds"}
        return Answer(status, to_json({"message": words.get(status, "An unknown error occurred")}))

    def answer(self, request: Request) -> Answer:
        """Answer one request; never raises for what a client can do."""
        limits: list[tuple[str, str]] = []
        if self.is_limited:
            count, rest = self._window.count(request.client)
            reset = str(self._clock.now() + int(rest) + 1)
            limits = [
                ("X-RateLimit-Limit", str(REQUESTS)),
                ("X-RateLimit-Remaining", str(max(0, REQUESTS - count))),
                ("X-RateLimit-Reset", reset),
            ]
            if count > REQUESTS:
                body = to_json({"message": "request limit exceeded, please wait a few seconds"})
                return Answer(
                    429,
                    body,
                    headers=[("X-Powered-By", "Express"), *limits, ("Retry-After", "10"), ("ETag", etag(body))],
                )
        try:
            answer = self._route(request)
        except Refusal as refusal:
            answer = Answer(refusal.status, to_json({"message": refusal.message}), headers=list(refusal.headers))
        if answer.status != 301:
            answer.headers.append(("ETag", etag(answer.body)))
            if (
                answer.status == 200
                and request.method == "GET"
                and request.headers.get("if-none-match") == etag(answer.body)
            ):
                answer.status, answer.body, answer.content_type = 304, b"", None
        answer.headers[:0] = [*limits, *_HEADERS]
        return answer

    def _route(self, request: Request) -> Answer:
        if request.path.endswith("/") and len(request.path) > 1:
            target = self._prefix + request.path[:-1] + (f"?{request.query}" if request.query else "")
            body = f"Moved Permanently. Redirecting to {target}".encode()
            return Answer(301, body, "text/plain; charset=utf-8", headers=[("Location", target)])
        options = read_options(request.parameters)
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        answer = (
            self._http_code(parts)
            if parts[0] == "http"
            else self._auth(parts[1:], request, options)
            if parts[0] == "auth"
            else None
        )
        if answer is None:
            answer = self._resource(parts, request, options)
        if answer is None:
            answer = Answer(404, _NOT_FOUND_PAGE.encode(), "text/html; charset=utf-8")
        answer.delay = options.delay / 1000
        return answer

    def _resource(self, parts: list[str], request: Request, options: Options) -> Answer | None:
        resource = _SINGULAR.get(parts[0], parts[0])
        if resource not in RESOURCES:
            return None
        rest = parts[1:]
        if request.method in ("GET", "HEAD"):
            return {"products": self._products, "users": self._users, "carts": self._carts}[resource](rest, options)
        body = _json_body(request)
        if request.method == "POST" and rest == ["add"]:
            return _json(writes.added(resource, body, self._values), status=201)
        if request.method in ("PUT", "PATCH") and len(rest) == 1:
            return _json(writes.updated(resource, self._one(resource, rest[0]), body, self._values))
        if request.method == "DELETE" and len(rest) == 1:
            return _json(writes.deleted(self._one(resource, rest[0]).value, self._clock.now()))
        return None

    def _products(self, rest: list[str], options: Options) -> Answer | None:
        rows = self._rows("products")
        match rest:
            case []:
                return self._list("products", rows, options)
            case ["search"]:
                return self._list(
                    "products", [row for row in rows if _found(row, options.q, "title", "description")], options
                )
            case ["categories"]:
                return _json([_category(slug) for slug in _slugs(rows)])
            case ["category-list"]:
                return _json(_slugs(rows))
            case ["category", slug]:
                return self._list(
                    "products", [row for row in rows if row.value["category"].lower() == slug.lower()], options
                )
            case [number]:
                return _one_row(self._one("products", number), options)
        return None

    def _users(self, rest: list[str], options: Options) -> Answer | None:
        rows = self._rows("users")
        match rest:
            case []:
                return self._list("users", rows, options)
            case ["search"]:
                return self._list(
                    "users",
                    [row for row in rows if _found(row, options.q, "firstName", "lastName", "email", "username")],
                    options,
                )
            case ["filter"]:
                return self._list("users", [row for row in rows if _has(row, options.key, options.value)], options)
            case [number]:
                return _one_row(self._one("users", number), options)
            case [number, "carts"]:
                return self._carts(["user", number], options)
        return None

    def _carts(self, rest: list[str], options: Options) -> Answer | None:
        plain = options.without_selection()
        match rest:
            case []:
                return self._list("carts", self._rows("carts"), plain)
            case ["user", number]:
                owner = self._one("users", number).value["id"]
                return self._list("carts", [row for row in self._rows("carts") if row.value["userId"] == owner], plain)
            case [number]:
                return _one_row(self._one("carts", number), plain)
        return None

    def _auth(self, rest: list[str], request: Request, options: Options) -> Answer | None:
        now = self._clock.now()
        match (request.method, rest):
            case ("POST", ["login"]):
                return self._login(_json_body(request), now)
            case ("POST", ["refresh"]):
                return _json(tokens.renew(_json_body(request), self._values("users"), now))
            case _:
                owner = tokens.owner(request, self._values("users"), now)
                return _json(owner) if rest == ["me"] else self._resource(rest, request, options) if rest else None

    def _login(self, body: dict[str, Any], now: int) -> Answer:
        answer = tokens.log_in(body, self._values("users"), now)
        seconds = int(float(body.get("expiresInMins") or 60) * 60)
        cookies = [
            ("Set-Cookie", f"{name}={answer[name]}; Max-Age={seconds}; Path=/; HttpOnly; Secure")
            for name in ("accessToken", "refreshToken")
        ]
        return Answer(200, to_json(answer), headers=cookies)

    @staticmethod
    def _http_code(parts: list[str]) -> Answer | None:
        """Answer any status on demand: /http/418/text."""
        if len(parts) < 2 or not parts[1].isdigit() or not 200 <= int(parts[1]) <= 599:
            return None
        status = int(parts[1])
        known = HTTPStatus(status).phrase if status in {code.value for code in HTTPStatus} else "Unknown"
        message = parts[2] if len(parts) > 2 else known
        if status < 400:
            return Answer(status, to_json({"status": str(status), "message": message}))
        problem = {"status": status, "title": known, "type": "about:blank", "detail": message, "message": message}
        return Answer(status, to_json(problem), "application/problem+json; charset=utf-8")

    def _rows(self, resource: str) -> list[Row]:
        return self._shop.rows(resource, self._clock.now())

    def _values(self, resource: str) -> list[dict[str, Any]]:
        return [row.value for row in self._rows(resource)]

    def _one(self, resource: str, number: str) -> Row:
        singular = resource[:-1]
        if resource == "users" and not number.lstrip("-").isdigit():
            raise Refusal(400, f"Invalid user id '{number}'")
        for row in self._rows(resource):
            if str(row.value["id"]) == number:
                return row
        raise Refusal(404, f"{singular.capitalize()} with id '{number}' not found")

    @staticmethod
    def _list(resource: str, rows: Sequence[Row], options: Options) -> Answer:
        rows = sort(rows, options)
        shown = page(rows, options)
        texts = (
            [to_json(select(row.value, options.select)) for row in shown]
            if options.select
            else [row.text for row in shown]
        )
        head = f'{{"{resource}":['.encode()
        tail = f'],"total":{len(rows)},"skip":{json.dumps(options.skip)},"limit":{len(shown)}}}'.encode()
        return Answer(200, head + b",".join(texts) + tail)


def etag(body: bytes) -> str:
    """Return Express's weak tag: length in hex and the first 27 characters of the SHA-1."""
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()[:27]
    return f'W/"{len(body):x}-{digest}"'


def _json(value: Any, status: int = 200) -> Answer:
    return Answer(status, to_json(value))


def _one_row(row: Row, options: Options) -> Answer:
    return _json(select(row.value, options.select)) if options.select else Answer(200, row.text)


def _json_body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise Refusal(400, f"Unexpected token in JSON: {error}") from None
    return body if isinstance(body, dict) else {}


def _found(row: Row, words: str, *fields: str) -> bool:
    return any(words in str(row.value[field]).lower() for field in fields)


def _has(row: Row, key: str | None, value: str | None) -> bool:
    found: Any = row.value
    for step in (key or "").split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return bool(found) and str(found) == value


def _slugs(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.value["category"] for row in rows))


def _category(slug: str) -> dict[str, str]:
    name = " ".join(word[:1].upper() + word[1:] for word in slug.split("-"))
    return {"slug": slug, "name": name, "url": f"https://dummyjson.com/products/category/{slug}"}
