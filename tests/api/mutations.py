"""Deliveries bent at random, from a seed: what a stranger, a broken proxy or a fuzzer would send.

`is_genuine` judges a bent delivery anew, from the contract alone: whether somebody who knows the secret has signed
exactly these bytes.
"""

import gzip
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from urllib.parse import unquote

from receiving import ENVIRONMENT, PLATFORMS, SECRETS, Delivery, base64_hmac, stripe_signature

from api.webhooks import MOST_BYTES

Headers = list[tuple[bytes, bytes]]
SIGNATURES = (b"x-shopify-hmac-sha256", b"x-wc-webhook-signature", b"stripe-signature")
JUNK: tuple[Any, ...] = (
    *({}, [], None, True, 0, -1, 10**40, 1.5, "", "x" * 300, "\u0000", "../../etc/passwd", "1; DROP TABLE events"),
    *({"id": None}, {"id": []}, {"id": {"id": {"id": 1}}}, {"id": "gid://shopify/Order/1"}, [[[[]]]]),
)


@dataclass(frozen=True)
class Request:
    """A delivery as it goes over the wire."""

    method: str
    path: str
    headers: Headers
    body: bytes


def request_of(delivery: Delivery) -> Request:
    headers = [(name.lower().encode(), value.encode()) for name, value in delivery.headers.items()]
    return Request("POST", delivery.path, headers, delivery.body)


def bent(rng: Random, number: int) -> Request:
    """One of the platforms' deliveries, bent in one to three places."""
    request = request_of(rng.choice(PLATFORMS)(number))
    for _ in range(rng.randint(1, 3)):
        request = rng.choice(BENDS)(rng, request)
    return request


def bend_body(rng: Random, request: Request) -> Request:
    body = bytearray(request.body)
    place = rng.randrange(len(body) + 1)
    match rng.randrange(6):
        case 0 if body:
            body[place % len(body)] ^= 1 << rng.randrange(8)
        case 1:
            del body[place:]
        case 2:
            body[place:place] = rng.randbytes(rng.randint(1, 40))
        case 3:
            body = bytearray(gzip.compress(body))
        case 4:
            body = bytearray(body.decode("utf-8", "replace").encode(rng.choice(["utf-16", "utf-8-sig", "utf-32"])))
        case _:
            body += b" " * rng.choice([1, 1000, 70_000])
    return replace(request, body=bytes(body))


def bend_size(rng: Random, request: Request) -> Request:
    # Rarely: megabytes take their time, and one is like another.
    size = MOST_BYTES + rng.choice([-1, 0, 1]) if rng.random() < 0.02 else rng.choice([0, 1, 65_536])
    return replace(request, body=request.body[:size].ljust(size))


def bend_signature(rng: Random, request: Request) -> Request:
    def bend(value: bytes) -> bytes:
        text = bytearray(value or b"=")
        match rng.randrange(9):
            case 0:
                text[rng.randrange(len(text))] ^= 1 << rng.randrange(6)
            case 1:
                text = text.swapcase()
            case 2:
                del text[rng.randrange(len(text)) :]
            case 3:
                text += rng.choice([b"=", b",", b"A", b"\xff", b" x"])
            case 4:
                text = bytearray(rng.choice([b"null", b"t=1,v1=", b"v1=" * 50, b"=" * 44, "t=１,v1=0".encode()]))
            case 5:
                other = base64_hmac(rng.choice(["", "whsec_simulator", *SECRETS.values()]), request.body)
                text = bytearray(other.encode())
            case 6:
                at = int(time.time()) + rng.choice([-10_000, 10_000, -301 - 60, 0])
                text = bytearray(stripe_signature(SECRETS["stripe"], request.body, at).encode())
            case 7:
                text = bytearray(text.replace(b"v1=", b"v0=").replace(b"t=", b"t=0"))
            case _:
                text = bytearray(b"\x80\xfe" + text)
        return bytes(text).replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")

    headers = [(name, bend(value) if name in SIGNATURES else value) for name, value in request.headers]
    match rng.randrange(8):
        case 0:
            headers = [pair for pair in headers if pair[0] not in SIGNATURES]
        case 1:
            headers += [pair for pair in headers if pair[0] in SIGNATURES]
    return replace(request, headers=headers)


def bend_headers(rng: Random, request: Request) -> Request:
    headers = list(request.headers)
    place = rng.randrange(len(headers))
    name, value = headers[place]
    match rng.randrange(7):
        case 0:
            del headers[place]
        case 1:
            headers.append((name, value))
        case 2:
            headers[place] = (name, b"")
        case 3:
            headers[place] = (name, rng.randbytes(20).hex().encode() + b"\xe9\xff")
        case 4:
            headers[place] = (name, value * rng.choice([2, 50, 400]))
        case 5:
            headers.append((b"content-encoding", rng.choice([b"gzip", b"br", b"identity", b"\xff"])))
        case _:
            headers.append((b"content-type", rng.choice([b"text/plain", b"multipart/form-data", b"application/xml"])))
    return replace(request, headers=headers)


def bend_path(rng: Random, request: Request) -> Request:
    match rng.randrange(6):
        case 0:
            path = request.path + rng.choice(["/", "//", "/..", "%00", "%2e%2e", "%ff", "?x=1", "%0d%0a"])
        case 1:
            path = request.path.replace("shop", rng.choice(["SHOP", "sh%6Fp", "ß", "shop%20"]))
        case 2:
            path = "/webhooks/" + rng.choice(["", "shopify", "shopify/", "x/y/z", "%F0%9F/%A4", "a" * 3000 + "/b"])
        case _:
            path = rng.choice(
                ["/webhooks/shopify/shop-us", "/webhooks/woocommerce/shop-eu", "/webhooks/stripe/payments"]
            )
    return replace(request, path=path)


def bend_method(rng: Random, request: Request) -> Request:
    return replace(request, method=rng.choice(["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "POST"]))


def sign_junk(rng: Random, request: Request) -> Request:
    """What somebody who knows the secret might send: signed, and no event at all."""
    try:
        content = json.loads(request.body)
        keys = list(content)
        content[rng.choice(keys)] = rng.choice(JUNK)
        if rng.random() < 0.3:
            content["data"] = rng.choice(JUNK)
    except (ValueError, TypeError, IndexError, RecursionError):
        content = rng.choice(JUNK)
    body = rng.choice([json.dumps(content).encode(), rng.randbytes(50), b"[" * 100_000, b'{"a":' * 2_000, b"NaN"])
    sign: Callable[[], bytes] = lambda: base64_hmac(SECRETS["shopify"], body).encode()  # noqa: E731
    if "woo" in request.path:
        sign = lambda: base64_hmac(SECRETS["woocommerce"], body).encode()  # noqa: E731
    if "stripe" in request.path:
        sign = lambda: stripe_signature(SECRETS["stripe"], body, int(time.time())).encode()  # noqa: E731
    headers = [(name, sign() if name in SIGNATURES else value) for name, value in request.headers]
    return replace(request, headers=headers, body=body)


BENDS = (
    bend_body,
    bend_body,
    bend_size,
    bend_signature,
    bend_signature,
    bend_headers,
    bend_path,
    bend_method,
    sign_junk,
)


def is_genuine(request: Request) -> bool:
    """Whether the secret of the connection it goes to has signed it."""
    path = unquote(request.path, errors="replace")
    headers: dict[bytes, list[bytes]] = {}
    for name, value in request.headers:
        headers.setdefault(name, []).append(value.strip(b" \t"))
    for place, name, secrets in (
        ("shopify/shop-us", SIGNATURES[0], (SECRETS["shopify"], ENVIRONMENT["NEW_SHOPIFY"])),
        ("woocommerce/shop-eu", SIGNATURES[1], (SECRETS["woocommerce"],)),
    ):
        if place in path:
            return any(headers.get(name) == [base64_hmac(secret, request.body).encode()] for secret in secrets)
    if "stripe/payments" not in path or len(headers.get(SIGNATURES[2], ())) != 1:
        return False
    signature = headers[SIGNATURES[2]][0].decode("latin-1")
    times = [part[2:] for part in signature.split(",") if part.strip().startswith("t=")]
    at = int(times[0]) if len(times) == 1 and times[0].isascii() and times[0].isdecimal() else 0
    fits = stripe_signature(SECRETS["stripe"], request.body, at).partition(",")[2] in signature
    return fits and abs(time.time() - at) < 330
