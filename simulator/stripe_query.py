"""Stripe's keys, parameters and errors: who asks, what for, and what is wrong with it."""

import base64
import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from simulator.web import Request

SECRET_KEY = "sk_test_simulator"
RESTRICTED_KEY = "rk_test_simulator"
KEY_WITHOUT_REFUNDS = "rk_test_no_refunds"
KEYS = (SECRET_KEY, RESTRICTED_KEY, KEY_WITHOUT_REFUNDS)
MOST_TYPES = 20

_DEFAULT_LIMIT, _LARGEST_LIMIT = 10, 100
_TIME = re.compile(r"(\w+)(?:\[(gt|gte|lt|lte)\])?")
_NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth"
    " (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we"
    " can help at https://support.stripe.com/."
)


class StripeError(Exception):
    """An answer in Stripe's error envelope."""

    def __init__(self, status: int, message: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param


@dataclass(slots=True)
class Query:
    """A list's parameters. `times` holds, for each time field, pairs of operator and Unix second."""

    limit: int = _DEFAULT_LIMIT
    after: str | None = None
    before: str | None = None
    times: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))
    filters: dict[str, str] = field(default_factory=dict)
    types: list[str] = field(default_factory=list)
    expand: list[str] = field(default_factory=list)


def key_of(request: Request) -> str:
    """Return the key a request carries, as a bearer token or as the user of Basic. Raises 401."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    key = given.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key).decode().partition(":")[0]
        except ValueError:
            key = ""
    elif scheme.lower() != "bearer":
        key = ""
    if not key:
        raise StripeError(401, _NO_KEY)
    if key not in KEYS:
        raise StripeError(401, f"Invalid API Key provided: {_masked(key)}")
    return key


def check_version(version: str) -> None:
    """Refuse a Stripe-Version that is none. Raises 400."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}(\.\w+)?", version):
        raise StripeError(400, f"Invalid Stripe API version: {version}")


def check_right(key: str, resource: str) -> None:
    """Refuse what a restricted key may not read. Raises 403."""
    if resource == "webhook_endpoints" and key != SECRET_KEY:
        raise StripeError(
            403,
            f"The provided key '{_masked(key)}' does not have the required permissions for this endpoint on account"
            " 'acct_3countinghouse'. Having the 'rak_webhook_write' permission would allow this request to continue.",
        )
    if key == KEY_WITHOUT_REFUNDS and resource == "refunds":
        raise StripeError(
            403,
            f"The provided key '{_masked(key)}' does not have the required permissions for this endpoint on account"
            " 'acct_3countinghouse'. Having the 'rak_refund_read' permission would allow this request to continue.",
        )


def read_query(
    request: Request, filters: Collection[str] = (), times: Collection[str] = (), has_types: bool = False
) -> Query:
    """Read a list's parameters; one that is unknown here is an error, as at Stripe. Raises 400."""
    query = Query()
    for name, value in request.parameters:
        plain, operator = _parts(name)
        if name == "limit":
            query.limit = _limit(value)
        elif name == "starting_after":
            query.after = value
        elif name == "ending_before":
            query.before = value
        elif re.fullmatch(r"expand\[\d*\]", name):
            query.expand.append(value)
        elif has_types and re.fullmatch(r"types\[\d*\]", name):
            query.types.append(value)
        elif plain in times:
            bounds = (
                [(operator, _integer(name, value))]
                if operator
                else [("gte", _integer(name, value)), ("lte", _integer(name, value))]
            )
            query.times[plain].extend(bounds)
        elif name in filters:
            query.filters[name] = value
        else:
            raise StripeError(400, f"Received unknown parameter: {name}", "parameter_unknown", name)
    if query.after is not None and query.before is not None:
        raise StripeError(400, "You cannot parameterize both starting_after and ending_before.", param="ending_before")
    if query.types and "type" in query.filters:
        raise StripeError(400, "You may only specify one of these parameters: type, types.", param="types")
    if len(query.types) > MOST_TYPES:
        raise StripeError(400, f"You may only specify up to {MOST_TYPES} event types.", param="types")
    return query


def envelope(error: StripeError, request_id: str) -> dict[str, Any]:
    """Write an error the way Stripe does: only the fields that say something."""
    known = {
        "code": error.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{error.code.replace('_', '-')}" if error.code else None,
        "message": error.message,
        "param": error.param,
        "request_log_url": None if error.status == 401 else f"https://dashboard.stripe.com/test/logs/{request_id}",
        "type": "api_error" if error.status >= 500 else "invalid_request_error",
    }
    return {name: value for name, value in known.items() if value is not None}


def _parts(name: str) -> tuple[str, str | None]:
    match = _TIME.fullmatch(name)
    return (match.group(1), match.group(2)) if match else (name, None)


def _limit(text: str) -> int:
    limit = _integer("limit", text)
    if limit < 1:
        raise StripeError(400, "This value must be greater than or equal to 1.", "parameter_invalid_integer", "limit")
    if limit > _LARGEST_LIMIT:
        raise StripeError(
            400, f"This value must be less than or equal to {_LARGEST_LIMIT}.", "parameter_invalid_integer", "limit"
        )
    return limit


def _integer(name: str, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,15}", text):
        raise StripeError(400, f"Invalid integer: {text}", "parameter_invalid_integer", name)
    return int(text)


def _masked(key: str) -> str:
    head = "_".join(key.split("_")[:2]) + "_" if key.count("_") >= 2 else ""
    return f"{head}{'*' * max(3, len(key) - len(head) - 4)}{key[-4:]}"
