"""`POST /webhooks/{platform}/{connection}`: where platforms push their news.

The order is what matters: who is meant, how much comes, whether the raw bytes are signed, what they say, and then the
answer, which waits until the event is on disk. Nothing of a body is parsed before its signature holds, and nothing of a
delivery that is refused is kept.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from countinghouse.errors import DeliveryError, InboxError, SettingsError
from countinghouse.settings import Connection, Settings
from countinghouse.webhooks.inbox import Inbox
from countinghouse.webhooks.signatures import SIGNED, Headers
from countinghouse.webhooks.topics import is_ping, read_event

# A product with two thousand variants comes to about 3 MB; what is larger is not read to its end.
MOST_BYTES = 4 * 1024 * 1024
# Shopify gives up after five seconds, so whoever drips a body for longer is not one of them.
BODY_SECONDS = 10
AGAIN_SECONDS = 5

log = logging.getLogger("countinghouse.webhooks")


class Refusal(Exception):
    """An answer other than 200, with a sentence for whoever set the webhook up."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}

    def answer(self) -> JSONResponse:
        """As problem+json (RFC 9457)."""
        problem = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        return JSONResponse(problem, self.status, self.headers, media_type="application/problem+json")


class Receiver:
    """Takes deliveries for the connections of the settings and puts their events into the inbox."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._path = settings.inbox_path
        self._connections = {
            (connection.kind, connection.name): connection
            for connection in settings.enabled_connections
            if connection.kind in SIGNED
        }
        self._clock = clock
        self._inbox: Inbox | None = None

    @asynccontextmanager
    async def opened(self, _app: Any) -> AsyncIterator[None]:
        """Have the inbox open while the application runs; what was answered is written when it ends."""
        try:
            self._inbox = await asyncio.to_thread(Inbox, self._path)
        except InboxError as error:
            log.error("No delivery can be taken: %s", error)
        try:
            yield
        finally:
            inbox, self._inbox = self._inbox, None
            if inbox is not None:
                await asyncio.to_thread(inbox.close)

    async def receive(self, kind: str, connection: str, request: Request) -> JSONResponse:
        """Take one delivery. It is answered 200 once it is on disk, or known already."""
        try:
            return await self._taken(kind, connection, request)
        except Refusal as refusal:
            log.info("a delivery to /webhooks/%s/%s was refused: %s", *_printable(kind, connection), refusal.detail)
            return refusal.answer()

    async def _taken(self, kind: str, name: str, request: Request) -> JSONResponse:
        connection = self._connections.get((kind, name))
        if connection is None:
            # The names of connections are no secret, and a typing mistake is what goes wrong most when setting up.
            raise Refusal(404, "There is no connection of this platform and name; look at the address in sources.toml.")
        headers = _headers(request)
        body = await _body(request, headers)
        if is_ping(kind, headers, body):
            return JSONResponse({"status": "pong"})
        if not SIGNED[kind](headers, body, _secrets(connection), self._clock()):
            raise Refusal(401, "The signature does not fit the body and the secret of this connection.")
        try:
            event = read_event(connection, headers, body)
        except DeliveryError as error:
            raise Refusal(400, str(error)) from None
        try:
            if self._inbox is None:
                raise InboxError(f"{self._path} could not be opened when the server started; start it again.")
            is_new = await asyncio.wrap_future(self._inbox.put(event))
        except InboxError as error:
            log.error("%s: %s", connection.name, error)
            again = {"Retry-After": str(AGAIN_SECONDS)}
            raise Refusal(503, "The event could not be kept; send it again.", again) from None
        return JSONResponse({"status": "kept" if is_new else "known"})


def webhooks(settings: Settings, clock: Callable[[], float] = time.time) -> APIRouter:
    """The routes of the receiver. The application that includes them runs their lifespan, which opens the inbox.

    clock  Unix seconds, against which Stripe's signed time is held
    """
    receiver = Receiver(settings, clock)
    router = APIRouter(prefix="/webhooks", tags=["webhooks"], lifespan=receiver.opened)
    refusals = {
        400: "Signed, but not what the platform sends",
        401: "The signature does not hold",
        404: "No such connection",
        408: "The body did not end",
        413: f"More than {MOST_BYTES} bytes",
        503: "The event could not be kept; send it again",
    }
    router.add_api_route(
        "/{kind}/{connection}",
        receiver.receive,
        methods=["POST"],
        summary="Take a delivery of Shopify, WooCommerce or Stripe",
        response_model=None,
        responses={
            status: {"description": text, "content": {"application/problem+json": {}}}
            for status, text in refusals.items()
        },
    )
    return router


def _headers(request: Request) -> Headers:
    """The headers that came once: one that came twice has no one value, and so counts for none."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for raw_name, value in request.scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        if name in found:
            twice.add(name)
        found[name] = value.decode("latin-1")
    return {name: value for name, value in found.items() if name not in twice}


async def _body(request: Request, headers: Headers) -> bytes:
    """The raw body; Refusal where it is too long, does not end in time, or its sender has gone."""
    too_long = Refusal(413, f"A delivery has at most {MOST_BYTES} bytes.", {"Connection": "close"})
    announced = headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:12]) > MOST_BYTES:
        raise too_long
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise too_long
    except TimeoutError:
        raise Refusal(408, f"The body did not end within {BODY_SECONDS} seconds.", {"Connection": "close"}) from None
    except ClientDisconnect:
        raise Refusal(400, "The sender hung up.") from None
    return bytes(body)


def _secrets(connection: Connection) -> list[str]:
    """The connection's secrets; without any, no signature can hold, and the sentence says what to do."""
    try:
        secrets = connection.signing_secrets()
    except SettingsError as error:
        log.error("%s", error)
        raise Refusal(401, "No signature can be checked: the secret of this connection is not set.") from None
    if not secrets:
        raise Refusal(401, "No signature can be checked: the connection has no webhook_secrets in sources.toml.")
    return secrets


def _printable(*texts: str) -> list[str]:
    """Text of a stranger, fit for a log."""
    return [ascii(text)[1:-1][:80] for text in texts]
