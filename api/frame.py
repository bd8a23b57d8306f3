"""What surrounds every request: the name it was asked under, a number to find it by, and counts for Prometheus."""

import logging
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.callers import is_loopback_host
from api.problems import problem_response, unexpected
from api.published import Copies

LOG = logging.getLogger("countinghouse.api")
# Callers may make up others, each of which would be a series.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observer:
    """Counts of one application, for Prometheus. The route is the pattern, so that keys make no new series."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "countinghouse_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "countinghouse_http_request_seconds",
            "Time to answer.",
            ["route"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )
        cache = Counter(
            "countinghouse_answers", "Answers by whether they were known.", ["made"], registry=self.registry
        )
        self._hit, self._miss = cache.labels("before"), cache.labels("now")
        self._version = Gauge("countinghouse_published_version", "Version answered from.", registry=self.registry)
        self._as_of = Gauge(
            "countinghouse_data_as_of_timestamp_seconds", "When the newest data were read.", registry=self.registry
        )

    def cache(self, *, is_hit: bool) -> None:
        """Count an answer that was known, or was not."""
        (self._hit if is_hit else self._miss).inc()

    def text(self, copies: Copies) -> bytes:
        """Everything in Prometheus' text form."""
        if copies.current:
            self._version.set(copies.current.version)
            self._as_of.set(copies.current.as_of_at.timestamp())
        return generate_latest(self.registry)


class Frame:
    """ASGI middleware: refuses foreign names, numbers requests, counts answers, answers HEAD as GET.

    A web page can make its visitor's browser ask this machine under a name of its own choosing (DNS rebinding), and
    would read the answers as its own. So the name in the header Host has to be one that is expected: of the loopback,
    or of the setting. None is expected where neither can be told: an address open to others, which wants keys.
    """

    def __init__(self, app: ASGIApp, observer: Observer, host: str, allowed: tuple[str, ...]) -> None:
        self._app, self._observer = app, observer
        self._allowed = frozenset(name.lower() for name in allowed)
        self._is_local = is_loopback_host(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number, started, status = secrets.token_hex(8), time.perf_counter(), 0
        method = scope["method"]
        if method == "HEAD":
            # A copy: the server goes on to know what it was asked, and sends no body.
            scope = {**scope, "method": "GET"}

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                extra = [(b"request-id", number.encode()), (b"x-content-type-options", b"nosniff")]
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        try:
            if self._is_expected(scope):
                await self._app(scope, receive, sent)
            else:
                await self._refused(scope, receive, sent)
        except Exception:
            LOG.exception("Request %s to %s failed.", number, scope["path"])
            if status:
                raise  # too late to say so: the server breaks the answer off
            await unexpected(scope["path"], number)(scope, receive, sent)
        finally:
            route = _pattern(scope)
            self._observer.requests.labels(method if method in _METHODS else "other", route, status).inc()
            self._observer.seconds.labels(route).observe(time.perf_counter() - started)

    def _is_expected(self, scope: Scope) -> bool:
        if not self._allowed and not self._is_local:
            return True
        try:
            given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
            name = urlsplit(f"//{given}").hostname or ""
        except ValueError:
            return False
        return name in self._allowed or (self._is_local and is_loopback_host(name))

    async def _refused(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = (
            "This server is not asked under that name. Use http://127.0.0.1, or put the name of the header Host into "
            "COUNTINGHOUSE_API_ALLOWED_HOSTS."
        )
        await problem_response(421, "host", detail, scope["path"])(scope, receive, send)


def _pattern(scope: Scope) -> str:
    """The route's pattern; what no route took is counted together, whatever it was called."""
    route: Any = scope.get("route")
    return getattr(route, "path", None) or "none"
