"""Who sent a delivery: signatures over the raw body, compared in constant time.

Several secrets may hold at once, while one is being replaced by another: each is tried, none is tried less than the
others, and the time taken tells nothing of how close a forgery came. A header is compared as the text it has to be, not
decoded first: there is one way to write a digest.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

# Lower-case names. A header that came twice is left out by whoever reads the request: it has no one value.
Headers = Mapping[str, str]

# https://docs.stripe.com/webhooks: five minutes, as in Stripe's own libraries.
STRIPE_TOLERANCE = 300
_STRIPE_TIME = re.compile(r"[0-9]{1,12}")
# Two signatures come while a secret is rolled. More than these are an attempt to make us work.
_MOST_SIGNATURES = 8


def is_signed_by_shopify(headers: Headers, body: bytes, secrets: Sequence[str], now: float) -> bool:
    """Whether `X-Shopify-Hmac-Sha256` is the base64 HMAC-SHA256 of the body; newer deliveries leave out the `X-`.

    now  is not asked for: Shopify signs no time
    """
    given = headers.get("x-shopify-hmac-sha256") or headers.get("shopify-hmac-sha256") or ""
    return _is_any([given], [_base64(secret, body) for secret in secrets])


def is_signed_by_woocommerce(headers: Headers, body: bytes, secrets: Sequence[str], now: float) -> bool:
    """Whether `X-WC-Webhook-Signature` is the base64 HMAC-SHA256 of the body.

    now  is not asked for: WooCommerce signs no time
    """
    return _is_any([headers.get("x-wc-webhook-signature", "")], [_base64(secret, body) for secret in secrets])


def is_signed_by_stripe(headers: Headers, body: bytes, secrets: Sequence[str], now: float) -> bool:
    """Whether one `v1` of `Stripe-Signature` is the hex HMAC-SHA256 of time and body, and the time is near.

    now  our clock, Unix seconds; a signature that is more than `STRIPE_TOLERANCE` off is not taken: somebody may have
         kept it
    """
    parts = [part.strip().partition("=") for part in headers.get("stripe-signature", "").split(",")]
    times = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not _STRIPE_TIME.fullmatch(times[0]) or len(given) > _MOST_SIGNATURES:
        return False
    signed = times[0].encode() + b"." + body
    is_ours = _is_any(given, [_digest(secret, signed).hex() for secret in secrets])
    return is_ours and abs(now - int(times[0])) <= STRIPE_TOLERANCE


SIGNED: Mapping[str, Callable[[Headers, bytes, Sequence[str], float], bool]] = {
    "shopify": is_signed_by_shopify,
    "woocommerce": is_signed_by_woocommerce,
    "stripe": is_signed_by_stripe,
}


def _digest(secret: str, signed: bytes) -> bytes:
    return hmac.new(secret.encode(), signed, hashlib.sha256).digest()


def _base64(secret: str, body: bytes) -> str:
    return base64.b64encode(_digest(secret, body)).decode()


def _is_any(given: Iterable[str], expected: Sequence[str]) -> bool:
    """Compare everything with everything, to the end."""
    found = False
    for one in given:
        for wanted in expected:
            # As bytes: text beyond ASCII cannot be compared in constant time, and a header may hold any.
            found |= hmac.compare_digest(one.encode("utf-8", "surrogateescape"), wanted.encode())
    return found
